"""Expressions that go on without a letter in so many ways that nothing comes to their end."""

from __future__ import annotations

import pytest
from compiling import binder, loaded

from schemagen.detections.bound import Status
from schemagen.detections.regex import UntranslatableRegexError, read, translate
from schemagen.detections.regex_ways import MOST_WAYS, ways


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("abc", 1),
        (r"^\s*(?:a|b|c)+\.exe$", 1),
        ("a?b?c?d*e*", 1),
        ("(?:a?|b?)", 2),
        ("(?:a?|b?)" * 5, 2**5),
        ("(?:a?|b?)" * 3 + "x" + "(?:a?|b?)" * 4, 2**4),
        ("(?:(?:a?|b?)c|d)" * 9, 2),
        (r"(\s*)?" * 3, 2**3),
        ("(?:){50}", 50),
        ("(?:(?:){50}){50}", 2_500),
        (r"()(?:\1){70}", 70),
        ("(?:^|$){4}", 2**4),
        ("(?=a?|b?)" * 20, 2),
        ("(?>a?|b?)" * 20, 2),
        ("(?:a?|b?)?+" * 20, 2),
        ("(?:){0,2000000000}", 2),
        ("a{2000000000}", 1),
        ("(?:a?|b?){0}" * 9, 1),
    ],
)
def test_ways_without_a_letter(expression, expected):
    assert ways(read(expression)) == expected


@pytest.mark.parametrize(
    "expression", ["(?:a?|b?)" * 40, "(?:){2000000000}", "(?:(?:){90}){90}", "(?:a?|b?){40}"]
)
def test_a_rule_that_would_never_end_is_unsupported(expression):
    assert ways(read(expression)) > MOST_WAYS
    with pytest.raises(UntranslatableRegexError, match="more than 256 ways"):
        translate(expression)
    bound = binder("S VARCHAR").bind(loaded({"S|re": expression}))
    assert bound.status is Status.UNSUPPORTED
    assert "goes on without a letter in more than 256 ways" in bound.reasons[0]


@pytest.mark.parametrize("depth", [200, 300, 400])
def test_what_is_nested_too_deeply_is_refused(depth):
    bound = binder("S VARCHAR").bind(loaded({"S|re": "(?:a" * depth + ")*" * depth}))
    assert bound.status is Status.UNSUPPORTED
    assert "can't be written for Java: it is n" in bound.reasons[0]
