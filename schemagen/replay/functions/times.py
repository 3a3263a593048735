"""Times in texts, by patterns of Java's `DateTimeFormatter`; the zone is UTC."""

from __future__ import annotations

import re
from functools import lru_cache

from schemagen.ksqldb.time_patterns import read_time, time_pattern
from schemagen.replay.functions.texts import trim

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
_PARTS = {"yyyy": 4, "uuuu": 4, "MM": 2, "dd": 2, "HH": 2, "mm": 2, "ss": 2}
_ZONES = {"X", "XX", "XXX"}
_DAY = 86_400_000


@lru_cache(maxsize=256)
def _tokens(pattern: str) -> tuple[tuple[str, str], ...] | None:
    """Cut a pattern into letters and plain texts; None where it has something unknown."""
    parts = []
    for found in _TOKEN.finditer(pattern):
        letters = found[0]
        if found[1] is not None:
            parts.append(("", found[1].replace("''", "'") or "'"))
        elif letters in _PARTS or letters in _ZONES or re.fullmatch("S{1,9}", letters):
            parts.append((letters, ""))
        elif (letters[0].isascii() and letters[0].isalpha()) or letters in "[]{}#'":
            return None
        else:
            parts.append(("", letters))
    return tuple(parts)


def check_format(pattern: str) -> bool:
    """Tell whether times can be written in a pattern here."""
    return _tokens(pattern) is not None


def format_time(milliseconds: int, pattern: str) -> str:
    """Write a time in a pattern that `check_format` knows."""
    days, rest = divmod(milliseconds, _DAY)
    year, month, day = _date(days)
    values = {
        "MM": month,
        "dd": day,
        "HH": rest // 3_600_000,
        "mm": rest // 60_000 % 60,
        "ss": rest // 1000 % 60,
    }
    written = []
    for letters, plain in _tokens(pattern) or ():
        if not letters:
            written.append(plain)
        elif letters in _ZONES:
            written.append("Z")
        elif letters in {"yyyy", "uuuu"}:
            written.append(_year(year, letters))
        elif letters in values:
            written.append(f"{values[letters]:02}")
        else:
            written.append(f"{rest % 1000:03}{'0' * 6}"[: len(letters)])
    return "".join(written)


def _year(year: int, letters: str) -> str:
    if letters == "yyyy" and year <= 0:
        # The year of the era: 1 BC is the year 0.
        year = 1 - year
    sign = "-" if year < 0 else "+" if year > 9999 else ""  # noqa: PLR2004 - four digits need no sign
    return f"{sign}{abs(year):04}"


def _date(days: int) -> tuple[int, int, int]:
    """Return the date of a day since 1970, far beyond the years that Python's own dates have."""
    # Eras of 400 years, which begin in March.
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9  # noqa: PLR2004 - January is the eleventh
    return year_of_era + era * 400 + (month <= 2), month, day  # noqa: PLR2004 - the year begins in March


@lru_cache(maxsize=256)
def _reader(pattern: str) -> re.Pattern[str]:
    return time_pattern(pattern)


def parse_time(text: str, pattern: str) -> int | None:
    """Read a time; None where the text isn't one."""
    return read_time(_reader(pattern), text)


_MIDNIGHT = "00:00:00.000"
_ZONE = re.compile(r"[+-]\d{2}(?::?\d{2})?", re.ASCII)


def to_timestamp(text: str) -> int | None:
    """`CAST` of text AS TIMESTAMP: parts of a time may be missing, as may month and day.

    None where it isn't one (`PartialStringToTimestampParser`).
    """
    date, begins, rest = trim(text).partition("T")
    at = min((place for place in (rest.find("+"), rest.find("-")) if place >= 0), default=len(rest))
    time, zone = rest[:at].removesuffix("Z"), rest[at:]
    if not begins:
        date += "-01" * (2 - date.count("-"))
    if zone and _ZONE.fullmatch(zone) is None:
        return None
    time += _MIDNIGHT[len(time) :]
    return parse_time(f"{date}T{time}{zone or 'Z'}", "yyyy-MM-dd'T'HH:mm:ss.SSS[XXX][X]")
