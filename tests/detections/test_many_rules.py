"""The shape of many rules: what can't match is held back, and nothing else."""

from __future__ import annotations

import random

import pytest
from compiling import STREAM, TOPIC, binder, fired, loaded, run, script, struct
from hostile_rules import COLUMNS, event, rules_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.envelope import AlertSource
from schemagen.detections.many_rules import MANY_RULES
from schemagen.ksqldb.dialect import parse_script, write_script
from schemagen.ksqldb.limits import violations


@settings(max_examples=max(2, settings().max_examples // 50))
@given(st.integers(min_value=0))
def test_no_event_that_matches_is_held_back(seed):
    """40 rules on 200 events: 8,000 pairs an example; `thorough` tries 160,000."""
    rnd = random.Random(seed)
    rules = rules_of(rnd, 40)
    events = [event(rnd) for _ in range(200)]
    alone = fired(rules, events, COLUMNS, layout="insert")
    assert fired(rules, events, COLUMNS, layout="bundle") == alone


# -- what events can hold --------------------------------------------------------------------------


def many(*detections):
    bind = binder(COLUMNS).bind
    others = [{"id": n, "S|contains": f"needle number {n}"} for n in range(MANY_RULES)]
    found = [bind(loaded(one, f"Rule {n}")) for n, one in enumerate([*detections, *others])]
    return found[: len(detections)], found


def hits(detection, events):
    (rule,), all_rules = many(detection)
    return fired(all_rules, events, COLUMNS).get(rule.rule.id, [])


@pytest.mark.parametrize(
    "detection",
    [
        {"id": 1, "R.X|contains": "evil"},
        {"id": 1, "R.X": "evil"},
        {"id": 1, "R.Path|endswith": "\\evil.exe", "R.X|contains": "v"},
        {"R.X|re|i": "e(v|w)il"},
    ],
)
@pytest.mark.parametrize(
    "r",
    [
        {"X": "Evil", "Path": "C:\\EVIL.exe", "V": None},
        {"X": "Evil", "Path": "C:\\EVIL.exe", "other": None, "deep": {"a": None}},
        {"x": "Evil", "Path": "C:\\EVIL.exe"},
        {"X": "Evil", "Path": "C:\\EVIL.exe", "path": None, "PATH": 5},
    ],
)
def test_nulls_other_keys_and_other_spellings_hide_nothing(detection, r):
    assert hits(detection, [{"id": 1, "R": None}, {"id": 1, "R": r}, {"id": 1, "R": {}}]) == [1]


def test_what_a_field_is_spelled_like_counts_as_the_columns_say():
    """A quoted name reads one spelling only, and a missing object is not a failure."""
    events = [{"id": 1, "R": {"path": "evil"}}, {"id": 1}, {"ID": 1, "R": {"Path": "EVIL"}}]
    assert hits({"id": 1, "R.Path": "evil"}, events) == [2]


def test_an_event_that_is_no_object_there_is_dropped_for_itself_alone():
    (rule,), all_rules = many({"id": 1, "R.X": "evil"})
    events = [{"id": 1, "R": "text"}, {"id": 1, "R": [1]}, {"id": 1, "R": {"X": "evil"}}]
    sql = script(all_rules, COLUMNS)
    with pytest.raises(AssertionError, match="Dropped"):
        run(sql, events)
    assert fired(all_rules, events[2:], COLUMNS)[rule.rule.id] == [0]


def test_a_rule_without_a_text_that_it_needs_passes_by_its_kind_and_is_said():
    (rule,), all_rules = many(
        {"selection": {"id": 7}, "f": {"S": "x"}, "condition": "selection and not f"}
    )
    sql = script(all_rules, COLUMNS)
    assert "1 rule can't be told by a text" in sql
    assert fired(all_rules, [{"id": 7, "S": "y"}, {"id": 7, "S": "X"}], COLUMNS) == {
        rule.rule.id: [0]
    }


FIELDS = [f"f{n}" for n in range(30)]
OBJECT = f"id BIGINT, S VARCHAR, data STRUCT<{', '.join(f'`{name}` VARCHAR' for name in FIELDS)}>"
KEYWORDS = [
    "mimikatz", "\\mimilib.dll", 'say "evil"', "a, b", "per\tcent", "привет", "4.50", "x{y}"
]  # fmt: skip
HIDDEN = [
    *(each.upper() for each in KEYWORDS),
    *(f'C:\\ {each} \n"' for each in KEYWORDS),
    "\u212aiwi", "mimi\\katz", "mimi", None, True, 4.5, [], ["a", "b"], ["mimikatz", None],
    {"k": "MIMIKATZ"}, {"mimikatz": 1}, [{"k": ["mimilib"]}], ["x{y}"],
]  # fmt: skip


def keyword_rules(keywords):
    bind = binder(OBJECT, keywords=["S", "data.*"]).bind
    others = [{"id": n, "S|contains": f"needle number {n}"} for n in range(MANY_RULES)]
    keyword = {"keywords": keywords, "condition": "keywords"}
    return [bind(loaded(one, f"Rule {n}")) for n, one in enumerate([keyword, *others])]


def objects():
    """Yield events that hide keywords in fields, in nearly every way that JSON has."""
    for value in HIDDEN:
        yield {"id": 1, "data": {"f7": value, "f8": "x"}}
        yield {"id": 1, "DATA": {"f7": value}}
        yield {"id": 1, "S": value, "data": None}
    yield {"id": 1, "Data": {"F7": "mimikatz"}, "S": "x"}
    yield {"id": 1, "data": {"other": "mimikatz"}}


@pytest.mark.parametrize("keywords", [KEYWORDS, ["mimikatz"], ["\\mimilib.dll", "mimikatz"]])
def test_keywords_are_looked_for_in_the_text_of_an_object_and_none_is_missed(keywords):
    rules = keyword_rules(keywords)
    events = list(objects())
    alone = fired(rules, events, OBJECT, layout="insert")
    assert len(alone[rules[0].rule.id]) > 5
    assert fired(rules, events, OBJECT, layout="bundle") == alone


def test_an_object_of_many_fields_is_declared_as_text_too():
    """The other spelling of its name reads the same object; the fields are read where it isn't."""
    sql = script(keyword_rules(["mimikatz", "\\mimilib.dll"]), OBJECT)
    assert "`data` VARCHAR" in sql
    first = sql[sql.index("CREATE STREAM ALERTS_CANDIDATES") : sql.index("INSERT INTO")]
    assert "CONCAT_WS('¦', S, CASE WHEN `data` IS NULL THEN CONCAT_WS('¦', data->`f0`," in first
    assert "SPLIT('mimikatz¦mimilib.dll', '¦')" in first


@pytest.mark.parametrize(
    ("columns", "keywords"),
    [
        # No part of the text is the same in JSON, or it would be found in every number.
        (OBJECT, ["привет"]),
        (OBJECT, ["17.5e+3"]),
        # The name is in back-ticks already, or there is another spelling of it.
        (OBJECT.replace("data", "`Data`"), ["mimikatz"]),
        (OBJECT.replace("data", "data VARCHAR, `Data`"), ["mimikatz"]),
    ],
)
def test_where_an_object_has_no_text_of_its_own_its_fields_are_read(columns, keywords):
    name = "Data" if "`Data`" in columns else "data"
    bind = binder(columns, keywords=["S", f"{name}.*"]).bind
    others = [{"id": n, "S|contains": f"needle number {n}"} for n in range(MANY_RULES)]
    keyword = {"keywords": keywords, "condition": "keywords"}
    rules = [bind(loaded(one, f"Rule {n}")) for n, one in enumerate([keyword, *others])]
    sql = script(rules, columns)
    assert "CASE WHEN `" not in sql
    assert "_CANDIDATES" in sql


# -- the statements --------------------------------------------------------------------------------


def test_events_of_other_kinds_and_without_any_needle_are_no_candidates():
    _, all_rules = many({"id": 1, "S|contains": "evil"})
    events = [{"id": 1, "S": "Evil"}, {"id": 1, "S": "good"}, {"id": 99, "S": "evil"}, {}]
    found = run(script(all_rules, COLUMNS), events)
    assert [row.event for row in found.rows["ALERTS_CANDIDATES"]] == [0]


def test_the_first_pass_asks_by_kind_then_by_text():
    _, all_rules = many({"id": 1, "S|contains": "evil"})
    sql = script(all_rules, COLUMNS)
    first = sql[sql.index("CREATE STREAM ALERTS_CANDIDATES") : sql.index("INSERT INTO")]
    assert "WHEN id = 0 OR id = 1 OR id = 10 OR " in first
    assert "'evil¦needle number 0¦needle number 1¦" in first
    # A comparison evaluates both sides twice, and a WHERE that is null ends its query.
    assert "END = TRUE" not in first
    assert "RX => RX > 0)[1], FALSE)" in first


def test_long_lists_are_one_call_and_regular_expressions_are_guarded():
    names = [f"\\{n}tool.exe" for n in range(60)]
    _, all_rules = many({"id": 1, "S|endswith": names}, {"id": 2, "T|re": "user[0-9]+agent"})
    sql = script(all_rules, COLUMNS)
    assert "'¦0tool.exe¦10tool.exe¦11tool.exe¦" in sql
    assert sql.count("SPLIT(LCASE(S), '\\')[-1]") == 1
    guarded = (
        "(INSTR(L['T'], 'agent') > 0 AND REGEXP_EXTRACT('user[0-9]+agent', T['T']) IS NOT NULL)"
    )
    assert guarded in sql


def test_a_source_without_kinds_has_the_same_shape():
    bind = binder("eventName VARCHAR, who VARCHAR").bind
    found = [bind(loaded({"eventName": f"Do{n}"}, f"Rule {n}")) for n in range(MANY_RULES + 5)]
    columns = "eventName VARCHAR, who VARCHAR"
    sql = script(found, columns)
    assert "ALERTS_CANDIDATES" in sql
    events = [{"eventName": "do3"}, {"eventName": "other"}, {"who": "Do4"}]
    assert list(fired(found, events, columns).values()) == [[0]]


def test_adding_a_rule_changes_one_bundle():
    _, before = many({"id": 1, "S|contains": "evil"})
    _, after = many({"id": 1, "S|contains": "evil"}, {"id": 2, "T|contains": "bad"})
    assert len(before) < len(after)

    def inserts(rules):
        origin = AlertSource(STREAM, TOPIC, ColumnIndex(struct(COLUMNS)))
        made = detection_statements(rules, origin, AlertOptions("ALERTS", "alerts"))
        return {write_script([each]) for each in made if isinstance(each, exp.Insert)}

    assert len(inserts(after) - inserts(before)) == 1


def test_the_engine_takes_what_is_written():
    rnd = random.Random(5)
    sql = script(rules_of(rnd, 60), COLUMNS)
    for statement in parse_script(sql):
        assert not violations(statement, write_script([statement]), share=0.9)
