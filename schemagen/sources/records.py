"""What every source yields: batches of raw record values with their positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw values of consecutive records of one partition or one file.

    Attributes:
        source: the topic's name, or the file's path as the user gave it (`-` for standard input).
        partition: the partition of a topic, None for a file.
        positions: for a topic the offsets, for a file the 1-based line numbers (of an array: the
            1-based number of the element); as long as `values`.
        values: the records' values as bytes, None for a tombstone.

    """

    source: str
    partition: int | None
    positions: Sequence[int]
    values: Sequence[bytes | None]


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
