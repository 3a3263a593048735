"""Split files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from schemagen.errors import InputError
from schemagen.sources.sampling import lay_out
from schemagen.sources.shards import Shard
from schemagen.sources.split import TopicSplit, load_split, ranges_of, save_split

SPLIT = TopicSplit(
    topic="events",
    topic_id="7SZ2x1cTRbGqKqA0Xn5fWQ",
    strategy="all",
    max_messages=None,
    since="2024-05-17T12:00:00+00:00",
    until=None,
    watermarks={0: (10, 100), 1: (0, 0), 12: (5, 50)},
    ranges={0: [(10, 40), (60, 100)], 12: [(5, 50)]},
)


def test_a_plan_comes_back_as_it_was_written(tmp_path):
    save_split(tmp_path / "split.json", SPLIT)
    loaded = load_split(tmp_path / "split.json")
    assert loaded == SPLIT
    assert loaded.fingerprint == SPLIT.fingerprint
    assert loaded.offsets == 115
    assert loaded.share(None) == SPLIT.ranges


@pytest.mark.parametrize("kind", [None, (), ("winlog.channel", "winlog.event_id")])
def test_what_tells_kinds_of_events_comes_back(tmp_path, kind):
    split = replace(SPLIT, kind=kind)
    save_split(tmp_path / "split.json", split)
    assert load_split(tmp_path / "split.json") == split


def test_plans_that_say_something_else_have_another_fingerprint():
    others = [
        replace(SPLIT, topic="other"),
        replace(SPLIT, topic_id=None),
        replace(SPLIT, since=None),
        replace(SPLIT, kind=()),
        replace(SPLIT, kind=("type",)),
        replace(SPLIT, ranges={0: [(10, 40), (60, 100)], 12: [(5, 49)]}),
        replace(SPLIT, watermarks={**SPLIT.watermarks, 1: (0, 1)}),
    ]
    assert len({split.fingerprint for split in (SPLIT, *others)}) == len(others) + 1


def test_the_shares_of_a_plan_are_those_of_its_ranges():
    assert SPLIT.share(Shard(0, 1)) == SPLIT.ranges
    assert SPLIT.share(Shard(0, 5)) == {0: [(10, 33)]}


def test_a_sample_becomes_as_many_offsets_as_it_has_records():
    marks = {0: (0, 10_000), 1: (500, 600), 2: (7, 7)}
    for strategy in ("spread", "head", "tail"):
        ranges = ranges_of(lay_out(marks, strategy=strategy, max_messages=1_000))
        count = sum(end - start for spans in ranges.values() for start, end in spans)
        assert count == 1_000
        assert 2 not in ranges
        for partition, spans in ranges.items():
            assert spans == sorted(spans)
            assert marks[partition][0] <= spans[0][0]
            assert spans[-1][1] <= marks[partition][1]


def test_all_of_a_partition_is_one_range():
    marks = {0: (3, 10_000)}
    assert ranges_of(lay_out(marks, strategy="spread", max_messages=None)) == {0: [(3, 10_000)]}


def broken(change):
    data = json.loads(json.dumps(SPLIT.to_json()))
    change(data)
    return data


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("topic"),
        lambda data: data.update(topic=7),
        lambda data: data.update(strategy="middle"),
        lambda data: data.update(max_messages="all"),
        lambda data: data.update(partitions=[]),
        lambda data: data.update(schemagen=None),
        lambda data: data["partitions"].update({"-1": data["partitions"]["1"]}),
        lambda data: data["partitions"].update({"01": data["partitions"]["1"]}),
        lambda data: data["partitions"]["0"].update(low=101),
        lambda data: data["partitions"]["0"].update(ranges=[[0, 20]]),
        lambda data: data["partitions"]["0"].update(ranges=[[90, 101]]),
        lambda data: data["partitions"]["0"].update(ranges=[[20, 20]]),
        lambda data: data["partitions"]["0"].update(ranges=[[20, 40], [30, 50]]),
        lambda data: data["partitions"]["0"].update(ranges=[[60, 100], [10, 40]]),
        lambda data: data["partitions"]["0"].update(ranges=[[10.0, 40]]),
        lambda data: data["partitions"]["0"].update(ranges=[[10, True]]),
        lambda data: data["partitions"]["0"].update(ranges=[[10]]),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path, change):
    path = tmp_path / "split.json"
    path.write_text(json.dumps(broken(change)))
    with pytest.raises(InputError, match="not a split file of schemagen"):
        load_split(path)


def test_an_evidence_file_is_no_plan(tmp_path):
    path = tmp_path / "t.evidence.json"
    path.write_text('{"schemagen": {"version": "0.1.0", "evidence": 1}}')
    with pytest.raises(InputError, match="not a split file of schemagen"):
        load_split(path)


def test_a_plan_of_a_newer_form_is_said(tmp_path):
    path = tmp_path / "split.json"
    path.write_text(json.dumps(broken(lambda data: data["schemagen"].update(split=2))))
    with pytest.raises(InputError, match="has the split form 2, this version reads form 1"):
        load_split(path)


def test_a_file_of_a_version_that_called_it_a_plan_is_read(tmp_path):
    path = tmp_path / "plan.json"
    data = SPLIT.to_json()
    data["schemagen"]["plan"] = data["schemagen"].pop("split")
    path.write_text(json.dumps(data))
    assert load_split(path) == SPLIT
