"""Real Sigma rules on real events: all compile, few queries hold them, all layouts agree.

Reads the rules and events that lie beside the checkout; they are not part of it.
"""

from __future__ import annotations

from collections import Counter

import pytest
from real_rules import is_there, real_topic
from sqlglot import exp

from schemagen.detections.bound import Status
from schemagen.ksqldb.dialect import parse_script, write_script
from schemagen.ksqldb.limits import violations

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not is_there(), reason="the real events are not beside the checkout"),
]

MOST_QUERIES = 20
"""A managed ksqlDB takes no more."""
MOST_CANDIDATES = 0.15
"""The share of the events that the first pass may let through."""
LEAST_HIT = 0.95
"""The share of the rules that the made events must alert for."""


@pytest.fixture
def windows():
    return real_topic("winlogbeat7")


def test_all_rules_compile_and_those_of_windows_fit_a_few_queries(windows):
    assert not windows.loaded.errors
    bound = windows.all_bound
    counts = Counter(rule.status for rule in bound)
    failed = counts[Status.UNSUPPORTED] + counts[Status.TYPE_CLASH]
    assert failed <= len(bound) / 100
    assert all(rule.reasons for rule in bound if rule.status is Status.UNSUPPORTED)
    said = [text for rule in bound for text in (*rule.reasons, *rule.remarks)]
    assert not [text for text in said if "without a letter" in text or "exponentially" in text]
    made = windows.statements("bundle")
    queries = [each for each in made if isinstance(each.args.get("expression"), exp.Select)]
    assert 0 < len(queries) <= MOST_QUERIES
    assert len(parse_script(write_script(made))) == len(made)


@pytest.mark.parametrize("layout", ["bundle", "insert"])
def test_no_statement_of_all_rules_is_more_than_the_engine_takes(windows, layout):
    for statement in windows.statements_of(windows.all_bound, layout):
        text = write_script([statement])
        assert not violations(statement, text, share=0.9)
        assert statement.find(exp.DPipe) is None


def test_the_first_pass_lets_few_real_events_through(windows):
    made = [each for each in windows.statements("bundle") if isinstance(each, exp.Create)]
    result = windows.replay(made, windows.events)
    let_through = len(result.rows["ALERTS_CANDIDATES"])
    assert 0 < let_through <= MOST_CANDIDATES * len(windows.events)


@pytest.mark.parametrize(
    ("pipeline", "layouts"),
    [
        ("winlogbeat7", ["bundle", "insert", "streams"]),
        ("winlogbeat6", ["bundle"]),
        ("cloudtrail", ["bundle", "insert", "streams"]),
    ],
)
def test_layouts_alert_for_the_same_rules_with_the_accelerator_and_without(pipeline, layouts):
    """All rules, on all real events and on events that are made for each of the rules."""
    topic = real_topic(pipeline)
    events = topic.events + topic.made
    fired = topic.replay(topic.statements("bundle", accelerated=True), events).fired()
    assert len(fired) >= LEAST_HIT * len(topic.deployed)
    for layout in layouts:
        assert topic.replay(topic.statements(layout), events).fired() == fired
