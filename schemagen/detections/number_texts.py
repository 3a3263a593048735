"""How a number of a rule is written where a VARCHAR holds it.

A rule's 4688 is in `4688`, in `4688.0` and in `4.688E+3`. ksqlDB writes a number of JSON as Java's
BigDecimal or Double does: in digits, or with an exponent behind one digit before the point. To read
the text as a DOUBLE instead would make neighbours of one number beyond 2^53, and throw on others.
"""

from __future__ import annotations

from decimal import Decimal

MOST_DIGITS = 400
"""A number with more digits is not written out: a double has 309 before its point."""

_ZERO = r"-?0(?:\.0*)?(?:[eE][+-]?[0-9]+)?"


def exact(number: float) -> Decimal:
    """Give a number as it is written, not as the double nearest to it."""
    return Decimal(repr(number))


def spellings(number: float) -> list[str]:
    """List how a number is written most: in digits, and as JSON writes it."""
    value = exact(number)
    is_whole = value == value.to_integral_value() and value.adjusted() < MOST_DIGITS
    return list(dict.fromkeys([*([str(int(value))] if is_whole else []), repr(number)]))


def number_expression(number: float) -> str:
    """Write a regular expression for Java that is found in a text if that is a number.

    It is the number however its zeros and its exponent are written.
    """
    value = exact(number)
    if not value:
        return _ZERO
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise TypeError("not a number")
    written = "".join(map(str, digits))
    text = written.rstrip("0")
    exponent += len(written) - len(text)
    power = len(text) - 1 + exponent
    forms = [_pointed(text[:1], text[1:]) + f"[eE]{_exponent(power)}"] if power else []
    if exponent >= 0 and power < MOST_DIGITS:
        forms.insert(0, _pointed(text + "0" * exponent, ""))
    elif power >= 0:
        forms.insert(0, _pointed(text[: power + 1], text[power + 1 :]))
    elif -power < MOST_DIGITS:
        forms.insert(0, _pointed("0", "0" * (-power - 1) + text))
    either = forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"
    return f"{'-' if sign else ''}{either}"


def _pointed(whole: str, fraction: str) -> str:
    return f"{whole}\\.{fraction}0*" if fraction else f"{whole}(?:\\.0*)?"


def _exponent(power: int) -> str:
    return f"-0*{-power}" if power < 0 else rf"\+?0*{power}"
