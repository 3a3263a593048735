"""Small topics, one drift each: what becomes a finding, and what doesn't."""

from __future__ import annotations

import drifting
import pytest
from drifting import by_hand, drift, only, said

from schemagen.drift.findings import FindingClass

STREAM = "CREATE STREAM EVENTS ({}) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON'{});"


def hand(columns, more="", messages=None, queries=""):
    return by_hand(STREAM.format(columns, more) + queries, messages)


def many(count, /, **message):
    return [dict(message) for _ in range(count)]


# -- statistics, not noise ------------------------------------------------------------------------


def test_the_same_again_is_no_finding():
    base = drifting.baseline(many(500, a="x", n=1))
    found = drift(base, many(80, a="x", n=1))
    assert found.findings == []
    assert found.failing == []
    assert (found.messages_before, found.messages) == (500, 80)
    assert found.tests > 0


def test_a_rare_field_may_be_missing_from_a_small_sample():
    base = drifting.baseline(many(980, a="x") + many(20, a="x", b="y"))
    found = drift(base, many(50, a="x"))
    assert found.findings == []
    assert found.unsure == 1


def test_but_not_from_a_large_one():
    base = drifting.baseline(many(980, a="x") + many(20, a="x", b="y"))
    found = only(drift(base, many(3_000, a="x")))
    assert (str(found.kind), found.place, found.count) == ("rarer", "b", 3_000)
    assert "20 of 1,000" in found.what


def test_a_large_change_of_presence_that_is_not_complete():
    base = drifting.baseline(many(500, a="x", b="y"))
    found = only(drift(base, many(300, a="x", b="y") + many(200, a="x")))
    assert (str(found.kind), found.place) == ("rarer", "b")
    assert (found.now.count, found.now.of) == (300, 500)


def test_a_sure_but_small_change_of_presence_is_no_news():
    base = drifting.baseline(many(20_000, a="x") + many(20_000, a="x", b="y"))
    assert drift(base, many(9_000, a="x") + many(11_000, a="x", b="y")).findings == []


def test_a_field_that_became_commoner():
    base = drifting.baseline(many(900, a="x") + many(100, a="x", b="y"))
    found = only(drift(base, many(100, a="x", b="y")))
    assert (str(found.kind), found.place) == ("commoner", "b")


def test_presence_is_told_of_the_object_and_not_of_all_that_is_in_it():
    whole = {"o": {"a": "x", "b": "y", "c": {"d": "z"}}}
    base = drifting.baseline(many(300, i=1, **whole))
    assert said(drift(base, many(300, i=1))) == [("rarer", "o")]


WHOLE = {"o": {"a": "x", "b": {"c": 1, "d": 2}}}


@pytest.mark.parametrize("empty", [{}, {"a": None}, {"a": None, "b": None, "new": None}])
def test_an_emptied_object_is_one_finding_that_counts_what_was_in_it(empty):
    base = drifting.baseline(many(280, **WHOLE) + many(20, o={}))
    found = only(drift(base, many(300, o=empty)))
    assert (str(found.kind), found.place, found.count, found.of) == ("rarer", "o", 300, 300)
    assert found.what.startswith("emptied: all 4 fields in it are gone; 280 of 300 held")
    assert (found.before.count, found.now.count) == (280, 0)


def test_where_one_field_is_left_an_object_is_not_emptied():
    base = drifting.baseline(many(300, **WHOLE))
    assert said(drift(base, many(300, o={"a": "x"}))) == [("rarer", "o.b")]
    assert said(drift(base, many(299, o={}) + many(1, o={"a": "x"}))) == [
        ("rarer", "o.a"),
        ("rarer", "o.b"),
    ]


def test_an_object_that_was_always_empty_is_no_news():
    base = hand("a VARCHAR, o STRUCT<b VARCHAR>", messages=many(300, a="x", o={}))
    assert drift(base, many(300, a="x", o={})).findings == []


def test_a_small_sample_of_empty_objects_may_be_chance():
    base = drifting.baseline(many(100, o={"a": "x"}) + many(200, o={}))
    found = drift(base, many(8, o={}))
    assert (found.findings, found.unsure) == ([], 1)


def test_every_event_has_other_fields_and_all_of_them_are_gone():
    # No field alone is missed in so few messages: that none of them is there is no chance.
    old = [{"o": {f"f{n % 40}": 1}} for n in range(400)]
    base = hand("o STRUCT<" + ", ".join(f"f{n} BIGINT" for n in range(40)) + ">", messages=old)
    assert said(drift(base, many(20, o={}))) == [("rarer", "o")]


def test_objects_of_an_array_that_are_all_emptied():
    columns = "l ARRAY<STRUCT<k VARCHAR, n BIGINT>>"
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE {};".format(
        "ARRAY_LENGTH(FILTER(l, i => i->k = 'x')) > 0"
    )
    base = hand(columns, messages=many(300, l=[{"k": "x", "n": 1}, {}]), queries=query)
    found = only(drift(base, many(300, l=[{}])))
    assert (str(found.kind), found.place) == ("blinds", "l[]")
    assert [detection.name for detection in found.blinded] == ["FOUND"]


def test_messages_that_are_all_emptied():
    base = drifting.baseline(many(300, a="x", b="y"))
    found = only(drift(base, many(300)))
    assert (str(found.kind), found.place, found.unit) == ("rarer", "(record)", "records")


def test_null_is_absence():
    base = drifting.baseline(many(300, a="x", b="y"))
    assert said(drift(base, many(300, a="x", b=None))) == [("rarer", "b")]


def test_inside_arrays_messages_are_counted_and_not_elements():
    base = drifting.baseline([{"l": [{"a": 1, "b": 1}] * 40} for _ in range(6)] * 2)
    # Forty elements of one message are one thing seen, however many they are.
    found = drift(base, [{"l": [{"a": 1}] * 40} for _ in range(3)])
    assert found.findings == []


@pytest.mark.parametrize("confidence", [0.9, 0.999999])
def test_the_confidence_is_the_users(confidence):
    base = drifting.baseline(many(100, a="x") + many(30, a="x", b="y"))
    found = drift(base, many(40, a="x"), confidence=confidence)
    assert bool(found.findings) == (confidence == 0.9)


def test_of_what_is_compared_never_more_is_said_to_differ():
    # Broken records and flattened arrays are tested as presences are, in one correction.
    sample = [*many(100, a="x"), *many(30, a=["x"]), *[b"{"] * 9]
    found = drift(drifting.baseline(sample), sample)
    assert found.findings == []
    assert 0 < found.unsure <= found.tests


def test_losses_are_held_to_the_confidence_of_the_whole_report():
    fields = {f"f{n:03}": 1 for n in range(300)}
    base = drifting.baseline([*many(300, **fields), *[b"{"] * 3])
    # Of 300 comparisons one is as unlikely as this: alone it would be a finding.
    assert drift(base, [*many(300, **fields), *[b"{"] * 22]).findings == []
    few = drifting.baseline([*many(300, a=1), *[b"{"] * 3])
    assert said(drift(few, [*many(300, a=1), *[b"{"] * 22])) == [("drops", "(record)")]


# -- new fields -----------------------------------------------------------------------------------


def test_a_new_object_is_one_finding():
    base = drifting.baseline(many(300, a="x"))
    found = only(drift(base, many(300, a="x", o={"p": 1, "q": {"r": 2}})))
    assert (str(found.kind), found.place, found.count) == ("misses", "o", 300)


def test_excluded_fields_are_not_missed():
    base = drifting.baseline(many(300, a="x"))
    assert drift(base, many(300, a="x", b="y"), exclude=["b"]).findings == []


def test_a_map_and_json_text_read_new_keys_by_themselves():
    columns = "m MAP<VARCHAR, VARCHAR>, t VARCHAR"
    old = many(300, m={"a": "x"}, t={"a": "x"})
    base = hand(columns, messages=old)
    assert drift(base, many(300, m={"a": "x", "b": "y"}, t={"a": "x", "b": "y"})).findings == []


def test_a_column_without_back_ticks_reads_a_new_spelling():
    base = drifting.baseline(many(300, Image="x"))
    found = only(drift(base, many(300, image="x")))
    assert (str(found.kind), found.place) == ("wider", "image")
    assert "`Image`" in found.what


def test_a_statement_alone_makes_one_finding_of_an_objects_undeclared_fields():
    base = hand("a VARCHAR, o STRUCT<p VARCHAR>")
    found = drift(base, many(400, a="x", b="y", c="z", o={"p": "1", "q": "2"}))
    assert said(found) == [("misses", "(record)"), ("misses", "o")]
    assert {path[-1] for path in found.findings[0].related} == {"b", "c"}
    assert found.remarks[0].startswith("Without committed evidence")


def test_what_the_schema_never_declared_is_not_missed_again():
    old = many(300, a="x", b="y")
    assert drift(hand("a VARCHAR", messages=old), old).findings == []


# -- detections -----------------------------------------------------------------------------------

ALERTS = "CREATE STREAM ALERTS AS SELECT a FROM EVENTS WHERE {};"


def test_a_map_key_that_a_detection_looks_at_is_watched():
    queries = ALERTS.format("m['k'] = 'x'")
    old = many(300, a="x", m={"k": "x", "o": "y"})
    base = hand("a VARCHAR, m MAP<VARCHAR, VARCHAR>", messages=old, queries=queries)
    found = only(drift(base, many(300, a="x", m={"K": "x", "o": "y"})))
    assert (str(found.kind), found.place) == ("blinds", "m.k")
    assert [detection.name for detection in found.blinded] == ["ALERTS"]
    # Of keys that nobody looks at nothing is said.
    assert drift(base, many(300, a="x", m={"k": "x"})).findings == []


def test_a_key_of_json_text_that_a_detection_looks_at():
    queries = ALERTS.format("EXTRACTJSONFIELD(t, '$.k') = 'x'")
    old = many(300, a="x", t={"k": "x", "o": 1})
    base = hand("a VARCHAR, t VARCHAR", messages=old, queries=queries)
    found = only(drift(base, many(300, a="x", t={"o": 1})))
    assert (str(found.kind), found.place) == ("blinds", "t.k")


LEVEL = "CASE WHEN IS_JSON_STRING(t) = TRUE THEN EXTRACTJSONFIELD(t, '$.k') END"


@pytest.mark.parametrize(
    ("new", "place"),
    [('{"o":1}', "t.k"), ("no JSON", "t"), ("{}", "t"), ('{"k":null,"o":1}', "t.k")],
)
def test_texts_that_are_json_objects_are_looked_into(new, place):
    old = many(300, a="x", t='{"k":"x","o":1}')
    base = hand("a VARCHAR, t VARCHAR", "", old, ALERTS.format(f"{LEVEL} = 'x'"))
    found = only(drift(base, many(300, a="x", t=new)))
    assert (str(found.kind), found.place) == ("blinds", place)
    (blinded,) = found.blinded
    assert (blinded.before.count, blinded.now.count) == (300, 0)


def test_where_some_texts_are_no_longer_json_the_detection_is_partly_blind():
    old = many(300, a="x", t='{"k":"x"}')
    base = hand("a VARCHAR, t VARCHAR", "", old, ALERTS.format(f"{LEVEL} = 'x'"))
    found = only(drift(base, many(270, a="x", t='{"k":"x"}') + many(30, a="x", t="plain")))
    assert (str(found.kind), found.place) == ("blinds", "t.k")
    assert [each.partly for each in found.blinded] == [True]


def test_an_object_is_no_drift_for_who_looks_inside_json_texts():
    old = many(300, a="x", t='{"k":"x"}')
    base = hand("a VARCHAR, t VARCHAR", "", old, ALERTS.format(f"{LEVEL} = 'x'"))
    found = drift(base, many(200, a="x", t='{"k":"x"}') + many(100, a="x", t={"k": "x"}))
    assert said(found) == [("wider", "t")]


NEEDS = """
    CREATE STREAM ONE AS SELECT * FROM EVENTS WHERE o->a = 'x';
    CREATE STREAM DEEP AS SELECT * FROM EVENTS WHERE o->b->c = 1;
    CREATE STREAM EITHER AS SELECT * FROM EVENTS WHERE o->a = 'x' OR o->b->c = 1;
    CREATE STREAM OTHER AS SELECT * FROM EVENTS WHERE o->a = 'x' OR k = 'y';
    CREATE STREAM THERE AS SELECT * FROM EVENTS WHERE o IS NOT NULL;
"""
OBJECT = "k VARCHAR, o STRUCT<a VARCHAR, b STRUCT<c BIGINT, d BIGINT>>"


def test_an_emptied_object_blinds_what_looks_at_any_of_its_fields():
    base = hand(OBJECT, messages=many(300, k="y", **WHOLE), queries=NEEDS)
    found = only(drift(base, many(300, k="y", o={})))
    assert (str(found.kind), found.place) == ("blinds", "o")
    assert [(each.name, each.partly) for each in found.blinded] == [
        ("DEEP", False),
        ("EITHER", False),
        ("ONE", False),
        ("OTHER", True),
    ]


def test_a_branch_outside_that_is_gone_too_leaves_nothing():
    base = hand(OBJECT, messages=many(300, k="y", i=1, **WHOLE), queries=NEEDS)
    found = drift(base, many(300, i=1, o={})).findings
    assert {each.place for each in found} == {"k", "o"}
    blinded = {(each.name, each.partly) for finding in found for each in finding.blinded}
    assert ("OTHER", False) in blinded
    assert ("OTHER", True) not in blinded


def test_an_object_that_may_be_empty_by_chance_is_told_where_detections_look_inside():
    old = many(30, k="y", **WHOLE) + many(270, k="y", o={})
    found = drift(hand(OBJECT, messages=old, queries=NEEDS), many(9, k="y", o={}))
    assert found.findings == []
    (remark,) = found.remarks
    assert remark.startswith(
        "4 detections can't match without what was in `o`: this sample has 9, all"
    )
    assert "30 of 300 held something" in remark


def test_emptied_objects_that_are_read_as_json_text():
    queries = ALERTS.format("EXTRACTJSONFIELD(t, '$.k') = 'x'")
    base = hand("a VARCHAR, t VARCHAR", messages=many(300, a="x", t={"k": "x", "o": 1}),
                queries=queries)  # fmt: skip
    found = only(drift(base, many(300, a="x", t={})))
    assert (str(found.kind), found.place) == ("blinds", "t")
    assert [detection.name for detection in found.blinded] == ["ALERTS"]


def test_an_emptied_object_whose_many_keys_were_not_told_apart():
    old = [{"a": "x", "o": {f"k{n}": "x", "fix": "x"}} for n in range(2_600)]
    base = hand("a VARCHAR, o STRUCT<fix VARCHAR>", messages=old,
                queries=ALERTS.format("o->fix = 'x'"))  # fmt: skip
    found = only(drift(base, many(300, a="x", o={})))
    assert (str(found.kind), found.place) == ("blinds", "o")
    assert found.what.startswith("emptied: what was in it is gone")


def test_a_join_that_names_its_columns_without_their_stream():
    queries = """CREATE STREAM J AS SELECT line FROM EVENTS
        JOIN OTHERS WITHIN 1 MINUTES ON id = other_id WHERE line = 'x' AND place = 'y';"""
    old = many(300, id=1, line="x", place_id=1)
    base = hand("id BIGINT, line VARCHAR, place_id BIGINT", messages=old, queries=queries)
    found = only(drift(base, many(300, id=1, place_id=1)))
    assert (str(found.kind), found.place) == ("blinds", "line")
    assert [(each.name, each.partly) for each in found.blinded] == [("J", False)]
    assert said(drift(base, many(300, id=1, line="x"))) == [("rarer", "place_id")]


def test_a_needed_field_that_chance_may_hide_is_told_without_a_finding():
    old = many(290, a="x") + many(10, a="x", b="y")
    base = hand("a VARCHAR, b VARCHAR", messages=old, queries=ALERTS.format("b = 'x'"))
    found = drift(base, many(30, a="x"))
    assert found.findings == []
    (remark,) = found.remarks
    assert remark.startswith("1 detection can't match without `b`, which is in none of 30 here")
    assert drift(hand("a VARCHAR, b VARCHAR", messages=old), many(30, a="x")).remarks == []


def test_without_evidence_a_field_that_a_detection_needs_must_show_up_in_a_large_sample():
    base = hand("a VARCHAR, b VARCHAR", queries=ALERTS.format("b = 'x'"))
    found = only(drift(base, many(400, a="x")))
    assert (str(found.kind), found.place) == ("blinds", "b")
    assert "nothing is known of before" in found.what
    assert drift(base, many(50, a="x")).findings == []


def test_records_that_are_dropped_are_lost_for_every_detection():
    base = hand("a VARCHAR, n BIGINT", queries=ALERTS.format("a = 'x'"))
    found = only(drift(base, many(99, a="x", n=1) + many(1, a="x", n="no")))
    assert (str(found.kind), found.place, found.count, found.of) == ("drops", "n", 1, 100)
    assert [detection.name for detection in found.blinded] == ["ALERTS"]


def found_blind(columns, query, before, after):
    """Say where detections are blind, and which of them see nothing at all."""
    base = hand(columns, "", many(300, **before), query)
    found = drift(base, many(300, **after)).findings
    return {
        finding.place: {each.name for each in finding.blinded if not each.partly}
        for finding in found
        if finding.kind is FindingClass.BLINDS
    }


@pytest.mark.parametrize(
    ("columns", "condition", "before", "after"),
    [
        ("t ARRAY<VARCHAR>", "ARRAY_CONTAINS(t, 'x')", {"t": ["x"]}, {"t": []}),
        ("t ARRAY<VARCHAR>", "t[1] = 'x'", {"t": ["x"]}, {"t": [None]}),
        (
            "t ARRAY<STRUCT<k VARCHAR>>",
            "ARRAY_LENGTH(FILTER(t, i => i->k = 'x')) > 0",
            {"t": [{"k": "x"}]},
            {"t": []},
        ),
    ],
)
def test_arrays_that_held_something_and_are_all_empty_blind(columns, condition, before, after):
    query = f"CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE {condition};"
    assert found_blind(columns, query, before, after) == {"t[]": {"FOUND"}}


@pytest.mark.parametrize("keys", [1, 2_500])
def test_maps_that_held_something_and_are_all_empty_blind(keys):
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE m['k1'] = 'x' AND m['k2'] = 'y';"
    before = [{"m": {f"k{n % keys}": "x"}} for n in range(2_600)]
    base = hand("m MAP<VARCHAR, VARCHAR>", "", before, query)
    found = only(drift(base, many(300, m={})))
    assert (str(found.kind), found.place) == ("blinds", "m.*")
    assert [each.name for each in found.blinded] == ["FOUND"]


def test_kinds_are_counted_in_values_and_fields_in_objects():
    base = drifting.baseline(many(300, a=["x", "y"], b=1))
    found = drift(base, many(300, a=["x", 2], c="new")).findings
    assert [(finding.place, finding.count, finding.of, finding.unit) for finding in found] == [
        ("c", 300, 300, "objects"),
        ("a[]", 300, 600, "values"),
        ("b", 300, 300, "objects"),
    ]


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [("a VARCHAR", "x", {}), ("a VARCHAR", "x", ["y"]), ("a INT", 1, "no"), ("a INT", 1, 1.5)],
)
@pytest.mark.parametrize(("old", "partly"), [(0, False), (300, True)])
def test_where_some_values_are_as_before_a_detection_still_matches(
    column, before, after, old, partly
):
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE a = 'x';"
    base = hand(column, "", many(300, a=before), query)
    found = only(drift(base, many(old, a=before) + many(300, a=after)))
    assert [(each.name, each.partly) for each in found.blinded] == [("FOUND", partly)]


# -- fewer events ---------------------------------------------------------------------------------

FOUND = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE {};"


def test_a_detection_that_sees_fewer_events_is_partly_blind_however_few_they_are():
    base = hand("a VARCHAR, b VARCHAR", "", many(20_000, a="x", b="y"), FOUND.format("b = 'y'"))
    found = drift(base, many(19_900, a="x", b="y") + many(100, a="x"))
    finding = only(found)
    assert (str(finding.kind), finding.place, finding.count, finding.of) == (
        "blinds",
        "b",
        100,
        20_000,
    )
    (blind,) = finding.blinded
    assert (blind.name, blind.partly) == ("FOUND", True)
    assert (blind.before.count, blind.before.of) == (20_000, 20_000)
    assert (blind.now.count, blind.now.of) == (19_900, 20_000)
    assert found.failing == [finding]


def test_where_no_detection_looks_so_few_are_no_news():
    base = hand("a VARCHAR, b VARCHAR", "", many(20_000, a="x", b="y"), FOUND.format("a = 'x'"))
    assert drift(base, many(19_900, a="x", b="y") + many(100, a="x")).findings == []


def test_a_filter_that_is_there_less_often_hides_no_event():
    query = FOUND.format("a = 'x' AND NOT (b = 'y')")
    base = hand("a VARCHAR, b VARCHAR", "", many(20_000, a="x", b="y"), query)
    assert drift(base, many(19_900, a="x", b="y") + many(100, a="x")).findings == []


def test_another_way_to_match_makes_up_for_few_events_that_are_missing():
    query = FOUND.format("a = 'x' OR b = 'y'")
    base = hand("a VARCHAR, b VARCHAR", "", many(20_000, a="x", b="y"), query)
    assert drift(base, many(19_900, a="x", b="y") + many(100, a="x")).findings == []


def test_events_of_another_shape_blind_in_part():
    old = many(900, winlog={"channel": "Security", "event_id": 1}, host={"name": "h"})
    query = FOUND.format("winlog->channel = 'Security' AND winlog->event_id = 1")
    columns = "winlog STRUCT<channel VARCHAR, event_id BIGINT>, host STRUCT<name VARCHAR>"
    base = hand(columns, "", old, query)
    other = many(100, log_name="Security", event_id=1, host={"name": "h"})
    found = drift(base, old + other)
    blinds = [each for each in found.findings if each.kind is FindingClass.BLINDS]
    assert [(each.place, each.count, each.of) for each in blinds] == [("winlog", 100, 1_000)]
    assert [(d.partly, d.now.count, d.now.of) for d in blinds[0].blinded] == [(True, 900, 1_000)]


def test_dotted_beside_nested_is_one_finding_at_the_nested_field():
    query = FOUND.format("log->level = 'x'")
    base = hand("log STRUCT<level VARCHAR>, a VARCHAR", "",
                many(300, a="x", log={"level": "x"}), query)  # fmt: skip
    dotted = {"a": "x", "log.level": "x"}
    found = only(drift(base, many(200, a="x", log={"level": "x"}) + [dotted] * 100))
    assert (str(found.kind), found.place, found.count) == ("blinds", "log", 100)
    assert "`log.level`" in found.what
    assert found.related == [("log.level",)]
    assert found.blinded[0].partly


def test_nested_beside_dotted():
    query = FOUND.format("`log.level` = 'x'")
    base = hand("`log.level` VARCHAR, a VARCHAR", "",
                [{"a": "x", "log.level": "x"}] * 300, query)  # fmt: skip
    found = only(drift(base, many(300, a="x", log={"level": "x"})))
    assert (str(found.kind), found.blinded[0].partly) == ("blinds", False)
    assert found.related == [("log",)]


# -- other values ---------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [1, 3])
def test_two_spellings_in_one_object_of_which_the_column_reads_one(share):
    base = drifting.baseline(many(300, Image="x"))
    now = many(300 - 300 // share, Image="x") + many(300 // share, Image="x", image="y")
    found = only(drift(base, now))
    assert (str(found.kind), found.place, found.count) == ("alters", "image", 300 // share)
    assert found.related == [("Image",), ("image",)]


def test_two_spellings_in_different_objects_are_both_read():
    base = drifting.baseline(many(300, Image="x"))
    found = only(drift(base, many(150, Image="x") + many(150, image="y")))
    assert (str(found.kind), found.place) == ("wider", "image")


def test_the_plan_quotes_both_spellings():
    base = drifting.baseline(many(300, Image="x", a="x"))
    now = many(300, Image="x", image="y", a="x")
    made = drifting.mended(base, now, drift(base, now))
    assert "    `Image` VARCHAR,\n    a VARCHAR,\n    `image` VARCHAR\n" in made.sql()


@pytest.mark.parametrize(
    ("condition", "blind"),
    [
        ("LCASE(a) = 'evil'", True),
        ("SUBSTRING(LCASE(a), -3) = 'vil'", True),
        ("INSTR(LCASE(a), 'vil') > 0", False),
        ("a = '[evil]'", False),
        ("a IS NOT NULL", False),
    ],
)
def test_an_array_in_place_of_text_blinds_what_can_not_match_its_text(condition, blind):
    base = hand("a VARCHAR", "", many(300, a="evil"), FOUND.format(condition))
    found = only(drift(base, many(300, a=["evil"])))
    assert (str(found.kind), found.place, bool(found.blinded)) == ("alters", "a", blind)
    assert "ARRAY<VARCHAR> keeps it" in found.remedy


@pytest.mark.parametrize(
    ("condition", "value", "kind"),
    [
        ("a = '4688'", 4688.0, "blinds"),
        ("a IN ('1', '4688')", 4688.0, "blinds"),
        ("a IN ('4688', '4688.0')", 4688.0, "wider"),
        ("CAST(a AS DOUBLE) = 4688", 4688.0, "wider"),
        ("a = 'text'", 4688.0, "wider"),
        ("a = '4688'", 4688, "wider"),
    ],
)
def test_a_number_in_place_of_its_text(condition, value, kind):
    base = hand("a VARCHAR", "", many(300, a="4688"), FOUND.format(condition))
    found = only(drift(base, many(300, a=value)))
    assert (str(found.kind), found.place) == (kind, "a")


def test_an_array_in_json_text_that_a_detection_looks_into():
    query = FOUND.format("EXTRACTJSONFIELD(t, '$.tags') = 'evil'")
    old = many(150, t={"tags": "evil", "o": "x"}) + many(150, t="plain")
    base = hand("t VARCHAR", "", old, query)
    now = many(150, t={"tags": ["evil"], "o": ["x"]}) + many(150, t="plain")
    found = only(drift(base, now))
    assert (str(found.kind), found.place) == ("blinds", "t.tags")
    assert [each.name for each in found.blinded] == ["FOUND"]


@pytest.mark.parametrize(
    ("factor", "unit"), [(1e-3, "seconds"), (1e3, "microseconds"), (1e6, "nanoseconds")]
)
def test_a_time_that_is_no_event_time_changes_its_unit(factor, unit):
    base = hand("a VARCHAR, t BIGINT", "", many(300, a="x", t=1_700_000_000_000))
    found = only(drift(base, many(300, a="x", t=int(1_700_000_000_000 * factor))))
    assert (str(found.kind), found.place, found.unit) == ("format", "t", "values")
    assert f"{unit} where milliseconds were" in found.what


@pytest.mark.parametrize("number", [5, 5_000_000_000, 300_000_000_000])
def test_numbers_that_grow_are_no_times_of_another_unit(number):
    base = hand("a VARCHAR, n BIGINT", "", many(300, a="x", n=1_700_000_000))
    found = drift(base, many(300, a="x", n=number)).findings
    assert all(each.kind is not FindingClass.FORMAT for each in found)


def test_an_array_that_was_always_empty_is_no_news():
    base = hand("t ARRAY<VARCHAR>", "", many(300, t=[]))
    assert said(drift(base, many(300, t=[]))) == []


def test_an_object_that_becomes_text_blinds_what_looks_into_it():
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE EXTRACTJSONFIELD(v, '$.a') = 'x';"
    found = found_blind("v VARCHAR", query, {"v": {"a": "x"}}, {"v": "plain"})
    assert found == {"v": {"FOUND"}}


def test_where_all_branches_are_gone_nothing_is_left_to_match_by():
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE a = 'x' OR b = 'y';"
    columns = "a VARCHAR, b VARCHAR, c VARCHAR"
    before = {"a": "x", "b": "y", "c": "z"}
    assert found_blind(columns, query, before, {"b": "y", "c": "z"}) == {"a": set()}
    found = found_blind(columns, query, before, {"c": "z"})
    assert found == {"a": {"FOUND"}, "b": {"FOUND"}}


# -- facts ----------------------------------------------------------------------------------------


def test_the_gravest_of_one_place_is_told():
    base = hand("a VARCHAR, n INT", messages=many(300, a="x", n=1))
    mixed = many(100, a="x", n="no") + many(100, a="x", n=1.5) + many(100, a="x", n=2**40)
    found = only(drift(base, mixed))
    assert (str(found.kind), found.place, found.count) == ("drops", "n", 100)
    assert found.declared == "INT"
    assert "VARCHAR" in found.remedy


def test_a_loss_that_was_always_there_and_has_no_remedy_is_no_news():
    old = many(200, v="x") + many(100, v=["y"])
    base = drifting.baseline(old)
    assert drift(base, old).findings == []
    assert said(drift(base, many(10, v="x") + many(290, v=["y"]))) == [("alters", "v")]


def test_nor_is_it_where_another_spelling_of_the_key_is_text():
    events = many(300, id=["x"]) + many(300, ID={})
    assert said(drift(drifting.baseline(events), events)) == []


def test_a_hand_written_type_that_loses_values_is_told_again_and_again():
    old = many(300, n=1.5)
    assert said(drift(hand("n BIGINT", messages=old), old)) == [("alters", "n")]


def test_the_values_of_a_map_are_one_place():
    base = hand("m MAP<VARCHAR, BIGINT>", "", [{"m": {f"user{n}": n}} for n in range(300)])
    found = only(drift(base, [{"m": {f"user{n}": "secret"}} for n in range(300)]))
    assert (str(found.kind), found.place, found.count, found.exact) == ("drops", "m.*", 300, False)


def folded(count, /, **fixed):
    """Messages with an object of more keys than can be told apart, and some in each of them."""
    return [{"m": {f"k{n}": "x", **fixed}} for n in range(count)]


@pytest.mark.parametrize("columns", ["fix INT", "fix INT, more BIGINT, flag BOOLEAN"])
def test_what_keys_that_are_not_told_apart_may_have_lost_before_is_no_finding(columns):
    base = hand(f"m STRUCT<{columns}>", messages=folded(2_600, fix=1))
    for now in (folded(2_600, fix=1), folded(2_100, fix=1)):
        found = drift(base, now)
        assert found.findings == []
        (remark,) = found.remarks
        assert remark.startswith(f"Up to {len(now):,} of {len(now):,} records may be dropped, as")
        assert "`m`" in remark


def test_a_struct_that_loses_nothing_of_any_key_has_no_remark():
    base = hand("m STRUCT<fix VARCHAR>", messages=folded(2_600, fix=1))
    found = drift(base, folded(2_600, fix=1))
    assert (found.findings, found.remarks) == ([], [])


def test_what_they_may_lose_for_a_new_cause_or_surely_more_of_is_a_finding():
    base = hand("m STRUCT<fix INT>", messages=folded(2_600, fix=1))
    for fix in ("text", True, {}):
        found = only(drift(base, folded(2_600, fix=fix)))
        assert (str(found.kind), found.place, found.exact) == ("drops", "m.*", False)
        assert "too many keys to count each" in found.what
        assert 'maps = ["m"]' in found.remedy


def test_a_second_field_that_may_lose_all_values_hides_no_new_loss():
    base = hand("m STRUCT<fix INT, flag BOOLEAN>", messages=folded(2_600, fix=1))
    assert said(drift(base, folded(2_600, fix="text"))) == [("drops", "m.*")]


def test_two_fields_that_may_lose_the_same_values_hide_no_growth():
    # INT loses all of these fractions, BIGINT all but one: together more than there are.
    def fractions(count):
        values = [1e12] + [1.5] * (count - 1) + [1] * (2_600 - count)
        return [{"m": {f"k{n}": value}} for n, value in enumerate(values)]

    base = hand("m STRUCT<fix INT, more BIGINT>", messages=fractions(1_300))
    found = drift(base, fractions(1_300))
    assert (found.findings, len(found.remarks)) == ([], 1)
    assert said(drift(base, fractions(2_600))) == [("alters", "m.*")]


def test_where_keys_were_told_apart_before_the_doubt_is_new():
    base = hand("m STRUCT<fix INT>", messages=folded(900, fix=1))
    assert ("drops", "m.*") in said(drift(base, folded(2_600, fix=1)))
    base = hand("m STRUCT<fix INT>", messages=folded(2_600, fix=1))
    # And where they are told apart now, a loss is a fact.
    assert drift(base, folded(900, fix=1)).findings == []
    found = only(drift(base, folded(900, fix="text")))
    assert (str(found.kind), found.place, found.exact) == ("drops", "m.fix", True)


def test_without_evidence_they_may_lose_as_many():
    found = drift(hand("m STRUCT<fix INT>"), folded(2_600, fix=1))
    assert said(found) == [("drops", "m.*"), ("misses", "m")]
    assert (found.findings[0].count, found.findings[0].exact) == (2_600, False)


@pytest.mark.parametrize(
    ("column", "condition"),
    [
        ("m STRUCT<fix VARCHAR>", "m->fix = '1'"),
        ("m MAP<VARCHAR, VARCHAR>", "m['fix'] = '1'"),
        ("m VARCHAR", "EXTRACTJSONFIELD(m, '$.fix') = '1'"),
    ],
)
def test_keys_that_detections_need_and_nobody_can_tell_apart_are_told(column, condition):
    query = f"CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE {condition};"
    base = hand(column, messages=folded(2_600, fix=1), queries=query)
    for now in (folded(2_600), folded(300)):
        (remark,) = drift(base, now).remarks
        assert remark.startswith("Whether the keys of `m` needed by 1 detection are still")
    assert drift(hand(column, messages=folded(2_600, fix=1)), folded(2_600)).remarks == []


def test_an_altered_value_of_a_map_is_told_with_what_looks_at_any_key():
    query = "CREATE STREAM FOUND AS SELECT * FROM EVENTS WHERE m['a'] = 1;"
    base = hand("m MAP<VARCHAR, BIGINT>", "", many(300, m={"a": 1, "b": 2}), query)
    found = only(drift(base, many(300, m={"a": 1.5, "b": 2})))
    assert (str(found.kind), found.place, found.count, found.of) == ("alters", "m.*", 300, 600)
    assert [each.name for each in found.blinded] == ["FOUND"]


@pytest.mark.parametrize(
    ("record", "kind", "says"),
    [
        (b"{broken", "drops", "not valid JSON in 1 record"),
        (b"\x00\x00\x00\x00\x07{}", "drops", "Schema Registry"),
        (b"", "drops", "empty value"),
        (b'{"a": "x", "a": "y"}', "alters", "a key twice"),
        (b'{"a": "x"} {"a": "y"}', "alters", "data after the object"),
    ],
)
def test_a_record_that_ksqldb_does_not_read_as_it_is(record, kind, says):
    base = drifting.baseline(many(300, a="x"))
    found = only(drift(base, [*many(300, a="x"), record]))
    assert (str(found.kind), found.place, found.count) == (kind, "(record)", 1)
    assert says in found.what


def test_tombstones_are_no_loss():
    base = drifting.baseline(many(300, a="x"))
    assert drift(base, [*many(300, a="x"), None, b"null"]).findings == []


def test_records_that_were_always_broken_are_no_news_unless_there_are_more():
    old = [*many(280, a="x"), *[b"{broken"] * 20]
    base = drifting.baseline(old)
    assert drift(base, old).findings == []
    assert said(drift(base, [*many(150, a="x"), *[b"{broken"] * 150])) == [("drops", "(record)")]


# -- the event time -------------------------------------------------------------------------------

TIME = ", TIMESTAMP='`t`', TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ss[.SSS]X'"


@pytest.mark.parametrize(
    ("value", "count"),
    [
        ("2025-03-11T08:01:12.603Z", 0),
        ("2025-03-11T08:01:12Z", 0),
        ("2025-03-11T08:01:12.603456Z", 10),
        ("2025-03-11 08:01:12", 10),
        ("11/Mar/2025:08:01:12 +0000", 10),
        ("yesterday", 10),
        (None, 10),
        (1741680072603, 10),
    ],
)
def test_an_event_time_that_the_pattern_does_not_read(value, count):
    base = hand("`t` VARCHAR, a VARCHAR", TIME)
    found = drift(base, many(90, t="2025-03-11T08:01:12.000Z") + many(10, t=value))
    assert [(str(f.kind), f.place, f.count, f.of) for f in found.findings] == (
        [("format", "t", count, 100)] if count else []
    )


MILLISECONDS = 1_700_000_000_000


@pytest.mark.parametrize("declared", ["BIGINT", "TIMESTAMP"])
@pytest.mark.parametrize(
    ("value", "count", "unit"),
    [
        (MILLISECONDS, 0, ""),
        (str(MILLISECONDS), 0, ""),
        (MILLISECONDS // 1_000, 10, "seconds"),
        (str(MILLISECONDS // 1_000), 10, "seconds"),
        (MILLISECONDS * 1_000, 10, "microseconds"),
        (str(MILLISECONDS * 1_000), 10, "microseconds"),
        (MILLISECONDS * 1_000_000, 10, "nanoseconds"),
        (0, 10, "0 or near it"),
        (-1, 10, "negative"),
        (MILLISECONDS / 1e3 + 0.5, 10, "seconds"),
    ],
)
@pytest.mark.parametrize("others", [0, 90])
def test_an_event_time_that_is_not_in_milliseconds(declared, value, count, unit, others):
    base = hand(f"`t` {declared}, a VARCHAR", ", TIMESTAMP='`t`'")
    found = drift(base, many(others, t=MILLISECONDS) + many(10, t=value)).findings
    wrong = [each for each in found if each.kind is FindingClass.FORMAT]
    assert [(each.place, each.of) for each in wrong] == ([("t", 10 + others)] if count else [])
    for each in wrong:
        assert unit in each.what
        assert each.count == count or (not each.exact and each.count > count)


def test_an_event_time_in_seconds_is_counted_among_milliseconds():
    base = hand("`t` BIGINT, a VARCHAR", ", TIMESTAMP='`t`'", many(300, t=MILLISECONDS))
    found = only(drift(base, many(290, t=MILLISECONDS) + many(10, t=MILLISECONDS // 1_000)))
    assert (str(found.kind), found.count, found.of, found.exact) == ("format", 10, 300, True)
    assert (
        found in drift(base, many(290, t=MILLISECONDS) + many(10, t=MILLISECONDS // 1_000)).failing
    )


def test_a_pattern_that_is_not_known_is_said_and_not_judged():
    base = hand("t VARCHAR", ", TIMESTAMP='t', TIMESTAMP_FORMAT='dd MMMM yyyy HH:mm:ss Z'")
    found = drift(base, many(50, t="2025-03-11T08:01:12.000Z"))
    assert found.findings == []
    assert any("TIMESTAMP_FORMAT" in remark for remark in found.remarks)


def test_an_event_time_in_the_records_key_is_not_looked_for_in_the_value():
    base = hand("t BIGINT KEY, a VARCHAR", ", TIMESTAMP='t'", many(300, a="x"))
    assert said(drift(base, many(300, a="x"))) == []


def test_where_fields_are_not_told_apart_none_is_said_to_be_missing():
    base = hand("`t` VARCHAR, a VARCHAR", TIME, many(300, t="2025-03-11T08:01:12Z"))
    found = drift(base, [{"t": "2025-03-11T08:01:12Z", f"k{n}": "x"} for n in range(2_500)])
    assert said(found) == [("misses", "(record)")]
    assert "maps" not in only(found).remedy
    assert any("event time" in remark for remark in found.remarks)


# -- names that last ------------------------------------------------------------------------------


def test_a_fingerprint_does_not_depend_on_counts():
    base = drifting.baseline(many(300, a="x", n=1))
    one = only(drift(base, many(99, a="x", n=1) + many(1, a="x", n="no")))
    two = only(drift(base, many(10, a="x", n=1) + many(77, a="x", n={})))
    assert one.fingerprint == two.fingerprint
    assert len(one.fingerprint) == 16
    other = only(drift(base, many(300, a=[1], n=1)))
    assert other.fingerprint != one.fingerprint


def test_findings_come_the_gravest_first():
    base = drifting.baseline(many(300, a="x", n=1, z="q"))
    found = drift(base, many(300, a="x", n="no", new=1))
    assert said(found) == [("drops", "n"), ("misses", "new"), ("rarer", "z")]
    assert [str(finding.kind) for finding in found.failing] == ["drops"]


def test_no_value_of_a_message_is_in_a_report():
    base = drifting.baseline(many(300, a="secret-before", n=1))
    found = drift(base, many(300, a=["secret-now"], n="secret-too", b="secret-new"))
    assert "secret" not in repr(found)
