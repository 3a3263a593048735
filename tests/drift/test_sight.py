from __future__ import annotations

from pathlib import Path

import drifting
import pytest
from compiling import alerts, binder, bound, loaded, struct

from schemagen.choices import Matching
from schemagen.deploy.detections import layout_of, matching_of
from schemagen.deploy.queries import derived_streams
from schemagen.drift.findings import AffectedDetection
from schemagen.drift.sight import deployed_detections
from schemagen.ksqldb.dialect import parse_script, write_script

ARTICLE = Path(__file__).parents[1] / "ksqldb" / "fixtures" / "article.sql"


def names(sql, stream="EVENTS"):
    return [watch.name for watch in deployed_detections(parse_script(sql, "f.sql"), stream)]


def emitted(layout, rules, columns="S VARCHAR, T VARCHAR, N BIGINT", matching=Matching.SAFE):
    bind = binder(columns, matching=matching).bind
    statements = alerts([bind(rule) for rule in rules], struct(columns), layout, matching=matching)
    return parse_script(write_script(statements), "stream.sql")


RULES = [
    loaded({"S|contains": "needle"}, title="Needle", level="high"),
    loaded({"S": "a", "T": "b"}, title="Both", level="low"),
]


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
def test_the_rules_of_every_layout_are_known_by_title_id_and_level(layout):
    found = deployed_detections(emitted(layout, RULES), "EVENTS")
    assert {(w.name, w.id, w.level) for w in found} == {
        (rule.title, rule.id, rule.level) for rule in RULES
    }


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
def test_a_rule_is_blind_without_a_field_that_it_needs(layout):
    found = {watch.name: watch for watch in deployed_detections(emitted(layout, RULES), "EVENTS")}
    assert found["Needle"].without(("T",)) is None
    assert found["Both"].without(("T",)) == AffectedDetection("Both", RULES[1].id, "low")
    assert found["Needle"].without(("S",)) is not None


def test_rules_over_candidates_are_followed_to_the_events():
    many = [loaded({"S": f"v{n}", "T": "x"}, title=f"Rule {n}") for n in range(25)]
    statements = emitted("bundle", many)
    assert any("ALERTS_CANDIDATES" in str(name) for name in derived_streams(statements, "EVENTS"))
    found = deployed_detections(statements, "EVENTS")
    assert {watch.name for watch in found} == {f"Rule {n}" for n in range(25)}
    assert all(watch.without(("T",)) is not None for watch in found)
    assert all(watch.without(("N",)) is None for watch in found)


WATCHED = """
CREATE STREAM EVENTS (ts VARCHAR, a VARCHAR, b STRUCT<c VARCHAR, d BIGINT>)
  WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', TIMESTAMP='ts', TIMESTAMP_FORMAT='yyyy');
CREATE STREAM EVENTS_WATCHED (b STRUCT<c VARCHAR>) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');
CREATE STREAM SLIM AS SELECT b->c AS c FROM EVENTS_WATCHED;
CREATE STREAM NARROW AS SELECT c FROM SLIM WHERE c = 'x';
CREATE STREAM WIDE AS SELECT a FROM EVENTS WHERE a = 'x';
"""


def test_detections_over_the_declaration_beside_the_stream_are_followed_to_the_events():
    narrow, wide = deployed_detections(parse_script(WATCHED, "f.sql"), "EVENTS")
    assert (narrow.name, wide.name) == ("NARROW", "WIDE")
    assert narrow.without(("B", "C")) is not None
    assert wide.watches is None


def test_a_record_that_the_stream_drops_is_seen_through_a_declaration_without_its_field():
    narrow, wide = deployed_detections(parse_script(WATCHED, "f.sql"), "EVENTS")
    assert wide.is_hidden_by(("b", "d"))
    assert not narrow.is_hidden_by(("b", "d"))
    assert narrow.is_hidden_by(("b", "c"))
    assert narrow.is_hidden_by(("b",))


def test_a_filter_on_a_missing_field_blinds_nobody():
    rule = loaded(
        {"selection": {"S": "a"}, "filter": {"T": "b"}, "condition": "selection and not filter"}
    )
    (watch,) = deployed_detections(emitted("streams", [rule]), "EVENTS")
    assert watch.without(("T",)) is None


def test_one_of_two_ways_to_match_is_partly_blind():
    rule = loaded({"one": {"S": "a"}, "two": {"T": "b"}, "condition": "1 of *"})
    (watch,) = deployed_detections(emitted("streams", [rule]), "EVENTS")
    assert watch.without(("T",)).partly
    assert watch.without(("S",)).partly


def test_every_needed_field_that_binding_knows_is_needed_here():
    detection = {"selection": {"S": "a", "N": 5}, "condition": "selection"}
    needed = {field.name for field in bound(detection).fields if field.needed}
    (watch,) = deployed_detections(emitted("streams", [loaded(detection)]), "EVENTS")
    assert {name for name in "STN" if watch.without((name,))} == needed


def test_the_statements_of_the_article_as_they_stand():
    (watch,) = deployed_detections(parse_script(ARTICLE.read_text(), "article.sql"), "WINLOGEVENTS")
    assert watch.name == "WINDOWS_ALERTS"
    event_data = ("WINLOG", "EVENT_DATA")
    assert watch.without((*event_data, "COMMANDLINE")) == AffectedDetection("WINDOWS_ALERTS")
    # LIKE throws on a missing parent, so that the first branch is closed; the second one isn't.
    assert watch.without((*event_data, "PARENTPROCESSNAME")).partly
    assert watch.without(("HOST",)) is None


def test_queries_by_hand_are_named_by_what_they_make():
    sql = """
    CREATE STREAM EVENTS (a VARCHAR, b VARCHAR) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');
    CREATE STREAM SLIM AS SELECT a AS x, b FROM EVENTS WHERE b = 'k';
    CREATE STREAM FOUND AS SELECT * FROM SLIM WHERE x = 'y';
    CREATE TABLE COUNTED AS SELECT a, COUNT(*) AS n FROM EVENTS
      WINDOW TUMBLING (SIZE 5 MINUTES) WHERE b = 'z' GROUP BY a;
    INSERT INTO FOUND SELECT a AS x, b FROM EVENTS WHERE b = 'w';
    CREATE STREAM ELSEWHERE AS SELECT * FROM OTHERS;
    """
    assert sorted(names(sql)) == ["COUNTED", "FOUND", "FOUND"]
    found = deployed_detections(parse_script(sql, "f.sql"), "EVENTS")
    # What made the stream in between must hold as well.
    assert found[0].without(("B",)) is not None


def test_a_join_with_another_stream():
    sql = """
    CREATE STREAM J AS SELECT e.a AS a FROM EVENTS e
      JOIN OTHERS o WITHIN 1 MINUTES ON e.id = o.id WHERE e.a = 'x' AND o.b = 'y';
    """
    (watch,) = deployed_detections(parse_script(sql, "f.sql"), "EVENTS")
    assert watch.without(("A",)) is not None
    assert watch.without(("B",)) is None


def blind_without(sql, *steps, columns=None):
    declared = None if columns is None else struct(columns)
    return {
        watch.name
        for watch in deployed_detections(parse_script(sql, "f.sql"), "EVENTS", declared)
        if watch.without(steps)
    }


@pytest.mark.parametrize("star", ["*", "e.*"])
def test_columns_that_a_star_takes_over_are_followed(star):
    sql = f"""
    CREATE STREAM SLIM AS SELECT {star} FROM EVENTS e WHERE b = 'k';
    CREATE STREAM FOUND AS SELECT * FROM SLIM WHERE x->y = 'z';
    """
    assert blind_without(sql, "X", "Y") == blind_without(sql, "B") == {"FOUND"}
    assert not blind_without(sql, "C")


def test_a_group_is_of_no_null():
    sql = """
    CREATE TABLE COUNTED AS SELECT a, b, COUNT(*) AS n FROM EVENTS
      WINDOW TUMBLING (SIZE 5 MINUTES) WHERE c = 'z' GROUP BY a, b;
    """
    assert blind_without(sql, "A") == blind_without(sql, "B") == {"COUNTED"}


@pytest.mark.parametrize(
    ("join", "needed"),
    [("JOIN", "IABL"), ("LEFT JOIN", "AL"), ("RIGHT JOIN", "BR"), ("FULL OUTER JOIN", "")],
)
def test_a_join_needs_what_its_sides_need(join, needed):
    sql = f"""
    CREATE STREAM L AS SELECT i, l FROM EVENTS WHERE a = 'x' AND l = 'x';
    CREATE STREAM R AS SELECT i, r FROM EVENTS WHERE b = 'x';
    CREATE STREAM J AS SELECT L.l AS l FROM L {join} R WITHIN 1 MINUTES ON L.i = R.i;
    """
    assert {name for name in "IABL" if blind_without(sql, name)} == set(needed) - {"R"}


def test_a_column_of_another_stream_is_not_ours_though_it_has_the_name():
    sql = """
    CREATE STREAM SLIM AS SELECT i, a FROM EVENTS;
    CREATE STREAM J AS SELECT s.i AS i FROM SLIM s
      JOIN OTHERS o WITHIN 1 MINUTES ON s.i = o.i WHERE o.a = 'x';
    """
    assert blind_without(sql, "I") == {"J"}
    assert not blind_without(sql, "A")


BARE = """
    CREATE STREAM J AS SELECT pid AS p, CommandLine AS c FROM EVENTS e
      JOIN OTHERS o WITHIN 1 MINUTES ON id = o.pid WHERE w->n = 'x' AND b = 'y';
    CREATE STREAM FOUND AS SELECT * FROM J WHERE c = 'z' AND p = '1';
"""


def test_bare_names_in_a_join_are_ours_where_our_stream_has_them():
    columns = "id VARCHAR, CommandLine VARCHAR, w STRUCT<n VARCHAR>"
    for ours in [("ID",), ("W", "N"), ("COMMANDLINE",)]:
        assert blind_without(BARE, *ours, columns=columns) == {"FOUND"}
        # Without its columns it isn't known whose names they are.
        assert not blind_without(BARE, *ours)
    for other in [("B",), ("PID",)]:
        assert not blind_without(BARE, *other, columns=columns)


def test_bare_names_of_streams_that_were_made_of_ours():
    sql = """
    CREATE STREAM L AS SELECT i, a AS x FROM EVENTS;
    CREATE STREAM R AS SELECT * FROM EVENTS WHERE b = 'x';
    CREATE STREAM J AS SELECT x FROM L JOIN OTHERS WITHIN 1 MINUTES ON i = k WHERE x = 'y';
    CREATE STREAM S AS SELECT c FROM R JOIN OTHERS WITHIN 1 MINUTES ON i = k WHERE c = 'y';
    """
    columns = "i VARCHAR, a VARCHAR, b VARCHAR, c VARCHAR"
    found = {name: blind_without(sql, name, columns=columns) for name in "IABCK"}
    assert found == {"I": {"J", "S"}, "A": {"J"}, "B": {"S"}, "C": {"S"}, "K": set()}


def test_comments_that_end_the_statement_before_name_no_rule():
    sql = """
    CREATE STREAM EVENTS (a VARCHAR) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');
    -- 600 of 600 sampled records survive, 0 values altered.

    -- Whoami
    -- id: 11111111-1111-1111-1111-111111111111
    -- high, test, r.yml:1
    CREATE STREAM FOUND AS SELECT a FROM EVENTS WHERE a = 'x';
    """
    (watch,) = deployed_detections(parse_script(sql, "f.sql"), "EVENTS")
    assert watch.affected() == AffectedDetection(
        "Whoami", "11111111-1111-1111-1111-111111111111", "high"
    )


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
def test_the_layout_of_what_is_deployed(layout):
    assert layout_of(emitted(layout, RULES)) == layout


def test_queries_by_hand_have_no_layout_and_no_way_of_matching():
    by_hand = parse_script(ARTICLE.read_text(), "article.sql")
    assert layout_of(by_hand) is None
    assert matching_of(by_hand) is None


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
@pytest.mark.parametrize("matching", list(Matching))
def test_how_the_deployed_rules_match(layout, matching):
    assert matching_of(emitted(layout, RULES, matching=matching)) == matching.value


def test_rules_that_compare_whole_texts_tell_by_the_names_of_their_columns():
    whole = [loaded({"S": "a"}, title="One"), loaded({"T": "b"}, title="Two")]
    for matching in Matching:
        assert matching_of(emitted("streams", whole, matching=matching)) == matching.value
    # In one alerts stream both ways write the same.
    for layout in ("insert", "bundle"):
        assert matching_of(emitted(layout, whole, matching=Matching.LIKE)) is None


def test_all_sample_rules_are_seen():
    base = drifting.baseline([{"S": "x"}], rules=None)
    assert deployed_detections(base.declared.script, base.declared.stream) == []
