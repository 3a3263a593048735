"""The condition of each type of correlation, over the events that a window of a group keeps.

A window's state has `a`, the newest events of the group (`sort_col` the time, `col0` the place of
the rule, `col1` the value, `col2` the number), `e`, the event that came last, `t`, its time, `ws`,
where the window begins, and where a correlation counts very many, `b`, the newest times. The
condition is true at the event that makes a correlation true, for the closed span of T that ends at
`x`:

* x is an event at or after `e`: where events come in order, `e` itself. A late event can complete
  a span that ends later.
* the correlation holds over the span with `e` and not without it.
* x is in the second half of its window. Windows are two spans long and begin one span apart, so
  that the span is within exactly one window.
* x is the first such event of which the window knows the whole span. A late event may complete
  spans in both of its windows: this leaves the alert to the earlier one.

Windows that stand side by side (`CorrelationWindows.TUMBLING`) are told in the same state: the one
that `e` is in begins at `t - t % T`, and lies wholly within the window that it begins in the first
half of. There the correlation must hold with `e` and not without it.

Each condition is read by our own parser from text that holds nothing but numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.choices import CorrelationWindows
from schemagen.detections.correlation_rules import (
    TEMPORAL,
    CorrelationType,
    parse_expression,
)
from schemagen.detections.correlations.support import counts_times, lowest
from schemagen.ksqldb.dialect import parse_expression as read

if TYPE_CHECKING:
    from sqlglot import exp

    from schemagen.detections.correlation_rules import Bounds, Expression, LoadedCorrelation

_MEDIAN = 50


def condition(rule: LoadedCorrelation, longest: int) -> exp.Expr:
    """Make the condition that a state is the one at which a correlation alerts.

    Args:
        rule: a correlation that is supported.
        longest: the greatest timespan that the windows serve, milliseconds.

    """
    return read(condition_text(rule, longest))


def condition_text(rule: LoadedCorrelation, longest: int) -> str:
    """Write the condition; see `condition`."""
    span = _span_of(rule, longest)
    if rule.type in TEMPORAL:
        return _temporal(rule, span)
    if rule.type == CorrelationType.EVENT_COUNT:
        if counts_times(rule):
            return _many(rule, span)
        return span.at(f"{span.count('y')} = {lowest(rule)}")
    if rule.type == CorrelationType.VALUE_COUNT:
        values = f"TRANSFORM({span.events('y', 'y->`col1` IS NOT NULL')}, z => z->`col1`)"
        return span.at(
            f"ARRAY_LENGTH(ARRAY_DISTINCT({values})) = {lowest(rule)}"
            f" AND {span.count('u', 'u->`col1` = `e`->`v`')} = 1"
        )
    # A value that is missing was left out before: `n` is never NULL here.
    return f"`e`->`n` IS NOT NULL AND {span.at(_numeric(rule, span))}"


def more_than_kept(rule: LoadedCorrelation, kept: int, longest: int) -> exp.Expr:
    """Make the condition that a group has just got more events in a timespan than are kept.

    The state keeps one event more than counts, so that it can be told when it begins.
    """
    if rule.windows is CorrelationWindows.TUMBLING:
        own = _Bucket(rule.timespan, longest)
        return read(
            f"{own.is_within} AND `a`[{kept}]->`sort_col` >= {own.start}"
            f" AND NOT (`a`[{kept + 1}]->`sort_col` >= {own.start})"
        )
    span = rule.timespan
    return read(
        f"`a`[{kept}]->`sort_col` >= `t` - {span}"
        f" AND NOT (`a`[{kept + 1}]->`sort_col` >= `a`[2]->`sort_col` - {span})"
    )


def shown_bounds(rule: LoadedCorrelation) -> tuple[str, str]:
    """Return between which times the events lie that an alert names, as expressions."""
    if rule.windows is CorrelationWindows.TUMBLING:
        start = _Bucket(rule.timespan, 0).start
        return start, f"{start} + {rule.timespan - 1}"
    return f"`t` - {rule.timespan}", f"`t` + {rule.timespan}"


def _many(rule: LoadedCorrelation, span: _Span) -> str:
    """Write that so many events have come, over the times `b` that are kept for large counts."""
    if isinstance(span, _Bucket):
        inside = f"FILTER(`b`, y => y >= {span.start} AND y < {span.start} + {span.length})"
        return span.at(f"ARRAY_LENGTH({inside}) = {lowest(rule)}")
    length = rule.timespan
    inside = f"ARRAY_LENGTH(FILTER(`b`, y => y >= x - {length} AND y <= x))"
    return (
        f"`b`[1] >= `ws` + {span.longest} AND FILTER(`b`, x => x >= `t` AND x <= `t` + {length}"
        f" AND x - `ws` >= {length} AND {inside} = {lowest(rule)})[-1] >= `ws` + {span.longest}"
    )


def _span_of(rule: LoadedCorrelation, longest: int) -> _Span:
    kind = _Bucket if rule.windows is CorrelationWindows.TUMBLING else _Span
    return kind(rule.timespan, longest)


class _Span:
    """The spans of one length that end at `x`."""

    def __init__(self, length: int, longest: int) -> None:
        self.length = length
        self.longest = longest

    def at(self, holds: str) -> str:
        # Newest first: the first item tells without a search that none is in the second half.
        second = f"->`sort_col` >= `ws` + {self.longest}"
        return (
            f"`a`[1]{second} AND FILTER(`a`, x => x->`sort_col` >= `t`"
            f" AND x->`sort_col` <= `t` + {self.length}"
            f" AND x->`sort_col` - `ws` >= {self.length} AND {holds})[-1]{second}"
        )

    def events(self, name: str, also: str = "") -> str:
        more = f" AND {also}" if also else ""
        return (
            f"FILTER(`a`, {name} => {name}->`sort_col` >= x->`sort_col` - {self.length}"
            f" AND {name}->`sort_col` <= x->`sort_col`{more})"
        )

    def count(self, name: str, also: str = "") -> str:
        return f"ARRAY_LENGTH({self.events(name, also)})"

    def sum(self, name: str) -> str:
        numbers = self.events(name, f"{name}->`col2` IS NOT NULL")
        return (
            f"REDUCE({numbers}, CAST(0 AS DOUBLE), ({name}s, {name}i) => {name}s + {name}i->`col2`)"
        )

    def numbers(self, name: str, also: str = "IS NOT NULL") -> str:
        return self.count(name, f"{name}->`col2` {also}")


class _Bucket(_Span):
    """The window of one length that `e` is in, where windows stand side by side."""

    @property
    def start(self) -> str:
        return f"(`t` - `t` % {self.length})"

    @property
    def is_within(self) -> str:
        """Of the two windows of the table that have `e`, the one that has all of this."""
        return f"{self.start} >= `ws` AND {self.start} < `ws` + {self.longest}"

    def at(self, holds: str) -> str:
        return f"{self.is_within} AND {holds}"

    def events(self, name: str, also: str = "") -> str:
        more = f" AND {also}" if also else ""
        return (
            f"FILTER(`a`, {name} => {name}->`sort_col` >= {self.start}"
            f" AND {name}->`sort_col` < {self.start} + {self.length}{more})"
        )


# -- which rules matched --------------------------------------------------------------------------


def _temporal(rule: LoadedCorrelation, span: _Span) -> str:
    if rule.type == CorrelationType.TEMPORAL_ORDERED:
        return _ordered(len(rule.rules), span)
    if rule.expression:
        return _expressed(rule, span)
    slots = f"TRANSFORM({span.events('y')}, z => z->`col0`)"
    return span.at(
        f"ARRAY_LENGTH(ARRAY_DISTINCT({slots})) = {lowest(rule)} AND {_only_of_its_slot(span)}"
    )


def _only_of_its_slot(span: _Span) -> str:
    return f"{span.count('u', 'u->`col0` = `e`->`s`')} = 1"


def _expressed(rule: LoadedCorrelation, span: _Span) -> str:
    slots = {name: slot for slot, name in enumerate(rule.rules, 1)}
    tree = parse_expression(rule.expression)
    names = (f"y{n}" for n in range(10_000))

    def written(node: Expression, also: str) -> str:
        if isinstance(node, str):
            slot, name = slots[node], next(names)
            return f"({span.count(name, f'{name}->`col0` = {slot}')} > 0{also.format(slot)})"
        return "(" + f" {node[0].upper()} ".join(written(part, also) for part in node[1]) + ")"

    holds = written(tree, "")
    before = written(tree, " AND `e`->`s` <> {}")
    return span.at(f"{holds} AND {_only_of_its_slot(span)} AND NOT {before}")


def _ordered(steps: int, span: _Span) -> str:
    def reached(name: str, total: str, also: str = "") -> str:
        places = (
            f"TRANSFORM({span.events(name, also)}, {name}2 => {name}2->`sort_col` * 100"
            f" + {name}2->`col0`)"
        )
        each = f"{name}3"
        return (
            f"REDUCE(ARRAY_SORT({places}), CAST(0 AS BIGINT), ({total}, {each}) =>"
            f" CASE WHEN {each} % 100 = {total} + 1 THEN {total} + 1 ELSE {total} END)"
        )

    others = "(v->`sort_col` <> `t` OR v->`col0` <> `e`->`s`)"
    alone = span.count("u", "u->`sort_col` = `t` AND u->`col0` = `e`->`s`")
    return span.at(
        f"{reached('y', 'p')} = {steps} AND {alone} = 1 AND {reached('v', 'q', others)} < {steps}"
    )


# -- numbers --------------------------------------------------------------------------------------


def _numeric(rule: LoadedCorrelation, span: _Span) -> str:
    if rule.type == CorrelationType.VALUE_SUM:
        with_it, without = span.sum("y"), f"({span.sum('u')} - `e`->`n`)"
        return f"{_within(rule.bounds, with_it)} AND NOT ({_within(rule.bounds, without)})"
    if rule.type == CorrelationType.VALUE_AVG:
        total, others = span.numbers("g"), f"({span.numbers('m')} - 1)"
        with_it = _within(rule.bounds, span.sum("y"), total)
        without = _within(rule.bounds, f"({span.sum('u')} - `e`->`n`)", others)
        return f"{with_it} AND ({span.numbers('h')} = 1 OR NOT ({without}))"
    percent = _MEDIAN if rule.type == CorrelationType.VALUE_MEDIAN else rule.percentile or 0
    return _percentile(rule.bounds, percent, span)


def _within(bounds: Bounds, value: str, factor: str = "") -> str:
    """Write that a number is within bounds; with a factor, that it is within so many times them."""
    signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    times = f" * {factor}" if factor else ""
    parts = [
        f"{value} {signs[name]} {_number(bound)}{times}" for name, bound in bounds.given().items()
    ]
    return " AND ".join(parts)


def _percentile(bounds: Bounds, percent: int, span: _Span) -> str:
    """Write that the nearest-rank percentile is within bounds with `e`, and not without.

    It is above X where fewer than p percent of the numbers are at most X.
    """
    # What each bound says of the numbers: how many are on its other side.
    sides = {"gt": ("<=", "<"), "gte": ("<", "<"), "lt": ("<", ">="), "lte": ("<=", ">=")}

    def written(names: str, number: str, own: str) -> str:
        parts = []
        for place, (name, bound) in enumerate(bounds.given().items()):
            side, sign = sides[name]
            below = span.numbers(f"{names}{place}", f"{side} {_number(bound)}")
            if own:
                below = f"({below} - CASE WHEN `e`->`n` {side} {_number(bound)} THEN 1 ELSE 0 END)"
            total = f"({span.numbers(f'{number}{place}')}{own})"
            parts.append(f"100 * {below} {sign} {percent} * {total}")
        return " AND ".join(parts)

    without = written("u", "m", " - 1")
    return f"{written('y', 'g', '')} AND ({span.numbers('h')} = 1 OR NOT ({without}))"


def _number(bound: float) -> str:
    if isinstance(bound, int):
        return str(bound)
    return f"CAST('{bound!r}' AS DOUBLE)"
