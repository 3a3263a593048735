"""The statements that make alerts."""

from __future__ import annotations

import pytest
from compiling import STREAM, TOPIC, binder, bound, fired, loaded, run, script, struct
from sqlglot import exp

from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.bound import Status
from schemagen.detections.envelope import AlertSource
from schemagen.detections.many_rules import MANY_RULES
from schemagen.detections.packing import MAX_BYTES, PackedRule, pack
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import create_stream, parse_script, write, write_script

LAYOUTS = ("streams", "insert", "bundle")


def rules(*detections, **more):
    bind = binder().bind
    return [bind(loaded(one, f"Rule {n}", **more)) for n, one in enumerate(detections)]


def statements(found, **options):
    origin = AlertSource(STREAM, TOPIC, binder().columns)
    return detection_statements(found, origin, AlertOptions("ALERTS", "alerts", **options))


def alerts(found, events, layout):
    return run(script(found, layout=layout), events).rows["ALERTS"]


def test_a_single_rule_is_a_stream_of_its_fields_by_default():
    (found,) = rules({"S": "x"}, fields=["S", "R.X", "Nowhere", "N"])
    (statement,) = statements([found])
    assert write(statement, pretty=False).split("*/ ")[1] == (
        "CREATE STREAM ALERTS WITH (KAFKA_TOPIC='alerts') AS SELECT S AS `S`, R->X AS `R.X`, "
        "N AS `N` FROM EVENTS WHERE LCASE(S) = 'x';"
    )


def test_like_writes_names_as_people_write_them():
    found = bound({"S": "x*"}, matching="like")
    (statement,) = statements([found], matching="like")
    assert "SELECT S AS S FROM EVENTS WHERE S LIKE 'x%'" in write(statement, pretty=False)


def test_several_rules_are_a_bundle_by_default():
    target, insert = statements(rules({"S": "x"}, {"S": "y"}))
    assert isinstance(target, exp.Create)
    assert isinstance(insert, exp.Insert)


def test_streams_of_several_rules_have_names_of_their_own():
    made = statements(rules({"S": "x"}, {"S": "y"}), layout="streams")
    names = [statement.this.name for statement in made]
    assert len(set(names)) == 2
    assert names[0].startswith("ALERTS_RULE_0_")


@pytest.mark.parametrize("layout", ["insert", "bundle"])
def test_an_alert_carries_the_envelope(layout):
    more = {"level": "high", "tags": ["attack.t1059"], "fields": ["S", "A", "N", "RA.K"]}
    found = rules({"S": "x"}, {"T": "y"}, **more)
    (alert,) = alerts(found, [{}, {"S": "X", "A": ["a", None], "N": 7}], layout)
    values = alert.values
    assert list(values) == ["time", "host", "rule", "source"]
    assert values["time"].startswith("1970-01-01T00:00:00")
    assert values["host"] is None
    assert values["rule"] == {
        "id": found[0].rule.id,
        "title": "Rule 0",
        "level": "high",
        "tags": ["attack.t1059"],
        "fields": {"S": "X", "A": "a, null", "N": "7"},
    }
    assert values["source"]["topic"] == TOPIC
    assert alert.event == 1


def test_a_rule_without_level_and_tags_has_none_of_them():
    (alert,) = alerts(rules({"S": "x"}), [{"S": "x"}], "bundle")
    assert alert.values["rule"]["level"] is None
    assert alert.values["rule"]["tags"] is None


def test_one_event_alerts_once_for_each_rule_that_matches():
    found = rules({"S": "x"}, {"T": "y"}, {"S": "z"})
    made = alerts(found, [{"S": "x", "T": "y"}], "bundle")
    assert sorted(row.values["rule"]["title"] for row in made) == ["Rule 0", "Rule 1"]


def many():
    detections = [{"S|contains": f"s{n}", "R.X": f"x{n % 3}"} for n in range(MANY_RULES)]
    detections += [{"A|contains": "s1"}, {"M.k|startswith": "s"}, {"J.a": "s2"}, {"N|lt": 4}]
    return rules(*detections)


EVENTS = [
    *({"S": f"S{n}", "R": {"X": f"X{n % 3}"}} for n in range(30)),
    {"A": ["s10"], "M": {"k": "S"}, "J": {"a": "s2"}, "N": 3},
    {"J": "no JSON", "A": None, "N": None},
    {},
]


def test_the_same_events_alert_for_the_same_rules_in_all_layouts():
    found = many()
    results = [fired(found, EVENTS, layout=layout) for layout in LAYOUTS]
    assert results[0] == results[1] == results[2]
    assert len(results[0]) == len(found)


def test_many_rules_read_what_they_look_at_lower_cased_once():
    watched, target, candidates, *inserts = statements(many())
    assert [each.this.this.name for each in (watched, target)] == ["EVENTS_WATCHED", "ALERTS"]
    assert candidates.this.name == "ALERTS_CANDIDATES"
    text = write(candidates, pretty=False)
    assert text.count("'S' := S") == 2
    assert "(KX, VX) => LCASE(VX)) AS L" in text
    for insert in inserts:
        assert insert.find(exp.Select).args["from_"].this.name == "ALERTS_CANDIDATES"
        assert "LCASE(S)" not in write(insert)
        assert "->" not in write(insert).replace("=>", "")


def test_columns_of_candidates_that_would_be_of_one_name_are_told_apart():
    columns = "`a.b` VARCHAR, a STRUCT<b VARCHAR>, time VARCHAR, `time` VARCHAR"
    bind = binder(columns).bind
    detections = [{"time": str(n)} for n in range(MANY_RULES)]
    found = [bind(loaded(one, str(n))) for n, one in enumerate(detections)]
    result = fired(found, [{"time": "3"}], columns)
    assert list(result.values()) == [[0]]


def timed(found, layout):
    columns = binder(TIMED).columns
    source = create_stream(
        STREAM,
        struct(TIMED).fields,
        {
            "KAFKA_TOPIC": TOPIC,
            "VALUE_FORMAT": "JSON",
            "TIMESTAMP": "`at`",
            "TIMESTAMP_FORMAT": "yyyy-MM-dd'T'HH:mm:ssX",
        },
    )
    options = AlertOptions("ALERTS", "alerts", layout=layout)
    made = detection_statements(found, AlertSource(STREAM, TOPIC, columns, "at"), options)
    return [source, *made]


TIMED = "`at` VARCHAR, S VARCHAR, T VARCHAR, N BIGINT, R STRUCT<X VARCHAR, Y VARCHAR>"
AT = ["2025-03-11T08:00:00Z", "2999-01-01T00:00:00Z", "1980-01-01T00:00:00Z", "noon", None]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_event_alerts_whatever_its_time_and_its_alert_has_the_time_of_the_record(layout):
    bind = binder(TIMED).bind
    found = [bind(loaded({"S": "x", "R.X": "y"}, "One")), bind(loaded({"T": "z"}, "Two"))]
    events = [{"at": at, "S": "x", "R": {"X": "y"}} for at in AT]
    result = run(write_script(timed(found, layout)), events)
    rows = [row for made in result.rows.values() for row in made if row.rule == found[0].rule.id]
    assert [row.event for row in rows] == [0, 1, 2, 3, 4]
    assert {row.timestamp for row in rows} == {0}
    if layout != "streams":
        assert [row.values["time"] for row in rows] == AT


def test_detections_declare_what_they_read_and_no_event_time():
    bind = binder(TIMED).bind
    watched = timed([bind(loaded({"R.X": "y"}, "One")), bind(loaded({"S": "y"}, "Two"))], "bundle")[
        1
    ]
    text = write(watched, pretty=False)
    assert text.split("*/ ")[1] == (
        "CREATE STREAM EVENTS_WATCHED (`at` VARCHAR, S VARCHAR, R STRUCT<X VARCHAR>) "
        "WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');"
    )


def test_a_stream_without_an_event_time_is_read_itself():
    assert "WATCHED" not in script(rules({"S": "x"}, {"S": "y"}))


def test_a_new_rule_changes_one_bundle():
    items = [PackedRule(f"id{n}", "windows process_creation", 2000) for n in range(1000)]
    before = {bundle.name: bundle for bundle in pack(items)}
    after = {
        bundle.name: bundle for bundle in pack([*items, PackedRule("new", items[0].source, 2000)])
    }
    changed = [name for name, bundle in after.items() if before.get(name) != bundle]
    assert len(changed) == 1 or (len(changed) == 2 and len(after) == len(before) + 1)
    assert sorted(key for bundle in before.values() for key in bundle.keys) == sorted(
        item.key for item in items
    )


def test_bundles_stay_within_their_budget_and_are_not_too_many():
    items = [PackedRule(f"id{n}", "windows process_creation", 2000) for n in range(1000)]
    bundles = pack(items)
    assert max(len(bundle.keys) for bundle in bundles) * 2000 <= MAX_BYTES
    assert len(bundles) <= 2 * 2000 * 1000 / MAX_BYTES


def test_log_sources_with_few_rules_share_bundles():
    items = [PackedRule(f"id{n}", f"windows source{n}", 1000) for n in range(50)]
    (bundle,) = pack(items)
    assert bundle.name == "SHARED"


def test_the_order_of_the_rules_does_not_matter_to_a_bundle():
    found = many()
    assert script(found) == script(found[::-1])


HOSTILE = "x */ ; DROP STREAM EVENTS; -- ${env:HOME}\n); DROP STREAM ALERTS; --'"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_of_a_rule_gets_out_of_its_literals_and_comments(layout):
    detections = [{"S": HOSTILE}, {"S|contains": HOSTILE}, {"S|re": "a'b--"}]
    found = [
        binder().bind(
            loaded(one, HOSTILE, f"id{n}{HOSTILE}", fields=["S"], level="low", status="test")
        )
        for n, one in enumerate(detections)
    ]
    sql = script(found, layout=layout)
    parsed = parse_script(sql)
    assert len(parsed) == len(statements(found, layout=layout)) + 1
    assert all(isinstance(one, (exp.Create, exp.Insert)) for one in parsed)
    assert "${" not in sql


def test_each_rule_is_named_in_a_comment():
    found = rules({"S": "x"}, {"S": "y"}, level="high", status="test")
    text = write(statements(found)[1])
    for rule in found:
        assert f"-- {rule.rule.title}\n" in text
        assert f"-- id: {rule.rule.id}\n" in text
    assert "-- high, test, rules/rule.yml:1\n" in text
    assert "-- BOUND: any\n" in text


def test_only_rules_with_a_predicate_and_of_a_wanted_status_are_deployed():
    found = rules({"S": "x"}, {"Nowhere": "y"})
    assert len(statements(found)) == 1
    assert statements(found, statuses={Status.RARE}) == []


def test_a_stream_that_cannot_be_named_is_refused():
    origin = AlertSource(STREAM, TOPIC, binder().columns)
    with pytest.raises(InputError):
        detection_statements(rules({"S": "x"}), origin, AlertOptions("a b", "alerts"))
