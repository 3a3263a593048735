"""Read blocks of offsets of a topic through a consumer that is only ever assigned to partitions."""

from __future__ import annotations

import time
from bisect import bisect_left
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, NoReturn, cast

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from schemagen.errors import SourceError
from schemagen.sources.connection import GONE, raise_topic_error
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemagen.sources.connection import Connection
    from schemagen.sources.sampling import Block, Watermarks

_BATCH = 1_000
_POLL_SECONDS = 0.1
_CHECK_SECONDS = 1.0
_ASK_SECONDS = 0.25
_NO_OFFSET = -1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MOVING = {
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.UNKNOWN_LEADER_EPOCH,
}
"""What brokers answer while a partition has no leader, or another: as it is made or moved."""

# The special times of Kafka's ListOffsets request. Asking for them like for any other time gives
# the watermarks of all partitions in one request a broker, not in one request a partition.
_LATEST = -1
_EARLIEST = -2


class TimeIsUpError(Exception):
    """The total time-out has passed while records were still to be read."""


class OffsetsGoneError(Exception):
    """Offsets that were to be read next are not there any more, or not there yet.

    Only a connection that was made to report it (`connect(..., on_gone="error")`) does.
    """


class Chunk(NamedTuple):
    """Records of one partition, and the half-open range of offsets that holds no others.

    There are as many offsets as messages, none where the range is a hole.
    """

    partition: int
    start: int
    end: int
    offsets: list[int]
    messages: list[Message]


class _Cursor:
    """How far the reading of one block is."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.position = block.start
        self.left = block.budget

    def take(self, messages: list[Message], *, ended: bool) -> Chunk:
        """Keep those of the messages that lie in the block, and move on.

        Args:
            messages: what came, in the order of the offsets.
            ended: whether the end of the partition came after them.

        """
        # A message that was fetched has an offset.
        offsets = cast("list[int]", list(map(Message.offset, messages)))
        # Records after the block were fetched ahead; they show that the block is read to its end.
        count = min(bisect_left(offsets, self.block.end), self.left)
        self.left -= count
        start = self.position
        if self.left and (ended or count < len(offsets)):
            self.position = self.block.end
        elif count:
            self.position = offsets[count - 1] + 1
        return Chunk(self.block.partition, start, self.position, offsets[:count], messages[:count])

    @property
    def done(self) -> bool:
        """Return whether all was taken that is there to take."""
        return self.left == 0 or self.position >= self.block.end


class TopicReader:
    """Reads one topic.

    Args:
        connection: to the cluster of the topic.
        topic: the topic's name.
        idle_timeout: seconds without progress after which reading is given up.
        deadline: when to stop by the monotonic clock, None for never.

    """

    def __init__(
        self, connection: Connection, topic: str, *, idle_timeout: float, deadline: float | None
    ) -> None:
        self._consumer = connection.consumer
        self._failures = connection.failures
        self._topic = topic
        self._idle_timeout = idle_timeout
        self._deadline = deadline
        self._records = 0

    def watermarks(self, partitions: Iterable[int]) -> Watermarks:
        """Return the first offset of each partition and the one after the last stable record.

        Raises:
            SourceError: a broker gave no answer.

        """
        numbers = sorted(partitions)
        lows = self._look_up(numbers, _EARLIEST)
        highs = self._look_up(numbers, _LATEST)
        return {number: (lows[number], max(lows[number], highs[number])) for number in numbers}

    def offsets_at(self, at: datetime, watermarks: Watermarks) -> dict[int, int]:
        """Return per partition the offset of the first record of `at` or later, else the high one.

        Raises:
            SourceError: a broker gave no answer, or can't look up times.

        """
        numbers = sorted(watermarks)
        # Rounded up, so that no record before `at` is found.
        milliseconds = -((_EPOCH - at) // timedelta(milliseconds=1))
        found = self._look_up(numbers, max(0, milliseconds))
        filled = [number for number, (low, high) in watermarks.items() if low < high]
        if filled and all(found[number] == _NO_OFFSET for number in numbers):
            # No record so late, or no index of times: one that is there knows the epoch.
            first = self._look_up(filled, 0)
            if all(offset == _NO_OFFSET for offset in first.values()):
                raise SourceError(
                    f"The brokers can't look up times in topic {self._topic}.",
                    "Leave out the times to read from and to: read the head, the tail or a spread.",
                )
        return {
            number: high if found[number] == _NO_OFFSET else min(max(found[number], low), high)
            for number, (low, high) in watermarks.items()
        }

    def _look_up(self, partitions: list[int], at: int) -> dict[int, int]:
        wanted = [TopicPartition(self._topic, number, at) for number in partitions]
        until = time.monotonic() + self._idle_timeout
        while True:
            try:
                answers = self._consumer.offsets_for_times(wanted, timeout=self._idle_timeout)
                errors = [answer.error for answer in answers if answer.error is not None]
            except KafkaException as error:
                self._consumer.poll(0)  # lets the reason through
                errors = [error.args[0]]
            if not errors:
                return {answer.partition: answer.offset for answer in answers}
            if errors[0].code() not in _MOVING or time.monotonic() > until:
                raise_topic_error(errors[0], self._topic, self._consumer)
                raise self.failure(errors[0])
            time.sleep(_ASK_SECONDS)

    def read(self, blocks: list[Block]) -> Iterator[Chunk]:
        """Yield the records of some blocks, at most one of each partition, side by side.

        Raises:
            SourceError: the topic vanished or was replaced, or nothing came for `idle_timeout`.
            TimeIsUpError: the deadline has passed.
            OffsetsGoneError: see there.

        """
        pending = {block.partition: _Cursor(block) for block in blocks}
        self._consumer.assign(
            [TopicPartition(self._topic, block.partition, block.start) for block in blocks]
        )
        silent = checked = 0.0
        while pending:
            asked = time.monotonic()
            if self._deadline is not None and asked >= self._deadline:
                raise TimeIsUpError
            groups, ended = self._poll(pending)
            chunks = [
                cursor.take(groups.get(number, []), ended=number in ended)
                for number, cursor in pending.items()
                if number in groups or number in ended
            ]
            if chunks:
                silent = checked = 0.0
                self._failures.clear()
                # First, so that nothing is fetched in vain while the caller takes its time.
                self._drop_done(pending)
                self._records += sum(len(chunk.offsets) for chunk in chunks)
                yield from chunks
                continue
            silent += time.monotonic() - asked
            if silent - checked >= _CHECK_SECONDS:
                checked = silent
                self._check_topic()
            if silent >= self._idle_timeout:
                raise self.failure()

    def _poll(self, pending: dict[int, _Cursor]) -> tuple[dict[int, list[Message]], set[int]]:
        """Return what has come, by partition, and the partitions whose end was reached.

        Waits a moment for the first message only: `consume` alone would wait for its time-out
        whenever the blocks end before its batch is full.
        """
        groups: dict[int, list[Message]] = {}
        ended: set[int] = set()
        first = self._consumer.poll(_POLL_SECONDS)
        if first is None:
            return groups, ended
        for message in (first, *self._consumer.consume(_BATCH - 1, timeout=0)):
            number = cast("int", message.partition())  # a message that was fetched has one
            error = message.error()
            if error is None:
                group = groups.get(number)
                if group is None:
                    self._check_order(message, pending.get(number))
                    groups[number] = [message]
                else:
                    group.append(message)
            elif error.name() == "_PARTITION_EOF":
                self._check_order(message, pending.get(number))
                ended.add(number)
            else:
                self._take_error(error)
        return groups, ended

    def _drop_done(self, pending: dict[int, _Cursor]) -> None:
        done = [number for number, cursor in pending.items() if cursor.done]
        if done:
            self._consumer.incremental_unassign(
                [TopicPartition(self._topic, number) for number in done]
            )
        for number in done:
            del pending[number]

    def _check_order(self, message: Message, cursor: _Cursor | None) -> None:
        offset = message.offset()
        if cursor is not None and offset is not None and offset < cursor.position:
            raise SourceError(
                f"Topic {self._topic} was truncated, or deleted and created again, while it was"
                f" read (after {counted(self._records, 'record')}).",
                "Run the command again.",
            )

    def _take_error(self, error: KafkaError) -> None:
        if error.name() in GONE:
            self._raise_deleted()
        if error.name() == "_AUTO_OFFSET_RESET":
            raise OffsetsGoneError
        # The group is none of our business: reading needs no right to it and no coordinator.
        if "GROUP" not in error.name() and "COORDINATOR" not in error.name():
            raise_topic_error(error, self._topic, self._consumer)
            self._failures(error)

    def _check_topic(self) -> None:
        """Find out whether the topic is why nothing comes: its deletion is not always reported."""
        with suppress(KafkaException):
            answer = self._consumer.list_topics(self._topic, timeout=_ASK_SECONDS)
            error = answer.topics[self._topic].error
            if error is not None and error.name() in GONE:
                self._raise_deleted()

    def _raise_deleted(self) -> NoReturn:
        raise SourceError(
            f"Topic {self._topic} was deleted while it was read (after "
            f"{counted(self._records, 'record')}).",
            "If it was created again, start again.",
        )

    def failure(self, error: KafkaError | None = None) -> SourceError:
        """Return the error that says why reading can't go on.

        Args:
            error: what the client answered, which often is only that the time was up; it counts
                where nothing better is known.

        """
        if error is not None and self._failures.empty:
            self._failures(error)
        why = self._failures.explain(self._idle_timeout)
        return SourceError(
            f"Reading topic {self._topic} broke off after {counted(self._records, 'record')}:"
            f" {why.what}",
            why.hint,
        )
