"""Text in Markdown as GitHub reads it."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"[\\`*_~|\[\]]")

_BLOCK = re.compile(r"\A(\d*)([-+=#.)])")
"""What at the start of a line begins a list, a heading or a rule, where `_MARKUP` does not."""


def line(text: str) -> str:
    """Keep text at the start of a line, or of an item, from being anything but a sentence there."""
    return _BLOCK.sub(r"\1\\\2", cell(text))


def cell(text: str) -> str:
    """Keep text from ending a cell, becoming markup, calling a person or naming an issue.

    Line breaks become blanks. HTML is what `<` and `&` begin; `@` and `#` only call and name with a
    word right behind them.
    """
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MARKUP.sub(lambda match: "\\" + match[0], text)
    return re.sub(r"[@#](?=\w)", lambda match: match[0] + "&#8203;", text)
