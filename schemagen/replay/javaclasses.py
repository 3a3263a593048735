"""Character classes of Java's regular expressions, written for Python's `re`.

The rules are those of `java.util.regex.Pattern` in Java 17 without UNICODE_CHARACTER_CLASS: the
predefined classes are ASCII.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

LINE_ENDS = "\\n\\r\\x85\\u2028\\u2029"

_SPACES = " \\t\\n\\x0B\\f\\r"
_HORIZONTAL = " \\t\\xA0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000"
_VERTICAL = "\\n\\x0B\\f\\r\\x85\\u2028\\u2029"

PREDEFINED = {
    "d": "0-9",
    "w": "a-zA-Z_0-9",
    "s": _SPACES,
    "h": _HORIZONTAL,
    "v": _VERTICAL,
}
"""What stands between the brackets for `\\d` and the like."""

_PUNCTUATION = "!-/:-@\\[-`{-~"
POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": "\\x00-\\x7F",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": _PUNCTUATION,
    "Graph": "!-~",
    "Print": " -~",
    "Blank": " \\t",
    "Cntrl": "\\x00-\\x1F\\x7F",
    "XDigit": "0-9a-fA-F",
    "Space": _SPACES,
}
"""What stands between the brackets for `\\p{Alpha}` and the like."""

_CATEGORIES = frozenset(
    "Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Pd Ps Pe Pc Po Sm Sc Sk So Pi Pf".split()  # noqa: SIM905, E501 - a list of thirty two-letter literals fills a screen
)


def property_class(name: str) -> str | None:
    r"""Give what stands between the brackets for `\p{name}`, None where it isn't known here."""
    if name in POSIX:
        return POSIX[name]
    for prefix in ("gc=", "general_category=", "Is"):
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            break
    if name in _CATEGORIES or name in {"L", "M", "N", "Z", "C", "P", "S"}:
        return _category(name)
    return _category("Lu", "Ll", "Lt") if name == "LC" else None


@cache
def _category(*names: str) -> str:
    """Collect the ranges of characters whose general category begins with one of the names."""
    parts = []
    start = None
    for code in range(sys.maxunicode + 2):
        inside = code <= sys.maxunicode and unicodedata.category(chr(code)).startswith(names)
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            parts.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = None
    return "".join(parts)
