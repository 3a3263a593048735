from __future__ import annotations

import json

import pytest
from hypothesis import given
from opening_files import line, opened
from strategies import MESSAGES, VALUES

from schemagen.sources.winlogbeat import event_of, is_dumped

SYSTEM = {
    "Provider": {
        "#attributes": {
            "Name": "Microsoft-Windows-Sysmon",
            "Guid": "5770385F-C22A-43E0-BF4C-06F5698FFBD9",
        }
    },
    "EventID": 1,
    "Version": 5,
    "Level": 4,
    "Task": 1,
    "Opcode": 0,
    "Keywords": "0x8000000000000000",
    "TimeCreated": {"#attributes": {"SystemTime": "2024-05-06T07:08:09.123456Z"}},
    "EventRecordID": 4711,
    "Correlation": None,
    "Execution": {"#attributes": {"ProcessID": 3168, "ThreadID": 3760}},
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Computer": "WKS-0117.example.com",
    "Security": {"#attributes": {"UserID": "S-1-5-18"}},
}


def event(system=None, **parts):
    return {
        "Event": {"#attributes": {"xmlns": "x"}, "System": {**SYSTEM, **(system or {})}, **parts}
    }


def made(*args, **parts):
    return json.loads(event_of(event(*args, **parts)))


def test_an_event_has_the_shape_of_winlogbeat():
    data = {"Image": "C:\\Windows\\cmd.exe", "ProcessId": 420, "Flag": True, "Empty": None, "T": ""}
    assert made(EventData=data) == {
        "@timestamp": "2024-05-06T07:08:09.123Z",
        "event": {"code": 1, "kind": "event", "provider": "Microsoft-Windows-Sysmon"},
        "host": {"name": "WKS-0117.example.com"},
        "log": {"level": "information"},
        "winlog": {
            "api": "wineventlog",
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "computer_name": "WKS-0117.example.com",
            "event_id": 1,
            "provider_name": "Microsoft-Windows-Sysmon",
            "provider_guid": "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
            "record_id": 4711,
            "version": 5,
            "task": "1",
            "opcode": "Info",
            "process": {"pid": 3168, "thread": {"id": 3760}},
            "user": {"identifier": "S-1-5-18"},
            "event_data": {"Image": "C:\\Windows\\cmd.exe", "ProcessId": "420", "Flag": "true"},
        },
    }


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"Data": {"#text": ["a", None, "c"]}}, {"param1": "a", "param3": "c"}),
        ({"Data": "a", "Binary": "00FF"}, {"param1": "a", "Binary": "00FF"}),
        ({"#attributes": {"Name": "x"}, "A": {"#attributes": {"n": 1}, "#text": 5}}, {"A": "5"}),
        ({"A": "x\r\ny", "Big": 2**70}, {"A": "x\ny", "Big": str(2**70)}),
        ({"A": [1, "b"]}, {"A": "1, b"}),
        ("text", {"param1": "text"}),
        ({}, None),
        (None, None),
    ],
)
def test_event_data_are_texts(data, expected):
    assert made(EventData=data)["winlog"].get("event_data") == expected


def test_user_data_keep_their_nesting_below_the_element_that_holds_them():
    data = {"RuleAndFileData": {"#attributes": {"xmlns": "x"}, "PolicyName": "EXE", "A": {"B": 1}}}
    assert made(UserData=data)["winlog"]["user_data"] == {
        "xml_name": "RuleAndFileData",
        "PolicyName": "EXE",
        "A": {"B": "1"},
    }


def test_qualifiers_levels_and_audits_are_read():
    found = made(
        {
            "EventID": {"#attributes": {"Qualifiers": 16384}, "#text": 7036},
            "Level": 0,
            "Keywords": "0x8020000000000000",
            "Task": 0,
            "Version": None,
        }
    )
    assert found["winlog"]["event_id"] == 7036
    assert found["winlog"]["keywords"] == ["Audit Success"]
    assert found["winlog"]["task"] == "None"
    assert "version" not in found["winlog"]
    assert found["log"] == {"level": "information"}


def test_lines_of_evtx_dump_are_recognised(tmp_path):
    found = opened(tmp_path / "a", line(event()) * 2 + b'{"Event":\n' + line({"n": 1}))
    assert [row["winlog"]["event_id"] for row in found.rows] == [1, 1]
    assert found.faults == {"invalid_json": (1, 3), "not_enveloped": (1, 4)}
    assert found.said == ["evtx_dump, 4 records"]


def test_documents_under_headings_are_recognised(tmp_path):
    data = "".join(f"Record {n}\n{json.dumps(event(), indent=2)}\n" for n in (1, 2, 3))
    found = opened(tmp_path / "a", data)
    assert len(found.rows) == 3
    assert found.said == ["evtx_dump, 3 records"]
    assert found.faults == {}


def test_attributes_may_stand_beside_their_elements():
    system = {
        "Provider_attributes": {"Name": "P"},
        "EventID": 5,
        "TimeCreated_attributes": {"SystemTime": "2024-05-06 07:08:09 UTC"},
    }
    document = {"Event": {"System": system}, "Event_attributes": {"xmlns": "x"}}
    assert is_dumped(document)
    found = json.loads(event_of(document))
    assert found["winlog"]["provider_name"] == "P"
    assert found["@timestamp"] == "2024-05-06T07:08:09.000Z"


@given(MESSAGES, VALUES, VALUES)
def test_no_event_stops_the_reading(system, data, user_data):
    document = json.loads(
        json.dumps(event(system, EventData=data, UserData=user_data), default=str)
    )
    assert json.loads(event_of(document))["winlog"]["event_id"] is not None
