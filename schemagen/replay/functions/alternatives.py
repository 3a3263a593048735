"""Regular expressions that are only texts, one or another: found without the search of `re`.

Many rules list a hundred texts, which one expression looks for in the statements. Python tries each
at each place of the text and takes a millisecond to compile them; to look for each by itself takes
a hundredth of that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_WHOLE = re.compile(r"(?:\(\?s\))?\(\?:(.*)\)", re.DOTALL)
_TOKEN = re.compile(
    r"(?P<plain>[^\\\[\](){}.*+?^$|]+)|\\(?P<mark>[!-/:-@\[-`{-~])|\\x\{(?P<code>[0-9a-fA-F]{1,6})\}"
    r"|(?P<end>\\z(?=\||\Z))|(?P<bar>\|)",
    re.DOTALL,
)
_LAST = 0x10FFFF
_HALVES = range(0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class ListedText:
    """A text that is looked for.

    Attributes:
        text: the text.
        at_end: whether it must be the end.
        is_ascii: whether all of its characters are ASCII.

    """

    text: str
    at_end: bool
    is_ascii: bool


@lru_cache(maxsize=4096)
def alternatives(pattern: str) -> tuple[ListedText, ...] | None:
    r"""Read `(?s)(?:one|two\z)` as the texts that it lists; None where it is anything else."""
    whole = _WHOLE.fullmatch(pattern)
    if whole is None:
        return None
    found, text, at_end, at = [], "", False, 0
    body = whole[1]
    while at < len(body):
        token = _TOKEN.match(body, at)
        if token is None:
            return None
        at = token.end()
        if token["bar"]:
            found.append(ListedText(text, at_end, text.isascii()))
            text, at_end = "", False
        elif token["end"]:
            at_end = True
        elif token["code"]:
            code = int(token["code"], 16)
            if code > _LAST or code in _HALVES:
                return None
            text += chr(code)
        else:
            text += token["plain"] or token["mark"]
    return (*found, ListedText(text, at_end, text.isascii()))


def first_of(listed: tuple[ListedText, ...], text: str) -> str | None:
    """Return the text that the search for alternatives finds first; None where there is none."""
    is_ascii, best, found = text.isascii(), len(text) + 1, None
    for each in listed:
        if is_ascii and not each.is_ascii:
            continue
        if each.at_end:
            at = len(text) - len(each.text) if text.endswith(each.text) else -1
        else:
            at = text.find(each.text)
        if 0 <= at < best:
            best, found = at, each.text
    return found
