"""The event time of a source: what TIMESTAMP and TIMESTAMP_FORMAT in WITH read from a row.

A row whose time is missing or doesn't parse is dropped (`LoggingTimestampExtractor`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from schemagen.ksqldb.names import fold
from schemagen.ksqldb.time_patterns import UnknownPatternError, time_pattern
from schemagen.ksqldb.types import BIGINT, TIMESTAMP, VARCHAR
from schemagen.replay.code import UnsupportedError

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from schemagen.ksqldb.dialect import PropertyValue
    from schemagen.ksqldb.types import KsqlType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EventTime:
    """How the event time is read.

    Attributes:
        column: the column, by its stored name.
        pattern: what reads a text; None where the column holds milliseconds.

    """

    column: str
    pattern: re.Pattern[str] | None

    def read(self, row: Mapping[str, Any]) -> int | None:
        """Give the milliseconds since 1970; None where ksqlDB drops the row."""
        value = row.get(self.column)
        if value is None:
            return None
        milliseconds = int(value) if self.pattern is None else _milliseconds(self.pattern, value)
        return milliseconds if milliseconds is not None and milliseconds >= 0 else None


def event_time(
    properties: Mapping[str, PropertyValue], columns: Mapping[str, KsqlType]
) -> EventTime | None:
    """Read what WITH says about the event time; None where it says nothing.

    Raises:
        UnsupportedError: ksqlDB would refuse it, or the pattern isn't known here.

    """
    name, pattern = properties.get("TIMESTAMP"), properties.get("TIMESTAMP_FORMAT")
    if name is None:
        return None
    written = str(name)
    quoted = len(written) > 1 and written[0] == written[-1] == "`"
    column = written[1:-1] if quoted else fold(written)
    declared = columns.get(column)
    if declared is None:
        raise UnsupportedError("TIMESTAMP with a name that is no column")
    if pattern is None:
        if declared not in {BIGINT, TIMESTAMP}:
            raise UnsupportedError("TIMESTAMP of a column that needs a TIMESTAMP_FORMAT")
        return EventTime(column, None)
    if declared != VARCHAR:
        raise UnsupportedError("TIMESTAMP_FORMAT of a column that is no VARCHAR")
    try:
        return EventTime(column, time_pattern(str(pattern)))
    except UnknownPatternError as error:
        raise UnsupportedError(str(error)) from None


def _milliseconds(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    numbers = {
        name: int(parts[name])
        for name in ("year", "month", "day", "hour", "minute", "second")
        if parts.get(name)
    }
    try:
        moment = datetime(**{"month": 1, "day": 1, **numbers}, tzinfo=UTC)
    except ValueError:
        return None
    fraction = next((v for k, v in parts.items() if k.startswith("fraction") and v), "")
    # Without a zone the server's own is taken; UTC stands for it.
    zone = next((v for k, v in parts.items() if k.startswith("zone") and v), "Z")
    milliseconds = (moment - _offset(zone) - _EPOCH) // timedelta(milliseconds=1)
    return milliseconds + int(f"{fraction[:3]:0<3}")


def _offset(zone: str) -> timedelta:
    if zone == "Z":
        return timedelta()
    digits = zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return -offset if zone[0] == "-" else offset
