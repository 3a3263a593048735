"""What a WHERE makes of a row: two-valued logic, short-circuits and exceptions."""

from __future__ import annotations

import pytest
from replaying import THROWS, errors, refused, replay, source, where

NULL = {}


@pytest.mark.parametrize(
    ("condition", "row", "expected"),
    [
        # A comparison with NULL is FALSE, and NOT of it TRUE.
        ("S = 'x'", NULL, False),
        ("S <> 'x'", NULL, False),
        ("NOT (S = 'x')", NULL, True),
        ("NOT (S <> 'x')", NULL, True),
        ("NOT S = 'x'", NULL, True),
        ("N < 1", NULL, False),
        ("NOT N < 1", NULL, True),
        ("N BETWEEN 1 AND 3", NULL, False),
        ("N NOT BETWEEN 1 AND 3", NULL, True),
        ("N BETWEEN 1 AND 3", {"N": 3}, True),
        ("S IN ('a', 'b')", NULL, False),
        ("S NOT IN ('a', 'b')", NULL, True),
        ("S IN ('a', 'b')", {"S": "b"}, True),
        ("S NOT IN ('a', 'b')", {"S": "b"}, False),
        ("S IN ('a', NULL)", {"S": "b"}, False),
        ("S NOT IN ('a', NULL)", {"S": "b"}, True),
        ("S IN (T)", {"S": "b", "T": "b"}, True),
        ("S IN (T)", {"S": "b"}, False),
        ("L IN ('5', '6')", {"L": 5}, True),
        ("S IN (5)", {"S": "5"}, True),
        ("S = T", NULL, False),
        ("S IS NULL", NULL, True),
        ("S IS NOT NULL", NULL, False),
        ("S IS NOT NULL", {"S": ""}, True),
        ("S IS DISTINCT FROM 'x'", NULL, True),
        ("S IS DISTINCT FROM 'x'", {"S": "x"}, False),
        ("S IS NOT DISTINCT FROM T", NULL, True),
        ("S IS DISTINCT FROM T", {"S": "a"}, True),
        # LIKE on NULL throws, and the whole WHERE is FALSE.
        ("S LIKE '%x%'", NULL, THROWS),
        ("S NOT LIKE '%x%'", NULL, THROWS),
        ("NOT (S LIKE '%x%')", NULL, THROWS),
        ("S LIKE '%x%' OR N = 1", {"N": 1}, THROWS),
        ("N = 1 OR S LIKE '%x%'", {"N": 1}, True),
        ("N = 2 AND S LIKE '%x%'", {"N": 1}, False),
        ("N = 1 AND S LIKE '%x%'", {"N": 1}, THROWS),
        ("S IS NOT NULL AND S LIKE '%x%'", NULL, False),
        ("NOT (S IS NOT NULL AND S LIKE '%x%')", NULL, True),
        ("(S LIKE 'a' AND N = 1) OR N = 1", {"N": 1}, THROWS),
        ("(N = 2 AND S LIKE 'a') OR N = 1", {"N": 1}, True),
        ("N = 1 AND (N = 2 OR (N = 1 AND (T = 'q' OR S LIKE '%a%')))", {"N": 1}, THROWS),
        ("N = 1 AND (N = 2 OR (N = 1 AND (T = 'q' OR S LIKE '%a%')))", {"N": 1, "T": "q"}, True),
        # A BOOLEAN that is NULL throws where Java unboxes it.
        ("B", NULL, False),
        ("NOT B", NULL, THROWS),
        ("B AND N = 1", {"N": 1}, THROWS),
        ("N = 1 OR B", {"N": 1}, True),
        ("B = TRUE", NULL, False),
        ("NOT (B = TRUE)", NULL, True),
        ("B", {"B": True}, True),
        ("NOT B", {"B": False}, True),
        # CASE
        ("CASE WHEN S = 'x' THEN TRUE ELSE FALSE END", {"S": "x"}, True),
        ("CASE WHEN S LIKE 'x' THEN TRUE ELSE FALSE END", NULL, THROWS),
        ("CASE WHEN S IS NULL THEN TRUE WHEN S LIKE 'x' THEN FALSE END", NULL, True),
        ("CASE WHEN S = 'x' THEN TRUE END", NULL, False),
        ("CASE WHEN S = 'x' THEN TRUE END = TRUE", NULL, False),
        ("NOT (CASE WHEN S = 'x' THEN TRUE END)", NULL, THROWS),
        ("CASE WHEN S = 'x' THEN 'hit' END IS NULL", NULL, True),
        # Casts and arithmetic
        ("CAST(S AS INT) = 5", {"S": " 5 "}, True),
        ("CAST(S AS INT) = 5", {"S": "x"}, THROWS),
        ("CAST(S AS INT) = 5", NULL, False),
        ("N = 1 OR CAST(S AS INT) = 5", {"N": 1, "S": "x"}, True),
        ("NOT (CAST(S AS INT) = 5)", {"S": "x"}, THROWS),
        ("CAST(S AS BOOLEAN) = TRUE", {"S": " Ye "}, True),
        ("CAST(S AS BOOLEAN) = FALSE", {"S": "whatever"}, True),
        ("CAST(S AS DOUBLE) > 1", {"S": "NaN"}, THROWS),
        ("N + 1 = 2", NULL, THROWS),
        ("N + 1 = -2147483648", {"N": 2147483647}, True),
        ("N / 2 = -3", {"N": -7}, True),
        ("N % 2 = -1", {"N": -7}, True),
        ("5 / N > 0", {"N": 0}, THROWS),
        ("-N = 3", {"N": -3}, True),
        # Numbers of different types
        ("N = 1.0", {"N": 1}, True),
        ("L > 1.5", {"L": 2}, True),
        ("E = 1.5", {"E": 1.50}, True),
        ("D = 2", {"D": 2.0}, True),
        ("D = D", {"D": "NaN"}, False),
        ("D <> D", {"D": "NaN"}, False),
        ("D > 1", {"D": "NaN"}, False),
        ("L = 9223372036854775807", {"L": 9223372036854775807}, True),
        # Texts are compared by UTF-16 units.
        ("S < T", {"S": "a", "T": "b"}, True),
        ("S < T", {"S": "\U0001f600", "T": "\uffee"}, True),
        ("S < T", {"S": "a"}, False),
        # A text beside ROWTIME is a time; the row's is 0.
        ("ROWTIME < '2020-01-01'", NULL, True),
        ("ROWTIME BETWEEN '1970' AND '1970-01-01T00:00:00.001Z'", NULL, True),
        ("ROWTIME > '1970-01-01T00:00:00+0100'", NULL, True),
    ],
)
def test_a_condition_is_decided_as_ksqldb_does(condition, row, expected):
    assert where(condition, **row) == expected


def test_an_error_is_told_with_statement_and_events():
    sql = source() + "\n-- id: rule-7\nCREATE STREAM OUT AS SELECT N FROM SRC WHERE S LIKE 'x';"
    result = replay(sql, {"S": "x"}, {}, {"S": None})
    (error,) = errors(result)
    assert (error.stream, error.rule, error.events) == ("OUT", "rule-7", (1, 2))
    assert sql.splitlines()[error.line - 1].startswith("CREATE STREAM OUT")
    assert "LIKE on NULL" in error.what


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("S = 5", "doesn't compare VARCHAR with INT"),
        ("N = '5'", "doesn't compare INT with VARCHAR"),
        ("S = NULL", "doesn't compare with NULL"),
        ("N IN ('x')", "not a number"),
        ("N LIKE '5%'", "LIKE on anything but a VARCHAR"),
        ("(S LIKE 'x') = TRUE", "a comparison of LIKE"),
        ("S LIKE 'x' ESCAPE '\\'", "ESCAPE"),
        ("S", "takes a BOOLEAN"),
        ("NOT S", "not a BOOLEAN"),
        ("S || T = 'x'", "every `||`"),
        ("MAP('k' := S, 'k' := T)['k'] = 'x'", "a key twice"),
        ("CAST(L AS BOOLEAN)", "no CAST of BIGINT AS BOOLEAN"),
        ("GREATEST(L, 3) = 3", "GREATEST"),
        ("NOPE = 1", "NOPE"),
        ("R->NOPE = 'x'", "NOPE"),
        ("S->X = 'x'", "not a STRUCT"),
        ("UCFIRST(S) = 'x'", "the function UCFIRST"),
        ("CASE S WHEN 'x' THEN TRUE END", "CASE x WHEN"),
        ("EXPLODE(A) = 'x'", "EXPLODE"),
        ("ROWTIME > 'yesterday'", "not a time"),
        ("REGEXP_EXTRACT(S, T) IS NOT NULL", "not a constant"),
        ("B > TRUE", ">"),
        ("99999999999999999999 = L", "beyond BIGINT"),
    ],
)
def test_what_ksqldb_or_the_replay_refuses_is_named_and_never_guessed(condition, reason):
    assert reason in refused(condition)


def test_as_long_a_chain_as_the_engine_takes_works():
    condition = " OR ".join(f"INSTR(LCASE(S), 'w{n}') > 0" for n in range(190))
    assert where(condition, S="... W189 ...") is True
    assert where(condition, S="nothing") is False


def test_an_expression_beyond_the_limits_of_the_engine_is_not_run():
    chain = " OR ".join(f"S = '{n}'" for n in range(250))
    assert "levels of an expression" in refused(chain)
    parts = [" OR ".join(f"S = '{n}.{m}'" for m in range(40)) for n in range(40)]
    assert "bytes of code" in refused(" OR ".join(f"({part})" for part in parts))


def test_thousands_of_values_work():
    values = ", ".join(f"'v{n}'" for n in range(4000))
    assert where(f"LCASE(S) IN ({values})", S="V3999") is True
    assert where(f"NOT (LCASE(S) IN ({values}))") is True
    items = ", ".join(f"'v{n}'" for n in range(1000))
    assert where(f"ARRAY_CONTAINS(ARRAY[{items}], LCASE(S))", S="V999") is True
    assert "items of one ARRAY" in refused(f"ARRAY_CONTAINS(ARRAY[{values}], LCASE(S))")
