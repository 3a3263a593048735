"""A file's bytes, decompressed, in chunks: gzip, Zstandard, plain, or standard input."""

from __future__ import annotations

import os
import re
import sys
import zlib
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Protocol

import zstandard

from schemagen.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

CHUNK = 256 << 10
"""Bytes read at a time of a plain file: what is made of them still fits the processor's cache."""

# Both formats can expand a thousandfold and more: small pieces keep the output small.
_PACKED_CHUNK = 1 << 13

STANDARD_INPUT = "-"

_GZIP = re.compile(rb"\x1f\x8b")
# A frame, or a skippable frame, which some compressors put first (RFC 8878, 3.1).
_ZSTANDARD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|[\s{\[\"]\x00|\x00(\x00\x00)?[\s{\[\"]")
_UTF8_BOM = b"\xef\xbb\xbf"


class _Decompressor(Protocol):
    """What zlib's and zstandard's decompressors have in common."""

    @property
    def eof(self) -> bool:
        """Whether the archive's end was reached."""

    @property
    def unused_data(self) -> bytes:
        """What followed that end."""

    def decompress(self, data: bytes, /) -> bytes:
        """Decompress the next piece."""


def read_chunks(path: str, on_read: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """Yield a file's content, decompressed, without a UTF-8 byte order mark.

    Args:
        path: the file's path, or `-` for standard input. `.gz` and `.zst` are decompressed; files
            with other names and standard input too, where their first bytes say so.
        on_read: called with how many bytes were read whenever some were, before decompression.

    Raises:
        SourceError: the file can't be read, is a broken or truncated archive, or is UTF-16.

    """
    name = display_name(path)
    try:
        with _opened(path) as file:
            chunks = _decompressed(_read(file, on_read), path, name)
            first = _at_least(chunks, 4)
            if _WIDE.match(first):
                raise SourceError(
                    f"{name} is UTF-16 or UTF-32 text.",
                    "Convert it first: iconv -f UTF-16 -t UTF-8 OLD > NEW",
                )
            yield first.removeprefix(_UTF8_BOM)
            yield from chunks
    except OSError as error:
        raise SourceError(f"{name} can't be read: {error.strerror or error}.") from error
    except (zlib.error, zstandard.ZstdError) as error:
        raise SourceError(f"{name} is a broken archive: {error}.", _ANEW) from error


_ANEW = "Compress or copy the file again."


def display_name(path: str) -> str:
    """Return a file's name for people."""
    if path == STANDARD_INPUT:
        return "Standard input"
    # A path of undecodable bytes holds lone surrogates, which no report can.
    return os.fsencode(path).decode("utf-8", "replace")


def _opened(path: str) -> AbstractContextManager[IO[bytes]]:
    if path != STANDARD_INPUT:
        # Unbuffered: the reads are large, and a second buffer would only copy them.
        return open(path, "rb", buffering=0)  # noqa: PTH123 - the path is as the user gave it
    if sys.stdin is None:
        raise SourceError("There is no standard input.", "Name a file.")
    return nullcontext(sys.stdin.buffer)  # the process's own: not to be closed


def _at_least(chunks: Iterator[bytes], size: int) -> bytes:
    """Join chunks, which can be short at the start of a pipe."""
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= size:
            break
    return first


def _read(file: IO[bytes], on_read: Callable[[int], None] | None) -> Iterator[bytes]:
    for chunk in iter(lambda: file.read(CHUNK), b""):
        if on_read is not None:
            on_read(len(chunk))
        yield chunk


def _decompressed(chunks: Iterator[bytes], path: str, name: str) -> Iterator[bytes]:
    first = _at_least(chunks, 4)
    for suffix, magic, make in (
        (".gz", _GZIP, lambda: zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)),
        (".zst", _ZSTANDARD, lambda: zstandard.ZstdDecompressor().decompressobj()),
    ):
        if magic.match(first):
            yield from _expand(first, chunks, make, name)
            return
        if path.lower().endswith(suffix):
            raise SourceError(f"{name} is not a {suffix} archive, whatever its name says.", _ANEW)
    yield first
    yield from chunks


def _expand(
    first: bytes, chunks: Iterator[bytes], make: Callable[[], _Decompressor], name: str
) -> Iterator[bytes]:
    """Decompress one archive or several in a row, as `cat a.gz b.gz` makes them."""
    engine = make()
    begun = False
    for piece in _pieces(first, chunks):
        rest = piece
        while rest:
            if not begun:
                rest = rest.lstrip(b"\0")  # tapes and block devices pad with zeros
                begun = bool(rest)
                continue
            output = engine.decompress(rest)
            if output:
                yield output
            rest = b""
            if engine.eof:
                rest = engine.unused_data
                engine = make()
                begun = False
    if begun:
        raise SourceError(f"{name} is a truncated archive: its end is missing.", _ANEW)


def _pieces(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    chunk: bytes | None = first
    while chunk is not None:
        for start in range(0, len(chunk), _PACKED_CHUNK):
            yield chunk[start : start + _PACKED_CHUNK]
        chunk = next(chunks, None)
