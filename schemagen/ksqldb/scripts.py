"""Files of statements: where each begins, and what it is about."""

from __future__ import annotations

import re
from itertools import pairwise

from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_script, stream_name
from schemagen.ksqldb.sql.parser import LINE, SPAN
from schemagen.ksqldb.sql.tokenizer import BLOCK_COMMENT, LINE_COMMENT

_PIECES = re.compile(
    rf"""'[^']*'|`[^`]*`|"[^"]*"|{LINE_COMMENT}|{BLOCK_COMMENT}"""
    rf"|;(?:[ \t\r]*(?:\n|\Z|(?>{LINE_COMMENT})(?:(?<=\n)|\Z)))?"
)
"""What a semicolon can stand in, and a semicolon, with all that is behind it on its line.

A CR alone ends a comment but no line: what is behind it is still on the semicolon's line.
"""


def cut(sql: str) -> list[tuple[str, int]]:
    """Cut a file into texts that can be read one by one, and the lines before each.

    Each holds one statement with the comments over it, and what is left holds none. A file that
    has more than a comment on a line behind a semicolon is one text.
    """
    ends = [each for each in _PIECES.finditer(sql) if each[0].startswith(";")]
    if any(each[0] == ";" and each.end() < len(sql) for each in ends):
        return [(sql, 0)]
    places = [0, *(each.end() for each in ends), len(sql)]
    texts, lines = [], 0
    for start, end in pairwise(places):
        texts.append((sql[start:end], lines))
        lines += sql.count("\n", start, end)
    return [(text, before) for text, before in texts if text]


def read_statements(sql: str, origin: str) -> list[tuple[exp.Expression, int]]:
    """Parse a file; each statement comes with the line that it begins on.

    Raises:
        InputError: ksqlDB would refuse the text.

    """
    return [(statement, statement.meta[LINE]) for statement in parse_script(sql, origin)]


def text_of(statement: exp.Expr, sql: str) -> str:
    """Return the text of a statement that was parsed, with its semicolon.

    Args:
        statement: the statement.
        sql: the file that it is from.

    """
    start, end = statement.meta[SPAN]
    return sql[start:end]


def is_query(statement: exp.Expr) -> bool:
    """Tell whether a statement is a persistent query."""
    return isinstance(statement, exp.Create | exp.Insert) and isinstance(
        statement.args.get("expression"), exp.Select
    )


def target_of(statement: exp.Expr) -> str:
    """Name the stream that a statement is about, for messages; empty where it is about none."""
    try:
        return stream_name(statement)
    except (InputError, AttributeError):
        return ""
