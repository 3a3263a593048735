"""The report of a comparison for machines, and its published schema."""

from __future__ import annotations

import json

import pytest
from drift_samples import BLINDED, DRIFTS, WAIVER, drift, finding, one_of_each
from hypothesis import given
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from schemagen.drift.findings import FindingClass, Observation
from schemagen.files import to_json
from schemagen.profile.paths import ITEMS
from schemagen.report.drift_json import VERSION, drift_report, drift_schema

VALIDATOR = Draft202012Validator(drift_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _objects(schema):
    if isinstance(schema, dict):
        yield schema
    inner = schema.values() if isinstance(schema, dict) else schema
    for each in inner if isinstance(schema, dict | list) else ():
        yield from _objects(each)


def test_the_schema_is_one_and_tells_the_version():
    schema = drift_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f":{VERSION}")
    assert schema["properties"]["version"] == {
        "description": schema["properties"]["version"]["description"],
        "const": VERSION,
    }
    assert schema["$defs"]["class"]["enum"] == [str(kind) for kind in FindingClass]
    totals = schema["properties"]["totals"]["properties"]["by_class"]
    assert list(totals["properties"]) == totals["required"] == [str(kind) for kind in FindingClass]


def test_the_schema_allows_nothing_that_it_does_not_describe():
    objects = [each for each in _objects(drift_schema()) if "properties" in each and "type" in each]
    closed = [each for each in objects if isinstance(each["properties"], dict)]
    assert len(closed) >= 7
    for each in closed:
        if each["properties"].get("type") == "object":
            continue
        assert each["additionalProperties"] is False
        assert sorted(each["required"]) == sorted(each["properties"])


@given(DRIFTS)
def test_every_report_is_valid_and_can_be_written_as_json(made):
    report = drift_report(made)
    VALIDATOR.validate(report)
    text = to_json(report)
    text.encode()
    assert json.loads(text) == report


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report.update(more=1),
        lambda report: report.pop("records"),
        lambda report: report.update(version=2),
        lambda report: report["findings"][0].update(value="secret"),
        lambda report: report["findings"][0].update({"class": "other"}),
        lambda report: report["findings"][0].update(count=-1),
        lambda report: report["totals"]["by_class"].pop("drops"),
        lambda report: report["findings"][0].update(
            fails=True,
            waiver={
                "owner": "",
                "reason": "",
                "expires": "2030-01-01",
                "path": None,
                "finding": None,
            },
        ),
    ],
)
def test_the_schema_refuses_what_is_no_report(change):
    report = drift_report(one_of_each())
    VALIDATOR.validate(report)
    change(report)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(report)


def test_everything_of_a_finding_is_told():
    made = finding(
        FindingClass.BLINDS,
        ("host", "ip", ITEMS),
        count=3,
        of=9,
        exact=False,
        declared="ARRAY<VARCHAR>",
        before=Observation(9, 9, {"string": 9}),
        now=Observation(3, 9, {"integer": 3}),
        blinded=BLINDED[1:],
        related=[("host", "address")],
        waiver=WAIVER,
    )
    report = drift_report(drift(made, messages_before=None))
    assert report["messages_before"] is None
    assert report["fails"] is False
    assert report["totals"]["waived"] == report["totals"]["by_class"]["blinds"] == 1
    assert report["findings"] == [
        {
            "fingerprint": made.fingerprint,
            "class": "blinds",
            "path": "host.ip[]",
            "fails": False,
            "what": made.what,
            "remedy": made.remedy,
            "count": 3,
            "of": 9,
            "unit": "objects",
            "exact": False,
            "declared": "ARRAY<VARCHAR>",
            "before": {"count": 9, "of": 9, "share": 1.0, "kinds": {"string": 9}},
            "now": {"count": 3, "of": 9, "share": 0.333333, "kinds": {"integer": 3}},
            "blinded": [
                {
                    "name": "Critical One",
                    "id": "id-2",
                    "level": "critical",
                    "partly": True,
                    "events_before": None,
                    "events_now": None,
                },
                {
                    "name": "ALERTS_HIGH",
                    "id": None,
                    "level": None,
                    "partly": False,
                    "events_before": None,
                    "events_now": None,
                },
            ],
            "related": ["host.address"],
            "waiver": {
                "owner": "soc@example.org",
                "reason": "The new agent is being rolled out",
                "expires": "2030-01-31",
                "path": None,
                "finding": None,
            },
        }
    ]


def test_the_order_of_the_findings_does_not_show():
    made = one_of_each()
    again = drift(*reversed(made.findings))
    assert drift_report(made) == drift_report(again)
    assert [each["class"] for each in drift_report(made)["findings"]][:2] == ["drops", "drops"]
