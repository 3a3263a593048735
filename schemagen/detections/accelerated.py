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
from schemagen.accelerator.conditions import RuleTable, TabledRule, is_exact
from schemagen.accelerator.wire import pack as pack_table
from schemagen.detections import envelope
from schemagen.detections.bundles import (
    bundle_query,
    envelope_columns,
    insert_into,
    packed,
    select_from,
)
from schemagen.detections.candidates import CandidateValues, candidates_stream, free_names
from schemagen.detections.dispatch import compared_values, dispatch_of
from schemagen.detections.envelope import EVENT, alias, column
from schemagen.detections.many_rules import written_once
from schemagen.detections.predicates import equal, number
from schemagen.detections.tabled import ConditionReader
from schemagen.ksqldb.dialect import call, on_one_line, subscript, write_expression
from schemagen.ksqldb.types import Struct
from schemagen.ksqldb.watched import CANDIDATES, reads_of
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemagen.accelerator.conditions import KindPlace, RuleCondition
    from schemagen.detections.bound import BoundRule
    from schemagen.detections.dispatch import Dispatch
    from schemagen.detections.envelope import AlertSource
    from schemagen.detections.packing import Bundle

_OWN = ("time", "host", "source", MATCHES)
"""The columns of candidates that no value of a rule may take."""
_PARAMETERS = ("KX", "VX")
"""The parameters of lambdas."""
_ROOM = 290_000
"""The bytes of a specification: a statement with its plan is three times its text."""
_TRIES = 4
"""How often rules are shared out anew before one more share is made."""
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
    parameters = free_names(columns, _PARAMETERS)
    candidates = CandidateValues(columns, _OWN + (EVENT.name,) * event, parameters)
    known = {bound.rule.id: bound for bound in rules}
    predicates = {each: predicate_of(bound) for each, bound in known.items()}
    given = _given_column(columns, predicates.values())
    reader = ConditionReader(columns, given)
    compared = {each: compared_values(node) for each, node in predicates.items()}
    dispatch = dispatch_of(compared.values(), columns)
    keys = _keys(known)
    conditions = {each: reader.condition(node) for each, node in predicates.items()}
    items = {
        each: _item(bound, keys[each], conditions[each], candidates)
        for each, bound in known.items()
    }
    source = alerts + CANDIDATES
    held = packed(rules, items)
    bundles = [_bundle(each, items, source, alerts) for each in held]
    kind = reader.kind(dispatch)
    tabled = _tabled(held, conditions, keys, compared, dispatch if kind else None)
    fields = {field.stored: column(field.name, quoted=field.quoted) for field in columns.fields}
    calls = [
        call("EXPLODE", match_call(fields.get(given), reader.texts, pieces))
        for pieces in _parts(tabled, kind)
    ]
    selects = [
        select_from(
            [
                alias(origin.time(), "time"),
                alias(origin.host(), "host"),
                alias(origin.source(), "source"),
                alias(each, MATCHES, quoted=False),
                *([alias(origin.event(), EVENT.name)] if event else ()),
                *candidates.projections(),
            ],
            origin.stream,
            None,
        )
        for each in calls
    ]
    first = candidates_stream(source, topic, origin, selects[0])
    undecided = sum(not is_exact(each) for each in conditions.values())
    first.comments = [
        "The events that match, and the rules that they match: see docs/accelerator.md.",
        "Each server needs the accelerator's jar: `schemagen accelerator export DIR`.",
        f"{counted(undecided, 'rule')} of {len(rules):,} the bundles may have to look at again.",
    ]
    others = [
        insert_into(source, f"{source}_{number}", select)
        for number, select in enumerate(selects[1:], 2)
    ]
    return [first, *others, *bundles]


def _parts(rules: Sequence[TabledRule], kind: KindPlace | None) -> list[list[str]]:
    """Write rules as as few specifications as a statement has room for, each in its pieces."""
    whole = pack_table(RuleTable(tuple(rules), kind))
    least = -(-_size(whole) // _ROOM)
    if least == 1:
        return [whole]
    sizes: list[float] = [_size(pack_table(RuleTable((rule,), kind))) for rule in rules]
    for count in range(least, len(rules) + 1):
        for _ in range(_TRIES):
            shares = _shares(rules, sizes, count)
            made = [pack_table(RuleTable(tuple(share), kind)) for share in shares]
            if all(_size(pieces) <= _ROOM for pieces in made):
                return made
            sizes = _together(sizes, shares, made)
    return made


def _size(pieces: Sequence[str]) -> int:
    return sum(map(len, pieces))


def _together(
    sizes: Sequence[float], shares: Sequence[Sequence[TabledRule]], made: Sequence[Sequence[str]]
) -> list[float]:
    """Say what rules take beside those of their share: what is alike packs well together."""
    found: list[float] = []
    for share, pieces in zip(shares, made, strict=True):
        alone = sizes[len(found) : len(found) + len(share)]
        found += [size * _size(pieces) / sum(alone) for size in alone]
    return found


def _shares(
    rules: Sequence[TabledRule], sizes: Sequence[float], count: int
) -> list[list[TabledRule]]:
    """Cut a list of rules into so many shares of about one size."""
    each = sum(sizes) / count
    shares: list[list[TabledRule]] = [[] for _ in range(count)]
    before = 0.0
    for rule, size in zip(rules, sizes, strict=True):
        shares[min(int((before + size / 2) / each), count - 1)].append(rule)
        before += size
    return [share for share in shares if share]


def predicate_of(bound: BoundRule) -> exp.Expr:
    """Return the condition of a rule that is deployed."""
    if bound.predicate is None:
        raise ValueError("a rule without a predicate can't be deployed")
    return bound.predicate


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


def _keys(rules: Mapping[str, BoundRule]) -> dict[str, str]:
    """Name each rule shortly: by the beginning of its id where no other begins so."""
    counts = Counter(each[:_SHORT] for each in rules)
    return {each: each[:_SHORT] if counts[each[:_SHORT]] == 1 else each for each in rules}


def _tabled(
    bundles: Sequence[Bundle],
    conditions: Mapping[str, RuleCondition],
    keys: Mapping[str, str],
    compared: Mapping[str, Mapping[str, frozenset[str]]],
    dispatch: Dispatch | None,
) -> list[TabledRule]:
    """Make the rules of a specification; those of one kind together, so that they pack well."""
    groups = {each: bundle.name for bundle in bundles for each in bundle.keys}
    made = []
    for each in sorted(conditions):
        kinds: tuple[int | str, ...] | None = None
        values = None if dispatch is None else compared[each].get(dispatch.column)
        if values is not None and dispatch is not None:
            kinds = tuple(sorted(values)) if dispatch.is_text else tuple(sorted(map(int, values)))
        made.append(TabledRule(keys[each], _group(groups[each]), conditions[each], kinds))
    made.sort(key=lambda rule: tuple(map(str, rule.kinds or ())))
    return made


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
