"""Patterns of Java's `DateTimeFormatter`, as TIMESTAMP_FORMAT and the functions of times have them.

The letters are known that machines write logs with; any other is refused.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schemagen.profile.formats import place_named

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LETTERS = {
    "yyyy": r"(?P<year>\d{4})",
    "uuuu": r"(?P<year>\d{4})",
    "MM": r"(?P<month>\d{2})",
    "dd": r"(?P<day>\d{2})",
    "HH": r"(?P<hour>\d{2})",
    "mm": r"(?P<minute>\d{2})",
    "ss": r"(?P<second>\d{2})",
    "d": r"(?P<day>\d{1,2})",
    "MMM": f"(?P<month_name>{'|'.join(_MONTHS)})",
    "EEE": f"(?P<weekday>{'|'.join(_WEEKDAYS)})",
    "Z": r"(?P<zone>[+-]\d{4})",
    "VV": r"(?P<zone>Z|UTC|GMT|[+-]\d{2}:\d{2}|[A-Za-z_]+(?:/[A-Za-z_+-]+)+)",
    "X": r"(?P<zone>Z|[+-]\d{2}(?:\d{2})?)",
    "XX": r"(?P<zone>Z|[+-]\d{4})",
    "XXX": r"(?P<zone>Z|[+-]\d{2}:\d{2})",
}
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[\[\]]|.", re.DOTALL)


class UnknownPatternError(ValueError):
    """A pattern that isn't known here; the text is a noun phrase."""


def time_pattern(pattern: str) -> re.Pattern[str]:
    """Give what reads the texts that a pattern reads, with the parts of the time as named groups.

    Raises:
        UnknownPatternError: it has letters that aren't known here, or ksqlDB would refuse it.

    """
    parts = [_part(found, place) for place, found in enumerate(_TOKEN.finditer(pattern))]
    try:
        # The parser takes names and literals in any case.
        compiled = re.compile("".join(parts), re.ASCII | re.IGNORECASE)
    except re.error:
        raise UnknownPatternError("a TIMESTAMP_FORMAT that names a part twice") from None
    if "year" not in compiled.groupindex:
        raise UnknownPatternError("a TIMESTAMP_FORMAT without a year")
    return compiled


def _part(found: re.Match[str], place: int) -> str:
    letters = found[0]
    if found[1] is not None:
        return re.escape(found[1].replace("''", "'") or "'")
    if letters in {"[", "]"}:
        return "(?:" if letters == "[" else ")?"
    if re.fullmatch("S+", letters):
        return rf"(?P<fraction{place}>\d{{{len(letters)}}})"
    if letters in _LETTERS:
        return _LETTERS[letters].replace("<zone>", f"<zone{place}>")
    if letters[0].isascii() and letters[0].isalpha():
        raise UnknownPatternError(f"the letters {letters} in TIMESTAMP_FORMAT")
    return re.escape(letters)


def read_time(pattern: re.Pattern[str], text: str) -> int | None:
    """Read a time as milliseconds since 1970, UTC where it says no zone; None where it isn't one.

    Args:
        pattern: what `time_pattern` gave.
        text: the text.

    """
    found = pattern.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    numbers = {
        name: int(parts[name])
        for name in ("year", "month", "day", "hour", "minute", "second")
        if parts.get(name)
    }
    if parts.get("month_name"):
        numbers["month"] = _MONTHS.index(parts["month_name"].lower()) + 1
    try:
        year, month, day = (numbers.get(name, 1) for name in ("year", "month", "day"))
        if day <= 31:  # noqa: PLR2004 - a 32nd is refused
            # Java takes a 30th of February for its last day.
            numbers["day"] = min(day, monthrange(year, month)[1])
        moment = datetime(**{"month": 1, **numbers}, tzinfo=UTC)
    except ValueError:
        return None
    if parts.get("weekday") and _WEEKDAYS[moment.weekday()] != parts["weekday"].lower():
        return None
    fraction = next((v for k, v in parts.items() if k.startswith("fraction") and v), "")
    # Without a zone the server's own is taken; UTC stands for it.
    zone = next((v for k, v in parts.items() if k.startswith("zone") and v), "Z")
    offset = _offset(zone, moment)
    if offset is None:
        return None
    milliseconds = (moment - offset - _EPOCH) // timedelta(milliseconds=1)
    return milliseconds + int(f"{fraction[:3]:0<3}")


def _offset(zone: str, moment: datetime) -> timedelta | None:
    """Return how far a zone is ahead of UTC at a local time; None for a place that isn't known."""
    if "/" in zone:
        place = place_named(zone)
        return None if place is None else moment.replace(tzinfo=ZoneInfo(place)).utcoffset()
    if zone[0].isalpha():
        return timedelta()
    digits = zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return -offset if zone[0] == "-" else offset


_EXAMPLE = {
    "yyyy": "2025",
    "EEE": "Tue",
    "d": "11",
    "MMM": "Mar",
    "MM": "03",
    "dd": "11",
    "HH": "08",
    "mm": "01",
    "ss": "12",
    "Z": "+0200",
    # A zone of one letter is Z in nearly all logs; +02 is written so by hardly anything.
    "X": "Z",
    "XX": "+0200",
    "XXX": "+02:00",
    "VV": "UTC",
}


def has_zone(pattern: str) -> bool:
    """Tell whether a pattern reads a zone; without one, ksqlDB takes the server's own."""
    return any(found[0][0] in "XxZOVzv" for found in _TOKEN.finditer(pattern) if found[1] is None)


def example(pattern: str) -> str:
    """Write a time as a format class's pattern does (`profile.formats`)."""
    text = ""
    for found in _TOKEN.finditer(pattern):
        if found[1] is not None:
            text += found[1]
        elif found[0].startswith("S"):
            text += "123456789"[: len(found[0])]
        else:
            text += _EXAMPLE.get(found[0], found[0])
    return text


def reads(declared: str, form: str) -> bool | None:
    """Tell whether a TIMESTAMP_FORMAT reads the texts of a format class.

    Args:
        declared: the pattern that a stream declares.
        form: the pattern of a date-time class of the profile.

    Returns:
        None where the declared pattern has letters that aren't known here.

    """
    if declared == form:
        return True
    try:
        return time_pattern(declared).fullmatch(example(form)) is not None
    except UnknownPatternError:
        return None
