"""Expressions that a text can make take exponentially long; `test_slow_in_java.py` asks Java."""

from __future__ import annotations

import pytest
from compiling import binder, loaded
from slow_expressions import QUICK, SLOW

from schemagen.detections.bound import Status
from schemagen.detections.regex import read
from schemagen.detections.slow_regex import is_slow


@pytest.mark.parametrize("expression", [each for each, _ in SLOW])
def test_expressions_that_a_text_can_make_slow_are_told(expression):
    assert is_slow(read(expression))


@pytest.mark.parametrize("expression", [each for each, _ in QUICK])
def test_expressions_that_no_text_makes_slow_are_not(expression):
    assert not is_slow(read(expression))


def test_a_loop_that_is_too_large_to_be_looked_at_may_be_slow():
    words = "|".join(f"{n:05d}" for n in range(100))
    assert is_slow(read(f"(?:{words})*?x"))


def test_a_rule_with_a_slow_expression_is_bound_and_says_so():
    bound = binder("S VARCHAR").bind(loaded({"S|re": r"(?:\w+\s?)+?;"}))
    assert bound.status is Status.BOUND
    (remark,) = bound.remarks
    assert r"the regular expression `(?:\w+\s?)+?;` take exponentially long" in remark
    assert "one event can stop the query, with the accelerator the rule's bundle" in remark
