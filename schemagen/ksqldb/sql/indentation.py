"""How the generator lays text out: widths, indentation, blocks and comments.

sqlglot indents text after it is made, and hides line breaks inside literals behind a marker that a
hostile literal could hold itself. Here the indentation is known when a line is begun, and a literal
is never touched again.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH = 100
INDENT = "    "

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def comment_lines(comments: Sequence[str] | None) -> list[str]:
    """Return the comments as lines that can't end early and that nothing is substituted in.

    Empty lines are left out: ksqlDB takes the line break after a bare `--` for the comment's text,
    and the next line for the rest of it.
    """
    lines = []
    for comment in comments or ():
        for line in re.split(r"[\r\n]", comment):
            text = _CONTROL.sub(" ", line).replace("${", "$ {").strip()
            if text:
                lines.append(text)
    return lines


def block_comment(lines: Sequence[str]) -> str:
    """Return the lines as one comment inside a line of text."""
    text = " ".join(lines).replace("*/", "* /").replace("/*", "/ *")
    return f"/* {text} */"


class Indentation:
    """The indentation in force, and the blocks made with it."""

    def __init__(self) -> None:
        self.depth = 0

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Begin lines one level deeper while the context lasts."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @property
    def line(self) -> str:
        """The beginning of a new line."""
        return "\n" + INDENT * self.depth

    def room(self) -> int:
        """Return how many characters fit a line."""
        return WIDTH - len(INDENT) * self.depth

    def filled(self, items: Sequence[str]) -> str:
        """Return short items with commas between them, as many a line as fit."""
        lines: list[str] = []
        current = ""
        for place, item in enumerate(items):
            text = item if place == len(items) - 1 else f"{item},"
            if current and len(current) + 1 + len(text) > self.room():
                lines.append(current)
                current = text
            else:
                current = f"{current} {text}" if current else text
        return self.line.join([*lines, current])
