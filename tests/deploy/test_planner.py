"""From any deployed state to any wanted one: legal by ksqlDB's rules, and only what is needed."""

from __future__ import annotations

import pytest
from catalogue import Catalogue
from hypothesis import given
from hypothesis import strategies as st

from schemagen.deploy.canonical import same_select
from schemagen.deploy.catalog import catalog_of
from schemagen.deploy.plan import Action
from schemagen.deploy.planner import Ownership, plan_changes
from schemagen.ksqldb.dialect import columns, parse_script, properties

EVENTS = "CREATE STREAM EVENTS ({}) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON'{});"
ALERTS = "CREATE STREAM ALERTS (`a` VARCHAR) WITH (KAFKA_TOPIC='alerts', VALUE_FORMAT='JSON');"
ONE = "INSERT INTO ALERTS WITH (QUERY_ID='ONE') SELECT a AS `a` FROM EVENTS WHERE a = '{}';"
TWO = "INSERT INTO ALERTS WITH (QUERY_ID='TWO') SELECT a AS `a` FROM EVENTS WHERE n = {};"
SLIM = "CREATE STREAM SLIM AS SELECT a, n FROM EVENTS WHERE n > {};"


def statements(*sql):
    return parse_script("\n".join(sql), "script.sql")


def planned(before, after, **more):
    return plan_changes(catalog_of(statements(*before)), statements(*after), **more)


def done(made):
    """List the steps in the first words of their statements."""
    return [" ".join(line.split()[:4]) for line in _texts(made)]


def _texts(made):
    from schemagen.ksqldb.dialect import write  # noqa: PLC0415 - one of one user

    return [write(step.statement, pretty=False).rstrip(";") for step in made.steps]


def actions(made):
    return {change.name: str(change.action) for change in made.changes}


BASE = [EVENTS.format("a VARCHAR, n INT", ""), ALERTS, ONE.format("x"), TWO.format(1)]


def test_on_an_empty_server_everything_is_made_in_the_order_of_the_script():
    made = planned([], BASE)
    assert done(made) == [
        "CREATE STREAM EVENTS (a",
        "CREATE STREAM ALERTS (`a`",
        "INSERT INTO ALERTS WITH",
        "INSERT INTO ALERTS WITH",
    ]
    assert set(actions(made).values()) == {"create"}


def test_what_is_there_as_wanted_is_kept():
    made = planned(BASE, BASE)
    assert not made.steps
    assert set(actions(made).values()) == {"keep"}
    assert made.summary == "nothing to change in ksqlDB"


def test_a_changed_query_is_the_only_one_that_stops():
    made = planned(BASE, [*BASE[:2], ONE.format("y"), TWO.format(1)])
    assert done(made) == ["TERMINATE ONE", "INSERT INTO ALERTS WITH"]
    assert actions(made) == {
        "EVENTS": "keep", "ALERTS": "keep", "ONE": "replace", "TWO": "keep",
    }  # fmt: skip


def test_a_window_is_the_same_however_its_lengths_are_written():
    table = (
        "CREATE TABLE N AS SELECT a, COUNT(*) AS c FROM EVENTS WINDOW HOPPING (SIZE {}, ADVANCE BY "
        "{}) GROUP BY a;"
    )
    written = "CREATE TABLE N AS SELECT EVENTS.A A, COUNT(*) C FROM EVENTS EVENTS WINDOW HOPPING ( SIZE 2 HOURS , ADVANCE BY 1 HOURS ) GROUP BY EVENTS.A EMIT CHANGES;"  # noqa: E501 - as a server writes it
    script = parse_script(EVENTS.format("a VARCHAR", "") + table.format("2 HOURS", "1 HOUR"))
    again = parse_script(EVENTS.format("a VARCHAR", "") + written)
    assert not plan_changes(catalog_of(again), script).steps
    other = parse_script(EVENTS.format("a VARCHAR", "") + table.format("2 HOURS", "1 MINUTE"))
    assert plan_changes(catalog_of(again), other).steps


def test_a_query_that_is_gone_from_the_script_ends_and_its_stream_stays_while_it_is_used():
    made = planned(BASE, BASE[:3])
    assert done(made) == ["TERMINATE TWO"]


def test_a_new_column_at_the_end_stops_nothing():
    made = planned(BASE, [EVENTS.format("a VARCHAR, n INT, t VARCHAR", ""), *BASE[1:]])
    assert done(made) == ["CREATE OR REPLACE STREAM"]
    (change,) = made.named(Action.REPLACE)
    assert change.reason == "1 new column at the end: T"


def test_a_change_inside_a_struct_takes_down_what_reads_the_stream_and_nothing_else():
    other = "CREATE STREAM OTHER (a VARCHAR) WITH (KAFKA_TOPIC='o', VALUE_FORMAT='JSON');"
    kept = "INSERT INTO ALERTS WITH (QUERY_ID='KEPT') SELECT a AS `a` FROM OTHER;"
    before = [EVENTS.format("a VARCHAR, s STRUCT<x INT>", ""), ALERTS, ONE.format("x"), other, kept]
    after = [EVENTS.format("a VARCHAR, s STRUCT<x INT, y INT>", ""), *before[1:]]
    made = planned(before, after)
    assert done(made) == [
        "TERMINATE ONE",
        "DROP STREAM EVENTS",
        "CREATE STREAM EVENTS (a",
        "INSERT INTO ALERTS WITH",
    ]
    assert actions(made)["KEPT"] == "keep"
    assert "ksqlDB can't change 1 column in place: S" in made.changes[0].reason


def test_a_query_that_makes_a_stream_is_changed_in_place():
    before = [BASE[0], SLIM.format(1), "CREATE STREAM MORE AS SELECT a FROM SLIM;"]
    made = planned(before, [BASE[0], SLIM.format(2), before[2]])
    assert done(made) == ["CREATE OR REPLACE STREAM"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SLIM.format(1), "CREATE TABLE SLIM AS SELECT a, COUNT(*) AS n FROM EVENTS GROUP BY a;"),
        (SLIM.format(1), "CREATE STREAM SLIM (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');"),
        (SLIM.format(1), SLIM.format(1).replace("SLIM AS", "SLIM WITH (KAFKA_TOPIC='s') AS")),
        (
            "CREATE TABLE SLIM AS SELECT a, COUNT(*) AS n FROM EVENTS GROUP BY a;",
            "CREATE TABLE SLIM AS SELECT a, COUNT(*) AS n FROM EVENTS WHERE n > 1 GROUP BY a;",
        ),
    ],
)
def test_what_can_not_be_changed_in_place_is_made_anew(before, after):
    made = planned([BASE[0], before], [BASE[0], after])
    assert done(made)[0].startswith("DROP")
    assert actions(made)["SLIM"] == "rebuild"


def test_a_stream_that_the_server_refused_to_replace_is_made_anew():
    before, after = [BASE[0], SLIM.format(1)], [BASE[0], SLIM.format(2)]
    made = planned(before, after, rebuild={"SLIM"})
    assert done(made) == ["DROP STREAM SLIM", "CREATE STREAM SLIM AS"]


# -- what belongs to others ------------------------------------------------------------------------

FOREIGN = "INSERT INTO ALERTS WITH (QUERY_ID='THEIRS') SELECT a AS `a` FROM EVENTS;"
OURS = Ownership(frozenset({"EVENTS", "ALERTS", "SLIM"}), frozenset({"ONE", "TWO"}))


def test_a_query_of_others_keeps_running():
    made = planned([*BASE, FOREIGN], [*BASE[:2], ONE.format("y")], ownership=OURS)
    assert done(made) == ["TERMINATE TWO", "TERMINATE ONE", "INSERT INTO ALERTS WITH"]
    assert not made.blocked


def test_a_stream_that_others_read_is_not_dropped_without_being_named():
    wanted = [EVENTS.format("a INT, n INT", ""), *BASE[1:]]
    made = planned([*BASE, FOREIGN], wanted, ownership=OURS)
    assert made.blocked == [
        "The query THEIRS works on EVENTS, which must be taken down, and is not of this script."
    ]
    theirs = "CREATE STREAM THEIRS AS SELECT a FROM EVENTS;"
    made = planned([*BASE, theirs], wanted, ownership=OURS)
    assert "THEIRS is made of EVENTS" in made.blocked[0]


def test_what_others_have_and_the_user_named_is_made_again_as_it_was():
    wanted = [EVENTS.format("a INT, n INT", ""), *BASE[1:]]
    named = Ownership(OURS.relations, OURS.queries, frozenset({"MADE"}))
    made = planned([*BASE, "CREATE STREAM MADE AS SELECT a FROM EVENTS;"], wanted, ownership=named)
    assert not made.blocked
    assert done(made)[-1] == "CREATE STREAM MADE AS"


def test_a_stream_that_the_script_has_no_more_stays_while_others_use_it():
    made = planned([*BASE, FOREIGN], [], ownership=OURS)
    assert done(made) == ["TERMINATE TWO", "TERMINATE ONE"]
    assert actions(made)["EVENTS"] == actions(made)["ALERTS"] == "keep"
    made = planned(BASE, [], ownership=OURS)
    assert done(made)[-2:] == ["DROP STREAM ALERTS", "DROP STREAM EVENTS"]


# -- the law ---------------------------------------------------------------------------------------

COLUMNS = st.sampled_from(
    ["a VARCHAR, n INT", "a VARCHAR, n INT, t VARCHAR", "a VARCHAR, n BIGINT", "n INT, a VARCHAR"]
)
MORE = st.sampled_from(["", ", TIMESTAMP='n'"])
CONDITION = st.sampled_from(["n > 1", "a = 'x'", "a IN ('x', 'y')"])
ITEMS = st.sampled_from(["a, n", "a, n, n + 1 AS m", "n, a"])


@st.composite
def scripts(draw):
    """Draw a script that runs on an empty server: streams, what queries make of them, inserts."""
    sql, readable = [], []
    for name in ("EVENTS", "OTHER"):
        if draw(st.booleans()):
            kind = draw(st.sampled_from(["CREATE STREAM", "CREATE SOURCE STREAM"]))
            head = f"{kind} {name} ({draw(COLUMNS)})"
            sql.append(f"{head} WITH (KAFKA_TOPIC='{name}', VALUE_FORMAT='JSON'{draw(MORE)});")
            readable.append(name)
    for name in ("MADE", "SLIM", "JOINED"):
        if readable and draw(st.booleans()):
            source = draw(st.sampled_from(readable))
            if name == "JOINED" and draw(st.booleans()):
                other = draw(st.sampled_from(readable))
                sql.append(
                    f"CREATE STREAM JOINED AS SELECT l.a AS a, r.n AS n FROM {source} l "
                    f"JOIN {other} r WITHIN 1 HOURS ON l.a = r.a;"
                )
            else:
                where = draw(CONDITION)
                sql.append(
                    f"CREATE STREAM {name} AS SELECT {draw(ITEMS)} FROM {source} WHERE {where};"
                )
            readable.append(name)
    written = [name for name in readable if name in {"MADE", "JOINED"}]
    if draw(st.booleans()):
        sql.append(ALERTS)
        written.append("ALERTS")
    for name in ("ONE", "TWO", "THREE"):
        if readable and written and draw(st.booleans()):
            sink, source = draw(st.sampled_from(written)), draw(st.sampled_from(readable))
            sql.append(
                f"INSERT INTO {sink} WITH (QUERY_ID='{name}') SELECT a FROM {source} "
                f"WHERE {draw(CONDITION)};"
            )
    return parse_script("\n".join(sql), "script.sql")


@given(scripts(), scripts())
def test_every_plan_is_legal_and_ends_in_the_wanted_state(before, after):
    catalogue, wanted = Catalogue(before), Catalogue(after)
    made = plan_changes(catalog_of(before), after)
    for step in made.steps:
        catalogue.run(step.statement)
    assert catalogue.readers == wanted.readers
    assert set(catalogue.sources) == set(wanted.sources)
    for name, statement in wanted.sources.items():
        found = catalogue.sources[name]
        assert columns(found) == columns(statement)
        assert properties(found) == properties(statement)
        query = statement.args.get("expression")
        assert query is None or same_select(found.args["expression"], query)
    again = plan_changes(catalog_of(after), after)
    assert not again.steps


@given(scripts(), scripts(), scripts())
def test_what_is_not_ours_is_never_touched(ours, theirs, after):
    """Two deployments on one server: a plan for one leaves the queries of the other alone."""
    theirs = [each for each in theirs if each.args.get("expression") is not None]
    catalogue = Catalogue([])
    deployed = []
    for statement in [*ours, *theirs]:
        try:
            catalogue.run(statement)
        except Exception:  # noqa: BLE001 - what the server refuses is not deployed
            continue
        deployed.append(statement)
    mine = catalog_of(ours)
    owned = Ownership(
        frozenset(mine.relations), frozenset(q.id for q in mine.inserts if q.id is not None)
    )
    foreign = {
        key: value
        for key, value in catalogue.readers.items()
        if key not in owned.queries and value[1] not in owned.relations
    }
    made = plan_changes(catalog_of(deployed), after, owned)
    if made.blocked:
        return
    named = catalog_of(after)
    for step in made.steps:
        catalogue.run(step.statement)
    for key, value in foreign.items():
        if value[1] not in named.relations and named.query(key) is None:
            assert catalogue.readers[key] == value
