"""The shape of many rules: one pass over the topic, and bundles over the events that can match.

    topic ─ …_WATCHED ─► …_CANDIDATES ─► bundles ─► alerts

The first pass lets an event through only where its kind has rules and, for kinds with many events,
where one of the texts is there without which none of these rules can match. The bundles ask the
same of their own rules, and then evaluate them exactly.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections import envelope
from schemagen.detections.bundles import (
    any_events,
    bundle_query,
    envelope_columns,
    packed,
    select_from,
)
from schemagen.detections.candidates import CandidateValues, candidates_stream, free_names
from schemagen.detections.cost import calls_in
from schemagen.detections.dispatch import dispatch_of
from schemagen.detections.envelope import EVENT, alias
from schemagen.detections.first_pass import MOST_NEEDLES, Guard, GuardOptions
from schemagen.detections.needle_tests import NeedleWriter
from schemagen.detections.regex_guards import RegexGuard
from schemagen.detections.rule_needs import needs_of
from schemagen.detections.whole_objects import WholeObjects
from schemagen.ksqldb.dialect import on_one_line, write_expression
from schemagen.ksqldb.limits import measures
from schemagen.ksqldb.sql.nodes import Measures, WrittenExpression
from schemagen.ksqldb.watched import CANDIDATES
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.dispatch import Dispatch
    from schemagen.detections.envelope import AlertSource
    from schemagen.detections.rule_needs import RuleNeeds

MANY_RULES = 20
"""From as many rules on, bundles read candidates; fewer read the events themselves."""

_OWN = ("time", "host", "source")
"""The columns of candidates that alerts take as they are."""

_PARAMETERS = ("TX", "SX", "NX", "RX", "KX", "VX")
"""The parameters of lambdas."""
_ROOM = 30_000
"""The text of a bundle's guard; the rules need the rest of the record."""
_LESS_AND_LESS = ((200, MOST_NEEDLES), (0, MOST_NEEDLES), (0, 0))
"""How many calls a guard has beside its needles, and how many needles: until it has room."""


def many_rules(
    rules: Sequence[BoundRule],
    origin: AlertSource,
    alerts: str,
    topic: str,
    *,
    event: bool = False,
) -> list[exp.Expression]:
    """Write rules as a first pass and bundles over what it lets through.

    Args:
        rules: bound rules that are deployed.
        origin: the stream of the events.
        alerts: the alerts stream.
        topic: its topic.
        event: whether candidates hold their whole event, for alerts that do.

    """
    columns = origin.columns.columns
    text, sums, needle, total, key, value = free_names(columns, _PARAMETERS)
    raw = NeedleWriter((text, sums, needle, total), objects=WholeObjects(columns))
    low = NeedleWriter(raw.parameters, lowered=True)
    candidates = CandidateValues(columns, _OWN + (EVENT.name,) * event, (key, value))
    known = {bound.rule.id: bound for bound in rules}
    needs = {each: needs_of(bound) for each, bound in known.items()}
    dispatch = dispatch_of([each.values for each in needs.values()], columns)
    items = {each: _item(bound, candidates, low) for each, bound in known.items()}
    source = alerts + CANDIDATES
    bundles: list[exp.Expression] = []
    for bundle in packed(rules, items):
        own = {each: needs[each] for each in bundle.keys}
        where = _guard(own, candidates, dispatch, low)
        chosen = [items[each] for each in bundle.keys]
        made = bundle_query(bundle, chosen, envelope_columns(), source, alerts, where)
        size = f"{counted(len(chosen), 'rule')}, {counted(calls_in(made), 'call')} of functions"
        made.comments = [f"{bundle.name}: {size}."]
        bundles.append(made)
    guard = Guard(needs, GuardOptions(dispatch, raw))
    where = guard.condition()
    where = any_events([bound.events for bound in rules]) if where is None else _in_lines(where)
    projections = [
        alias(origin.time(), "time"),
        alias(origin.host(), "host"),
        alias(origin.source(), "source"),
        *([alias(origin.event(), EVENT.name)] if event else ()),
        *candidates.projections(),
    ]
    query = select_from(projections, origin.stream, where)
    first = candidates_stream(source, topic, origin, query)
    first.comments = [
        "The events that can match: of a kind that has rules, with a text that these need.",
        f"{counted(len(guard.passing), 'rule')} can't be told by a text: their events all pass.",
        "What rules and queries cost: schemagen rules --cost.",
    ]
    return [first, *bundles]


def _guard(
    rules: Mapping[str, RuleNeeds],
    candidates: CandidateValues,
    dispatch: Dispatch | None,
    writer: NeedleWriter,
) -> exp.Expr | None:
    """Write what a bundle asks of a candidate: as much as its statement has room for."""
    where: exp.Expr | None = None
    for calls, most in _LESS_AND_LESS:
        options = GuardOptions(dispatch, writer, calls=calls, of_kind=calls // 2, hot=1, most=most)
        where = Guard(rules, options).condition()
        if where is None:
            return None
        where = _in_lines(candidates.rewrite(where))
        if len(write_expression(where)) <= _ROOM:
            return where
    return where


def _item(bound: BoundRule, candidates: CandidateValues, writer: NeedleWriter) -> exp.Expr:
    """Make what a bundle evaluates of a rule, written once: here, or in a run before."""
    made = _noted_item(bound, candidates, writer)
    if made is None:
        uses: dict[str, str] = {}
        made = written_once(_made_item(bound, candidates, writer, uses))
        if bound.rule.notes is not None and isinstance(made, WrittenExpression):
            bound.rule.notes.put("item", [made.written, list(made.measures or ()), uses])
    # What it is called and how grave it is stands in the STRUCT.
    rule = bound.rule
    about = f"{rule.path}:{rule.line}; {bound.status}: {', '.join(bound.sources)}"
    made.comments = [about, *bound.reasons, *bound.remarks]
    if isinstance(made, WrittenExpression):
        made.label = rule.id, rule.title, rule.level or ""
    return on_one_line(made)


def _made_item(
    bound: BoundRule, candidates: CandidateValues, writer: NeedleWriter, uses: dict[str, str]
) -> exp.Expr:
    if bound.predicate is None:
        raise ValueError("a rule without a predicate can't be deployed")
    condition = candidates.rewrite(bound.predicate, RegexGuard(writer).guarded, uses)
    value = candidates.rewrite(envelope.rule_value(bound), uses=uses)
    return exp.Case(ifs=[exp.If(this=condition, true=value)])


def _noted_item(
    bound: BoundRule, candidates: CandidateValues, writer: NeedleWriter
) -> exp.Expr | None:
    """Return an item as it was written before; None where it would be another now."""
    notes = bound.rule.notes
    note = None if notes is None else notes.get("item")
    if note is None:
        return None
    text, measured, uses = note
    if not candidates.has(uses):
        return None
    again = partial(_made_item, bound, candidates, writer, {})
    return WrittenExpression.later(text, again, Measures(*measured))


def written_once(item: exp.Expr) -> exp.Expr:
    """Write an item, and let nobody write or measure it again; one with comments stays a tree."""
    text = write_expression(item)
    known = None if "/*" in text else measures(item)
    return item if known is None else WrittenExpression.later(text, lambda: item, known)


def _in_lines(guard: exp.Expr) -> exp.Expr:
    """Let each branch of a guard stand on a line."""
    for branch in guard.find_all(exp.If):
        on_one_line(branch.this)
        on_one_line(branch.args["true"])
    return guard
