"""How values that are not text read as text, where a VARCHAR or JSON text holds them.

A detection that compares text can tell by the form alone that it can't match: no array equals
`evil`, and no number with a fraction equals `4688`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemagen.profile.profile import ARRAY, NUMBER


@dataclass(frozen=True, slots=True)
class TextForm:
    """A text of which only the form is known, in any case.

    Attributes:
        whole: what such texts look like.
        start, end: what a part at their start and at their end looks like.

    """

    whole: re.Pattern[str]
    start: re.Pattern[str]
    end: re.Pattern[str]

    def may_equal(self, text: str) -> bool:
        """Check whether such a text can be equal to this one."""
        return self.whole.fullmatch(text) is not None

    def first(self) -> TextForm:
        """Return the form of the first characters."""
        return TextForm(self.start, self.start, _ANYTHING)

    def last(self) -> TextForm:
        """Return the form of the last characters."""
        return TextForm(self.end, _ANYTHING, self.end)


def _form(whole: str, start: str, end: str) -> TextForm:
    flags = re.IGNORECASE | re.DOTALL
    return TextForm(*(re.compile(each, flags) for each in (whole, start, end)))


_ANYTHING = re.compile(".*", re.DOTALL)

ARRAY_TEXT = _form(r"\[.*\]", r"\[.*", r".*\]")
"""An array: flattened as `[a, b]`, or JSON."""
FRACTION_TEXT = _form(
    r"-?\d+\.\d+(?:e-?\d+)?|nan|-?infinity", r"-?\d+(?:\.\d*(?:e-?\d*)?)?|-", r"[-+.e\d]*\d"
)
"""A number with a fraction or an exponent, as Java writes a double: `4688.0`, `1.5E10`."""
NUMBER_TEXT = _form(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?", r"[-+.e\d]*", r"[-+.e\d]*\d")
"""Any number, whole or not."""

NEW_FORMS = {ARRAY: (None, ARRAY_TEXT), NUMBER: (NUMBER_TEXT, FRACTION_TEXT)}
"""For JSON types that may be new in text: what a detection could match that is now written in
another form (None for anything), and that form."""
