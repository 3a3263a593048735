"""The shape with the accelerator: the same alerts as without it, whatever rules and events hold."""

from __future__ import annotations

import random

import pytest
from accelerator_jar import built_jar
from compiling import TOPIC, binder, fired, loaded, run, script
from hostile_rules import COLUMNS, event, rules_of
from hypothesis import given, settings
from hypothesis import strategies as st

from schemagen.accelerator.calls import calls_of_function, is_matching
from schemagen.choices import Matching
from schemagen.detections.cost import predicted, query_costs
from schemagen.drift.sight import deployed_detections
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import parse_script
from schemagen.replay.engine import Replay
from schemagen.replay.jar_check import JarCheck
from schemagen.replay.results import Event

NAMES = "id BIGINT, log VARCHAR, S VARCHAR, T VARCHAR, R STRUCT<X VARCHAR, Y VARCHAR, V BIGINT>"


@pytest.fixture(scope="session")
def jar(tmp_path_factory):
    return built_jar(tmp_path_factory)


def accelerated(rules, columns=COLUMNS, **options):
    return script(rules, columns, accelerator=True, **options)


def flat(rules, columns=NAMES):
    return " ".join(accelerated(rules, columns).split())


def rule(detection, columns=NAMES, **options):
    return binder(columns, **options).bind(loaded(detection))


@settings(max_examples=max(2, settings().max_examples // 50))
@given(st.integers(min_value=0))
def test_the_function_stands_for_the_conditions_of_the_rules(seed):
    """40 rules on 200 events: 8,000 pairs an example; `thorough` tries 160,000."""
    rnd = random.Random(seed)
    rules = rules_of(rnd, 40)
    events = [event(rnd) for _ in range(200)]
    alone = fired(rules, events, COLUMNS, layout="insert")
    assert fired(rules, events, COLUMNS, accelerator=True) == alone


@pytest.mark.accelerator
def test_the_jar_finds_what_the_conditions_say(jar):
    """200 rules on 500 events: 100,000 pairs."""
    rnd = random.Random(20)
    rules = rules_of(rnd, 200)
    replay = Replay(accelerated(rules), "stream.sql")
    replay.jar = JarCheck(jar)
    events = [Event(TOPIC, event(rnd), "events", n) for n in range(500)]
    result = replay.run(events)
    assert not [each.what for each in result.findings if each.fatal]
    assert len(result.fired()) > 50


@pytest.mark.accelerator
def test_a_jar_that_finds_something_else_is_told(jar):
    rules = [rule({"S|contains": f"x{n}"}) for n in range(3)]
    replay = Replay(accelerated(rules, NAMES), "stream.sql")
    replay.jar = JarCheck(jar)
    call = next(node for made in replay.programs for node in calls_of_function(made.query.select))
    other = accelerated([rule({"S|contains": "y"})], NAMES)
    (instead,) = (n for each in parse_script(other) for n in calls_of_function(each))
    call.set("expressions", instead.expressions)
    result = replay.run([Event(TOPIC, {"S": "y"}), Event(TOPIC, {"S": "z"})])
    (notice,) = [each for each in result.findings if each.fatal]
    assert "in 1 of 2 events" in notice.what
    assert notice.events == (0,)


@pytest.mark.accelerator
def test_what_is_no_jar_of_the_accelerator_is_told(tmp_path, jar):
    assert jar.is_file()
    other = tmp_path / "other.jar"
    other.write_bytes(b"no jar")
    replay = Replay(accelerated([rule({"S": "x"})], NAMES), "stream.sql")
    replay.jar = JarCheck(other)
    with pytest.raises(InputError, match=r"other\.jar doesn't run here"):
        replay.run([Event(TOPIC, {"S": "x"})])


# -- the statements --------------------------------------------------------------------------------


def test_the_function_is_called_once_for_an_event_and_is_given_the_struct_as_it_is():
    rules = [rule({"R.X|contains": "evil", "R.Y": n, "id": n}) for n in range(1, 12)]
    sql = flat(rules)
    assert sql.count("SCHEMAGEN_MATCH_V1(") == 1
    assert "EXPLODE( SCHEMAGEN_MATCH_V1( R, ARRAY[CAST(id AS VARCHAR)], 'S1:" in sql
    assert "WHERE R['#TEST'] = 1;" in sql


def test_without_a_struct_the_function_is_given_texts():
    columns = "id INT, S VARCHAR"
    sql = flat([rule({"S": "x", "id": 4}, columns)], columns)
    assert "SCHEMAGEN_MATCH_V1( CAST(NULL AS VARCHAR), ARRAY[" in sql


def test_a_rule_that_the_function_decides_has_its_condition_in_a_comment():
    one = rule({"R.X|contains": "evil", "id": 4})
    sql = flat([one])
    key = one.rule.id[:8]
    assert f"WHEN R['{key}'] > 0 THEN" in sql
    assert "-- WHERE INSTR(LCASE(R->X), 'evil') > 0 AND id = 4" in sql
    assert "L['X']" not in sql


def test_a_rule_with_an_expression_has_its_condition_in_the_bundle_too():
    one = rule({"R.X|re": "e(v|w)il[0-9]"})
    sql = flat([one])
    key = one.rule.id[:8]
    assert f"WHEN R['{key}'] = 1 OR (R['{key}'] = 2 AND (REGEXP_EXTRACT(" in sql
    assert "T['X']" in sql


def test_candidates_carry_only_what_alerts_and_undecided_rules_read():
    sql = accelerated([rule({"S|contains": "x", "T": "y"})], NAMES)
    (first,) = [s for s in parse_script(sql) if next(calls_of_function(s), None) is not None]
    named = {each.alias for each in first.args["expression"].expressions}
    assert named == {"time", "host", "source", "R", "T"}


def test_a_new_rule_changes_its_bundle_and_the_specification_only():
    rules = [rule({"S|contains": f"needle {n}", "id": n}) for n in range(30)]
    before = parse_script(accelerated(rules[1:], NAMES))
    after = parse_script(accelerated(rules, NAMES))
    changed = [a for a, b in zip(after, before, strict=True) if a != b]
    assert len(changed) <= 2


def test_events_that_match_nothing_are_no_candidates():
    one = rule({"S|contains": "evil", "id": 1})
    events = [{"id": 1, "S": "Evil"}, {"id": 1, "S": "good"}, {"id": 9, "S": "evil"}, {}]
    found = run(accelerated([one], NAMES), events)
    assert [row.event for row in found.rows["ALERTS_CANDIDATES"]] == [0]
    assert found.fired() == {one.rule.id: [0]}


@pytest.fixture
def little_room(monkeypatch):
    monkeypatch.setattr("schemagen.detections.accelerated._ROOM", 300)


def test_rules_beyond_one_statement_are_found_by_several(little_room):
    assert little_room is None
    rules = [rule({"S|contains": f"needle {n * 7919}", "id": n % 5}) for n in range(60)]
    statements = parse_script(accelerated(rules, NAMES))
    finding = [each for each in statements if is_matching(each)]
    assert len(finding) > 2
    events = [{"id": n % 5, "S": f"a Needle {n * 7919}!"} for n in range(70)]
    expected = fired(rules, events, NAMES)
    assert fired(rules, events, NAMES, accelerator=True) == expected
    names = {each.name for each in deployed_detections(statements, "EVENTS")}
    assert names == {"A rule"}
    assert all(each.without(("S",)) for each in deployed_detections(statements, "EVENTS"))
    assert [each.matches for each in query_costs(statements)].count(True) == len(finding)


@pytest.mark.accelerator
def test_the_jar_is_asked_for_each_of_several_statements(jar, little_room):
    assert little_room is None
    rules = [rule({"S|contains": f"needle {n * 7919}", "id": n % 5}) for n in range(60)]
    replay = Replay(accelerated(rules, NAMES), "stream.sql")
    replay.jar = JarCheck(jar)
    result = replay.run([Event(TOPIC, {"id": n % 5, "S": f"needle {n * 7919}"}) for n in range(70)])
    assert not [each.what for each in result.findings if each.fatal]
    assert len(result.fired()) == 60


def test_the_function_costs_a_tenth_of_a_millisecond_at_most():
    rules = [rule({"S|contains": f"needle {n}", "id": n}) for n in range(200)]
    queries = query_costs(parse_script(accelerated(rules, NAMES)))
    assert predicted(queries) < 40 < predicted(query_costs(parse_script(script(rules, NAMES))))


@pytest.mark.parametrize("layout", ["streams", "insert"])
def test_other_layouts_have_no_accelerator(layout):
    with pytest.raises(InputError, match="evaluates bundles"):
        accelerated([rule({"S": "x"})], NAMES, layout=layout)


def test_like_has_no_accelerator():
    with pytest.raises(InputError, match="not by LIKE"):
        accelerated([rule({"S": "x"})], NAMES, matching=Matching.LIKE)


def test_a_specification_that_was_edited_is_refused():
    sql = accelerated([rule({"S": "x"})], NAMES)
    place = sql.index("'S1:") + 30
    broken = sql[:place] + ("B" if sql[place] == "A" else "A") + sql[place + 1 :]
    result = Replay(broken, "stream.sql").run([])
    (notice,) = [each for each in result.findings if "broken" in each.what]
    assert notice.fatal
