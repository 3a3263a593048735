"""From batches of records to evidence: decode and count. It knows no source and no process."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.profile.evidence import Evidence
from schemagen.profile.kind_fields import NO_KINDS, KindFinder, KindSettings
from schemagen.profile.kinds import EventKinds
from schemagen.profile.profile import Profile
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
        kinds: what is said of the kinds of events; where that has to be found, the first records
            wait until it is, or until `finish`.
        on_first: see `Decoder`.

    Attributes:
        evidence: what was seen so far; the sources are the caller's to add.

    """

    def __init__(
        self,
        name: str,
        *,
        kinds: KindSettings = NO_KINDS,
        on_first: Callable[[DecodeError | DecodeWarning, RecordPosition, bytes], None]
        | None = None,
    ) -> None:
        self._decoder = Decoder(on_first=on_first)
        self._kinds = kinds
        self._finder = KindFinder(kinds) if kinds.fields is None else None
        profile = Profile(EventKinds(kinds.fields or (), kinds.most))
        self.evidence = Evidence(name, profile, self._decoder.decoding)

    @property
    def fixed_kinds(self) -> KindSettings | None:
        """What tells kinds, for other profilers of the same records; None as long as unknown."""
        return None if self._finder is not None else self._kinds

    def add(self, batch: Batch) -> None:
        """Decode and count the records of a batch, whatever their number.

        Raises:
            InputError: the messages have too many distinct paths (`Profile.add`).

        """
        if self._finder is None:
            self._count(batch)
        elif self._finder.take(batch):
            self.finish()

    def finish(self) -> None:
        """Count what waits for the kinds to be found: there are no more records to find them in."""
        finder, self._finder = self._finder, None
        if finder is None:
            return
        self._kinds = replace(self._kinds, fields=finder.fields())
        self.evidence.profile = Profile(EventKinds(self._kinds.fields or (), self._kinds.most))
        for batch in finder.batches:
            self._count(batch)

    def _count(self, batch: Batch) -> None:
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
