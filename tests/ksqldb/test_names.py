from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.errors import UnsupportedError

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_expression, write_expression
from schemagen.ksqldb.names import (
    MAX_LITERAL_BYTES,
    NON_RESERVED,
    PSEUDO_COLUMNS,
    RESERVED,
    fold,
    is_stream_name,
    needs_quotes,
    stored,
    string_literal,
    why_fragile,
    why_not_representable,
)


def test_there_are_88_reserved_words_and_57_that_are_not_and_none_is_both():
    assert len(RESERVED) == 88
    assert len(NON_RESERVED) == 57
    assert not RESERVED & NON_RESERVED
    assert all(word == word.upper() for word in RESERVED | NON_RESERVED)


@pytest.mark.parametrize(
    "name", ["a", "Host", "_", "_x", "a@b", "A1", "commandLine", "type", "timestamp", "key", "id"]
)
def test_a_plain_name_needs_no_quotes(name):
    assert not needs_quotes(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "@timestamp",
        "a b",
        "a.b",
        "a-b",
        "a:b",
        "1",
        "1a",
        "1e5",
        "ä",
        "a$",
        "\uff21",
        "a\n",
        "\u017felect",
    ],
)
def test_a_name_with_other_characters_needs_quotes(name):
    assert needs_quotes(name)


@pytest.mark.parametrize(
    "name", ["Group", "from", "VALUES", "qUeRy", "Properties", "Namespace", "as"]
)
def test_a_reserved_word_needs_quotes_in_any_case(name):
    assert needs_quotes(name)


@pytest.mark.parametrize("word", sorted(NON_RESERVED))
def test_a_keyword_that_is_not_reserved_needs_no_quotes(word):
    assert not needs_quotes(word.lower())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        (" a", "begins or ends"),
        ("a ", "begins or ends"),
        ("a\t", "begins or ends"),
        ("\x00a", "begins or ends"),
        ("a\x1f", "begins or ends"),
        ("\n", "begins or ends"),
        ("a\nb", "control character"),
        ("a\x00b", "control character"),
        ("a\x7fb", "control character"),
        ("a\x85b", "control character"),
        ("a\u2028b", "line separator"),
        ("a`b", "back-tick"),
        ("`", "back-tick"),
        ("a${b}", "variable"),
        ("${", "variable"),
        ("a\ud800", "surrogate"),
        ("\udfff", "surrogate"),
    ],
)
def test_what_can_never_be_a_name_is_said_with_its_reason(name, why):
    assert why in why_not_representable(name)
    assert why in why_not_representable(name, top_level=True)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "@timestamp",
        "a b",
        "Registry SD String:",
        "a.b",
        "$",
        "$a{",
        "{}",
        "'",
        '"',
        ";",
        "--",
        "\xa0",
        "\u3000a",
        "日本",
        "😀",
        "a\\b",
        "group",
        "/* x */",
    ],
)
def test_everything_else_can_be_a_name(name):
    assert why_not_representable(name) is None
    assert why_not_representable(name, top_level=True) is None


@pytest.mark.parametrize("name", sorted(PSEUDO_COLUMNS))
def test_a_pseudo_column_is_refused_as_a_column_in_any_case_but_not_as_a_field(name):
    for spelling in (name, name.lower(), name.capitalize()):
        assert "by itself" in why_not_representable(spelling, top_level=True)
        assert why_not_representable(spelling) is None


@pytest.mark.parametrize("name", ["a;b", "a'b", "a--b", "a/*b"])
def test_what_ksql_migrations_splits_at_is_kept_with_a_warning(name):
    assert why_not_representable(name) is None
    assert len(why_fragile(name)) == 1
    assert "ksql-migrations" in why_fragile(name)[0]


def test_invisible_characters_are_warned_about():
    assert "invisible" in why_fragile("a\u202eb")[0]
    assert "invisible" in why_fragile("\ufeffa")[0]


@pytest.mark.parametrize("name", ["a", "@timestamp", "a b", "a-b", "日本", '"', "\\"])
def test_ordinary_names_have_no_warnings(name):
    assert why_fragile(name) == []


@pytest.mark.parametrize("name", ["s", "WINLOGEVENTS", "my-stream", "1", "_", "-", "a_B-9"])
def test_a_stream_name_holds_letters_digits_underscores_and_hyphens(name):
    assert is_stream_name(name)


@pytest.mark.parametrize("name", ["", "a.b", "a b", "ä", "a`b", "a\n", "a;b", "@a"])
def test_nothing_else_is_a_stream_name(name):
    assert not is_stream_name(name)


def test_a_name_is_folded_as_java_does_it():
    assert fold("srcIp") == "SRCIP"
    assert fold("straße") == "STRASSE"


def test_a_name_in_back_ticks_or_in_need_of_them_is_kept_as_it_is():
    assert stored("Host", quoted=False) == "HOST"
    assert stored("Host", quoted=True) == "Host"
    assert stored("group", quoted=False) == "group"


# -- literals ---------------------------------------------------------------------------------


def test_an_ordinary_text_is_one_literal():
    assert string_literal("it's") == exp.Literal.string("it's")
    assert write_expression(string_literal("it's")) == "'it''s'"
    assert write_expression(string_literal("")) == "''"


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("${", "CONCAT('$', '{')"),
        ("a${b}c", "CONCAT('a$', '{b}c')"),
        ("$${x}", "CONCAT('$$', '{x}')"),
        ("${a}${b}", "CONCAT('$', '{a}$', '{b}')"),
        ("$", "'$'"),
        ("{", "'{'"),
        ("{$", "'{$'"),
    ],
)
def test_a_dollar_and_a_brace_are_kept_apart(text, sql):
    assert write_expression(string_literal(text)) == sql


def test_many_variables_make_a_flat_tree():
    tree = string_literal("${x}" * 1000)
    depth, level = 0, [tree]
    while level := [part for node in level for part in node.iter_expressions()]:
        depth += 1
    assert depth <= 11


def test_text_with_half_a_surrogate_pair_is_refused():
    with pytest.raises(InputError, match="surrogate"):
        string_literal("a\ud800")


def test_text_too_long_for_a_constant_is_refused():
    string_literal("ä" * (MAX_LITERAL_BYTES // 2))
    with pytest.raises(InputError, match="65,535"):
        string_literal("ä" * (MAX_LITERAL_BYTES // 2 + 1))


def test_the_error_is_also_one_that_callers_of_sqlglot_expect():
    with pytest.raises(UnsupportedError):
        string_literal("\ud800")


def value_of(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        assert node.name == "CONCAT"
        return "".join(value_of(part) for part in node.expressions)
    assert node.is_string
    return node.this


@given(st.text(st.one_of(st.sampled_from("${}'"), st.characters(codec="utf-8"))))
@settings(deadline=None)
def test_a_literal_means_its_text_and_never_holds_a_variable(text):
    sql = write_expression(string_literal(text))
    assert "${" not in sql
    assert value_of(parse_expression(sql)) == text


@given(st.text())
@settings(deadline=None)
def test_whatever_needs_no_quotes_can_be_a_name(name):
    assert needs_quotes(name) or why_not_representable(name) is None
