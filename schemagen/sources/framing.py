"""From a file's bytes to the bytes of its records, each of them a slice of the file as it is.

A file has one of three forms, which its start shows:

* lines: one record a line (NDJSON, JSON Lines);
* array: a JSON array, whose elements are the records;
* documents: JSON objects that span lines, or follow one another without a line's end.

An array that fills one line with others behind it is a record of such a topic, and as wrong as
there. A top-level array within documents gives its elements too, and any number of arrays that span
lines can follow one another. Lines are the form of all that isn't clearly one of the others, so
that a broken record costs no more than its line.
"""

from __future__ import annotations

from enum import Enum, auto
from io import BytesIO
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

import orjson

from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.documents import MAX_RECORD, Documents, too_long
from schemagen.sources.jackson import examine
from schemagen.sources.slicing import (
    BLANK,
    BLANKS,
    BLANKS_IN_LINE,
    OPEN_ARRAY,
    OPEN_OBJECT,
    end_of_document,
    end_of_element,
    skip,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Block = tuple[Sequence[int], list[bytes]]

MAX_BLOCK_RECORDS = 1_000
MAX_BLOCK_BYTES = 4 << 20
_LEAST_TEXT = 256 << 10

_MAX_HEAD = (
    64 << 20
)  # a first document that is longer than this can't be distinguished from a broken line

MAX_LINE = 4 << 20
"""Bytes of a line from which on it is not a record of a topic: an array of that size is a file."""

_WITHOUT_END = itemgetter(slice(-1))


class Framing(Enum):
    """How records lie in a file."""

    LINES = auto()
    ARRAY = auto()
    DOCUMENTS = auto()


def split_records(chunks: Iterable[bytes], name: str) -> Iterator[Block]:
    """Yield a file's records in order, with their positions.

    Args:
        chunks: the file's bytes, cut anywhere.
        name: the file's name for errors.

    Yields:
        Positions and as many records: `MAX_BLOCK_RECORDS` at most, and no more bytes than
        `MAX_BLOCK_BYTES` unless a record is that long itself. The positions are 1-based numbers
        of lines, those where a record begins; for `Framing.ARRAY` of elements. Blank lines are no
        records.

    Raises:
        SourceError: a record is longer than `MAX_RECORD`, or a document or array has no end.

    """
    rest = iter(chunks)
    form, head = _told_form(rest)
    whole = chain([head], rest)
    if form is Framing.LINES:
        yield from _lines(whole, name)
    else:
        yield from _blocks(Documents(whole, name).records(count=form is Framing.ARRAY))


def split_lines(chunks: Iterable[bytes], name: str) -> Iterator[Block]:
    """Yield a file's lines that aren't blank, whatever they are, as `split_records` does."""
    return _lines(iter(chunks), name)


def _told_form(chunks: Iterator[bytes]) -> tuple[Framing, bytes]:
    """Read as much as it takes to tell the form; give that back too."""
    head = bytearray()
    looked_at = 0
    for chunk in chunks:
        head += chunk
        # Looking again only at twice the length keeps the effort linear.
        if len(head) < 2 * looked_at:
            continue
        looked_at = len(head)
        form = _form(head, complete=False)
        if form is not None:
            return form, bytes(head)
        if len(head) > _MAX_HEAD:
            return Framing.LINES, bytes(head)
    return _form(head, complete=True) or Framing.LINES, bytes(head)


def _form(head: bytearray, *, complete: bool) -> Framing | None:
    """Return the form of a file by its start, or None if that takes more of it than is there."""
    start = skip(BLANKS, head, 0)
    form: Framing | None = Framing.LINES
    if start == len(head):
        form = None
    elif head[start] == OPEN_OBJECT:
        form = _form_after_brace(head, start, complete=complete)
    elif head[start] == OPEN_ARRAY:
        form = _form_after_bracket(head, start, complete=complete)
    return Framing.LINES if form is None and complete else form


def _form_after_brace(head: bytearray, start: int, *, complete: bool) -> Framing | None:
    end = end_of_document(head, start)
    following = skip(BLANKS_IN_LINE, head, end)
    if end < 0 or (following == len(head) and not complete):
        return None
    spans_lines = head.find(b"\n", start, end) >= 0
    if spans_lines or head.startswith((b"{", b"["), following):
        return Framing.DOCUMENTS if _is_json(head[start:end]) else Framing.LINES
    return Framing.LINES


def _form_after_bracket(head: bytearray, start: int, *, complete: bool) -> Framing | None:
    first = skip(BLANKS, head, start + 1)
    if not head.startswith(b"]", first):
        end = end_of_element(head, first)
        if end < 0:
            return None
        # Lines of a log can begin with a bracket too: [2024-05-06 07:08:09].
        if not _is_json(head[first:end]):
            return Framing.LINES
    line = head.find(b"\n", start, start + MAX_LINE)
    if line < 0:
        return Framing.ARRAY if complete or len(head) > start + MAX_LINE else None
    if not 0 <= end_of_document(head, start) <= line:
        return Framing.ARRAY
    if skip(BLANKS, head, line) == len(head):
        return Framing.ARRAY if complete else None
    return Framing.LINES


def _is_json(value: bytearray) -> bool:
    try:
        orjson.loads(value)
    except ValueError:
        # As a member, for a value alone may be followed by anything.
        return examine(b'{"":' + value + b"}").error is not DecodeError.INVALID_JSON
    return True


def _lines(chunks: Iterator[bytes], name: str) -> Iterator[Block]:
    number = 1
    begun: list[bytes] = []
    length = 0
    for chunk in _gathered(chunks):
        if b"\n" in chunk:
            # Finds the ends of long lines at twice the speed of a split.
            lines = list(map(_WITHOUT_END, BytesIO(chunk)))
            rest = chunk[chunk.rfind(b"\n") + 1 :]
            if rest:
                lines.pop()
            lines[0] = b"".join((*begun, lines[0]))
            begun = [rest]
            length = len(rest)
            if b"\r" in chunk or lines[0].endswith(b"\r"):
                lines = [line.removesuffix(b"\r") for line in lines]
            yield from _line_blocks(lines, number)
            number += len(lines)
        else:
            begun.append(chunk)
            length += len(chunk)
        if length > MAX_RECORD:
            raise too_long(name, number)
    yield from _line_blocks([b"".join(begun)], number)


def _gathered(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Join chunks that are small, as those of archives: blocks of a few records cost more."""
    gathered: list[bytes] = []
    length = 0
    for chunk in chunks:
        gathered.append(chunk)
        length += len(chunk)
        if length >= _LEAST_TEXT:
            yield b"".join(gathered)
            gathered, length = [], 0
    if gathered:
        yield b"".join(gathered)


def _line_blocks(lines: list[bytes], number: int) -> Iterator[Block]:
    """Cut the lines of a chunk, which is small, into blocks."""
    for start in range(0, len(lines), MAX_BLOCK_RECORDS):
        block = lines[start : start + MAX_BLOCK_RECORDS]
        positions: Sequence[int] = range(number + start, number + start + len(block))
        if not all(block) or any(map(bytes.isspace, block)):
            kept = [pair for pair in zip(positions, block, strict=True) if pair[1].strip(BLANK)]
            positions = [position for position, _ in kept]
            block = [line for _, line in kept]
        if block:
            yield positions, block


def _blocks(records: Iterator[tuple[int, bytes]]) -> Iterator[Block]:
    positions: list[int] = []
    values: list[bytes] = []
    size = 0
    for position, value in records:
        if values and (len(values) >= MAX_BLOCK_RECORDS or size + len(value) > MAX_BLOCK_BYTES):
            yield positions, values
            positions, values, size = [], [], 0
        positions.append(position)
        values.append(value)
        size += len(value)
    if values:
        yield positions, values
