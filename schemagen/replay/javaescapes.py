r"""Reading Java's regular expressions character by character: escapes and classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from schemagen.replay.javaclasses import PREDEFINED, property_class

CATEGORY_REMARK = "\\p{…} follows the Unicode version of Python, not of the server's Java"

_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\x07", "e": "\x1b"}
_NUMBERED = "0xuc"
_SURROGATES = range(0xD800, 0xE000)
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


class JavaSyntaxError(Exception):
    """Java refuses the pattern: ksqlDB throws for every row that comes to it."""


class UntranslatableError(Exception):
    """Java has something that Python's `re` has not."""


@dataclass(frozen=True, slots=True)
class Modes:
    """The flags in force."""

    i: bool = False
    d: bool = False
    m: bool = False
    s: bool = False
    u: bool = False
    x: bool = False


class ClassReader:
    """Reads escapes and classes.

    Attributes:
        remarks: where Java and Python may differ nevertheless.

    """

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self.remarks: dict[str, None] = {}

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

    def _skip_comments(self, modes: Modes) -> None:
        while modes.x and self._peek():
            if self._peek() in " \t\n\x0b\f\r":
                self._at += 1
            elif self._peek() == "#":
                while self._peek() and self._peek() not in "\n\r\x85\u2028\u2029":
                    self._at += 1
            else:
                return

    # -- escapes -----------------------------------------------------------------------------

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

    def _character_class(self, modes: Modes) -> str:
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

    def _union(self, modes: Modes, *, first: bool) -> str:
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
