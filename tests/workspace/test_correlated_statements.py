"""Where the alerts of correlations go beside those of rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from compiling import settings
from correlating import base, bind, correlation, load

from schemagen.choices import Layout
from schemagen.detections.envelope import AlertSource
from schemagen.ksqldb.dialect import properties, stream_name, write_script
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


def test_topics_are_made_as_asked_and_only_alerts_are_kept_so_long(tmp_path):
    documents = [base("a"), correlation("event_count", ["a"], **COUNT)]
    correlations, binder = bind(tmp_path, *documents)
    rules = [binder.bind(rule) for rule in load(tmp_path, *documents).rules]
    origin = AlertSource("EVENTS", "events", binder.columns)
    topic = settings(None)
    topic = replace(topic, alerts=replace(topic.alerts, partitions=4, replicas=3, retention=1000))
    found = {
        stream_name(each): properties(each)
        for each in alerts_over(topic, origin, rules, correlations)
        if properties(each).get("KAFKA_TOPIC")
    }
    asked = {"PARTITIONS": 4, "REPLICAS": 3}
    assert asked.items() <= found["ALERTS_MATCHES"].items()
    assert "RETENTION_MS" not in found["ALERTS_MATCHES"]
    assert (asked | {"RETENTION_MS": 1000}).items() <= found["ALERTS_CORRELATED"].items()
    # A table's topic has the partitions of what it reads, and no retention of its own.
    assert not {"PARTITIONS", "RETENTION_MS"} & found["ALERTS_WINDOWS"].keys()


@pytest.mark.parametrize(
    ("grace", "written"), [(None, "1 DAY"), (7 * 86_400_000, "7 DAYS"), (600_000, "10 MINUTES")]
)
def test_the_windows_take_events_as_late_as_asked(tmp_path, grace, written):
    documents = [base("a"), correlation("event_count", ["a"], **COUNT)]
    correlations, binder = bind(tmp_path, *documents)
    rules = [binder.bind(rule) for rule in load(tmp_path, *documents).rules]
    origin = AlertSource("EVENTS", "events", binder.columns)
    topic = replace(settings(None), correlation_grace=grace)
    made = write_script(alerts_over(topic, origin, rules, correlations))
    assert f"ADVANCE BY 10 MINUTES, GRACE PERIOD {written})" in made
