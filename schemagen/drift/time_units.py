"""The unit of numbers that are times: seconds, milliseconds, … since 1970.

Between the years 2001 and 2100 the units lie a thousand apart, so that the range of a field shows
which one it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemagen.profile.numbers import IntegerStatistics

_SECONDS = (10**9, 41 * 10**8)
"""From September 2001 to December 2099."""
_UNITS = ("seconds", "milliseconds", "microseconds", "nanoseconds")


def time_unit(integers: IntegerStatistics) -> str | None:
    """Return the unit of which all integers seen can be times; None where there is none."""
    least, greatest = integers.least, integers.greatest
    if least is None or greatest is None:
        return None
    for power, unit in enumerate(_UNITS):
        low, high = (bound * 1_000**power for bound in _SECONDS)
        if low <= least and greatest < high:
            return unit
    return None
