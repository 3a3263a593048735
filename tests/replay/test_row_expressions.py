"""Expressions of one row count and fold texts as ksqlDB does: in UTF-16 units, by Java's tables."""

from __future__ import annotations

import pytest

from schemagen.ksqldb.dialect import parse_script
from schemagen.replay.row_expressions import THROWN, evaluator
from schemagen.replay.translation.code import UnsupportedError


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


NESTED = {
    "R": {"X": 1, "y": None},
    "A": [{"K": 3}, {"K": None}, None, {"K": 5}],
    "N": 7,
    "Z": None,
    "M": {"k": "v"},
}


@pytest.mark.parametrize(("sql", "expected"), [
    # NULL: a comparison with it is false, NOT of that is true, arithmetic with it throws.
    ("N > 6 AND N <= 7", True),
    ("Z > 6 OR NOT (Z > 6)", True),
    ("Z IS NULL AND R->X IS NOT NULL", True),
    ("R->`y`", None),
    ("M['k']", "v"),
    ("M['no']", None),
    ("A[-1]->K", 5),
    ("A[9]", None),
    ("-N % 4", -3),
    ("-N / 4", -1),
    ("N / 4", 1),
    ("CASE WHEN Z = 1 THEN 'a' WHEN N = 7 THEN 'b' ELSE 'c' END", "b"),
    ("CASE WHEN Z = 1 THEN 'a' END", None),
    ("COALESCE(Z, N)", 7),
    ("CONCAT('a', R->`y`, 'b')", "ab"),
    ("CAST(N AS VARCHAR)", "7"),
    ("CAST(Z AS BIGINT)", None),
    # An item that throws is NULL by itself.
    ("ARRAY[N + 1, Z + 1, 1 / 0]", [8, None, None]),
    ("STRUCT(`a` := N, `b` := Z + 1)", {"a": 7, "b": None}),
    ("MAP('a' := Z + 1, 'b' := 2)", {"a": None, "b": 2}),
    # Lambdas see columns, and those around them.
    ("FILTER(A, x => x->K > 3)", [{"K": 5}]),
    ("TRANSFORM(A, x => x->K)", [3, None, None, 5]),
    ("FILTER(Z, x => x > 1)", None),
    ("ARRAY_LENGTH(FILTER(A, x => ARRAY_LENGTH(FILTER(A, y => y->K >= x->K)) = 2))", 1),
    ("TRANSFORM(FILTER(A, x => x->K IS NOT NULL), x => STRUCT(`n` := x->K + N))",
     [{"n": 10}, {"n": 12}]),
    ("REDUCE(FILTER(A, x => x->K IS NOT NULL), 1, (s, x) => s * x->K)", 15),
    ("REDUCE(Z, 4, (s, x) => s + x)", 4),
    ("REDUCE(A, 0, (s, x) => CASE WHEN x->K = 3 THEN 1 END)", None),
])  # fmt: skip
def test_values(sql, expected):
    assert value(sql, **NESTED) == expected


def test_what_throws_outside_of_an_item_throws():
    for sql in ("Z + 1", "1 / 0", "TRANSFORM(A, x => x->K + 1)"):
        with pytest.raises(THROWN):
            value(sql, **NESTED)


def test_what_a_statement_says_never_becomes_source():
    wild = "`\"]+__import__('os').abort()#`"
    name = wild.strip("`")
    assert value(wild, **{name: 5}) == 5
    assert value(f"R->{wild}", R={name: 6}) == 6
    assert value("'\"]+__import__(''os'').abort()#'") == "\"]+__import__('os').abort()#"


def test_an_expression_nested_deeper_than_pythons_parser_reads():
    deep = "N"
    for _ in range(60):
        deep = f"CASE WHEN ({deep}) > 0 THEN 1 ELSE 0 END + 1"
    assert value(deep, N=3) == 2


@pytest.mark.parametrize("sql", ["CHR(65)", "CAST(D AS DECIMAL(4, 2))", "A LIKE 'x%'"])
def test_what_is_not_known_is_said(sql):
    with pytest.raises(UnsupportedError):
        value(sql, A="x", D=1.5)
