"""Applying scripts: which requests are sent, and what is left on the server."""

from __future__ import annotations

import catalogue
import pytest
from deploying import ALERTS, EVENTS, ONE, SCRIPT, TWO, applied, client_of, planned
from ksqldb_server import Fault, KsqlServer

from schemagen.deploy.dry_run import dry_run
from schemagen.deploy.marks import read_mark
from schemagen.deploy.preflight import preflight
from schemagen.deploy.server.failures import RefusedStatementError, ServerError, UncertainError

FIRST = ["CREATE STREAM EVENTS", "CREATE STREAM ALERTS", "INSERT INTO ALERTS", "INSERT INTO ALERTS"]


@pytest.fixture
def server():
    return KsqlServer(topics=["events"])


def deployed(server, sql=SCRIPT):
    execution, wrong = applied(server, sql)
    assert execution.error is None
    assert not wrong
    server.requests.clear()
    server.acted = 0
    return server


SLIM = "CREATE STREAM SLIM AS SELECT a FROM EVENTS WHERE n > {};"


# -- what is sent ----------------------------------------------------------------------------------


def test_the_first_deployment_sends_each_statement_once_in_the_order_of_the_script(server):
    execution, wrong = applied(server, SCRIPT)
    assert server.executed == FIRST
    assert [each.name for each in execution.done] == ["EVENTS", "ALERTS", "ONE", "TWO"]
    assert not wrong
    assert set(server.held) == {"ONE", "TWO"}


def test_every_statement_waits_for_the_one_before(server):
    applied(server, SCRIPT)
    numbers = [
        body.get("commandSequenceNumber")
        for body in server.sent
        if "NO_SUCH_DRY_RUN_GUARD" not in body["ksql"]
    ]
    assert numbers == [None, 0, 2, 4]


def test_an_insert_is_marked_with_whose_it_is_and_what_it_needs(server):
    applied(server, SCRIPT)
    mark = read_mark(server.held["ONE"].text)
    assert (mark.deployment, mark.streams) == ("events", ("ALERTS", "EVENTS"))
    assert "--" not in server.held["ONE"].text


def test_a_second_run_sends_nothing_that_changes_anything(server):
    deployed(server)
    execution, _ = applied(server, SCRIPT)
    assert not execution.done
    assert not server.sent


def test_a_changed_query_is_the_only_one_that_is_touched(server):
    deployed(server)
    applied(server, SCRIPT.replace("a = 'x'", "a = 'y'"))
    assert server.executed == ["TERMINATE ONE", "INSERT INTO ALERTS"]
    assert "'y'" in server.held["ONE"].text


def test_an_added_query_is_inserted_and_a_removed_one_terminated(server):
    deployed(server)
    three = ONE.replace("ONE", "THREE").format("z")
    applied(server, SCRIPT.replace(TWO.format(1), three))
    assert server.executed == ["TERMINATE TWO", "INSERT INTO ALERTS"]
    assert set(server.held) == {"ONE", "THREE"}


def test_new_columns_at_the_end_stop_no_query(server):
    deployed(server)
    applied(server, SCRIPT.replace("n INT", "n INT, t VARCHAR"))
    assert server.executed == ["CREATE OR REPLACE"]
    assert "T STRING" in server.statements["EVENTS"]


def test_a_change_inside_a_struct_takes_down_what_reads_the_stream(server):
    sql = EVENTS.format("a VARCHAR, n INT, s STRUCT<x INT>") + ALERTS + ONE.format("x")
    deployed(server, sql)
    applied(server, sql.replace("x INT", "x INT, y INT"))
    assert server.executed == [
        "TERMINATE ONE", "DROP STREAM EVENTS", "CREATE STREAM EVENTS", "INSERT INTO ALERTS",
    ]  # fmt: skip
    assert server.topics.keys() >= {"events", "alerts"}


def test_a_query_in_error_is_made_again(server):
    deployed(server)
    server.held["ONE"].state = "ERROR"
    applied(server, SCRIPT)
    assert server.executed == ["TERMINATE ONE", "INSERT INTO ALERTS"]


def test_what_is_set_in_the_script_is_set_for_the_queries_behind_it(server):
    sql = SCRIPT.replace("INSERT", "SET 'cache.max.bytes.buffering' = '0';\nINSERT", 1)
    applied(server, sql, offset_reset="earliest")
    assert server.held["ONE"].settings == {
        "cache.max.bytes.buffering": "0", "auto.offset.reset": "earliest",
    }  # fmt: skip
    assert not [body for body in server.sent if "SET" in body["ksql"].split()[0]]
    server.requests.clear()
    applied(server, sql)
    assert not server.sent


def test_a_stream_made_by_a_query_is_changed_where_it_is(server):
    sql = (
        EVENTS.format("a VARCHAR, n INT")
        + "CREATE STREAM SLIM AS SELECT a FROM EVENTS WHERE n > {};"
    )
    deployed(server, sql.format(1))
    applied(server, sql.format(2))
    assert server.executed == ["CREATE OR REPLACE"]
    assert applied(server, sql.format(2))[0].done == []


def test_what_the_server_can_not_change_in_place_is_made_anew(server, monkeypatch):
    sql = (
        EVENTS.format("a VARCHAR, n INT")
        + "CREATE STREAM SLIM AS SELECT a FROM EVENTS WHERE n > {};"
    )
    deployed(server, sql.format(1))

    def refuse(*_):
        raise catalogue.RefusedError("the types differ")

    monkeypatch.setattr(catalogue.Catalogue, "_upgradable", refuse)
    applied(server, sql.format(2))
    assert server.executed == ["DROP STREAM SLIM", "CREATE STREAM SLIM"]


# -- what belongs to others ------------------------------------------------------------------------

THEIRS = "INSERT INTO ALERTS WITH (QUERY_ID='THEIRS') SELECT a AS `a` FROM EVENTS;"


def test_a_stream_that_others_read_is_not_taken_down(server):
    deployed(server)
    server.run(THEIRS)
    with client_of(server) as client:
        prepared = planned(client, SCRIPT.replace("n INT", "n BIGINT"))
        (obstacle,) = [each.text for each in preflight(client, prepared) if each.is_fatal]
    assert "The query THEIRS works on EVENTS" in obstacle
    assert not server.sent


def test_what_others_have_is_made_again_word_by_word_where_the_user_names_it(server):
    deployed(server)
    server.run(THEIRS)
    applied(server, SCRIPT.replace("n INT", "n BIGINT"), include=frozenset({"THEIRS"}))
    assert server.held["THEIRS"].text == THEIRS
    assert read_mark(server.held["ONE"].text) is not None


def test_what_others_made_of_a_stream_is_made_again_though_the_server_refuses_its_own_words(server):
    """It writes CLEANUP_POLICY, and RETENTION_MS of a table, into what it takes neither in."""
    deployed(server)
    made = (
        "CREATE STREAM MADE AS SELECT a AS `a` FROM EVENTS;",
        "CREATE TABLE COUNTED AS SELECT a, COUNT(*) AS `n` FROM EVENTS GROUP BY a;",
        """CREATE TABLE HOURLY AS SELECT a, COUNT(*) AS `n` FROM EVENTS
            WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY a;""",
    )
    server.run(*made)
    before = dict(server.statements)
    names = frozenset({"MADE", "COUNTED", "HOURLY"})
    execution, wrong = applied(server, SCRIPT.replace("n INT", "n BIGINT"), include=names)
    assert execution.error is None
    assert not wrong
    assert {name: server.statements[name] for name in names} == {n: before[n] for n in names}


def test_a_query_of_others_that_has_the_id_of_ours_is_left_alone(server):
    server.run(
        EVENTS.format("a VARCHAR, n INT"),
        ALERTS.replace("ALERTS", "ELSEWHERE").replace("'alerts'", "'elsewhere'"),
        ONE.format("theirs").replace("ALERTS", "ELSEWHERE"),
    )
    theirs = server.held["ONE"].text
    with client_of(server) as client:
        (obstacle,) = [e.text for e in preflight(client, planned(client, SCRIPT)) if e.is_fatal]
    assert "QUERY_ID ONE is that of a query which writes into ELSEWHERE" in obstacle
    applied(server, SCRIPT.replace("'ONE'", "'MINE'"))
    assert server.held["ONE"].text == theirs


def test_what_somebody_else_has_taken_away_meanwhile_is_taken_away(server):
    """As the TERMINATE of a run that was killed, which the server was still executing."""
    deployed(server)
    server.faults = [Fault(server.acted + 1, "quicker")]
    execution, wrong = applied(server, SCRIPT.replace("'x'", "'y'"))
    assert execution.error is None
    assert not wrong
    assert "'y'" in server.held["ONE"].text


def test_another_deployment_on_the_same_alerts_is_left_alone(server):
    deployed(server)
    server.topics["other"] = 1
    other = (
        SCRIPT.replace("EVENTS", "OTHERS").replace("'events'", "'other'").replace("'ONE'", "'A'")
    )
    applied(server, other.replace("'TWO'", "'B'"), deployment="other")
    assert set(server.held) == {"ONE", "TWO", "A", "B"}
    server.requests.clear()
    applied(server, "", deployment="other")
    assert server.executed == ["TERMINATE B", "TERMINATE A", "DROP STREAM OTHERS"]
    assert set(server.held) == {"ONE", "TWO"}


# -- what is refused -------------------------------------------------------------------------------


def test_a_statement_that_the_server_refuses_is_found_by_the_dry_run_and_nothing_is_executed(
    server,
):
    with client_of(server) as client:
        tried = dry_run(client, planned(client, SCRIPT + "CREATE STREAM X AS SELECT a FROM NOPE;"))
    assert isinstance(tried.refusal, RefusedStatementError)
    assert tried.request.name == "X"
    assert not server.executed
    assert not server.statements


def test_a_statement_refused_in_the_middle_stops_and_a_second_run_goes_on(server):
    server.faults = [Fault(3, "refuse")]
    execution, _ = applied(server, SCRIPT)
    assert execution.stopped_at.name == "ONE"
    assert [each.name for each in execution.done] == ["EVENTS", "ALERTS"]
    assert "Somebody else was quicker" in execution.error.what
    server.requests.clear()
    applied(server, SCRIPT)
    assert server.executed == ["INSERT INTO ALERTS", "INSERT INTO ALERTS"]


def test_a_statement_that_fails_when_it_is_executed_stops(server):
    server.faults = [Fault(1, "fails")]
    execution, _ = applied(server, SCRIPT)
    assert execution.stopped_at.name == "EVENTS"
    assert "Something broke inside" in execution.error.what
    assert len(server.executed) == 1


def test_the_limit_of_queries_is_seen_before_anything_is_sent(server):
    server.limit = 1
    with client_of(server) as client:
        prepared = planned(client, SCRIPT)
        (obstacle,) = [each.text for each in preflight(client, prepared) if each.is_fatal]
        assert "takes 1 persistent query" in obstacle
        assert "needs 2" in obstacle
        assert "exceed the configured limit" in dry_run(client, prepared).refusal.message
    assert not server.executed


def test_at_the_limit_a_query_can_be_replaced(server):
    server.limit = 2
    deployed(server)
    execution, _ = applied(server, SCRIPT.replace("a = 'x'", "a = 'y'"))
    assert len(execution.done) == 2


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (SCRIPT.replace("'events'", "'missing'"), "There is no topic missing"),
        (SCRIPT.replace("'events'", "'events', PARTITIONS=3"), "has 1"),
        (SCRIPT.replace("'x'", f"'{'x' * 400_000}'"), "too large"),
    ],
)
def test_what_would_stop_half_way_is_seen_before(server, sql, says):
    with client_of(server) as client:
        obstacles = preflight(client, planned(client, sql))
    assert any(says in each.text for each in obstacles if each.is_fatal)
    assert not server.executed


def test_an_ill_server_is_not_deployed_to(server):
    server.ill = {"commandRunner"}
    with client_of(server) as client:
        (obstacle,) = preflight(client, planned(client, SCRIPT))
    assert "commandRunner is ill" in obstacle.text


def test_an_event_time_on_the_source_is_warned_of(server):
    sql = SCRIPT.replace("VALUE_FORMAT='JSON');", "VALUE_FORMAT='JSON', TIMESTAMP='n');", 1)
    with client_of(server) as client:
        (warning,) = preflight(client, planned(client, sql.replace("n INT", "n BIGINT")))
    assert not warning.is_fatal
    assert "LogAppendTime on the topic alerts" in warning.text


def test_a_topic_that_stamps_records_when_they_arrive_is_not_warned_of(server):
    sql = SCRIPT.replace("VALUE_FORMAT='JSON');", "VALUE_FORMAT='JSON', TIMESTAMP='n');", 1)
    with client_of(server) as client:
        prepared = planned(client, sql.replace("n INT", "n BIGINT"))
        assert preflight(client, prepared, lambda topics: topics & {"alerts"}) == []
        assert len(preflight(client, prepared, lambda topics: topics & {"others"})) == 1


# -- a connection that breaks ----------------------------------------------------------------------


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_connection_lost_after_the_server_acted_loses_nothing(server, place):
    server.faults = [Fault(place, "lost-after")]
    execution, wrong = applied(server, SCRIPT)
    assert execution.error is None
    assert server.executed == FIRST
    assert not wrong


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_connection_lost_before_the_server_acted_stops_and_nothing_is_sent_twice(server, place):
    server.faults = [Fault(place, "lost-before")]
    execution, _ = applied(server, SCRIPT)
    assert isinstance(execution.error, UncertainError)
    assert execution.is_uncertain
    assert server.executed == FIRST[:place]
    server.requests.clear()
    execution, wrong = applied(server, SCRIPT)
    assert server.executed == FIRST[place - 1 :]
    assert not wrong


def test_a_connection_lost_while_a_query_is_replaced(server):
    deployed(server)
    changed = SCRIPT.replace("a = 'x'", "a = 'y'")
    server.faults = [Fault(2, "lost-before")]
    execution, _ = applied(server, changed)
    assert execution.stopped_at.name == "ONE"
    assert set(server.held) == {"TWO"}
    server.requests.clear()
    applied(server, changed)
    assert server.executed == ["INSERT INTO ALERTS"]


def test_a_busy_server_is_waited_for(server):
    server.faults = [Fault(2, "busy"), Fault(3, "busy")]
    execution, _ = applied(server, SCRIPT)
    assert execution.error is None
    assert server.executed == [FIRST[0], FIRST[1], FIRST[1], *FIRST[1:]]
    assert set(server.held) == {"ONE", "TWO"}


def test_a_statement_that_takes_long_is_asked_for(server):
    server.faults = [Fault(3, "slow")]
    execution, _ = applied(server, SCRIPT)
    assert execution.error is None
    assert ("GET", "/status/stream/`ALERTS`/create", None) in server.requests


def test_a_query_without_a_task_is_reported(server):
    server.tasks = 0
    _, wrong = applied(server, SCRIPT)
    assert wrong == [f"{name} has no task yet: it reads nothing." for name in ("ONE", "TWO")]


# -- the whole of it -------------------------------------------------------------------------------

STATES = [
    "",
    SCRIPT,
    SCRIPT.replace("a = 'x'", "a = 'y'"),
    SCRIPT.replace("n INT", "n BIGINT"),
    EVENTS.format("a VARCHAR, n INT") + "CREATE STREAM ALERTS AS SELECT a FROM EVENTS WHERE n > 1;",
]


class KilledError(BaseException):
    """The process ends."""


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 2), (1, 3), (3, 4), (4, 1)])
def test_a_killed_apply_is_run_again(before, after):
    """Whatever the step at which it is killed, a second run ends in the wanted state."""
    steps = len(_steps(before, after))
    for place in range(1, steps + 1):
        for kind in ("lost-before", "lost-after"):
            server = _in_state(before)
            server.faults = [Fault(place, kind)]
            with pytest.raises(KilledError):
                _killed(server, STATES[after])
            server.faults = []
            _, wrong = applied(server, STATES[after])
            assert not wrong
            with client_of(server) as client:
                assert not planned(client, STATES[after]).requests


def _in_state(place):
    server = KsqlServer(topics=["events"])
    if STATES[place]:
        applied(server, STATES[place])
    server.acted = 0
    return server


def _steps(before, after):
    server = _in_state(before)
    with client_of(server) as client:
        return planned(client, STATES[after]).requests


def _killed(server, sql):
    """Apply until the connection breaks, and end there as a killed process does."""
    import schemagen.deploy.execute as module  # noqa: PLC0415 - patched

    def end(*_):
        raise KilledError

    looked = module.Executor._seen
    module.Executor._seen = end
    try:
        applied(server, sql)
    finally:
        module.Executor._seen = looked
    raise KilledError  # there was nothing to do


def test_a_server_that_is_gone_is_an_error_and_nothing_is_known_to_be_lost(server):
    server.faults = [Fault(1, "lost-before")]
    execution, _ = applied(server, SCRIPT)
    assert isinstance(execution.error, ServerError)
    assert not execution.done
