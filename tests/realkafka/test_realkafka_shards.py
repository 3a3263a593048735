"""A split and its shards against the real broker: what only that does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from confluent_kafka import Producer, TopicPartition
from kafka_topics import create, wait_until

from schemagen.errors import SourceError
from schemagen.sources.kafka import KafkaSource
from schemagen.sources.provenance import join_sources
from schemagen.sources.shards import Shard
from schemagen.sources.split_source import SplitSource, make_split

pytestmark = pytest.mark.realkafka

SAMPLES = Path(__file__).parents[2] / "samples"
EVENTS = (SAMPLES / "wineventlogs.ndjson").read_bytes().splitlines()


def split_of(config, topic, **options):
    return make_split(KafkaSource(config, topic, **{"max_messages": None, **options}), config)


def read(source):
    found = [
        (batch.partition, position, value)
        for batch in source.batches()
        for position, value in zip(batch.positions, batch.values, strict=True)
    ]
    return found, source.provenance()


def expire(admin, topic, partition, before):
    end = TopicPartition(topic, partition, before)
    admin.delete_records([end])[end].result(30)


def test_four_processes_give_what_one_gives_to_the_byte(config, make_topic, produce, tmp_path):
    topic = make_topic(partitions=5)
    bad = [b"", None, b"[1]", b"\xff", b'{"a":1,"a":2}']
    produce(topic, [(n % 5, value) for n, value in enumerate([*EVENTS, *bad * 4, *EVENTS])])

    def schemagen(*arguments):
        command = [sys.executable, "-c", "from schemagen.cli import main; main()", *arguments]
        env = {**os.environ, "SCHEMAGEN_BOOTSTRAP_SERVERS": config["bootstrap.servers"]}
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    schemagen("split", topic)
    schemagen("infer", topic, "--split", "split.json", "--schema", "one/t.schema.json")
    schemagen("infer", topic, "-n", "all", "--schema", "plain/t.schema.json")
    shards = [f"--shard={index}/4" for index in range(4)]
    with ThreadPoolExecutor(4) as four:
        list(four.map(lambda shard: schemagen("infer", topic, "--split=split.json", shard), shards))
    schemagen("merge", "parts", "--schema", "four/t.schema.json")
    for name in ("t.schema.json", "t.evidence.json"):
        four_, one, plain = ((tmp_path / f / name).read_bytes() for f in ("four", "one", "plain"))
        assert four_ == one == plain


@pytest.mark.parametrize("count", [1, 3, 16, 400])
def test_transactions_that_a_cut_goes_through_neither_hide_nor_show_records(
    config, make_topic, count
):
    topic = make_topic()
    producer = Producer({**config, "transactional.id": f"writer-{topic}", "log_level": 0})
    producer.init_transactions(30)
    for number in range(30):
        producer.begin_transaction()
        for n in range(5):
            producer.produce(topic, b"%d-%d" % (number, n), partition=0)
        producer.flush(30)
        (producer.abort_transaction if number % 3 == 1 else producer.commit_transaction)(30)
    whole, told = read(KafkaSource(config, topic, max_messages=None))
    assert len(whole) == 100
    split = split_of(config, topic)
    parts = [read(SplitSource(config, split, Shard(index, count))) for index in range(count)]
    assert [record for found, _ in parts for record in found] == whole
    assert join_sources([told for _, told in parts]) == [told]

    sample = split_of(config, topic, max_messages=60)
    one, told = read(SplitSource(config, sample))
    assert 0 < len(one) < 60, "what the holes cost is not made up for"
    assert told["records"] == len(one)
    parts = [read(SplitSource(config, sample, Shard(index, count))) for index in range(count)]
    assert [record for found, _ in parts for record in found] == one
    assert join_sources([told for _, told in parts]) == [told]


def test_a_compacted_topic_is_divided_with_its_holes(config, make_topic, produce):
    topic = make_topic(
        cleanup_policy="compact",
        segment_ms=100,
        min_cleanable_dirty_ratio=0.001,
        max_compaction_lag_ms=200,
    )
    for start in range(0, 3_000, 1_000):
        keys = [b"%d" % (n if n % 20 == 0 else n % 3) for n in range(start, start + 1_000)]
        produce(topic, [(0, b"%d" % n, {"key": key}) for n, key in enumerate(keys, start)])
        time.sleep(0.15)

    def compacted():
        produce(topic, [(0, b"last", {"key": b"last"})])
        return len(read(KafkaSource(config, topic, max_messages=None))[0]) < 300

    wait_until(compacted)
    split = split_of(config, topic)
    parts = [read(SplitSource(config, split, Shard(index, 7))) for index in range(7)]
    (joined,) = join_sources([told for _, told in parts])
    assert joined["complete"]
    assert joined["partitions"]["0"]["ranges"] == [[0, split.watermarks[0][1]]]
    # Compaction goes on between two readings: what is left of it only grows less.
    rest = read(KafkaSource(config, topic, max_messages=None))[0]
    found = [record for found, _ in parts for record in found]
    assert {record for record in rest if record[1] < split.watermarks[0][1]} <= set(found)
    assert len(found) == joined["records"] == len(set(found)) < 300


@pytest.mark.parametrize("allowed", [False, True])
def test_records_that_expire_while_they_are_read_are_not_passed_over(
    config, make_topic, produce, admin, allowed
):
    topic = make_topic()
    # Large enough that a reader which has its first batch can't have fetched all of it.
    many = 100_000
    produce(topic, [(0, b"x" * 2_000)] * many)
    source = SplitSource(config, split_of(config, topic), allow_expired=allowed)
    batches = source.batches()
    offsets = [*next(batches).positions]
    expire(admin, topic, 0, many - 10)
    if not allowed:
        with pytest.raises(SourceError, match="expired before they were read"):
            list(batches)
        return
    for batch in batches:
        offsets += batch.positions
    told = source.provenance()["partitions"]["0"]
    assert offsets == sorted(set(offsets))
    assert offsets[-1] == many - 1
    assert told["expired"] > 0
    assert told["records"] + told["expired"] == many
    assert sum(end - start for start, end in told["ranges"]) == told["records"]


def test_a_topic_that_was_made_anew_is_told_by_its_id(config, make_topic, produce, admin):
    topic = make_topic()
    produce(topic, [(0, b"{}")] * 10)
    split = split_of(config, topic)
    assert split.topic_id is not None
    assert split_of(config, topic) == split
    assert len(read(SplitSource(config, split))[0]) == 10
    admin.delete_topics([topic])[topic].result(30)
    wait_until(lambda: topic not in admin.list_topics(timeout=10).topics)
    create(admin, topic)
    produce(topic, [(0, b"{}")] * 20)
    with pytest.raises(SourceError, match="since the split was made: it has another"):
        read(SplitSource(config, split))
