r"""Java's regular expressions in Python: translated, or refused; never approximated in silence.

The rules are those of `java.util.regex.Pattern` in Java 17. Python's `re` has the same backtracking
search, possessive quantifiers and atomic groups; what differs is written out:

* `.`, `^`, `$` and `\Z` know six line terminators and the pair `\r\n`;
* `\d`, `\w`, `\s` and ignoring case are ASCII unless `(?u)` says otherwise;
* flags inside the pattern hold up to the end of their group;
* classes can be united, intersected and negated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from schemagen.replay.javaclasses import LINE_ENDS
from schemagen.replay.javaescapes import (
    CATEGORY_REMARK,
    ClassReader,
    JavaSyntaxError,
    Modes,
    UntranslatableError,
)

__all__ = [
    "BOUNDARY_REMARK",
    "CATEGORY_REMARK",
    "JavaSyntaxError",
    "Translated",
    "UntranslatableError",
    "translate",
]

BOUNDARY_REMARK = "\\b and \\B see letters beyond ASCII as word characters only up to Java 18"

_LINE_BREAK = f"(?:\\r\\n|[{LINE_ENDS}\\x0B\\f])"
_FLAGS = "idmsux"
_PLAIN = re.compile(r"[^\\\[\](){}.*+?^$|]+(?![*+?{])")


@dataclass(frozen=True, slots=True)
class Translated:
    """A pattern for Python.

    Attributes:
        regex: compiled; its groups are numbered as Java's.
        remarks: where the two may differ nevertheless.

    """

    regex: re.Pattern[str]
    remarks: tuple[str, ...]


@lru_cache(maxsize=4096)
def translate(pattern: str) -> Translated:
    """Translate one pattern.

    Raises:
        JavaSyntaxError: Java would refuse it.
        UntranslatableError: it can't be written for Python.

    """
    translator = _Translator(pattern)
    text = translator.translate()
    try:
        # ASCII, so that only ASCII letters have two cases unless a group says otherwise.
        return Translated(re.compile(text, re.ASCII), tuple(translator.remarks))
    except re.error as error:
        if "look-behind" in str(error):
            raise UntranslatableError("a look-behind of variable length") from None
        if "duplicate" in str(error) or "redefinition" in str(error):
            raise JavaSyntaxError("a group's name is used twice") from None
        raise UntranslatableError(error.msg) from None
    except (RecursionError, OverflowError):
        raise UntranslatableError("it is nested too deeply or repeats too often") from None


class _Translator(ClassReader):
    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self._names: set[str] = set()
        self._groups = 0
        self._total = _count_groups(pattern)

    def translate(self) -> str:
        written = self._alternatives(Modes(), closing=False)
        if self._at < len(self._text):
            self._refuse("unmatched )")
        return written

    # -- structure ----------------------------------------------------------------------------

    def _alternatives(self, modes: Modes, *, closing: bool) -> str:
        """Read up to the group's end; flags that are set on the way hold to there."""
        written: list[str] = []
        while True:
            self._skip_comments(modes)
            if not self._peek() or (closing and self._peek() == ")"):
                return "".join(written)
            if self._peek() == ")":
                return "".join(written)
            if self._accept("|"):
                written.append("|")
                continue
            changed = self._inline_flags(modes)
            if changed is not None:
                modes = changed
                continue
            written.append(self._run(modes) or self._piece(modes))

    def _run(self, modes: Modes) -> str:
        """Read plain characters at once, up to one that a quantifier may stand behind."""
        found = None if modes.x else _PLAIN.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return self._literal(found[0], modes)

    def _inline_flags(self, modes: Modes) -> Modes | None:
        """Read `(?ims-x)`, which isn't a group."""
        found = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?\)").match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return self._with_flags(modes, found[1], found[2] or "")

    def _with_flags(self, modes: Modes, on: str, off: str) -> Modes:
        for flag in on + off:
            if flag == "U":
                raise UntranslatableError("the flag U (Unicode character classes)")
            if flag not in _FLAGS:
                self._refuse("unknown flag")
        changed = replace(modes, **dict.fromkeys(on, True))
        return replace(changed, **dict.fromkeys(off, False))

    def _piece(self, modes: Modes) -> str:
        start = self._at
        if self._accept("\\Q"):
            return self._quotation(modes)
        if self._peek() in "*+?" or self._peek() == "{":
            self._refuse("a quantifier has nothing to repeat")
        atom = self._group(modes) if self._peek() == "(" else self._atom(modes)
        quantifier = self._quantifier(modes)
        if quantifier and self._text[start] in "^$":
            # Python refuses to repeat some assertions that stand alone.
            return f"(?:{atom}){quantifier}"
        return atom + quantifier

    def _quotation(self, modes: Modes) -> str:
        end = self._text.find("\\E", self._at)
        quoted = self._text[self._at : end if end >= 0 else len(self._text)]
        self._at = end + 2 if end >= 0 else len(self._text)
        if not quoted:
            return ""
        # A quantifier behind it repeats the last character only.
        written = "".join(self._literal(char, modes) for char in quoted)
        return written + self._quantifier(modes)

    def _quantifier(self, modes: Modes) -> str:
        self._skip_comments(modes)
        char = self._peek()
        if char and char in "*+?":
            written = self._take()
        elif char == "{":
            found = re.compile(r"\{(\d+)(?:,(\d*))?\}").match(self._text, self._at)
            if found is None:
                self._refuse("a repetition is wrong")
            if found[2] and int(found[2]) < int(found[1]):
                self._refuse("a repetition's range is wrong")
            self._at = found.end()
            written = found[0]
        else:
            return ""
        if self._peek() and self._peek() in "?+":
            written += self._take()
        if self._peek() and self._peek() in "*+?":
            self._refuse("a quantifier has nothing to repeat")
        return written

    def _group(self, modes: Modes) -> str:
        self._take()
        opening = "("
        if self._accept("?"):
            opening, modes = self._special_group(modes)
        else:
            self._groups += 1
        inner = self._alternatives(modes, closing=True)
        if not self._accept(")"):
            self._refuse("a group isn't closed")
        if opening in {"(?<=", "(?<!"}:
            return _look_behind(opening, inner)
        return f"{opening}{inner})"

    def _special_group(self, modes: Modes) -> tuple[str, Modes]:
        for opening in (":", "=", "!", ">", "<=", "<!"):
            if self._accept(opening):
                return f"(?{opening}", modes
        named = re.compile(r"<([A-Za-z][A-Za-z0-9]*)>").match(self._text, self._at)
        if named is not None:
            if named[1] in self._names:
                self._refuse("a group's name is used twice")
            self._names.add(named[1])
            self._groups += 1
            self._at = named.end()
            return f"(?P<{named[1]}>", modes
        flags = re.compile(r"([a-zA-Z]*)(?:-([a-zA-Z]*))?:").match(self._text, self._at)
        if flags is None:
            self._refuse("an unknown kind of group")
        self._at = flags.end()
        return "(?:", self._with_flags(modes, flags[1], flags[2] or "")

    # -- atoms --------------------------------------------------------------------------------

    def _atom(self, modes: Modes) -> str:
        char = self._take()
        if char == "[":
            return self._cased(self._character_class(modes), modes)
        if char == "\\":
            return self._escape(modes)
        return self._special(char, modes) or self._literal(char, modes)

    def _special(self, char: str, modes: Modes) -> str:
        if char == "^":
            return _line_start(modes)
        if char == "$":
            return _line_end(modes)
        if char != ".":
            return ""
        if modes.s:
            return "[\\x00-\\U0010ffff]"
        return "[^\\n]" if modes.d else f"[^{LINE_ENDS}]"

    def _literal(self, char: str, modes: Modes) -> str:
        return self._cased(re.escape(char), modes)

    def _cased(self, written: str, modes: Modes) -> str:
        if not modes.i:
            return written
        return f"(?{'u' if modes.u else 'a'}i:{written})"

    def _escape(self, modes: Modes) -> str:
        char = self._peek()
        assertion = self._assertion(char, modes)
        if assertion is not None:
            self._at += 1
            return assertion
        if char == "X" or self._text.startswith("b{g}", self._at):
            raise UntranslatableError("a grapheme cluster")
        if char == "k":
            return self._cased(self._named_reference(), modes)
        if char and char in "123456789":
            return self._cased(self._reference(), modes)
        shorthand = self._shorthand()
        if shorthand is not None:
            return self._cased(shorthand, modes)
        return self._literal(self._escaped_character(), modes)

    def _assertion(self, char: str, modes: Modes) -> str | None:
        """Write an escape that means a place, or a line break."""
        if char in {"b", "B"} and self._peek(1) != "{":
            self.remarks[BOUNDARY_REMARK] = None
            return f"(?u:\\{char})"
        # The search begins at the start, which is where \G is then.
        places = {"A": "\\A", "G": "\\A", "z": "\\Z", "Z": _final_end(modes), "R": _LINE_BREAK}
        return places.get(char)

    def _named_reference(self) -> str:
        found = re.compile(r"k<([A-Za-z][A-Za-z0-9]*)>").match(self._text, self._at)
        if found is None or found[1] not in self._names:
            self._refuse("a reference to a group that isn't there")
        self._at = found.end()
        return f"(?P={found[1]})"

    def _reference(self) -> str:
        digits = self._take()
        while self._peek() in set("0123456789") and int(digits + self._peek()) <= self._total:
            digits += self._take()
        if int(digits) > self._groups:
            # Java lets it through, and it never matches.
            return "(?!)"
        return f"(?:\\{digits})"

    def _shorthand(self) -> str | None:
        r"""Read `\d`, `\P{L}` and the like, as one class."""
        inner = self._class_shorthand()
        if inner is None:
            return None
        negated, members = inner
        return f"[{'^' if negated else ''}{members}]"


def _count_groups(pattern: str) -> int:
    """Count the capturing groups, those in quotations and classes too: an upper bound."""
    return len(re.findall(r"(?<!\\)\((?!\?)|\(\?<[A-Za-z]", pattern))


def _line_start(modes: Modes) -> str:
    if not modes.m:
        return "\\A"
    # Java's ^ never matches at the very end of the text, not even behind a line terminator.
    if modes.d:
        return "(?:(?!\\Z)(?:\\A|(?<=\\n)))"
    return "(?:(?!\\Z)(?:\\A|(?<=[\\n\\x85\\u2028\\u2029])|(?<=\\r)(?!\\n)))"


def _line_end(modes: Modes) -> str:
    if not modes.m:
        return _final_end(modes)
    if modes.d:
        return "(?=\\Z|\\n)"
    return "(?:(?=\\Z|[\\r\\x85\\u2028\\u2029])|(?<!\\r)(?=\\n))"


def _final_end(modes: Modes) -> str:
    if modes.d:
        return "(?=\\n?\\Z)"
    return "(?:(?=(?:\\r\\n|[\\r\\x85\\u2028\\u2029])?\\Z)|(?<!\\r)(?=\\n\\Z))"


def _look_behind(opening: str, inner: str) -> str:
    """Write a look-behind; Python wants one length, so alternatives stand in one each."""
    parts = _top_level_alternatives(inner)
    if len(parts) == 1:
        return f"{opening}{inner})"
    kept = "".join if opening == "(?<!" else "|".join
    return f"(?:{kept(f'{opening}{part})' for part in parts)})"


def _top_level_alternatives(written: str) -> list[str]:
    parts, depth, start, at = [], 0, 0, 0
    in_class = False
    while at < len(written):
        char = written[at]
        if char == "\\":
            at += 2
            continue
        if in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "|" and not depth:
            parts.append(written[start:at])
            start = at + 1
        at += 1
    return [*parts, written[start:]]
