"""Which fields tell the kinds of a topic's events: configured, kept, known, or proposed.

What is found is found in the first records alone, before any work is divided: so it is the same
whatever the division.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from schemagen.profile.kind_proposal import proposed_fields
from schemagen.profile.kinds import MOST_KINDS
from schemagen.profile.known_kinds import are_told_by, known_fields
from schemagen.sources.decode import Decoder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemagen.profile.kinds import KindFields
    from schemagen.sources.records import Batch

FIRST_RECORDS = 500
_FIRST_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class KindSettings:
    """What is said of the kinds of a topic's events.

    Attributes:
        fields: what tells them; empty to tell none apart, None to find it.
        kept: the fields that told them last time: they do again if most messages still have them.
        most: how many are told apart at most.

    """

    fields: KindFields | None = None
    kept: KindFields = ()
    most: int = MOST_KINDS


NO_KINDS = KindSettings(())


class KindFinder:
    """Finds what tells kinds in the first records, which it keeps until it has enough.

    Args:
        settings: what is said of it.

    Attributes:
        batches: the batches that it was given.

    """

    def __init__(self, settings: KindSettings) -> None:
        self._settings = settings
        self.batches: list[Batch] = []
        self._records = 0
        self._bytes = 0

    def take(self, batch: Batch) -> bool:
        """Take a batch, and return whether that is enough."""
        self.batches.append(batch)
        self._records += len(batch.values)
        self._bytes += sum(map(len, filter(None, batch.values)))
        return self._records >= FIRST_RECORDS or self._bytes >= _FIRST_BYTES

    def fields(self) -> KindFields:
        """Return what tells kinds, by the first records; none where nothing does."""
        decoder = Decoder()
        messages = []
        for batch in self._first():
            messages += decoder.decode(batch)
        kept = self._settings.kept
        if kept and are_told_by(messages, kept):
            return kept
        return known_fields(messages) or proposed_fields(messages)

    def _first(self) -> Iterator[Batch]:
        """Yield the first records, which are the same however large the batches are."""
        records, size = FIRST_RECORDS, _FIRST_BYTES
        for batch in self.batches:
            lengths = (0 if raw is None else len(raw) for raw in batch.values[:records])
            before = accumulate(lengths, initial=0)
            # The record that goes beyond the bound is the last one.
            n = sum(1 for _, length in zip(batch.values[:records], before) if length < size)  # noqa: B905
            if n:
                yield replace(batch, positions=batch.positions[:n], values=batch.values[:n])
            records -= n
            size -= sum(len(raw) for raw in batch.values[:n] if raw is not None)
            if records <= 0 or size <= 0:
                return
