"""JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from drift_samples import TEXTS
from hypothesis import given
from hypothesis import strategies as st

from schemagen.report.junit import JUnitCase, JUnitSuite, junit_xml

CASES = st.builds(JUnitCase, TEXTS, TEXTS, TEXTS, st.integers(0, 9), TEXTS, TEXTS, TEXTS)
SUITES = st.lists(st.builds(JUnitSuite, TEXTS, st.lists(CASES, max_size=3)), max_size=3)


def test_suites_cases_and_failures_are_counted():
    suites = [
        JUnitSuite("one", [JUnitCase("a", file="f.yml"), JUnitCase("b", "why", "f.yml", 3)]),
        JUnitSuite(
            "two", [JUnitCase("c", skipped="for a reason", out="text", file="g.yml", line=1)]
        ),
        JUnitSuite("three", []),
    ]
    root = ET.fromstring(junit_xml("all", suites))
    assert root.attrib == {"name": "all", "tests": "3", "failures": "1", "errors": "0"}
    one, two, three = root
    assert one.attrib == {
        "name": "one",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "file": "f.yml",
    }
    assert (two.get("tests"), two.get("skipped"), three.get("tests")) == ("1", "1", "0")
    passed, failed = one
    assert passed.attrib == {"name": "a", "classname": "one"}
    assert not list(passed)
    assert failed.attrib == {"name": "b", "classname": "one"}
    assert failed[0].attrib == {"message": "why"}
    assert failed[0].text == "f.yml:3"
    skipped, out = two[0]
    assert skipped.get("message") == "for a reason"
    assert out.text == "g.yml:1: text"


def test_a_suite_over_several_files_names_none():
    cases = [JUnitCase("a", file="f.yml"), JUnitCase("b", file="g.yml")]
    root = ET.fromstring(junit_xml("all", [JUnitSuite("one", cases)]))
    assert root[0].get("file") is None


@given(SUITES)
def test_any_text_gives_well_formed_xml(suites):
    root = ET.fromstring(junit_xml("all", suites).encode())
    cases = [case for suite in suites for case in suite.cases]
    assert root.get("tests") == str(len(cases))
    assert len(list(root.iter("failure"))) == sum(bool(case.failure) for case in cases)
    assert len(list(root.iter("skipped"))) == sum(bool(case.skipped) for case in cases)
    assert len(list(root.iter("system-out"))) == sum(bool(case.out) for case in cases)


@pytest.mark.junitschema
@given(suites=SUITES)
def test_it_keeps_to_the_schema_of_jenkins(junit_xsd, suites):
    junit_xsd.validate(junit_xml("all", suites))
