"""The items of the queries of correlations: each is evaluated apart, one or a few a correlation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.choices import CorrelationWindows
from schemagen.detections.correlation_rules import TEMPORAL, CorrelationType
from schemagen.detections.correlations.conditions import (
    condition,
    more_than_kept,
    shown_bounds,
)
from schemagen.detections.correlations.final_rules import is_final
from schemagen.detections.correlations.support import counts_times
from schemagen.detections.correlations.trees import (
    case,
    dot,
    format_time,
    is_of,
    null,
    struct,
    text_map,
)
from schemagen.detections.envelope import column
from schemagen.detections.logic import conjunction
from schemagen.detections.predicates import is_not_null
from schemagen.ksqldb.dialect import call, parse_expression
from schemagen.ksqldb.names import string_literal
from schemagen.ksqldb.types import DOUBLE, VARCHAR, Array
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation, Member

SATURATED = "too-many-events"
"""What is appended to a correlation's id where a group has more events than are kept."""

_LONG_VALUE = 64
_SEPARATOR = "\x1f"
_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1000))


# -- the alerts -----------------------------------------------------------------------------------


def alert_items(each: BoundCorrelation, topic: str, *, longest: int, kept: int) -> list[exp.Expr]:
    """Make what alerts of a correlation, and of more events than are kept.

    Args:
        each: the correlation.
        topic: the events' topic.
        longest: the greatest timespan that the windows serve, milliseconds.
        kept: how many events of a group count.

    """
    rule = each.rule
    item = _alert_item(each, topic, condition(rule, longest), ("", rule.title, rule.level))
    item.comments = comments(each)
    if rule.type == CorrelationType.EVENT_COUNT:
        return [item]
    label = (f"-{SATURATED}", f"More events than are kept: {rule.title}", "informational")
    return [item, _alert_item(each, topic, more_than_kept(rule, kept, longest), label)]


def _alert_item(
    each: BoundCorrelation, topic: str, holds: exp.Expr, label: tuple[str, str, str | None]
) -> exp.Expr:
    suffix, title, level = label
    tags = [string_literal(tag) for tag in each.rule.tags]
    value = struct(
        {
            "id": string_literal(f"{each.rule.id}{suffix}"),
            "title": string_literal(title),
            "level": null(VARCHAR) if level is None else string_literal(level),
            "tags": exp.Array(expressions=tags) if tags else null(Array(VARCHAR)),
            "fields": dot(column("e"), "fields"),
            "correlation": _evidence(each, topic),
        }
    )
    return case([(conjunction([is_of(each), holds]), value)])


def _evidence(each: BoundCorrelation, topic: str) -> exp.Expr:
    """Make what an alert says of the events that made it, those that come in order the last."""
    low, high = shown_bounds(each.rule)
    events = f"FILTER(`a`, z => z->`sort_col` >= {low} AND z->`sort_col` <= {high})"
    count, first = f"ARRAY_LENGTH({events})", f"{events}[-1]->`sort_col`"
    if counts_times(each.rule):
        times = f"FILTER(`b`, z => z >= {low} AND z <= {high})"
        count, first = f"ARRAY_LENGTH({times})", f"{times}[-1]"
    names = each.rule.group_by
    parameter = exp.Identifier(this="w", quoted=False)
    place = struct(
        {
            "topic": string_literal(topic),
            "partition": dot(parameter.copy(), "col3"),
            "offset": dot(parameter.copy(), "col4"),
        }
    )
    return struct(
        {
            "group": text_map(
                names, [parse_expression(f"`e`->`k`[{n}]") for n in range(1, len(names) + 1)]
            ),
            "count": parse_expression(count),
            "first": format_time(parse_expression(f"FROM_UNIXTIME({first})")),
            "last": format_time(parse_expression(f"FROM_UNIXTIME({events}[1]->`sort_col`)")),
            "events": call(
                "TRANSFORM",
                parse_expression(events),
                exp.Lambda(this=place, expressions=[parameter]),
            ),
        }
    )


# -- what counts ----------------------------------------------------------------------------------


def match_items(
    each: BoundCorrelation, members: Sequence[tuple[Member, BoundRule]]
) -> list[exp.Expr]:
    """Make the items of a correlation's rules.

    Each rule of a temporal correlation counts for itself. Of the others an event counts once,
    however many of the rules it matches.
    """
    branches = []
    for member, base in members:
        if base.predicate is None:
            raise ValueError("a rule without a predicate can't be counted")
        parts = MatchParts(each, member.slot, member.fields, member.number)
        branches.append((conjunction([base.predicate.copy(), *parts.present()]), parts.hit()))
    groups = [[branch] for branch in branches] if each.rule.type in TEMPORAL else [branches]
    found: list[exp.Expr] = [case(group) for group in groups]
    for item in found:
        item.comments = comments(each)
    return found


def chain_item(
    each: BoundCorrelation, member: Member, base: BoundCorrelation, longest: int
) -> exp.Expr:
    """Make what counts the alerts of one correlation for another."""
    carried: dict[str, exp.Expr] = {
        name: exp.Bracket(
            this=dot(column("e"), "fields"),
            expressions=[string_literal(inner)],
            offset=1,
        )
        for name, inner in member.renamed.items()
    }
    parts = MatchParts(each, member.slot, carried, None)
    holds = [is_of(base), condition(base.rule, longest), *parts.present()]
    item = case([(conjunction(holds), parts.hit())])
    item.comments = comments(each)
    return item


class MatchParts:
    """What a row of the matches is made of, for one rule of a correlation."""

    def __init__(
        self,
        each: BoundCorrelation,
        slot: int,
        fields: Mapping[str, exp.Expr],
        number: exp.Expr | None,
    ) -> None:
        self._rule = each.rule
        self._slot = slot
        self._fields = fields
        self._number = number

    def present(self) -> list[exp.Expr]:
        """Make the conditions that the group's fields and the value are there."""
        names = dict.fromkeys((*self._rule.group_by, *self._rule.value_fields))
        found = [is_not_null(self._fields[name].copy()) for name in names]
        if self._number is not None:
            found.append(is_not_null(self._number.copy()))
        return found

    def hit(self) -> exp.Expr:
        """Make the row."""
        keys = [call("LCASE", self._fields[name].copy()) for name in self._rule.group_by]
        value: exp.Expr = null(VARCHAR)
        if self._rule.type == CorrelationType.VALUE_COUNT:
            value = self._value()
        return struct(
            {
                "c": string_literal(self._rule.id),
                "k": exp.Array(expressions=keys or [exp.Literal.string("")]),
                "s": exp.Literal.number(0 if counts_times(self._rule) else self._slot),
                "v": value,
                "n": null(DOUBLE) if self._number is None else self._number.copy(),
                "fields": text_map(
                    list(self._fields), [each.copy() for each in self._fields.values()]
                ),
            }
        )

    def _value(self) -> exp.Expr:
        parts = [self._fields[name] for name in self._rule.value_fields]
        joined: list[exp.Expr] = []
        for part in parts:
            joined += [exp.Literal.string(_SEPARATOR)] if joined else []
            joined.append(part.copy())
        whole = joined[0] if len(joined) == 1 else call("CONCAT", *joined)
        # A window keeps many values: of a long one, what tells it from others.
        lower = call("LCASE", whole)
        is_long = exp.GT(this=call("LEN", whole.copy()), expression=exp.Literal.number(_LONG_VALUE))
        digest = call("MD5", lower.copy())
        return exp.Case(ifs=[exp.If(this=is_long, true=digest)], default=lower)


def comments(each: BoundCorrelation) -> list[str]:
    """Say which correlation it is and how it is bound."""
    rule = each.rule
    lines = [
        rule.title,
        f"id: {rule.id}",
        f"{rule.level or 'no level'}, {rule.status or 'no status'}, {rule.path}:{rule.line}",
        f"{each.status}: {describe(each)}",
        *each.reasons,
        *each.remarks,
    ]
    return [re.sub(r"\s+", " ", line) for line in lines]


def describe(each: BoundCorrelation) -> str:
    """Say in a few words what a correlation counts."""
    rule = each.rule
    fields = f" of {', '.join(rule.value_fields)}" if rule.value_fields else ""
    percent = f" {rule.percentile}" if rule.percentile is not None else ""
    temporal = rule.type in TEMPORAL
    asked = rule.expression or (
        f"of {len(rule.rules)} rules" if rule.bounds.gte == len(rule.rules) and temporal else ""
    )
    wanted = asked or str(rule.bounds)
    group = f" by {', '.join(rule.group_by)}" if rule.group_by else ""
    side_by_side = rule.windows is CorrelationWindows.TUMBLING or is_final(rule)
    each_of = "tumbling windows of " if side_by_side else ""
    return f"{rule.type}{percent}{fields} {wanted} in {each_of}{spoken(rule.timespan)}{group}"


def spoken(milliseconds: int) -> str:
    """Say a length of time in the greatest unit that it is whole in."""
    unit, length = next(each for each in _UNITS if milliseconds % each[1] == 0)
    return counted(milliseconds // length, unit)
