from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from itertools import count

import noida_broker
import pytest
from confluent_kafka import Consumer, Producer
from noida_broker import NOON

from schemagen.errors import InputError, SourceError
from schemagen.sources import connection
from schemagen.sources.kafka import KafkaSource

_numbers = count(1)


def start_mock():
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "x:1", "log_level": 0})
    (broker,) = producer.list_topics(timeout=10).brokers.values()
    return producer, {"bootstrap.servers": f"{broker.host}:{broker.port}"}


@pytest.fixture(scope="module")
def mock():
    """Return a producer that holds librdkafka's mock cluster, and the configuration to reach it."""
    producer, config = start_mock()
    yield producer, config
    producer.close()


@pytest.mark.parametrize(
    ("options", "seconds"),
    [({}, 10), ({"timeout": None}, 10), ({"timeout": 3}, 3), ({"connect_timeout": 2}, 2)],
)
def test_an_unreachable_cluster_is_given_up_within_the_time_for_all(monkeypatch, options, seconds):
    given = []

    def unreachable(*_, timeout, **__):
        given.append(timeout)
        raise SourceError("unreachable")

    monkeypatch.setattr("schemagen.sources.kafka.connect", unreachable)
    with pytest.raises(SourceError, match="unreachable"):
        list(KafkaSource({"bootstrap.servers": "127.0.0.1:1"}, "t", **options).batches())
    assert given == [seconds]


@pytest.fixture(scope="module")
def noida(tmp_path_factory):
    """Return the configuration to reach a broker that knows times and transactions."""
    with noida_broker.running(tmp_path_factory.mktemp("noida")) as config:
        yield config


def fill(producer, values, partitions=4):
    """Write to a new topic, in turn to its partitions (of the mock cluster always four)."""
    topic = f"events-{next(_numbers)}"
    for number, value in enumerate(values):
        at = int(NOON.timestamp() * 1000) + number
        producer.produce(topic, value, partition=number % partitions, timestamp=at)
        producer.poll(0)
    assert producer.flush(30) == 0
    return topic


def read(config, topic, **options):
    source = KafkaSource(config, topic, **options)
    found = {
        (batch.partition, position): value
        for batch in source.batches()
        for position, value in zip(batch.positions, batch.values, strict=True)
    }
    told = source.provenance()
    assert told["records"] == len(found)
    return found, told


def numbered(count):
    return [b'{"n": %d}' % n for n in range(count)]


def test_a_sample_has_the_head_and_the_tail_of_every_partition(mock):
    producer, config = mock
    topic = fill(producer, numbered(8_000))
    found, told = read(config, topic, max_messages=400)
    assert len(found) == 400
    for partition in range(4):
        offsets = [offset for number, offset in found if number == partition]
        assert (min(offsets), max(offsets), len(offsets)) == (0, 1_999, 100)
    for (partition, offset), value in found.items():
        assert json.loads(value) == {"n": offset * 4 + partition}
    assert told["complete"]


def test_a_small_sample_takes_no_time_on_a_topic_that_is_at_rest(mock):
    producer, config = mock
    topic = fill(producer, numbered(4_000))
    started = time.monotonic()
    read(config, topic, max_messages=200)
    # A fetch that waits for new records, half a second by default, would be in the way.
    assert time.monotonic() - started < 0.5


def test_all_is_read_with_tombstones_and_bytes_as_they_are(mock):
    producer, config = mock
    topic = fill(producer, [None, b"", b"\x00\xff", b"{}"])
    found, told = read(config, topic, max_messages=None)
    assert found == {(0, 0): None, (1, 0): b"", (2, 0): b"\x00\xff", (3, 0): b"{}"}
    assert told["strategy"] == "all"


def test_reading_starts_at_what_the_cluster_has_kept(mock):
    producer, config = mock
    topic = fill(producer, [b" " * 500_000] * 30, partitions=1)
    found, told = read(config, topic, max_messages=None)
    low = told["partitions"]["0"]["low"]
    assert low > 0
    assert sorted(offset for _, offset in found) == list(range(low, 30))


def test_the_provenance_is_json_tells_the_ranges_and_no_address(mock):
    producer, config = mock
    topic = fill(producer, numbered(80))
    source = KafkaSource(config, topic, max_messages=8, strategy="tail", partitions=[3, 1])
    assert sum(len(batch.values) for batch in source.batches()) == 8
    told = source.provenance()
    assert told == {
        "kind": "kafka",
        "topic": topic,
        "strategy": "tail",
        "max_messages": 8,
        "records": 8,
        "complete": True,
        "partitions": {
            "1": {
                "low": 0,
                "high": 20,
                "ranges": [[16, 20]],
                "records": 4,
                "first_time": "2024-05-17T12:00:00.065+00:00",
                "last_time": "2024-05-17T12:00:00.077+00:00",
            },
            "3": {
                "low": 0,
                "high": 20,
                "ranges": [[16, 20]],
                "records": 4,
                "first_time": "2024-05-17T12:00:00.067+00:00",
                "last_time": "2024-05-17T12:00:00.079+00:00",
            },
        },
    }
    assert config["bootstrap.servers"] not in json.dumps(told)


def test_a_partition_without_records_is_told_as_empty(mock):
    producer, config = mock
    topic = fill(producer, [b"{}"], partitions=1)
    _, told = read(config, topic)
    assert told["partitions"]["2"] == {
        "low": 0,
        "high": 0,
        "ranges": [],
        "records": 0,
        "first_time": None,
        "last_time": None,
    }


def test_a_source_can_be_read_again(mock):
    producer, config = mock
    source = KafkaSource(config, fill(producer, numbered(100)), max_messages=40)
    first = {value for batch in source.batches() for value in batch.values}
    told = source.provenance()
    assert {value for batch in source.batches() for value in batch.values} == first
    assert source.provenance() == told


def test_a_cluster_that_cannot_look_up_times_is_told(mock):
    producer, config = mock
    topic = fill(producer, numbered(100))
    for options in ({"since": NOON}, {"until": NOON}):
        with pytest.raises(SourceError, match=f"can't look up times in topic {topic}"):
            read(config, topic, **options)


def test_too_little_time_to_read_anything_is_an_error(mock):
    producer, config = mock
    topic = fill(producer, numbered(100))
    with pytest.raises(SourceError, match="Nothing could be read from topic"):
        read(config, topic, timeout=0.0)


def test_a_cluster_that_goes_away_is_told_with_what_was_read():
    producer, config = start_mock()
    # The client fetches 1 MB ahead in a sample: the first batch can't be all of the topic.
    topic = fill(producer, [b" " * 900_000] * 12)
    source = KafkaSource(config, topic, idle_timeout=1.5)
    batches = source.batches()
    count = len(next(batches).values)
    producer.close()
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        count += sum(len(batch.values) for batch in batches)
    assert time.monotonic() - started < 4
    assert caught.value.what.startswith(f"Reading topic {topic} broke off after ")
    assert source.provenance()["records"] < 12
    assert source.provenance()["complete"] is False


@pytest.fixture
def consumers(monkeypatch):
    """Return the consumers that were opened; each notes whether it was closed."""
    opened = []

    class Watched(Consumer):
        closed = False

        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            opened.append(self)

        def close(self):
            super().close()
            self.closed = True

    monkeypatch.setattr(connection, "Consumer", Watched)
    return opened


def test_the_consumer_is_closed_however_the_reading_ends(mock, consumers):
    producer, config = mock
    topic = fill(producer, numbered(2_000))
    read(config, topic)
    stopped = KafkaSource(config, topic).batches()
    next(stopped)
    assert not consumers[-1].closed
    stopped.close()
    with pytest.raises(SourceError):
        read(config, topic, since=NOON)
    with pytest.raises(SourceError):
        read(config, "no-such-topic")
    with pytest.raises(InputError):
        read(config, topic, partitions=[9])
    assert [consumer.closed for consumer in consumers] == [True] * 5


def test_what_was_handed_over_before_an_early_stop_counts_and_no_more(mock):
    producer, config = mock
    topic = fill(producer, numbered(4_000))
    source = KafkaSource(config, topic)
    batches = source.batches()
    handed = [next(batches), next(batches)]
    batches.close()
    told = source.provenance()
    assert told["records"] == sum(len(batch.values) for batch in handed)
    assert told["complete"] is False
    assert told["reason"] == "the reading was stopped early"
    assert sum(seen["records"] for seen in told["partitions"].values()) == told["records"]


def test_a_source_that_was_not_read_says_so(mock):
    told = KafkaSource(mock[1], "events").provenance()
    assert told["complete"] is False
    assert told["reason"] == "not read"
    assert told["partitions"] == {}


@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "middle"},
        {"max_messages": 0},
        {"partitions": []},
        {"partitions": [-1]},
        {"since": datetime(2024, 1, 1)},  # noqa: DTZ001 - the missing time zone is the point
        {"since": NOON, "until": NOON},
    ],
)
def test_options_that_make_no_sense_are_told_before_anything_is_asked(options):
    with pytest.raises(InputError):
        KafkaSource({"bootstrap.servers": "127.0.0.1:1"}, "events", **options)


def test_times_are_looked_up_where_the_broker_can(noida):
    topic = noida_broker.fill(noida, numbered(60), partitions=2)
    minute = timedelta(minutes=1)
    found, told = read(noida, topic, since=NOON + 20 * minute, until=NOON + 40 * minute)
    assert sorted(json.loads(value)["n"] for value in found.values()) == list(range(20, 40))
    assert told["partitions"]["0"]["ranges"] == [[10, 20]]
    assert told["until"] == "2024-05-17T12:40:00+00:00"
    with pytest.raises(SourceError, match="holds no record of the time to read"):
        read(noida, topic, since=NOON + timedelta(days=1))


def test_a_time_between_milliseconds_leaves_the_earlier_one_out(noida):
    topic = noida_broker.fill(noida, numbered(3), partitions=1)
    found, _ = read(noida, topic, since=NOON + timedelta(microseconds=1))
    assert sorted(found) == [(0, 1), (0, 2)]
    found, _ = read(noida, topic, until=NOON + timedelta(microseconds=1))
    assert sorted(found) == [(0, 0)]


def test_a_sample_from_many_partitions(noida):
    topic = noida_broker.fill(noida, numbered(3_000), partitions=30)
    found, told = read(noida, topic, max_messages=300)
    assert len(found) == 300
    assert {seen["records"] for seen in told["partitions"].values()} == {10}
