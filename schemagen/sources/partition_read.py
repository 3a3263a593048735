"""What was read of one partition, for the provenance of a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from confluent_kafka import Message

from schemagen.sources.sampling import joined
from schemagen.sources.times import LAST_TIME, iso_time

if TYPE_CHECKING:
    from schemagen.sources.fetching import Chunk


class PartitionRead:
    """What was read of one partition.

    Args:
        low: the partition's first offset when the reading began.
        high: the offset after the last stable record then.

    Attributes:
        ranges: the half-open ranges of offsets that were read, as they were met; adjacent ones are
            one, so that a partition that is read from end to end takes no memory for it.
        records: how many records there were in them.
        first, last: the least and the greatest time of a record, in milliseconds. Times beyond the
            year 9999, which are times in another unit, are left out.

    """

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.high = high
        self.ranges: list[tuple[int, int]] = []
        self.records = 0
        self.first: int | None = None
        self.last: int | None = None

    def add(self, chunk: Chunk) -> None:
        """Count a chunk of records."""
        if self.ranges and self.ranges[-1][1] == chunk.start:
            self.ranges[-1] = (self.ranges[-1][0], chunk.end)
        else:
            self.ranges.append((chunk.start, chunk.end))
        self.records += len(chunk.messages)
        times = [at for kind, at in map(Message.timestamp, chunk.messages) if kind]
        times = [at for at in times if at <= LAST_TIME]
        if times:
            self.first = min(times) if self.first is None else min(self.first, *times)
            self.last = max(times) if self.last is None else max(self.last, *times)

    def offsets(self) -> int:
        """Return how many offsets were looked at."""
        return sum(end - start for start, end in self.ranges)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready data, the same whatever the order of the reading was."""
        return {
            "low": self.low,
            "high": self.high,
            "ranges": joined(self.ranges),
            "records": self.records,
            "first_time": iso_time(self.first),
            "last_time": iso_time(self.last),
        }
