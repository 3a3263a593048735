from __future__ import annotations

import json

import pytest
from hypothesis import given
from opening_files import line, opened
from strategies import VALUES

from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.envelopes import DUMPED, HIT, KCAT, RPK
from schemagen.sources.records import RecordOrigin

KCAT_LINE = {
    "topic": "logs",
    "partition": 3,
    "offset": 17,
    "tstype": "create",
    "ts": 1_700_000_000_000,
    "broker": 1,
    "key": "a",
    "payload": '{"n":1}',
}
RPK_DOCUMENT = {
    "topic": "logs",
    "key": "a",
    "value": '{"n":1}',
    "headers": [{"key": "h", "value": "x"}],
    "timestamp": 1_700_000_000_000,
    "partition": 3,
    "offset": 17,
}
HIT_LINE = {"_index": "logs", "_id": "a", "_score": 1.0, "_source": {"n": 1}}
WHERE = RecordOrigin("logs", 3, 17, 1_700_000_000_000, key=True)


def test_kcat_lines_give_their_payloads_and_where_they_were(tmp_path):
    lines = [KCAT_LINE, {**KCAT_LINE, "offset": 18, "key": None, "payload": None}]
    found = opened(tmp_path / "a", b"".join(map(line, lines)))
    assert found.rows == [{"n": 1}]
    assert found.positions == [1, 2]
    assert found.origins == [WHERE, RecordOrigin("logs", 3, 18, 1_700_000_000_000, key=False)]
    assert found.faults == {"tombstone": (1, 2)}
    assert found.said == ["kcat -J, 2 records"]
    assert found.account["origin"] == {
        "topics": ["logs"],
        "offsets": {"3": [17, 18]},
        "first_time": "2023-11-14T22:13:20.000+00:00",
        "last_time": "2023-11-14T22:13:20.000+00:00",
        "keys": 1,
    }


def test_rpk_writes_documents_that_span_lines(tmp_path):
    document = json.dumps(RPK_DOCUMENT, indent=2)
    found = opened(tmp_path / "a", f"{document}\n{document}\n")
    assert found.rows == [{"n": 1}, {"n": 1}]
    assert found.positions == [1, 15]
    assert found.origins == [WHERE, WHERE]
    assert found.said == ["rpk topic consume, 2 records"]


def test_an_array_of_envelopes_is_read_like_lines_of_them(tmp_path):
    found = opened(tmp_path / "a", json.dumps([KCAT_LINE, KCAT_LINE]))
    assert found.rows == [{"n": 1}, {"n": 1}]
    assert opened(tmp_path / "a", json.dumps([HIT_LINE])).rows == [{"n": 1}]


def test_hits_give_their_source_to_the_letter(tmp_path):
    data = b'{"_index":"a","_id":"1","_source":{"n":1.0,"n":12345678901234567890123}}\n'
    found = opened(tmp_path / "a", data * 2)
    assert found.rows == [{"n": 12345678901234567890123}] * 2
    assert found.faults == {"duplicate_keys": (2, 1), "big_number": (2, 1)}
    assert found.said == ["Elasticsearch hits, 2 records"]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b'{"n":', "invalid_json"),
        (b'"x"', "not_an_object"),
        (b'{"n":1}', "not_enveloped"),
        (line({**KCAT_LINE, "payload": '{"n":'}).strip(), "invalid_json"),
        (line({**KCAT_LINE, "payload": "text"}).strip(), "invalid_json"),
        (line({**KCAT_LINE, "extra": 1}).strip(), "not_enveloped"),
        (b'{"topic":"t","partition":0,"offset":1,"key":null,"payload":"\xff"}', "not_utf8"),
    ],
)
def test_a_broken_record_costs_only_itself(tmp_path, raw, fault):
    data = line(KCAT_LINE) * 2 + raw + b"\n" + line(KCAT_LINE)
    found = opened(tmp_path / "a", data)
    assert found.rows == [{"n": 1}] * 3
    assert found.faults == {fault: (1, 3)}


@pytest.mark.parametrize(
    "event",
    [
        {"payload": '{"n":1}', "host": "a"},
        {"topic": "t", "payload": '{"n":1}'},
        {**KCAT_LINE, "host": "a"},
        {**KCAT_LINE, "offset": "17"},
        {"topic": "t", "partition": 1, "offset": 2, "timestamp": 3},
        {**RPK_DOCUMENT, "lag": 5},
        {"_source": {"n": 1}},
        {"_index": "a", "_source": "filebeat"},
        {"Event": {"System": {"a": 1}}},
        {"Event": "started"},
    ],
)
def test_an_event_that_only_has_such_a_key_is_itself(tmp_path, event):
    found = opened(tmp_path / "a", line(event) * 3)
    assert found.rows == [event] * 3
    assert found.said == []


@given(VALUES)
def test_no_document_stops_the_reading(value):
    raw = json.dumps(value, default=str).encode()
    for envelope in (KCAT, RPK, HIT, DUMPED):
        message, origin = envelope.open(raw)
        assert message in (raw, DecodeError.NOT_ENVELOPED)
        assert origin is None


@given(VALUES)
def test_any_value_comes_out_as_it_was_put_in(value):
    text = json.dumps(value, default=str)
    raw = json.dumps({**KCAT_LINE, "payload": text}).encode()
    assert KCAT.open(raw) == (text.encode(), WHERE)


def test_a_payload_that_kcat_has_decoded_is_taken_as_it_stands():
    raw = json.dumps(KCAT_LINE | {"payload": {"n": 1.50}}).encode().replace(b"1.5", b"1.50")
    assert KCAT.open(raw) == (b'{"n": 1.50}', WHERE)
