r"""Regular expressions that only list texts, taken apart: `(?s)(?:a\z|\Ab|c.*d)`."""

from __future__ import annotations

import re
from typing import NamedTuple

from schemagen.accelerator.conditions import AskedForm

_WHOLE = re.compile(r"\(\?s\)(?P<group>\(\?:)?")
_TEXT = re.compile(
    r"(?P<start>\\A)?(?P<text>(?:[^\\.^$|?*+()\[\]{}]|\\x\{[0-9a-fA-F]{1,6}\}|\\[^A-Za-z0-9])+)"
    r"(?P<end>\\z)?"
)
_ESCAPED = re.compile(r"\\x\{([0-9a-fA-F]{1,6})\}|\\(.)", re.DOTALL)
_PARTS = re.compile(r"\\.|\[|\]|\(|\)|\||[^\\\[\]()|]+", re.DOTALL)


class ListedTexts(NamedTuple):
    """What an expression that is found in a text asks.

    Attributes:
        texts: texts of which one must be there, by how.
        rest: an expression for all else that it takes; empty for nothing.

    """

    texts: dict[AskedForm, tuple[str, ...]]
    rest: str


def listed_texts(java: str) -> ListedTexts:
    """Take an expression apart, as `Pattern.expression` and `_expressions` write it."""
    alternatives = _alternatives(java)
    texts: dict[AskedForm, list[str]] = {}
    others = []
    for each in alternatives:
        found = _TEXT.fullmatch(each)
        if found is None:
            others.append(each)
            continue
        text = _ESCAPED.sub(_letter, found["text"])
        start, end = found["start"] is not None, found["end"] is not None
        form = AskedForm.CONTAINS
        if start or end:
            form = AskedForm.STARTS if not end else AskedForm.ENDS
            form = AskedForm.EQUALS if start and end else form
        texts.setdefault(form, []).append(text)
    if not texts:
        return ListedTexts({}, java)
    rest = others[0] if len(others) == 1 else f"(?:{'|'.join(others)})" if others else ""
    return ListedTexts(
        {form: tuple(dict.fromkeys(found)) for form, found in texts.items()},
        f"(?s){rest}" if rest else "",
    )


def _letter(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else match[2]


def _alternatives(java: str) -> list[str]:
    """Return the alternatives of an expression; none where it isn't of the form."""
    head = _WHOLE.match(java)
    if head is None:
        return []
    body = java[head.end() :]
    if head["group"] is None:
        return [] if _split(body) is None else [body]
    if not body.endswith(")") or body.endswith("\\)"):
        return []
    return _split(body[:-1]) or []


def _split(body: str) -> list[str] | None:
    """Split at the bars that stand in no group and no set; None where groups don't match."""
    parts, depth, in_set = [""], 0, False
    for part in _PARTS.findall(body):
        if in_set:
            in_set = part != "]"
        elif part == "[":
            in_set = True
        elif part in "()":
            depth += 1 if part == "(" else -1
            if depth < 0:
                return None
        elif part == "|" and not depth:
            parts.append("")
            continue
        parts[-1] += part
    return None if depth or in_set else parts
