"""The oracle's conditions."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR, SigmaCondition
from sigma.rule import SigmaDetections
from sigma_matcher import Condition, matches


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("t", True),
        ("not t", False),
        ("not not t", True),
        ("t or t and f", True),
        ("(t or t) and f", False),
        ("f and f or t", True),
        ("not f and f", False),
        ("not (f and f)", True),
        ("f or not f and t", True),
        ("1 of x_*", True),
        ("any of x_*", True),
        ("all of x_*", False),
        ("not 1 of x_*", False),
        ("not all of x_*", True),
        ("1 of them", True),
        ("all of them", False),
        ("1 of _h*", True),
        ("1 of f", False),
        ("1 of x_f and t", False),
        ("(((t)))", True),
        ("all of t*", True),
        ("all", True),
        (["f", "t"], True),
        (["f", "f"], False),
    ],
)
def test_conditions_bind_as_the_specification_says(condition, expected):
    names = {"t": 1, "f": 2, "x_t": 1, "x_f": 2, "_h": 1, "all": 1, "t1": 1}
    detection = {name: {"a": value} for name, value in names.items()}
    assert matches({"detection": {**detection, "condition": condition}}, {"a": 1}) is expected


def test_what_is_hidden_is_not_among_them():
    detection = {"s": {"a": 2}, "_h": {"a": 1}, "condition": "1 of them"}
    assert not matches({"detection": detection}, {"a": 1})


NAMES = ["sel", "sel_a", "sel_b", "filter_x", "other"]
OPERANDS = st.sampled_from([*NAMES, "1 of sel*", "all of sel_*", "1 of them", "all of filter_*"])
CONDITIONS = st.recursive(
    OPERANDS,
    lambda inner: st.one_of(
        inner.map(lambda c: f"not {c}" if " " not in c else f"not ({c})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda c: f"({c})"),
    ),
    max_leaves=6,
)


def evaluate(tree, truth):
    if isinstance(tree, ConditionNOT):
        return not evaluate(tree.args[0], truth)
    if isinstance(tree, ConditionAND | ConditionOR):
        link = all if isinstance(tree, ConditionAND) else any
        return link(evaluate(part, truth) for part in tree.args)
    return truth[tree.field]


@given(CONDITIONS)
def test_conditions_mean_what_pysigmas_grammar_makes_of_them(condition):
    detections = SigmaDetections.from_dict(
        {**{name: {name: 1} for name in NAMES}, "condition": condition}
    )
    tree = SigmaCondition(condition, detections).parse()
    for bits in itertools.product([False, True], repeat=len(NAMES)):
        truth = dict(zip(NAMES, bits, strict=True))
        assert Condition(condition, truth).value() == evaluate(tree, truth)
