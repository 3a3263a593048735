"""Whole files of statements: sources, queries, chains, bundles, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from replaying import errors, not_run, replay, source

from schemagen.errors import InputError
from schemagen.replay.engine import Replay
from schemagen.replay.results import Event, NoticeKind

ROOT = Path(__file__).parents[2]
ARTICLE = (ROOT / "tests/ksqldb/fixtures/article.sql").read_text(encoding="utf-8")


def _sample():
    with (ROOT / "samples/wineventlogs.ndjson").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_the_articles_statement_finds_one_of_the_four_and_fails_on_every_null():
    events = _sample()
    result = replay(ARTICLE, *events, topic="wineventlogs")
    assert not result.dropped
    (row,) = result.rows["WINDOWS_ALERTS"]
    assert events[row.event]["@timestamp"].startswith("2025-03-11T11:02:08")
    assert list(row.values) == ["HOST", "COMMANDLINE", "PARENTIMAGE"]
    (error,) = errors(result)
    assert "LIKE on NULL" in error.what
    without = [
        index
        for index, event in enumerate(events)
        if "CommandLine" not in event["winlog"].get("event_data", {})
    ]
    assert set(without) <= set(error.events)
    # The article's own event: its first branch comes to the parent, which isn't there.
    (own,) = [i for i, e in enumerate(events) if e["@timestamp"].startswith("2025-03-11T13:47:19")]
    assert own in error.events
    assert result.fired() == {"WINDOWS_ALERTS": [row.event]}


def test_names_of_columns_are_what_the_serialiser_writes():
    sql = source() + (
        "CREATE STREAM OUT AS SELECT s, `N`, r->x, r->`x.y`, UCASE(s), s AS `Mixed` FROM src;"
    )
    result = replay(sql, {"s": "v", "n": 1, "R": {"x": "a", "x.y": "b"}})
    assert not not_run(result)
    assert result.rows["OUT"][0].values == {
        "S": "v",
        "N": 1,
        "X": "a",
        "x.y": "b",
        "KSQL_COL_4": "V",
        "Mixed": "v",
    }


def test_a_column_that_throws_is_null_and_the_row_stays():
    sql = source() + "CREATE STREAM OUT AS SELECT S, CAST(S AS INT) AS I FROM SRC;"
    result = replay(sql, {"S": "7"}, {"S": "x"})
    assert [row.values["I"] for row in result.rows["OUT"]] == [7, None]
    (error,) = errors(result)
    assert error.events == (1,)


def test_streams_can_be_chained_and_select_star_takes_all():
    sql = source() + (
        "CREATE STREAM LOW AS SELECT LCASE(S) AS L1, R, A FROM SRC WHERE N > 0;\n"
        "CREATE STREAM HIT AS SELECT * FROM LOW WHERE L1 = 'x' AND R->Y->Z = 2 "
        "AND ARRAY_CONTAINS(A, 'q');"
    )
    message = {"S": "X", "N": 1, "R": {"Y": {"Z": 2}}, "A": ["q"]}
    result = replay(sql, {"S": "X", "N": 0}, message, {"S": "Y", "N": 1})
    (row,) = result.rows["HIT"]
    assert row.event == 1
    assert row.values["R"] == {"X": None, "Y": {"Z": 2}, "x.y": None}
    assert result.fired() == {"HIT": [1]}


def test_inserts_are_told_apart_by_the_rule_in_the_row():
    insert = "INSERT INTO ALERTS SELECT STRUCT(`id` := '{}') AS `rule`"
    sql = source() + (
        source("`rule` STRUCT<`id` VARCHAR>, `n` BIGINT", "ALERTS", "alerts")
        + f"{insert.format('r1')}, N AS `n` FROM SRC WHERE S = 'a';\n"
        + f"{insert.format('r2')}, L AS `n` FROM SRC WHERE L > 1;\n"
        + "CREATE STREAM LOUD AS SELECT `rule` FROM ALERTS WHERE `n` > 5;\n"
    )
    result = replay(sql, {"S": "a", "N": 1}, {"L": 9}, {"S": "a", "L": 3})
    assert not not_run(result)
    assert result.fired() == {"r1": [0, 2], "r2": [1, 2]}
    assert [row.event for row in result.rows["LOUD"]] == [1]


@pytest.mark.parametrize(
    "select", ["'r' AS `rule_id`", "N AS `n`, 'r' AS `rule_id`", "'r' AS `rule_id`, S AS `n`"]
)
def test_an_insert_that_does_not_fit_is_not_run(select):
    sql = source() + source("`rule_id` VARCHAR, `n` BIGINT", "ALERTS", "alerts")
    result = replay(sql + f"INSERT INTO ALERTS SELECT {select} FROM SRC;", {"S": "a"})
    assert "INSERT INTO" in not_run(result)[0]
    assert not result.rows.get("ALERTS")


BUNDLE = """
CREATE STREAM HITS AS SELECT EXPLODE(FILTER(ARRAY[
    /* id: first */ CASE WHEN S LIKE '%x%' THEN 'first' END,
    /* id: second */ CASE WHEN N = 1 THEN 'second' END
  ], x => x IS NOT NULL)) AS `rule_id`, S AS `s`, ROWOFFSET AS `at`
FROM SRC WHERE N > 0;
"""


def test_a_bundle_gives_one_alert_a_rule_and_keeps_an_error_to_its_rule():
    result = replay(source() + BUNDLE, {"S": "x", "N": 1}, {"N": 1}, {"S": "y", "N": 2}, {"N": 0})
    rows = [(row.rule, row.event, row.values["s"]) for row in result.rows["HITS"]]
    assert rows == [("first", 0, "x"), ("second", 0, "x"), ("second", 1, None)]
    (error,) = errors(result)
    assert (error.rule, error.events) == ("first", (1,))


def test_a_bundle_of_structs_is_unpacked():
    sql = source() + (
        "CREATE STREAM HITS AS SELECT EXPLODE(FILTER(ARRAY[\n"
        "  CASE WHEN S = 'a' THEN STRUCT(`id` := 'r1', `level` := 'high') END,\n"
        "  CASE WHEN N = 1 THEN STRUCT(`id` := 'r2', `level` := 'low') END\n"
        "], x => x IS NOT NULL)) AS `hit`, S AS `s` FROM SRC;\n"
        "CREATE STREAM OUT AS SELECT `hit` AS `rule`, `s` FROM HITS;\n"
    )
    result = replay(sql, {"S": "a", "N": 1}, {"N": 1})
    assert result.fired() == {"r1": [0], "r2": [0, 1]}


def test_table_functions_side_by_side_are_zipped():
    sql = source() + "CREATE STREAM OUT AS SELECT EXPLODE(A) AS a, EXPLODE(NA) AS n FROM SRC;"
    result = replay(sql, {"A": ["p", "q"], "NA": [1]}, {"NA": [7]}, {"A": [], "NA": []})
    rows = [(row.event, row.values["A"], row.values["N"]) for row in result.rows["OUT"]]
    assert rows == [(0, "p", 1), (0, "q", None), (1, None, 7)]


def test_a_record_that_the_deserialiser_drops_is_told_with_its_path():
    sql = source() + "CREATE STREAM OUT AS SELECT S FROM SRC;"
    result = replay(sql, {"S": "a", "R": "text"}, {"S": "b", "NA": [1, "x"]}, {"S": "c"})
    assert [row.values["S"] for row in result.rows["OUT"]] == ["c"]
    assert [(each.event, each.path) for each in result.dropped] == [(0, "$.R"), (1, "$.NA[1]")]


def test_a_row_without_its_event_time_is_dropped():
    more = ", TIMESTAMP = '`@t`', TIMESTAMP_FORMAT = 'yyyy-MM-dd''T''HH:mm:ss[.SSS]X'"
    sql = source("`@t` VARCHAR", more=more) + "CREATE STREAM OUT AS SELECT ROWTIME AS T FROM SRC;"
    result = replay(
        sql,
        {"@t": "1970-01-01T00:00:01.500Z"},
        {"@t": "1970-01-01T01:00:01+01"},
        {"@t": "yesterday"},
        {},
    )
    assert [row.values["T"] for row in result.rows["OUT"]] == [1500, 1000]
    assert [each.event for each in result.dropped] == [2, 3]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CREATE TABLE C AS SELECT S, COUNT(*) AS N FROM SRC GROUP BY S;", "CREATE TABLE"),
        ("CREATE STREAM C AS SELECT S AS T FROM SRC PARTITION BY LCASE(S);", "PARTITION BY"),
        ("CREATE STREAM C AS SELECT S FROM NOPE;", "NOPE"),
        ("CREATE STREAM C AS SELECT FROBNICATE(S) AS X FROM SRC;", "FROBNICATE"),
        ("CREATE STREAM C AS SELECT S, S FROM SRC WHERE FALSE;", ""),
        ("INSERT INTO NOPE SELECT S FROM SRC;", "INSERT INTO"),
        ("CREATE STREAM C (X INT) WITH (KAFKA_TOPIC = 'c', VALUE_FORMAT = 'DELIMITED');", "format"),
        ("DROP STREAM SRC;", "DropSource"),
        ("DEFINE x = 'y';", "Define"),
    ],
)
def test_a_statement_that_the_replay_does_not_know_is_named_and_the_rest_runs(statement, reason):
    sql = source() + statement + "\nCREATE STREAM OUT AS SELECT S FROM SRC;"
    result = replay(sql, {"S": "a"})
    assert len(result.rows["OUT"]) == 1
    if reason:
        (finding,) = [f for f in result.findings if f.kind is NoticeKind.NOT_RUN]
        assert reason in finding.what
        assert finding.fatal
    else:
        assert not not_run(result)
        assert result.rows["C"] == []


def test_streams_that_feed_each_other_are_not_run():
    sql = source() + (
        "CREATE STREAM P AS SELECT S FROM SRC;\n"
        "CREATE STREAM Q AS SELECT S FROM P;\n"
        "INSERT INTO P SELECT S FROM Q;"
    )
    assert len(not_run(replay(sql, {"S": "a"}))) == 2


def test_a_regular_expression_that_cannot_be_replayed_is_told_even_without_events():
    sql = source() + (
        "-- id: greek\n"
        "CREATE STREAM OUT AS SELECT S FROM SRC WHERE REGEXP_EXTRACT('\\p{IsGreek}', S) "
        "IS NOT NULL;"
    )
    (finding,) = replay(sql).findings
    assert (finding.kind, finding.rule, finding.fatal) == (NoticeKind.REGEX, "greek", True)


def test_halves_of_surrogate_pairs_are_told():
    sql = source() + "CREATE STREAM OUT AS SELECT S FROM SRC WHERE INSTR(S, 'x') > 0;"
    result = replay(sql, {"S": "x\ud83d", "A": ["\ude00"], "M": {"\ud83d": "y"}})
    assert len(result.rows["OUT"]) == 1
    assert [finding.kind for finding in result.findings] == [NoticeKind.ALTERED]


def test_values_of_events_are_in_no_finding():
    secret = "hunter2"
    sql = source() + (
        "CREATE STREAM OUT AS SELECT CAST(S AS INT) AS N FROM SRC "
        "WHERE T LIKE 'x' OR EXTRACTJSONFIELD(J, '$.a') = 'x';"
    )
    result = replay(sql, {"S": secret, "J": secret, "T": secret}, {"N": secret}, {"S": secret})
    assert len(result.findings) + len(result.dropped) > 1
    assert secret not in repr(result.findings) + repr(result.dropped)


def test_events_of_other_topics_and_tombstones_change_nothing():
    statements = Replay(source() + "CREATE STREAM OUT AS SELECT S FROM SRC;")
    result = statements.run([Event("other", {"S": "a"}), Event("t", None), Event("t", {"S": "b"})])
    assert [row.event for row in result.rows["OUT"]] == [2]
    assert statements.topics == ["t"]


def test_text_that_is_no_sql_is_the_users_error():
    with pytest.raises(InputError, match=r"bad\.sql:1:"):
        Replay("CREATE STREAM (", "bad.sql")


def test_the_rules_of_a_file_are_known_by_comment_text_and_stream():
    statements = Replay(source() + BUNDLE + "-- id: third\nCREATE STREAM O AS SELECT S FROM SRC;")
    assert all(statements.knows(rule) for rule in ("first", "second", "third", "HITS"))
    assert not statements.knows("fourth")


def test_a_line_break_in_a_name_makes_no_other_column_of_it():
    sql = source("`a\nb` VARCHAR, `a` STRUCT<`b` VARCHAR>") + (
        "CREATE STREAM OUT AS SELECT `a\nb` AS x, `a`->`b` AS y FROM SRC;"
    )
    result = replay(sql, {"a\nb": "1", "a": {"b": "2"}})
    assert [row.values for row in result.rows["OUT"]] == [{"X": "1", "Y": "2"}]


def test_names_and_texts_cannot_break_out():
    message = {"a`; DROP": "it's; --", "A": None}
    sql = (
        'CREATE STREAM SRC (`a"; DROP TABLE s0; --` VARCHAR, `A` VARCHAR, `a` VARCHAR, '
        "R STRUCT<`k'k` INT, `K'K` INT>) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');\n"
        "CREATE STREAM OUT AS SELECT `a\"; DROP TABLE s0; --` AS `x''\"y`, R, `a`, `A` FROM SRC "
        "WHERE `a` = 'it''s; --\"' OR `R`->`k'k` = 1;"
    )
    result = replay(sql, message | {"a": "it's; --\""}, {"R": {"k'k": 1, "K'K": 2}}, {"A": 'x"'})
    assert not not_run(result)
    assert [row.event for row in result.rows["OUT"]] == [0, 1]
    assert result.rows["OUT"][1].values["R"] == {"k'k": 1, "K'K": 2}
