"""Bulk requests of Elasticsearch, from bytes to records."""

from __future__ import annotations

import pytest
from opening_files import line, opened

from schemagen.choices import FileFormat

ACTION = line({"index": {"_index": "logs", "_id": "1"}})
EVENT = line({"n": 1})
TITLE = "Elasticsearch bulk requests"


def test_the_documents_below_the_actions_are_the_records(tmp_path):
    found = opened(tmp_path / "a", (ACTION + EVENT) * 3)
    assert found.rows == [{"n": 1}] * 3
    assert found.said == [f"{TITLE}, 3 records"]


def test_an_action_may_say_nothing_of_its_document(tmp_path):
    data = line({"create": {}}) + EVENT + b"\n" + line({"create": {}}) + EVENT + b"\n"
    assert opened(tmp_path / "a", data).rows == [{"n": 1}] * 2


def test_an_update_shows_its_part_and_a_deletion_nothing(tmp_path):
    data = (
        line({"delete": {"_id": "1"}})
        + line({"update": {"_id": "2"}})
        + line({"doc": {"n": 2}, "doc_as_upsert": True})
        + ACTION
        + EVENT
    )
    assert opened(tmp_path / "a", data).rows == [{"n": 2}, {"n": 1}]


def test_what_lacks_the_form_is_counted_where_it_stands(tmp_path):
    data = ACTION + EVENT
    broken = (
        line({"update": {"_id": "2"}})
        + line({"script": "x"})
        + line({"no": "action"})
        + b"{\n"
        + ACTION
        + EVENT
        + ACTION
    )
    found = opened(tmp_path / "a", data + broken)
    assert found.rows == [{"n": 1}] * 2
    assert found.faults == {"not_enveloped": (3, 4), "invalid_json": (1, 6)}


@pytest.mark.parametrize(
    "data",
    [
        EVENT + ACTION,
        ACTION,
        ACTION + ACTION,
        line({"index": {"name": "an event's own"}}) + EVENT,
        line({"index": {}, "more": 1}) + EVENT,
        line({"delete": {"_id": "1"}}) * 2,
    ],
)
def test_events_that_look_like_actions_are_read_as_they_are(tmp_path, data):
    found = opened(tmp_path / "a", data)
    assert found.said == []
    assert len(found.rows) == data.count(b"\n")


def test_the_format_can_be_named(tmp_path):
    found = opened(tmp_path / "a", ACTION + EVENT, format=FileFormat.ELASTICSEARCH)
    assert found.rows == [{"n": 1}]
