"""Texts of rules: wildcards, and the regular expression that says the same."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sigma.types import Placeholder, SpecialChars

from schemagen.detections.regex import quoted

if TYPE_CHECKING:
    from sigma.types import SigmaString


class Wildcard(Enum):
    """A wildcard."""

    MANY = "*"
    ONE = "?"


class PatternForm(Enum):
    """What a pattern asks for; the simple ones need no regular expression."""

    ANYTHING = "anything"
    EQUALS = "equals"
    CONTAINS = "contains"
    STARTS = "startswith"
    ENDS = "endswith"
    OTHER = "other"


class UnsupportedValueError(ValueError):
    """A value of a rule that can't be compiled; the message is a clause."""


_PYTHON = {Wildcard.MANY: ".*", Wildcard.ONE: "."}
_SPECIAL = {SpecialChars.WILDCARD_MULTI: Wildcard.MANY, SpecialChars.WILDCARD_SINGLE: Wildcard.ONE}

# Lower case of these depends on what is around them, or is more than one character: the lower case
# of a part is then no part of the lower case of the whole.
_UNSTEADY = frozenset("\u03a3\u03c3\u03c2\u0130\u0307")
_FOLDED = dict.fromkeys("\u03a3\u03c3\u03c2", "[\u03a3\u03c2\u03c3]")
"""A sigma at the end of a word is another letter in lower case, and the same one in upper case."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with wildcards.

    Args:
        tokens: texts and wildcards in turn; no two texts and no two `*` in a row.
        cased: whether its case counts.

    """

    tokens: tuple[str | Wildcard, ...]
    cased: bool = False

    @property
    def text(self) -> str:
        """The one text of a simple shape, in the case that it is compared in."""
        text = "".join(token for token in self.tokens if isinstance(token, str))
        return text if self.cased else text.lower()

    @property
    def shape(self) -> PatternForm:
        """What it asks for."""
        kinds = tuple(token if isinstance(token, Wildcard) else "text" for token in self.tokens)
        return _SHAPES.get(kinds, PatternForm.OTHER)

    @property
    def fragile(self) -> bool:
        """Whether its text must not be a plain literal.

        A line break in a literal doesn't survive every editor, and other control characters can't
        be seen in review: as escapes of a regular expression they can.
        """
        return self.unsteady or any(
            unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
            for token in self.tokens
            if isinstance(token, str)
            for char in token
        )

    @property
    def unsteady(self) -> bool:
        """Whether it can't be compared in lower case."""
        return not self.cased and any(
            not _UNSTEADY.isdisjoint(token) for token in self.tokens if isinstance(token, str)
        )

    def inside(self) -> Pattern:
        """Give the pattern for a text that has this one somewhere inside."""
        return pattern([Wildcard.MANY, *self.tokens, Wildcard.MANY], cased=self.cased)

    def matches(self, text: str) -> bool:
        """Tell whether it matches a text, here and now."""
        parts = [
            re.escape(token) if isinstance(token, str) else _PYTHON[token] for token in self.tokens
        ]
        flags = re.DOTALL if self.cased else re.DOTALL | re.IGNORECASE
        return re.fullmatch("".join(parts), text, flags) is not None

    def expression(self) -> str:
        """Write the pattern as a regular expression for Java, to be found.

        It is for text in lower case, unless the pattern is `cased` or `unsteady`. A dot must match
        everything: the flag `s` is the caller's.
        """
        tokens = list(self.tokens)
        start, end = r"\A", r"\z"
        if tokens and tokens[0] is Wildcard.MANY:
            start = ""
            del tokens[0]
        if tokens and tokens[-1] is Wildcard.MANY:
            end = ""
            del tokens[-1]
        return start + "".join(map(self._part, tokens)) + end

    def _part(self, token: str | Wildcard) -> str:
        if isinstance(token, Wildcard):
            return ".*" if token is Wildcard.MANY else "."
        if self.cased:
            return quoted(token)
        if not self.unsteady:
            return quoted(token.lower())
        return "".join(map(_any_case, token))


_TEXT = "text"
_SHAPES: dict[tuple[str | Wildcard, ...], PatternForm] = {
    (): PatternForm.EQUALS,
    (_TEXT,): PatternForm.EQUALS,
    (Wildcard.MANY,): PatternForm.ANYTHING,
    (Wildcard.MANY, _TEXT): PatternForm.ENDS,
    (_TEXT, Wildcard.MANY): PatternForm.STARTS,
    (Wildcard.MANY, _TEXT, Wildcard.MANY): PatternForm.CONTAINS,
}


def pattern(tokens: list[str | Wildcard], *, cased: bool) -> Pattern:
    """Make a pattern, joining what can be joined."""
    joined: list[str | Wildcard] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if isinstance(token, str):
            if isinstance(last, str):
                joined[-1] = last + token
            elif token:
                joined.append(token)
        elif token is Wildcard.ONE or last is not Wildcard.MANY:
            joined.append(token)
    return Pattern(tuple(joined), cased)


def pattern_of(value: SigmaString, *, cased: bool) -> Pattern:
    """Read a text of pySigma's.

    Raises:
        UnsupportedValueError: it holds a placeholder that no pipeline gave values for.

    """
    tokens: list[str | Wildcard] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise UnsupportedValueError(
                f"the placeholder `{part.name}` has no values; a pipeline with "
                "`value_placeholders` gives them"
            )
        tokens.append(_SPECIAL[part] if isinstance(part, SpecialChars) else part)
    return pattern(tokens, cased=cased)


def _any_case(char: str) -> str:
    known = _FOLDED.get(char)
    if known is not None:
        return known
    spellings = {char, *(other for other in (char.lower(), char.upper()) if len(other) == 1)}
    if len(spellings) == 1:
        return quoted(char)
    return "[" + "".join(map(quoted, sorted(spellings))) + "]"
