"""JUnit XML: suites of tests, as every CI reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even as a reference."""


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """One test.

    Attributes:
        name: its name.
        failure: why it failed; empty where it passed.
        file: the file that it is in; empty for none.
        line: the line there, 0 for none.

    """

    name: str
    failure: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests that belong together."""

    name: str
    cases: Sequence[JUnitCase]


def junit_xml(name: str, suites: Sequence[Suite]) -> str:
    """Write suites as one XML document, the same text for the same suites."""
    total = sum(len(suite.cases) for suite in suites)
    failed = sum(bool(case.failure) for suite in suites for case in suite.cases)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites{_attributes(name=name, tests=total, failures=failed)}>")
    for suite in suites:
        failures = sum(bool(case.failure) for case in suite.cases)
        counts = _attributes(name=suite.name, tests=len(suite.cases), failures=failures)
        lines.append(f"  <testsuite{counts}>")
        lines += [line for case in suite.cases for line in _case(suite, case)]
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _case(suite: Suite, case: JUnitCase) -> list[str]:
    attributes = _attributes(name=case.name, classname=suite.name)
    if case.file:
        attributes += _attributes(file=case.file)
    if case.line:
        attributes += _attributes(line=case.line)
    if not case.failure:
        return [f"    <testcase{attributes}/>"]
    return [
        f"    <testcase{attributes}>",
        f"      <failure{_attributes(message=case.failure)}/>",
        "    </testcase>",
    ]


def _attributes(**values: str | int) -> str:
    return "".join(
        f" {name}={quoteattr(_NOT_XML.sub(chr(0xFFFD), str(value)))}"
        for name, value in values.items()
    )
