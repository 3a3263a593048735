"""Record values of batches: from bytes to objects, and a tally of what gave none.

The yardstick is `schemagen.sources.jackson.examine`. Most values needn't go through it: orjson
reads them, and checks over the raw bytes prove that it lost nothing, no key and no digit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.sources.jackson import (
    MAX_STRING,
    RefusedError,
    examine,
    is_big,
    read_fraction,
    read_integer,
)
from schemagen.sources.tally import Fault, Place, Remark, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemagen.sources.jackson import Reading
    from schemagen.sources.records import Batch

__all__ = ["Decoder", "Fault", "Place", "Remark", "Tally", "string_tokens"]


class Decoder:
    """Decodes batches and keeps the tally.

    Args:
        check_duplicates: look for duplicate keys in each value. A caller that learns the number
            of keys and string values of a batch anyhow can switch it off, compare that number with
            the sum of `string_tokens`, and call `remark_duplicates` for a batch that has fewer.
        on_first: called with the value of the first record met of each class, for users who asked
            to see values.

    """

    def __init__(
        self,
        *,
        check_duplicates: bool = True,
        on_first: Callable[[Fault | Remark, Place, bytes], None] | None = None,
    ) -> None:
        self.tally = Tally()
        self._on_first = on_first
        self._check_duplicates = check_duplicates

    def decode(self, batch: Batch) -> list[dict[str, Any]]:
        """Give the objects of a batch, in order; the tally has what became of the other records.

        The values are as in `schemagen.sources.jackson.Reading`.
        """
        rows: list[dict[str, Any]] = []
        loads, dumps = orjson.loads, orjson.dumps
        for position, raw in zip(batch.positions, batch.values, strict=True):
            packed = b""
            try:
                value = loads(raw)  # type: ignore[arg-type]  # it refuses None like any non-JSON
                # Written at once, while the object is in the processor's first cache: a third of
                # what reading it takes.
                packed = dumps(value)
            except (ValueError, TypeError):  # TypeError: orjson writes less deep than it reads
                value = None
            # Nearly all values of most topics are in orjson's own spelling: no call for them.
            if (packed == raw and type(value) is dict and len(raw) <= MAX_STRING) or (
                raw is not None
                and _is_whole(raw, value, packed, check_duplicates=self._check_duplicates)
            ):
                rows.append(value)
            else:
                reading = examine(raw)
                self._count(reading, batch, position, raw)
                if reading.value is not None:
                    rows.append(reading.value)
        self.tally.records += len(batch.values)
        self.tally.used += len(rows)
        return rows

    def remark_duplicates(self, batch: Batch) -> None:
        """Count the records with duplicate keys in a batch that was decoded without the check."""
        for position, raw in zip(batch.positions, batch.values, strict=True):
            # `decode` has examined what is not whole even without the check.
            if (
                raw is not None
                and _fast(raw, check_duplicates=True) is None
                and _fast(raw, check_duplicates=False) is not None
                and Remark.DUPLICATE_KEYS in examine(raw).remarks
            ):
                self.tally.count(Remark.DUPLICATE_KEYS, _place(batch, position))

    def _count(self, reading: Reading, batch: Batch, position: int, raw: bytes | None) -> None:
        place = _place(batch, position)
        if self._on_first is not None and raw is not None:
            kinds: list[Fault | Remark] = [*reading.remarks]
            if reading.fault is not None:
                kinds.append(reading.fault)
            for kind in kinds:
                if kind not in self.tally.counts:
                    self._on_first(kind, place, raw)
        if reading.fault is not None:
            self.tally.count(reading.fault, place)
        for remark in reading.remarks:
            self.tally.count(remark, place)
        if reading.schema_id is not None:
            self.tally.saw_schema_id(reading.schema_id)


def _place(batch: Batch, position: int) -> Place:
    return Place(batch.source, -1 if batch.partition is None else batch.partition, position)


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


def _fast(raw: bytes, *, check_duplicates: bool) -> dict[str, Any] | None:
    """Decode an object of which nothing is to be remarked; None for anything else."""
    try:
        value = orjson.loads(raw)
        packed = orjson.dumps(value)
    except (ValueError, TypeError):
        return None
    return value if _is_whole(raw, value, packed, check_duplicates=check_duplicates) else None


def _is_whole(raw: bytes, value: Any, packed: bytes, *, check_duplicates: bool) -> bool:
    """Tell whether what orjson made of a text is an object with every key and digit of it.

    Args:
        raw: the text.
        value: what orjson made of it.
        packed: that, written by orjson.
        check_duplicates: whether the keys matter.

    """
    if type(value) is not dict or len(raw) > MAX_STRING:
        return False
    if packed == raw:
        # The text is orjson's own: every key and every digit of it is in the object.
        return True
    return not (check_duplicates and _lost_strings(raw, packed)) and not _may_lose_digits(raw)


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
    """Tell whether orjson may have changed a number; what only looks like one can mislead."""
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
