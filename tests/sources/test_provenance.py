"""Provenance of parts becomes that of the whole, in any order and grouping."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.errors import InputError
from schemagen.sources.provenance import join_sources
from schemagen.sources.shards import Shard, divide, files_fingerprint
from schemagen.sources.split import TopicSplit
from schemagen.sources.split_source import SplitSource


def text(entries):
    return sorted(json.dumps(entry, sort_keys=True) for entry in entries)


def time_of(offset):
    return f"2024-05-17T12:{offset // 60:02}:{offset % 60:02}.000+00:00"


def part(ranges, shard=None, *, plan="p", expired=None, **fields):
    """What a reading of these ranges says: every third offset is a hole."""
    own = ranges if shard is None else divide(ranges, shard)
    partitions = {}
    for number in ranges:
        spans = own.get(number, [])
        read = [offset for start, end in spans for offset in range(start, end) if offset % 3]
        partitions[str(number)] = {
            "low": 0,
            "high": 1_000,
            "ranges": [list(span) for span in spans],
            "records": len(read),
            "first_time": time_of(min(read)) if read else None,
            "last_time": time_of(max(read)) if read else None,
        }
    told = {
        "kind": "kafka",
        "topic": "events",
        "strategy": "all",
        "max_messages": None,
        "records": sum(each["records"] for each in partitions.values()),
        "partitions": partitions,
        "complete": True,
        **fields,
    }
    for number, gone in (expired or {}).items():
        partitions[number]["expired"] = gone
        told |= {"complete": False, "reason": f"{gone} planned offsets had expired"}
    if shard is not None:
        told["shards"] = {"plan": plan, "of": shard.of, "read": [shard.index]}
    return told


RANGES = {0: [(0, 40), (60, 100)], 1: [(5, 50)], 7: [(0, 1)]}


@given(st.integers(1, 40), st.randoms(use_true_random=False))
def test_all_parts_make_the_whole_whatever_the_order_and_grouping(count, rng):
    parts = [part(RANGES, Shard(index, count)) for index in range(count)]
    rng.shuffle(parts)
    while len(parts) > 1:
        taken = [parts.pop() for _ in range(min(len(parts), rng.randint(2, 4)))]
        parts += join_sources(taken, partial=True)
        rng.shuffle(parts)
    assert join_sources(parts) == [part(RANGES)]


def test_a_missing_part_is_an_error_that_names_it():
    parts = [part(RANGES, Shard(index, 16)) for index in range(16) if index not in (3, 15)]
    with pytest.raises(InputError) as caught:
        join_sources(parts)
    assert caught.value.what == "Of the 16 parts of topic events 2 are missing: 3/16, 15/16."
    assert "--partial" in caught.value.hint


def test_many_missing_parts_are_not_all_listed():
    with pytest.raises(InputError, match=r"999 are missing: 1/1000, .* and 989 more\."):
        join_sources([part(RANGES, Shard(0, 1000))])


def test_parts_that_were_divided_differently_are_told_so():
    parts = [part({0: [(0, 90)]}, Shard(0, 2)), part({0: [(0, 90)]}, Shard(2, 3))]
    with pytest.raises(InputError) as caught:
        join_sources(parts)
    assert "parts of 2 divisions" in caught.value.hint
    assert "the same number of shards" in caught.value.hint


def test_with_partial_the_whole_says_what_is_missing_until_it_comes():
    parts = [part(RANGES, Shard(index, 4)) for index in range(4)]
    (some,) = join_sources(parts[1:], partial=True)
    assert some["complete"] is False
    assert some["reason"] == "1 of 4 parts missing"
    assert some["shards"]["read"] == [1, 2, 3]
    with pytest.raises(InputError, match="0/4"):
        join_sources([some])
    assert join_sources([some, parts[0]]) == [part(RANGES)]


def test_a_part_given_twice_is_an_error():
    one, two = (part(RANGES, Shard(index, 2)) for index in range(2))
    for options in ({}, {"partial": True}, {"allow_overlap": True}):
        with pytest.raises(InputError):
            join_sources([one, two, one], **options)
    empty = part({0: [(0, 1)]}, Shard(1, 16))
    with pytest.raises(InputError, match="Part 1/16 of topic events is given twice"):
        join_sources([empty, empty], partial=True)


def test_the_same_offsets_in_two_parts_are_an_error_that_names_them():
    one, two = part({0: [(0, 50)], 1: [(0, 9)]}), part({0: [(40, 90)], 1: [(9, 20)]})
    with pytest.raises(InputError) as caught:
        join_sources([one, two])
    assert "offsets 40 to 49 of partition 0 of topic events" in caught.value.what
    assert text(join_sources([one, two], allow_overlap=True)) == text([one, two])


def test_parts_of_two_divisions_that_overlap_are_an_error():
    parts = [part(RANGES, Shard(0, 2)), part(RANGES, Shard(2, 3)), part(RANGES, Shard(1, 2))]
    with pytest.raises(InputError, match="would count twice"):
        join_sources(parts, partial=True)


def files(of=None, read=(), *, skipped=0):
    """What a reading of the same three files says, or one of parts of them."""
    told = {
        "kind": "files",
        "files": [{"path": name} for name in "abc"],
        "skipped": skipped,
        "complete": True,
    }
    for number, file in enumerate(told["files"]):
        if of is None or number % of in read:
            file["records"] = 5
    if of is not None:
        told["shards"] = {"plan": files_fingerprint("abc"), "of": of, "read": list(read)}
    return told


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ([files(2, [0]), files(2, [1])], [files(3, [0, 1, 2])], "in 2 parts and in 3 parts"),
        ([files()], [files(2, [0]), files(2, [1])], "as a whole and in 2 parts"),
        ([files()], [files(1, [0])], "as a whole and in 1 part:"),
    ],
)
def test_files_that_were_divided_in_two_ways_are_an_error_although_no_part_is_missing(
    one, other, says
):
    for partial in (False, True):
        with pytest.raises(InputError) as caught:
            join_sources([*other, *one], partial=partial)
        assert says in caught.value.what
    assert len(join_sources([*one, *other], allow_overlap=True)) == 2


def test_the_order_of_parts_does_not_show_where_their_folders_differ():
    parts = [files(2, [0], skipped=1), files(2, [1], skipped=4)]
    assert join_sources(parts) == join_sources(parts[::-1]) == [files(skipped=4)]


def test_what_had_expired_is_summed_up():
    parts = [
        part(RANGES, Shard(0, 2), expired={"0": 3}),
        part(RANGES, Shard(1, 2), expired={"0": 2}),
    ]
    (whole,) = join_sources(parts)
    assert whole["partitions"]["0"]["expired"] == 5
    assert whole["reason"] == "5 planned offsets had expired"
    assert whole["complete"] is False


def test_readings_of_all_records_of_different_partitions_become_one():
    assert join_sources([part({0: [(0, 40)]}), part({1: [(5, 50)]})]) == [
        part({0: [(0, 40)], 1: [(5, 50)]})
    ]


def test_samples_and_other_times_stay_side_by_side():
    sample = {"strategy": "spread", "max_messages": 10}
    entries = [
        part({0: [(0, 10)]}, **sample),
        part({1: [(0, 10)]}, **sample),
        part({0: [(10, 20)]}, since="2024-05-17T12:00:00+00:00"),
        part({0: [(20, 30)]}, topic="other"),
        {"kind": "files", "files": [{"path": "a", "records": 1}], "skipped": 0, "complete": True},
        {"kind": "files", "files": [{"path": "a", "records": 1}], "skipped": 0, "complete": True},
    ]
    assert text(join_sources(entries)) == text(entries)


def test_plans_of_two_days_are_joined_each_for_itself():
    days = [{0: [(0, 100)]}, {0: [(100, 150)]}]
    parts = [
        part(ranges, Shard(index, 3), plan=f"day {day}")
        for day, ranges in enumerate(days)
        for index in range(3)
    ]
    random.Random(4).shuffle(parts)
    (whole,) = join_sources(parts)
    assert whole["partitions"]["0"]["ranges"] == [[0, 150]]
    assert whole["records"] == sum(part(ranges)["records"] for ranges in days)


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "kafka", "shards": {}},
        {"kind": "kafka", "strategy": "all", "topic": "t", "partitions": {"0": {}}},
        {"kind": "kafka", "shards": 7},
        {"kind": "kafka", "topic": "t", "partitions": {"0": {"ranges": [[1]]}}},
    ],
)
def test_what_is_no_provenance_is_said(entry):
    with pytest.raises(InputError, match="not the form that this version writes"):
        join_sources([entry, {**entry}])


def test_an_empty_share_needs_no_cluster_and_says_what_it_is():
    plan = TopicSplit("t", None, "all", None, None, None, {0: (0, 2)}, {0: [(0, 2)]})
    source = SplitSource({"bootstrap.servers": "127.0.0.1:1"}, plan, Shard(0, 16))
    assert list(source.batches()) == []
    told = source.provenance()
    assert told["complete"] is True
    assert told["records"] == 0
    assert told["partitions"]["0"]["ranges"] == []
    assert told["shards"] == {"plan": plan.fingerprint, "of": 16, "read": [0]}
