from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_expression, parse_one, parse_script, write
from schemagen.ksqldb.dialect import write_expression as text_of
from schemagen.ksqldb.names import is_stream_name
from schemagen.ksqldb.statements import (
    Column,
    all_of,
    any_of,
    call,
    columns,
    create_stream,
    properties,
    stream_name,
    subscript,
    with_properties,
)
from schemagen.ksqldb.types import BIGINT, BYTES, INT, VARCHAR, Array, Field, Map, Struct

ARTICLE = (Path(__file__).parent / "fixtures" / "article.sql").read_text(encoding="utf-8")


def plain(name, kind=VARCHAR):
    return Field(name, quoted=False, type=kind)


def ticked(name, kind=VARCHAR):
    return Field(name, quoted=True, type=kind)


# -- reading ----------------------------------------------------------------------------------


def test_the_columns_of_the_article_are_read_with_their_types():
    create, alerts = parse_script(ARTICLE)
    found = columns(create)
    assert [column.name for column in found][:3] == ["@timestamp", "@metadata", "winlog"]
    assert found[0] == Column("@timestamp", quoted=True, type=VARCHAR)
    assert found[1].type == Struct((plain("beat"), plain("type"), plain("version")))
    assert [column.stored for column in found][:3] == ["@timestamp", "@metadata", "WINLOG"]
    assert not any(column.is_key or column.is_header for column in found)
    assert columns(alerts) == []


def test_keys_and_headers_are_told_from_the_value():
    create = parse_one(
        "CREATE STREAM s (k INT KEY, h ARRAY<STRUCT<key VARCHAR, value BYTES>> HEADERS,"
        " x BYTES HEADER('x'), v INT);"
    )
    assert [(c.name, c.is_key, c.is_header) for c in columns(create)] == [
        ("k", True, False),
        ("h", False, True),
        ("x", False, True),
        ("v", False, False),
    ]
    table = parse_one("CREATE TABLE t (k INT PRIMARY KEY, v BYTES);")
    assert columns(table) == [
        Column("k", quoted=False, type=INT, is_key=True),
        Column("v", quoted=False, type=BYTES),
    ]


@pytest.mark.parametrize("kind", ["Address", "MAP<INT, INT>", "ARRAY<Address>"])
def test_a_column_of_a_type_that_is_not_known_is_an_error(kind):
    with pytest.raises(InputError):
        columns(parse_one(f"CREATE STREAM s (a {kind});"))


def test_properties_are_values_by_names_in_capitals():
    create = parse_one(
        "CREATE STREAM s (a INT) WITH (kafka_topic='it''s', 'Value_Format'='JSON', PARTITIONS=3,"
        " WRAP_SINGLE_VALUE=true, RETENTION_MS=-1, REPLICAS=1.5, KEY_FORMAT=NULL);"
    )
    assert properties(create) == {
        "KAFKA_TOPIC": "it's",
        "VALUE_FORMAT": "JSON",
        "PARTITIONS": 3,
        "WRAP_SINGLE_VALUE": True,
        "RETENTION_MS": -1,
        "REPLICAS": 1.5,
        "KEY_FORMAT": None,
    }
    assert properties(parse_one("INSERT INTO s WITH (QUERY_ID='q') SELECT a FROM t;")) == {
        "QUERY_ID": "q"
    }
    assert properties(parse_one("CREATE STREAM s (a INT);")) == {}
    assert properties(parse_one("DROP STREAM s;")) == {}


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("CREATE STREAM winLog (a INT);", "WINLOG"),
        ("CREATE STREAM `winLog` (a INT);", "winLog"),
        ("CREATE TABLE t AS SELECT a FROM s;", "T"),
        ("INSERT INTO t SELECT a FROM s;", "T"),
        ("INSERT INTO t (a) VALUES (1);", "T"),
        ("DROP STREAM `my-stream`;", "my-stream"),
        ("ALTER STREAM s ADD COLUMN a INT;", "S"),
    ],
)
def test_the_name_of_a_stream_is_the_one_ksqldb_keeps(sql, name):
    assert stream_name(parse_one(sql)) == name


@pytest.mark.parametrize("sql", ["LIST STREAMS;", "TERMINATE q;", "CREATE TYPE t AS INT;"])
def test_a_statement_about_no_stream_has_no_name(sql):
    with pytest.raises(InputError):
        stream_name(parse_one(sql))


# -- making -----------------------------------------------------------------------------------


def test_the_articles_statement_is_made_from_its_parts():
    create, _ = parse_script(ARTICLE)
    fields = [Field(column.name, column.quoted, column.type) for column in columns(create)]
    made = create_stream("WINLOGEVENTS", fields, properties(create))
    assert made == create
    assert write(made) == ARTICLE[: ARTICLE.index(");") + 2]


def test_a_stream_is_made_in_all_its_forms():
    fields = [plain("a"), ticked("b c", Map(Array(BIGINT)))]
    made = create_stream(
        "my-stream",
        fields,
        {"kafka_topic": "t", "PARTITIONS": 3, "WRAP_SINGLE_VALUE": True, "REPLICAS": None},
        or_replace=True,
        source=True,
    )
    assert write(made, pretty=False) == (
        "CREATE OR REPLACE SOURCE STREAM `my-stream` (a VARCHAR, `b c` MAP<VARCHAR, ARRAY<BIGINT>>)"
        " WITH (KAFKA_TOPIC='t', PARTITIONS=3, WRAP_SINGLE_VALUE=TRUE, REPLICAS=NULL);"
    )
    assert write(create_stream("s", fields[:1], {}), pretty=False) == "CREATE STREAM s (a VARCHAR);"
    assert with_properties({}) is None


def test_a_quoted_time_column_keeps_its_back_ticks_inside_the_text():
    made = create_stream(
        "s",
        [ticked("@timestamp")],
        {"TIMESTAMP": "`@timestamp`", "TIMESTAMP_FORMAT": "yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX"},
    )
    assert write(made).endswith(
        "    TIMESTAMP = '`@timestamp`',\n"
        "    TIMESTAMP_FORMAT = 'yyyy-MM-dd''T''HH:mm:ss[.SSS]XXX'\n"
        ");"
    )


def test_a_struct_of_nested_kinds_is_laid_out_by_its_fields():
    inner = Struct((plain("a"), plain("b", Map(Struct((plain("c", INT),))))))
    assert write(create_stream("s", [plain("x", Array(inner))], {})) == (
        "CREATE STREAM s (\n"
        "    x ARRAY<STRUCT<\n"
        "        a VARCHAR,\n"
        "        b MAP<VARCHAR, STRUCT<\n"
        "            c INT\n"
        "        >>\n"
        "    >>\n"
        ");"
    )


def test_a_stream_as_deep_as_a_schema_may_be_is_written_and_read():
    kind = VARCHAR
    for level in range(64):
        kind = Struct((plain(f"level{level}", Array(kind)),))
    made = create_stream("s", [plain("a", kind)], {})
    assert parse_one(write(made)) == made


@pytest.mark.parametrize("name", ["", "a.b", "a b", "s; DROP STREAM t", "a`", "ä", "a\n"])
def test_a_name_that_no_stream_can_have_is_refused(name):
    with pytest.raises(InputError, match="stream"):
        create_stream(name, [plain("a")], {})


@pytest.mark.parametrize(
    "name", ["", " a", "a`b", "${a}", "a\nb", "rowtime", "WINDOWEND", "\udc00"]
)
def test_a_column_that_ksqldb_cannot_keep_is_refused(name):
    with pytest.raises(InputError, match="can't be declared"):
        create_stream("s", [ticked(name)], {})


def test_a_pseudo_column_may_be_a_field():
    made = create_stream("s", [plain("a", Struct((plain("rowtime"),)))], {})
    assert parse_one(write(made)) == made


def test_a_stream_needs_columns_and_each_only_once():
    with pytest.raises(InputError, match="at least one"):
        create_stream("s", [], {})
    with pytest.raises(InputError, match="'A'"):
        create_stream("s", [plain("a"), plain("A")], {})
    with pytest.raises(InputError, match="'B'"):
        create_stream("s", [plain("a", Struct((plain("b"), ticked("B"))))], {})


@pytest.mark.parametrize("name", ["", "A B", "A=1", "A'", "A;", "`A`", "ä"])
def test_a_property_without_a_proper_name_is_refused(name):
    with pytest.raises(InputError, match="property"):
        with_properties({name: "x"})


def test_a_property_with_a_variable_is_refused():
    with pytest.raises(InputError, match="KAFKA_TOPIC"):
        with_properties({"kafka_topic": "${topic}"})


@given(st.text(st.characters(codec="utf-8")))
@settings(deadline=None)
def test_any_value_of_a_property_is_kept_or_refused(value):
    try:
        made = create_stream("s", [plain("a")], {"KAFKA_TOPIC": value})
    except InputError:
        assert "${" in value
    else:
        assert properties(parse_one(write(made))) == {"KAFKA_TOPIC": value}


@given(st.text())
@settings(deadline=None)
def test_any_name_of_a_stream_is_kept_or_refused(name):
    try:
        made = create_stream(name, [plain("a")], {})
    except InputError:
        assert not is_stream_name(name)
    else:
        assert stream_name(parse_one(write(made))) == stream_name(made)


def test_calls_and_subscripts_are_made():
    column = exp.column("m")
    assert text_of(call("lcase", column)) == "LCASE(m)"
    assert text_of(subscript(column, "it's")) == "m['it''s']"
    assert text_of(subscript(column, "${x}")) == "m[CONCAT('$', '{x}')]"
    assert text_of(subscript(column, 1)) == "m[1]"
    assert text_of(subscript(column, -1)) == "m[-1]"
    assert subscript(column, 1) == parse_expression("m[1]")


@pytest.mark.parametrize(("join", "kind"), [(all_of, exp.And), (any_of, exp.Or)])
def test_conditions_are_joined_into_a_flat_tree_in_their_order(join, kind):
    conditions = [exp.column(f"c{number}") for number in range(300)]
    tree = join(conditions)
    assert isinstance(tree, kind)
    assert [leaf.name for leaf in tree.flatten()] == [leaf.name for leaf in conditions]
    assert max(leaf.depth for leaf in tree.find_all(exp.Column)) == 9
    assert join(conditions[:1]) is conditions[0]
    with pytest.raises(ValueError, match="no conditions"):
        join([])
