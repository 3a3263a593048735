"""Which detections a script holds: one answer for the replay, for drift and for a deployment."""

from __future__ import annotations

from schemagen.deploy.detections import rule_column
from schemagen.deploy.script import parse_text

HEAD = "CREATE STREAM EVENTS (a VARCHAR, n INT) WITH (KAFKA_TOPIC='e', VALUE_FORMAT='JSON');\n"


def held(sql):
    return parse_text(HEAD + sql, "f.sql").detections


def described(sql):
    return [(each.name, each.id, each.level) for each in held(sql)]


ITEM = "CASE WHEN {0} THEN STRUCT(`id` := '{1}', `title` := {2}, `level` := 'high') END"


def bundle(*items, into="ALERTS"):
    listed = ", ".join(items)
    return (
        f"CREATE STREAM {into} AS SELECT a, "
        f"EXPLODE(FILTER(ARRAY[{listed}], x => x IS NOT NULL)) AS `rule` FROM EVENTS WHERE n > 0;"
    )


def test_each_item_of_a_bundle_is_a_detection_with_a_condition_of_its_own():
    sql = bundle(ITEM.format("a = 'x'", "1", "'One'"), ITEM.format("n = 2", "2", "'Two'"))
    one, two = held(sql)
    assert [(each.name, each.id, each.level) for each in (one, two)] == [
        ("One", "1", "high"),
        ("Two", "2", "high"),
    ]
    assert one.condition.sql() == "a = 'x'"
    assert two.column == "rule"
    assert one.query.sources == [("EVENTS", "EVENTS")]
    assert one.query.columns == ("A", "rule")


def test_a_title_of_joined_literals_is_read_whole():
    sql = bundle(ITEM.format("a = 'x'", "1", "CONCAT('$', '{x}')"))
    assert described(sql) == [("${x}", "1", "high")]


def test_items_by_hand_are_named_by_comment_or_by_their_text():
    sql = bundle(
        "/* id: first */ CASE WHEN a = 'x' THEN 'hit' END", "(CASE WHEN n = 1 THEN 'second' END)"
    )
    assert described(sql) == [("first", "first", ""), ("second", "second", "")]


def test_texts_that_are_not_exploded_name_no_rule():
    case = "CASE WHEN n = 1 THEN 'low' END"
    sql = f"CREATE STREAM S AS SELECT {case} AS s, ARRAY[{case}] AS tags FROM EVENTS;"
    assert described(sql) == [("S", "", "")]


def test_what_an_event_says_is_no_label():
    sql = "CREATE STREAM S AS SELECT STRUCT(`id` := a, `title` := a) AS `rule` FROM EVENTS;"
    assert described(sql) == [("S", "", "")]


def test_one_rule_of_a_query_is_named_in_what_it_writes():
    sql = "CREATE STREAM S AS SELECT STRUCT(`id` := '7', `title` := 'Seven') AS `rule` FROM EVENTS;"
    (found,) = held(sql)
    assert (found.name, found.id, found.column, found.condition) == ("Seven", "7", "rule", None)
    assert rule_column(found.query.statement) == "rule"


def test_a_query_that_another_one_reads_is_a_part_of_it():
    sql = "CREATE STREAM SLIM AS SELECT a FROM EVENTS; CREATE STREAM S AS SELECT a FROM SLIM;"
    assert described(sql) == [("S", "", "")]


def test_a_rule_is_a_detection_though_another_query_reads_its_alerts():
    sql = (
        "-- Found\n-- id: 1\n-- low, test, r.yml:1\n"
        "CREATE STREAM FOUND AS SELECT a FROM EVENTS WHERE a = 'x';\n"
        "CREATE STREAM PAGER AS SELECT a FROM FOUND;"
    )
    assert described(sql) == [("Found", "1", "low"), ("PAGER", "", "")]
