"""Read a sample of a Kafka topic, or all of it, and leave no trace on the cluster."""

from __future__ import annotations

import time
from datetime import UTC
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException, Message

from schemagen.choices import Strategy
from schemagen.errors import InputError, SourceError
from schemagen.sources.connection import connect
from schemagen.sources.fetching import TimeIsUpError, TopicReader
from schemagen.sources.partition_read import PartitionRead
from schemagen.sources.records import Batch
from schemagen.sources.sampling import SampleLayout, lay_out, refill, unread

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
    from datetime import datetime

    from schemagen.sources.connection import Connection
    from schemagen.sources.sampling import Watermarks

# Nothing waits for records that are yet to come: a fetch that does would hold up the next block.
TUNING: Mapping[str, str | int | bool] = {"fetch.queue.backoff.ms": 5, "fetch.wait.max.ms": 10}
# A block is small: with the defaults (1 MB of each partition at once, 64 MB ahead) most of what is
# fetched would be thrown away. A small queue needs the short back-off, or reading crawls.
SAMPLE_TUNING: Mapping[str, str | int | bool] = {
    **TUNING,
    "max.partition.fetch.bytes": 131_072,
    "queued.max.messages.kbytes": 1_024,
}


class EmptyTopicError(SourceError):
    """There is a topic, and no record in it."""


class KafkaSource:
    """The records of a topic, as of the moment when the reading begins.

    Strictly read only: partitions are assigned, no group is joined, no offset committed and no
    topic created (`schemagen.sources.connection`). Records of aborted transactions don't exist.

    Args:
        config: librdkafka properties; `bootstrap.servers` is the only one needed.
        topic: the topic's name.
        strategy: `spread` over each partition, `head` for the oldest or `tail` for the newest.
        max_messages: how many records to read at most, None for every one.
        partitions: the partitions to read, None for all.
        since: leave out what lies before the first record of this time or later, in each partition.
        until: leave out the first record of this time or later, and all after it.
        idle_timeout: seconds without a record after which the reading is given up.
        timeout: seconds for the whole reading, what the caller does between the batches included;
            None for no limit. What was read until then counts, and `provenance` says so.
        connect_timeout: seconds after which an unreachable cluster is given up, if the time for the
            whole reading isn't up before.

    Raises:
        InputError: an argument that makes no sense.

    """

    def __init__(  # noqa: PLR0913 - options of one reading, each with its default
        self,
        config: Mapping[str, str | int | bool],
        topic: str,
        *,
        strategy: Strategy = Strategy.SPREAD,
        max_messages: int | None = 10_000,
        partitions: Collection[int] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        idle_timeout: float = 10.0,
        timeout: float | None = 60.0,
        connect_timeout: float = 10.0,
    ) -> None:
        if strategy not in set(Strategy):
            raise InputError(f"There is no strategy {strategy!r}.", "Use spread, head or tail.")
        if max_messages is not None and max_messages < 1:
            raise InputError("The number of messages to read has to be at least 1.")
        if partitions is not None and (not partitions or min(partitions) < 0):
            raise InputError("The partitions to read have to be numbers from 0 on.")
        for at in (since, until):
            if at is not None and at.tzinfo is None:
                raise InputError("A time to read from or to needs a time zone.")
        if since is not None and until is not None and since >= until:
            raise InputError(
                "The time to read from has to lie before the time to read to.",
                "Give an earlier --since, or a later --until.",
            )
        self._config = dict(config)
        self._topic = topic
        self._strategy = strategy
        self._max_messages = max_messages
        self._partitions = None if partitions is None else tuple(sorted(set(partitions)))
        self._since = since
        self._until = until
        self._idle_timeout = idle_timeout
        self._timeout = timeout
        self._connect_timeout = min(connect_timeout, timeout or connect_timeout)
        self._seen: dict[int, PartitionRead] = {}
        self._gap_reason = "not read"
        self._to_read = 0

    def batches(self) -> Generator[Batch, None, None]:
        """Yield the records, one batch of one partition at a time, in the order of their offsets.

        Raises:
            InputError: a configuration that the client refuses, or a partition that isn't there.
            SourceError: the cluster or the topic can't be reached or read, or holds no record.

        """
        self._seen = {}
        self._gap_reason = "the reading was stopped early"
        connection, reader = self._connect()
        try:
            yield from self._sample(reader, connection.partitions)
            self._gap_reason = ""
        except TimeIsUpError:
            self._gap_reason = f"the time-out of {self._timeout:g} s was reached"
            if not self._records():
                raise SourceError(
                    f"Nothing could be read from topic {self._topic} within {self._timeout:g} s.",
                    "Allow more time, or look at the brokers.",
                ) from None
        except KafkaException as error:
            raise reader.failure(error.args[0]) from error
        finally:
            connection.consumer.close()

    def share_read(self) -> float | None:
        """Return the share of the sample that has been read; None before its size is known."""
        if not self._to_read:
            return None
        return (
            self._looked_at() if self._max_messages is None else self._records()
        ) / self._to_read

    def lay_out(self) -> tuple[Watermarks, SampleLayout]:
        """Ask for the offsets that there are, and give those that a reading would begin with.

        Returns:
            The watermarks of all partitions to read, and the sample within them.

        Raises:
            InputError, SourceError: as `batches`.

        """
        connection, reader = self._connect()
        try:
            watermarks = reader.watermarks(connection.partitions)
            return watermarks, self._first(self._between_times(reader, watermarks), watermarks)
        finally:
            connection.consumer.close()

    def provenance(self) -> dict[str, Any]:
        """Return what was read, for the evidence file.

        `ranges` are half-open ranges of offsets; they may hold fewer records than offsets, where
        compaction or transactions left holes. `complete` is false, and `reason` says why, where
        less was read than the sample was to have.
        """
        provenance: dict[str, Any] = {
            "kind": "kafka",
            "topic": self._topic,
            "strategy": self._strategy if self._max_messages is not None else "all",
            "max_messages": self._max_messages,
            "records": self._records(),
            "complete": not self._gap_reason,
            "partitions": {str(number): seen.as_json() for number, seen in self._seen.items()},
        }
        if self._gap_reason:
            provenance["reason"] = self._gap_reason
        for name, at in (("since", self._since), ("until", self._until)):
            if at is not None:
                provenance[name] = at.astimezone(UTC).isoformat()
        return provenance

    def _connect(self) -> tuple[Connection, TopicReader]:
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        connection = connect(
            self._config,
            self._topic,
            timeout=self._connect_timeout,
            partitions=self._partitions,
            tuning=TUNING if self._max_messages is None else SAMPLE_TUNING,
        )
        return connection, TopicReader(
            connection, self._topic, idle_timeout=self._idle_timeout, deadline=deadline
        )

    def _sample(self, reader: TopicReader, partitions: Iterable[int]) -> Iterator[Batch]:
        watermarks = reader.watermarks(partitions)
        self._seen = {number: PartitionRead(*span) for number, span in watermarks.items()}
        spans = self._between_times(reader, watermarks)
        layout = self._first(spans, watermarks)
        wanted = self._to_read = layout.budget
        while layout.blocks:
            for blocks in layout.rounds():
                for chunk in reader.read(blocks):
                    self._seen[chunk.partition].add(chunk)
                    if chunk.messages:
                        values = list(map(Message.value, chunk.messages))
                        yield Batch(self._topic, chunk.partition, chunk.offsets, values)
            layout = self._make_up(spans, wanted - self._records())
        if not self._records():
            raise EmptyTopicError(
                f"Topic {self._topic} holds no record, though offsets are in use.",
                "Compaction deleted the records, or their transactions were aborted.",
            )

    def _first(self, spans: Watermarks, watermarks: Watermarks) -> SampleLayout:
        layout = lay_out(spans, strategy=self._strategy, max_messages=self._max_messages)
        if not layout.budget:
            if spans != watermarks:
                raise SourceError(
                    f"Topic {self._topic} holds no record of the time to read.",
                    "Give an earlier --since, or a later --until.",
                )
            raise EmptyTopicError(
                f"Topic {self._topic} holds no record.",
                "Nothing was written to it yet, or its retention has deleted all there was.",
            )
        return layout

    def _between_times(self, reader: TopicReader, watermarks: Watermarks) -> Watermarks:
        spans = dict(watermarks)
        if self._since is not None:
            lows = reader.offsets_at(self._since, watermarks)
            spans = {number: (lows[number], high) for number, (_, high) in spans.items()}
        if self._until is not None:
            highs = reader.offsets_at(self._until, watermarks)
            spans = {number: (low, max(low, highs[number])) for number, (low, _) in spans.items()}
        return spans

    def _make_up(self, spans: Watermarks, missing: int) -> SampleLayout:
        """Plan where else to find the records that holes have cost the sample."""
        if not missing:
            return SampleLayout(())
        return refill(
            {number: unread(span, self._seen[number].ranges) for number, span in spans.items()},
            strategy=self._strategy,
            missing=missing,
            found=self._records(),
            looked_at=self._looked_at(),
        )

    def _looked_at(self) -> int:
        return sum(seen.offsets() for seen in self._seen.values())

    def _records(self) -> int:
        return sum(seen.records for seen in self._seen.values())
