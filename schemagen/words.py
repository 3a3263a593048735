"""Numbers and names in sentences."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def counted(n: int, noun: str) -> str:
    """Write a count with its noun: `1 value`, `2,000 values`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def kind_word(kind: str) -> str:
    """Return the word for a kind of JSON value: a string is a text here, as everywhere."""
    return "text" if kind == "string" else kind


_FORMAT_WORDS = {
    "int32": "digits",
    "int53": "digits",
    "int64": "digits",
    "big-integer": "digits",
    "loose-int32": "digits",
    "loose-int64": "digits",
    "number": "decimal numbers",
    "java-double": "decimal numbers",
}


def format_word(name: str) -> str:
    """Return the words for what a text looks like: how wide a number is, its column says."""
    return _FORMAT_WORDS.get(name, name)


def printable(text: str) -> str:
    """Write control characters as escapes, so that no name can steer a terminal."""
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)


def percent(share: float) -> str:
    """Write a share so that neither 0 nor 100 % is said of what is not quite that."""
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    if share < 0.0001:  # noqa: PLR2004 - two decimals would make it 0.00 %
        return "<0.01%"
    text = f"{share:.2%}" if share < 0.1 else f"{share:.1%}"  # noqa: PLR2004 - three digits do
    return "99.9%" if text == "100.0%" else text
