"""Reading by a split: every planned offset, or a word about it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import noida_broker
import pytest
from noida_broker import NOON

from schemagen.errors import InputError, SourceError
from schemagen.sources.fetching import OffsetsGoneError, TopicReader
from schemagen.sources.kafka import KafkaSource
from schemagen.sources.provenance import join_sources
from schemagen.sources.shards import Shard
from schemagen.sources.split_source import SplitSource, make_split


@pytest.fixture(scope="module")
def noida(tmp_path_factory):
    with noida_broker.running(tmp_path_factory.mktemp("noida")) as config:
        yield config


def split_of(config, topic, **options):
    options = {"max_messages": None, **options}
    return make_split(KafkaSource(config, topic, **options), config)


def read(source):
    found = [
        (batch.partition, position, value)
        for batch in source.batches()
        for position, value in zip(batch.positions, batch.values, strict=True)
    ]
    told = source.provenance()
    assert told["records"] == len(found)
    return found, told


def numbered(count):
    return [b'{"n": %d}' % n for n in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 16, 100])
def test_all_shards_are_what_one_reading_finds(noida, count):
    topic = noida_broker.fill(noida, numbered(50), partitions=3)
    split = split_of(noida, topic)
    whole, told = read(KafkaSource(noida, topic, max_messages=None))
    parts = [read(SplitSource(noida, split, Shard(index, count))) for index in range(count)]
    assert sorted(record for found, _ in parts for record in found) == sorted(whole)
    assert join_sources([told for _, told in parts]) == [told]
    assert read(SplitSource(noida, split))[1] == told


def test_the_plan_of_a_sample_reads_what_the_sample_would(noida):
    topic = noida_broker.fill(noida, numbered(2_000), partitions=3)
    for strategy in ("spread", "head", "tail"):
        options = {"strategy": strategy, "max_messages": 300, "partitions": [0, 2]}
        sample, told = read(KafkaSource(noida, topic, **options))
        split = split_of(noida, topic, **options)
        parts = [read(SplitSource(noida, split, Shard(index, 7))) for index in range(7)]
        assert sorted(record for found, _ in parts for record in found) == sorted(sample)
        assert join_sources([told for _, told in parts]) == [told]


def test_what_comes_after_the_plan_is_not_read(noida):
    topic = noida_broker.fill(noida, numbered(10), partitions=1)
    split = split_of(noida, topic)
    noida_broker.write(noida, topic, [(0, b"late")] * 5)
    found, told = read(SplitSource(noida, split))
    assert len(found) == 10
    assert told["partitions"]["0"]["high"] == 10


def test_the_times_of_a_plan_are_those_of_its_making(noida):
    topic = noida_broker.fill(noida, numbered(60), partitions=2)
    minute = timedelta(minutes=1)
    times = {"since": NOON + 20 * minute, "until": NOON + 40 * minute}
    split = split_of(noida, topic, **times)
    found, told = read(SplitSource(noida, split))
    assert sorted(json.loads(value)["n"] for *_, value in found) == list(range(20, 40))
    assert told == read(KafkaSource(noida, topic, max_messages=None, **times))[1]


def test_a_topic_without_a_record_can_not_be_planned(noida):
    topic = noida_broker.fill(noida, [], partitions=2)
    with pytest.raises(SourceError, match=f"Topic {topic} holds no record"):
        split_of(noida, topic)


def test_records_that_expired_since_are_an_error_with_their_number(noida):
    topic = noida_broker.fill(noida, numbered(100), partitions=2)
    split = split_of(noida, topic)
    noida_broker.expire(noida, topic, 1, 20)
    with pytest.raises(SourceError) as caught:
        read(SplitSource(noida, split))
    assert caught.value.what == (
        f"20 planned offsets of topic {topic} expired before they were read "
        "(partition 1 begins at offset 20 now)."
    )
    assert "--allow-expired" in caught.value.hint
    assert len(read(SplitSource(noida, split, Shard(0, 2)))[0]) == 50, "its share is all there"


def test_expired_records_are_counted_where_that_is_allowed(noida):
    topic = noida_broker.fill(noida, numbered(100), partitions=2)
    split = split_of(noida, topic)
    noida_broker.expire(noida, topic, 1, 30)
    whole, told = read(SplitSource(noida, split, allow_expired=True))
    assert len(whole) == 70
    assert told["complete"] is False
    assert told["reason"] == "30 planned offsets had expired"
    assert told["partitions"]["1"]["expired"] == 30
    assert told["partitions"]["1"]["ranges"] == [[30, 50]]
    parts = [
        read(SplitSource(noida, split, Shard(index, 4), allow_expired=True)) for index in range(4)
    ]
    assert join_sources([told for _, told in parts]) == [told]


def test_a_share_that_expired_altogether_is_counted(noida):
    topic = noida_broker.fill(noida, numbered(10), partitions=1)
    split = split_of(noida, topic)
    noida_broker.expire(noida, topic, 0, 10)
    found, told = read(SplitSource(noida, split, Shard(0, 2), allow_expired=True))
    assert found == []
    assert told["partitions"]["0"]["expired"] == 5


@pytest.mark.parametrize("allowed", [False, True])
def test_records_that_expire_while_others_are_read_are_not_passed_over(noida, allowed):
    topic = noida_broker.fill(noida, numbered(100), partitions=1)
    split = split_of(noida, topic, max_messages=40)
    assert split.ranges == {0: [(0, 10), (30, 40), (60, 70), (90, 100)]}
    source = SplitSource(noida, split, allow_expired=allowed)
    batches = source.batches()
    assert [*next(batches).positions] == list(range(10))
    noida_broker.expire(noida, topic, 0, 35)
    if not allowed:
        with pytest.raises(SourceError, match=r"5 planned offsets of topic .* expired before"):
            list(batches)
        return
    rest = [offset for batch in batches for offset in batch.positions]
    assert rest == [*range(35, 40), *range(60, 70), *range(90, 100)]
    told = source.provenance()["partitions"]["0"]
    assert told["expired"] == 5
    assert told["ranges"] == [[0, 10], [35, 40], [60, 70], [90, 100]]


def test_a_topic_that_was_made_anew_with_fewer_records_is_told(noida):
    topic = noida_broker.fill(noida, numbered(50), partitions=1)
    split = split_of(noida, topic)
    noida_broker.delete(noida, topic)
    noida_broker.create(noida, topic, 1)
    noida_broker.write(noida, topic, [(0, b"{}")] * 20)
    for options in ({}, {"allow_expired": True}):
        with pytest.raises(SourceError, match="created again, since the split was"):
            read(SplitSource(noida, split, **options))


def test_a_topic_that_was_made_anew_with_more_records_is_told_by_its_id(noida, monkeypatch):
    topic = noida_broker.fill(noida, numbered(50), partitions=1)
    split = replace(split_of(noida, topic), topic_id="7SZ2x1cTRbGqKqA0Xn5fWQ")
    # This broker has no ids; the real one is asked in its own tests.
    monkeypatch.setattr("schemagen.sources.split_source.topic_id", lambda *_: "other")
    with pytest.raises(SourceError, match="since the split was made: it has another"):
        read(SplitSource(noida, split))
    monkeypatch.setattr("schemagen.sources.split_source.topic_id", lambda *_: None)
    assert len(read(SplitSource(noida, split))[0]) == 50


def test_a_deleted_topic_is_told(noida):
    topic = noida_broker.fill(noida, numbered(5), partitions=1)
    split = split_of(noida, topic)
    noida_broker.delete(noida, topic)
    with pytest.raises(SourceError, match=f"no topic {topic}"):
        read(SplitSource(noida, split))


def test_offsets_that_are_refused_though_they_are_there_end_the_reading(noida, monkeypatch):
    topic = noida_broker.fill(noida, numbered(5), partitions=1)

    def refuse(*_):
        raise OffsetsGoneError

    monkeypatch.setattr(TopicReader, "read", refuse)
    with pytest.raises(SourceError, match="lost offsets that it says it has"):
        read(SplitSource(noida, split_of(noida, topic)))


def test_a_plan_that_takes_too_long_is_given_up(noida):
    topic = noida_broker.fill(noida, numbered(3), partitions=1)
    source = SplitSource(noida, split_of(noida, topic), timeout=0.0)
    with pytest.raises(SourceError, match="could not be read within 0 s: 0 records were"):
        read(source)
    assert source.provenance()["complete"] is False


def test_a_partition_that_is_no_more_is_told(noida):
    topic = noida_broker.fill(noida, numbered(6), partitions=1)
    split = split_of(noida, topic)
    more = replace(split, watermarks={**split.watermarks, 4: (0, 3)}, ranges={4: [(0, 3)]})
    with pytest.raises(InputError, match=f"Topic {topic} has no partition 4"):
        read(SplitSource(noida, more))


def test_the_share_that_was_read_goes_from_0_to_1(noida):
    topic = noida_broker.fill(noida, numbered(40), partitions=2)
    for source in (
        SplitSource(noida, split_of(noida, topic)),
        KafkaSource(noida, topic, max_messages=None),
        KafkaSource(noida, topic, max_messages=20),
    ):
        shares = [source.share_read() for _ in source.batches()]
        assert shares == sorted(shares)
        assert source.share_read() == 1.0
