"""All real rules on all real events, and on events that are made for them, asked of the jar."""

from __future__ import annotations

from functools import cache

import pytest
from accelerator_jar import built_jar
from real_rules import is_there, real_topic
from sqlglot import exp

from schemagen.accelerator.calls import MATCHES, is_matching
from schemagen.replay.jar_check import JarCheck

pytestmark = [
    pytest.mark.accelerator,
    pytest.mark.realdata,
    pytest.mark.skipif(not is_there(), reason="the real events are not beside the checkout"),
]

LEAST_PAIRS = 1_000_000
LEAST_HIT = 0.95


@cache
def found_by(topic, statements, jar):
    """Return (event, rule) as the conditions have them: the jar must say the same."""
    # The first pass is all that calls it.
    calls = [each for each in statements if isinstance(each, exp.Create) or is_matching(each)]
    rows = topic.replay(calls, topic.events + topic.made, JarCheck(jar)).rows["ALERTS_CANDIDATES"]
    pairs = {(row.event, key) for row in rows for key in row.values[MATCHES]}
    return {(event, key) for event, key in pairs if not key.startswith("#")}


@pytest.mark.parametrize("pipeline", ["winlogbeat7", "winlogbeat6", "cloudtrail"])
def test_the_jar_finds_what_the_conditions_say(pipeline, tmp_path_factory):
    topic = real_topic(pipeline)
    statements = tuple(topic.statements("bundle", accelerated=True))
    found = found_by(topic, statements, built_jar(tmp_path_factory))
    assert len({key for _, key in found}) >= LEAST_HIT * len(topic.deployed)


def test_these_are_more_than_a_million_pairs_of_real_events_and_of_made_ones():
    topic = real_topic("winlogbeat7")
    assert len(topic.events) * len(topic.deployed) >= LEAST_PAIRS
    assert len(topic.made) * len(topic.deployed) >= LEAST_PAIRS


def test_several_statements_find_the_same(tmp_path_factory, monkeypatch):
    topic, jar = real_topic("winlogbeat7"), built_jar(tmp_path_factory)
    one = tuple(topic.statements("bundle", accelerated=True))
    with monkeypatch.context() as patched:
        patched.setattr("schemagen.detections.accelerated._ROOM", 60_000)
        several = tuple(topic.statements_of(topic.bound, "bundle", accelerated=True))
    assert sum(map(is_matching, several)) > 1
    assert found_by(topic, several, jar) == found_by(topic, one, jar)
