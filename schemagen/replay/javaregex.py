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
from typing import NoReturn

from schemagen.replay.javaclasses import LINE_ENDS, PREDEFINED, property_class

BOUNDARY_REMARK = "\\b and \\B see letters beyond ASCII as word characters only up to Java 18"
CATEGORY_REMARK = "\\p{…} follows the Unicode version of Python, not of the server's Java"

_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\x07", "e": "\x1b"}
_NUMBERED = "0xuc"
_LINE_BREAK = f"(?:\\r\\n|[{LINE_ENDS}\\x0B\\f])"
_FLAGS = "idmsux"
_SURROGATES = range(0xD800, 0xE000)
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


class JavaSyntaxError(Exception):
    """Java refuses the pattern: ksqlDB throws for every row that comes to it."""


class UntranslatableError(Exception):
    """Java has something that Python's `re` has not."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A pattern for Python.

    Attributes:
        regex: compiled; its groups are numbered as Java's.
        remarks: where the two may differ nevertheless.

    """

    regex: re.Pattern[str]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Modes:
    i: bool = False
    d: bool = False
    m: bool = False
    s: bool = False
    u: bool = False
    x: bool = False


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


class _Translator:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._names: set[str] = set()
        self._groups = 0
        self._total = _count_groups(pattern)
        self.remarks: dict[str, None] = {}

    def translate(self) -> str:
        written = self._alternatives(_Modes(), closing=False)
        if self._at < len(self._text):
            self._refuse("unmatched )")
        return written

    # -- the cursor ---------------------------------------------------------------------------

    def _refuse(self, reason: str) -> NoReturn:
        raise JavaSyntaxError(f"{reason} at character {self._at + 1}")

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._text[at] if at < len(self._text) else ""

    def _accept(self, text: str) -> bool:
        if self._text.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def _take(self) -> str:
        char = self._peek()
        if not char:
            self._refuse("the pattern ends too early")
        self._at += 1
        return char

    def _skip_comments(self, modes: _Modes) -> None:
        while modes.x and self._peek():
            if self._peek() in " \t\n\x0b\f\r":
                self._at += 1
            elif self._peek() == "#":
                while self._peek() and self._peek() not in "\n\r\x85\u2028\u2029":
                    self._at += 1
            else:
                return

    # -- structure ----------------------------------------------------------------------------

    def _alternatives(self, modes: _Modes, *, closing: bool) -> str:
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
            written.append(self._piece(modes))

    def _inline_flags(self, modes: _Modes) -> _Modes | None:
        """Read `(?ims-x)`, which isn't a group."""
        found = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?\)").match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return self._with_flags(modes, found[1], found[2] or "")

    def _with_flags(self, modes: _Modes, on: str, off: str) -> _Modes:
        for flag in on + off:
            if flag == "U":
                raise UntranslatableError("the flag U (Unicode character classes)")
            if flag not in _FLAGS:
                self._refuse("unknown flag")
        changed = replace(modes, **dict.fromkeys(on, True))
        return replace(changed, **dict.fromkeys(off, False))

    def _piece(self, modes: _Modes) -> str:
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

    def _quotation(self, modes: _Modes) -> str:
        end = self._text.find("\\E", self._at)
        quoted = self._text[self._at : end if end >= 0 else len(self._text)]
        self._at = end + 2 if end >= 0 else len(self._text)
        if not quoted:
            return ""
        # A quantifier behind it repeats the last character only.
        written = "".join(self._literal(char, modes) for char in quoted)
        return written + self._quantifier(modes)

    def _quantifier(self, modes: _Modes) -> str:
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

    def _group(self, modes: _Modes) -> str:
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

    def _special_group(self, modes: _Modes) -> tuple[str, _Modes]:
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

    def _atom(self, modes: _Modes) -> str:
        char = self._take()
        if char == "[":
            return self._cased(self._character_class(modes), modes)
        if char == "\\":
            return self._escape(modes)
        return self._special(char, modes) or self._literal(char, modes)

    def _special(self, char: str, modes: _Modes) -> str:
        if char == "^":
            return _line_start(modes)
        if char == "$":
            return _line_end(modes)
        if char != ".":
            return ""
        if modes.s:
            return "[\\x00-\\U0010ffff]"
        return "[^\\n]" if modes.d else f"[^{LINE_ENDS}]"

    def _literal(self, char: str, modes: _Modes) -> str:
        return self._cased(re.escape(char), modes)

    def _cased(self, written: str, modes: _Modes) -> str:
        if not modes.i:
            return written
        return f"(?{'u' if modes.u else 'a'}i:{written})"

    def _escape(self, modes: _Modes) -> str:
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

    def _assertion(self, char: str, modes: _Modes) -> str | None:
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

    def _class_shorthand(self) -> tuple[bool, str] | None:
        char = self._peek()
        if char and char in "dwshv":
            self._at += 1
            return False, PREDEFINED[char]
        if char and char in "DWSHV":
            self._at += 1
            return True, PREDEFINED[char.lower()]
        if not char or char not in "pP":
            return None
        found = re.compile(r"[pP](?:\{([^}]*)\}|(.))").match(self._text, self._at)
        if found is None:
            self._refuse("a property isn't named")
        members = property_class(found[1] if found[1] is not None else found[2])
        if members is None:
            raise UntranslatableError("a character property other than POSIX's and the categories")
        if len(members) > 100:  # noqa: PLR2004 - POSIX's are short, the categories are not
            self.remarks[CATEGORY_REMARK] = None
        self._at = found.end()
        return char == "P", members

    def _escaped_character(self) -> str:
        """Read what stands behind a back-slash and means one character."""
        char = self._take()
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in _NUMBERED:
            return self._numbered(char)
        if char == "N":
            raise UntranslatableError("a character by its name")
        if char.isascii() and char.isalpha():
            self._refuse("an unknown escape")
        return char

    def _numbered(self, char: str) -> str:
        if char == "c":
            return chr(ord(self._take()) ^ 64)
        if char == "u":
            return self._utf16()
        if char == "0":
            return self._code(r"[0-3][0-7]{2}|[0-7]{1,2}", 8)
        if self._peek() == "{":
            return self._code(r"\{([0-9A-Fa-f]+)\}", 16)
        return self._code(r"[0-9A-Fa-f]{2}", 16)

    def _code(self, digits: str, base: int) -> str:
        found = re.compile(digits).match(self._text, self._at)
        if found is None:
            self._refuse("a character's number is wrong")
        code = int(found[1] if found.re.groups else found[0], base)
        if code > 0x10FFFF:  # noqa: PLR2004 - the last character of Unicode
            self._refuse("a character's number is too large")
        self._at = found.end()
        return chr(code)

    def _utf16(self) -> str:
        unit = ord(self._code(r"[0-9A-Fa-f]{4}", 16))
        if unit in _HIGH and self._text.startswith("\\u", self._at):
            start = self._at
            self._at += 2
            low = ord(self._code(r"[0-9A-Fa-f]{4}", 16))
            if low in _LOW:
                return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
            self._at = start
        if unit in _SURROGATES:
            raise UntranslatableError("half of a surrogate pair")
        return chr(unit)

    # -- classes ------------------------------------------------------------------------------

    def _character_class(self, modes: _Modes) -> str:
        """Read a class behind its bracket: a test of one character, that consumes it."""
        negated = self._accept("^")
        parts = [self._union(modes, first=True)]
        while self._accept("&&"):
            parts.append(self._union(modes, first=False))
        if not self._accept("]"):
            self._refuse("a class isn't closed")
        parts = [part for part in parts if part]
        if not parts:
            self._refuse("a class is empty")
        if len(parts) == 1:
            return _negated(parts[0]) if negated else parts[0]
        tests = "".join(f"(?={part})" for part in parts[:-1])
        both = f"(?:{tests}{parts[-1]})"
        return _negated(both) if negated else both

    def _union(self, modes: _Modes, *, first: bool) -> str:
        members: list[str] = []
        others: list[str] = []
        while True:
            if modes.x:
                self._skip_comments(modes)
            char = self._peek()
            if not char:
                self._refuse("a class isn't closed")
            if self._text.startswith("&&", self._at):
                break
            if char == "]" and (members or others or not first):
                break
            if char == "[":
                self._at += 1
                others.append(self._character_class(modes))
                continue
            self._member(members, others)
        if members:
            others.insert(0, f"[{''.join(members)}]")
        return others[0] if len(others) == 1 else f"(?:{'|'.join(others)})" if others else ""

    def _member(self, members: list[str], others: list[str]) -> None:
        if self._accept("\\Q"):
            end = self._text.find("\\E", self._at)
            quoted = self._text[self._at : end if end >= 0 else len(self._text)]
            self._at = end + 2 if end >= 0 else len(self._text)
            members.extend(_member_text(char) for char in quoted)
            return
        if self._peek() == "\\":
            self._at += 1
            shorthand = self._class_shorthand()
            if shorthand is not None:
                negated, inner = shorthand
                if negated:
                    others.append(f"[^{inner}]")
                else:
                    members.append(inner)
                return
            low = self._escaped_character()
        else:
            low = self._take()
        if self._peek() == "-" and self._peek(1) not in {"]", "[", ""}:
            self._at += 1
            if self._accept("\\"):
                if self._class_shorthand() is not None:
                    self._refuse("a range ends in a class")
                high = self._escaped_character()
            else:
                high = self._take()
            if high < low:
                self._refuse("a range is wrong")
            members.append(f"{_member_text(low)}-{_member_text(high)}")
        else:
            members.append(_member_text(low))


def _member_text(char: str) -> str:
    return f"\\U{ord(char):08x}"


def _negated(part: str) -> str:
    if part.startswith("[") and not part.startswith("[^"):
        return f"[^{part[1:]}"
    return f"(?:(?!{part})[\\x00-\\U0010ffff])"


def _count_groups(pattern: str) -> int:
    """Count the capturing groups, those in quotations and classes too: an upper bound."""
    return len(re.findall(r"(?<!\\)\((?!\?)|\(\?<[A-Za-z]", pattern))


def _line_start(modes: _Modes) -> str:
    if not modes.m:
        return "\\A"
    # Java's ^ never matches at the very end of the text, not even behind a line terminator.
    if modes.d:
        return "(?:(?!\\Z)(?:\\A|(?<=\\n)))"
    return "(?:(?!\\Z)(?:\\A|(?<=[\\n\\x85\\u2028\\u2029])|(?<=\\r)(?!\\n)))"


def _line_end(modes: _Modes) -> str:
    if not modes.m:
        return _final_end(modes)
    if modes.d:
        return "(?=\\Z|\\n)"
    return "(?:(?=\\Z|[\\r\\x85\\u2028\\u2029])|(?<!\\r)(?=\\n))"


def _final_end(modes: _Modes) -> str:
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
