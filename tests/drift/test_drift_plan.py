"""Plans: the fewest statements that ksqlDB allows, and that a judge of its rules accepts."""

from __future__ import annotations

import re

import drifting
import pytest
from catalogue import Catalogue, RefusedError
from compiling import alerts, loaded, settings
from drifting import by_hand, drift, mended
from hypothesis import example, given
from hypothesis import strategies as st
from sqlglot import exp
from strategies import BATCHES

from schemagen.deploy.detections import rules_in
from schemagen.drift.evolution import ColumnEvolution, WantedChanges
from schemagen.drift.sight import deployed_detections
from schemagen.ksqldb.deserializer import Effect, judge
from schemagen.ksqldb.dialect import columns, parse_script, properties, write, write_script
from schemagen.ksqldb.scripts import target_of
from schemagen.ksqldb.types import Struct, parse_type, render
from schemagen.schema.shape import copied
from schemagen.workspace.rules import topic_binder

HEAD = "CREATE {}STREAM EVENTS ({}) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON'{});"


def base(declared, more="", queries="", messages=None, kind=""):
    return by_hand(HEAD.format(kind, declared, more) + queries, messages)


def many(count, /, **message):
    return [dict(message) for _ in range(count)]


def planned(start, messages):
    """Make a plan, run it against the judge, and give its text and what is there then."""
    made = mended(start, messages, drift(start, messages))
    catalogue = Catalogue(start.declared.script)
    statements = parse_script(made.sql(), "plan.sql")
    for statement in statements:
        catalogue.run(statement)
    return made, catalogue


def kinds(made):
    return [type(step.statement).__name__ for step in made.steps]


def test_the_declaration_that_detections_read_gets_the_new_types_as_well():
    watched = (
        "CREATE STREAM EVENTS_WATCHED (a BIGINT) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');"
        "CREATE STREAM FOUND AS SELECT a FROM EVENTS_WATCHED WHERE a > 5;"
    )
    start = base("a BIGINT, b BIGINT", queries=watched, messages=many(300, a=1, b=2))
    made, catalogue = planned(start, many(300, a="x", b=2))
    made_anew = {
        target_of(step.statement): step.statement
        for step in made.steps
        if isinstance(step.statement, exp.Create)
    }
    assert list(made_anew) == ["EVENTS", "EVENTS_WATCHED", "FOUND"]
    assert "(a VARCHAR)" in write(made_anew["EVENTS_WATCHED"], pretty=False)
    assert catalogue is not None


def test_nothing_to_do():
    start = base("a VARCHAR", messages=many(300, a="x"))
    made, _ = planned(start, many(300, a="x"))
    assert not made.steps
    assert made.summary == "nothing to change in ksqlDB"
    assert made.sql() == "-- EVENTS needs no change in ksqlDB.\n"


def test_new_columns_at_the_end_replace_the_stream_in_place():
    start = base("`b` VARCHAR, a VARCHAR", messages=many(300, b="x", a="y"))
    made, catalogue = planned(start, many(300, b="x", a="y", aa=1, Group={"x": [1.5]}))
    assert made.replaces
    assert kinds(made) == ["Create"]
    assert render(catalogue.columns("EVENTS")) == (
        "STRUCT<`b` VARCHAR, a VARCHAR, `Group` STRUCT<x ARRAY<DOUBLE>>, aa BIGINT>"
    )


def test_a_source_stream_can_not_be_replaced():
    start = base("a VARCHAR", messages=many(300, a="x"), kind="SOURCE ")
    made, catalogue = planned(start, many(300, a="x", b="y"))
    assert kinds(made) == ["DropSource", "Create"]
    assert catalogue.sources["EVENTS"].args["source"]


def test_columns_that_lose_nothing_stay_as_somebody_wrote_them():
    declared = "z STRUCT<q VARCHAR, `P` INT>, raw VARCHAR, n INT, m MAP<VARCHAR, VARCHAR>"
    old = many(300, z={"q": 1, "P": 2}, raw={"any": 1}, n=1, m={"k": 5})
    start = base(declared, messages=old)
    _, catalogue = planned(start, many(300, z={"q": 1, "P": 2}, raw={}, n="no", m={"k": 5}))
    assert (
        render(catalogue.columns("EVENTS")) == f"STRUCT<{declared.replace('n INT', 'n VARCHAR')}>"
    )


def test_keys_and_headers_stay():
    sql = HEAD.format("", "k VARCHAR KEY, h BYTES HEADER('h'), n INT", ", KEY_FORMAT='KAFKA'")
    start = by_hand(sql, many(300, n=1))
    made, _ = planned(start, many(300, n="no", new="x"))
    (create,) = [step.statement for step in made.steps if type(step.statement).__name__ == "Create"]
    found = columns(create)
    assert [(c.name, render(c.type)) for c in found] == [
        ("k", "VARCHAR"),
        ("h", "BYTES"),
        ("n", "VARCHAR"),
        ("new", "VARCHAR"),
    ]
    assert (found[0].is_key, found[1].is_header) == (True, True)


# -- what reads the stream ------------------------------------------------------------------------

QUERIES = """
CREATE STREAM SLIM AS SELECT a, n FROM EVENTS;
CREATE STREAM ALERTS (a VARCHAR) WITH (KAFKA_TOPIC='alerts', VALUE_FORMAT='JSON', PARTITIONS=1);
INSERT INTO ALERTS WITH (QUERY_ID='ONE') SELECT a FROM SLIM WHERE a = 'x';
INSERT INTO ALERTS WITH (QUERY_ID='OTHER') SELECT a FROM ELSEWHERE;
CREATE STREAM LOUD AS SELECT a FROM SLIM WHERE a = 'y';
CREATE STREAM LATER AS SELECT a FROM ALERTS;
"""
ELSEWHERE = "CREATE STREAM ELSEWHERE (a VARCHAR) WITH (KAFKA_TOPIC='else', VALUE_FORMAT='JSON');"


def test_what_reads_it_is_taken_down_leaf_first_and_made_anew_root_first():
    start = base("a VARCHAR, n INT", queries=ELSEWHERE + QUERIES, messages=many(300, a="x", n=1))
    made, catalogue = planned(start, many(300, a="x", n="no"))
    text = [line for line in made.sql().splitlines() if line[:1] not in {"-", " ", ""}]
    done = [re.split(r" \(| AS\b|;", line)[0] for line in text]
    assert [line for line in done if line.startswith(("TERM", "DROP", "CREATE", "INSERT"))] == [
        "TERMINATE ONE",
        "DROP STREAM LOUD",
        "DROP STREAM SLIM",
        "DROP STREAM EVENTS",
        "CREATE STREAM EVENTS",
        "CREATE STREAM SLIM",
        "INSERT INTO ALERTS WITH",
        "CREATE STREAM LOUD",
    ]
    assert set(catalogue.readers) == {"CSAS_SLIM", "ONE", "OTHER", "CSAS_LOUD", "CSAS_LATER"}
    assert "DELETE TOPIC" not in made.sql()


def test_a_query_without_an_id_can_only_be_terminated_by_hand():
    queries = (
        "CREATE STREAM ALERTS (a VARCHAR) WITH (KAFKA_TOPIC='alerts', VALUE_FORMAT='JSON');"
        "INSERT INTO ALERTS SELECT a FROM EVENTS;"
    )
    start = base("a VARCHAR, n INT", queries=queries, messages=many(300, a="x", n=1))
    made = mended(start, many(300, a="x", n="no"), drift(start, many(300, a="x", n="no")))
    assert "By hand: TERMINATE the query that inserts into ALERTS" in made.sql()
    catalogue = Catalogue(start.declared.script)
    drop = parse_script(made.sql(), "plan.sql")[0]
    with pytest.raises(RefusedError, match="reads or writes EVENTS"):
        catalogue.run(drop)


def test_a_query_that_reads_what_is_something_else_now_is_marked():
    queries = "CREATE STREAM ALERTS AS SELECT o->p AS p FROM EVENTS WHERE o->p = 'x';"
    start = base("o STRUCT<p VARCHAR>", queries=queries, messages=many(300, o={"p": "x"}))
    made, _ = planned(start, many(300, o="text"))
    assert "-- Check before you run it: O->P is something else" in made.sql()


def test_a_name_in_back_ticks_is_dropped_by_that_name():
    sql = HEAD.format("", "a INT", "").replace("EVENTS", "`events`")
    sql += "CREATE STREAM `found` AS SELECT a FROM `events`; CREATE STREAM MORE AS SELECT a FROM "
    start = by_hand(sql + "`found`;", many(300, a=1))
    made, catalogue = planned(start, many(300, a="no"))
    assert "DROP STREAM `found`;" in made.sql()
    assert set(catalogue.sources) == {"events", "found", "MORE"}


def test_two_columns_that_differ_in_back_ticks_keep_their_types_apart():
    start = base("`a` BOOLEAN, a BIGINT", messages=many(300, a=1))
    _, catalogue = planned(start, many(300, A="no"))
    assert render(catalogue.columns("EVENTS")) == "STRUCT<`a` BIGINT, a VARCHAR>"


def test_a_key_column_has_its_name_for_itself():
    start = base("id VARCHAR KEY, a VARCHAR", messages=many(300, a="x"))
    made, _ = planned(start, many(300, a="x", id="y"))
    assert not made.steps
    assert "id is left out: a key or header column has its name." in made.sql()


def test_a_column_that_was_added_later_is_there():
    start = base("a VARCHAR", queries="ALTER STREAM EVENTS ADD COLUMN b INT;", messages=many(300))
    made, catalogue = planned(start, many(300, a="x", b=1, c="new"))
    assert made.replaces
    assert render(catalogue.columns("EVENTS")) == "STRUCT<a VARCHAR, b INT, c VARCHAR>"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("INSERT INTO T WITH (QUERY_ID='Q') SELECT * FROM EVENTS;", "T has its own"),
        ("INSERT INTO EVENTS WITH (QUERY_ID='Q') SELECT * FROM T;", "all in order"),
    ],
)
def test_an_insert_must_give_the_columns_of_its_target(query, says):
    other = "CREATE STREAM T (a INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);"
    start = base("a INT", queries=other + query, messages=many(300, a=1))
    made, _ = planned(start, many(300, a="no", b=1))
    assert says in made.sql()


def test_what_looks_into_an_object_that_is_a_map_now_is_marked():
    queries = "CREATE STREAM ALERTS AS SELECT o->p AS p FROM EVENTS WHERE o->p = 'x';"
    start = base("o STRUCT<p VARCHAR>", queries=queries, messages=many(300, o={"p": "x"}))
    made, _ = planned(start, [{"o": {"p": "x", f"10.0.{n}.1": "y"}} for n in range(300)])
    assert "Check before you run it: O->P is something else" in made.sql()


@pytest.mark.parametrize(
    "query",
    [
        "CREATE STREAM A AS SELECT n FROM EVENTS WHERE n = 1;",
        "CREATE STREAM A AS SELECT e.n AS x FROM EVENTS e;",
        "CREATE STREAM S AS SELECT n AS x FROM EVENTS; CREATE STREAM A AS SELECT x FROM S;",
        "CREATE STREAM S AS SELECT * FROM EVENTS; CREATE STREAM A AS SELECT n + 1 AS x FROM S;",
    ],
)
def test_a_column_of_another_type_is_told_wherever_it_is_read(query):
    start = base("a VARCHAR, n INT", queries=query, messages=many(300, a="x", n=1))
    made, _ = planned(start, many(300, a="x", n="no"))
    (step,) = [step for step in made.steps if step.statement and target_of(step.statement) == "A"][
        1:
    ]
    assert step.remarks == ["Check before you run it: N is something else in the new columns."]


def test_a_column_that_stays_is_not_told_though_one_of_another_stream_has_the_name():
    query = """
    CREATE STREAM O (n INT, a VARCHAR) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');
    CREATE STREAM A AS SELECT o.n AS n FROM EVENTS e JOIN O o WITHIN 1 MINUTES ON e.a = o.a;
    """
    start = base("a VARCHAR, n INT", queries=query, messages=many(300, a="x", n=1))
    made, _ = planned(start, many(300, a="x", n="no"))
    assert made.steps
    assert "Check before" not in made.sql()


# -- rules that are compiled anew -----------------------------------------------------------------


def deployed(layout, queries=""):
    """Give events with a file of statements as `ddl` writes it, and how to compile it anew."""
    events = many(300, title="x", n=1)
    rules = [loaded({"title": f"v{n}"}, title=f"Rule {n}") for n in range(3)]

    def compiled(columns, _, layout=layout):
        bind = topic_binder(settings(), columns, None).bind
        return alerts([bind(rule) for rule in rules], columns, layout)

    start = base("`title` VARCHAR, `n` INT", messages=events)
    script = write_script(compiled(start.declared.columns, None))
    return base("`title` VARCHAR, `n` INT", "", script + queries, events), compiled


def replanned(start, compiled):
    messages = many(300, title="x", n="no")
    made = mended(start, messages, drift(start, messages), compiled)
    catalogue = Catalogue(start.declared.script)
    for statement in parse_script(made.sql(), "plan.sql"):
        catalogue.run(statement)
    return made, catalogue


@pytest.mark.parametrize("layout", ["streams", "insert", "bundle"])
@pytest.mark.parametrize("then", ["streams", "insert", "bundle"])
def test_every_rule_runs_once_after_a_plan_whatever_the_layout(layout, then):
    start, compiled = deployed(layout)
    made, _ = replanned(start, lambda columns, seen: compiled(columns, seen, then))
    again = parse_script(made.sql(), "plan.sql")
    names = [watch.name for watch in deployed_detections(again, "EVENTS")]
    assert sorted(names) == ["Rule 0", "Rule 1", "Rule 2"]


@pytest.mark.parametrize("layout", ["insert", "bundle"])
def test_a_query_by_hand_into_the_alerts_is_made_again(layout):
    query = """
    INSERT INTO ALERTS WITH (QUERY_ID='MINE') SELECT FROM_UNIXTIME(ROWTIME) AS `time` FROM EVENTS;
    """
    start, compiled = deployed(layout, query)
    _, catalogue = replanned(start, compiled)
    assert "MINE" in catalogue.readers


def test_what_reads_the_alerts_comes_after_them():
    start, compiled = deployed("streams")
    alert = next(name for name in map(target_of, start.declared.script) if "RULE_1" in name)
    start, compiled = deployed("streams", f"CREATE STREAM PAGER AS SELECT * FROM {alert};")
    _, catalogue = replanned(start, compiled)
    assert "PAGER" in catalogue.sources


def test_a_rule_that_can_not_be_compiled_any_more_is_named():
    start, compiled = deployed("bundle")
    gone = next(iter(rules_in(start.declared.script[-1])))
    made, _ = replanned(
        start,
        lambda *now: [each for each in compiled(*now, "insert") if gone not in rules_in(each)],
    )
    assert f"The rule {gone} ran before and is not among these." in made.sql()
    assert len(deployed_detections(parse_script(made.sql(), "plan.sql"), "EVENTS")) == 2


# -- the event time -------------------------------------------------------------------------------

TIME = ", TIMESTAMP='`t`', TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ss.SSSX'"
WHEN = "2025-03-11T08:01:12.603Z"


def test_a_pattern_that_reads_old_and_new_times_is_found():
    start = base("`t` VARCHAR", TIME, messages=many(300, t=WHEN))
    made, catalogue = planned(start, many(300, t="2025-03-11T08:01:12Z"))
    assert kinds(made) == ["DropSource", "Create"]
    pattern = properties(catalogue.sources["EVENTS"])["TIMESTAMP_FORMAT"]
    assert pattern == "yyyy-MM-dd'T'HH:mm:ss[.SSS][.SS][.S]X"


def test_where_no_pattern_reads_all_the_time_is_left_to_kafka():
    start = base("`t` VARCHAR", TIME, messages=many(300, t=WHEN))
    made, catalogue = planned(start, many(300, t="yesterday"))
    assert "TIMESTAMP" not in properties(catalogue.sources["EVENTS"])
    assert "TIMESTAMP is left out" in made.sql()
    assert "yesterday" not in made.sql()


@pytest.mark.parametrize("value", ["2025-03-11T08:01:12Z", 1741680072603.5, True])
def test_an_event_time_of_a_type_that_ksqldb_takes_for_none_is_left_out(value):
    start = base("t BIGINT, a VARCHAR", ", TIMESTAMP='t'", messages=many(300, t=1741680072603))
    made, catalogue = planned(start, many(300, t=value))
    assert "TIMESTAMP" not in properties(catalogue.sources["EVENTS"])
    assert "TIMESTAMP is left out" in made.sql()


# -- laws -----------------------------------------------------------------------------------------


@example([], [{"id": [], "ID": False}], True)  # noqa: FBT003 - a case of the law
@given(BATCHES, BATCHES, st.booleans())
def test_mended_columns_keep_what_can_be_kept_and_nothing_moves(before, after, wide):
    old = [{"a": 1, **message} for message in before] or [{"a": 1}]
    start = drifting.baseline(old)
    seen = copied([drifting.evidence(m).profile.root for m in (old, after)])
    declared = start.declared.columns
    wanted = {(key,) for key in seen.fields} if wide else set()
    made = ColumnEvolution(WantedChanges(fields=wanted)).columns(declared, seen)
    kept = made.fields[: len(declared.fields)]
    assert [(f.name, f.quoted) for f in kept] == [(f.name, f.quoted) for f in declared.fields]
    assert not [loss for loss in judge(made, seen) if loss.effect is Effect.DROPS]
    unchanged = [
        (one, two)
        for one, two in zip(declared.fields, kept, strict=True)
        if not judge(Struct((one,)), seen)
    ]
    assert all(one == two for one, two in unchanged)


def test_a_map_that_is_asked_for():
    seen = drifting.evidence([{"m": {"x": 1}}, {"m": {"y": 2}}]).profile.root
    made = ColumnEvolution(WantedChanges(maps={("m",)})).columns(
        parse_type("STRUCT<m STRUCT<x BIGINT>>"), seen
    )
    assert render(made) == "STRUCT<m MAP<VARCHAR, BIGINT>>"


def test_a_new_field_in_the_values_of_a_map():
    start = base("m MAP<VARCHAR, STRUCT<x INT>>", messages=many(300, m={"k": {"x": 1}}))
    _, catalogue = planned(start, many(300, m={"k": {"x": 1, "y": "new"}}))
    assert render(catalogue.columns("EVENTS")) == (
        "STRUCT<m MAP<VARCHAR, STRUCT<x INT, y VARCHAR>>>"
    )


def test_a_key_that_can_not_be_a_name_is_left_out_with_the_reason():
    seen = drifting.evidence([{"a": 1, " b": 2}]).profile.root
    mender = ColumnEvolution(WantedChanges(fields={(" b",)}))
    assert render(mender.columns(parse_type("STRUCT<a BIGINT>"), seen)) == "STRUCT<a BIGINT>"
    assert list(mender.left_out) == [(" b",)]
