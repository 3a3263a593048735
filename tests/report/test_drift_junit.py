"""A comparison as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from drift_samples import DRIFTS, PLACES, WAIVER, drift, finding, one_of_each
from hypothesis import given

from schemagen.drift.findings import FindingClass
from schemagen.report.drift_junit import drift_junit


def _at(_finding):
    return "schemas/winlogbeat.schema.json", 17


def test_a_failing_finding_is_a_failed_case():
    root = ET.fromstring(drift_junit(drift(finding()), _at))
    (suite,) = root
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == (
        "winlogbeat",
        "1",
        "1",
    )
    (case,) = suite
    assert case.get("name") == "drops event.code"
    failure, out = case
    assert failure.get("type") == "drops"
    assert failure.get("message") == "Texts have come where the declared type takes whole numbers."
    assert failure.text == "schemas/winlogbeat.schema.json:17"
    assert "12 of 4,000 records (0.30%)" in out.text
    assert "Declare the field as VARCHAR." in out.text


def test_an_accepted_finding_is_skipped_with_the_reason():
    root = ET.fromstring(drift_junit(drift(finding(waiver=WAIVER)), _at))
    (skipped,) = root.iter("skipped")
    assert skipped.get("message") == (
        "Accepted by soc@example.org until 2030-01-31: The new agent is being rolled out."
    )
    assert root.get("failures") == "0"


def test_a_finding_that_does_not_fail_passes_and_says_what_it_is():
    root = ET.fromstring(drift_junit(drift(finding(FindingClass.MISSES)), lambda _: None))
    assert root.get("failures") == "0"
    (out,) = root.iter("system-out")
    assert out.text.startswith("Texts have come")


def test_without_findings_one_case_passes():
    root = ET.fromstring(drift_junit(drift(), _at))
    assert [case.get("name") for case in root.iter("testcase")] == ["no drift"]
    assert root.get("failures") == "0"


def test_thousands_of_findings_are_all_there():
    made = drift(*(finding(path=(f"f{n}",)) for n in range(3_000)))
    assert ET.fromstring(drift_junit(made, _at)).get("failures") == "3000"


@given(DRIFTS, PLACES)
def test_cases_and_failures_are_as_many_as_findings(made, where):
    root = ET.fromstring(drift_junit(made, lambda _: where))
    assert len(list(root.iter("testcase"))) == max(len(made.findings), 1)
    assert len(list(root.iter("failure"))) == len(made.failing)
    accepted = sum(each.waiver is not None for each in made.findings)
    assert len(list(root.iter("skipped"))) == accepted


@pytest.mark.junitschema
@given(made=DRIFTS, where=PLACES)
def test_it_keeps_to_the_schema_of_jenkins(junit_xsd, made, where):
    junit_xsd.validate(drift_junit(made, lambda _: where))
    junit_xsd.validate(drift_junit(one_of_each(), _at))
