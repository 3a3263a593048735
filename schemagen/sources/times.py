"""Points in time: as users write them, and those of records."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from schemagen.errors import InputError

_AGO = re.compile(r"(\d+)\s*([smhdw])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_TIME = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
"""The last time, in milliseconds, that a calendar has."""


def parse_time(text: str, option: str, now: datetime | None = None) -> datetime:
    """Read a point in time.

    Args:
        text: `90s`, `15m`, `1h`, `7d`, `2w` for so long ago; or an ISO 8601 date or time, in UTC
            where it names no zone.
        option: the option it was given to, for the error.
        now: what "ago" counts from, by default the present.

    Raises:
        InputError: the text is neither.

    """
    ago = _AGO.match(text.strip())
    try:
        if ago:
            return (now or datetime.now(UTC)) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        time = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{option} {text!r} is not a time.",
            "Write how long ago, as 15m, 1h or 7d, or an ISO time such as 2024-05-06T07:08:09Z.",
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def iso_time(milliseconds: int | None) -> str | None:
    """Return a record's time as ISO 8601 text; None for one beyond the year 9999."""
    if milliseconds is None or milliseconds > LAST_TIME:
        return None
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")
