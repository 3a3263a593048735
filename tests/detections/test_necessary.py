"""What an event must hold for a predicate to match."""

from __future__ import annotations

import pytest

from schemagen.detections.dispatch import compared_values, dispatch_of, specialised
from schemagen.detections.necessary import NeedleFinder, need_of
from schemagen.detections.necessary_regex import texts_of_regex
from schemagen.detections.needle_tests import NeedleWriter
from schemagen.detections.rarity import weight
from schemagen.detections.rule_needs import RuleNeeds
from schemagen.detections.weakened import weakened
from schemagen.ksqldb.dialect import parse_expression, write_expression
from schemagen.ksqldb.types import parse_type


def needles(sql, known=None):
    found = NeedleFinder(weight, known).needles(parse_expression(sql))
    return None if found is None else sorted(f"{n.place} {n.form} {n.text}" for n in found)


@pytest.mark.parametrize(
    ("predicate", "needed"),
    [
        ("INSTR(LCASE(a), 'evil') > 0", ["a within evil"]),
        ("LCASE(r->a) = 'evil'", ["r->a whole evil"]),
        ("a = 'EVIL'", ["a whole evil"]),
        ("SUBSTRING(LCASE(a), -9) = '\\evil.exe'", ["a last evil.exe"]),
        ("SUBSTRING(LCASE(a), -6) = '\\b\\c.d'", ["a within \\b\\c.d"]),
        ("SUBSTRING(LCASE(a), 1, 4) = 'evil'", ["a within evil"]),
        ("LCASE(a) IN ('x1', 'x2')", ["a whole x1", "a whole x2"]),
        # The rarer part of an AND, all parts of an OR.
        ("INSTR(LCASE(a), '.exe') > 0 AND INSTR(LCASE(b), 'mimikatz') > 0", ["b within mimikatz"]),
        ("INSTR(LCASE(a), 'one') > 0 OR LCASE(b) = 'two'", ["a within one", "b whole two"]),
        ("INSTR(LCASE(a), 'one') > 0 OR b IS NULL", None),
        # Of a NOT nothing is known, and of what is not text neither.
        ("NOT INSTR(LCASE(a), 'evil') > 0", None),
        ("a IS NOT NULL", None),
        ("n > 5", None),
        ("INSTR(LCASE(CAST(n AS VARCHAR)), '5') > 0", None),
        ("INSTR(LCASE(a), 'x') > 0", None),
        # What has another lower case within other texts is not looked for.
        ("INSTR(LCASE(a), 'ab\u03c3cde') > 0", ["a within cde"]),
        ("INSTR(a, 'É-word') > 0", ["a within -word"]),
        ("REGEXP_EXTRACT('evil[0-9]+agent', a) IS NOT NULL", ["a within agent"]),
        ("REGEXP_EXTRACT('evil', a) IS NULL", None),
        (
            "ARRAY_CONTAINS(ARRAY[CASE WHEN LCASE(a) = 'x1' THEN TRUE END], TRUE) = TRUE",
            ["a whole x1"],
        ),
        # Any item may be the one that is left.
        (
            "ARRAY_LENGTH(FILTER(ARRAY[a, r->b], I => INSTR(LCASE(I), 'evil') > 0)) > 0",
            ["a within evil", "r->b within evil"],
        ),
        (
            "ARRAY_LENGTH(FILTER(ARRAY[CONCAT_WS('¦', a, b)], I => LCASE(I) = 'x1')) > 0",
            ["CONCAT_WS('¦', a, b) whole x1"],
        ),
        ("ARRAY_LENGTH(FILTER(l, I => LCASE(I) = 'x1')) > 0", None),
        ("ARRAY_LENGTH(FILTER(ARRAY[a], I => I IS NULL)) > 0", None),
        ("ARRAY_LENGTH(FILTER(ARRAY[a], I => LCASE(I) = 'x1')) > 1", None),
        ("INSTR(LCASE(CONCAT_WS(',', a, b)), 'evil') > 0", None),
        ("FALSE", []),
        ("TRUE", None),
    ],
)
def test_needles_of_a_predicate(predicate, needed):
    assert needles(predicate) == needed


def test_what_is_known_of_a_column_closes_branches():
    rule = "(id = 1 AND LCASE(a) = 'one') OR (id = 2 AND LCASE(b) = 'two')"
    assert needles(rule, {"id": "2"}) == ["b whole two"]
    assert needles(rule, {"id": "3"}) == []


@pytest.mark.parametrize(
    ("java", "texts"),
    [
        ("evil", ["evil"]),
        ("ev.l[0-9]agent", ["agent"]),
        ("(?s)(?:\\\\a\\.dll\\z|\\\\b\\.dll\\z)", ["\\a.dll$", "\\b.dll$"]),
        ("(one|two)x?", ["one", "two"]),
        ("(one|t)", None),
        ("(one)?", None),
        ("(?:three){2,}", ["three"]),
        ("(?!evil)", None),
        ("^evil$", ["evil"]),
        # `i` of Java takes these letters for others, whose lower case differs.
        ("(?iu)mask", ["ma"]),
        ("(?iu)isk", None),
        ("(?:а|б)", ["а", "б"]),  # noqa: RUF001 - Cyrillic
        ("[ab]", None),
        ("a&&b", None),
        ("(((", None),
    ],
)
def test_texts_of_which_each_match_of_an_expression_holds_one(java, texts):
    found = texts_of_regex(java)
    shown = None if found is None else [each.text + "$" * each.is_end for each in found]
    assert shown == texts


COLUMNS = parse_type("STRUCT<id BIGINT, a VARCHAR, x DOUBLE>")


def dispatch(*predicates):
    return dispatch_of([compared_values(parse_expression(each)) for each in predicates], COLUMNS)


def test_kinds_are_told_apart_by_the_column_with_most_values_that_rules_need():
    rules = [f"LCASE(a) = 'log' AND id = {n} AND LCASE(a) = 'v'" for n in range(9)]
    found = dispatch(*rules)
    assert (found.column, found.shared) == ("id", frozenset({"LCASE(a)"}))


def test_the_values_of_a_column_are_those_of_which_one_must_be_there():
    rule = parse_expression("id = 1 OR (id IN (2, 3) AND a = 'x')")
    assert compared_values(rule) == {"id": {"1", "2", "3"}}
    assert compared_values(parse_expression("id = 1 OR a = 'x'")) == {}


def test_needles_are_looked_for_once_for_all_guards():
    predicate = parse_expression("id = 1 AND INSTR(LCASE(a), 'evil') > 0")
    rule = RuleNeeds(lambda: predicate, compared_values(predicate), need_of(predicate))
    finder = NeedleFinder(weight, {"id": "1"})
    found, share = rule.needles(finder, "1")
    assert {needle.text for needle in found} == {"evil"}
    assert share == finder.weight(found)[0]
    # Of another kind nothing can match; what was found for the first stays.
    assert rule.needles(NeedleFinder(weight, {"id": "2"}), "2") == (frozenset(), 0)
    assert rule.needles(NeedleFinder(weight, {"id": "2"}), "1") == (found, share)


def test_without_enough_kinds_or_with_other_numbers_there_is_no_such_column():
    assert dispatch(*[f"id = {n % 2}" for n in range(9)]) is None
    assert dispatch(*[f"x = {n}" for n in range(9)]) is None


def test_a_weaker_condition_holds_wherever_the_predicate_does():
    rule = parse_expression(
        "LCASE(a) = 'x' AND REGEXP_EXTRACT('evil[0-9]', a) IS NOT NULL "
        "AND NOT (LCASE(a) = 'y' OR REGEXP_EXTRACT('q', a) IS NOT NULL)"
    )
    assert write_expression(weakened(rule, NeedleWriter(), 9)) == (
        "LCASE(a) = 'x' AND NOT LCASE(a) = 'y' AND INSTR(LCASE(a), 'evil') > 0"
    )
    assert write_expression(weakened(rule, NeedleWriter(), 0)) == "TRUE"


def test_a_predicate_of_one_kind_has_only_its_branches():
    rule = parse_expression("(id = 1 AND a = 'x') OR (id = 2 AND NOT (a = 'y' AND id = 2))")
    assert write_expression(specialised(rule, {"id": "2"})) == "NOT a = 'y'"
