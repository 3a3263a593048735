"""The statements that take a stream from what is declared to what a drift asks for.

What ksqlDB allows (`StructuredDataSource.java`, `EngineContext.java`): CREATE OR REPLACE for new
top-level columns at the end and for nothing else; for all other changes the queries that read the
stream are terminated, what they made is dropped, leaf first, and all is made anew, root first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.catalog import catalog_of
from schemagen.deploy.detections import ScriptDetection, rules_in
from schemagen.deploy.detections import detections as held
from schemagen.deploy.plan import Plan, Step
from schemagen.deploy.planner import plan_changes
from schemagen.deploy.queries import derived_streams, has_star, query_of
from schemagen.drift.declared import value_columns, watched_in
from schemagen.drift.event_time_losses import event_time_losses
from schemagen.drift.scopes import references
from schemagen.drift.sight import queries_over
from schemagen.errors import InputError
from schemagen.ksqldb.deserializer import KeyIndex
from schemagen.ksqldb.dialect import nodes, properties, with_properties, write_expression
from schemagen.ksqldb.event_time import event_time
from schemagen.ksqldb.scripts import is_query, target_of
from schemagen.ksqldb.types import (
    BIGINT,
    TIMESTAMP,
    VARCHAR,
    Array,
    Field,
    KsqlType,
    Map,
    Scalar,
    Struct,
    field_to_sqlglot,
    to_sqlglot,
)
from schemagen.ksqldb.watched import declared_steps, narrowed, watched_name
from schemagen.profile.paths import ITEMS, render
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from schemagen.drift.declared import Declared
    from schemagen.drift.scopes import NameScope, Steps
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node

_GAP = (
    "A query that is made again under its QUERY_ID within about 45 seconds usually goes on where "
    "it was; ksqlDB does not promise it. Any other query begins at the end of its topic and does "
    "not look at what arrives while these statements run. SET 'auto.offset.reset' = 'earliest'; "
    "before them looks at the whole topic again, and alerts again."
)


def plan(  # noqa: PLR0913 - what a plan rests on
    declared: Declared,
    columns: Struct,
    seen: Node,
    *,
    detections: Sequence[exp.Expr] | None = None,
    changed: Sequence[str] = (),
    left_out: Sequence[tuple[Path, str]] = (),
) -> Plan:
    """Plan the way from a declared stream to other columns.

    Args:
        declared: the stream as it is.
        columns: its columns as they should be (`ColumnEvolution`).
        seen: all that was seen of the messages, before and now: for the event time.
        detections: the queries over the new columns, where they were compiled anew; None to run
            those of the file again as they are.
        changed: the titles of blind rules that match in another way when compiled anew
            (`changed_rules`). Without one, the queries stay as they are if the columns do.
        left_out: wanted fields that can't be declared, with the reasons.

    """
    remarks = [f"{render(path)} is left out: {reason}." for path, reason in left_out]
    statement = declared.statement.copy()
    _set_columns(statement, declared.columns, columns)
    remarks += _set_event_time(statement, declared, columns, seen)
    deployed = catalog_of(declared.script)
    if columns == declared.columns and properties(statement) == properties(declared.statement):
        if not changed:
            remarks.append(f"{declared.stream} needs no change in ksqlDB.")
            return Plan(remarks=remarks, wanted=declared.script)
        remarks.append(
            f"Compiled anew, {counted(len(changed), 'rule')} can match the values that come now: "
            f"{', '.join(changed)}."
        )
        anew = _anew(declared, detections)
        kept = _without(declared.script, _dependents(declared, detections))
        made = plan_changes(deployed, [*kept, *anew])
        return replace(made, remarks=[*remarks, _GAP])
    kept = _with_statement(declared, statement)
    if detections is None:
        kept = _with_watched(kept, declared, columns)
    made = plan_changes(deployed, kept)
    if made.replaces:
        remarks.append(
            "Only new columns at the end: the stream is replaced where it is, and its queries run "
            "on. A query with SELECT * must be made again to have them."
        )
        return replace(made, remarks=remarks)
    remarks.append(
        f"ksqlDB can't change these columns in place: {declared.stream} and what reads it are "
        "dropped and made anew. No topic is deleted."
    )
    dependents = _dependents(declared, detections)
    anew = _anew(declared, detections)
    remarks += _lost_rules(dependents, anew)
    made = plan_changes(deployed, [*_without(kept, dependents), *anew])
    gone = {id(each) for each in dependents}
    as_it_is = [each for each in anew if id(each) in gone]
    steps = _with_doubts(made.steps, as_it_is, declared, columns)
    return replace(made, steps=steps, remarks=[*remarks, _GAP])


def _without(script: Sequence[exp.Expr], left_out: Sequence[exp.Expr]) -> list[exp.Expr]:
    ids = {id(each) for each in left_out}
    return [each for each in script if id(each) not in ids]


def _with_statement(declared: Declared, statement: exp.Create) -> list[exp.Expr]:
    """Put the stream's new statement where the old one stood, with all that altered that."""
    ours = [
        each
        for each in declared.script
        if isinstance(each, exp.Create | nodes.AlterSource) and target_of(each) == declared.stream
    ]
    later = {id(each) for each in ours[1:]}
    script = [statement if each is ours[0] else each for each in declared.script if ours]
    return [each for each in script if id(each) not in later]


def _with_watched(
    script: Sequence[exp.Expr], declared: Declared, columns: Struct
) -> list[exp.Expr]:
    """Put the new columns into the declaration that detections read beside the stream, too."""
    old = watched_in(script, declared.stream)
    if old is None:
        return list(script)
    known, new = value_columns(old), old.copy()
    fields = narrowed(columns, declared_steps(known)).fields
    new.this.set("expressions", [field_to_sqlglot(each) for each in fields])
    return [new if each is old else each for each in script]


def changed_rules(
    deployed: Sequence[exp.Expr], compiled: Sequence[exp.Expr], rules: Collection[str]
) -> dict[str, str]:
    """Find the rules that match in another way when they are compiled anew.

    Args:
        deployed: the statements that run.
        compiled: the detections, compiled anew.
        rules: the ids of the rules that matter.

    Returns:
        Their titles by their ids.

    """
    before = {each.id: _condition(each) for each in held(deployed)}
    return {
        each.id: each.name
        for each in held(compiled)
        if each.id in rules and _condition(each) != before.get(each.id, "")
    }


def _condition(detection: ScriptDetection) -> str:
    """Write what must hold for a detection to alert."""
    where = detection.query.select.args.get("where")
    parts = (None if where is None else where.this, detection.condition)
    return " ".join(write_expression(each) for each in parts if each is not None)


# -- the stream itself ----------------------------------------------------------------------------


def _set_columns(statement: exp.Create, old: Struct, new: Struct) -> None:
    """Put new types and columns into a statement; keys and headers stay."""
    definitions = statement.this.expressions
    values = [each for each in definitions if not each.args.get("constraints")]
    for definition, former, mended in zip(values, old.fields, new.fields, strict=False):
        definition.set("kind", to_sqlglot(mended.type))
        if (former.name, former.quoted) != (mended.name, mended.quoted):
            definition.set("this", exp.Identifier(this=mended.name, quoted=mended.quoted))
    added = [field_to_sqlglot(each) for each in new.fields[len(old.fields) :]]
    statement.this.set("expressions", [*definitions, *added])


def _set_event_time(
    statement: exp.Create, declared: Declared, columns: Struct, seen: Node
) -> list[str]:
    """Let the event time be read in all its forms, or not at all where no pattern reads them."""
    found = properties(statement)
    remarks = []
    column = next((each for each in columns.fields if each.stored == declared.time_column), None)
    if column is None:
        return []
    readable = (BIGINT, TIMESTAMP) if declared.time_pattern is None else (VARCHAR,)
    if column.type in readable and event_time_losses(declared, seen).count == 0:
        return []
    key = next(iter(KeyIndex(seen.fields).read_by(column.stored)), column.name)
    try:
        made = event_time(key, [Field(key, quoted=True, type=column.type)], seen).properties()
        found["TIMESTAMP_FORMAT"] = made["TIMESTAMP_FORMAT"]
    except (InputError, KeyError) as error:
        del found["TIMESTAMP"]
        found.pop("TIMESTAMP_FORMAT", None)
        why = error.what if isinstance(error, InputError) else "it holds no text."
        remarks.append(f"TIMESTAMP is left out: {why}")
    statement.set("properties", with_properties(found))
    return remarks


# -- what reads it --------------------------------------------------------------------------------


def _dependents(declared: Declared, detections: Sequence[exp.Expr] | None = None) -> list[exp.Expr]:
    """List the queries that read the stream, directly or not, or write into what these made.

    Args:
        declared: the stream.
        detections: those that are compiled anew, with what they read; None for none.

    """
    streams = derived_streams(declared.script, declared.stream)
    watched = None if detections is None else watched_in(declared.script, declared.stream)
    return [
        each
        for each in declared.script
        if each is watched
        or (is_query(each) and (_reads_any(each, streams) or target_of(each) in streams))
    ]


def _reads_any(statement: exp.Expr, streams: set[str]) -> bool:
    query = query_of(statement)
    return query is not None and query.reads(streams)


def _anew(declared: Declared, detections: Sequence[exp.Expr] | None) -> list[exp.Expr]:
    """List the queries over the new columns: those of the file, or those compiled anew."""
    if detections is None:
        return _dependents(declared)
    standing = {
        target_of(each)
        for each in declared.script
        if isinstance(each, exp.Create) and not is_query(each)
    } - {watched_name(declared.stream)}
    made = [each for each in detections if is_query(each) or target_of(each) not in standing]
    rules = {rule for each in detections for rule in rules_in(each)}
    fresh = {target_of(each) for each in made if isinstance(each, exp.Create)}
    by_hand = [each for each in _dependents(declared) if not _is_among(each, rules, fresh)]
    # What was written by hand can read alerts, and no alerts read what was written by hand.
    first, last = [], []
    for query in by_hand:
        if _reads_any(query, fresh) or target_of(query) in fresh:
            fresh.add(target_of(query))
            last.append(query)
        else:
            first.append(query)
    return [*first, *made, *last]


def _is_among(query: exp.Expr, rules: set[str], streams: set[str]) -> bool:
    """Tell whether compiled rules and streams make a deployed query anew, in whatever layout."""
    found = rules_in(query)
    if found:
        return not found.isdisjoint(rules)
    return isinstance(query, exp.Create) and target_of(query) in streams


def _lost_rules(deployed: Sequence[exp.Expr], made: Sequence[exp.Expr]) -> list[str]:
    """Name the rules that ran before and don't after: they can't be compiled, or are no more."""
    after = {rule for each in made for rule in rules_in(each)}
    before = {rule for query in deployed for rule in rules_in(query)}
    return [
        f"The rule {rule} ran before and is not among these." for rule in sorted(before - after)
    ]


def _with_doubts(
    steps: Sequence[Step], queries: Sequence[exp.Expr], declared: Declared, columns: Struct
) -> list[Step]:
    """Remark what queries that run again as they are read that is something else now."""
    over = queries_over(declared.script, declared.stream, declared.columns)
    scopes = {id(each.query.statement): each.scopes for each in over}
    found = {
        _key(query): _doubts(query, scopes.get(id(query), ()), declared, columns)
        for query in queries
    }
    return [
        replace(step, remarks=[*step.remarks, *found.get(_key(step.statement), ())])
        for step in steps
    ]


def _key(statement: exp.Expr | None) -> object:
    """Return what a query of the file and the step that makes it have in common."""
    made = isinstance(statement, exp.Create) and is_query(statement)
    return target_of(statement) if made and statement is not None else id(statement)


def _doubts(
    query: exp.Expr, scopes: Sequence[NameScope], declared: Declared, columns: Struct
) -> list[str]:
    """Name what a query reads that is something else in the new columns."""
    select = query.args["expression"]
    changed = set()
    for steps in {steps for scope in scopes for steps in references(select, scope)}:
        # Of an object that is a MAP now the value may have the old type: each step counts.
        ways = [steps[:depth] for depth in range(1, len(steps) + 1)]
        pairs = [(_type_at(declared.columns, way), _type_at(columns, way)) for way in ways]
        if any(_differ(old, new) for old, new in pairs):
            changed.add("->".join("[]" if step is ITEMS else str(step) for step in steps))
    doubts = [
        f"Check before you run it: {name} is something else in the new columns."
        for name in sorted(changed)
    ]
    if isinstance(query, exp.Insert) and columns != declared.columns:
        if target_of(query) == declared.stream:
            doubts.append("Check before you run it: it must give the new columns, all in order.")
        elif has_star(select):
            target = target_of(query)
            doubts.append(
                f"Check before you run it: * is the new columns, and {target} has its own."
            )
    return doubts


def _differ(old: KsqlType | None, new: KsqlType | None) -> bool:
    """Tell whether a type is another kind of type now; what is in it counts for itself."""
    if isinstance(old, Scalar):
        return old != new
    return old is not None and type(old) is not type(new)


def _type_at(declared: KsqlType, steps: Steps) -> KsqlType | None:
    found: KsqlType | None = declared
    for step in steps:
        if isinstance(found, Array) and step is ITEMS:
            found = found.item
        elif isinstance(found, Map):
            found = found.value
        elif isinstance(found, Struct):
            found = next((each.type for each in found.fields if each.stored == step), None)
        else:
            return None
    return found
