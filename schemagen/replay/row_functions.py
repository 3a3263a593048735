"""What expressions over one row call: functions and operators of ksqlDB that Python has not."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from schemagen.replay.functions import texts
from schemagen.replay.translation.code import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSSX"

THROWN = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
"""What an expression raises where ksqlDB throws."""


def element(value: Any, index: Any) -> Any:
    """Return `value[index]` of a map or an array; NULL where there is none.

    Indexes count from 1, and from the end below 0.
    """
    if value is None or index is None:
        return None
    if isinstance(value, dict):
        return value.get(index)
    place = index - 1 if index > 0 else index
    return value[place] if -len(value) <= place < len(value) else None


def remainder(left: int, right: int) -> int:
    """Return the remainder, which in Java has the sign of the left side."""
    found = abs(left) % abs(right)
    return -found if left < 0 else found


def quotient(left: Any, right: Any) -> Any:
    """Return the quotient, for whole numbers a whole one towards 0."""
    if isinstance(left, int) and isinstance(right, int):
        found = abs(left) // abs(right)
        return found if (left < 0) == (right < 0) else -found
    return left / right


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    raise UnsupportedError("CAST of a fraction to VARCHAR behind windows")


def _format_time(value: datetime, pattern: str, zone: str) -> str:
    if (pattern, zone) != (_TIME_PATTERN, "UTC"):
        raise ValueError("another pattern than ISO 8601 in UTC")
    return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"


def _concat(*values: str | None) -> str:
    return "".join(value for value in values if value is not None)


def _instr(whole: str | None, part: str | None, *places: int) -> int:
    if not places and whole is not None and part and part not in whole:
        return 0
    return texts.instr(whole, part, *(*places, 1, 1)[:2])


def _first(*values: Any) -> Any:
    return next((each for each in values if each is not None), None)


CASTS: dict[str, Callable[[Any], Any]] = {
    "BIGINT": int,
    "INT": int,
    "DOUBLE": float,
    "VARCHAR": _text,
}
"""What converts to a type, by the type's name."""

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ARRAY_LENGTH": len,
    "ARRAY_DISTINCT": lambda values: list(dict.fromkeys(values)),
    "ARRAY_SORT": sorted,
    "COALESCE": _first,
    "CONCAT": _concat,
    "FORMAT_TIMESTAMP": _format_time,
    "FROM_UNIXTIME": lambda value: _EPOCH + timedelta(milliseconds=value),
    "INSTR": _instr,
    "LCASE": texts.lcase,
    "LEN": texts.length,
    "MD5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    "UCASE": texts.ucase,
}
"""Functions by name: NULL where an argument is, but for `TAKES_NULLS`."""

TAKES_NULLS = frozenset({"COALESCE", "CONCAT", "INSTR"})
