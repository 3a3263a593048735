"""Ranges and exactness of the numbers at one path: what the choice of a number type rests on."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from math import isinf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
EXACT_MAX = 2**53
"""Up to here, either way from zero, a double holds every integer."""


class IntegerStatistics:
    """JSON numbers written without fraction and exponent.

    Attributes:
        least, greatest: the range, None before the first.
        beyond32: how many need more than 32 bits, those of `beyond64` included.
        beyond64: how many need more than 64 bits.
        inexact: how many a double would round.

    """

    __slots__ = ("beyond32", "beyond64", "greatest", "inexact", "least")

    def __init__(self) -> None:
        self.least: int | None = None
        self.greatest: int | None = None
        self.beyond32 = 0
        self.beyond64 = 0
        self.inexact = 0

    def add(self, values: Sequence[int]) -> None:
        """Count a column of integers (not empty)."""
        least, greatest = min(values), max(values)
        self._widen(least, greatest)
        if least >= INT32_MIN and greatest <= INT32_MAX:
            return
        self.beyond32 += sum(1 for v in values if not INT32_MIN <= v <= INT32_MAX)
        if least >= -EXACT_MAX and greatest <= EXACT_MAX:
            return
        self.beyond64 += sum(1 for v in values if not INT64_MIN <= v <= INT64_MAX)
        self.inexact += sum(1 for v in values if not _exact(v))

    def merge(self, other: IntegerStatistics) -> None:
        """Take in what another saw."""
        if other.least is not None and other.greatest is not None:
            self._widen(other.least, other.greatest)
        self.beyond32 += other.beyond32
        self.beyond64 += other.beyond64
        self.inexact += other.inexact

    def _widen(self, least: int, greatest: int) -> None:
        if self.least is None or least < self.least:
            self.least = least
        if self.greatest is None or greatest > self.greatest:
            self.greatest = greatest


class NumberStatistics:
    """JSON numbers written with a fraction or an exponent.

    Attributes:
        least, greatest: the range as doubles, None before the first; an infinity stands for a
            number beyond the range of doubles.
        whole32: how many are whole and fit 32 bits (`1.0`, `1e3`).
        whole64: how many are whole and fit 64 bits, those of `whole32` included.
        inexact: how many a double would round (see `kept_by_double`).
        integer_digits, scale: the most digits before and after the point of the shortest decimal
            text: what DECIMAL(integer_digits + scale, scale) needs.

    """

    __slots__ = (
        "greatest",
        "inexact",
        "integer_digits",
        "least",
        "scale",
        "whole32",
        "whole64",
    )

    def __init__(self) -> None:
        self.least: float | None = None
        self.greatest: float | None = None
        self.whole32 = 0
        self.whole64 = 0
        self.inexact = 0
        self.integer_digits = 0
        self.scale = 0

    def add(self, values: Sequence[float | Decimal]) -> None:
        """Count a column of numbers (not empty); a Decimal is one that a double would round."""
        kinds = set(map(type, values))
        if len(kinds) > 1:
            # A decimal can be equal to the float that is nearest to it in all digits: apart, then.
            for kind in kinds:
                self.add([value for value in values if type(value) is kind])
            return
        distinct = Counter(values)
        as_floats = list(map(float, distinct))
        self._widen(min(as_floats), max(as_floats))
        for value, n in distinct.items():
            if isinstance(value, Decimal) and not kept_by_double(value):
                self.inexact += n
            whole = _whole(value)
            if whole is not None:
                self.whole32 += n if INT32_MIN <= whole <= INT32_MAX else 0
                self.whole64 += n if INT64_MIN <= whole <= INT64_MAX else 0
            digits, scale = decimal_shape(value)
            self.integer_digits = max(self.integer_digits, digits)
            self.scale = max(self.scale, scale)

    def merge(self, other: NumberStatistics) -> None:
        """Take in what another saw."""
        if other.least is not None and other.greatest is not None:
            self._widen(other.least, other.greatest)
        self.whole32 += other.whole32
        self.whole64 += other.whole64
        self.inexact += other.inexact
        self.integer_digits = max(self.integer_digits, other.integer_digits)
        self.scale = max(self.scale, other.scale)

    def _widen(self, least: float, greatest: float) -> None:
        # Adding zero makes of -0.0 a 0.0: which of the two came first must not show.
        if self.least is None or least < self.least:
            self.least = least + 0.0
        if self.greatest is None or greatest > self.greatest:
            self.greatest = greatest + 0.0


DOUBLE_DIGITS = 17
"""The digits that writers give a double so that it reads back the same (IEEE 754, 5.12.2)."""


def kept_by_double(value: Decimal) -> bool:
    """Tell whether a number is what its nearest double is, written with so many digits.

    `1588207484.7373419` is: some writers give every double 17 digits, though 16 tell this one from
    its neighbours. `1588207484.7373418` reads to the same double, and isn't what it is.
    """
    near = float(value)
    if isinf(near):
        return False
    digits = max(len("".join(map(str, value.as_tuple().digits)).strip("0")), 1)
    if digits > DOUBLE_DIGITS:
        return Decimal(near) == value
    return Decimal(f"{near:.{digits - 1}e}") == value


def decimal_shape(value: float | Decimal) -> tuple[int, int]:
    """Return the digits before and after the point of a number's shortest decimal text.

    `120.50` is (3, 1), `0.05` (0, 2), `1e3` (4, 0), zero (0, 0).
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite() or exact == 0:
        return (0, 0)
    _, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - finite numbers have one
    length = len(digits)
    while length > 1 and digits[length - 1] == 0:
        length -= 1
        exponent += 1
    return (max(length + exponent, 0), max(-exponent, 0))


def _exact(value: int) -> bool:
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


def _whole(value: float | Decimal) -> int | None:
    if isinstance(value, float):
        if not value.is_integer():
            return None
        # Beyond 2^53 the number that was written is that of the text: -9.223372036854776e18 is
        # less than -2^63, though the double nearest to it is just that.
        return int(value) if abs(value) <= EXACT_MAX else _whole(Decimal(repr(value)))
    # The exponent is bounded before the conversion: 1e999999999 has a billion digits.
    if decimal_shape(value)[0] > 20 or decimal_shape(value)[1]:  # noqa: PLR2004 - beyond 64 bits
        return None
    return int(value)
