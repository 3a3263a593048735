"""The alerts that a drift has cost: what is deployed and what is planned, over the same events."""

from __future__ import annotations

import drifting
from drifting import by_hand

from schemagen.drift.findings import AffectedDetection, LostAlerts
from schemagen.drift.lost import lost_alerts
from schemagen.replay.results import Event

SQL = """
CREATE STREAM EVENTS (a VARCHAR, n BIGINT) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');
-- A Rule
-- id: 11111111-1111-1111-1111-111111111111
-- high, test, rules/a.yml:1
CREATE STREAM ALERTS AS SELECT a, n FROM EVENTS WHERE a = 'x';
CREATE STREAM BY_HAND AS SELECT a FROM EVENTS WHERE a = 'y';
"""
RULE = AffectedDetection("A Rule", "11111111-1111-1111-1111-111111111111", "high")
OLD = [{"a": "x", "n": 1}] * 300


def lost(messages, old=OLD, sql=SQL):
    base = by_hand(sql, old)
    made = drifting.mended(base, messages, drifting.drift(base, messages))
    events = [Event("events", message, "e", n) for n, message in enumerate(messages, 1)]
    return lost_alerts(base.declared, made.wanted, events)


def test_alerts_on_records_that_are_dropped():
    fresh = [{"a": "x", "n": "no"}] * 3 + [{"a": "x", "n": 1}, {"a": "y", "n": "no"}]
    found, wrong = lost(fresh)
    assert found == [LostAlerts(RULE, 3, 4), LostAlerts(AffectedDetection("BY_HAND"), 1, 1)]
    assert wrong == []


def test_nothing_is_lost_where_nothing_changed():
    assert lost([{"a": "x", "n": 1}] * 5) == ([], [])


def test_a_plan_that_replaces_the_stream_in_place():
    assert lost([{"a": "x", "n": 1, "new": "z"}] * 300) == ([], [])


def test_what_can_not_be_run_is_said():
    table = "CREATE TABLE T AS SELECT a, COUNT(*) FROM EVENTS GROUP BY a;"
    _, wrong = lost([{"a": "x", "n": "no"}] * 3, sql=SQL + table)
    assert wrong
