"""Records read in several processes: Python reads one at a time in each.

Records that are in memory are shared out by forking. So nothing is sent to those who read them, who
know all queries already, and only what they make of the records comes back.
"""

from __future__ import annotations

import signal
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from schemagen.errors import SourceError
from schemagen.processors import how_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from schemagen.sources.records import Batch

Made = TypeVar("Made")

FIRST = 2_000
"""So many records are read before there are other processes: to make them takes a while, too."""
SHARED = 64 << 20
"""So many bytes of records are in memory at once, and shared out; or so many records:"""
SHARED_RECORDS = 50_000
_OBJECT = 100
"""Bytes that a record takes beside its own."""
_GONE = 5
"""So many seconds a process has to end that sends no more."""
_THREADS = Path("/proc/self/task")


def read_side_by_side(
    read: Callable[[Batch], Made], batches: Iterable[Batch], jobs: int
) -> Iterator[Made]:
    """Read batches in several processes, where there are many.

    Args:
        read: what a batch becomes; it is the same in each process.
        batches: the records.
        jobs: how many processes read, this one among them. It is the only one off Linux, and
            while it has other threads: a fork would never see their locks opened.

    Returns:
        What the batches became, in their order.

    Raises:
        SourceError: a process died.

    """
    coming, count = iter(batches), 0
    for batch in coming:
        yield read(batch)
        count += len(batch.values)
        if count >= FIRST and jobs > 1:
            break
    for chunk in _chunks(coming):
        shares = _shares(chunk, jobs if _can_fork() else 1)
        others: list[_Fork] = []
        try:
            for share in shares[1:]:
                others.append(_Fork(read, share, others))
            yield from map(read, shares[0])
            for other in others:
                yield from other.made()
        finally:
            for other in others:
                other.end()


def _can_fork() -> bool:
    return sys.platform == "linux" and _THREADS.is_dir() and len(list(_THREADS.iterdir())) == 1


def _chunks(batches: Iterator[Batch]) -> Iterator[list[Batch]]:
    for first in batches:
        chunk, size, count = [], 0, 0
        for batch in chain([first], batches):
            chunk.append(batch)
            count += len(batch.values)
            size += sum(len(value) for value in batch.values if isinstance(value, bytes))
            if size + count * _OBJECT >= SHARED or count >= SHARED_RECORDS:
                break
        yield chunk


def _shares(chunk: Sequence[Batch], count: int) -> list[Sequence[Batch]]:
    """Cut batches into shares of about as many records, none of which is empty."""
    count = min(count, len(chunk))
    total, seen, shares = sum(len(batch.values) for batch in chunk), 0, [[chunk[0]]]
    for batch in chunk[1:]:
        seen += len(shares[-1][-1].values)
        if seen * count >= total * len(shares):
            shares.append([])
        shares[-1].append(batch)
    return list(shares)


class _Fork:
    """Another process, which reads a share.

    Args:
        read: what a batch becomes.
        share: the batches.
        others: the processes that were made before.

    Attributes:
        pipe: where what it makes comes from.

    """

    def __init__(
        self, read: Callable[[Batch], Any], share: Sequence[Batch], others: Sequence[_Fork]
    ) -> None:
        # It takes a while to be imported, and few files are so long.
        from multiprocessing import get_context  # noqa: PLC0415

        context = get_context("fork")
        self.pipe, to_here = context.Pipe(duplex=False)
        # Else it would wait for ever to be heard, once the first process is killed.
        not_its = [self.pipe, *(each.pipe for each in others)]
        given = (read, share, to_here, not_its)
        self._process = context.Process(target=_read, args=given, daemon=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        to_here.close()

    def made(self) -> list[Any]:
        """Wait for what it makes of its share, and raise what it raised.

        Raises:
            SourceError: it died.

        """
        try:
            made: list[Any] | Exception = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join(_GONE)
            how = how_ended(self._process.exitcode)
            raise SourceError(
                f"A process that reads records {how} before it was done: alerts would be missing.",
                "If the machine ran out of memory, use fewer processes: schemagen test --jobs 1.",
            ) from None
        if isinstance(made, Exception):
            raise made
        return made

    def end(self) -> None:
        """End it; most have ended of themselves."""
        self.pipe.close()
        self._process.terminate()
        self._process.join()


def _read(
    read: Callable[[Batch], Any],
    share: Sequence[Batch],
    to_first: Connection,
    not_its: Sequence[Connection],
) -> None:
    """Read a share, in another process, and send what it makes to the first."""
    # Whoever interrupts the command is answered by the first process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for each in not_its:
        each.close()
    try:
        made: list[Any] | Exception = list(map(read, share))
    except Exception as error:  # noqa: BLE001 - the first process raises it
        made = error
    to_first.send(made)
