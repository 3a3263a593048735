"""Can a condition hold where a field is always NULL? Each line is a condition over `a` and `b`."""

from __future__ import annotations

import pytest

from schemagen.drift.verdict import Judge, NameScope, references
from schemagen.ksqldb.dialect import parse_expression
from schemagen.profile.paths import ITEMS

EITHER, TRUE, FALSE, THROWS = (True, True), (True, False), (False, True), (False, False)


def verdict(sql, *lost):
    return tuple(Judge([lost] if lost else []).verdict(parse_expression(sql), NameScope()))


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


def test_what_lies_below_is_lost_with_what_it_lies_in():
    assert verdict("w->e->c = 'x'", "W", "E") == FALSE
    assert verdict("w->e->c = 'x'", "W", "E", "C", "D") == EITHER


def test_nothing_is_lost():
    assert verdict("a = 'x' AND NOT (b = 'y')") == EITHER


def test_a_derived_column_is_what_makes_it():
    derived = {"L": parse_expression("LCASE(w->c)"), "N": parse_expression("w->n")}
    scope = NameScope(derived, NameScope())
    condition = parse_expression("INSTR(l, 'x') > 0 AND n = 5")
    assert not Judge([("W", "C")]).verdict(condition, scope).may_hold
    assert not Judge([("W", "N")]).verdict(condition, scope).may_hold
    assert Judge([("W", "O")]).verdict(condition, scope).may_hold
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
