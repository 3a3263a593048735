"""What runs in a worker process of `schemagen.profile.jobs`."""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from schemagen.errors import SchemagenError
from schemagen.profile.jobs import ERROR, EVIDENCE, LENGTH, READY, size, unpacked
from schemagen.profile.profiler import Profiler, steady_memory

if TYPE_CHECKING:
    from typing import BinaryIO

_RECURSION = 5_000
"""Profiles nest a hundred levels, and pickling them takes several frames a level."""


def main() -> None:
    """Count blocks of records from standard input until the evidence is asked for."""
    sys.setrecursionlimit(_RECURSION)
    # The first to be opened: where standard error is closed, this takes its place.
    nothing = os.open(os.devnull, os.O_RDWR)
    # What a library may print must not stand between the answers.
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # So `blocks` is the only end of the pipe, and closing it tells the reader to stop writing.
    blocks = os.fdopen(os.dup(0), "rb", buffering=0)  # a buffer would only copy large blocks
    os.dup2(nothing, 0)
    with output, suppress(BrokenPipeError):  # the reader has gone
        try:
            with blocks, steady_memory():
                _serve(blocks, output)
        except SchemagenError as error:
            _say(output, ERROR, (type(error).__name__, error.what, error.hint))
        except MemoryError:
            hint = "Use fewer processes: --jobs 1."
            _say(output, ERROR, ("SourceError", "A worker process ran out of memory.", hint))


def _serve(blocks: BinaryIO, output: BinaryIO) -> None:
    name, kinds = _receive(blocks)
    profiler = Profiler(name, kinds=kinds)
    text = bytearray()
    output.write(READY)
    while (head := _receive(blocks)) is not None:
        length = size(head)
        # The values are copied out of it: one buffer does for all blocks.
        if len(text) < length:
            text = bytearray(length)
        with memoryview(text)[:length] as view:
            _fill(blocks, view)
            batch = unpacked(head, view)
        profiler.add(batch)
        output.write(READY)
    _say(output, EVIDENCE, profiler.evidence)


def _say(output: BinaryIO, what: bytes, data: Any) -> None:
    block = pickle.dumps(data, pickle.HIGHEST_PROTOCOL)
    rest = memoryview(what + LENGTH.pack(len(block)) + block)
    while rest:
        rest = rest[output.write(rest) :]


def _receive(blocks: BinaryIO) -> Any:
    (length,) = LENGTH.unpack(_read(blocks, LENGTH.size))
    return pickle.loads(_read(blocks, length)) if length else None  # noqa: S301 - our own parent


def _read(blocks: BinaryIO, length: int) -> bytearray:
    data = bytearray(length)
    _fill(blocks, memoryview(data))
    return data


def _fill(blocks: BinaryIO, rest: memoryview) -> None:
    while rest:
        count = blocks.readinto(rest)  # type: ignore[attr-defined]  # a raw file has it
        if not count:
            raise SystemExit  # the reader has gone, and with it who would want the evidence
        rest = rest[count:]
