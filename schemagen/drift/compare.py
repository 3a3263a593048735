"""The comparison: what is committed against a fresh sample, as findings, one a root cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from schemagen.drift.change_findings import change_findings
from schemagen.drift.changes import ChangeKind
from schemagen.drift.comparison import Comparison, ComparisonOptions
from schemagen.drift.context import FindingContext
from schemagen.drift.event_time_losses import event_time_findings, event_time_remarks
from schemagen.drift.findings import DEFAULT_FAIL_ON, GRAVITY, Drift, Finding, FindingClass
from schemagen.drift.kind_events import known_of
from schemagen.drift.kind_findings import explained_by, is_told, kind_findings
from schemagen.drift.kinds import compared_kinds
from schemagen.drift.record_losses import known_loss_remarks, record_findings, record_losses
from schemagen.drift.registry import registry_findings, registry_remarks, typed_paths
from schemagen.drift.remarks import indistinct_remarks, kept_remarks, uncertain_remarks
from schemagen.drift.sight import deployed_detections
from schemagen.drift.statistics import significance_level
from schemagen.drift.value_losses import doubt_remarks, value_finding, value_losses
from schemagen.schema.maps import MapPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlglot import exp

    from schemagen.drift.declared import Declared
    from schemagen.drift.sight import DeployedDetection
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.profile import Node
    from schemagen.sources.registry.source import RegistrySchema

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
        registry: what the committed schema says of a registry.

    """

    names: Sequence[str]
    declared: Declared
    known: Node | None = None
    evidence: Evidence | None = None
    detections: Sequence[exp.Expr] | None = None
    registry: RegistrySchema | None = None


@dataclass(frozen=True, slots=True)
class DriftOptions:
    """How a comparison is made.

    Attributes:
        confidence: how sure, 0 to 1, that chance alone makes no finding.
        fail_on: the classes that matter.
        exclude: globs of the paths of which nobody wants to hear as new.
        maps: when the keys of an object are data.
        registry: what a registry says of the values of the sample, None where none was asked.

    """

    confidence: float = CONFIDENCE
    fail_on: frozenset[FindingClass] = DEFAULT_FAIL_ON
    exclude: Sequence[str] = ()
    maps: MapPolicy | None = None
    registry: RegistrySchema | None = None


def compare(topic: str, baseline: Baseline, now: Evidence, options: DriftOptions) -> Drift:
    """Compare a fresh sample with what is committed.

    Everything that differs is collected first, so that one correction covers all tests of the
    report; then what is certain becomes a finding, and what is not a remark at most.

    Args:
        topic: the topic's name.
        baseline: what is committed.
        now: the fresh sample; it has at least one message.
        options: how.

    """
    declared, before = baseline.declared, baseline.evidence
    script = declared.script if baseline.detections is None else baseline.detections
    detections = deployed_detections(script, declared.stream, declared.columns)
    kinds = compared_kinds(before, now, partial(_is_one_kind, declared, detections, before))
    context = FindingContext(topic, declared, detections, before, now, kinds=kinds)
    before_now = baseline.registry, options.registry
    context = replace(context, typed=typed_paths(context, before_now[0] or before_now[1]))
    comparison = _compared(context, baseline.known, options)
    values, records = value_losses(context), record_losses(context)

    tested = [chance for lost in values for chance in lost.chances]
    tested += [lost.chance for lost in records if lost.chance is not None]
    shares, compared = ([], 0) if kinds is None else kinds.changes()
    tested += [each.chance for each in shares]
    tests = comparison.tests + len(tested) + compared - len(shares)
    level = significance_level(options.confidence, tests)

    certain = [change.among(level) for change in comparison.changes if change.chance <= level]
    uncertain = [change for change in comparison.changes if change.chance > level]
    facts = [
        *record_findings(context, [lost for lost in records if lost.is_certain(level)]),
        *(value_finding(context, lost) for lost in values if lost.is_certain(level)),
        *event_time_findings(context),
    ]
    versions = registry_findings(context, *before_now)
    remarks = [] if before else ["Without committed evidence no presence of a field is compared."]
    remarks += registry_remarks(*before_now, versions)
    remarks += doubt_remarks(context, [lost for lost in values if not lost.is_certain(level)])
    remarks += event_time_remarks(context)
    remarks += known_loss_remarks(context, facts)
    remarks += uncertain_remarks(context, uncertain)
    remarks += kept_remarks(context, comparison.kept)
    remarks += indistinct_remarks(context, comparison.indistinct)
    other_kinds = [
        each
        for each in shares
        if each.chance <= level and not (kinds and is_told(kinds, each, facts))
    ]
    new = [change for change in certain if change.what is ChangeKind.NEW]
    explained = explained_by(kinds, other_kinds, new)
    certain = [change for change in certain if change not in explained]
    findings = _gravest(
        [
            *facts,
            *kind_findings(context, other_kinds, explained),
            *change_findings(context, certain),
            *versions,
        ]
    )
    return Drift(
        topic=topic,
        baselines=baseline.names,
        findings=sorted(findings, key=lambda each: (GRAVITY[each.kind], each.place)),
        messages_before=None if before is None else before.profile.messages,
        messages=now.profile.messages,
        records=now.decoding.records,
        tests=tests,
        unsure=len(uncertain) + sum(chance > level for chance in tested),
        confidence=options.confidence,
        fail_on=options.fail_on,
        remarks=remarks,
    )


def _is_one_kind(
    declared: Declared,
    detections: Sequence[DeployedDetection],
    before: Evidence | None,
    one: str,
    other: str,
) -> bool:
    """Check whether no detection tells two kinds apart by their names."""
    fields = () if before is None else before.profile.kinds.fields
    judges = [known_of(fields, kind, declared) for kind in (one, other)]
    return all(len({each.may_match(judge) for judge in judges}) == 1 for each in detections)


def _compared(context: FindingContext, known: Node | None, options: DriftOptions) -> Comparison:
    """Compare what is in the messages."""
    reads = frozenset(steps for each in context.detections for steps in each.reads)
    how = ComparisonOptions(options.exclude, options.maps or MapPolicy(), reads)
    comparison = Comparison(how, context.kinds)
    seen = None if context.before is None else context.before.profile.root
    comparison.compare(context.declared.columns, known, seen, context.now.profile.root)
    return comparison


def _gravest(findings: Iterable[Finding]) -> list[Finding]:
    """Keep the gravest finding of each place: the others are its consequences.

    The record as a whole is an exception: the dropped records are not those that are altered.
    """
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        place = (finding.path,) if finding.path else ((), finding.kind, finding.events)
        known = kept.get(place)
        if known is None or GRAVITY[finding.kind] < GRAVITY[known.kind]:
            kept[place] = finding
    return list(kept.values())
