"""Alerts with the host as their key, and with their whole event.

The forms are those that the real engine took: beside EXPLODE it makes a key of a column alone.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from compiling import STREAM, TOPIC, binder, loaded, run, struct

from schemagen.choices import AlertKey
from schemagen.detections.alert_key import has_event, has_key
from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.envelope import AlertSource
from schemagen.ksqldb.dialect import create_stream, parse_script, write_script
from schemagen.project import AlertsConfig
from schemagen.replay.engine import Replay
from schemagen.replay.results import NoticeKind

COLUMNS = "`host` STRUCT<`name` VARCHAR, `hostname` VARCHAR>, `S` VARCHAR, `event` VARCHAR"
NESTED = "`host` STRUCT<`hostname` VARCHAR>, `S` VARCHAR"
FLAT = "`Computer` VARCHAR, `S` VARCHAR"
EVENTS = [
    {"host": {"hostname": "a"}, "Computer": "a", "S": "x", "event": "e"},
    {"S": "x"},
    {"S": "neither"},
]


def made(columns, layout, count=2, **options):
    """Make the alerts of rules that all look for x, and their file."""
    fields = struct(columns)
    bind = binder(columns).bind
    rules = [bind(loaded({"S": "x"}, f"Rule {number}")) for number in range(count)]
    origin = AlertSource(STREAM, TOPIC, ColumnIndex(fields))
    found = detection_statements(rules, origin, AlertOptions("ALERTS", "alerts", layout, **options))
    source = create_stream(STREAM, fields.fields, {"KAFKA_TOPIC": TOPIC, "VALUE_FORMAT": "JSON"})
    return found, write_script([source, *found])


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
@pytest.mark.parametrize("columns", [COLUMNS, NESTED, FLAT])
@pytest.mark.parametrize("count", [2, 25])
def test_each_layout_gives_each_alert_its_host_as_the_key(layout, columns, count):
    statements, sql = made(columns, layout, count, key=True)
    assert has_key(statements)
    found = run(sql, EVENTS)
    rows = [row for name, each in found.rows.items() for row in each if "CANDIDATES" not in name]
    host = None if "host" not in columns and "Computer" not in columns else "a"
    assert sorted(str(row.values["key"]) for row in rows) == sorted([str(host), "None"] * count)
    if layout != "streams":
        assert all(row.values["host"] == row.values["key"] for row in rows)


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
def test_an_event_that_lacks_the_best_name_of_its_host_is_known_by_the_next(layout):
    columns = COLUMNS.replace("`S`", "`Computer` VARCHAR, `S`")
    _, sql = made(columns, layout, key=True)
    names = [{"host": {"hostname": "a", "name": "b"}}, {"host": {"name": "b"}}, {"Computer": "c"}]
    found = run(sql, [{**each, "S": "x"} for each in names])
    rows = [row for name, each in found.rows.items() for row in each if "CANDIDATES" not in name]
    hosts = ["a", "a", "b", "b", "c", "c"]
    assert sorted(row.values["key"] for row in rows) == hosts
    if layout != "streams":
        assert sorted(row.values["host"] for row in rows) == hosts


def test_the_value_keeps_the_host_and_the_key_stands_first():
    _, sql = made(NESTED, "insert", key=True)
    assert "CREATE STREAM ALERTS (\n    `key` VARCHAR KEY,\n    `time` VARCHAR,\n" in sql
    assert "`host`->`hostname` AS `key`" in sql
    assert "AS_VALUE(`host`->`hostname`) AS `host`" in sql
    assert "PARTITION BY `host`->`hostname`" in sql


def test_a_bundle_of_few_rules_reads_candidates_where_the_host_is_no_column():
    assert "FROM ALERTS_CANDIDATES" in made(NESTED, "bundle", key=True)[1]
    assert "FROM ALERTS_CANDIDATES" not in made(FLAT, "bundle", key=True)[1]
    assert "FROM ALERTS_CANDIDATES" not in made(NESTED, "bundle")[1]


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
def test_without_a_host_there_is_no_key(layout):
    statements, sql = made("`S` VARCHAR", layout, key=True)
    assert not has_key(statements)
    assert ("No key: no field of the events names the host." in sql) == (layout != "streams")


def test_nothing_changes_where_neither_is_asked_for():
    for layout in ("streams", "insert", "bundle"):
        statements, sql = made(COLUMNS, layout, 25)
        assert not has_key(statements)
        assert not has_event(statements)
        assert "`key`" not in sql
        assert "TO_JSON_STRING" not in sql


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
@pytest.mark.parametrize("count", [2, 25])
@pytest.mark.parametrize("key", [False, True])
def test_each_layout_holds_the_whole_event(layout, count, key):
    statements, sql = made(COLUMNS, layout, count, event=True, key=key)
    assert has_event(statements)
    found = run(sql, EVENTS)
    rows = [row for name, each in found.rows.items() for row in each if "CANDIDATES" not in name]
    texts = {row.values["event"] for row in rows}
    assert {text for text in texts if "host" in text} == {
        '{"S":"x","event":"e","host":{"hostname":"a"}}'
    }
    assert json.loads(next(text for text in texts if "host" not in text)) == {"S": "x"}


@pytest.mark.parametrize(
    "text", ['{"a":null,', ',"b":null', '"}', "{", ',"', '\\","a":null', 'x{"', "null"]
)
def test_what_looks_like_a_missing_field_in_a_text_stays(text):
    _, sql = made(
        "`S` VARCHAR, `T` VARCHAR, `U` STRUCT<`V` VARCHAR, `W` VARCHAR>", "insert", event=True
    )
    event = {"S": "x", "T": text, "U": {"W": text}}
    (row, *_) = run(sql, [event]).rows["ALERTS"]
    assert json.loads(row.values["event"]) == event


def test_the_default_is_the_host_where_a_topic_has_several_partitions():
    config = AlertsConfig()
    assert not config.keyed
    assert not replace(config, partitions=1).keyed
    assert replace(config, partitions=3).keyed
    assert not replace(config, partitions=3, key=AlertKey.NONE).keyed
    assert replace(config, key=AlertKey.HOST).keyed


BY_HAND = """
CREATE STREAM E (H STRUCT<N VARCHAR>, S VARCHAR) WITH (KAFKA_TOPIC='e', VALUE_FORMAT='JSON');
CREATE STREAM A (K VARCHAR KEY, H VARCHAR) WITH (KAFKA_TOPIC='a', VALUE_FORMAT='JSON');
INSERT INTO A SELECT {} FROM E PARTITION BY {};
"""


@pytest.mark.parametrize(
    ("columns", "key", "reason"),
    [
        ("H->N AS K, AS_VALUE(H->N) AS H", "H->N", None),
        ("H->N AS K, H->N AS H", "H->N", "stands once among the columns"),
        ("S AS K, S AS H", "H->N", "stands once among the columns"),
        ("H->N AS K, EXPLODE(ARRAY[S]) AS H", "H->N", "beside EXPLODE"),
        ("S AS K, EXPLODE(ARRAY[H->N]) AS H", "S", None),
    ],
)
def test_the_replay_refuses_what_the_engine_refuses(columns, key, reason):
    found = Replay(BY_HAND.format(columns, key), "x.sql").run([])
    told = [each.what for each in found.findings if each.kind is NoticeKind.NOT_RUN]
    assert bool(told) == (reason is not None)
    assert reason is None or reason in told[0]


def test_what_is_deployed_is_read_back():
    _, sql = made(NESTED, "bundle", key=True, event=True)
    script = parse_script(sql, "x.sql")
    assert has_key(script)
    assert has_event(script)
