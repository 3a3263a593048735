"""Constants of a statement: texts and whole numbers that don't depend on the row."""

from __future__ import annotations

from sqlglot import exp


def text_of(node: exp.Expr) -> str | None:
    """Return the text of a literal, or of literals joined by CONCAT; None for anything else."""
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else None
    if isinstance(node, exp.Paren):
        return text_of(node.this)
    if isinstance(node, exp.Anonymous) and node.name.upper() == "CONCAT":
        parts = [text_of(part) for part in node.expressions]
        return None if None in parts else "".join(part or "" for part in parts)
    return None


def number_of(node: exp.Expr) -> int | None:
    """Return a whole number, with a sign or without; None for anything else."""
    negative = isinstance(node, exp.Neg)
    inner = node.this if negative else node
    if not isinstance(inner, exp.Literal) or inner.is_string or not str(inner.this).isdigit():
        return None
    return -int(inner.this) if negative else int(inner.this)


def bare(node: exp.Expr) -> exp.Expr:
    """Return an expression without the parentheses around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node
