from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemagen.errors import InputError
from schemagen.ksqldb.names import needs_quotes, why_not_representable
from schemagen.ksqldb.types import (
    BIGINT,
    BOOLEAN,
    INT,
    VARCHAR,
    Array,
    Field,
    Map,
    Scalar,
    Struct,
    from_sqlglot,
    is_number,
    kind_of,
    parse_type,
    render,
    to_sqlglot,
)


def plain(name, kind):
    return Field(name, quoted=False, type=kind)


def quoted(name, kind):
    return Field(name, quoted=True, type=kind)


SCALAR_NAMES = ["BOOLEAN", "INT", "BIGINT", "DOUBLE", "VARCHAR", "BYTES", "TIME", "DATE"]

names = st.text(min_size=1, max_size=8).filter(lambda name: why_not_representable(name) is None)
plain_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_@]{0,6}", fullmatch=True)
scalars = st.one_of(
    st.sampled_from([*SCALAR_NAMES, "TIMESTAMP"]).map(Scalar),
    st.integers(1, 50).flatmap(
        lambda precision: st.builds(
            Scalar, st.just("DECIMAL"), st.just(precision), st.integers(0, precision)
        )
    ),
)


def structs(inner):
    field = st.builds(
        lambda name, ticks, kind: Field(name, ticks or needs_quotes(name), kind),
        st.one_of(names, plain_names),
        st.booleans(),
        inner,
    )
    return st.lists(field, min_size=1, max_size=4, unique_by=lambda item: item.stored).map(
        lambda fields: Struct(tuple(fields))
    )


types = st.recursive(
    scalars,
    lambda inner: st.one_of(inner.map(Array), inner.map(Map), structs(inner)),
    max_leaves=12,
)


@given(types)
@settings(deadline=None)
def test_a_type_that_is_written_is_read_back_as_it_was(declared):
    assert parse_type(render(declared)) == declared


@given(types)
@settings(deadline=None)
def test_a_type_and_its_tree_are_the_same(declared):
    assert from_sqlglot(to_sqlglot(declared)) == declared


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("int", INT),
        ("INTEGER", INT),
        ("String", VARCHAR),
        ("VARCHAR(255)", VARCHAR),
        ("DECIMAL(20, 0)", Scalar("DECIMAL", 20, 0)),
        ("decimal(5,2)", Scalar("DECIMAL", 5, 2)),
        ("ARRAY<INT>", Array(INT)),
        ("INT ARRAY", Array(INT)),
        ("MAP<STRING, ARRAY<BIGINT>>", Map(Array(BIGINT))),
        ("STRUCT<a INT>", Struct((plain("a", INT),))),
        ('STRUCT<"a b" INT>', Struct((quoted("a b", INT),))),
        ("STRUCT<type STRING, `Type` STRING>",
         Struct((plain("type", VARCHAR), quoted("Type", VARCHAR)))),
        ("STRUCT<a STRUCT<b STRUCT<c BOOLEAN>>>",
         Struct((plain("a", Struct((plain("b", Struct((
             plain("c", BOOLEAN),))),))),))),
    ],
)  # fmt: skip
def test_types_are_read_as_ksqldb_reads_them(text, declared):
    assert parse_type(text) == declared


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "STRUCT<>",
        "STRUCT< >",
        "STRUCT",
        "ARRAY",
        "ARRAY<>",
        "ARRAY<INT",
        "MAP<VARCHAR>",
        "MAP<VARCHAR, INT, INT>",
        "STRUCT<a>",
        "STRUCT<a: INT>",
        "STRUCT<a INT,>",
        "STRUCT<INT>",
        "DECIMAL",
        "DECIMAL(5)",
        "DECIMAL(a, b)",
        "INT INT",
        "INT;",
        "INT; DROP STREAM s",
        "INT--",
        "VARCHAR(x)",
        "FLOAT",
        "Address",
        "INT NOT NULL",
        "SELECT 1",
        "'INT'",
        "STRUCT<group INT>",
        "ARRAY(INT)",
        "1",
        "${x}",
        "\x00",
        "INT\x0b",
    ],
)
def test_what_is_no_type_is_refused_with_an_error_for_people(text):
    with pytest.raises(InputError) as caught:
        parse_type(text)
    assert caught.value.what


@pytest.mark.parametrize("text", ["DECIMAL(0, 0)", "DECIMAL(5, 6)"])
def test_a_decimal_that_can_hold_nothing_is_refused(text):
    with pytest.raises(InputError, match="DECIMAL"):
        parse_type(text)


@pytest.mark.parametrize("text", ["MAP<INT, INT>", "MAP<ARRAY<VARCHAR>, INT>"])
def test_a_map_with_keys_that_json_has_not_is_refused(text):
    with pytest.raises(InputError, match="VARCHAR"):
        parse_type(text)


def test_the_error_names_the_place_and_the_origin_but_not_the_text():
    with pytest.raises(InputError) as caught:
        parse_type("STRUCT<a INT, secret: INT>", "schemagen.toml, types.winlog")
    assert caught.value.what.startswith("schemagen.toml, types.winlog:1:21: ")
    assert "secret" not in caught.value.what
    with pytest.raises(InputError, match=r"^schemagen\.toml: A type made by CREATE TYPE"):
        parse_type("Address", "schemagen.toml")


def test_a_type_nested_without_end_is_refused():
    with pytest.raises(InputError, match="too deeply"):
        parse_type("ARRAY<" * 5000 + "INT" + ">" * 5000)


def test_a_type_as_deep_as_real_messages_is_fine():
    declared = VARCHAR
    for level in range(64):
        declared = Struct((plain(f"level{level}", Array(declared)),))
    assert parse_type(render(declared)) == declared


def test_second_names_of_types_are_the_same_type():
    assert Scalar("integer") == INT
    assert Scalar("String") == VARCHAR
    assert hash(Scalar("STRING")) == hash(VARCHAR)


@pytest.mark.parametrize(
    "arguments",
    [
        ("FLOAT",),
        ("",),
        ("INT", 5),
        ("VARCHAR", None, 3),
        ("DECIMAL",),
        ("DECIMAL", 5),
        ("DECIMAL", 0, 0),
        ("DECIMAL", 3, 4),
        ("DECIMAL", 3, -1),
    ],
)
def test_a_type_that_is_none_cannot_be_made(arguments):
    with pytest.raises(InputError):
        Scalar(*arguments)


def test_an_unquoted_field_is_kept_in_capitals_and_a_quoted_one_as_it_is():
    assert plain("hostName", INT).stored == "HOSTNAME"
    assert quoted("hostName", INT).stored == "hostName"


@pytest.mark.parametrize("name", ["group", "a b", "@timestamp", ""])
def test_a_field_that_needs_back_ticks_cannot_go_without(name):
    with pytest.raises(ValueError, match="back-ticks"):
        plain(name, INT)


def test_a_struct_without_fields_is_not_written():
    with pytest.raises(InputError, match="at least one field"):
        render(Array(Struct(())))


def test_two_fields_of_one_stored_name_are_not_written():
    clash = Struct((plain("a", INT), plain("A", INT)))
    with pytest.raises(InputError, match="'A'"):
        render(clash)
    apart = Struct((quoted("a", INT), quoted("A", INT)))
    assert render(apart) == "STRUCT<`a` INT, `A` INT>"


@pytest.mark.parametrize("name", ["a`b", " a", "a\nb", "${x}", "\ud800"])
def test_a_field_that_ksqldb_cannot_keep_is_not_written(name):
    with pytest.raises(InputError, match="can't be written"):
        render(Struct((quoted(name, INT),)))


@pytest.mark.parametrize(
    ("declared", "kind", "number"),
    [
        ("DECIMAL(10, 2)", "DECIMAL", True),
        ("INT", "INT", True),
        ("VARCHAR", "VARCHAR", False),
        ("ARRAY<INT>", "ARRAY", False),
        ("MAP<VARCHAR, INT>", "MAP", False),
        ("STRUCT<a INT>", "STRUCT", False),
    ],
)
def test_a_type_is_called_by_one_word(declared, kind, number):
    assert kind_of(parse_type(declared)) == kind
    assert is_number(parse_type(declared)) is number
