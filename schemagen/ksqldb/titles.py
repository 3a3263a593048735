"""What the rules of a file are called: read from its statements, emitted or by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.scripts import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = re.compile(r"(\w+), \w[\w ]*, .*:\d+")
"""The comment under a rule's id: level, status, file and line."""

_NO_LEVEL = "no"


@dataclass(frozen=True, slots=True)
class Title:
    """What a rule is called.

    Attributes:
        text: its title.
        level: its level; empty where it has none.

    """

    text: str
    level: str = ""


def titles(statement: exp.Expr) -> dict[str, Title]:
    """Tell what the rules that a statement evaluates are called.

    They stand in what it writes of each alert, or in the comments over it. Only texts of the
    statement count: what an event says can't come into a title.

    Returns:
        The titles by the rules' ids; nothing of rules that have none.

    """
    written = dict(_written(statement))
    if written:
        return written
    title = commented_title(statement)
    return {} if title is None else {rule_of(statement): title}


def _written(statement: exp.Expr) -> Iterator[tuple[str, Title]]:
    for struct in statement.find_all(exp.Struct):
        texts = struct_texts(struct)
        if texts.get("id") and texts.get("title"):
            yield texts["id"], Title(texts["title"], texts.get("level", ""))


def struct_texts(struct: exp.Struct) -> dict[str, str]:
    """Give the fields of a STRUCT that are texts of the statement itself."""
    return {
        str(item.this.this): str(item.expression.this)
        for item in struct.expressions
        if isinstance(item, exp.PropertyEQ)
        and isinstance(item.expression, exp.Literal)
        and item.expression.is_string
    }


def commented_title(statement: exp.Expr) -> Title | None:
    """Read the title in the comment over a rule's id, None where there is none."""
    rule = rule_of(statement)
    # Comments that end the statement before come first.
    lines = [comment.strip() for comment in statement.comments or ()]
    place = next((n for n, line in enumerate(lines) if rule and line.endswith(rule)), 0)
    if not place:
        return None
    head = _HEAD.fullmatch(lines[place + 1]) if place + 1 < len(lines) else None
    level = head[1] if head is not None and head[1] != _NO_LEVEL else ""
    return Title(lines[place - 1], level)
