"""Text in Markdown as GitHub reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MARKUP = re.compile(r"[\\`*_~|\[\]]")

_CALL = re.compile(r"[@#](?=\w)")
"""What calls a person or names an issue, but not inside code."""

_BLOCK = re.compile(r"\A(\d*)([-+=#.)])")
"""What at the start of a line begins a list, a heading or a rule, where `_MARKUP` does not."""


def row(cells: Iterable[object]) -> str:
    """Write a row of a table; what is in the cells must be `cell`, `code` or harmless."""
    return f"| {' | '.join(map(str, cells))} |"


def heading(names: Sequence[str], numbers: int = 0) -> list[str]:
    """Write the first lines of a table, of which the last `numbers` columns are numbers."""
    rules = ["---"] * (len(names) - numbers) + ["---:"] * numbers
    return [row(names), f"|{'|'.join(rules)}|"]


def line(text: str) -> str:
    """Escape text so that it is a sentence even at the start of a line or an item."""
    return _BLOCK.sub(r"\1\\\2", cell(text))


def cell(text: str) -> str:
    """Escape text so that it is plain text in a cell: no markup, no mention, no issue.

    Line breaks become blanks. What stands in backticks is written as code, if they come in pairs.
    """
    text = text.strip()
    parts = text.split("`")
    inside = parts[1::2]
    if not inside or len(parts) % 2 == 0 or not all(map(str.strip, inside)):
        return _quiet(text)
    return "".join(code(part) if n % 2 else _quiet(part) for n, part in enumerate(parts))


def code(text: str) -> str:
    """Write text as code: in this element Markdown is read, so `|` is escaped as anywhere else."""
    return f"<code>{_escaped(text)}</code>"


def _quiet(text: str) -> str:
    # An invisible blank, since the escape of an `@` or `#` is undone before GitHub looks for names.
    return _CALL.sub(lambda match: match[0] + "&#8203;", _escaped(text))


def _escaped(text: str) -> str:
    text = re.sub(r"\s+", " ", text).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKUP.sub(lambda match: "\\" + match[0], text.replace(">", "&gt;"))
