from __future__ import annotations

import threading
import time

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from kafka_topics import create, wait_until, write

from schemagen.errors import SourceError
from schemagen.sources.kafka import KafkaSource

pytestmark = pytest.mark.realkafka

# Large enough that a reader which has its first batch can't have fetched all of it.
MANY = 100_000
FILLER = b"x" * 2_000


def records(count, partitions=1):
    return [(n % partitions, FILLER) for n in range(count)]


def offsets(batches):
    return [(batch.partition, offset) for batch in batches for offset in batch.positions]


def test_reading_stops_at_the_end_as_it_was_while_the_topic_grows(config, make_topic, produce):
    topic = make_topic(partitions=2)
    produce(topic, records(2_000, partitions=2))
    stop = threading.Event()

    def grow():
        while not stop.is_set():
            produce(topic, records(200, partitions=2))

    writer = threading.Thread(target=grow)
    try:
        for options in ({"max_messages": None}, {"strategy": "tail", "max_messages": 1_500}):
            source = KafkaSource(config, topic, **options)
            batches = source.batches()
            found = offsets([next(batches)])
            if not writer.is_alive():
                writer.start()
                time.sleep(0.3)
            found += offsets(batches)
            told = source.provenance()
            assert told["complete"]
            for number, seen in told["partitions"].items():
                mine = [offset for partition, offset in found if partition == int(number)]
                assert max(mine) == seen["high"] - 1
                assert len(mine) == seen["records"]
            assert len(found) == told["records"]
    finally:
        stop.set()
        writer.join()


def test_a_topic_that_is_deleted_while_it_is_read_is_told(config, make_topic, produce, admin):
    topic = make_topic()
    produce(topic, records(MANY))
    batches = KafkaSource(config, topic, max_messages=None, idle_timeout=8).batches()
    next(batches)
    admin.delete_topics([topic])[topic].result(30)
    started = time.monotonic()
    with pytest.raises(SourceError, match=f"Topic {topic} was deleted while it was read"):
        list(batches)
    assert time.monotonic() - started < 8


def test_a_topic_that_is_replaced_while_it_is_read_is_told(config, make_topic, produce, admin):
    topic = make_topic()
    produce(topic, records(MANY))
    batches = KafkaSource(config, topic, max_messages=None).batches()
    next(batches)
    admin.delete_topics([topic])[topic].result(30)
    wait_until(lambda: topic not in admin.list_topics(timeout=10).topics)
    create(admin, topic)
    produce(topic, records(10))
    with pytest.raises(SourceError, match="deleted"):
        list(batches)


def test_records_that_are_deleted_before_they_are_read_are_a_hole(
    config, make_topic, produce, admin
):
    topic = make_topic()
    produce(topic, records(MANY))
    source = KafkaSource(config, topic, max_messages=None)
    batches = source.batches()
    found = offsets([next(batches)])
    partition = TopicPartition(topic, 0, MANY - 500)
    admin.delete_records([partition])[partition].result(30)
    found += offsets(batches)
    told = source.provenance()
    assert told["complete"]
    assert found[-1] == (0, MANY - 1)
    assert len(found) == told["records"] < MANY
    assert told["partitions"]["0"]["ranges"] == [[0, MANY]]


def test_a_broker_that_comes_back_in_time_is_read_on(own_broker):
    address = own_broker.address("PLAIN")
    create(
        AdminClient({"bootstrap.servers": address, "log_level": 0}),
        "returning",
        config={"flush.messages": "1"},
    )
    write(address, "returning", records(5_000), acks="all")
    source = KafkaSource({"bootstrap.servers": address}, "returning", idle_timeout=40)
    batches = source.batches()
    count = len(next(batches).values)
    own_broker.kill()
    own_broker.run()
    count += sum(len(batch.values) for batch in batches)
    assert count == source.provenance()["records"] == 5_000
    assert source.provenance()["complete"]


def test_a_broker_that_dies_while_it_is_read_is_told_with_how_much_was_read(own_broker):
    address = own_broker.address("PLAIN")
    create(AdminClient({"bootstrap.servers": address, "log_level": 0}), "events")
    write(address, "events", records(MANY))
    source = KafkaSource({"bootstrap.servers": address}, "events", idle_timeout=4)
    batches = source.batches()
    found = offsets([next(batches)])
    own_broker.kill()
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        found.extend((batch.partition, at) for batch in batches for at in batch.positions)
    count = len(found)
    assert time.monotonic() - started < 6
    assert f"broke off after {count} records" in caught.value.what
    assert "connection refused" in caught.value.what
    assert 0 < count < 10_000
    assert not source.provenance()["complete"]
    assert source.provenance()["records"] == count


def test_an_advertised_address_that_cannot_be_reached_is_named(broker, make_topic, produce):
    topic = make_topic()
    produce(topic, records(3))
    config = {"bootstrap.servers": broker.address("LOST")}
    with pytest.raises(SourceError) as caught:
        list(KafkaSource(config, topic, idle_timeout=2).batches())
    assert f"Reading topic {topic} broke off after 0 records" in caught.value.what
    assert "can't be reached: connection refused" in caught.value.what
    assert broker.address("LOST") not in caught.value.what


def test_the_time_out_ends_a_long_reading_and_says_so(config, make_topic, produce):
    topic = make_topic()
    produce(topic, records(MANY))
    source = KafkaSource(config, topic, max_messages=None, timeout=1.0)
    found = []
    for batch in source.batches():
        found += batch.positions
        time.sleep(0.1)
    told = source.provenance()
    assert not told["complete"]
    assert told["reason"] == "the time-out of 1 s was reached"
    assert told["records"] == len(found) < MANY
    assert told["partitions"]["0"]["ranges"] == [[0, len(found)]]
