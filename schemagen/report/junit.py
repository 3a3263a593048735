"""JUnit XML: suites of tests, as every CI reads them.

It keeps to the schema that the Jenkins xUnit plugin publishes, junit-10.xsd, the strictest of those
that are about: a case has no attribute for a file there, so a failure names its place in its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even as a reference."""


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """One test.

    Attributes:
        name: its name.
        failure: why it failed; empty where it didn't.
        file: the file that it is in; empty for none.
        line: the line there, 0 for none.
        skipped: why it counts neither as passed nor as failed; empty where it does.
        kind: the kind of its failure; empty for none.
        out: what else there is to say of it; empty for nothing.

    """

    name: str
    failure: str = ""
    file: str = ""
    line: int = 0
    skipped: str = ""
    kind: str = ""
    out: str = ""

    @property
    def place(self) -> str:
        """Where it is: `rules/x.test.yml:3`; empty for nowhere."""
        return f"{self.file}:{self.line}" if self.file and self.line else self.file


@dataclass(frozen=True, slots=True)
class JUnitSuite:
    """Tests that belong together."""

    name: str
    cases: Sequence[JUnitCase]


def junit_xml(name: str, suites: Sequence[JUnitSuite]) -> str:
    """Write suites as one XML document, the same text for the same suites."""
    total = sum(len(suite.cases) for suite in suites)
    failed = sum(bool(case.failure) for suite in suites for case in suite.cases)
    counts = _attributes(name=name, tests=total, failures=failed, errors=0)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{counts}>"]
    for suite in suites:
        lines.append(f"  <testsuite{_suite(suite)}>")
        lines += [line for case in suite.cases for line in _case(suite, case)]
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _suite(suite: JUnitSuite) -> str:
    failures = sum(bool(case.failure) for case in suite.cases)
    skipped = sum(bool(case.skipped) for case in suite.cases)
    counts = _attributes(
        name=suite.name, tests=len(suite.cases), failures=failures, errors=0, skipped=skipped
    )
    files = {case.file for case in suite.cases}
    return counts + (_attributes(file=files.pop()) if len(files) == 1 and "" not in files else "")


def _case(suite: JUnitSuite, case: JUnitCase) -> list[str]:
    inside = []
    if case.failure:
        kind = _attributes(type=case.kind) if case.kind else ""
        inside.append(_element("failure", _attributes(message=case.failure) + kind, case.place))
    if case.skipped:
        inside.append(_element("skipped", _attributes(message=case.skipped), ""))
    if case.out:
        place = "" if case.failure or not case.place else f"{case.place}: "
        inside.append(_element("system-out", "", place + case.out))
    attributes = _attributes(name=case.name, classname=suite.name)
    if not inside:
        return [f"    <testcase{attributes}/>"]
    return [f"    <testcase{attributes}>", *(f"      {each}" for each in inside), "    </testcase>"]


def _element(name: str, attributes: str, text: str) -> str:
    if not text:
        return f"<{name}{attributes}/>"
    return f"<{name}{attributes}>{escape(_xml(text))}</{name}>"


def _attributes(**values: str | int) -> str:
    return "".join(f" {name}={quoteattr(_xml(str(value)))}" for name, value in values.items())


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
