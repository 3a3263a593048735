"""From batches of records to evidence: decode and count. It knows no source and no process."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.profile.evidence import Evidence
from schemagen.sources.decode import Decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemagen.sources.decode import DecodeError, DecodeWarning, RecordPosition
    from schemagen.sources.records import Batch

MAX_PART_BYTES = 256 << 10
"""About how many bytes are decoded and counted at once: their objects, some four times as large,
still fit the processor's second cache when they are counted and freed. Twice as many are as fast
on an idle machine, but a tenth slower where others use the memory too; half as many pay more for
the steps that each part takes."""
_LEAST_PART = 32
"""Fewer records at once would cost more than the cache saves."""
_MOST_PART = 1_000

_YOUNG_OBJECTS = 20_000
_KEPT_BYTES = 16 << 20


@contextmanager
def steady_memory() -> Iterator[None]:
    """Spare each batch the work that Python and the C library do for programs that grow and shrink.

    Decoded messages have no reference cycles, but their thousands of objects would start a search
    for some in every batch; whatever else makes cycles is still found. And the memory of one batch
    would be given back to the system, only to be asked for again.
    """
    # The C library keeps blocks as large as the largest that was ever freed.
    bytes(_KEPT_BYTES)
    thresholds = gc.get_threshold()
    gc.set_threshold(_YOUNG_OBJECTS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


class Profiler:
    """Makes evidence of batches of records, a part at a time.

    Args:
        name: the topic's name, for the evidence.
        on_first: see `Decoder`.

    Attributes:
        evidence: what was seen so far; the sources are the caller's to add.

    """

    def __init__(
        self,
        name: str,
        *,
        on_first: Callable[[DecodeError | DecodeWarning, RecordPosition, bytes], None]
        | None = None,
    ) -> None:
        self._decoder = Decoder(on_first=on_first)
        self.evidence = Evidence(name, decoding=self._decoder.decoding)

    def add(self, batch: Batch) -> None:
        """Decode and count the records of a batch, whatever their number.

        Raises:
            InputError: the messages have too many distinct paths (`Profile.add`).

        """
        for part in parts(batch):
            self.evidence.profile.add(self._decoder.decode(part))


def parts(batch: Batch) -> Iterator[Batch]:
    """Cut a batch into parts of about `MAX_PART_BYTES`."""
    values = batch.values
    size = sum(map(len, filter(None, values)))
    step = max(_LEAST_PART, min(_MOST_PART, MAX_PART_BYTES * len(values) // max(size, 1)))
    # A little more than a part is one part: a rest of a few records would cost as much.
    if len(values) <= step * 5 // 4:
        yield batch
        return
    for start in range(0, len(values), step):
        part = slice(start, start + step)
        yield replace(batch, positions=batch.positions[part], values=values[part])
