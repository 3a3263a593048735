from __future__ import annotations

import json
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opening_files import line, opened
from strategies import VALUES

from schemagen.errors import SourceError
from schemagen.sources.unpacking import NestedRecords

RECORDS = [{"n": 1}, {"n": 2}, {"n": 3}]
HITS = [{"_index": "logs", "_id": str(row["n"]), "_source": row} for row in RECORDS]
RESPONSE = {"took": 1, "timed_out": False, "hits": {"total": {"value": 3}, "hits": HITS}}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("key", ["Records", "records"])
def test_a_document_of_records_gives_them(tmp_path, key, indent):
    found = opened(tmp_path / "a", json.dumps({key: RECORDS}, indent=indent))
    assert found.rows == RECORDS
    assert found.positions == [1, 2, 3]
    assert found.said == [f'{{"{key}": [...]}}, 3 records']


def test_documents_of_records_may_follow_one_another(tmp_path):
    # As `cat` joins CloudTrail's files, which end without a line's end.
    found = opened(tmp_path / "a", json.dumps({"Records": RECORDS}) * 2 + "\n")
    assert found.rows == RECORDS * 2
    assert found.positions == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_search_response_gives_the_sources_of_its_hits(tmp_path, indent):
    found = opened(tmp_path / "a", json.dumps(RESPONSE, indent=indent))
    assert found.rows == RECORDS
    assert found.said == ["Elasticsearch search response, 3 records"]


def test_responses_one_a_line_are_the_pages_of_a_search(tmp_path):
    data = line(RESPONSE) + b'{"took":\n' + line({"error": "gone"}) + line(RESPONSE)
    found = opened(tmp_path / "a", data)
    assert found.rows == RECORDS * 2
    assert found.faults == {"invalid_json": (1, 4), "not_enveloped": (1, 5)}


def test_a_broken_record_costs_only_itself(tmp_path):
    found = opened(tmp_path / "a", b'{"Records":[{"n":1},{"n":tru},5,null,{"n":2}]}')
    assert found.rows == [{"n": 1}, {"n": 2}]
    assert found.faults == {"invalid_json": (1, 2), "not_an_object": (1, 3), "tombstone": (1, 4)}


def test_no_records_are_none(tmp_path):
    found = opened(tmp_path / "a", b'{"Records":[]}')
    assert (found.rows, found.faults) == ([], {})
    assert found.said == ['{"Records": [...]}, 0 records']


def test_a_file_that_ends_within_a_record_is_refused(tmp_path):
    with pytest.raises(SourceError, match="is cut off"):
        opened(tmp_path / "a", json.dumps({"Records": RECORDS * 500}, indent=1)[:-40])


@pytest.mark.parametrize(
    "event",
    [
        {"Records": RECORDS, "host": "a"},
        {"records": 5},
        {"Records": ["a"]},
        {"took": 5, "hits": 7},
        {"took": 5, "hits": {"hits": [{"n": 1}]}},
        {"hits": {"total": 1, "hits": HITS}, "host": "a"},
        {"RECORDS": RECORDS},
    ],
)
def test_an_event_that_only_has_such_a_key_is_itself(tmp_path, event):
    for data in (line(event), json.dumps(event, indent=2)):
        found = opened(tmp_path / "a", data)
        assert found.rows == [event]
        assert found.said == []


def test_messages_of_a_topic_that_hold_records_are_themselves(tmp_path):
    # Event Hubs and S3 send such messages, and a statement for the topic reads just these.
    found = opened(tmp_path / "a", line({"records": RECORDS}) * 2)
    assert found.rows == [{"records": RECORDS}] * 2
    remark = "read as they are (--from-format records takes what is in them), 2 records"
    assert found.said == [f'lines of {{"records": [...]}}, {remark}']


def test_a_path_leads_to_messages_in_every_document(tmp_path):
    data = line({"a": {"b": RECORDS}}) + line({"a": {}}) + line({"a": {"b": {"n": 4}}})
    found = opened(tmp_path / "a", data, path=("a", "b"))
    assert found.rows == [*RECORDS, {"n": 4}]
    assert found.positions == [1, 2, 3, 4, 5]
    assert found.faults == {"not_enveloped": (1, 4)}
    assert found.said == ["records at a.b, 5 records"]


def test_a_path_goes_through_arrays_texts_and_keys_with_dots(tmp_path):
    document = {"a.b": [{"c": '{"n":1}'}, {"c": [{"n": 2}, None]}]}
    for data in (line(document), json.dumps(document, indent=1), json.dumps([document])):
        found = opened(tmp_path / "a", data, path=("a", "b", "c"))
        assert found.rows == [{"n": 1}, {"n": 2}]
        assert found.faults == {"tombstone": (1, 3)}


def test_a_path_leads_into_the_messages_of_an_envelope(tmp_path):
    envelope = {"topic": "t", "partition": 1, "offset": 9, "ts": 5, "key": None}
    data = line({**envelope, "payload": json.dumps({"records": RECORDS})})
    found = opened(tmp_path / "a", data * 2, path=("records",))
    assert found.rows == RECORDS * 2
    assert [origin.offset for origin in found.origins] == [9] * 6
    assert found.said == ["kcat -J, records at records, 6 records"]


@given(VALUES)
def test_what_stands_at_a_path_is_what_was_put_there(value):
    text = json.dumps({"x": [1, "}"], "a": {"b": [{"v": value}]}}, default=str).encode()
    for data in ([text], [bytes([each]) for each in text]):
        way = NestedRecords(("a", "b"), "")
        values = [each for block in way.read(iter(data), "f") for each in block.values]
        assert [json.loads(each) for each in values] == [json.loads(text)["a"]["b"][0]]


def test_memory_stays_flat_however_many_records_a_document_has():
    def chunks(count):
        yield b'{"Records":['
        for _ in range(count):
            yield b'{"n":"' + b"x" * 1_000 + b'"},'
        yield b'{"n":""}]}'

    def peak(count):
        tracemalloc.start()
        for _ in NestedRecords(("Records",), "").read(chunks(count), "f"):
            pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(10)
    assert peak(30_000) < 40 << 20


@pytest.mark.parametrize("before", [b"}", b",", b"x", b'"', b"]", b":", b"5", b"\\"])
def test_what_is_not_json_between_documents_costs_its_line(tmp_path, before):
    data = before + b'\n{"Records":[{"n":1}]}\n' + before + b'\n{"Records":[{"n":2}]}\n'
    found = opened(tmp_path / "a", data, path=("Records",))
    assert found.rows == [{"n": 1}, {"n": 2}]
    assert sum(count for count, _ in found.faults.values()) == 2


@given(st.binary(max_size=40), st.sampled_from([("a",), ("Records",), ("a", "b")]))
@example(b"}", ("a",))
def test_no_bytes_keep_the_reading_from_its_end(data, path):
    for text in (data, b'{"a":[' + data, b'{"a":' + data + b"}", b'{"Records":[{}' + data):
        with suppress(SourceError):
            for _ in NestedRecords(path, "").read(iter([text]), "f"):
                pass
