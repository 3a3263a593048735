"""One record value, read exactly as ksqlDB's JSON reader does it.

That is Jackson 2.15.2 with exact decimals: a value gives an object here when it gives a row there,
and the object holds what Jackson would read. Three differences are on purpose, and all of them are
reported: UTF-16 and UTF-32, which Jackson detects, and the malformed UTF-8 that it lets through
(over-long and surrogate sequences, stray bytes in keys) are `DecodeError.NOT_UTF8`; a number with
an exponent beyond 32 bits, of which it may make Infinity, is `DecodeError.NUMBER_OUT_OF_RANGE`.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from schemagen.sources.decode_statistics import DecodeError, DecodeWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

# com.fasterxml.jackson.core.StreamReadConstraints
MAX_DEPTH = 1_000
MAX_NUMBER_DIGITS = 1_000
MAX_STRING = 20_000_000

_64_BITS = range(-(2**63), 2**64)
_INT32_MAX = 2**31 - 1
_BOM = b"\xef\xbb\xbf"
_BLANKS = " \t\r\n"

# Python's parser recurses in C: up to this depth it needs no more room than it always has.
_SHALLOW = 400
_RECURSION_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class DecodedValue:
    """What came of one value: an object, with warnings or without, or an error.

    Attributes:
        value: the object; None where there is an error. Integers are int. Fractions are float where
            the float's shortest text is the same number, else `decimal.Decimal`, whose exponent
            can have nine digits: never make an integer of it unseen.
        error: why there is no object.
        warnings: what is remarkable about the object, in the order of `DecodeWarning`.
        schema_id: the id in a Schema Registry frame.

    """

    value: dict[str, Any] | None = None
    error: DecodeError | None = None
    warnings: tuple[DecodeWarning, ...] = ()
    schema_id: int | None = None


class RefusedError(Exception):
    """Jackson refuses what Python's parser would read."""

    def __init__(self, error: DecodeError) -> None:
        super().__init__(error)
        self.error = error


def examine(raw: bytes | None) -> DecodedValue:
    """Decode one value, whatever it is, and say all that is to be said about it."""
    if raw is None:
        return DecodedValue(error=DecodeError.TOMBSTONE)
    if _in_wide_characters(raw):
        return DecodedValue(error=DecodeError.NOT_UTF8)
    schema_id = _schema_id(raw)
    if schema_id is not None:
        return DecodedValue(error=DecodeError.SCHEMA_REGISTRY, schema_id=schema_id)
    body = raw.removeprefix(_BOM)
    undecodable = False
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        # Jackson reads no further than the first value: what follows it may be anything.
        undecodable = True
        text = body[: error.start].decode() + "\ufffd"
    parser = _Parser()
    try:
        value = parser.parse(text)
    except RefusedError as refused:
        reason = refused.error
    except RecursionError:
        reason = DecodeError.TOO_DEEP
    except ValueError:
        reason = DecodeError.NOT_UTF8 if undecodable else DecodeError.INVALID_JSON
    else:
        if raw is not body:
            parser.warnings.add(DecodeWarning.BYTE_ORDER_MARK)
        warnings = tuple(each for each in DecodeWarning if each in parser.warnings)
        return DecodedValue(value, warnings=warnings)
    return DecodedValue(error=reason)


_WIDE = (
    (re.compile(rb'[\s{\["]\x00'), "utf-16-le"),
    (re.compile(rb'\x00[\s{\["]\x00'), "utf-16-be"),
    (re.compile(rb'\x00\x00\x00[\s{\["]'), "utf-32-be"),
)


def _in_wide_characters(raw: bytes) -> bool:
    """Recognise UTF-16 and UTF-32 by a byte order mark or the zero bytes around a first ASCII."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return True
    # Some schema's id looks the same: only text is such text to the end.
    return any(start.match(raw) and _is_text(raw, encoding) for start, encoding in _WIDE)


def _is_text(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _schema_id(raw: bytes) -> int | None:
    """Read the frame of Confluent's serialisers: a zero byte and an id of four bytes."""
    if len(raw) < 5 or raw[0] != 0:  # noqa: PLR2004 - the length of the frame
        return None
    schema_id = int.from_bytes(raw[1:5], "big")
    return schema_id if schema_id <= _INT32_MAX else None


def read_integer(digits: str) -> int:
    """Return the integer.

    Raises:
        RefusedError: it has more digits than Jackson reads.

    """
    _check_length(digits)
    return int(digits)


def read_fraction(digits: str) -> float | Decimal:
    """Return a number with a point or an exponent: a float that is the very number, or a decimal.

    Raises:
        RefusedError: Jackson, or `java.math.BigDecimal`, doesn't read it.
        ValueError: it is not a number.

    """
    near = float(digits)
    if repr(near) == digits:
        return near
    _check_length(digits)
    mantissa, _, exponent = digits.lower().partition("e")
    power = int(exponent or "0")
    scale = len(mantissa.partition(".")[2]) - power
    if power > _INT32_MAX or scale > _INT32_MAX:
        raise RefusedError(DecodeError.NUMBER_OUT_OF_RANGE)
    exact = Decimal(digits)
    return near if Decimal(repr(near)) == exact else exact


def is_big(number: float | Decimal) -> bool:
    """Return whether a number fits neither 64 bits nor a double."""
    return isinstance(number, Decimal) or (isinstance(number, int) and number not in _64_BITS)


def _check_length(digits: str) -> None:
    # Jackson counts digits only: neither signs nor the point nor the "e".
    if len(digits) > MAX_NUMBER_DIGITS and sum(map(str.isdigit, digits)) > MAX_NUMBER_DIGITS:
        raise RefusedError(DecodeError.NUMBER_TOO_LONG)


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_IDENTIFIER_PART = re.compile(r"[0-9A-Z_a-z\x7f-\U0010ffff]")


class _Parser:
    """Python's JSON parser, made as strict as Jackson; it collects the warnings."""

    def __init__(self) -> None:
        self.warnings: set[DecodeWarning] = set()
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._fraction,
            parse_constant=self._constant,
            strict=True,
        )

    def parse(self, text: str) -> dict[str, Any]:
        """Parse the object that a text starts with.

        Raises:
            RefusedError: there is no object, for a reason that has a name.
            ValueError: the text doesn't start with a JSON value.
            RecursionError: Python can't nest as deeply as Jackson on this machine.

        """
        text = text.lstrip(_BLANKS)
        if not text:
            raise RefusedError(DecodeError.EMPTY)
        with _room_for(_depth(text)):
            value, end = self._decoder.raw_decode(text)
        if value is None:
            self._reject_null(text, end)
        if not isinstance(value, dict):
            raise RefusedError(DecodeError.NOT_AN_OBJECT)
        if 2 * end > MAX_STRING and _longest_string(value) > MAX_STRING:
            raise RefusedError(DecodeError.STRING_TOO_LONG)
        if text[end:].strip(_BLANKS):
            self.warnings.add(DecodeWarning.TRAILING_DATA)
        if _SURROGATE.search(text) and _LONE_SURROGATE.search(text[:end].replace("\\\\", "")):
            self.warnings.add(DecodeWarning.LONE_SURROGATE)
        return value

    @staticmethod
    def _reject_null(text: str, end: int) -> NoReturn:
        if _IDENTIFIER_PART.match(text, end):
            raise ValueError("a longer word than null")
        raise RefusedError(DecodeError.NULL)

    def _object(self, members: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(members)
        if len(value) != len(members):
            self.warnings.add(DecodeWarning.DUPLICATE_KEYS)
        return value

    def _integer(self, digits: str) -> int:
        number = read_integer(digits)
        if is_big(number):
            self.warnings.add(DecodeWarning.BIG_NUMBER)
        return number

    def _fraction(self, digits: str) -> float | Decimal:
        number = read_fraction(digits)
        if is_big(number):
            self.warnings.add(DecodeWarning.BIG_NUMBER)
        return number

    @staticmethod
    def _constant(_: str) -> NoReturn:
        raise RefusedError(DecodeError.NON_FINITE)


_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)


def _depth(text: str) -> int:
    """Return the depth of the first value, or a bound that it and Python's parser don't exceed.

    Raises:
        RefusedError: it is deeper than Jackson reads.

    """
    openings = text.count("{") + text.count("[")
    if openings <= _SHALLOW:
        return openings
    depth = deepest = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        if token[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth > MAX_DEPTH:
                raise RefusedError(DecodeError.TOO_DEEP)
        elif token[0] in "]}":
            depth -= 1
            if depth <= 0:
                break
    return deepest


@contextmanager
def _room_for(depth: int) -> Iterator[None]:
    if depth <= _SHALLOW:
        yield
        return
    # Up to Python 3.11 the limit holds for C code too, and its default is just Jackson's 1,000.
    with _RECURSION_LOCK:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + 2 * depth)
        try:
            yield
        finally:
            sys.setrecursionlimit(limit)


def _longest_string(value: Any) -> int:
    """Return the length of the longest string value, in the UTF-16 units that Java counts."""
    longest = 0
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, dict):
            rest.extend(item.values())
        elif isinstance(item, list):
            rest.extend(item)
        elif isinstance(item, str):
            longest = max(longest, len(item.encode("utf-16-le", "surrogatepass")) // 2)
    return longest
