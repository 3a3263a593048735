"""The backend on its own, and how conditions are joined."""

from __future__ import annotations

import pytest
from compiling import fires, predicate
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError

from schemagen.detections.backend import KsqldbBackend
from schemagen.detections.logic import (
    BUDGET,
    conjunction,
    cost,
    disjunction,
    false,
    largest,
    negation,
    true,
)
from schemagen.ksqldb.dialect import parse_expression, parse_one, write_expression

RULE = """
title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {category: test}
detection:
    selection:
        winlog.event_data.Image|endswith: '\\cmd.exe'
        group: x
    keywords: ['mimikatz']
    condition: selection or keywords
"""


def convert(rule=RULE, output="default", **options):
    (query,) = KsqldbBackend(**options).convert(SigmaCollection.from_yaml(rule), output)
    return query


def test_a_field_is_the_column_of_its_name():
    assert convert() == (
        r"(SUBSTRING(LCASE(winlog->event_data->Image), -8) = '\cmd.exe' "
        "AND LCASE(`group`) = 'x') OR INSTR(LCASE(message), 'mimikatz') > 0"
    )


def test_a_statement_can_be_asked_for():
    statement = KsqldbBackend(stream="S").convert(rules(), "statement")
    assert parse_one(statement).args["from_"].this.name == "S"


def rules():
    return SigmaCollection.from_yaml(RULE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("selection: {a|expand: '%x%'}\n    condition: selection", "placeholder `x`"),
        ("selection: {a|hour: 3}\n    condition: selection", "`hour`"),
        ("selection: {a|re: '(a)(?(1)b)'}\n    condition: selection", "for Java"),
        ("selection: {'a`b': 3}\n    condition: selection", "back-tick"),
    ],
)
def test_what_cannot_be_said_is_an_error_that_says_why(change, reason):
    rule = RULE[: RULE.index("detection:")] + "detection:\n    " + change
    with pytest.raises(SigmaError, match=reason):
        convert(rule)


@pytest.mark.parametrize(
    ("detection", "written"),
    [
        ({"a": {"S": "x", "T": "y"}, "b": {"S": "z"}, "condition": "a and not b"},
         "LCASE(S) = 'x' AND LCASE(T) = 'y' AND NOT LCASE(S) = 'z'"),
        ({"a": {"S": "x"}, "b": {"S": "y"}, "condition": "1 of them"}, "LCASE(S) IN ('x', 'y')"),
        ({"a": {"S": "x"}, "b": {"T": "y"}, "condition": ["a", "b"]},
         "LCASE(S) = 'x' OR LCASE(T) = 'y'"),
        ({"a": [{"S": "x"}, {"S": "y", "T": "z"}], "condition": "a"},
         "LCASE(S) = 'x' OR (LCASE(S) = 'y' AND LCASE(T) = 'z')"),
        ({"a": {"S|contains|all": ["x", "y"]}, "condition": "a"},
         "INSTR(LCASE(S), 'x') > 0 AND INSTR(LCASE(S), 'y') > 0"),
        ({"a": {"S": "x"}, "condition": "not not a"}, None),
        ({"a": {"Nowhere": None, "S": "x"}, "condition": "a"}, "LCASE(S) = 'x'"),
        ({"a": {"S": "x"}, "b": {"Nowhere": "y"}, "condition": "a and not b"}, "LCASE(S) = 'x'"),
        ({"a": {"S": "x"}, "b": {"Nowhere": "y"}, "condition": "a or b"}, "LCASE(S) = 'x'"),
    ],
)  # fmt: skip
def test_conditions_are_joined_flat_and_constants_are_folded_away(detection, written):
    assert predicate(detection) == (written or "LCASE(S) = 'x'")


def test_like_is_written_as_people_write_it():
    detection = {"S|contains": "Win32_Process", "T|endswith": "100%", "N": 3}
    assert predicate(detection, matching="like") == (
        "S LIKE '%Win32_Process%' AND T LIKE '%100!%' ESCAPE '!' AND N = 3"
    )


def test_constants_decide():
    leaf = parse_expression("S IS NULL")
    assert conjunction([]) == true()
    assert disjunction([]) == false()
    assert conjunction([leaf, false()]) == false()
    assert disjunction([leaf, true()]) == true()
    assert conjunction([leaf, true()]) == leaf
    assert negation(negation(leaf)) == leaf
    assert negation(false()) == true()


def test_the_same_condition_is_written_once():
    leaf = parse_expression("LCASE(S) = 'x'")
    assert disjunction([leaf.copy(), leaf.copy()]) == leaf


@pytest.mark.parametrize("join", [conjunction, disjunction])
def test_more_than_one_method_can_hold_is_split_into_parts_that_are_compiled_apart(join):
    leaves = [parse_expression(f"INSTR(LCASE(S), 'x{n}') > 0") for n in range(1000)]
    joined = join(leaves)
    assert "ARRAY_CONTAINS(ARRAY[CASE WHEN" in write_expression(joined)
    assert cost(joined) < BUDGET
    assert largest(joined) <= BUDGET
    written = write_expression(joined)
    assert write_expression(parse_expression(written)) == written


def test_what_is_split_still_means_the_same():
    values = [f"<{n}>" for n in range(400)]
    detection = {"S|contains|all": values}
    assert "ARRAY_CONTAINS" in predicate(detection)
    assert fires(detection, {"S": "".join(values)})
    assert not fires(detection, {"S": "".join(values[:-1])})
    assert not fires(detection, {})


def test_nested_columns_cost_more_outside_of_functions():
    assert cost(parse_expression("a->b->c->d = 1")) > 2 * cost(parse_expression("a->b = 1"))
    assert cost(parse_expression("LCASE(a->b->c->d) = '1'")) == 1
