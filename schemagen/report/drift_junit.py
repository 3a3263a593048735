"""A comparison as JUnit XML: one suite, the topic; one case a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.report import drift_phrases as phrases
from schemagen.report.junit import JUnitCase, JUnitSuite, junit_xml

if TYPE_CHECKING:
    from schemagen.drift.findings import Drift, Finding
    from schemagen.report.drift_phrases import Locate


def drift_junit(drift: Drift, locate: Locate) -> str:
    """Write a comparison as JUnit XML.

    Findings that fail are failed cases, accepted ones are skipped with the reason, and the others
    pass with their text as output. Where nothing was found there is one case that passes, since a
    suite without cases looks like one that did not run.

    Args:
        drift: what came of the comparison.
        locate: where a finding is, None where it is nowhere in the repository.

    """
    cases = [_case(drift, finding, locate(finding)) for finding in phrases.ordered(drift.findings)]
    if not cases:
        cases = [JUnitCase("no drift", out=phrases.no_drift(drift))]
    return junit_xml("schemagen drift", [JUnitSuite(phrases.topic(drift), cases)])


def _case(drift: Drift, finding: Finding, where: tuple[str, int] | None) -> JUnitCase:
    name = f"{finding.kind} {phrases.place(finding)}"
    file, line = where or ("", 0)
    text = phrases.prose(finding)
    if finding.waiver is not None:
        return JUnitCase(name, skipped=phrases.accepted(finding), out=text, file=file, line=line)
    if not drift.fails(finding):
        return JUnitCase(name, out=text, file=file, line=line)
    what = phrases.sentence(finding.what) or phrases.MEANINGS[finding.kind]
    return JUnitCase(name, what, file, line, kind=str(finding.kind), out=text)
