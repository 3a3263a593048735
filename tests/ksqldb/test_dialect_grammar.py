from __future__ import annotations

import pytest
from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_expression, parse_one, parse_script, write_expression


@pytest.mark.parametrize(
    "sql",
    [
        "a = b = c", "a = b IS NULL", "a LIKE 'x' = TRUE", "a IS NULL IS NULL", "a = NOT b",
        "a AND b = c = d", "a OR b LIKE 'x' = TRUE", "NOT a = b = c", "a = b + 1 = c",
        "F(a, (x, ) => 1)", "a IN (1) IN (2)",
        "a IN ()", "a == b", "a.b.c", "a::INT", "a IS TRUE", "a ILIKE 'b'",
        "a REGEXP 'b'", "a LIKE 'x' ESCAPE b", "a AND", "NOT", "(a", "a)", "a[", "a[1, 2]", "a[]",
        "a->", "a->1", "->a", "a->'b'", "a -> * ", "CASE END", "CASE WHEN a THEN b", "F(a,)",
        "CAST(a)", "CAST(a AS)", "CAST(a AS FLOAT(1)(2))", "ARRAY[1,]", "MAP('k')", "MAP('k' = 1)",
        "STRUCT(1 := 1)", "F(x => 1)", "F(a, x => 1, b)", "F(a, () => 1)", "x => 1", "a b c",
        "(SELECT a FROM s)", "a IN (SELECT a FROM s)", "EXISTS (SELECT a FROM s)", "'a' 'b'",
        "a := 1", "a COLLATE b", "INTERVAL '1' DAY", "*", "COUNT(DISTINCT a)", "COUNT(*, a)",
        "SUM(a) OVER (PARTITION BY b)", "a ? b", "a & b", "a ^ b", "a | b", "~a", "{a: 1}", "[1]",
        "N'a'", "X'FF'", "r'a'", "$$a$$", "a;", "a; b", "1a.2b", "@a", "a\x0cb", "a\xa0b", "ä",
        "F(DAYS + 1)", "DAYS", "FROM(a)", "FULL", "a FULL", "\\", "#a", "a -- b\n c",
    ],
)  # fmt: skip
def test_what_ksqldb_does_not_take_as_an_expression_is_refused(sql):
    with pytest.raises(InputError):
        parse_expression(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE STREAM s ()",
        "CREATE STREAM s (a)",
        "CREATE STREAM s (a INT,)",
        "CREATE STREAM",
        "CREATE STREAM s (a: INT)",
        "CREATE STREAM s (a INT NOT NULL)",
        "CREATE STREAM my.s (a INT)",
        "CREATE STREAM `my.s` (a INT)",
        "CREATE STREAM s (a INT) WITH ()",
        "CREATE VIEW v AS SELECT 1",
        "CREATE STREAM s (a INT) WITH (A=b)",
        "CREATE STREAM s (a INT) WITH (A='x' || 'y')",
        "CREATE STREAM s (a INT) WITH (A)",
        "CREATE STREAM s (a INT) AS SELECT a FROM t",
        "CREATE STREAM s (group INT)",
        "CREATE STREAM s (a STRUCT<>)",
        "CREATE STREAM s (a STRUCT< >)",
        "CREATE STREAM s (@timestamp VARCHAR)",
        "CREATE STREAM s (a.b INT)",
        "CREATE STREAM s AS",
        "CREATE SOURCE STREAM s AS SELECT a FROM t",
        "CREATE TEMPORARY TABLE t (a INT)",
        "SELECT a",
        "SELECT FROM s",
        "SELECT * FROM",
        "SELECT DISTINCT a FROM s",
        "SELECT a, FROM s",
        "SELECT a FROM s ORDER BY a",
        "SELECT a FROM s UNION SELECT a FROM t",
        "SELECT a->* AS b FROM s",
        "SELECT a FROM (SELECT a FROM s)",
        "SELECT a FROM s, t",
        "SELECT a FROM s HAVING a PARTITION BY b",
        "SELECT a FROM s LIMIT 1.5",
        "SELECT a FROM s LIMIT -1",
        "SELECT -a->* FROM s",
        "SELECT +a->* FROM s",
        "SELECT a FROM s WHERE",
        "SELECT a FROM s GROUP BY",
        "SELECT a FROM s GROUP BY ()",
        "SELECT a FROM s JOIN t",
        "SELECT a + b->* FROM s",
        "SELECT a FROM s JOIN t WITHIN 5 ON a = b",
        "SELECT a FROM s JOIN t USING (a)",
        "SELECT a FROM s WINDOW TUMBLING (5 MINUTES)",
        "SELECT a FROM s WINDOW TUMBLING (SIZE 5 WEEKS)",
        "SELECT a FROM s WINDOW TUMBLING (SIZE 5 MONTHS)",
        "SELECT a FROM s WINDOW SESSION (SIZE 5 DAYS)",
        "SELECT a FROM s WINDOW HOPPING (SIZE 5 DAYS)",
        "SELECT a FROM s WINDOW TUMBLING (SIZE 1.5 DAYS)",
        "SELECT a FROM s WINDOW TUMBLING (SIZE 1 DAY, GRACE PERIOD 1 DAY, RETENTION 1 DAY)",
        "INSERT INTO s",
        "INSERT INTO s (a) SELECT a FROM t",
        "INSERT INTO s VALUES (1), (2)",
        "INSERT INTO s VALUES (a = 1)",
        "INSERT INTO s WITH (A='b') VALUES (1)",
        "DROP s",
        "DROP VIEW v",
        "DROP STREAM a.b",
        "TERMINATE",
        "SET a = 'b'",
        "SET 'a' = b",
        "SET 'a'",
        "UNSET a",
        "DEFINE 'a' = 'b'",
        "DEFINE a = b",
        "DEFINE `a` = 'b'",
        "DEFINE topic = 'b'",
        "UNDEFINE 'a'",
        "ALTER STREAM s",
        "ALTER STREAM s ADD",
        "ALTER STREAM s DROP COLUMN a",
        "ASSERT",
        "ASSERT STREAM s",
        "ASSERT TOPIC t TIMEOUT 5",
        "CREATE TYPE t AS",
        "CREATE TYPE AS INT",
        "UPDATE s SET a = 1",
        "DELETE FROM s",
        "USE db",
        "a",
        "1",
        "GRANT ALL",
        "EXPLAIN",
        "COMMIT",
        "CREATE STREAM s (a INT) LIST STREAMS",
    ],
)
def test_what_ksqldb_does_not_take_as_a_statement_is_refused(sql):
    with pytest.raises(InputError):
        parse_one(sql)


def test_an_error_tells_file_line_and_column_and_quotes_nothing():
    with pytest.raises(InputError) as caught:
        parse_script("LIST STREAMS;\n  SELECT secret\n  FROM group;", "rules/x.sql")
    assert caught.value.what.startswith("rules/x.sql:3:8: ")
    assert "secret" not in caught.value.what + caught.value.hint
    assert caught.value.hint
    with pytest.raises(InputError, match=r"^line 1, column 8: "):
        parse_one("SELECT 'unfinished secret")


@pytest.mark.parametrize("sql", ["", " ", "-- x\n", "LIST STREAMS; LIST STREAMS;"])
def test_one_statement_is_one_statement(sql):
    with pytest.raises(InputError, match=r"^f\.sql: one statement was expected"):
        parse_one(sql, "f.sql")


@pytest.mark.parametrize("depth", [400, 100_000])
def test_nesting_without_end_is_an_error_and_no_crash(depth):
    with pytest.raises(InputError, match="too deeply"):
        parse_expression("(" * depth + "a" + ")" * depth)
    tree = exp.column("a")
    for _ in range(depth):
        tree = exp.Neg(this=tree)
    with pytest.raises(InputError, match="too deeply"):
        write_expression(tree)


# -- the lexer --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (r"'C:\new\table'", r"C:\new\table"),
        ("'\\'", "\\"),
        ("'it''s'", "it's"),
        ("''''''", "''"),
        ("'a\r\nb'", "a\r\nb"),
        ("'a\x00b'", "a\x00b"),
        ("'--x'", "--x"),
        ("'__SQLGLOT__LBMARK__'", "__SQLGLOT__LBMARK__"),
    ],
)
def test_a_text_has_no_escapes_but_the_doubled_quote(sql, text):
    tree = parse_expression(sql)
    assert tree.this == text
    assert write_expression(tree) == sql
    assert tree.sql("ksqldb", pretty=True) == sql


@pytest.mark.parametrize("sql", ["1", "1.5", "1.", ".5", "1e3", "1E-3", "1.5e+3", ".5e1", "007"])
def test_numbers_keep_their_spelling_which_tells_their_type(sql):
    tree = parse_expression(sql)
    assert tree.is_number
    assert write_expression(tree) == sql


@pytest.mark.parametrize(
    ("sql", "name"), [("1abc", "1ABC"), ("1e", "1E"), ("1e5a", "1E5A"), ("1@", "1@")]
)
def test_a_name_that_begins_with_a_digit_is_stored_in_capitals(sql, name):
    assert parse_expression(sql) == exp.Column(this=exp.Identifier(this=name, quoted=True))


def test_a_line_comment_without_text_swallows_the_next_line():
    tree = parse_one("SELECT a --\n, b\n FROM s;")
    assert [item.name for item in tree.expressions] == ["a"]


def test_comments_do_not_nest():
    with pytest.raises(InputError):
        parse_one("SELECT a /* /* */ */ FROM s;")


def test_a_back_tick_in_a_name_is_read_but_never_written():
    tree = parse_expression("`a``b`")
    assert tree.name == "a`b"
    with pytest.raises(InputError, match="back-tick"):
        write_expression(tree)
