"""A run of very many events is one of several parts: what alerts is the same, and memory is not."""

from __future__ import annotations

import random
import re

import pytest
from correlating import START, base, correlation, event, rule_id, script

from schemagen.replay import engine
from schemagen.replay.engine import Replay
from schemagen.replay.results import Event, NamedEvents
from schemagen.sources.records import Batch

PLAIN = """
CREATE STREAM S (A VARCHAR, N INT) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');
CREATE STREAM SLIM AS SELECT A, N FROM S WHERE N > 3;
-- id: one
CREATE STREAM FOUND AS SELECT A FROM SLIM WHERE A LIKE 'x%';
"""


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    monkeypatch.setattr(engine, "GROUP", 1)


def found(sql, messages, topic):
    events = (Event(topic, each, "f", n, offset=n - 1) for n, each in enumerate(messages, 1))
    return Replay(sql).run(events)


def told(result):
    """What people are told of a result."""
    return (
        {rule: [result.events[n].place for n in places] for rule, places in result.fired().items()},
        [(result.events[each.event].place, each.path, each.reason) for each in result.dropped],
        [
            (each.kind, each.what, each.stream, each.rule, [result.events[n].place
                                                            for n in each.events])
            for each in result.findings
        ],
        len(result.events),
    )  # fmt: skip


@pytest.mark.parametrize("size", [19, 99])
def test_plain_queries_alert_and_complain_as_in_one_run(monkeypatch, size):
    chance = random.Random(size)
    messages = [
        {"A": chance.choice(["x1", "y", None]), "N": chance.choice([1, 5, "wrong"])}
        for _ in range(200)
    ]
    whole = found(PLAIN, messages, "t")
    monkeypatch.setattr(engine, "EVENTS", size)
    parts = found(PLAIN, messages, "t")
    assert isinstance(parts.events, NamedEvents)
    assert told(parts) == told(whole)
    assert whole.fired()
    assert whole.dropped
    assert whole.findings


@pytest.mark.parametrize("size", [37, 150])
def test_windows_go_on_from_part_to_part(monkeypatch, tmp_path, size):
    many = correlation("event_count", ["a"], condition={"gte": 3})
    documents = [
        base("a"), base("b"), many,
        correlation("temporal_ordered", ["c", "b"], name="d", timespan="10m"),
    ]  # fmt: skip
    sql = script(tmp_path, *documents).replace("PERIOD 1 DAY", "PERIOD 10 MINUTES")
    chance = random.Random(size)
    at, messages = 0, []
    for _ in range(300):
        at += chance.choice([1000, 30_000, 90_000])
        late = chance.choice([0, 0, 0, 400_000, 9_000_000])
        messages.append(event(max(at - late, 0), chance.choice("aab"), g=chance.choice("xy")))
    whole = found(sql, messages, "events")
    monkeypatch.setattr(engine, "EVENTS", size)
    assert told(found(sql, messages, "events")) == told(whole)
    assert whole.fired()
    # Rows that came too late, and rows of chains that would where all is read at once.
    assert [each.kind for each in whole.findings] == ["late", "late"]


@pytest.mark.parametrize("rows", [1, 7, 60])
def test_a_part_ends_with_as_many_rows_as_are_kept(monkeypatch, rows):
    messages = [{"A": f"x{n}" if n % 3 else "y", "N": (1, 5)[n % 2]} for n in range(200)]
    whole = found(PLAIN, messages, "t")
    monkeypatch.setattr(engine, "ROWS", rows)
    parts = found(PLAIN, messages, "t")
    assert isinstance(parts.events, NamedEvents)
    assert told(parts) == told(whole)
    assert whole.fired()


def test_events_without_any_time_are_told_of_where_correlations_count_them(tmp_path):
    few = correlation("event_count", ["a"], condition={"gte": 3})
    sql = script(tmp_path, base("a"), few)
    timeless = re.sub(r",\s+TIMESTAMP = '`time`',\s+TIMESTAMP_FORMAT = [^\n]*", "", sql, count=1)
    assert timeless != sql
    messages = [event(0, "a", g="x")] * 4
    (notice,) = found(timeless, messages, "events").findings
    assert (notice.kind, notice.fatal) == ("not-run", False)
    assert "has no event time" in notice.what
    assert found(sql, messages, "events").findings == []
    timed = (Event("events", each, "f", n, timestamp=START + n) for n, each in enumerate(messages))
    result = Replay(timeless).run(timed)
    assert result.fired() == {rule_id("c"): [2]}
    assert result.findings == []


def test_of_many_events_only_those_are_kept_that_are_named(monkeypatch):
    monkeypatch.setattr(engine, "EVENTS", 10)
    messages = [{"A": "x", "N": 5 if n == 17 else 1} for n in range(35)]
    result = found(PLAIN, messages, "t")
    assert result.fired() == {"one": [17]}
    assert result.events[17].place == "f:18"
    assert result.events[17].message is None
    with pytest.raises(KeyError):
        result.events[3]


def test_a_window_over_the_events_themselves_is_not_run_in_silence():
    sql = """
CREATE STREAM S (A VARCHAR) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');
CREATE STREAM FOUND (A VARCHAR) WITH (KAFKA_TOPIC = 'f', VALUE_FORMAT = 'JSON', PARTITIONS = 1);
CREATE TABLE W WITH (KAFKA_TOPIC = 'w', VALUE_FORMAT = 'JSON', KEY_FORMAT = 'JSON') AS
SELECT A AS K, AS_VALUE(A) AS A, COUNT(*) AS C
FROM S WINDOW TUMBLING (SIZE 1 HOURS, GRACE PERIOD 1 HOURS) GROUP BY A;
CREATE STREAM OVER_W (A VARCHAR, C BIGINT) WITH (KAFKA_TOPIC = 'w', VALUE_FORMAT = 'JSON');
INSERT INTO FOUND SELECT A AS A FROM OVER_W WHERE C > 1;
"""
    (notice,) = found(sql, [{"A": "x"}] * 3, "t").findings
    assert (notice.stream, notice.kind, notice.fatal) == ("W", "not-run", True)
    assert "windows over events themselves" in notice.what


def test_rows_that_only_feed_others_are_left_out_on_request():
    batch = Batch("f", None, range(1, 5), [b'{"A":"x","N":%d}' % n for n in (1, 4, 5, 6)])
    every = Replay(PLAIN).run_records([batch], "t", [])
    alerts = Replay(PLAIN).run_records([batch], "t", [], only_alerts=True)
    assert list(every.rows) == ["SLIM", "FOUND"]
    assert alerts.rows == {"FOUND": every.rows["FOUND"]}
    assert told(alerts) == told(every)
