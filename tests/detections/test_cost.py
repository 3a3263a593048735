"""What rules and their queries cost, by the calls of functions in their text."""

from __future__ import annotations

import pytest
from compiling import bound, script

from schemagen.detections.cost import (
    PER_CALL,
    PER_ENTRY,
    PER_NEEDLE,
    READ,
    READ_CANDIDATE,
    QueryCost,
    calls_in,
    evaluating,
    predicted,
    query_costs,
    rule_cost,
)
from schemagen.ksqldb.dialect import parse_expression, parse_script


@pytest.mark.parametrize(
    ("expression", "calls"),
    [
        ("a = 'x' AND n < 5 AND m['k'] = 'y' AND r->s = 'z' AND n BETWEEN 1 AND 2", 0),
        ("LCASE(a) = 'x'", 1),
        ("INSTR(LCASE(a), 'x') > 0 OR SUBSTRING(a, -3) = 'y'", 3),
        ("ARRAY_LENGTH(FILTER(a, I => LCASE(I) = 'x')) > 0", 3),
    ],
)
def test_calls_in_the_text_are_counted_and_nothing_else(expression, calls):
    assert calls_in(parse_expression(expression)) == calls


def test_a_rule_costs_its_calls_and_the_regular_expressions_that_are_compiled():
    plain = rule_cost(bound({"S|contains": "evil", "T": "x"}))
    assert (plain.calls, plain.regexes, plain.by_kind) == (3, 0, False)
    assert plain.microseconds == 3 * PER_CALL
    assert rule_cost(bound({"S|re": "evil[0-9]"})).microseconds > 10


def test_a_rule_without_a_text_that_it_needs_is_of_the_class_kind():
    only_left_out = {"a": {"N": 7}, "f": {"S": "x"}, "condition": "a and not f"}
    assert rule_cost(bound(only_left_out)).by_kind
    assert not rule_cost(bound({"N": 7, "S": "x"})).by_kind


def test_queries_are_counted_by_name():
    rules = [bound({"S|contains": f"one{n}"}) for n in range(2)]
    (query,) = query_costs(parse_script(script(rules)))
    assert query.name == "ALERTS_TEST"
    assert query.calls > query.condition == 0
    assert query.size > 300


@pytest.mark.parametrize(
    ("condition", "microseconds"),
    [
        ("a = 'x' AND b = 'y'", 2 * PER_ENTRY),
        ("INSTR(LCASE(a), 'x') > 0", 3 * PER_ENTRY + 2 * PER_CALL),
        # One branch is evaluated, and what asks for it; entries are made for all.
        (
            "CASE WHEN n = 1 THEN LCASE(a) = 'x' WHEN n = 2 THEN LCASE(a) = 'y' ELSE FALSE END",
            7 * PER_ENTRY + PER_CALL * 2 / 3,
        ),
        ("CASE WHEN LCASE(a) = 'x' THEN TRUE ELSE FALSE END", 3 * PER_ENTRY + PER_CALL),
        ("ARRAY_LENGTH(SPLIT('x¦y¦z', '¦')) > 0", 2 * PER_ENTRY + 2 * PER_CALL + 2 * PER_NEEDLE),
    ],
)
def test_a_condition_costs_what_is_evaluated_of_it(condition, microseconds):
    assert evaluating(parse_expression(condition)) == pytest.approx(microseconds)
    assert evaluating(None) == 0


def test_an_event_costs_the_first_pass_and_a_candidate_what_all_bundles_ask():
    queries = [QueryCost("A_CANDIDATES", 0, 90, 80, 60.0), *[QueryCost("B", 0, 510, 10, 5.0)] * 2]
    rejected = 2 * (READ_CANDIDATE + 5)
    expected = READ + 60 + 0.1 * (rejected + 500 * PER_CALL)
    assert predicted(queries, 0.1) == pytest.approx(expected)


def test_without_candidates_an_event_may_reach_every_rule():
    assert predicted([QueryCost("B", 0, 100, 0, 0.0)] * 2) == 2 * (READ + 100 * PER_CALL)
    assert predicted([]) == 0
