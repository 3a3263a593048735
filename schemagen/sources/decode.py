"""Record values of batches: from bytes to objects, and statistics of what could not be read.

The yardstick is `schemagen.sources.jackson.examine`. Most values needn't go through it: orjson
reads them, and checks over the raw bytes prove that it lost nothing, no key and no digit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import orjson

from schemagen.sources.decode_statistics import (
    DecodeError,
    DecodeStatistics,
    DecodeWarning,
    RecordPosition,
)
from schemagen.sources.jackson import (
    MAX_STRING,
    DecodedValue,
    RefusedError,
    examine,
    is_big,
    read_fraction,
    read_integer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.sources.records import Batch, RecordValue

__all__ = [
    "DecodeError",
    "DecodeStatistics",
    "DecodeWarning",
    "Decoder",
    "RecordPosition",
    "string_tokens",
]

_GROUP = 16
"""How many records are read and proved together: so many that a call for each is saved, so few that
their objects are still in the processor's first caches when they are written."""
_MAX_GROUP_BYTES = 1 << 20
"""Larger groups are not proved together: that takes twice their bytes, and one of their texts may
be longer than `MAX_STRING`."""


class Decoder:
    """Decodes batches and keeps statistics.

    Args:
        on_first: called with the value of the first record met of each class, for users who asked
            to see values.

    Attributes:
        decoding: the statistics.
        examined: how many records orjson didn't read, or not as a whole.

    """

    def __init__(
        self,
        *,
        on_first: Callable[[DecodeError | DecodeWarning, RecordPosition, bytes], None]
        | None = None,
    ) -> None:
        self.decoding = DecodeStatistics()
        self.examined = 0
        self._on_first = on_first
        # Whether the records met last were all in orjson's own spelling.
        self._own_spelling = True

    def decode(self, batch: Batch) -> list[dict[str, Any]]:
        """Return the objects of a batch, in order; the statistics have the other records.

        The values are as in `schemagen.sources.jackson.Reading`.

        Raises:
            ValueError: there are not as many positions as values.

        """
        rows: list[dict[str, Any]] = []
        values = batch.values
        if len(values) != len(batch.positions):
            raise ValueError(f"{len(batch.positions)} positions of {len(values)} values")
        for start in range(0, len(values), _GROUP):
            group = values[start : start + _GROUP]
            read = _read(group)
            # Most topics are in orjson's own spelling, or hardly a record of them is.
            if self._own_spelling and _is_own_spelling(group, read):
                rows += read
            else:
                rows += self._checked(batch, batch.positions[start : start + _GROUP], group, read)
        self.decoding.records += len(values)
        self.decoding.used += len(rows)
        return rows

    def _checked(
        self,
        batch: Batch,
        positions: Sequence[int],
        values: Sequence[RecordValue],
        read: Sequence[Any],
    ) -> list[dict[str, Any]]:
        """Return the objects of some records, each looked at by itself."""
        rows: list[dict[str, Any]] = []
        own = 0
        for position, raw, value in zip(positions, values, read, strict=True):
            packed = _written(value)
            own += packed == raw
            if isinstance(raw, bytes) and _is_whole(raw, value, packed):
                rows.append(value)
            else:
                self.examined += 1
                decoded = _examined(raw)
                self._count(decoded, batch, position, raw)
                if decoded.value is not None:
                    rows.append(decoded.value)
        self._own_spelling = own == len(values)
        return rows

    def _count(self, decoded: DecodedValue, batch: Batch, position: int, raw: RecordValue) -> None:
        place = _place(batch, position)
        if self._on_first is not None and isinstance(raw, bytes):
            kinds: list[DecodeError | DecodeWarning] = [*decoded.warnings]
            if decoded.error is not None:
                kinds.append(decoded.error)
            for kind in kinds:
                if kind not in self.decoding.counts:
                    self._on_first(kind, place, raw)
        if decoded.error is not None:
            self.decoding.count(decoded.error, place)
        for warning in decoded.warnings:
            self.decoding.count(warning, place)
        if decoded.schema_id is not None:
            self.decoding.saw_schema_id(decoded.schema_id)


def _read(values: Sequence[RecordValue]) -> list[Any]:
    """Return what orjson makes of each text, None where it makes nothing."""
    try:
        return list(map(orjson.loads, values))  # type: ignore[arg-type]  # it refuses others
    except ValueError:
        return list(map(_read_one, values))


def _examined(raw: RecordValue) -> DecodedValue:
    return DecodedValue(error=raw) if isinstance(raw, DecodeError) else examine(raw)


def _read_one(raw: RecordValue) -> Any:
    try:
        return orjson.loads(raw)  # type: ignore[arg-type]
    except ValueError:
        return None


def _written(value: Any) -> bytes:
    """Write a value, if orjson can: it writes less deep than it reads."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return b""


def _is_own_spelling(values: Sequence[RecordValue], read: list[Any]) -> bool:
    """Return whether all texts are objects just as orjson would write them.

    What it writes of all together is compared with all the texts joined: no object's text is the
    beginning of another's, so if these are equal each text is.
    """
    if set(map(type, read)) != {dict}:
        return False
    texts = cast("Sequence[bytes]", values)  # of None no object was read
    if sum(map(len, texts)) > _MAX_GROUP_BYTES:
        return False
    joined = b",".join(texts)
    return _written(read).startswith(joined, 1)


def _place(batch: Batch, position: int) -> RecordPosition:
    return RecordPosition(
        batch.source, -1 if batch.partition is None else batch.partition, position
    )


def string_tokens(raw: bytes) -> int:
    """Count the string tokens (keys and string values) of valid JSON text, or of several texts.

    An object made of the text has as many keys and string values, unless a key came twice: then
    it has fewer, as the earlier value is gone.
    """
    if b"\\" in raw:
        # Without the escaped backslashes, a backslash before a quote can only be its escape.
        raw = raw.replace(b"\\\\", b"")
        return (raw.count(b'"') - raw.count(b'\\"')) // 2
    return raw.count(b'"') // 2


def _is_whole(raw: bytes, value: Any, packed: bytes) -> bool:
    """Return whether what orjson made of a text is an object with every key and digit of it.

    Args:
        raw: the text.
        value: what orjson made of it.
        packed: that, written by orjson; empty if it can't.

    """
    if type(value) is not dict or len(raw) > MAX_STRING:
        return False
    if packed == raw:
        # The text is orjson's own: every key and every digit of it is in the object.
        return True
    return not _lost_strings(raw, packed) and not _may_lose_digits(raw)


def _lost_strings(raw: bytes, packed: bytes) -> bool:
    # A quote written as \u0022 is the only one that orjson writes with more quotes than it read.
    if raw.count(b'"') == packed.count(b'"') and b"\\u0022" not in raw:
        return False
    return string_tokens(raw) != string_tokens(packed)


def _marks() -> bytes:
    table = bytearray(b" " * 256)
    for chars, mark in ((b"0123456789.", b"0"), (b"eE", b"e"), (b"+-", b"-")):
        for char in chars:
            table[char] = mark[0]
    return bytes(table)


# A float keeps any number of up to 15 digits between 1e-200 and 1e200, and orjson any integer of
# 64 bits: all other numbers show one of these once digits and signs are replaced by marks.
_MARKS = _marks()
_LONG = b"0" * 17
_LONG_WITH_EXPONENT = b"0" * 16 + b"e"
_SIGNED_EXPONENT = b"0e-000"
_HUGE_EXPONENT = b"0e" + b"0" * 10
# Spelt out, the classes take half the time of \s and \d.
_SUSPECT = re.compile(
    rb"[ \t\r\n:,\[](-?[0-9][0-9.]*+"
    rb"(?:(?<=[0-9.]{16})(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]{3,}))(?=[ \t\r\n,\]}])"
)
_INTEGER = re.compile(r"-?\d+")


def _may_lose_digits(raw: bytes) -> bool:
    """Return whether orjson may have changed a number; what only looks like one can mislead."""
    marks = raw.translate(_MARKS)
    if not (
        _LONG in marks
        or _LONG_WITH_EXPONENT in marks
        or _SIGNED_EXPONENT in marks
        or _HUGE_EXPONENT in marks
    ):
        return False
    return not all(_survives(token.decode()) for token in _SUSPECT.findall(raw))


def _survives(digits: str) -> bool:
    read = read_integer if _INTEGER.fullmatch(digits) else read_fraction
    try:
        return not is_big(read(digits))
    except (RefusedError, ValueError):
        return False
