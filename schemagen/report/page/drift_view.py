"""The findings of a comparison for the page, by what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.drift.findings import FindingClass
from schemagen.report import drift_phrases as phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.findings import AffectedDetection, Finding, Observation
    from schemagen.report.page.model import TopicDrift

_DETECTIONS = 40
_FINDINGS = 200


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding.

    Attributes:
        place, what, remedy, cost: as in every report.
        fails: whether it fails.
        accepted: who accepted it and why; empty where nobody has.
        declared: the declared type.
        before, now: what was seen, for people; empty where unknown.
        shares: the shares before and now, 0 to 100; None where unknown.
        blinded: the detections that it blinds.
        more: how many further detections it blinds.
        related: other paths of the same cause.

    """

    place: str
    what: str
    remedy: str
    cost: str
    fails: bool
    accepted: str
    declared: str
    before: str
    now: str
    shares: tuple[float | None, float | None]
    blinded: list[str]
    more: int
    related: str


@dataclass(frozen=True, slots=True)
class ClassView:
    """The findings of one class.

    Attributes:
        name: the class.
        meaning: what it costs.
        findings: those that are shown.
        count: how many there are.

    """

    name: str
    meaning: str
    findings: list[FindingView]
    count: int


class DriftView:
    """The comparison of a report."""

    def __init__(self, drift: TopicDrift) -> None:
        self._drift = drift
        self.found = drift.found
        self.plan = drift.plan
        self.plan_summary = drift.summary

    @property
    def verdict(self) -> str:
        """The outcome in a few words."""
        return phrases.verdict(self.found)

    @property
    def summary(self) -> str:
        """The findings by class, and how sure they are."""
        if not self.found.findings:
            return phrases.no_drift(self.found)
        return f"{phrases.summary(self.found)} {phrases.statistics(self.found)}"

    @property
    def blind(self) -> str:
        """How many detections are blinded; empty for none."""
        found = phrases.blinded(self.found.failing)
        return f"{phrases.blind_count(found)}." if found else ""

    def notes(self) -> list[str]:
        """List what else there is to know."""
        return phrases.notes(self.found)

    def classes(self) -> list[ClassView]:
        """List the findings by class, the gravest first."""
        ordered = phrases.ordered(self.found.findings)
        made = []
        for kind in FindingClass:
            own = [each for each in ordered if each.kind is kind]
            if own:
                views = [self._finding(each) for each in own[:_FINDINGS]]
                made.append(ClassView(str(kind), phrases.MEANINGS[kind], views, len(own)))
        return made

    def _finding(self, each: Finding) -> FindingView:
        blinded = phrases.blinded([each])
        return FindingView(
            phrases.place(each),
            phrases.sentence(each.what),
            phrases.sentence(each.remedy),
            phrases.cost(each),
            self.found.fails(each),
            phrases.accepted(each),
            phrases.declared(each),
            _sight(each.before),
            _sight(each.now),
            (_share(each.before), _share(each.now)),
            _named(blinded),
            max(len(blinded) - _DETECTIONS, 0),
            phrases.related(each),
        )


def _named(found: Sequence[AffectedDetection]) -> list[str]:
    return [phrases.detection(each) for each in found[:_DETECTIONS]]


def _sight(seen: Observation | None) -> str:
    return "" if seen is None else phrases.sight(seen)


def _share(seen: Observation | None) -> float | None:
    return None if seen is None or not seen.of else min(seen.share, 1.0) * 100
