"""How statements name the rules that they evaluate: in comments, and in what they write.

`ddl` writes a rule's title, `id: ID` and `LEVEL, STATUS, FILE:LINE` in the comments over it, and
the same in the STRUCT that goes into its alerts. People who write by hand need the `id:` only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

_ID = re.compile(r"^\W*(?:rule[ _])?id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_HEAD = re.compile(r"(\w+), \w[\w ]*, .*:\d+")
"""The comment under a rule's id: level, status, file and line."""

_NO_LEVEL = "no"


@dataclass(frozen=True, slots=True)
class RuleLabel:
    """What a statement says of a rule.

    Attributes:
        id: the rule's id; empty where it says only what the rule is called.
        title: its title; empty where it has none.
        level: its level; empty where it has none.

    """

    id: str
    title: str = ""
    level: str = ""


def rule_of(statement: exp.Expr) -> str:
    """Return the id of the rule that the comments over an expression name; empty for none."""
    # Comments that end the statement before come first: a column there may be called `id`, too.
    for comment in reversed(statement.comments or ()):
        found = _ID.search(comment)
        if found:
            return found[1]
    return ""


def commented_label(statement: exp.Expr) -> RuleLabel | None:
    """Read what the comments over an expression say of its rule; None where they name none."""
    rule = rule_of(statement)
    if not rule:
        return None
    lines = [comment.strip() for comment in statement.comments or ()]
    place = max((n for n, line in enumerate(lines) if _ID.search(line)), default=0)
    if not place:
        return RuleLabel(rule)
    head = _HEAD.fullmatch(lines[place + 1]) if place + 1 < len(lines) else None
    level = head[1] if head is not None and head[1] != _NO_LEVEL else ""
    return RuleLabel(rule, lines[place - 1], level)


def written_label(struct: exp.Struct) -> RuleLabel | None:
    """Read what a STRUCT says of a rule; None where it has neither an id nor a title.

    Only texts of the statement count: what an event says can't come into a label.
    """
    texts = {
        str(item.this.this).lower(): constant_text(item.expression) or ""
        for item in struct.expressions
        if isinstance(item, exp.PropertyEQ)
    }
    label = RuleLabel(*(texts.get(key, "") for key in ("id", "title", "level")))
    return label if label.id or label.title else None


def item_label(node: exp.Expr) -> RuleLabel | None:
    """Read which rule an item of an array is for.

    An item is `CASE WHEN … THEN result END`. The label is in the result, a STRUCT, or the result
    is the rule's id as a text; else it is in the comments over the item.

    Returns:
        None for anything else.

    """
    case = node.unnest()
    if not isinstance(case, exp.Case) or len(case.args["ifs"]) != 1:
        return commented_label(node)
    result = case.args["ifs"][0].args["true"]
    found = written_label(result) if isinstance(result, exp.Struct) else None
    if found is not None and found.id:
        return found
    said = commented_label(node) or commented_label(case)
    if said is None and found is None:
        text = constant_text(result)
        return RuleLabel(text) if text else None
    return said or found


def constant_text(node: exp.Expr) -> str | None:
    """Return the text of a literal, or of literals that are joined; None for anything else."""
    inner = node.unnest()
    if isinstance(inner, exp.Literal):
        return str(inner.this) if inner.is_string else None
    if isinstance(inner, exp.DPipe):
        parts = [inner.this, inner.expression]
    elif isinstance(inner, exp.Anonymous) and str(inner.this).upper() == "CONCAT":
        parts = inner.expressions
    else:
        return None
    texts = [constant_text(part) for part in parts]
    return None if None in texts else "".join(text or "" for text in texts)
