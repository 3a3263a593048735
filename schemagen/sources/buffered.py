"""A source whose records are kept, for what needs them after they were profiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from schemagen.sources.records import Batch, Source


class BufferedSource:
    """Another source, and the records read from it.

    All of it stays in memory: for samples, not for whole topics.

    Attributes:
        buffered: the batches in the order in which they came.

    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.buffered: list[Batch] = []

    def batches(self) -> Generator[Batch, None, None]:
        """Yield the batches of the other source, and keep them."""
        for batch in self._source.batches():
            self.buffered.append(batch)
            yield batch

    def share_read(self) -> float | None:
        """Return what the other source returns."""
        return self._source.share_read()

    def provenance(self) -> dict[str, Any]:
        """Return what the other source returns."""
        return self._source.provenance()
