"""Ways to read a file's messages: as they lie there, or out of what a tool put around them."""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.documents import Documents, dig
from schemagen.sources.framing import (
    MAX_BLOCK_BYTES,
    MAX_BLOCK_RECORDS,
    MAX_LINE,
    split_lines,
    split_records,
)
from schemagen.sources.records import RecordOrigin
from schemagen.sources.slicing import BLANK, end_of_document, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.sources.console import Line, Opened
    from schemagen.sources.envelopes import Envelope
    from schemagen.sources.records import RecordValue

_NOWHERE = RecordOrigin()
_FAREWELL = b"Processed a total of "
_HEADING = re.compile(rb"Record \d+\s*(?=\Z|[\s{])")


class Unpacked(NamedTuple):
    """Records of a file, as `schemagen.sources.records.Batch` holds them."""

    positions: Sequence[int]
    values: Sequence[RecordValue]
    origins: Sequence[RecordOrigin] = ()


class Unpacking(Protocol):
    """A way to read a file's messages.

    Attributes:
        title: what the file is, for people; empty where nothing is to be said.

    """

    @property
    def title(self) -> str:
        """What the file is, for people."""

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the records of a file's bytes.

        Raises:
            SourceError: the file has no end where it should.

        """


class PlainRecords(NamedTuple):
    """Records as they lie in the file."""

    title: str = ""
    lines: bool = False

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the records of a file's bytes."""
        for positions, values in (split_lines if self.lines else split_records)(chunks, name):
            # kafka-console-consumer takes its leave after the last record.
            end = len(values) - values[-1].startswith(_FAREWELL)
            yield Unpacked(positions[:end], values[:end])


class EnvelopedRecords(NamedTuple):
    """Documents with a message each.

    Attributes:
        envelope: what the documents are.
        headings: whether lines can stand between them that say their number.

    """

    envelope: Envelope
    headings: bool = False

    @property
    def title(self) -> str:
        """What the file is, for people."""
        return self.envelope.title

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the records of a file's bytes."""
        if self.headings:
            chunks = _without_heading(chunks)
        for positions, values in split_records(chunks, name):
            records = zip(positions, values, strict=True)
            yield _unpacked(
                (position, self.envelope.open(value))
                for position, value in records
                if not (self.headings and _HEADING.fullmatch(value))
            )


def _without_heading(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Blank out the first heading: by the first document the form of all is told."""
    first = next(chunks, b"")
    heading = _HEADING.match(first.lstrip(BLANK))
    if heading:
        first = first.replace(heading[0].strip(BLANK), b"", 1)
    yield first
    yield from chunks


def _unpacked(opened: Iterable[tuple[int, tuple[RecordValue, RecordOrigin | None]]]) -> Unpacked:
    positions: list[int] = []
    values: list[RecordValue] = []
    origins: list[RecordOrigin] = []
    for position, (value, origin) in opened:
        positions.append(position)
        values.append(value)
        origins.append(origin or _NOWHERE)
    return Unpacked(positions, values, [] if set(origins) == {_NOWHERE} else origins)


class TextRecords(NamedTuple):
    """Lines with something before each message."""

    form: LineForm

    @property
    def title(self) -> str:
        """What the file is, for people."""
        return self.form.title

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the records of a file's bytes."""
        lines = (
            line
            for positions, values in split_lines(chunks, name)
            for line in zip(positions, values, strict=True)
        )
        opened = ((line, (value, origin)) for line, value, origin in self.form.read(lines, name))
        while block := list(_block(opened)):
            yield _unpacked(block)


class LineForm(Protocol):
    """What stands before messages in lines of text."""

    @property
    def title(self) -> str:
        """What wrote it, for people."""

    def read(self, lines: Iterable[Line], name: str) -> Iterator[Opened]:
        """Yield each record's line, its message, and where it was."""


class NestedRecords(NamedTuple):
    """Documents with any number of messages at a path; a record's position is its number."""

    path: tuple[str, ...]
    title: str

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the records of a file's bytes."""
        first, rest = _first_line(chunks)
        if _is_document(first):
            texts: Iterator[bytes | None] = (
                text
                for _, lines in split_lines(rest, name)
                for line in lines
                for text in dig(line, self.path)
            )
        else:
            texts = Documents(rest, name).at_path(self.path)
        numbered = enumerate(map(_value, texts), 1)
        opened = ((number, (value, None)) for number, value in numbered)
        while block := list(_block(opened)):
            yield _unpacked(block)


class DugRecords(NamedTuple):
    """What messages hold at a path, instead of the messages."""

    outer: Unpacking
    path: tuple[str, ...]
    title: str

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the records of a file's bytes."""
        number = 0
        for _, values, origins in self.outer.read(chunks, name):
            opened = []
            for at, value in enumerate(values):
                origin = origins[at] if origins else None
                for inner in self._inner(value):
                    number += 1
                    opened.append((number, (inner, origin)))
            yield _unpacked(opened)

    def _inner(self, value: RecordValue) -> Iterable[RecordValue]:
        return map(_value, dig(value, self.path)) if isinstance(value, bytes) else (value,)


def _value(text: bytes | None) -> RecordValue:
    """Return the record that a JSON text is; a string holds one as text."""
    if text is None:
        return DecodeError.NOT_ENVELOPED
    if text.startswith(b'"'):
        return unescaped(text)
    return None if text == b"null" else text


def _block(
    opened: Iterator[tuple[int, tuple[RecordValue, RecordOrigin | None]]],
) -> Iterator[tuple[int, tuple[RecordValue, RecordOrigin | None]]]:
    size = 0
    for record in islice(opened, MAX_BLOCK_RECORDS):
        yield record
        value = record[1][0]
        size += len(value) if isinstance(value, bytes) else 0
        if size > MAX_BLOCK_BYTES:
            return


def _first_line(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the start of the first line, at most `MAX_LINE` of it, and all chunks."""
    seen: list[bytes] = []
    size = 0
    for chunk in chunks:
        seen.append(chunk)
        size += len(chunk)
        if b"\n" in chunk.lstrip(BLANK) or size > MAX_LINE:
            break
    return b"".join(seen).lstrip(BLANK).partition(b"\n")[0], chain(seen, chunks)


def _is_document(line: bytes) -> bool:
    end = end_of_document(line, 0) if line.startswith(b"{") else -1
    return end >= 0 and not line[end:].strip(BLANK)
