"""What a report of a topic is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.detections.cost import QueryCost, RuleCost
    from schemagen.detections.problems import Problem
    from schemagen.drift.findings import Drift
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.nodes import Node
    from schemagen.profile.paths import Path
    from schemagen.replay.cases import CaseResult
    from schemagen.replay.events import UnreadableRecord
    from schemagen.replay.results import Result


@dataclass(frozen=True, slots=True)
class TopicRules:
    """The rules of a topic and what came of them.

    Attributes:
        rules: the bound rules.
        correlations: the bound correlations.
        problems: what is wrong with rule files.
        remarks: how the rules were bound, sentences.
        queries: what the queries cost that they became.
        costs: what each rule costs that can be deployed, by its id.

    """

    rules: Sequence[BoundRule] = ()
    correlations: Sequence[BoundCorrelation] = ()
    problems: Sequence[Problem] = ()
    remarks: Sequence[str] = ()
    queries: Sequence[QueryCost] = ()
    costs: Mapping[str, RuleCost] = field(default_factory=dict)

    @property
    def all(self) -> list[BoundRule | BoundCorrelation]:
        """The rules, then the correlations."""
        return [*self.rules, *self.correlations]

    @property
    def products(self) -> frozenset[str]:
        """The products of the rules' log sources."""
        found = (each.rule.logsource.product for each in self.rules)
        return frozenset(product.lower() for product in found if product)


@dataclass(frozen=True, slots=True)
class TopicReplay:
    """What the statements made of events.

    Attributes:
        statements: whose they are, for people.
        result: what came of it.
        unreadable: the records that are not events.

    """

    statements: str
    result: Result
    unreadable: Sequence[UnreadableRecord] = ()

    def fired(self) -> dict[str, list[int]]:
        """Give the events that each rule alerted on."""
        return self.result.fired()


@dataclass(frozen=True, slots=True)
class TopicDrift:
    """What a fresh sample shows beside what is committed.

    Attributes:
        found: the findings.
        plan: the statements that adapt the stream.
        summary: what they come to.

    """

    found: Drift
    plan: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReport:
    """All that a report shows.

    Attributes:
        topic: the topic's name.
        root: the schema and the evidence joined.
        maps: why objects count as maps.
        evidence: what was seen, None without an evidence file.
        seen: its root, its maps folded.
        rules: the rules.
        drift: what changed; None where no fresh evidence was given.
        replay: what fired; None where no events were given.
        cases: what came of the test cases.
        history: evidence of the topic over time, the oldest first.
        values: whether values of events may be shown.

    """

    topic: str
    root: Node
    maps: Mapping[Path, str] = field(default_factory=dict)
    evidence: Evidence | None = None
    seen: Node | None = None
    rules: TopicRules = field(default_factory=TopicRules)
    drift: TopicDrift | None = None
    replay: TopicReplay | None = None
    cases: Sequence[CaseResult] = ()
    history: Sequence[Evidence] = ()
    values: bool = False

    def fired(self) -> dict[str, list[int]]:
        """Give the events that each rule alerted on; none without a replay."""
        return {} if self.replay is None else self.replay.fired()

    def sources(self) -> list[dict[str, Any]]:
        """Give the provenance of the sample."""
        return [] if self.evidence is None else list(self.evidence.sources)
