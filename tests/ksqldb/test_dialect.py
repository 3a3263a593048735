from __future__ import annotations

import logging
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import (
    KsqlDB,
    parse_expression,
    parse_one,
    parse_script,
    write,
    write_script,
)
from schemagen.ksqldb.sql.ksqldb import check_extensible

FIXTURES = Path(__file__).parent / "fixtures"
IDENTITY = (FIXTURES / "identity.sql").read_text(encoding="utf-8").splitlines()
ARTICLE = (FIXTURES / "article.sql").read_text(encoding="utf-8")


def same(left: exp.Expr, right: exp.Expr) -> bool:
    """Compare trees with the case of every text; sqlglot's own equality forgives some."""
    return left == right and texts_of(left) == texts_of(right)


def texts_of(tree: exp.Expr) -> list[object]:
    return [
        (type(node).__name__, key, value)
        for node in tree.walk()
        for key, value in sorted(node.args.items())
        if isinstance(value, (str, int)) and value is not False
    ]


def without_parentheses(tree: exp.Expr) -> exp.Expr:
    tree = tree.copy()
    for paren in [*tree.find_all(exp.Paren)]:
        if paren is tree:
            tree = tree.this.pop()
        else:
            paren.replace(paren.this)
    return tree


# -- whole statements -------------------------------------------------------------------------


@pytest.mark.parametrize("sql", IDENTITY)
def test_a_statement_is_written_as_it_was_read(sql):
    assert write(parse_one(sql), pretty=False) == sql


@pytest.mark.parametrize("sql", IDENTITY)
def test_a_statement_in_the_pretty_form_is_the_same_statement(sql):
    tree = parse_one(sql)
    assert same(parse_one(write(tree)), tree)
    assert write(parse_one(write(tree))) == write(tree)


@pytest.mark.parametrize("sql", IDENTITY)
def test_no_statement_falls_back_to_a_command(sql, caplog):
    with caplog.at_level(logging.DEBUG, logger="sqlglot"):
        tree = parse_one(sql)
        write(tree)
    assert not list(tree.find_all(exp.Command))
    assert not caplog.records


def test_the_fixtures_hold_one_statement_a_line_and_none_twice():
    assert len(IDENTITY) == len(set(IDENTITY)) > 100
    assert parse_script("\n".join(IDENTITY)) == [parse_one(line) for line in IDENTITY]


@pytest.mark.parametrize(
    ("sql", "canonical"),
    [
        ("create stream s (a integer, b string, c varchar(10), d int array) with (kafka_topic='t')",
         "CREATE STREAM s (a INT, b VARCHAR, c VARCHAR, d ARRAY<INT>) WITH (KAFKA_TOPIC='t');"),
        ('CREATE STREAM "My-Stream" ("a b" INT)', "CREATE STREAM `My-Stream` (`a b` INT);"),
        ("CREATE STREAM s (`a` INT) WITH ('kafka_topic'='t')",
         "CREATE STREAM s (`a` INT) WITH (KAFKA_TOPIC='t');"),
        ("SELECT a b FROM s t", "SELECT a AS b FROM s AS t;"),
        ("SELECT 1abc FROM s", "SELECT `1ABC` FROM s;"),
        ('SELECT lcase(a), "Ucase"(b) FROM s', "SELECT LCASE(a), `Ucase`(b) FROM s;"),
        ("SELECT a FROM s WHERE a != 1", "SELECT a FROM s WHERE a <> 1;"),
        ("SELECT a FROM s WHERE NOT a IN (1)", "SELECT a FROM s WHERE a NOT IN (1);"),
        ("SELECT a FROM s WHERE NOT a IS NULL", "SELECT a FROM s WHERE a IS NOT NULL;"),
        ("SELECT a FROM s WHERE a LIKE'x'AND b>1", "SELECT a FROM s WHERE a LIKE 'x' AND b > 1;"),
        ("SELECT +a, - 5 FROM s", "SELECT a, -5 FROM s;"),
        ("SELECT a FROM s GROUP BY (a, b)", "SELECT a FROM s GROUP BY a, b;"),
        ("SELECT a FROM s GROUP BY (a)", "SELECT a FROM s GROUP BY (a);"),
        ("SELECT a FROM s GROUP BY (a) + f(b, c)", "SELECT a FROM s GROUP BY (a) + F(b, c);"),
        ("SELECT a FROM s PARTITION BY (a, b)", "SELECT a FROM s PARTITION BY a, b;"),
        ("SELECT DATE '2024-01-01' FROM s", "SELECT CAST('2024-01-01' AS DATE) FROM s;"),
        ("SELECT date FROM s", "SELECT date FROM s;"),
        ("ALTER STREAM s ADD c INT, ADD COLUMN INT, ADD COLUMN COLUMN INT",
         "ALTER STREAM s ADD COLUMN c INT, ADD COLUMN COLUMN INT, ADD COLUMN COLUMN INT;"),
        ("ALTER STREAM s ADD COLUMN d DECIMAL(2, 1)", "ALTER STREAM s ADD COLUMN d DECIMAL(2, 1);"),
        ("set 'a'='b'", "SET 'a' = 'b';"),
        ("terminate all", "TERMINATE ALL;"),
    ],
)  # fmt: skip
def test_other_spellings_of_the_same_are_written_in_one_way(sql, canonical):
    assert write(parse_one(sql), pretty=False) == canonical
    assert write(parse_one(canonical), pretty=False) == canonical


def test_the_articles_first_statement_is_written_as_the_author_wrote_it():
    create, _ = parse_script(ARTICLE)
    assert write(create) == ARTICLE[: ARTICLE.index(");") + 2]


def test_the_articles_second_statement_is_laid_out_by_its_conditions():
    _, alerts = parse_script(ARTICLE)
    sql = write(alerts)
    assert same(parse_one(sql), alerts)
    assert sql.startswith(
        "CREATE STREAM WINDOWS_ALERTS WITH (\n"
        "    KAFKA_TOPIC = 'windows_alerts'\n"
        ") AS\n"
        "SELECT\n"
        "    host->hostname AS Host,\n"
        "    winlog->event_data->CommandLine AS CommandLine,\n"
        "    winlog->event_data->ParentProcessName AS ParentImage\n"
        "FROM WINLOGEVENTS\n"
        "WHERE\n"
        "    (\n"
        "        (\n"
        "            winlog->event_data->CommandLine LIKE '%AntiSpywareProduct%'\n"
        "            OR winlog->event_data->CommandLine LIKE '%AntiVirusProduct%'\n"
    )
    assert sql.endswith("        AND winlog->event_data->CommandLine LIKE '%fcappdb.exe%'\n    );")


def test_a_script_is_written_and_read_back():
    statements = parse_script(ARTICLE)
    script = write_script(statements)
    assert script.endswith(";\n")
    assert [repr(tree) for tree in parse_script(script)] == [repr(tree) for tree in statements]
    assert write_script([]) == ""
    assert parse_script("") == []
    assert parse_script(" -- nothing but a comment\n") == []


def test_the_last_semicolon_may_be_missing_but_no_other():
    assert len(parse_script("LIST STREAMS; LIST TOPICS")) == 2
    for sql in ("LIST STREAMS;;", ";", "LIST STREAMS; ; LIST TOPICS;"):
        with pytest.raises(InputError):
            parse_script(sql)


def test_sqlglot_knows_the_dialect_by_its_name():
    tree = sqlglot.parse_one("SELECT a->b FROM s", dialect="ksqldb")
    assert tree.sql("ksqldb") == "SELECT a->b FROM s"
    assert tree.sql(KsqlDB, pretty=True) == "SELECT\n    a->b\nFROM s"


def test_sqlglots_builders_read_parts_in_the_dialect():
    query = (
        exp.select("a->b AS c", "COUNT(*) AS n", dialect="ksqldb")
        .from_("s", dialect="ksqldb")
        .join("t AS x", on="s.a = x.a", dialect="ksqldb")
        .where("m['k'] = 1", "b NOT LIKE 'x'", dialect="ksqldb")
        .group_by("a->b", dialect="ksqldb")
        .limit(3)
    )
    assert query.sql("ksqldb") == (
        "SELECT a->b AS c, COUNT(*) AS n FROM s JOIN t AS x ON s.a = x.a "
        "WHERE m['k'] = 1 AND b NOT LIKE 'x' GROUP BY a->b LIMIT 3"
    )


def test_duckdb_gets_the_same_meaning():
    sql = "SELECT a->b, m['k'], r[1], r[-1] FROM s WHERE a NOT IN (1) AND b IS NOT NULL"
    (duckdb,) = sqlglot.transpile(sql, read="ksqldb", write="duckdb")
    assert duckdb == ("SELECT a.b, m['k'], r[1], r[-1] FROM s WHERE NOT a IN (1) AND NOT b IS NULL")


@pytest.mark.parametrize("clause", ["WINDOW SESSION (1 DAY) GROUP BY a", "PARTITION BY a"])
def test_another_dialect_does_not_drop_what_it_has_not(clause):
    query = parse_one(f"SELECT a FROM s {clause};")
    with pytest.raises(ValueError, match="Unsupported"):
        query.sql("duckdb")


# -- shapes -----------------------------------------------------------------------------------


def test_nested_fields_are_dots_and_columns_of_a_source_have_a_table():
    tree = parse_expression("s.a->b->c")
    assert isinstance(tree, exp.Dot)
    assert [part.name for part in tree.parts] == ["s", "a", "b", "c"]


def test_functions_keep_their_names_and_the_order_of_their_arguments():
    for sql in ("LCASE(a)", "INSTR(a, 'x')", "REGEXP_EXTRACT('p', a)", "SUBSTRING(a, 1)"):
        tree = parse_expression(sql)
        assert isinstance(tree, exp.Anonymous)
        assert f"{tree.this}({', '.join(part.sql() for part in tree.expressions)})" == sql


def test_the_parameters_of_a_lambda_are_no_columns():
    tree = parse_expression("FILTER(arr, X => x->a = b AND `X` = y AND `x` = 1)")
    assert {column.name for column in tree.find_all(exp.Column)} == {"arr", "x", "b", "y"}
    (x,) = [column for column in tree.find_all(exp.Column) if column.name == "x"]
    assert x.this.quoted
    assert tree.find(exp.Lambda).expressions[0].name == "X"


def test_a_parameter_ends_with_its_lambda():
    tree = parse_expression("F(TRANSFORM(a, x => x + 1), x)")
    assert {column.name for column in tree.find_all(exp.Column)} == {"a", "x"}


def test_not_binds_less_than_a_predicate_and_more_than_and():
    tree = parse_expression("NOT a = 1 AND b OR c")
    assert isinstance(tree, exp.Or)
    assert isinstance(tree.left, exp.And)
    assert isinstance(tree.left.left, exp.Not)
    assert isinstance(tree.left.left.this, exp.EQ)


@pytest.mark.parametrize(
    ("sql", "grouped"),
    [
        ("a OR b AND c", "a OR (b AND c)"),
        ("a + b * c", "a + (b * c)"),
        ("a || b + c", "a || (b + c)"),
        ("a - b - c", "(a - b) - c"),
        ("a = b || c", "a = (b || c)"),
        ("-a * b", "(-a) * b"),
        ("-a->b", "-(a->b)"),
        ("-1->b", "(-1)->b"),
        ("a - 1[b]", "a - (1[b])"),
        ("NOT a BETWEEN 1 AND 2 AND b", "(NOT (a BETWEEN 1 AND 2)) AND b"),
        ("a BETWEEN b + 1 AND c || d", "a BETWEEN (b + 1) AND (c || d)"),
        ("-a AT TIME ZONE 'UTC' + 1", "(-(a AT TIME ZONE 'UTC')) + 1"),
    ],
)
def test_operators_bind_as_in_ksqldbs_grammar(sql, grouped):
    assert same(parse_expression(sql), without_parentheses(parse_expression(grouped)))


@pytest.mark.parametrize(
    "file", ["/p/sqlglot/generator.cpython-311-x86_64-linux-gnu.so", "C:\\p\\generator.pyd"]
)
def test_the_compiled_form_of_sqlglot_is_one_clear_sentence(file):
    with pytest.raises(InputError, match="compiled form") as caught:
        check_extensible(file)
    assert "pip uninstall sqlglotc" in caught.value.hint
    check_extensible("/p/sqlglot/generator.py")
