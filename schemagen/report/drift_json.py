"""A comparison for machines, and the JSON Schema that its report keeps to."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from schemagen.drift.findings import Drift, Finding, FindingClass
from schemagen.profile.paths import render
from schemagen.report.drift_phrases import blinded, ordered

if TYPE_CHECKING:
    from schemagen.drift.findings import AffectedDetection, Observation

FORMAT = "schemagen/drift"
VERSION = 1
"""Counts up when a reader of the report would have to change."""

SCHEMA = "drift-report.schema.json"
"""The schema's file beside this module."""


def drift_schema() -> dict[str, Any]:
    """Load the published JSON Schema (draft 2020-12) of the report."""
    text = files("schemagen.report").joinpath(SCHEMA).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def drift_report(drift: Drift) -> dict[str, Any]:
    """Report what a comparison found: valid by `drift_schema`, without any value of a message."""
    findings = ordered(drift.findings)
    kinds = [finding.kind for finding in findings]
    return {
        "format": FORMAT,
        "version": VERSION,
        "topic": drift.topic,
        "baselines": list(drift.baselines),
        "messages_before": drift.messages_before,
        "messages": drift.messages,
        "records": drift.records,
        "fails": bool(drift.failing),
        "fail_on": [str(kind) for kind in FindingClass if kind in drift.fail_on],
        "totals": {
            "findings": len(findings),
            "failing": len(drift.failing),
            "waived": sum(finding.waiver is not None for finding in findings),
            "blinded": len(blinded(drift.failing)),
            "by_class": {str(kind): kinds.count(kind) for kind in FindingClass},
        },
        "statistics": {
            "compared": drift.tests,
            "unsure": drift.unsure,
            "confidence": drift.confidence,
        },
        "lost_alerts": None
        if drift.lost is None
        else [{**_detection(one.detection), "lost": one.lost, "of": one.of} for one in drift.lost],
        "replayed": None if drift.lost is None else drift.replayed,
        "remarks": list(drift.remarks),
        "findings": [_finding(drift, finding) for finding in findings],
    }


def _finding(drift: Drift, finding: Finding) -> dict[str, Any]:
    waiver = finding.waiver
    return {
        "fingerprint": finding.fingerprint,
        "class": str(finding.kind),
        "path": finding.place,
        "fails": drift.fails(finding),
        "what": finding.what,
        "remedy": finding.remedy,
        "count": finding.count,
        "of": finding.of,
        "unit": finding.unit,
        "exact": finding.exact,
        "declared": finding.declared or None,
        "before": _observation(finding.before),
        "now": _observation(finding.now),
        "blinded": [
            {
                **_detection(each),
                "partly": each.partly,
                "events_before": _events(each.before),
                "events_now": _events(each.now),
            }
            for each in finding.blinded
        ],
        "related": [render(path) for path in finding.related],
        "waiver": None
        if waiver is None
        else {
            "owner": waiver.owner,
            "reason": waiver.reason,
            "expires": waiver.expires.isoformat(),
            "path": waiver.path or None,
            "finding": waiver.finding or None,
        },
    }


def _detection(detection: AffectedDetection) -> dict[str, Any]:
    return {
        "name": detection.name,
        "id": detection.id or None,
        "level": detection.level or None,
    }


def _events(seen: Observation | None) -> dict[str, int] | None:
    return None if seen is None else {"count": seen.count, "of": seen.of}


def _observation(seen: Observation | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "count": seen.count,
        "of": seen.of,
        "share": round(seen.share, 6),
        "kinds": dict(sorted(seen.types.items())),
    }
