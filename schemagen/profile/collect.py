"""From a source to evidence: read, profile in one process or several, stop when there is enough."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from schemagen.profile.evidence import Evidence
from schemagen.profile.kind_fields import NO_KINDS, KindSettings
from schemagen.profile.profiler import Profiler, parts, steady_memory
from schemagen.profile.unseen import coverage, kind_coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemagen.profile.jobs import Workers
    from schemagen.profile.nodes import Node
    from schemagen.profile.profile import Profile
    from schemagen.sources.decode import DecodeError, DecodeWarning, RecordPosition
    from schemagen.sources.records import Batch, Source


def collect(  # noqa: PLR0913 - each with its default
    source: Source,
    name: str,
    *,
    kinds: KindSettings = NO_KINDS,
    jobs: int = 1,
    jobs_after: int = 0,
    until_unseen_below: float | None = None,
    seen_as: Callable[[Node], Node] | None = None,
    on_progress: Callable[[Evidence], None] | None = None,
    on_first: Callable[[DecodeError | DecodeWarning, RecordPosition, bytes], None] | None = None,
) -> Evidence:
    """Read a source to its end, or until a new message is unlikely to show anything new.

    Args:
        source: where the records come from.
        name: the topic's name, for the evidence.
        kinds: what is said of the kinds of events; what is to be found is found in the first
            records, before other processes take part.
        jobs: how many processes decode and count, this one, which also reads, among them. The
            evidence is the same for any number. `until_unseen_below` and `on_first` need all in
            one place: with them it is always 1.
        jobs_after: how many bytes of values this process counts alone before it starts others, so
            that small samples don't pay for processes; with 0 it waits for them to start up.
        until_unseen_below: stop as soon as the upper bound of the chance that the next message
            shows a new structure (`coverage`), or is of a new kind, is below this, 0 to 1.
        seen_as: returns a profile's root as `coverage` should see it, its maps collapsed; None for
            as it is.
        on_progress: called after every batch with the evidence so far, not to be changed; with
            several jobs only its number of records is of all of them.
        on_first: see `Decoder`.

    Raises:
        SourceError: the source can't be reached or read, or a process has died.
        InputError: the messages have too many distinct paths.

    """
    with steady_memory(), closing(source.batches()) as batches:
        if jobs > 1 and until_unseen_below is None and on_first is None:
            profiler = Profiler(name, kinds=kinds)
            evidence = _collect_side_by_side(batches, profiler, jobs, jobs_after, on_progress)
        else:
            profiler = Profiler(name, kinds=kinds, on_first=on_first)
            evidence = profiler.evidence
            checked = 0
            for batch in batches:
                profiler.add(batch)
                if on_progress is not None:
                    on_progress(evidence)
                # Each check walks the whole profile: at every twentieth more of the sample.
                seen = evidence.profile.messages
                if until_unseen_below is not None and seen > checked * 1.05:
                    checked = seen
                    root = None if seen_as is None else seen_as(evidence.profile.root)
                    if _unseen(evidence.profile, root) < until_unseen_below:
                        break
            profiler.finish()
    evidence.sources.append(source.provenance())
    return evidence


def _unseen(profile: Profile, root: Node | None) -> float:
    """Return the upper bound of the chance that the next message shows something new."""
    unseen = coverage(profile, root).unseen_upper
    return (
        max(unseen, kind_coverage(profile.kinds).unseen_upper) if profile.kinds.fields else unseen
    )


def _collect_side_by_side(
    batches: Iterator[Batch],
    profiler: Profiler,
    jobs: int,
    jobs_after: int,
    on_progress: Callable[[Evidence], None] | None,
) -> Evidence:
    name = profiler.evidence.name
    shown = Evidence(name)
    counted = 0
    workers: Workers | None = None
    with ExitStack() as stack:
        for batch in batches:
            for part in parts(batch):
                kinds = profiler.fixed_kinds
                if workers is None and counted >= jobs_after and kinds is not None:
                    workers = _started(name, kinds, jobs - 1, stack)
                    if not jobs_after:
                        workers.wait()
                if workers is None or not workers.take(part):
                    profiler.add(part)
                    counted += sum(map(len, filter(None, part.values)))
            shown.decoding.records += len(batch.values)
            if on_progress is not None:
                on_progress(shown)
        profiler.finish()
        if workers is not None:
            for evidence in workers.evidence():
                profiler.evidence.merge(evidence)
    return profiler.evidence


def _started(name: str, kinds: KindSettings, count: int, stack: ExitStack) -> Workers:
    from schemagen.profile.jobs import Workers  # noqa: PLC0415 - only those who need it pay

    return stack.enter_context(Workers(name, count, kinds))
