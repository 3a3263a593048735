from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from confluent_kafka import Producer, TopicPartition
from kafka_topics import wait_until

from schemagen.errors import InputError, SourceError
from schemagen.sources.kafka import KafkaSource

pytestmark = pytest.mark.realkafka

NOON = datetime(2024, 5, 17, 12, tzinfo=UTC)


def read(config, topic, **options):
    """Return {(partition, offset): value} and the provenance."""
    source = KafkaSource(config, topic, **options)
    found = {}
    for batch in source.batches():
        assert batch.source == topic
        assert len(batch.positions) == len(batch.values) > 0
        for position, value in zip(batch.positions, batch.values, strict=True):
            assert (batch.partition, position) not in found, "no record comes twice"
            found[batch.partition, position] = value
    return found, source.provenance()


def numbered(count, partitions=1, size=0):
    return [(n % partitions, b"%d" % n + b" " * size) for n in range(count)]


def at(moment):
    return {"timestamp": int(moment.timestamp() * 1000)}


def test_the_default_sample_covers_all_of_a_topic_and_takes_no_two_seconds(
    config, make_topic, produce
):
    topic = make_topic(partitions=6)
    produce(topic, numbered(60_000, partitions=6, size=1_500))
    started = time.monotonic()
    found, told = read(config, topic)
    assert time.monotonic() - started < 2
    assert len(found) == told["records"] == 10_000
    assert told["complete"]
    for partition in range(6):
        offsets = sorted(offset for number, offset in found if number == partition)
        assert offsets[0] == 0
        assert offsets[-1] == 9_999
        # No stretch of a tenth of the partition was left out.
        assert max(after - before for before, after in pairwise(offsets)) < 1_000


def test_everything_is_read_byte_for_byte(config, make_topic, produce):
    topic = make_topic(partitions=3)
    produce(topic, [*numbered(5_000, partitions=3), (1, None), (2, b""), (0, b"\xff\x00{")])
    found, told = read(config, topic, max_messages=None)
    assert len(found) == 5_003
    assert {int(value) for value in found.values() if value and value[:1].isdigit()} == set(
        range(5_000)
    )
    assert [value for value in found.values() if value in {None, b"", b"\xff\x00{"}].count(
        None
    ) == 1
    assert told["records"] == 5_003
    assert told["strategy"] == "all"
    assert told["partitions"]["1"]["ranges"] == [[0, 1_668]]


def test_head_and_tail_read_the_oldest_and_the_newest(config, make_topic, produce):
    topic = make_topic()
    produce(topic, numbered(1_000))
    head, _ = read(config, topic, strategy="head", max_messages=10)
    tail, _ = read(config, topic, strategy="tail", max_messages=10)
    assert [offset for _, offset in head] == list(range(10))
    assert [offset for _, offset in tail] == list(range(990, 1_000))


def test_only_the_partitions_that_were_asked_for_are_read(config, make_topic, produce):
    topic = make_topic(partitions=3)
    produce(topic, numbered(300, partitions=3))
    found, told = read(config, topic, partitions=[2, 0])
    assert {partition for partition, _ in found} == {0, 2}
    assert list(told["partitions"]) == ["0", "2"]
    with pytest.raises(InputError, match="has no partition 3"):
        read(config, topic, partitions=[3])


def test_reading_starts_where_older_records_were_deleted(config, make_topic, produce, admin):
    topic = make_topic()
    produce(topic, numbered(1_000))
    admin.delete_records([TopicPartition(topic, 0, 700)])[TopicPartition(topic, 0)].result(30)
    found, told = read(config, topic, max_messages=100)
    assert min(found) == (0, 700)
    assert len(found) == 100
    assert (told["partitions"]["0"]["low"], told["partitions"]["0"]["high"]) == (700, 1_000)


def test_records_between_two_times_are_read(config, make_topic, produce):
    topic = make_topic(partitions=2)
    minutes = [NOON + timedelta(minutes=n) for n in range(100)]
    produce(topic, [(n % 2, b"%d" % n, at(minute)) for n, minute in enumerate(minutes)])
    found, told = read(config, topic, since=minutes[20], until=minutes[60])
    assert {int(value) for value in found.values()} == set(range(20, 60))
    assert told["partitions"]["0"]["first_time"] == "2024-05-17T12:20:00.000+00:00"
    assert told["partitions"]["1"]["last_time"] == "2024-05-17T12:59:00.000+00:00"
    assert told["since"] == "2024-05-17T12:20:00+00:00"
    late, _ = read(config, topic, since=minutes[98])
    assert {int(value) for value in late.values()} == {98, 99}


def test_a_time_without_records_is_said(config, make_topic, produce):
    topic = make_topic()
    produce(topic, [(0, b"{}", at(NOON))])
    for options in ({"since": NOON + timedelta(milliseconds=1)}, {"until": NOON}):
        with pytest.raises(SourceError, match="holds no record of the time to read"):
            read(config, topic, **options)


def test_an_empty_topic_is_said(config, make_topic):
    topic = make_topic(partitions=2)
    with pytest.raises(SourceError, match=f"Topic {topic} holds no record"):
        read(config, topic)


@pytest.mark.parametrize("strategy", ["spread", "head", "tail"])
def test_the_holes_of_a_compacted_topic_neither_hang_nor_shrink_the_sample(
    config, make_topic, produce, strategy
):
    topic = make_topic(
        cleanup_policy="compact",
        segment_ms=100,
        min_cleanable_dirty_ratio=0.001,
        max_compaction_lag_ms=200,
    )
    # The keys that stay lie between those that are written again and again.
    for start in range(0, 4_000, 1_000):
        keys = [b"%d" % (n if n % 20 == 0 else n % 3) for n in range(start, start + 1_000)]
        produce(topic, [(0, b"%d" % n, {"key": key}) for n, key in enumerate(keys, start)])
        time.sleep(0.15)  # the segment is rolled by the first record after its time

    def compacted():
        produce(topic, [(0, b"last", {"key": b"last"})])
        return len(read(config, topic, max_messages=None)[0]) < 300

    wait_until(compacted)
    everything, all_told = read(config, topic, max_messages=None)
    span = all_told["partitions"]["0"]
    assert span["ranges"] == [[0, span["high"]]]
    assert span["records"] == len(everything) < span["high"] / 10
    most = len(everything) - 20
    found, told = read(config, topic, max_messages=most, strategy=strategy)
    assert len(found) == told["records"] == most
    assert found.items() <= everything.items()
    if strategy == "tail":
        assert max(everything) in found
    if strategy != "tail":
        assert min(everything) in found
    assert len(read(config, topic, max_messages=50_000, strategy=strategy)[0]) == len(everything)


def transactional(config):
    producer = Producer({**config, "transactional.id": "writer", "log_level": 0})
    producer.init_transactions(30)
    return producer


def write_transaction(producer, topic, values, *, commit):
    producer.begin_transaction()
    for value in values:
        producer.produce(topic, value, partition=0)
    if commit:
        producer.commit_transaction(30)
    else:
        producer.flush(30)
        producer.abort_transaction(30)


def test_aborted_transactions_stay_hidden_and_markers_cost_no_record(config, make_topic):
    topic = make_topic()
    producer = transactional(config)
    kept = []
    for number in range(60):
        values = [b"%d-%d" % (number, n) for n in range(5)]
        write_transaction(producer, topic, values, commit=number % 3 != 1)
        kept += values if number % 3 != 1 else []
    everything, told = read(config, topic, max_messages=None)
    assert sorted(everything.values()) == sorted(kept)
    span = told["partitions"]["0"]
    assert span["ranges"] == [[0, span["high"]]]
    assert span["high"] == 60 * 6
    for strategy in ("spread", "head", "tail"):
        found, told = read(config, topic, max_messages=150, strategy=strategy)
        assert len(found) == told["records"] == 150
        assert set(found.values()) <= set(kept)


def test_an_open_transaction_is_not_waited_for(config, make_topic):
    topic = make_topic()
    producer = transactional(config)
    write_transaction(producer, topic, [b"1", b"2"], commit=True)
    producer.begin_transaction()
    producer.produce(topic, b"open", partition=0)
    producer.flush(30)
    found, told = read(config, topic, max_messages=None)
    assert list(found.values()) == [b"1", b"2"]
    assert told["complete"]
    producer.abort_transaction(30)


def test_a_topic_of_nothing_but_aborted_records_is_said(config, make_topic):
    topic = make_topic()
    write_transaction(transactional(config), topic, [b"1"] * 50, commit=False)
    with pytest.raises(SourceError, match="holds no record, though offsets are in use"):
        read(config, topic)


def test_a_record_of_twenty_megabytes_is_read(config, make_topic, produce):
    topic = make_topic(partitions=2, max_message_bytes=32 << 20)
    large = b"{" + b" " * (20 << 20) + b"}"
    produce(topic, [(0, b"{}"), (0, large), (1, b"{}")], **{"message.max.bytes": 32 << 20})
    found, _ = read(config, topic)
    assert sorted(map(len, found.values())) == [2, 2, len(large)]


def test_the_same_records_give_the_same_provenance(config, make_topic, produce):
    topic = make_topic(partitions=3)
    produce(topic, [(n % 3, b"%d" % n, at(NOON)) for n in range(9_000)])
    first, second = (read(config, topic, max_messages=700)[1] for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
    assert config["bootstrap.servers"] not in json.dumps(first)


def test_times_that_no_calendar_has_are_left_out_of_the_provenance(config, make_topic, produce):
    topic = make_topic(message_timestamp_after_max_ms=2**63 - 1)
    # Nanoseconds where Kafka wants milliseconds.
    produce(topic, [(0, b"{}", {"timestamp": 1_700_000_000_000_000_000})])
    _, told = read(config, topic)
    assert told["records"] == 1
    assert told["partitions"]["0"]["first_time"] is None
