"""From a source to evidence: read, decode, profile, and stop when there is enough."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from schemagen.profile.coverage import coverage
from schemagen.profile.profiler import Profiler, rare_collections

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemagen.profile.evidence import Evidence
    from schemagen.sources.decode import Fault, Place, Remark
    from schemagen.sources.records import Source

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
    profiler = Profiler(name, on_first=on_first)
    evidence = profiler.evidence
    checked = 0
    with rare_collections(), closing(source.batches()) as batches:
        for batch in batches:
            profiler.add(batch)
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
