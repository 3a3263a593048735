"""A source whose records are kept, for what needs them after they were profiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from schemagen.sources.records import Batch, Source


class BufferedSource:
    """Another source, and the first records read from it.

    They stay in memory: for samples, not for whole topics.

    Args:
        source: the other source.
        most: how many records are kept, None for all.

    Attributes:
        buffered: the batches that are kept, in the order in which they came.
        count: how many records are kept.

    """

    def __init__(self, source: Source, most: int | None = None) -> None:
        self._source = source
        self._most = most
        self.buffered: list[Batch] = []
        self.count = 0

    def batches(self) -> Generator[Batch, None, None]:
        """Yield all batches of the other source, and keep the first records."""
        for batch in self._source.batches():
            self._keep(batch)
            yield batch

    def _keep(self, batch: Batch) -> None:
        room = len(batch.values) if self._most is None else self._most - self.count
        if room <= 0:
            return
        if room < len(batch.values):
            batch = batch.first(room)
        self.buffered.append(batch)
        self.count += len(batch.values)

    def share_read(self) -> float | None:
        """Return what the other source returns."""
        return self._source.share_read()

    def provenance(self) -> dict[str, Any]:
        """Return what the other source returns."""
        return self._source.provenance()
