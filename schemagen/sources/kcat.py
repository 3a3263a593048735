"""What kcat -f writes: lines, or blocks of lines, whose labels say where a message was.

The format is free. Recognised are labels as in kcat's own examples (`Topic %t [%p] at offset %o:
key %k: %s`), bare numbers (`%t %p %o %T %s`), and blocks that begin with `Key (%K bytes):`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.sources.console import is_message, outside
from schemagen.sources.documents import MAX_RECORD, too_long
from schemagen.sources.records import RecordOrigin
from schemagen.sources.slicing import BLANK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.sources.console import Line, Opened
    from schemagen.sources.records import RecordValue

_LABELS = {
    "topic": re.compile(rb"\btopic\b[ :=]*([\w.-]+)", re.IGNORECASE),
    "partition": re.compile(rb"\bpartition\b[ :=]*(\d+)|\[(\d+)\]", re.IGNORECASE),
    "offset": re.compile(rb"\boffset\b[ :=]*(\d+)", re.IGNORECASE),
    "time": re.compile(
        rb"\b(?:timestamp|time|ts)\b[ :=]*(\d{12,14})\b|(?<![\w.])(\d{13})(?![\w.])", re.IGNORECASE
    ),
    "key": re.compile(rb"\bkey\b(?: *\(-?\d+ bytes\))?[ :=]*([^\s:,;]*)", re.IGNORECASE),
}
_ENOUGH = 2
"""Labels that no log line has by chance."""
_BARE = re.compile(
    rb"(?:(?P<topic>[A-Za-z_][\w.-]*)[ \t,;|]+)?"
    rb"(?P<numbers>\d+(?:[ \t,;|]+\d+)+)"
    rb"(?:[ \t,;|]+(?P<key>[^\s{]+))?[ \t,;:|]+"
)
_TIME_DIGITS = 13
_BLOCK = re.compile(rb"\s*Key \((-?\d+) bytes\):")
_VALUE = re.compile(rb"(?:^|\n)\s*Value \((-?\d+) bytes\): ?")
_TRIES = 4
_NOTHING = (b":", b"NULL")


@dataclass(frozen=True, slots=True)
class KcatLines:
    """Lines with something before the message."""

    title: str = "kcat -f"

    def read(self, lines: Iterable[Line], name: str) -> Iterator[Opened]:
        """Yield each record's line, its message, and where it was."""
        del name
        for number, line in lines:
            at = _message_at(line)
            if at >= 0:
                yield number, line[at:], _where(line[:at])
            elif len(_labelled(line)) >= _ENOUGH and line.rstrip(BLANK).endswith(_NOTHING):
                yield number, None, _where(line)
            else:
                yield number, outside(line), None


@dataclass(frozen=True, slots=True)
class KcatBlocks:
    """Blocks of lines, each of which says how long its message is."""

    title: str = "kcat -f, in blocks"

    def read(self, lines: Iterable[Line], name: str) -> Iterator[Opened]:
        """Yield the line that each record begins in, its message, and where it was."""
        block: list[bytes] = []
        place = length = 0
        for number, line in lines:
            if _BLOCK.match(line):
                if block:
                    yield (place, *_in_block(b"\n".join(block)))
                place, block, length = number, [], 0
            block.append(line)
            length += len(line)
            if length > MAX_RECORD:
                raise too_long(name, place)
        if block:
            yield (place, *_in_block(b"\n".join(block)))


def _in_block(block: bytes) -> tuple[RecordValue, RecordOrigin | None]:
    found = _VALUE.search(block)
    if found is None:
        return outside(block), None
    length = int(found[1])
    rest = block[: found.start()] + b"\n" + block[found.end() + max(length, 0) :]
    value = None if length < 0 else block[found.end() : found.end() + length]
    return value, _where(rest)


def kcat_form(lines: Sequence[bytes]) -> KcatLines | KcatBlocks | None:
    """Return the form that kcat -f wrote; None if it did not, as far as one can tell."""
    if _BLOCK.match(lines[0]):
        return KcatBlocks() if any(_VALUE.match(line) for line in lines[:3]) else None
    for line in lines:
        at = _message_at(line)
        before = line if at < 0 else line[:at]
        labels = _labelled(before).keys()
        known = len(labels) >= _ENOUGH and not labels.isdisjoint(("partition", "offset"))
        if not known and not (at > 0 and _BARE.fullmatch(before)):
            return None
    return KcatLines()


def _message_at(line: bytes) -> int:
    """Return where the message begins: the first brace that a JSON object does, else the first."""
    first = at = line.find(b"{")
    for _ in range(_TRIES):
        if at < 0 or is_message(line[at:]):
            break
        at = line.find(b"{", at + 1)
    else:
        at = -1
    return at if at >= 0 else first


def _labelled(text: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for label, pattern in _LABELS.items():
        match = pattern.search(text)
        if match:
            found[label] = match[match.lastindex or 0]
    return found


def _where(before: bytes) -> RecordOrigin:
    bare = _BARE.fullmatch(before)
    if bare:
        return _where_bare(bare)
    found = _labelled(before)
    numbers = {
        label: int(found[label]) for label in ("partition", "offset", "time") if label in found
    }
    return RecordOrigin(
        found.get("topic", b"").decode("utf-8", "replace"),
        numbers.get("partition"),
        numbers.get("offset"),
        numbers.get("time"),
        found["key"] not in (b"", b"NULL") if "key" in found else None,
    )


def _where_bare(found: re.Match[bytes]) -> RecordOrigin:
    """Tell bare numbers apart: of thirteen digits is a time, else two are partition and offset."""
    numbers = re.findall(rb"\d+", found["numbers"])
    times = [number for number in numbers if len(number) == _TIME_DIGITS]
    others = [int(number) for number in numbers if len(number) != _TIME_DIGITS]
    partition, offset = others if len(others) == 2 else (None, None)  # noqa: PLR2004
    return RecordOrigin(
        (found["topic"] or b"").decode(),
        partition,
        offset,
        int(times[0]) if len(times) == 1 else None,
        None if found["key"] is None else True,
    )
