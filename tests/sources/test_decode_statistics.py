from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.errors import InputError
from schemagen.sources.decode_statistics import (
    MAX_SCHEMA_IDS,
    DecodeError,
    DecodeStatistics,
    DecodeWarning,
    RecordPosition,
)

KINDS = st.sampled_from([*DecodeError, *DecodeWarning])
PLACES = st.builds(
    RecordPosition, st.sampled_from(["logs", "a.ndjson"]), st.integers(-1, 3), st.integers(0, 99)
)


@st.composite
def tallies(draw):
    tally = DecodeStatistics(draw(st.integers(0, 9)), draw(st.integers(0, 9)))
    for kind, place in draw(st.lists(st.tuples(KINDS, PLACES), max_size=12)):
        tally.count(kind, place)
    for schema_id in draw(st.lists(st.integers(0, 50), max_size=30)):
        tally.saw_schema_id(schema_id)
    return tally


@given(tallies(), tallies())
def test_merging_is_commutative(one, other):
    assert one.merge(other) == other.merge(one)


@given(tallies(), tallies(), tallies())
def test_merging_is_associative(one, two, three):
    assert one.merge(two).merge(three) == one.merge(two.merge(three))


@given(tallies())
def test_the_empty_tally_changes_nothing(tally):
    assert tally.merge(DecodeStatistics()) == tally


@given(tallies())
def test_what_is_written_is_read_back(tally):
    assert DecodeStatistics.from_json(json.loads(json.dumps(tally.to_json()))) == tally


@given(tallies(), tallies())
def test_equal_tallies_are_written_alike(one, other):
    assert json.dumps(one.merge(other).to_json()) == json.dumps(other.merge(one).to_json())


@given(tallies(), tallies())
def test_merging_leaves_the_parts_alone(one, other):
    before = json.dumps([one.to_json(), other.to_json()])
    one.merge(other)
    assert json.dumps([one.to_json(), other.to_json()]) == before


def test_the_first_is_the_smallest_place():
    tally = DecodeStatistics()
    for partition, offset in ((2, 7), (0, 9), (1, 3)):
        tally.count(DecodeError.EMPTY, RecordPosition("logs", partition, offset))
    assert tally.firsts[DecodeError.EMPTY] == RecordPosition("logs", 0, 9)
    assert tally.to_json()["faults"]["empty"] == {
        "count": 3,
        "first": {"source": "logs", "partition": 0, "position": 9},
    }


def test_a_place_in_a_file_has_no_partition():
    tally = DecodeStatistics()
    tally.count(DecodeWarning.TRAILING_DATA, RecordPosition("a.ndjson", -1, 4))
    first = tally.to_json()["remarks"]["trailing_data"]["first"]
    assert first == {"source": "a.ndjson", "position": 4}


def test_only_so_many_schema_ids_are_kept():
    tally = DecodeStatistics()
    for schema_id in range(1000, 0, -1):
        tally.saw_schema_id(schema_id)
    assert sorted(tally.schema_ids) == list(range(1, MAX_SCHEMA_IDS + 1))


def test_tombstones_nulls_and_remarks_are_not_bad():
    tally = DecodeStatistics()
    for kind in (*DecodeError, *DecodeWarning):
        tally.count(kind, RecordPosition("logs", 0, 0))
    assert tally.bad == len(DecodeError) - 2
    assert [kind for kind in DecodeError if not kind.bad] == [
        DecodeError.TOMBSTONE,
        DecodeError.NULL,
    ]
    assert not any(kind.bad for kind in DecodeWarning)


@pytest.mark.parametrize("kind", [*DecodeError, *DecodeWarning])
def test_every_class_has_words_for_a_report(kind):
    assert kind.label
    assert kind.explanation.endswith(".")
    assert kind.hint.endswith(".") or not (kind.hint or kind.bad)


@pytest.mark.parametrize(
    "change",
    [
        {"records": -1},
        {"records": "5"},
        {"used": True},
        {"faults": {"unheard_of": {"count": 1, "first": {"source": "x", "position": 1}}}},
        {"faults": {"empty": {"count": 1}}},
        {"faults": {"empty": {"count": 1, "first": {"source": 5, "position": 1}}}},
        {"faults": {"empty": {"count": 1, "first": {"source": "x", "position": None}}}},
        {"faults": []},
        {"schema_ids": [0.5]},
        {"schema_ids": 5},
    ],
)
def test_a_tally_that_was_tampered_with_is_refused(change):
    data = DecodeStatistics().to_json() | change
    with pytest.raises(InputError):
        DecodeStatistics.from_json(data)


@pytest.mark.parametrize("data", [None, [], 5, "x", {}])
def test_what_is_no_tally_is_refused(data):
    with pytest.raises(InputError):
        DecodeStatistics.from_json(data)
