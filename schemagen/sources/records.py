"""What every source yields: batches of raw record values with their positions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from schemagen.sources.decode_statistics import DecodeError

    RecordValue = bytes | DecodeError | None
    """A record's value: None for a tombstone; or why the file that it lies in has none."""


@dataclass(frozen=True, slots=True)
class RecordOrigin:
    """Where a record was in Kafka, as the tool says that wrote it into a file.

    Attributes:
        topic: the topic, empty where it isn't said.
        partition: the partition, None where it isn't said.
        offset: its offset there, None where it isn't said.
        timestamp: its own time, milliseconds since 1970, None where it isn't said.
        key: whether it has a key; None where it isn't said.

    """

    topic: str = ""
    partition: int | None = None
    offset: int | None = None
    timestamp: int | None = None
    key: bool | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw values of consecutive records of one partition or one file.

    Attributes:
        source: the topic's name, or the file's path as the user gave it (`-` for standard input).
        partition: the partition of a topic, None for a file.
        positions: for a topic the offsets, for a file the 1-based line numbers (of an array: the
            1-based number of the element; of documents that hold records: of the record); as long
            as `values`.
        values: the records' values as bytes, None for a tombstone.
        origins: for a file where the records were in Kafka, as long as `values`; empty where the
            file does not say so.

    """

    source: str
    partition: int | None
    positions: Sequence[int]
    values: Sequence[RecordValue]
    origins: Sequence[RecordOrigin] = ()

    def first(self, count: int) -> Batch:
        """Return the batch with so many of its records at most."""
        part = slice(0, count)
        return replace(
            self,
            positions=self.positions[part],
            values=self.values[part],
            origins=self.origins[part],
        )


class Source(Protocol):
    """Where records come from: a topic or files."""

    def batches(self) -> Generator[Batch, None, None]:
        """Yield the records once; closing the generator ends the reading.

        Raises:
            SourceError: the source can't be reached or read.

        """
        ...

    def share_read(self) -> float | None:
        """Return the share that has been read, 0 to 1, while `batches` goes on; None if unknown."""
        ...

    def provenance(self) -> dict[str, Any]:
        """Return what was read, for the evidence file: call it when `batches` is exhausted.

        JSON-ready and the same for the same records: nothing of the time of reading. Whatever
        two evidence files need to be joined (partitions, offset ranges, times, counts) is in it.
        """
        ...
