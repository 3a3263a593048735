"""JSON documents and arrays that follow one another in a text, read only as far as is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from schemagen.errors import SourceError
from schemagen.sources.slicing import (
    BLANK,
    BLANKS,
    CLOSE_ARRAY,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    OPEN_ARRAY,
    OPEN_OBJECT,
    QUOTE,
    end_of_document,
    end_of_element,
    end_of_line,
    end_of_member,
    end_of_string,
    skip,
    unescaped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    _Finder = Callable[[bytearray, int], int]

MAX_RECORD = 256 << 20
"""Bytes of a record, beyond which a file is given up rather than the memory."""


class Documents:
    """A text of documents and arrays that is read as it is needed."""

    def __init__(self, chunks: Iterator[bytes], name: str) -> None:
        self._chunks = chunks
        self._name = name
        self._text = bytearray()
        self._at = 0
        self._line = 1

    def records(self, *, count: bool) -> Iterator[tuple[int, bytes]]:
        """Yield the records with their lines, or with their own numbers if `count`."""
        for number, (line, value) in enumerate(self._values(), 1):
            yield (number if count else line), value

    def _values(self) -> Iterator[tuple[int, bytes]]:
        while self._to_next():
            if self._text[self._at] == OPEN_ARRAY:
                yield from self._elements()
            elif self._text[self._at] == OPEN_OBJECT:
                line = self._line
                yield line, self._take(self._end(end_of_document, line))
            else:
                # No JSON object or array: whatever it is, it must not take the next with it.
                line = self._line
                yield line, self._take(self._end(end_of_line, line))

    def _elements(self) -> Iterator[tuple[int, bytes]]:
        opened = self._line
        self._take(self._at + 1)
        if self._to_next() and self._text[self._at] == CLOSE_ARRAY:
            self._take(self._at + 1)
            return
        while self._to_next():
            line = self._line
            # Between two commas lies an element, even if it is nothing: that is a fault to count.
            yield line, self._take(self._end(end_of_element, opened))
            if self._take(self._at + 1) == b"]":
                return
        raise self._endless(opened)

    def at_path(self, path: tuple[str, ...]) -> Iterator[bytes | None]:
        """Yield what each document has at a path: of an array there each element.

        Yields:
            The texts of the values; None for a document that has nothing there. Only one of them,
            and one value beside the path, is in memory at a time.

        Raises:
            SourceError: a document has no end, or is not JSON around the values.

        """
        while self._to_next():
            if self._text[self._at] in (OPEN_ARRAY, OPEN_OBJECT):
                yield from self._below(path)
            else:
                # As in `_values`: whatever it is, it must not take the next with it.
                line = self._take(self._end(end_of_line, self._line))
                yield None if _is_json(line) else line

    def _below(self, path: tuple[str, ...]) -> Iterator[bytes | None]:
        opened = self._line
        kind = self._text[self._at]
        if kind == OPEN_OBJECT and path:
            yield from self._members(path)
        elif kind == OPEN_ARRAY:
            for _, element in self._elements():
                yield from dig(element, path)
        else:
            find = end_of_document if kind == OPEN_OBJECT else end_of_member
            value = self._take(self._end(find, opened))
            yield None if path else value

    def _members(self, path: tuple[str, ...]) -> Iterator[bytes | None]:
        opened = self._line
        found = False
        self._take(self._at + 1)
        while self._to_next():
            kind = self._text[self._at]
            if kind == CLOSE_OBJECT:
                self._take(self._at + 1)
                if not found:
                    yield None
                return
            if kind == COMMA:
                self._take(self._at + 1)
                continue
            rest = _after(path, self._key(opened))
            if rest is None:
                self._pass_by(opened)
            else:
                found = True
                yield from self._below(rest)
        raise self._endless(opened)

    def _key(self, opened: int) -> str:
        """Read a key with its colon; go to the value."""
        if self._text[self._at] != QUOTE:
            raise self._broken()
        key = self._take(self._end(end_of_string, opened))
        if not self._to_next() or self._text[self._at] != COLON:
            raise self._broken()
        self._take(self._at + 1)
        if not self._to_next():
            raise self._endless(opened)
        return unescaped(key).decode("utf-8", "replace")

    def _pass_by(self, opened: int) -> None:
        self._take(self._end(end_of_member, opened))

    def _to_next(self) -> bool:
        """Go to the next byte that isn't blank; return whether there is one."""
        while True:
            self._take(skip(BLANKS, self._text, self._at))
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _take(self, end: int) -> bytes:
        taken = bytes(self._text[self._at : end])
        self._line += taken.count(b"\n")
        self._at = end
        return taken.strip(BLANK)

    def _end(self, find: _Finder, opened: int) -> int:
        """Find where the value that begins here ends, reading on as far as it takes."""
        while (end := find(self._text, self._at)) < 0:
            if len(self._text) - self._at > MAX_RECORD:
                raise too_long(self._name, self._line)
            if not self._more():
                if find is end_of_line:
                    return len(self._text)
                raise self._endless(opened)
        return end

    def _more(self) -> bool:
        del self._text[: self._at]
        self._at = 0
        # As much again as is there: so a long value isn't looked through over and over.
        wanted = 2 * len(self._text) + 1
        for chunk in self._chunks:
            self._text += chunk
            if len(self._text) >= wanted:
                return True
        return len(self._text) > wanted // 2

    def _broken(self) -> SourceError:
        return SourceError(
            f"{self._name} is not JSON in line {self._line}.",
            "Repair it, or give one document a line: there a broken one costs only its line.",
        )

    def _endless(self, opened: int) -> SourceError:
        return SourceError(
            f"{self._name} is cut off: the JSON that begins in line {opened} has no end.",
            "Give the whole file, or one record a line: there a broken one costs only its line.",
        )


def too_long(name: str, line: int) -> SourceError:
    """Return the error for a record that is too long."""
    return SourceError(
        f"{name}: the record in line {line} is longer than {MAX_RECORD >> 20} MiB.",
        "Is it JSON? A file holds one record a line, or an array of records.",
    )


def dig(value: bytes, path: tuple[str, ...]) -> Iterator[bytes | None]:
    """Yield what one value has at a path, as `Documents.at_path`; itself where it is broken."""
    if not path:
        yield value
        return
    try:
        yield from Documents(iter((value,)), "").at_path(path)
    except SourceError:
        yield value


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def _after(path: tuple[str, ...], key: str) -> tuple[str, ...] | None:
    """Return the rest of a path below a key, which can have dots itself; None if it isn't on it."""
    for count in range(1, len(path) + 1):
        if key == ".".join(path[:count]):
            return path[count:]
    return None
