"""LIKE: constant patterns, read once, and others."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import BOOLEAN, VARCHAR
from schemagen.replay.translation.code import Code, EngineRefusalError, make
from schemagen.replay.translation.constants import text_of
from schemagen.replay.translation.sql import FALSE, TRUE, call, coalesce, is_null, not_true, text

if TYPE_CHECKING:
    from schemagen.replay.translation.context import ExpressionHandler, Translator

LIKE_ON_NULL = "LIKE on NULL throws a NullPointerException"
LIKE_ESCAPE = "a LIKE pattern ends with its escape character"

_NO_LINE_END = r"[^\n\r\x{85}\x{2028}\x{2029}]"
_PLAIN = re.compile(r"[A-Za-z0-9]|[^\x00-\x7f]")


def _like(translator: Translator, node: exp.Like, escape: str = "") -> Code:
    value = translator.translate(node.this)
    if value.type != VARCHAR:
        raise EngineRefusalError("it can't compile LIKE on anything but a VARCHAR")
    if {value.column, translator.scope.base_of(value.column)} & translator.present:
        value = replace(value, nullable=False)
    known = text_of(node.expression)
    if known is None:
        code = _dynamic(value, translator.translate(node.expression), escape)
    else:
        code = _constant(value, known, escape)
    if node.args.get("negate"):
        return replace(code, sql=not_true(code.sql), is_loose=False)
    return code


def _escape(translator: Translator, node: exp.Escape) -> Code:
    letter = str(node.expression.this)
    if len(letter) != 1 or letter in {"\\", "'"}:
        raise EngineRefusalError("it can't compile such an ESCAPE")
    return _like(translator, node.this, letter)


def _constant(value: Code, pattern: str, escape: str) -> Code:
    regex = _re2(pattern, escape)
    if regex is None:
        return make(FALSE, BOOLEAN, [value], nullable=False, throws=TRUE, why=LIKE_ESCAPE)
    matched = call("regexp_full_match", value.sql, text(regex))
    missing = is_null(value.sql) if value.nullable else None
    code = make(matched, BOOLEAN, [value], nullable=False, throws=missing, why=LIKE_ON_NULL)
    return replace(code, is_loose=True)


def _dynamic(value: Code, pattern: Code, escape: str) -> Code:
    if pattern.type != VARCHAR:
        raise EngineRefusalError("a pattern of LIKE is not a VARCHAR")
    matched = call("ksql_like", value.sql, pattern.sql, text(escape))
    # The function gives NULL just where ksqlDB throws: for a NULL, and for a dangling escape.
    why = f"{LIKE_ON_NULL}; or {LIKE_ESCAPE}" if escape else LIKE_ON_NULL
    sql, throws = coalesce(matched, FALSE), is_null(matched)
    return make(sql, BOOLEAN, [value, pattern], nullable=False, throws=throws, why=why)


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


EXPRESSIONS: dict[type[exp.Expr], ExpressionHandler] = {
    exp.Like: _like,
    exp.Escape: _escape,
}
"""How these expressions are translated."""
