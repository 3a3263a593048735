"""From a source to evidence: read, decode, profile, and stop when there is enough."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.profile.coverage import coverage
from schemagen.profile.evidence import Evidence
from schemagen.sources.decode import Decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemagen.sources.decode import Fault, Place, Remark
    from schemagen.sources.records import Batch, Source

_AT_ONCE = 256
"""How many records are decoded and profiled at once: their objects still fit the processor's cache
when the profile walks them; a thousand take a fifth longer."""


def collect(
    source: Source,
    name: str,
    *,
    until_unseen_below: float | None = None,
    on_progress: Callable[[Evidence], None] | None = None,
    on_first: Callable[[Fault | Remark, Place, bytes], None] | None = None,
) -> Evidence:
    """Read a source to its end, or until a new message is unlikely to show anything new.

    Args:
        source: where the records come from.
        name: the topic's name, for the evidence.
        until_unseen_below: stop as soon as the upper bound of the chance that the next message
            shows a new structure (`coverage`) is below this, 0 to 1.
        on_progress: called after every batch with the evidence so far, not to be changed.
        on_first: see `Decoder`.

    Raises:
        SourceError: the source can't be reached or read.

    """
    decoder = Decoder(on_first=on_first)
    evidence = Evidence(name, tally=decoder.tally)
    checked = 0
    with closing(source.batches()) as batches:
        for batch in batches:
            for part in _parts(batch):
                evidence.profile.add(decoder.decode(part))
            if on_progress is not None:
                on_progress(evidence)
            # Each check walks the whole profile: at every twentieth more of the sample.
            seen = evidence.profile.messages
            if until_unseen_below is not None and seen > checked * 1.05:
                checked = seen
                if coverage(evidence.profile).unseen_upper < until_unseen_below:
                    break
    evidence.sources.append(source.provenance())
    return evidence


def _parts(batch: Batch) -> Iterator[Batch]:
    if len(batch.values) <= _AT_ONCE:
        yield batch
        return
    for start in range(0, len(batch.values), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        yield replace(batch, positions=batch.positions[part], values=batch.values[part])
