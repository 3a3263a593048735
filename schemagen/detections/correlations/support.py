"""What of a correlation can be evaluated exactly, and why the rest is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.choices import CorrelationWindows
from schemagen.detections.correlation_rules import (
    COUNTS,
    NUMERIC,
    TEMPORAL,
    CorrelationType,
    parse_expression,
)
from schemagen.detections.correlations.final_rules import is_final, why_never

if TYPE_CHECKING:
    from schemagen.detections.correlation_rules import Expression, LoadedCorrelation

MOST_SLOTS = 99
"""`temporal_ordered` sorts by time * 100 + place."""

KEPT = (64, 128, 256, 512)
"""How many events of a group a window may keep: the least that serves all correlations."""

TIMES_KEPT = 4096
"""How many times of events a window may keep: for counts of events that are beyond `KEPT`."""

_SPARE = 32
"""Events that may follow a late one before the window forgets what it needs."""

SPANS = tuple(minutes * 60_000 for minutes in (10, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 31 * 24 * 60))
"""The greatest timespan that a table of windows serves, milliseconds: the least that does."""


def why_unsupported(rule: LoadedCorrelation) -> str:
    """Return why a correlation can't be evaluated, a sentence; empty where it can."""
    if rule.timespan > SPANS[-1]:
        return f"A timespan of more than {SPANS[-1] // 86_400_000} days keeps too much state."
    if rule.type == CorrelationType.VALUE_PERCENTILE and rule.percentile is None:
        return (
            "Which percentile is meant isn't said: the specification has no key for it; give the "
            "condition `percentile`, as pySigma has it."
        )
    if rule.expression:
        return _expression_reason(rule)
    return _bounds_reason(rule)


def _bounds_reason(rule: LoadedCorrelation) -> str:
    given = rule.bounds.given()
    if is_final(rule):
        return why_never(rule)
    if "neq" in given:
        return "`neq` is true at the first event: there is no event that makes it true."
    low = lowest(rule)
    if low is None and not {"gt", "gte", "eq"} & given.keys():
        return (
            "`lt` and `lte` alone are true at the first event; they can be told only when a span "
            "is over, and for groups that had an event in it."
        )
    if rule.type in COUNTS:
        return _count_reason(rule, low or 0)
    if "eq" in given and rule.type in NUMERIC:
        return "`eq` of a sum, an average or a percentile of DOUBLEs is a matter of rounding."
    return "" if _holds_somewhere(rule) else "No number satisfies its condition."


def _count_reason(rule: LoadedCorrelation, low: int) -> str:
    reason = ""
    if not _holds_somewhere(rule):
        reason = "No number satisfies its condition."
    elif low < 1:
        reason = "Its condition is true without any event."
    elif rule.type in TEMPORAL and low > len(rule.rules):
        reason = f"It asks for {low} of {len(rule.rules)} rules."
    elif rule.type == CorrelationType.TEMPORAL_ORDERED and low != len(rule.rules):
        reason = "`temporal_ordered` asks for all its rules: fewer in order isn't defined."
    elif rule.type == CorrelationType.TEMPORAL_ORDERED and low > MOST_SLOTS:
        reason = f"`temporal_ordered` takes at most {MOST_SLOTS} rules."
    elif events_needed(rule) > _most_kept(rule):
        most = _most_kept(rule) - _SPARE
        reason = f"It counts to {low:,}; a window keeps enough events to count to {most}."
    return reason


def _expression_reason(rule: LoadedCorrelation) -> str:
    tree = parse_expression(rule.expression)
    if _has(tree, "not"):
        return (
            "`not` of a rule can be told only when the span is over: until then its event may "
            "still come."
        )
    if rule.type == CorrelationType.TEMPORAL_ORDERED:
        if _has(tree, "or"):
            return "`or` has no order: `temporal_ordered` takes names joined by `and`."
        if len(rule.rules) > MOST_SLOTS:
            return f"`temporal_ordered` takes at most {MOST_SLOTS} rules."
    return ""


def _has(tree: Expression, word: str) -> bool:
    if isinstance(tree, str):
        return False
    return tree[0] == word or any(_has(part, word) for part in tree[1])


def lowest(rule: LoadedCorrelation) -> int | None:
    """Return the least whole number that a condition over counts holds of, None for none.

    Crossing it from below is what makes the condition true.
    """
    bounds = rule.bounds
    lows = [int(each) for each in (bounds.gte, bounds.eq) if each is not None]
    if bounds.gt is not None:
        lows.append(int(bounds.gt) + 1)
    return max(lows) if lows else None


def _holds_somewhere(rule: LoadedCorrelation) -> bool:
    bounds = rule.bounds
    lows = [each for each in (bounds.gt, bounds.gte, bounds.eq) if each is not None]
    highs = [each for each in (bounds.lt, bounds.lte, bounds.eq) if each is not None]
    if not lows or not highs:
        return True
    low, high = max(lows), min(highs)
    if rule.type in COUNTS:
        first = lowest(rule)
        last = high - 1 if bounds.lt is not None and bounds.lt == high else high
        return first is not None and first <= last
    strict = bounds.gt == low or bounds.lt == high
    return low < high or (low == high and not strict)


def events_needed(rule: LoadedCorrelation) -> int:
    """Return how many events of a group a window has to keep for a correlation."""
    least = lowest(rule) if rule.type in COUNTS else None
    return (least or len(rule.rules)) + _SPARE


def _most_kept(rule: LoadedCorrelation) -> int:
    return TIMES_KEPT if rule.type == CorrelationType.EVENT_COUNT else KEPT[-1]


def counts_times(rule: LoadedCorrelation) -> bool:
    """Return whether a correlation counts so many events that only their times are kept."""
    return rule.type == CorrelationType.EVENT_COUNT and events_needed(rule) > KEPT[-1]


def events_kept(rules: list[LoadedCorrelation]) -> int:
    """Return how many events of a group the windows keep for some correlations."""
    needed = max((events_needed(rule) for rule in rules if not counts_times(rule)), default=0)
    return next(each for each in KEPT if each >= needed)


def span_served(rules: list[LoadedCorrelation]) -> int:
    """Return the greatest timespan that the windows of some correlations serve, milliseconds."""
    longest = max((rule.timespan for rule in rules), default=0)
    return next(each for each in SPANS if each >= longest)


def exactness(rule: LoadedCorrelation, kept: int) -> list[str]:
    """Say what of a correlation is not exact, or is to be known, sentences."""
    if is_final(rule):
        told = (
            "It looks at windows side by side, each when it is over: that is after the next event "
            "that comes later than its end and the grace. A group without any event in a window "
            "is never told of."
        )
        backlog = (
            "When a server reads more than ten minutes of several partitions at once, as after a "
            "stop, it misses windows, or counts too few events in them."
        )
        return [told, backlog]
    found = []
    if rule.windows is CorrelationWindows.TUMBLING:
        found.append(
            "Its windows stand side by side: what lies over the border of two is missed, and of "
            "the events in one only the first that makes it true alerts."
        )
    if {"lt", "lte"} & rule.bounds.given().keys():
        found.append(
            "It alerts when the lower bound is reached. Whether the upper bound holds until the "
            "end of the span can't be known then."
        )
    if counts_times(rule):
        found.append(
            f"It keeps the times of {TIMES_KEPT:,} events; the alert names the newest of them."
        )
    if rule.type != CorrelationType.EVENT_COUNT:
        found.append(
            f"When a group has more than {kept} events in the timespan, only the newest count."
        )
    return found
