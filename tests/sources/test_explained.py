from __future__ import annotations

import json

import pytest

from schemagen.sources.explained import CONNECT, DEBEZIUM, ExplainedSource, explanation
from schemagen.sources.memory import MemorySource

SCHEMA = {"type": "struct", "fields": [{"field": "n", "type": "int32"}], "optional": False}
CHANGE = {"before": None, "after": {"n": 1}, "source": {"table": "t"}, "op": "c", "ts_ms": 5}


def said(*documents):
    return explanation([json.dumps(each).encode() for each in documents])


def test_what_connect_and_debezium_write_is_explained():
    wrapped = {"schema": SCHEMA, "payload": {"n": 1}}
    assert said(wrapped, wrapped) == [CONNECT]
    assert said({"schema": None, "payload": None}) == [CONNECT]
    assert said(CHANGE) == [DEBEZIUM.format(after="after")]
    assert said({"schema": SCHEMA, "payload": CHANGE}) == [
        CONNECT,
        DEBEZIUM.format(after="payload.after"),
    ]


@pytest.mark.parametrize(
    "event",
    [
        {"schema": SCHEMA, "payload": 1, "host": "a"},
        {"schema": "ecs", "payload": {}},
        {"schema": {"n": 1}, "payload": {}},
        {**CHANGE, "host": "a"},
        {**CHANGE, "op": "opened"},
        {"before": 1, "after": 2},
        {"n": 1},
    ],
)
def test_an_event_that_only_has_such_keys_is_not(event):
    assert said(event) == []
    assert said(CHANGE, event) == []


def test_a_source_is_explained_once_and_gives_what_it_gave():
    remarks = []
    rows = [CHANGE] * 2_000
    source = ExplainedSource(MemorySource(rows), remarks.append)
    assert sum(len(batch.values) for batch in source.batches()) == 2_000
    assert remarks == [DEBEZIUM.format(after="after")]
    assert source.provenance() == {"kind": "memory", "records": 2_000, "complete": True}
    assert source.share_read() is None


def test_tombstones_and_broken_values_explain_nothing():
    assert explanation([None, b"{", b""]) == []
    assert explanation([]) == []
