"""Numbers as Java reads and writes them, for CAST and the functions of numbers."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Any

from schemagen.ksqldb.reader import RecordDroppedError, RowReader
from schemagen.ksqldb.types import BIGINT, DOUBLE, INT
from schemagen.replay.functions.texts import trim

if TYPE_CHECKING:
    from schemagen.ksqldb.types import Scalar

_EARTH_RADIUS_KM = 6371


def _parsed(declared: Scalar, text: str) -> Any:
    try:
        return RowReader(declared).read(trim(text))
    except RecordDroppedError:
        return None


def to_int(text: str) -> Any:
    """`CAST` of text AS INT."""
    return _parsed(INT, text)


def to_bigint(text: str) -> Any:
    """`CAST` of text AS BIGINT."""
    return _parsed(BIGINT, text)


def to_double(text: str) -> float | None:
    """`CAST` of text AS DOUBLE, which refuses NaN and the infinities."""
    number: float | None = _parsed(DOUBLE, text)
    return number if number is not None and abs(number) < float("inf") else None


def to_boolean(text: str) -> bool:
    """`CAST` of text AS BOOLEAN: any beginning of `true` or `yes`, in any case."""
    word = trim(text).lower()
    return bool(word) and ("true".startswith(word) or "yes".startswith(word))


def to_decimal(text: str, precision: int, scale: int) -> str | None:
    """`CAST` of text AS DECIMAL, rounded half up; the result is a text."""
    try:
        with localcontext(prec=precision + scale + 2):
            exact = Decimal(trim(text)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    except InvalidOperation:
        return None
    return f"{exact:f}" if abs(exact) < Decimal(10) ** (precision - scale) else None


def double_text(number: float) -> str:
    """`CAST` of DOUBLE AS VARCHAR: Java's Double.toString."""
    if not math.isfinite(number):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(number)]
    if number == 0 or 1e-3 <= abs(number) < 1e7:  # noqa: PLR2004 - where Java needs no exponent
        plain = f"{Decimal(repr(number)):f}"
        return plain if "." in plain else f"{plain}.0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    power = int(exponent) + len(text) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def double_to_int(number: float, bits: int) -> int:
    """Java's narrowing of a double: NaN is 0, what is too large is the largest."""
    if math.isnan(number):
        return 0
    half = int(1 << (bits - 1))
    least, greatest = -half, half - 1
    if math.isinf(number):
        return greatest if number > 0 else least
    return max(least, min(greatest, int(number)))


def geo_distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """`GEO_DISTANCE` in kilometres, by the haversine formula."""
    half_lat, half_lon = math.radians(lat2 - lat1) / 2, math.radians(lon2 - lon1) / 2
    across = math.cos(math.radians(lat1)) * math.cos(math.radians(lat2))
    part = math.sin(half_lat) ** 2 + math.sin(half_lon) ** 2 * across
    return 2 * math.asin(math.sqrt(part)) * _EARTH_RADIUS_KM
