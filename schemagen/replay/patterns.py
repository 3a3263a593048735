"""LIKE and regular expressions: constant patterns, read once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import BOOLEAN, VARCHAR
from schemagen.replay.code import (
    TRUE,
    Code,
    UnsupportedError,
    coalesce,
    first_error,
    function,
    is_null,
    text,
)

LIKE_ON_NULL = "LIKE on NULL throws a NullPointerException"
LIKE_ESCAPE = "a LIKE pattern ends with its escape character"

_NO_LINE_END = r"[^\n\r\x{85}\x{2028}\x{2029}]"
_PLAIN = re.compile(r"[A-Za-z0-9]|[^\x00-\x7f]")

if TYPE_CHECKING:
    from collections.abc import Iterable


def constant(node: exp.Expr) -> str | None:
    """Give the text of a literal, or of literals joined by `||`; None for anything else."""
    parts: list[str] = []
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, exp.Paren):
            pending.append(part.this)
        elif isinstance(part, exp.DPipe):
            pending += [part.expression, part.this]
        elif isinstance(part, exp.Literal) and part.is_string:
            parts.append(str(part.this))
        else:
            return None
    return "".join(parts)


def like(value: Code, pattern: str | Code, escape: str) -> Code:
    """Translate `value LIKE pattern ESCAPE escape`, without an escape where that is empty.

    Raises:
        UnsupportedError: an operand is no VARCHAR.

    """
    if value.type != VARCHAR:
        raise UnsupportedError("LIKE on what is no VARCHAR, which ksqlDB can't compile")
    missing = is_null(value.sql) if value.nullable else None
    causes = (*value.causes, LIKE_ON_NULL)
    if isinstance(pattern, Code):
        return _dynamic_like(value, pattern, escape)
    regex = _re2(pattern, escape)
    if regex is None:
        return Code(exp.false(), BOOLEAN, TRUE(), nullable=False, causes=(LIKE_ESCAPE,))
    matched = function("regexp_full_match", value.sql, text(regex))
    return Code(
        coalesce(matched, exp.false()),
        BOOLEAN,
        first_error([value.error, missing]),
        nullable=False,
        checks=value.checks,
        causes=causes if value.nullable else value.causes,
    )


def _dynamic_like(value: Code, pattern: Code, escape: str) -> Code:
    if pattern.type != VARCHAR:
        raise UnsupportedError("LIKE with a pattern that is no VARCHAR")
    matched = function("ksql_like", value.sql, pattern.sql, text(escape))
    # The function gives NULL just where ksqlDB throws: for a NULL, and for a dangling escape.
    return Code(
        coalesce(matched, exp.false()),
        BOOLEAN,
        first_error([value.error, pattern.error, is_null(matched)]),
        nullable=False,
        checks=(*value.checks, *pattern.checks),
        causes=(*value.causes, *pattern.causes, LIKE_ON_NULL, LIKE_ESCAPE),
    )


def _re2(pattern: str, escape: str) -> str | None:
    """Write the pattern for DuckDB's RE2; None where it ends in its escape character."""
    parts, escaped = [], False
    for char in pattern:
        if not escaped and char == escape:
            escaped = True
            continue
        wildcard = not escaped and char in "%_"
        parts.append(_NO_LINE_END + ("*" if char == "%" else "") if wildcard else _quoted(char))
        escaped = False
    return None if escaped else "".join(parts)


def _quoted(char: str) -> str:
    if _PLAIN.match(char):
        return char
    return f"\\x{{{ord(char):x}}}" if ord(char) < ord(" ") else f"\\{char}"


def causes(codes: Iterable[Code]) -> tuple[str, ...]:
    """Join what can throw in several codes."""
    return tuple(dict.fromkeys(cause for code in codes for cause in code.causes))
