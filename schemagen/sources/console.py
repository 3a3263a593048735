"""Lines of text that tools write of records: what stands before a message says where it was.

kafka-console-consumer writes the columns that it is asked for (`print.timestamp` and so on), in an
order of its own and separated by tabs or by `key.separator`; kcat -f writes what its format says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.documents import MAX_RECORD, too_long
from schemagen.sources.jackson import examine
from schemagen.sources.records import RecordOrigin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.sources.records import RecordValue

    Line = tuple[int, bytes]
    Opened = tuple[int, RecordValue, RecordOrigin | None]

_MOST_COLUMNS = 4
"""Columns without a label that are looked at: headers, a key, and tabs in these."""
_LABELS = {
    "timestamps": rb"(?:(?:CreateTime|LogAppendTime):(?P<time>-?\d+)|NO_TIMESTAMP)",
    "partitions": rb"Partition:(?P<partition>\d+)",
    "offsets": rb"Offset:(?P<offset>\d+)",
    "deliveries": rb"Delivery:(?:\d+|NOT_PRESENT)",
    "epochs": rb"Epoch:(?:\d+|NOT_PRESENT)",
}
"""As org.apache.kafka.tools.consumer.DefaultMessageFormatter writes them, in its order."""
_FAREWELL = re.compile(rb"Processed a total of \d+ messages\s*")
_NO_HEADERS = b"NO_HEADERS"
_NULL = b"null"


@dataclass(frozen=True, slots=True)
class ConsoleColumns:
    """What stands before each message, in its columns.

    Attributes:
        labels: those of `_LABELS` that are there.
        separator: what stands between columns.
        more: how many columns follow without a label: headers, the key.
        headers: whether the first of these has headers.

    """

    labels: tuple[str, ...]
    separator: bytes
    more: int
    headers: bool

    @property
    def title(self) -> str:
        """What wrote it, and with what."""
        keys = self.more > self.headers
        named = [*self.labels, *["headers"] * self.headers, *["keys"] * keys]
        return f"kafka-console-consumer with {', '.join(named)}"

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """What the columns with labels match; the last ones have none."""
        separator = re.escape(self.separator)
        return re.compile(b"".join(_LABELS[label] + separator for label in self.labels))

    def read(self, lines: Iterable[Line], name: str) -> Iterator[Opened]:
        """Yield each record's line, its message, and where it was.

        A line without the labels goes on with the message of the one before.
        """
        pattern = self.pattern
        place, begun = 0, b""
        found: re.Match[bytes] | None = None
        for number, line in lines:
            started = pattern.match(line)
            if _FAREWELL.fullmatch(line):
                continue
            if started is not None:
                if found is not None:
                    yield (place, *self._opened(begun, found))
                place, begun, found = number, line, started
            elif found is None:
                yield number, outside(line), None
            else:
                begun += b"\n" + line
                if len(begun) > MAX_RECORD:
                    raise too_long(name, place)
        if found is not None:
            yield (place, *self._opened(begun, found))

    def _opened(
        self, line: bytes, found: re.Match[bytes]
    ) -> tuple[RecordValue, RecordOrigin | None]:
        columns = line[found.end() :].split(self.separator, self.more)
        if len(columns) <= self.more:
            return (outside(line) if not self.labels else DecodeError.NOT_ENVELOPED), None
        value = columns[-1]
        if not value.startswith((b"{", _NULL)):
            # A key can hold the separator, too.
            at = value.find(self.separator + b"{")
            value = value[at + len(self.separator) :] if at >= 0 else value
        keys = columns[self.headers : -1]
        has_key = keys[0] != _NULL if keys else None
        return (None if value.strip() == _NULL else value), _origin(found, key=has_key)


def _origin(found: re.Match[bytes], *, key: bool | None) -> RecordOrigin:
    groups = found.groupdict()
    time = _number(groups.get("time"))
    return RecordOrigin(
        (groups.get("topic") or b"").decode("utf-8", "replace"),
        _number(groups.get("partition")),
        _number(groups.get("offset")),
        time if time is None or time >= 0 else None,
        key,
    )


def _number(text: bytes | None) -> int | None:
    return None if text is None else int(text)


def outside(line: bytes) -> RecordValue:
    """Return what a line is that lacks the form of the others: broken, or of another form."""
    return line if examine(line).value is None else DecodeError.NOT_ENVELOPED


def is_message(text: bytes) -> bool:
    """Return whether a text is a JSON object."""
    try:
        return type(orjson.loads(text)) is dict
    except ValueError:
        return False


def console_columns(lines: Sequence[bytes]) -> ConsoleColumns | None:
    """Return the columns with labels that kafka-console-consumer wrote; None if it did not.

    Args:
        lines: the first lines of a file.

    """
    first = lines[0]
    labels: list[str] = []
    separator: bytes | None = None
    at = 0
    for label, pattern in _LABELS.items():
        found = re.compile(pattern).match(first, at)
        if found is None:
            continue
        labels.append(label)
        at = found.end()
        separator = first[at : at + 1] if separator is None else separator
        if not separator or not first.startswith(separator, at):
            return None
        at += len(separator)
    if separator is None:
        return None
    columns = ConsoleColumns(tuple(labels), separator, 0, headers=False)
    rests = [line[found.end() :] for line in lines if (found := columns.pattern.match(line))]
    counts = (_more(rest, separator) for rest in rests)
    more = next((count for count in counts if count is not None), 0)
    return replace(columns, more=more, headers=_has_headers(first[at:], separator, more))


def keyed_columns(lines: Sequence[bytes]) -> ConsoleColumns | None:
    """Return the columns of lines that have a key, or headers and a key, before a tab.

    Args:
        lines: the first lines of a file; all of them must have that form.

    """
    lines = [line for line in lines if not _FAREWELL.fullmatch(line)]
    counts = {_more(line, b"\t") for line in lines}
    if counts not in ({1}, {2}) or not any(b"{" in line for line in lines):
        return None
    (more,) = counts
    return ConsoleColumns((), b"\t", more or 0, headers=_has_headers(lines[0], b"\t", more or 0))


def _more(rest: bytes, separator: bytes) -> int | None:
    """Return how many columns stand before the message; None if there isn't one."""
    columns = rest.split(separator, _MOST_COLUMNS)
    for count in range(len(columns)):
        text = separator.join(columns[count:])
        if is_message(text) or (text.strip() == _NULL and count == len(columns) - 1):
            return count
    return None


def _has_headers(rest: bytes, separator: bytes, more: int) -> bool:
    return more > 1 or (more == 1 and rest.split(separator)[0] == _NO_HEADERS)
