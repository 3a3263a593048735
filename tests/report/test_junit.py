"""JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from schemagen.report.junit import JUnitCase, Suite, junit_xml


def test_suites_cases_and_failures_are_counted():
    suites = [
        Suite("one", [JUnitCase("a"), JUnitCase("b", "why", "f.yml", 3)]),
        Suite("two", []),
    ]
    root = ET.fromstring(junit_xml("all", suites))
    assert root.attrib == {"name": "all", "tests": "2", "failures": "1"}
    one, two = root
    assert (one.get("tests"), one.get("failures"), two.get("tests")) == ("2", "1", "0")
    passed, failed = one
    assert passed.attrib == {"name": "a", "classname": "one"}
    assert failed.attrib == {"name": "b", "classname": "one", "file": "f.yml", "line": "3"}
    assert failed[0].get("message") == "why"


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_gives_well_formed_xml(name, failure):
    text = junit_xml(name, [Suite(name, [JUnitCase(name, failure, name, 1)])])
    root = ET.fromstring(text.encode())
    assert root.get("tests") == "1"
    assert len(list(root.iter("failure"))) == bool(failure)
