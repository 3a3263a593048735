"""Worker processes that profile beside the caller, who reads the records and hands them out.

Each worker is a fresh interpreter that reads blocks of records from its standard input: nothing is
forked, so that threads of a Kafka client in this process don't matter. A worker is sent a block
only when it has room for it; what none has room for the caller counts itself, so that memory stays
bounded however fast the source is, and no processor waits. Who gets which block is chance; the
evidence of all is merged, and a merge is the same in any order.
"""

from __future__ import annotations

import pickle
import selectors
import struct
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, cast

from schemagen import errors
from schemagen.errors import SourceError
from schemagen.processors import how_ended
from schemagen.profile.kind_fields import NO_KINDS, KindSettings
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.records import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from schemagen.profile.evidence import Evidence
    from schemagen.sources.records import RecordValue

LENGTH = struct.Struct("<Q")
"""Stands before each pickle, in bytes; a length of 0 to a worker asks it for its evidence."""

READY, EVIDENCE, ERROR = b"r", b"e", b"x"
"""What a worker says: it has room for one more block; its evidence, or an error, follows."""

_BLOCKS_AT_ONCE = 2
"""One that a worker counts and one that waits for it in the pipe."""
_PIPE_BYTES = 1 << 20
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from schemagen.profile.worker import main; main()"


Head = tuple[str, int | None, "Sequence[int]", list[int]]
"""A batch without its values: source, partition, positions, and the length of each value, -1 for
None, and less for a record that its file has no value of."""


_WITHOUT = {
    None: -1,
    DecodeError.NOT_ENVELOPED: -2,
    DecodeError.NOT_UTF8: -3,
    DecodeError.NOT_FRAMED: -4,
    DecodeError.UNKNOWN_SCHEMA: -5,
    DecodeError.NOT_OF_SCHEMA: -6,
}
_WHY = {length: value for value, length in _WITHOUT.items()}


def packed(batch: Batch) -> tuple[Head, bytes]:
    """Return a batch in the form that goes through a pipe: its head, and its values joined.

    Pickling each value for itself would cost as much as cutting a file into lines.
    """
    values = batch.values
    try:
        text = b"".join(cast("Sequence[bytes]", values))
        lengths = list(map(len, cast("Sequence[bytes]", values)))
    except TypeError:  # not all are bytes
        text = b"".join(raw for raw in values if isinstance(raw, bytes))
        lengths = [len(raw) if isinstance(raw, bytes) else _WITHOUT[raw] for raw in values]
    return (batch.source, batch.partition, batch.positions, lengths), text


def size(head: Head) -> int:
    """Return how many bytes the joined values of a head have."""
    return sum(length for length in head[3] if length > 0)


def unpacked(head: Head, text: memoryview) -> Batch:
    """Return the batch that `packed` was given."""
    source, partition, positions, lengths = head
    values: list[RecordValue] = []
    at = 0
    for length in lengths:
        if length < 0:
            values.append(_WHY[length])
        else:
            values.append(text[at : at + length].tobytes())
            at += length
    return Batch(source, partition, positions, values)


class _Worker:
    """One process, and how many more blocks it can be sent."""

    def __init__(self, name: str, kinds: KindSettings) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            # -P: a module in the current folder must not stand in for one of Python's.
            [sys.executable, "-P", "-c", _BOOT, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            # Ctrl-C is for the reader, which then ends the workers without a word of theirs.
            process_group=0,
        )
        assert self.process.stdin is not None  # noqa: S101 - a pipe was asked for
        assert self.process.stdout is not None  # noqa: S101 - same
        self.input = self.process.stdin
        self.output = self.process.stdout
        self.free = 0
        self.said_ready = False
        self.evidence: Evidence | None = None
        _widen(self.input.fileno())
        self._send((name, kinds))

    def add(self, batch: Batch) -> None:
        """Send a batch; waits until most of it is in the pipe."""
        head, text = packed(batch)
        self._send(head)
        self._write(text)
        self.free -= 1

    def _send(self, data: Any) -> None:
        block = pickle.dumps(data, pickle.HIGHEST_PROTOCOL)
        self._write(LENGTH.pack(len(block)) + block)

    def ask(self) -> None:
        """Ask for the evidence: no block follows."""
        self._write(LENGTH.pack(0))

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self.input.write(rest) or 0 :]
        except BrokenPipeError:
            # It has gone; what it said last, an error perhaps, is still to be heard.
            while True:
                self.hear()

    def hear(self) -> None:
        """Take in the next thing that the worker says; it must have begun to say it."""
        said = self.output.read(1)
        if said == READY:
            self.free += 1 if self.said_ready else _BLOCKS_AT_ONCE
            self.said_ready = True
        elif said == EVIDENCE:
            self.evidence = self._receive()
        elif said == ERROR:
            kind, what, hint = self._receive()
            raise getattr(errors, kind)(what, hint)
        else:
            self.died()

    def _receive(self) -> Any:
        (length,) = LENGTH.unpack(self._read(LENGTH.size))
        return pickle.loads(self._read(length))  # noqa: S301 - from our own child

    def _read(self, length: int) -> bytes:
        data = bytearray()
        while len(data) < length:
            more = self.output.read(length - len(data))
            if not more:
                self.died()
            data += more
        return bytes(data)

    def died(self) -> NoReturn:
        """Raise the error that says how the process ended, or what it said last."""
        with suppress(OSError):
            self.input.close()
        how = how_ended(self.process.wait())
        raise SourceError(
            f"A worker process {how} before it was done: the counts would be wrong.",
            "If the machine ran out of memory, use fewer processes: --jobs 1.",
        )

    def end(self) -> None:
        """End the process, whatever it does, and leave nothing behind."""
        self.process.kill()
        for pipe in (self.input, self.output):
            with suppress(OSError):
                pipe.close()
        self.process.wait()


class Workers:
    """A number of worker processes for one topic; a context manager that ends them all.

    Args:
        name: the topic's name.
        count: how many.
        kinds: what tells the kinds of events.

    """

    def __init__(self, name: str, count: int, kinds: KindSettings = NO_KINDS) -> None:
        self._selector = selectors.DefaultSelector()
        self._workers: list[_Worker] = []
        try:
            for _ in range(count):
                worker = _Worker(name, kinds)
                self._workers.append(worker)
                self._selector.register(worker.output, selectors.EVENT_READ, worker)
        except BaseException as error:
            self._end()
            if isinstance(error, OSError):
                raise SourceError(
                    f"No worker process can be started: {error.strerror}.", "Use --jobs 1."
                ) from error
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all processes at once."""
        self._end()

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()
        self._selector.close()

    def wait(self) -> None:
        """Wait until all workers have started up.

        Raises:
            SourceError: a worker has died.

        """
        while not all(worker.said_ready for worker in self._workers):
            self._hear(None)

    def take(self, batch: Batch) -> bool:
        """Return a batch, which should be small, to a worker that has room; return whether one had.

        Raises:
            SchemagenError: what a worker met; a `SourceError` if one has died.

        """
        self._hear(0)
        worker = max(self._workers, key=lambda each: each.free)
        if not worker.free:
            return False
        worker.add(batch)
        return True

    def evidence(self) -> list[Evidence]:
        """Wait until all is counted, and return the evidence of each worker.

        Raises:
            SchemagenError: see `take`.

        """
        for worker in self._workers:
            worker.ask()
        while any(worker.evidence is None for worker in self._workers):
            self._hear(None)
        return [worker.evidence for worker in self._workers if worker.evidence is not None]

    def _hear(self, timeout: float | None) -> None:
        for key, _ in self._selector.select(timeout):
            worker: _Worker = key.data
            worker.hear()
            if worker.evidence is not None:
                self._selector.unregister(worker.output)


def _widen(pipe: int) -> None:
    """Let a whole block fit into a pipe, where the system can do that."""
    try:
        import fcntl  # noqa: PLC0415 - not on every system

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, AttributeError, OSError):
        pass
