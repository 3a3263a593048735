"""What Java takes for the expressions that are told to be slow, and for those that are not."""

from __future__ import annotations

import pytest
from accelerator_jar import built_jar
from slow_expressions import QUICK, SLOW

from schemagen.accelerator.conditions import Asked, AskedForm, GivenText, RuleTable, TabledRule
from schemagen.accelerator.jar import run_jar
from schemagen.accelerator.wire import pack
from schemagen.detections.regex import translate

pytestmark = pytest.mark.accelerator

_UNDECIDED = 2


def asked(jar, cases):
    """Ask the jar for each expression in the text that is made for it."""
    rules = []
    for n, (expression, _) in enumerate(cases):
        test = Asked(AskedForm.EXPRESSION, GivenText(n), texts=(translate(expression),))
        rules.append(TabledRule(expression, "#G", test))
    (found,) = run_jar(jar, pack(RuleTable(tuple(rules))), [(None, [text for _, text in cases])])
    return found


@pytest.mark.parametrize("case", SLOW, ids=[each for each, _ in SLOW])
def test_java_does_not_get_through_what_is_told_to_be_slow(tmp_path_factory, case):
    assert asked(built_jar(tmp_path_factory), [case])[case[0]] == _UNDECIDED


def test_java_gets_through_what_is_not(tmp_path_factory):
    assert _UNDECIDED not in asked(built_jar(tmp_path_factory), QUICK).values()
