"""Can a condition hold where a field is always NULL? Each line is a condition over `a` and `b`."""

from __future__ import annotations

import pytest

from schemagen.drift.scopes import NameScope, references
from schemagen.drift.text_forms import ARRAY_TEXT, FRACTION_TEXT, NUMBER_TEXT
from schemagen.drift.verdict import ConditionJudge
from schemagen.ksqldb.dialect import parse_expression
from schemagen.profile.paths import ITEMS

EITHER, TRUE, FALSE, THROWS = (True, True), (True, False), (False, True), (False, False)


def verdict(sql, *lost):
    return tuple(ConditionJudge([lost] if lost else []).verdict(parse_expression(sql), NameScope()))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a = 'x'", FALSE),
        ("'x' = a", FALSE),
        ("a <> 'x'", FALSE),
        ("a < 5", FALSE),
        ("NOT (a = 'x')", TRUE),
        ("a IS NULL", TRUE),
        ("a IS NOT NULL", FALSE),
        ("a IN ('x', 'y')", FALSE),
        ("NOT (a IN ('x', 'y'))", TRUE),
        ("a BETWEEN 1 AND 5", FALSE),
        ("b = 'x'", EITHER),
        ("a = b", FALSE),
        ("a IS DISTINCT FROM 'x'", TRUE),
        ("a IS NOT DISTINCT FROM 'x'", FALSE),
        ("INSTR(LCASE(a), 'x') > 0", FALSE),
        ("INSTR(LCASE(a), 'x') = 0", TRUE),
        ("SUBSTRING(LCASE(a), -4) = '.exe'", FALSE),
        ("REGEXP_EXTRACT('x', a) IS NOT NULL", FALSE),
        ("COALESCE(a, b) = 'x'", EITHER),
        ("COALESCE(a, 'y') = 'x'", FALSE),
        ("CAST(a AS VARCHAR) = 'x'", FALSE),
        ("a->c->d = 'x'", FALSE),
        ("a['k'] = 'x'", FALSE),
        ("a[1] = 'x'", FALSE),
        ("ARRAY_CONTAINS(a, 'x')", FALSE),
        ("ARRAY_LENGTH(FILTER(a, i => i = 'x')) > 0", FALSE),
        ("CASE WHEN IS_JSON_STRING(a) = true THEN EXTRACTJSONFIELD(a, '$.k') END = 'x'", FALSE),
        ("CONCAT(a, b) = 'x'", EITHER),
        ("a", FALSE),
        ("TRUE", TRUE),
    ],
)
def test_where_a_is_always_null(sql, expected):
    assert verdict(sql, "A") == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a LIKE '%x%'", THROWS),
        ("NOT (a LIKE '%x%')", THROWS),
        ("a IS NOT NULL AND a LIKE '%x%'", FALSE),
        ("b = 'x' AND a LIKE '%x%'", (False, True)),
        # The left side decides whether LIKE is looked at: it can still hold.
        ("b = 'x' OR a LIKE '%x%'", (True, False)),
        # Here LIKE comes first and throws whatever the rest says.
        ("a LIKE '%x%' OR b = 'x'", THROWS),
    ],
)
def test_like_on_null_throws_and_rejects_the_row(sql, expected):
    assert verdict(sql, "A") == expected


def test_a_field_of_the_elements_of_an_array():
    sql = "ARRAY_LENGTH(FILTER(a, i => i->k = 'x' AND i->v = 'y')) > 0"
    assert verdict(sql, "A", ITEMS, "K") == FALSE
    assert verdict(sql, "A", ITEMS, "OTHER") == EITHER


def test_a_key_of_a_map_matches_in_its_own_case_only():
    assert verdict("m['Key'] = 'x'", "M", "Key") == FALSE
    assert verdict("m['Key'] = 'x'", "M", "key") == EITHER


def test_a_key_of_json_text():
    sql = "EXTRACTJSONFIELD(a, '$.k[\"x.y\"]') = 'x'"
    assert verdict(sql, "A", "k", "x.y") == FALSE
    assert verdict(sql, "A", "k", "x") == EITHER


GUARDED = "CASE WHEN IS_JSON_STRING(a) = TRUE THEN NULLIF(EXTRACTJSONFIELD(a, '$.k'), 'null') END"


def test_a_key_of_json_text_as_the_statements_read_it():
    assert verdict(f"LCASE({GUARDED}) = 'x'", "A", "k") == FALSE
    assert verdict(f"LCASE({GUARDED}) = 'x'", "A", "n") == EITHER
    assert verdict(f"{GUARDED} IS NULL", "A", "k") == TRUE


def test_what_lies_below_is_lost_with_what_it_lies_in():
    assert verdict("w->e->c = 'x'", "W", "E") == FALSE
    assert verdict("w->e->c = 'x'", "W", "E", "C", "D") == EITHER


def test_nothing_is_lost():
    assert verdict("a = 'x' AND NOT (b = 'y')") == EITHER


def test_a_derived_column_is_what_makes_it():
    derived = {"L": parse_expression("LCASE(w->c)"), "N": parse_expression("w->n")}
    scope = NameScope(derived, NameScope())
    condition = parse_expression("INSTR(l, 'x') > 0 AND n = 5")
    assert not ConditionJudge([("W", "C")]).verdict(condition, scope).may_hold
    assert not ConditionJudge([("W", "N")]).verdict(condition, scope).may_hold
    assert ConditionJudge([("W", "O")]).verdict(condition, scope).may_hold
    assert set(references(condition, scope)) == {("W", "C"), ("W", "N")}


def test_in_a_join_only_names_of_our_stream_are_ours():
    scope = NameScope(others=True, names=frozenset({"E"}))
    assert set(references(parse_expression("e.a = o.a AND b = 'x'"), scope)) == {("A",)}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (NameScope(others=True, columns=frozenset({"A"})), {("A", "F")}),
        (NameScope({"A": parse_expression("w->x")}, NameScope(), others=True), {("W", "X", "F")}),
        (NameScope({}, NameScope(columns=frozenset({"A"})), others=True, star=True), {("A", "F")}),
        (NameScope({}, NameScope(columns=frozenset({"A"})), others=True), set()),
    ],
)
def test_in_a_join_a_bare_name_is_ours_where_our_stream_has_it(scope, expected):
    # Had the other stream one too, ksqlDB would refuse the query.
    assert set(references(parse_expression("a->f = b->f AND o.a->g = 'x'"), scope)) == expected


def known(sql, **values):
    """The verdict where columns always hold a value, or a text of a form."""
    judge = ConditionJudge(values={(name.upper(),): value for name, value in values.items()})
    return tuple(judge.verdict(parse_expression(sql), NameScope()))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a = 'Security'", TRUE),
        ("a = 'System'", FALSE),
        ("a <> 'System'", TRUE),
        ("LCASE(a) = 'security'", TRUE),
        ("UCASE(a) = 'SECURITY' AND b = 'x'", EITHER),
        ("a IN ('System', 'Security')", TRUE),
        ("a IN ('System', 'Setup')", FALSE),
        ("INSTR(LCASE(a), 'sec') > 0", TRUE),
        ("INSTR(LCASE(a), 'sys') > 0", FALSE),
        ("n = 4688", TRUE),
        ("n = 1", FALSE),
        ("n IN (1, 4688)", TRUE),
        ("n > 5000", FALSE),
        ("a = 'Security' AND n = 1", FALSE),
        ("(a = 'System' AND n = 1) OR (a = 'Security' AND n = 4688)", TRUE),
        ("a IS NULL", FALSE),
        ("SUBSTRING(a, 1, 3) = 'Sec'", EITHER),
        ("CAST(a AS VARCHAR) = 'System'", FALSE),
        ("COALESCE(b, a) = 'System'", EITHER),
        ("CASE WHEN b = 'x' THEN a END = 'System'", FALSE),
        ("CASE WHEN b = 'x' THEN a END = 'Security'", EITHER),
        ("NULLIF(a, b) = 'System'", FALSE),
    ],
)
def test_where_a_value_is_known(sql, expected):
    assert known(sql, a="Security", n=4688.0) == expected


@pytest.mark.parametrize(
    ("sql", "form", "expected"),
    [
        ("a = 'evil'", ARRAY_TEXT, FALSE),
        ("a = '[evil]'", ARRAY_TEXT, EITHER),
        ("NOT (a = 'evil')", ARRAY_TEXT, TRUE),
        ("LCASE(a) IN ('evil', 'good')", ARRAY_TEXT, FALSE),
        ("INSTR(LCASE(a), 'evil') > 0", ARRAY_TEXT, EITHER),
        ("SUBSTRING(LCASE(a), 1, 4) = 'evil'", ARRAY_TEXT, FALSE),
        ("SUBSTRING(LCASE(a), -4) = 'evil'", ARRAY_TEXT, FALSE),
        ("SUBSTRING(LCASE(a), -4) = 'vil]'", ARRAY_TEXT, EITHER),
        ("SUBSTRING(LCASE(a), 2, 4) = 'evil'", ARRAY_TEXT, EITHER),
        ("a IS NULL", ARRAY_TEXT, FALSE),
        ("a = '4688'", FRACTION_TEXT, FALSE),
        ("a = '4688.0'", FRACTION_TEXT, EITHER),
        ("a IN ('4688', '4688.0')", FRACTION_TEXT, EITHER),
        ("a = '4688'", NUMBER_TEXT, EITHER),
        ("a = 'evil'", NUMBER_TEXT, FALSE),
        ("SUBSTRING(a, 1, 2) = '46'", FRACTION_TEXT, EITHER),
        ("SUBSTRING(a, 1, 2) = 'ev'", FRACTION_TEXT, FALSE),
        ("CAST(a AS DOUBLE) = 4688", FRACTION_TEXT, EITHER),
        ("CASE WHEN IS_JSON_STRING(b) = true THEN a END = 'evil'", ARRAY_TEXT, FALSE),
    ],
)
def test_where_the_form_of_a_text_is_known(sql, form, expected):
    assert known(sql, a=form) == expected
