"""Files of statements: where each begins, and what it is about."""

from __future__ import annotations

from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_script, stream_name
from schemagen.ksqldb.sql.parser import LINE, SPAN


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
