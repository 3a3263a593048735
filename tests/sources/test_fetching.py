from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from schemagen.errors import SourceError
from schemagen.sources.connection import Connection
from schemagen.sources.failures import Failures
from schemagen.sources.fetching import TimeIsUpError, TopicReader
from schemagen.sources.sampling import Block

TOPIC = "events"


def record(partition, offset):
    return Message(TOPIC, partition, offset, None, b"{}")


def trouble(code, partition=0, offset=-1):
    return Message(TOPIC, partition, offset, None, None, error=KafkaError(code))


def end(partition, offset):
    return trouble(KafkaError._PARTITION_EOF, partition, offset)


class ScriptedConsumer:
    """Gives out the messages of a script, one list at a poll, then nothing."""

    def __init__(self, *script, topic_error=None):
        self.script = [list(messages) for messages in script]
        self.rest = []
        self.assigned = {}
        self.topic_error = topic_error

    def assign(self, partitions):
        self.assigned = {one.partition: one.offset for one in partitions}

    def incremental_unassign(self, partitions):
        for one in partitions:
            del self.assigned[one.partition]

    def poll(self, timeout):
        if not self.script:
            time.sleep(timeout)
            return None
        first, *self.rest = self.script.pop(0)
        return first

    def consume(self, _count, timeout):
        assert timeout == 0
        rest, self.rest = self.rest, []
        return rest

    def list_topics(self, topic, timeout):
        assert timeout > 0
        return SimpleNamespace(topics={topic: SimpleNamespace(error=self.topic_error)})


def reader(consumer, *, idle_timeout=0.3, deadline=None):
    connection = Connection(consumer, Failures(["kafka:9092"], str), (0,))
    return TopicReader(connection, TOPIC, idle_timeout=idle_timeout, deadline=deadline)


def read(consumer, *blocks, **options):
    chunks = reader(consumer, **options).read(list(blocks))
    return [(one.partition, one.start, one.end, one.offsets) for one in chunks]


def test_a_block_ends_with_its_budget_and_not_with_what_was_fetched_ahead():
    consumer = ScriptedConsumer([record(0, n) for n in range(10, 30)])
    assert read(consumer, Block(0, 10, 100, 5)) == [(0, 10, 15, [10, 11, 12, 13, 14])]
    assert consumer.assigned == {}


def test_a_block_ends_before_the_next_one_begins():
    consumer = ScriptedConsumer([record(0, n) for n in (1, 4, 8, 9)])
    assert read(consumer, Block(0, 0, 8, 5)) == [(0, 0, 8, [1, 4])]


def test_the_first_record_after_a_hole_shows_that_the_block_is_empty():
    assert read(ScriptedConsumer([record(0, 500)]), Block(0, 0, 100, 5)) == [(0, 0, 100, [])]


def test_the_end_of_a_partition_ends_a_block_that_only_markers_follow():
    consumer = ScriptedConsumer([record(0, 7)], [end(0, 10)])
    assert read(consumer, Block(0, 5, 10, 5)) == [(0, 5, 8, [7]), (0, 8, 10, [])]


def test_records_and_the_end_of_their_partition_may_come_together():
    consumer = ScriptedConsumer([record(0, 7), record(0, 8), end(0, 10)])
    assert read(consumer, Block(0, 5, 10, 5)) == [(0, 5, 10, [7, 8])]


def test_partitions_are_read_side_by_side_and_let_go_one_by_one():
    consumer = ScriptedConsumer(
        [record(0, 0), record(1, 5), record(0, 1)],
        [record(1, 6), record(0, 2), record(7, 0)],
    )
    chunks = reader(consumer).read([Block(0, 0, 9, 2), Block(1, 5, 9, 2)])
    assert next(chunks).offsets == [0, 1]
    assert consumer.assigned == {1: 5}
    assert [(one.partition, one.offsets) for one in chunks] == [(1, [5]), (1, [6])]
    assert consumer.assigned == {}


def test_no_right_to_the_group_and_no_coordinator_is_needed():
    consumer = ScriptedConsumer(
        [trouble(KafkaError.GROUP_AUTHORIZATION_FAILED), trouble(KafkaError.NOT_COORDINATOR)],
        [trouble(KafkaError.COORDINATOR_NOT_AVAILABLE)],
        [record(0, 0)],
    )
    assert read(consumer, Block(0, 0, 1, 1)) == [(0, 0, 1, [0])]
    with pytest.raises(SourceError) as caught:
        read(ScriptedConsumer([trouble(KafkaError.GROUP_AUTHORIZATION_FAILED)]), Block(0, 0, 9, 9))
    assert caught.value.what.endswith(": No answer from kafka:9092 within 0.3 s.")


@pytest.mark.parametrize("code", [KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC])
def test_a_topic_that_is_gone_is_told_with_what_was_read(code):
    with pytest.raises(SourceError, match=r"deleted while it was read \(after 1 record\)"):
        read(ScriptedConsumer([record(0, 0)], [trouble(code)]), Block(0, 0, 9, 9))


def test_a_topic_that_is_gone_is_found_out_when_nothing_more_comes():
    consumer = ScriptedConsumer(topic_error=KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART))
    with pytest.raises(SourceError, match="deleted while it was read"):
        read(consumer, Block(0, 0, 9, 9), idle_timeout=30)


def test_a_right_that_is_taken_away_is_told():
    consumer = ScriptedConsumer([trouble(KafkaError.TOPIC_AUTHORIZATION_FAILED)])
    with pytest.raises(SourceError, match="No permission to read topic events"):
        read(consumer, Block(0, 0, 9, 9))


@pytest.mark.parametrize("message", [record(0, 3), end(0, 3)])
def test_offsets_that_go_back_show_that_the_topic_was_replaced(message):
    with pytest.raises(SourceError, match="truncated, or deleted and created again"):
        read(ScriptedConsumer([record(0, 5)], [message]), Block(0, 5, 9, 9))


def test_silence_is_told_with_the_last_reason_and_what_was_read():
    consumer = ScriptedConsumer([record(0, 0)], [trouble(KafkaError._TRANSPORT)])
    with pytest.raises(SourceError) as caught:
        read(consumer, Block(0, 0, 9, 9))
    assert caught.value.what.startswith("Reading topic events broke off after 1 record: ")


def test_an_error_that_passed_is_not_the_reason_of_a_later_silence():
    consumer = ScriptedConsumer([trouble(KafkaError._TRANSPORT)], [record(0, 0)])
    with pytest.raises(SourceError) as caught:
        read(consumer, Block(0, 0, 9, 9))
    assert caught.value.what.endswith("after 1 record: No answer from kafka:9092 within 0.3 s.")


def test_the_time_that_the_caller_takes_is_no_silence():
    consumer = ScriptedConsumer([record(0, 0)], [record(0, 1)])
    found = []
    for chunk in reader(consumer, idle_timeout=0.2).read([Block(0, 0, 2, 2)]):
        time.sleep(0.4)
        found += chunk.offsets
    assert found == [0, 1]


def test_the_deadline_ends_the_reading():
    consumer = ScriptedConsumer([record(0, 0)], [record(0, 1)])
    chunks = reader(consumer, deadline=time.monotonic() + 0.2).read([Block(0, 0, 9, 9)])
    assert next(chunks).offsets == [0]
    time.sleep(0.3)
    with pytest.raises(TimeIsUpError):
        next(chunks)


class MovingConsumer(ScriptedConsumer):
    """Answers the first requests for offsets with an error, as brokers do while leaders move."""

    def __init__(self, code, times, *, raised):
        super().__init__()
        self.code, self.times, self.raised = code, times, raised

    def offsets_for_times(self, wanted, timeout):
        assert timeout > 0
        self.times -= 1
        if self.times < 0:
            return [TopicPartition(TOPIC, one.partition, 7) for one in wanted]
        if self.raised:
            raise KafkaException(KafkaError(self.code))
        return [SimpleNamespace(partition=0, offset=-1, error=KafkaError(self.code))]


@pytest.mark.parametrize("raised", [True, False])
@pytest.mark.parametrize(
    "code", [KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE]
)
def test_a_partition_whose_leader_moves_is_asked_again(code, raised):
    moving = MovingConsumer(code, 1, raised=raised)
    assert reader(moving, idle_timeout=2).watermarks([0]) == {0: (7, 7)}


@pytest.mark.parametrize("raised", [True, False])
def test_one_that_gets_no_leader_is_given_up_in_time(raised):
    moving = MovingConsumer(KafkaError.LEADER_NOT_AVAILABLE, 1_000, raised=raised)
    with pytest.raises(SourceError, match="eader not available"):
        reader(moving).watermarks([0])


@pytest.mark.parametrize("raised", [True, False])
def test_what_asking_again_does_not_mend_is_told_at_once(raised):
    refusing = MovingConsumer(KafkaError.TOPIC_AUTHORIZATION_FAILED, 1_000, raised=raised)
    with pytest.raises(SourceError, match="No permission to read"):
        reader(refusing, idle_timeout=60).watermarks([0])
