"""Expressions of one row count and fold texts as ksqlDB does: in UTF-16 units, by Java's tables."""

from __future__ import annotations

import pytest

from schemagen.ksqldb.dialect import parse_script
from schemagen.replay.row_expressions import evaluator


def value(sql, **row):
    (statement,) = parse_script(f"CREATE STREAM t AS SELECT {sql} AS x FROM s;", "t.sql")
    return evaluator(statement.expression.expressions[0])(row)


@pytest.mark.parametrize(("sql", "expected"), [
    ("LEN(A)", 3),
    ("LCASE(A)", "x😀"),
    ("UCASE(A)", "X😀"),
    ("LEN(NULL)", None),
])  # fmt: skip
def test_functions_of_texts(sql, expected):
    assert value(sql, A="x😀") == expected
