"""Files of statements: where each begins, and what it is about."""

from __future__ import annotations

from sqlglot import exp

from schemagen.errors import UsageError
from schemagen.ksqldb.dialect import KsqlDB, parse_script, stream_name


def read_statements(sql: str, origin: str) -> list[tuple[exp.Expression, int]]:
    """Parse a file; each statement comes with the line that it begins on.

    Raises:
        UsageError: ksqlDB would refuse the text.

    """
    statements = parse_script(sql, origin)
    lines, begins = [], True
    for token in KsqlDB().tokenize(sql):
        if begins:
            lines.append(token.line)
        begins = token.text == ";" and token.token_type.name == "SEMICOLON"
    return list(zip(statements, lines, strict=True))


def is_query(statement: exp.Expr) -> bool:
    """Tell whether a statement is a persistent query."""
    return isinstance(statement, exp.Create | exp.Insert) and isinstance(
        statement.args.get("expression"), exp.Select
    )


def target_of(statement: exp.Expr) -> str:
    """Name the stream that a statement is about, for messages; empty where it is about none."""
    try:
        return stream_name(statement)
    except (UsageError, AttributeError):
        return ""
