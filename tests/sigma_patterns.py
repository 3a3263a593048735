"""Sigma's texts: wildcards, escapes, and what the modifiers make of a value.

Part of the oracle in `sigma_matcher`, which says where each decision comes from.
"""

from __future__ import annotations

import base64
import itertools
import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class RuleError(ValueError):
    """The specification gives the rule no meaning."""


class Wild(Enum):
    MANY = "*"
    ONE = "?"


# One character, any of several characters, or a wildcard.
Token = str | frozenset[str] | Wild
Pattern = list[Token]

DASHES = frozenset("-/\u2013\u2014\u2015")
PLACEMENTS = {"contains": (True, True), "startswith": (False, True), "endswith": (True, False)}
UTF16 = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16-le"}
TRANSFORMATIONS = frozenset({"windash", "base64", "base64offset", "expand", *UTF16})


def parse(value: str) -> Pattern:
    """Read a value of a rule: wildcards, and back-slashes before what they can escape."""
    tokens: Pattern = []
    position = 0
    while position < len(value):
        char = value[position]
        if char == "\\" and value[position + 1 : position + 2] in ("*", "?", "\\"):
            position += 1
            tokens.append(value[position])
        else:
            tokens.append({"*": Wild.MANY, "?": Wild.ONE}.get(char, char))
        position += 1
    return tokens


def fold(char: str) -> str:
    lower = char.lower()
    return lower if len(lower) == 1 else char


def like(pattern: Pattern, text: str, *, cased: bool) -> bool:
    """Tell whether a pattern matches the whole text."""
    alter = str if cased else fold
    chars = [alter(char) for char in text]
    reached = {0}
    for token in pattern:
        if token is Wild.MANY:
            reached = set(range(min(reached), len(chars) + 1))
            continue
        wanted = None
        if not isinstance(token, Wild):
            wanted = {alter(char) for char in token}
        reached = {
            place + 1
            for place in reached
            if place < len(chars) and (wanted is None or chars[place] in wanted)
        }
        if not reached:
            return False
    return len(chars) in reached


def placed(pattern: Pattern, placements: set[str]) -> Pattern:
    """Put wildcards where `contains`, `startswith` and `endswith` want them."""
    before = any(PLACEMENTS[name][0] for name in placements)
    after = any(PLACEMENTS[name][1] for name in placements)
    return [*([Wild.MANY] if before else []), *pattern, *([Wild.MANY] if after else [])]


def transform(
    pattern: Pattern, modifiers: Sequence[str], placeholders: Mapping[str, Sequence[str]]
) -> list[Pattern]:
    """Apply the transformations among the modifiers in their order; gives alternatives."""
    alternatives = [pattern]
    encoding = "utf-8"
    for name in modifiers:
        if name == "windash":
            alternatives = [windash(old) for old in alternatives]
        elif name == "expand":
            alternatives = [new for old in alternatives for new in expand(old, placeholders)]
        elif name in UTF16:
            mark: Pattern = ["\xff", "\xfe"] if name == "utf16" else []
            alternatives = [
                mark + widened(spelled, UTF16[name])
                for old in alternatives
                for spelled in spell(old)
            ]
            # From here on a character stands for a byte.
            encoding = "latin-1"
        elif name in ("base64", "base64offset"):
            encode = base64_parts if name == "base64offset" else base64_whole
            alternatives = [
                list(code)
                for old in alternatives
                for literal in literals(old)
                for code in encode(literal.encode(encoding))
            ]
            encoding = "utf-8"
    return alternatives


def windash(pattern: Pattern) -> Pattern:
    """Let a dash that begins a flag be any dash."""

    def is_word(token: Token) -> bool:
        return isinstance(token, str) and (token.isalnum() or token == "_")

    neighbours = zip([Wild.MANY, *pattern], pattern, [*pattern[1:], Wild.MANY], strict=False)
    return [
        DASHES if token in DASHES and is_word(after) and not is_word(before) else token
        for before, token, after in neighbours
    ]


def spell(pattern: Pattern) -> Iterator[list[str | Wild]]:
    """Write out each choice between characters."""
    choices: list[list[str | Wild]] = [
        [token] if isinstance(token, Wild) else [*sorted(token)] for token in pattern
    ]
    for chosen in itertools.product(*choices):
        yield list(chosen)


def widened(pattern: Sequence[str | Wild], encoding: str) -> Pattern:
    """Write each character as the bytes of its encoding; wildcards stay."""
    result: Pattern = []
    for token in pattern:
        if isinstance(token, Wild):
            result.append(token)
        else:
            result += token.encode(encoding).decode("latin-1")
    return result


def literals(pattern: Pattern) -> Iterator[str]:
    """Give the texts that a pattern without wildcards stands for."""
    for spelled in spell(pattern):
        if any(isinstance(token, Wild) for token in spelled):
            raise RuleError("a wildcard can't be encoded")
        yield "".join(str(token) for token in spelled)


def base64_whole(data: bytes) -> list[str]:
    return [base64.b64encode(data).decode()]


def base64_parts(data: bytes) -> list[str]:
    """Encode at each of the three offsets, keeping the digits whose six bits are all known."""
    parts = []
    for offset in range(3):
        code = base64.b64encode(bytes(offset) + data).decode()
        first = -(-8 * offset // 6)
        last = 8 * (offset + len(data)) // 6
        parts.append(code[first:last])
    return parts


def expand(pattern: Pattern, placeholders: Mapping[str, Sequence[str]]) -> list[Pattern]:
    """Put the values of placeholders in: `%name%`; `\\%` is a plain per cent sign."""
    results: list[Pattern] = [[]]
    position = 0
    while position < len(pattern):
        added: list[Pattern] = [[pattern[position]]]
        width = 1
        if pattern[position : position + 2] == ["\\", "%"]:
            added, width = [["%"]], 2
        elif pattern[position] == "%":
            name = _placeholder(pattern[position + 1 :])
            if name:
                if name not in placeholders:
                    raise RuleError(f"unknown placeholder {name}")
                added, width = [parse(value) for value in placeholders[name]], len(name) + 2
        results = [old + new for old in results for new in added]
        position += width
    return results


def _placeholder(rest: Pattern) -> str:
    text = "".join(token if isinstance(token, str) else "\0" for token in rest)
    found = re.match(r"([^%\0]+)%", text)
    return found[1] if found else ""
