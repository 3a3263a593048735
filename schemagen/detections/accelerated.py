"""The shape of many rules with the accelerator: its function finds the matches, bundles write them.

    topic ─ …_WATCHED ─► …_CANDIDATES ─► bundles ─► alerts

The function evaluates the conditions of all rules, and gives a row only where one holds. A bundle
asks for the name of the rule in what the function gave. Where the function may answer "maybe", the
condition stands in the bundle, too; else it stands in a comment, for those who read the file.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.accelerator.calls import MATCHES, match_call
from schemagen.accelerator.conditions import RuleTable, TabledRule, is_exact, shortened
from schemagen.accelerator.wire import pack as pack_table
from schemagen.detections import envelope
from schemagen.detections.bundles import (
    bundle_query,
    envelope_columns,
    packed,
    select_from,
)
from schemagen.detections.candidates import CandidateValues
from schemagen.detections.dispatch import compared_values, dispatch_of
from schemagen.detections.envelope import EVENT, alias, column
from schemagen.detections.many_rules import written_once
from schemagen.detections.predicates import equal, number
from schemagen.detections.tabled import ConditionReader
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import call, on_one_line, subscript, with_properties, write_expression
from schemagen.ksqldb.types import Struct
from schemagen.ksqldb.watched import CANDIDATES, reads_of
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from schemagen.accelerator.conditions import RuleCondition
    from schemagen.detections.bound import BoundRule
    from schemagen.detections.dispatch import Dispatch
    from schemagen.detections.envelope import AlertSource
    from schemagen.detections.packing import Bundle

_OWN = ("time", "host", "source", MATCHES)
"""The columns of candidates that no value of a rule may take."""
_ROOM = 290_000
"""The bytes of a specification: a statement with its plan is three times its text."""
_LONGEST = (None, 48, 32, 24, 16)
"""The letters that are kept of long texts, such as hashes: as few are cut as need be."""
_SHORT = 8
"""So much of an id tells most rules from all others."""


def accelerated_rules(
    rules: Sequence[BoundRule],
    origin: AlertSource,
    alerts: str,
    topic: str,
    *,
    event: bool = False,
) -> list[exp.Expression]:
    """Write rules as one call of the function, and bundles over what it lets through.

    Args:
        rules: bound rules that are deployed.
        origin: the stream of the events.
        alerts: the alerts stream.
        topic: its topic.
        event: whether candidates hold their whole event, for alerts that do.

    """
    columns = origin.columns.columns
    parameters = free_names(columns)
    candidates = CandidateValues(columns, _OWN + (EVENT.name,) * event, parameters)
    known = {bound.rule.id: bound for bound in rules}
    predicates = {each: predicate_of(bound) for each, bound in known.items()}
    given = _given_column(columns, predicates.values())
    reader = ConditionReader(columns, given)
    compared = {each: compared_values(node) for each, node in predicates.items()}
    dispatch = dispatch_of(compared.values(), columns)
    keys = _keys(known)
    conditions = _fitting(
        {each: reader.condition(node) for each, node in predicates.items()},
        lambda found: _table([], found, keys, compared, dispatch, reader),
    )
    items = {
        each: _item(bound, keys[each], conditions[each], candidates)
        for each, bound in known.items()
    }
    source = alerts + CANDIDATES
    held = packed(rules, items)
    bundles = [_bundle(each, items, source, alerts) for each in held]
    table = _table(held, conditions, keys, compared, dispatch, reader)
    first = exp.Create(
        this=envelope.stream(source),
        kind="STREAM",
        properties=with_properties({"KAFKA_TOPIC": f"{topic}_candidates", **origin.made_as()}),
        expression=select_from(
            [
                alias(origin.time(), "time"),
                alias(origin.host(), "host"),
                alias(origin.source(), "source"),
                alias(_call(table, given, reader, columns), MATCHES, quoted=False),
                *([alias(origin.event(), EVENT.name)] if event else ()),
                *candidates.projections(),
            ],
            origin.stream,
            None,
        ),
    )
    undecided = sum(not is_exact(each) for each in conditions.values())
    first.comments = [
        "The events that match, and the rules that they match: see docs/accelerator.md.",
        "Each server needs the accelerator's jar: `schemagen accelerator export DIR`.",
        f"{counted(undecided, 'rule')} of {len(rules):,} the bundles may have to look at again.",
    ]
    return [first, *bundles]


def _fitting(
    conditions: Mapping[str, RuleCondition],
    table: Callable[[Mapping[str, RuleCondition]], RuleTable],
) -> dict[str, RuleCondition]:
    """Return conditions whose specification a statement has room for: long texts cut, if need be.

    Raises:
        InputError: there are too many rules.

    """
    for longest in _LONGEST:
        found = {
            key: each if longest is None else shortened(each, longest)
            for key, each in conditions.items()
        }
        if sum(map(len, pack_table(table(found)))) <= _ROOM:
            return found
    raise InputError(
        f"The specification of {len(conditions):,} rules is longer than a statement may be.",
        "Leave --accelerator out, or give the topic fewer rules.",
    )


def predicate_of(bound: BoundRule) -> exp.Expr:
    """Return the condition of a rule that is deployed."""
    if bound.predicate is None:
        raise ValueError("a rule without a predicate can't be deployed")
    return bound.predicate


def free_names(columns: Struct) -> list[str]:
    """Return names for the parameters of lambdas, none of them that of a column."""
    taken = {field.stored.upper() for field in columns.fields}
    found: list[str] = []
    for name in ("KX", "VX"):
        spellings = (name + "X" * more for more in range(len(taken) + 1))
        found.append(next(each for each in spellings if each not in taken))
        taken.add(found[-1])
    return found


def _given_column(columns: Struct, predicates: Iterable[exp.Expr]) -> str:
    """Name the STRUCT of which rules read most: the function is given it as it is."""
    structs = {field.stored for field in columns.fields if isinstance(field.type, Struct)}
    counts = Counter(
        steps[0]
        for predicate in predicates
        for steps in reads_of([predicate])
        if steps[0] in structs
    )
    return min(counts, key=lambda name: (-counts[name], name), default="")


def _call(table: RuleTable, event: str, reader: ConditionReader, columns: Struct) -> exp.Expr:
    struct = next((field for field in columns.fields if event and field.stored == event), None)
    given = None if struct is None else column(struct.name, quoted=struct.quoted)
    return call("EXPLODE", match_call(given, reader.texts, pack_table(table)))


def _keys(rules: Mapping[str, BoundRule]) -> dict[str, str]:
    """Name each rule shortly: by the beginning of its id where no other begins so."""
    counts = Counter(each[:_SHORT] for each in rules)
    return {each: each[:_SHORT] if counts[each[:_SHORT]] == 1 else each for each in rules}


def _table(  # noqa: PLR0913, PLR0917 - what the rules are made of
    bundles: Sequence[Bundle],
    conditions: Mapping[str, RuleCondition],
    keys: Mapping[str, str],
    compared: Mapping[str, Mapping[str, frozenset[str]]],
    dispatch: Dispatch | None,
    reader: ConditionReader,
) -> RuleTable:
    kind = reader.kind(dispatch)
    groups = {each: bundle.name for bundle in bundles for each in bundle.keys}
    made = []
    for each in sorted(conditions):
        values = None if dispatch is None else compared[each].get(dispatch.column)
        kinds: tuple[int | str, ...] | None = None
        if values is not None and kind is not None:
            kinds = tuple(sorted(values)) if kind.is_text else tuple(sorted(map(int, values)))
        group = _group(groups.get(each, ""))
        made.append(TabledRule(keys[each], group, conditions[each], kinds))
    # What is alike stands together, so that it packs well.
    made.sort(key=lambda rule: tuple(map(str, rule.kinds or ())))
    return RuleTable(tuple(made), kind)


def _group(bundle: str) -> str:
    return f"#{bundle}"


def _matches(key: str) -> exp.Expr:
    return subscript(column(MATCHES, quoted=False), key)


def _bundle(
    bundle: Bundle, items: Mapping[str, exp.Expr], source: str, alerts: str
) -> exp.Expression:
    where = equal(_matches(_group(bundle.name)), number(1))
    chosen = [items[each] for each in bundle.keys]
    return bundle_query(bundle, chosen, envelope_columns(), source, alerts, where)


def _item(
    bound: BoundRule, key: str, condition: RuleCondition, candidates: CandidateValues
) -> exp.Expr:
    """Make what a bundle evaluates of a rule: what the function says of it, and what it can't."""
    predicate = predicate_of(bound)
    rule = bound.rule
    about = f"{rule.path}:{rule.line}; {bound.status}: {', '.join(bound.sources)}"
    comments = [about, *bound.reasons, *bound.remarks]
    said: exp.Expr = exp.GT(this=_matches(key), expression=number(0))
    if is_exact(condition):
        comments.append(f"WHERE {write_expression(predicate)}")
    else:
        whole = exp.Paren(this=candidates.rewrite(predicate))
        again = exp.And(this=equal(_matches(key), number(2)), expression=whole)
        said = exp.Or(this=equal(_matches(key), number(1)), expression=exp.Paren(this=again))
    value = candidates.rewrite(envelope.rule_value(bound))
    made = written_once(exp.Case(ifs=[exp.If(this=said, true=value)]))
    made.comments = comments
    return on_one_line(made)
