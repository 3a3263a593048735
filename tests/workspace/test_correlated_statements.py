"""Where the alerts of correlations go beside those of rules."""

from __future__ import annotations

import pytest
from compiling import settings
from correlating import base, bind, correlation, load

from schemagen.choices import Layout
from schemagen.detections.envelope import AlertSource
from schemagen.ksqldb.dialect import properties, stream_name
from schemagen.workspace.statements import alerts_over

COUNT = {"condition": {"gte": 2}}


def topics(tmp_path, layout, *documents):
    """Give the topics of the statements by the names of their streams."""
    correlations, binder = bind(tmp_path, *documents)
    rules = [binder.bind(rule) for rule in load(tmp_path, *documents).rules]
    origin = AlertSource("EVENTS", "events", binder.columns)
    made = alerts_over(settings(layout), origin, rules, correlations)
    return {
        stream_name(each): properties(each)["KAFKA_TOPIC"]
        for each in made
        if properties(each).get("KAFKA_TOPIC")
    }


@pytest.mark.parametrize("layout", [None, Layout.BUNDLE, Layout.INSERT])
def test_all_alerts_share_a_topic(tmp_path, layout):
    made = correlation("event_count", ["a"], **COUNT)
    found = topics(tmp_path, layout, base("a"), base("b"), base("d"), made)
    assert found["ALERTS"] == found["ALERTS_CORRELATED"] == "alerts"


@pytest.mark.parametrize("layout", [None, Layout.STREAMS])
def test_the_topic_of_a_rule_of_its_own_is_for_nothing_else(tmp_path, layout):
    made = correlation("event_count", ["a"], **COUNT)
    found = topics(tmp_path, layout, base("a"), base("b"), made)
    assert found["ALERTS"] == "alerts"
    assert found["ALERTS_CORRELATED"] == "alerts_correlated"


def test_correlated_rules_alone_need_no_stream_of_their_own(tmp_path):
    found = topics(tmp_path, None, base("a"), correlation("event_count", ["a"], **COUNT))
    assert "ALERTS" not in found
    assert found["ALERTS_CORRELATED"] == "alerts"
