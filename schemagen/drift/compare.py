"""The comparison: what is committed against a fresh sample, as findings, one a root cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.drift.causes import change_findings, kept_remarks, unsure_remarks, untold_remarks
from schemagen.drift.changes import Comparison, ComparisonOptions
from schemagen.drift.context import FindingContext
from schemagen.drift.findings import DEFAULT_FAIL_ON, GRAVITY, Drift, Finding, FindingClass
from schemagen.drift.losses import time_findings, value_findings
from schemagen.drift.record_losses import known_losses, record_findings
from schemagen.drift.sight import watches
from schemagen.drift.statistics import Threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlglot import exp

    from schemagen.drift.changes import Change
    from schemagen.drift.declared import Declared
    from schemagen.drift.verdict import Steps
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.profile import Node
    from schemagen.schema.maps import MapPolicy

CONFIDENCE = 0.999
"""How sure a report is, unless the user says otherwise, that chance alone makes none of it."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is committed.

    Attributes:
        names: what it is, as the user named it.
        declared: the stream.
        known: the fields of the committed schema, joined with its evidence; None without one.
        evidence: the committed evidence, None without it.
        detections: the statements of the detections over the stream, where they are not those of
            the stream's own file.

    """

    names: Sequence[str]
    declared: Declared
    known: Node | None = None
    evidence: Evidence | None = None
    detections: Sequence[exp.Expr] | None = None


@dataclass(frozen=True, slots=True)
class DriftOptions:
    """How a comparison is made.

    Attributes:
        confidence: how sure, 0 to 1, that chance alone makes no finding.
        fail_on: the classes that matter.
        exclude: globs of the paths of which nobody wants to hear as new.
        maps: when the keys of an object are data.

    """

    confidence: float = CONFIDENCE
    fail_on: frozenset[FindingClass] = DEFAULT_FAIL_ON
    exclude: Sequence[str] = ()
    maps: MapPolicy | None = None


def compare(topic: str, baseline: Baseline, now: Evidence, settings: DriftOptions) -> Drift:
    """Compare a fresh sample with what is committed.

    Args:
        topic: the topic's name.
        baseline: what is committed.
        now: the fresh sample; it has at least one message.
        settings: how.

    """
    declared = baseline.declared
    script = declared.script if baseline.detections is None else baseline.detections
    seen = watches(script, declared.stream, declared.columns)
    context = FindingContext(topic, declared, seen, baseline.evidence, now)
    reading = ComparisonOptions(exclude=settings.exclude, watched=frozenset(_watched(context)))
    if settings.maps is not None:
        reading = replace(reading, maps=settings.maps)
    comparison = Comparison(reading)
    evidence = baseline.evidence
    comparison.compare(
        declared.columns,
        baseline.known,
        None if evidence is None else evidence.profile.root,
        now.profile.root,
    )
    threshold = Threshold(settings.confidence, comparison.tests)
    remarks: list[str] = []
    if evidence is None:
        remarks.append("There is no committed evidence: how often fields are there isn't compared.")
    facts = [
        *record_findings(context, threshold),
        *value_findings(context, threshold, remarks),
        *time_findings(context, remarks),
    ]
    remarks += known_losses(context, facts)
    sure: list[Change] = []
    unsure: list[Change] = []
    for change in comparison.changes:
        (sure if threshold.passes(change.chance) else unsure).append(change)
    remarks += unsure_remarks(context, unsure)
    remarks += kept_remarks(context, comparison.kept)
    remarks += untold_remarks(context, comparison.untold)
    findings = _gravest([*facts, *change_findings(context, sure)])
    return Drift(
        topic=topic,
        baselines=baseline.names,
        findings=sorted(findings, key=lambda each: (GRAVITY[each.kind], each.place)),
        messages_before=None if evidence is None else evidence.profile.messages,
        messages=now.profile.messages,
        records=now.tally.records,
        tests=comparison.tests,
        unsure=threshold.unsure,
        confidence=settings.confidence,
        fail_on=settings.fail_on,
        remarks=remarks,
    )


def _watched(context: FindingContext) -> Iterator[Steps]:
    for watch in context.watches:
        yield from watch.reads


def _gravest(findings: Iterable[Finding]) -> list[Finding]:
    """Keep of the findings of one place the gravest: the others are its consequences.

    Records as a whole are no such place: those that are dropped are others than those altered.
    """
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        place = (finding.path,) if finding.path else ((), finding.kind)
        known = kept.get(place)
        if known is None or GRAVITY[finding.kind] < GRAVITY[known.kind]:
            kept[place] = finding
    return list(kept.values())
