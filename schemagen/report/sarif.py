"""A comparison as SARIF 2.1.0, which code scanners and editors read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from schemagen import __version__
from schemagen.drift.findings import DEFAULT_FAIL_ON, Drift, Finding, FindingClass
from schemagen.report import drift_phrases as words
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
                    for finding in words.ordered(drift.findings)
                ],
                "properties": {
                    "topic": words.plain(drift.topic),
                    "baselines": [words.plain(name) for name in drift.baselines],
                    "summary": words.summary(drift),
                    "statistics": words.statistics(drift),
                    "remarks": [
                        *words.lost_words(drift),
                        *(words.sentence(remark) for remark in drift.remarks),
                    ],
                },
            }
        ],
    }


def rule_id(kind: FindingClass) -> str:
    """Give the lasting id of a class's rule: `drift/drops`."""
    return f"drift/{kind}"


def _rule(kind: FindingClass) -> dict[str, Any]:
    grave = kind in DEFAULT_FAIL_ON
    return {
        "id": rule_id(kind),
        "name": _NAMES[kind],
        "shortDescription": {"text": words.MEANINGS[kind]},
        "fullDescription": {
            "text": f"{words.MEANINGS[kind]} Found by comparing a fresh sample of the topic with "
            "the committed schema and evidence."
        },
        "defaultConfiguration": {"level": "error" if grave else "note"},
    }


def _result(drift: Drift, finding: Finding, where: tuple[str, int] | None) -> dict[str, Any]:
    path = words.place(finding)
    text = f"{path}: {words.prose(finding)}"
    result: dict[str, Any] = {
        "ruleId": rule_id(finding.kind),
        "ruleIndex": _INDEX[finding.kind],
        "level": words.level(drift, finding),
        "message": {
            "text": _text(text),
            "markdown": _braces(f"{code(path)}: {cell(words.prose(finding))}"),
        },
        "locations": [_location(finding, where)],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "topic": words.plain(finding.topic),
            "path": path,
            "fails": drift.fails(finding),
            "count": finding.count,
            "of": finding.of,
            "exact": finding.exact,
            "declared": words.declared(finding),
            "remedy": words.sentence(finding.remedy),
            "blinded": len(finding.blinded),
            "detections": words.detections(finding),
            "related": words.related(finding),
        },
    }
    if finding.waiver is not None:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": words.accepted(finding)}
        ]
    return result


def _location(finding: Finding, where: tuple[str, int] | None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": words.place(finding), "kind": "member"}]
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
