"""Read a topic by a split, or a shard of it: every planned offset, or an error that names the rest.

A planned offset can be gone when it is read: retention deletes the oldest records, and a topic can
be deleted and created again. A sample reads on from the first record that is left. Here that would
read less than was planned without a word, so it is an error, or it is counted.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException, Message, TopicCollection
from confluent_kafka.admin import AdminClient

from schemagen.errors import SourceError
from schemagen.sources.connection import check_config, connect
from schemagen.sources.fetching import OffsetsGoneError, TimeIsUpError, TopicReader
from schemagen.sources.kafka import SAMPLE_TUNING, TUNING
from schemagen.sources.partition_read import PartitionRead
from schemagen.sources.provenance import planned_state
from schemagen.sources.records import Batch
from schemagen.sources.sampling import Block, SampleLayout
from schemagen.sources.split import TopicSplit, ranges_of
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from schemagen.sources.fetching import Chunk
    from schemagen.sources.kafka import KafkaSource
    from schemagen.sources.shards import Ranges, Shard

_ID_SECONDS = 5.0
_NO_ID = "A" * 22  # sixteen zero bytes: the cluster knows no ids of topics


def make_split(source: KafkaSource, config: Mapping[str, str | int | bool]) -> TopicSplit:
    """Ask the cluster once what a source would read, and write it down.

    Args:
        source: the topic, and how to sample it.
        config: librdkafka properties, as the source has them.

    Raises:
        InputError, SourceError: as `KafkaSource.batches`.

    """
    watermarks, sample = source.lay_out()
    provenance = source.provenance()
    return TopicSplit(
        topic=provenance["topic"],
        topic_id=topic_id(config, provenance["topic"]),
        strategy=provenance["strategy"],
        max_messages=provenance["max_messages"],
        since=provenance.get("since"),
        until=provenance.get("until"),
        watermarks=watermarks,
        ranges=ranges_of(sample),
    )


def topic_id(config: Mapping[str, str | int | bool], topic: str) -> str | None:
    """Ask for the id that a topic got when it was made; None where the cluster has none."""
    try:
        # It is told of settings that only consumers have, and would say so.
        admin = AdminClient({**check_config(config), "log_level": 0})
        asked = admin.describe_topics(TopicCollection([topic]), request_timeout=_ID_SECONDS)
        found = str(asked[topic].result(_ID_SECONDS + 1).topic_id)
    except (KafkaException, TimeoutError):
        # Brokers before 2.8 have no ids, and not every user may ask: the offsets are checked too.
        return None
    return None if found == _NO_ID else found


class SplitSource:
    """The records of a split, or of a shard's share of it; a `schemagen.sources.records.Source`.

    Strictly read only, as `KafkaSource`.

    Args:
        config: librdkafka properties.
        split: what to read.
        shard: which part of it, None for all.
        allow_expired: count planned offsets that are gone instead of giving up.
        idle_timeout: seconds without a record after which the reading is given up.
        timeout: seconds for the whole reading, after which it is given up; None for no limit.
        connect_timeout: seconds after which an unreachable cluster is given up, if the time for the
            whole reading isn't up before.

    """

    def __init__(  # noqa: PLR0913 - options of one reading, each with its default
        self,
        config: Mapping[str, str | int | bool],
        split: TopicSplit,
        shard: Shard | None = None,
        *,
        allow_expired: bool = False,
        idle_timeout: float = 10.0,
        timeout: float | None = None,
        connect_timeout: float = 10.0,
    ) -> None:
        self._config = dict(config)
        self._split = split
        self._shard = shard
        self._allow_expired = allow_expired
        self._idle_timeout = idle_timeout
        self._timeout = timeout
        self._connect_timeout = min(connect_timeout, timeout or connect_timeout)
        self._seen: dict[int, PartitionRead] = {}
        self._expired: dict[int, int] = {}
        self._share = split.share(shard)
        self._offsets = sum(end - start for spans in self._share.values() for start, end in spans)
        self._done = False

    @property
    def kind(self) -> tuple[str, ...] | None:
        """What the split says of the fields that tell kinds of events."""
        return self._split.kind

    def batches(self) -> Generator[Batch, None, None]:
        """Yield the records, one batch of one partition at a time, in the order of their offsets.

        Raises:
            InputError: a configuration that the client refuses.
            SourceError: the cluster or the topic can't be reached or read; what was planned isn't
                there any more; or the time is up.

        """
        split = self._split
        self._seen = {number: PartitionRead(*span) for number, span in split.watermarks.items()}
        self._expired = {}
        self._done = False
        if self._share:
            deadline = None if self._timeout is None else time.monotonic() + self._timeout
            connection = connect(
                self._config,
                split.topic,
                timeout=self._connect_timeout,
                partitions=sorted(self._share),
                tuning=TUNING if split.max_messages is None else SAMPLE_TUNING,
                on_gone="error",
            )
            reader = TopicReader(
                connection, split.topic, idle_timeout=self._idle_timeout, deadline=deadline
            )
            try:
                self._check_id()
                yield from self._read(reader)
            except TimeIsUpError:
                raise SourceError(
                    f"The planned records of topic {split.topic} could not be read within "
                    f"{self._timeout:g} s: {counted(self._records(), 'record')} were.",
                    "Allow more time, or divide the split into more shards.",
                ) from None
            except KafkaException as error:
                raise reader.failure(error.args[0]) from error
            finally:
                connection.consumer.close()
        self._done = True

    def share_read(self) -> float | None:
        """Return the share of the planned offsets that has been read."""
        looked_at = sum(seen.offsets() for seen in self._seen.values())
        gone = sum(self._expired.values())
        return (looked_at + gone) / self._offsets if self._offsets else None

    def provenance(self) -> dict[str, Any]:
        """Return what was read, for the evidence file: as `KafkaSource`, of all planned partitions.

        `low` and `high` are the split's. `expired` counts a partition's records that were gone. A
        shard says which it is under `shards` (`schemagen.sources.provenance`).
        """
        split = self._split
        partitions = {str(number): seen.as_json() for number, seen in self._seen.items()}
        for number, gone in self._expired.items():
            partitions[str(number)]["expired"] = gone
        provenance: dict[str, Any] = {
            "kind": "kafka",
            "topic": split.topic,
            "strategy": split.strategy,
            "max_messages": split.max_messages,
            "records": self._records(),
            "partitions": partitions,
            **planned_state(sum(self._expired.values())),
        }
        if not self._done:
            provenance |= {"complete": False, "reason": "the reading was stopped early"}
        for name, at in (("since", split.since), ("until", split.until)):
            if at is not None:
                provenance[name] = at
        if self._shard is not None:
            provenance["shards"] = {
                "plan": split.fingerprint,
                "of": self._shard.of,
                "read": [self._shard.index],
            }
        return provenance

    def _read(self, reader: TopicReader) -> Iterator[Batch]:
        left: Ranges = {number: list(spans) for number, spans in self._share.items()}
        before = None
        while any(left.values()):
            left = self._still_there(left, reader)
            if left == before:
                raise self._replaced("it has lost offsets that it says it has")
            before = {number: list(spans) for number, spans in left.items()}
            blocks = [
                Block(number, start, end, end - start)
                for number, spans in left.items()
                for start, end in spans
            ]
            try:
                for together in SampleLayout(tuple(blocks)).rounds():
                    for chunk in reader.read(together):
                        self._seen[chunk.partition].add(chunk)
                        _advance(left, chunk)
                        if chunk.messages:
                            values = list(map(Message.value, chunk.messages))
                            yield Batch(self._split.topic, chunk.partition, chunk.offsets, values)
            except OffsetsGoneError:
                continue

    def _still_there(self, left: Ranges, reader: TopicReader) -> Ranges:
        """Take out of what is left to read what is gone."""
        watermarks = reader.watermarks(left)
        gone: dict[int, int] = {}
        there: Ranges = {}
        for number, spans in left.items():
            low, high = watermarks[number]
            if spans and spans[-1][1] > high:
                raise self._replaced(
                    f"partition {number} ends at offset {high:,}, the split at {spans[-1][1]:,}"
                )
            kept = [(max(start, low), end) for start, end in spans if low < end]
            lost = sum(end - start for start, end in spans) - sum(e - s for s, e in kept)
            if lost:
                gone[number] = lost
            there[number] = kept
        if gone and not self._allow_expired:
            number = min(gone)
            raise SourceError(
                f"{counted(sum(gone.values()), 'planned offset')} of topic {self._split.topic} "
                f"expired before they were read (partition {number} begins at offset "
                f"{watermarks[number][0]:,} now).",
                "Make a new split, with a --since that retention doesn't reach; or count them and "
                "read the rest with --allow-expired.",
            )
        for number, lost in gone.items():
            self._expired[number] = self._expired.get(number, 0) + lost
        return there

    def _check_id(self) -> None:
        if self._split.topic_id is None:
            return
        now = topic_id(self._config, self._split.topic)
        if now is not None and now != self._split.topic_id:
            raise self._replaced("it has another id")

    def _replaced(self, how: str) -> SourceError:
        return SourceError(
            f"Topic {self._split.topic} was truncated, or deleted and created again, since the "
            f"split was made: {how}.",
            "Make a new split, and read all its shards by that.",
        )

    def _records(self) -> int:
        return sum(seen.records for seen in self._seen.values())


def _advance(left: Ranges, chunk: Chunk) -> None:
    """Take a chunk from the front of what is left of its partition."""
    spans = left[chunk.partition]
    if chunk.end >= spans[0][1]:
        spans.pop(0)
    else:
        spans[0] = (chunk.end, spans[0][1])
