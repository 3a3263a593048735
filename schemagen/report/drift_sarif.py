"""A comparison as SARIF 2.1.0, which code scanners and editors read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from schemagen import __version__
from schemagen.drift.findings import DEFAULT_FAIL_ON, Drift, Finding, FindingClass
from schemagen.report import drift_phrases as phrases
from schemagen.report.markdown import cell, code

if TYPE_CHECKING:
    from schemagen.report.drift_phrases import Locate

SCHEMA_URI = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

FINGERPRINT = "schemagenDrift/v1"
"""The name, with a version, of the fingerprint by which a result is known again."""

_NAMES = {kind: f"Drift{kind.value.capitalize()}" for kind in FindingClass}
_INDEX = {kind: number for number, kind in enumerate(FindingClass)}


def sarif_report(drift: Drift, locate: Locate) -> dict[str, Any]:
    """Make a SARIF log with one run: a rule for each class, a result for each finding.

    Accepted findings are results with a suppression, so that their alerts are closed, not lost.

    Args:
        drift: what came of the comparison.
        locate: where a finding is, None where it is nowhere in the repository.

    """
    return {
        "$schema": SCHEMA_URI,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "schemagen",
                        "version": __version__,
                        "rules": [_rule(kind) for kind in FindingClass],
                    }
                },
                "invocations": [{"executionSuccessful": True}],
                "results": [
                    _result(drift, finding, locate(finding))
                    for finding in phrases.ordered(drift.findings)
                ],
                "properties": {
                    "topic": phrases.topic(drift),
                    "baselines": [phrases.plain(name) for name in drift.baselines],
                    "summary": phrases.summary(drift),
                    "statistics": phrases.statistics(drift),
                    "remarks": phrases.notes(drift),
                },
            }
        ],
    }


def rule_id(kind: FindingClass) -> str:
    """Return the lasting id of a class's rule: `drift/drops`."""
    return f"drift/{kind}"


def _rule(kind: FindingClass) -> dict[str, Any]:
    grave = kind in DEFAULT_FAIL_ON
    return {
        "id": rule_id(kind),
        "name": _NAMES[kind],
        "shortDescription": {"text": phrases.MEANINGS[kind]},
        "fullDescription": {
            "text": f"{phrases.MEANINGS[kind]} Found by comparing a fresh sample of the topic with "
            "the committed schema and evidence."
        },
        "defaultConfiguration": {"level": "error" if grave else "note"},
    }


def _result(drift: Drift, finding: Finding, where: tuple[str, int] | None) -> dict[str, Any]:
    path = phrases.place(finding)
    text = f"{path}: {phrases.prose(finding)}"
    result: dict[str, Any] = {
        "ruleId": rule_id(finding.kind),
        "ruleIndex": _INDEX[finding.kind],
        "level": phrases.level(drift, finding),
        "message": {
            "text": _text(text),
            "markdown": _braces(f"{code(path)}: {cell(phrases.prose(finding))}"),
        },
        "locations": [_location(finding, where)],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "topic": phrases.plain(finding.topic),
            "path": path,
            "fails": drift.fails(finding),
            "count": finding.count,
            "of": finding.of,
            "exact": finding.exact,
            "declared": phrases.declared(finding),
            "remedy": phrases.sentence(finding.remedy),
            "blinded": len(finding.blinded),
            "detections": phrases.detections(finding),
            "related": phrases.related(finding),
        },
    }
    if finding.waiver is not None:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": phrases.accepted(finding)}
        ]
    return result


def _location(finding: Finding, where: tuple[str, int] | None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": phrases.place(finding), "kind": "member"}]
    }
    if where is not None:
        file, line = where
        location["physicalLocation"] = {
            "artifactLocation": {
                # A `:` in a first segment would be read as a scheme; quote writes it as %3A.
                "uri": quote(file, errors="backslashreplace"),
                "uriBaseId": "%SRCROOT%",
            },
            "region": {"startLine": max(line, 1)},
        }
    return location


def _text(text: str) -> str:
    """Write a plain-text message: nothing in it is a link, as `[text](1)` would be."""
    return _braces(text.replace("](", "\\]("))


def _braces(text: str) -> str:
    """Write braces as SARIF has them in a message, where `{0}` would be a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")
