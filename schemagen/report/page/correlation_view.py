"""Correlations for the page: which rules, by which key, in which window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.choices import CorrelationWindows
from schemagen.detections.correlation_rules import COUNTS, TEMPORAL, CorrelationType
from schemagen.detections.correlations.bound import BoundCorrelation
from schemagen.detections.correlations.final_rules import is_final
from schemagen.detections.correlations.items import spoken
from schemagen.report.page.texts import name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.detections.correlations.bound import Member

_DOTS = 8
_WIDTH = 220
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Dot:
    """An event in a window: where it is, and which of the rules or values it is of."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class MemberView:
    """One of the rules that a correlation correlates.

    Attributes:
        title: what it is called.
        status: its status; empty where there is no such rule.
        why: why it can't be counted; empty where it can.
        place: its place among the detections, -1 for none.
        inner: the correlation that it is; None for a rule.

    """

    title: str
    status: str
    why: str
    place: int
    inner: CorrelationView | None = None


@dataclass(frozen=True, slots=True)
class CorrelationView:
    """A correlation.

    Attributes:
        title, status, level: of its own.
        place: its place among the detections.
        alerts: how many events it alerted on; None without a replay.
        asks: what it looks at, for people.
        key: the fields whose values make a group; none for one group of all.
        window: how long it looks back.
        tumbling: whether its windows stand side by side.
        dots: an example of events that it alerts on.
        members: its rules.
        reasons: why it can't work.

    """

    title: str
    status: str
    level: str
    place: int
    alerts: int | None
    asks: str
    key: list[str]
    window: str
    tumbling: bool
    dots: list[Dot]
    members: list[MemberView] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


class CorrelationViews:
    """The correlations of a report.

    Args:
        places: the place of each detection, by its id.
        alerts: how many events each alerted on; None without a replay.

    """

    def __init__(self, places: Mapping[str, int], alerts: Mapping[str, int] | None) -> None:
        self._places = places
        self._alerts = alerts

    def of(self, bound: BoundCorrelation, depth: int = 0) -> CorrelationView:
        """Make the view of a correlation and of what it is made of."""
        rule = bound.rule
        return CorrelationView(
            title=name(rule.title),
            status=str(bound.status),
            level=rule.level or "",
            place=self._places.get(rule.id, -1),
            alerts=None if self._alerts is None else self._alerts.get(rule.id, 0),
            asks=_asks(bound),
            key=[name(each) for each in rule.group_by],
            window=spoken(rule.timespan),
            tumbling=rule.windows is CorrelationWindows.TUMBLING or is_final(rule),
            dots=_dots(bound),
            members=[self._member(each, depth) for each in bound.members],
            reasons=list(bound.reasons),
        )

    def _member(self, member: Member, depth: int) -> MemberView:
        base = member.base
        if base is None:
            return MemberView(name(member.reference), "", member.reason, -1)
        inner = None
        if isinstance(base, BoundCorrelation) and depth < _DEEPEST:
            inner = self.of(base, depth + 1)
        place = self._places.get(base.rule.id, -1)
        return MemberView(name(base.rule.title), str(base.status), member.reason, place, inner)


_NOUNS = {
    CorrelationType.EVENT_COUNT: "events",
    CorrelationType.VALUE_SUM: "the sum of",
    CorrelationType.VALUE_AVG: "the mean of",
    CorrelationType.VALUE_PERCENTILE: "a percentile of",
    CorrelationType.VALUE_MEDIAN: "the median of",
}


def _asks(bound: BoundCorrelation) -> str:
    text = _asked(bound)
    return text.replace(">=", "≥").replace("<=", "≤").replace("<>", "≠")


def _asked(bound: BoundCorrelation) -> str:
    rule = bound.rule
    fields = ", ".join(map(name, rule.value_fields))
    if rule.type in TEMPORAL:
        order = " in this order" if rule.type is CorrelationType.TEMPORAL_ORDERED else ""
        if rule.expression:
            return f"{name(rule.expression)}{order}"
        all_of = rule.bounds.gte in {None, len(rule.rules)}
        many = "all of these rules" if all_of else f"{rule.bounds} of these rules"
        return f"{many}{order}"
    if rule.type is CorrelationType.EVENT_COUNT:
        return f"{rule.bounds} events"
    if rule.type is CorrelationType.VALUE_COUNT:
        return f"{rule.bounds} different values of {fields}"
    percentile = f"the percentile {rule.percentile} of" if rule.percentile is not None else ""
    return f"{percentile or _NOUNS[rule.type]} {fields} {rule.bounds}"


def _dots(bound: BoundCorrelation) -> list[Dot]:
    """Lay out events in a window such as the correlation asks for."""
    rule = bound.rule
    if rule.type in TEMPORAL:
        labels = [str(n) for n in range(1, min(len(rule.rules), _DOTS) + 1)]
    elif rule.type in COUNTS:
        wanted = rule.bounds.given()
        least = max(
            (n + (sign == "gt") for sign, n in wanted.items() if sign.startswith("g")), default=1
        )
        count = max(1, min(int(wanted.get("eq", least)), _DOTS))
        values = rule.type is CorrelationType.VALUE_COUNT
        labels = [chr(ord("a") + n) if values else "" for n in range(count)]
    else:
        labels = [""] * 4
    gap = _WIDTH / (len(labels) + 1)
    # Not at even distances: events are not.
    return [
        Dot(gap * (n + 1) + (gap / 5 if n % 2 else -gap / 6), label)
        for n, label in enumerate(labels)
    ]


def correlation_views(
    correlations: Sequence[BoundCorrelation],
    places: Mapping[str, int],
    alerts: Mapping[str, int] | None,
) -> list[CorrelationView]:
    """Make the views of correlations that no other of them is made of."""
    inner = {
        member.base.rule.id
        for each in correlations
        for member in each.members
        if isinstance(member.base, BoundCorrelation)
    }
    views = CorrelationViews(places, alerts)
    tops = [each for each in correlations if each.rule.id not in inner]
    return [views.of(each) for each in tops]
