"""What is known of queries from the last run: the replay does the same with it and without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemagen.cache import Cache
from schemagen.errors import InputError
from schemagen.replay import engine
from schemagen.replay.engine import Replay
from schemagen.replay.kept import KeptQueries
from schemagen.replay.results import Event

RECORDED = Path(__file__).parent / "engine"
STREAM = (
    "CREATE STREAM S (A VARCHAR, B STRUCT<c ARRAY<VARCHAR>, d DECIMAL(4, 2)>, N INT, "
    "M MAP<VARCHAR, VARCHAR>) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');\n"
)
ALERTS = "CREATE STREAM X (rule VARCHAR, n INT) WITH (KAFKA_TOPIC = 'x', VALUE_FORMAT = 'JSON');\n"
FEEDS = "-- One\n-- id: r1\n-- high, stable, r.yml:1\nINSERT INTO X SELECT 'r1' AS rule, N AS n\n"
ITEMS = (
    "CASE WHEN l = 'x' AND k = 'v' THEN STRUCT(id := 'r2', title := 'Two', level := 'low') END, "
    "CASE WHEN INSTR(A, 'y') > 0 THEN STRUCT(id := 'r3', title := 'Three', level := 'low') END"
)
QUERIES = [
    "CREATE STREAM F AS SELECT A, B->d AS d, LCASE(A) AS l, M['k'] AS k FROM S WHERE N = 1;\n",
    "CREATE STREAM G AS SELECT EXPLODE(B->c) AS e, 1 / N AS q FROM S WHERE LCASE(A) LIKE 'x%';\n",
    f"CREATE STREAM H AS SELECT EXPLODE(FILTER(ARRAY[{ITEMS}], X => X IS NOT NULL)) AS r FROM F;\n",
    f"{FEEDS}FROM S WHERE INSTR(A, 'x') > 0;\n",
]
MESSAGES = [
    {"A": "x", "B": {"c": ["1", None], "d": 1.25}, "N": 1, "M": {"k": "v"}},
    {"A": "X1", "B": {"c": []}, "N": 0},
    {"A": "yy", "N": 1, "M": {}},
    {"N": 1},
    {"N": "no number"},
]


def replayed(sql, folder, messages=MESSAGES, topic="t"):
    """Return what a file makes of messages, all that is said of it, and the replay."""
    notes = Cache("replay", "here", folder)
    replay = Replay(sql, "file.sql", None if folder is None else KeptQueries(notes))
    notes.save(forget=True)
    result = replay.run([Event(topic, each, offset=n) for n, each in enumerate(messages)])
    said = (replay.rules, replay.labels, replay.topics, list(replay.streams))
    return (result.rows, result.dropped, result.findings, result.fired(), said)


@pytest.fixture
def translated(monkeypatch):
    """Note the streams of the queries that are translated."""
    targets = []
    plan = engine.plan

    def noted(query):
        targets.append(query.target)
        return plan(query)

    monkeypatch.setattr(engine, "plan", noted)
    return targets


@pytest.fixture
def again(tmp_path, translated):
    """Run a file with what is known; return the queries that were translated for it."""

    def run(sql, messages=MESSAGES):
        fresh = replayed(sql, None, messages)
        translated.clear()
        assert replayed(sql, tmp_path, messages) == fresh
        return list(translated)

    return run


SCRIPT = "".join([STREAM, ALERTS, *QUERIES])


def test_the_second_run_translates_nothing_and_does_the_same(again):
    assert again(SCRIPT) == ["F", "G", "H", "X"]
    assert again(SCRIPT) == []


def test_a_query_that_changed_is_translated_alone(again):
    again(SCRIPT)
    assert again(SCRIPT.replace("'x%'", "'y%'")) == ["G"]


def test_a_rule_whose_comments_changed_is_named_as_they_say(again):
    again(SCRIPT)
    assert again(SCRIPT.replace("-- One", "-- First")) == ["X"]


def test_findings_name_the_line_that_a_query_has_now(again, tmp_path):
    again(SCRIPT)
    moved = SCRIPT.replace(QUERIES[0], f"-- More\n\n{QUERIES[0]}")
    assert again(moved) == ["F"]
    lines = [each.line for each in replayed(moved, tmp_path)[2]]
    assert lines
    assert lines != [each.line for each in replayed(SCRIPT, tmp_path)[2]]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # What reads the stream, and what reads what that makes of it.
        ("N INT", "N BIGINT", ["F", "G", "X"]),
        ("d DECIMAL(4, 2)", "d DOUBLE", ["F", "G", "H", "X"]),
        ("KAFKA_TOPIC = 't'", "KAFKA_TOPIC='t'", []),
        ("A VARCHAR, B", "A VARCHAR KEY, B", ["F", "G", "X"]),
        ("rule VARCHAR, n INT", "rule VARCHAR, n BIGINT", ["X"]),
        ("rule VARCHAR, n INT", "n INT, rule VARCHAR", ["X"]),
    ],
)
def test_what_reads_or_writes_other_columns_is_translated_again(again, before, after, expected):
    again(SCRIPT)
    assert again(SCRIPT.replace(before, after)) == expected


def test_a_stream_that_is_there_already_is_refused_again(again):
    again(SCRIPT)
    assert again(f"{SCRIPT}{QUERIES[0]}") == ["F"]


def test_a_stream_that_is_declared_again_has_other_columns(again):
    again_declared = STREAM.replace("N INT", "N BIGINT")
    alerts = ALERTS.replace("n INT", "n BIGINT")
    twice = f"{STREAM}{QUERIES[0]}{again_declared}{alerts}{QUERIES[3]}"
    assert again(twice) == ["F", "X"]
    assert again(twice) == []
    assert again(twice.replace("N BIGINT", "N INT")) == ["X"]


def test_what_the_engine_refuses_is_not_kept(again):
    refused = f"{STREAM}CREATE STREAM F AS SELECT NOBODY FROM S;\n"
    assert again(refused) == ["F"]
    assert again(refused) == ["F"]


def test_a_query_whose_source_came_to_be_behind_windows_is_not_taken_from_before(again):
    query = "INSERT INTO X SELECT 'c' AS rule, n AS n FROM Y WHERE n > 1;\n"
    plain = "CREATE STREAM Y (g VARCHAR, n INT) WITH (KAFKA_TOPIC='y', VALUE_FORMAT='JSON');\n"
    table = (
        "CREATE TABLE W WITH (KAFKA_TOPIC='y') AS SELECT A AS g, COUNT(*) AS n FROM F "
        "WINDOW TUMBLING (SIZE 1 HOURS) GROUP BY A EMIT CHANGES;\n"
    )
    again("".join([STREAM, ALERTS, QUERIES[0], plain, query]))
    assert again("".join([STREAM, ALERTS, QUERIES[0], table, plain, query])) == []


def test_a_text_that_is_no_sql_is_told_with_its_line_in_the_file(tmp_path):
    with pytest.raises(InputError) as error:
        replayed(f"{SCRIPT}\nCREATE NOTHING;\n", tmp_path)
    line = SCRIPT.count("\n") + 2
    assert f"file.sql:{line}:" in error.value.what


@pytest.mark.parametrize(
    "broken",
    [
        {"source": "NOBODY"},
        {"where": 1},
        {"columns": None},
        {"explosions": [{}]},
        {"weak": "("},
        {"labels": [["a", "b", "c", "d"]]},
        {"around": []},
        {"remarks": [1]},
        {"loaded": [["NOBODY"]]},
    ],
)
def test_a_note_that_is_broken_is_passed_over(again, tmp_path, broken):
    again(SCRIPT)
    notes = Cache("replay", "here", tmp_path)
    for key in list(notes._old):
        notes.put(key, notes.get(key) | broken)
    notes.save()
    assert again(SCRIPT) == ["F", "G", "H", "X"]
    assert again(SCRIPT) == []


@pytest.mark.parametrize("name", ["rules-1", "rules-2"])
def test_emitted_statements_alert_the_same(tmp_path, name):
    events = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))["events"]
    sql = (RECORDED / f"{name}.sql").read_text(encoding="utf-8")
    fresh = replayed(sql, None, events, "win")
    assert fresh[3]
    assert replayed(sql, tmp_path, events, "win") == fresh
    assert replayed(sql, tmp_path, events, "win") == fresh


def test_all_that_is_recorded_of_expressions_is_the_same(tmp_path):
    recorded = json.loads((RECORDED / "expressions.json").read_text(encoding="utf-8"))
    named = [each["expression"] for each in recorded["results"][::3]]
    named = [each for each in named if "LEFT(" not in each and "RIGHT(" not in each]
    sql = f"CREATE STREAM E ({recorded['columns']}) WITH (KAFKA_TOPIC='e', VALUE_FORMAT='JSON');\n"
    for place, expression in enumerate(named):
        sql += f"CREATE STREAM X{place} AS SELECT {expression} AS `r` FROM E;\n"
        sql += f"CREATE STREAM W{place} AS SELECT id FROM E WHERE {expression};\n"
    fresh, first, second = (
        replayed(sql, folder, recorded["events"], "e") for folder in (None, tmp_path, tmp_path)
    )
    assert repr(first) == repr(fresh)
    assert repr(second) == repr(fresh)
