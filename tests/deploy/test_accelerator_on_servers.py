"""Statements that call the accelerator, and servers that have its function or not."""

from __future__ import annotations

import pytest
from compiling import binder, loaded, script
from deploying import applied, client_of, planned
from ksqldb_server import KsqlServer

from schemagen.deploy.accelerator import missing_functions
from schemagen.deploy.preflight import preflight
from schemagen.deploy.script import parse_text
from schemagen.deploy.status import read_status

COLUMNS = "id BIGINT, S VARCHAR, R STRUCT<X VARCHAR>"
SQL = script(
    [binder(COLUMNS).bind(loaded({"R.X|contains": f"x{n}", "id": n})) for n in range(3)],
    COLUMNS,
    accelerator=True,
)
SQL = SQL.replace("KAFKA_TOPIC = 'alerts',", "KAFKA_TOPIC = 'alerts', PARTITIONS = 1,")
NAME = "SCHEMAGEN_MATCH_V1"


@pytest.fixture
def server():
    made = KsqlServer(topics=["events"])
    made.functions.add(NAME)
    return made


def test_a_server_that_has_the_function_takes_the_statements(server):
    execution, wrong = applied(server, SQL)
    assert execution.error is None
    assert not wrong
    assert ("POST", "/ksql") in {(method, path) for method, path, _ in server.requests}
    described = [b["ksql"] for _, _, b in server.requests if b and "FUNCTION" in b["ksql"]]
    assert described == [f"DESCRIBE FUNCTION {NAME};"] * 2


def test_a_server_without_the_jar_is_told_before_anything_is_sent(server):
    server.functions.clear()
    with client_of(server) as client:
        found = [each for each in preflight(client, planned(client, SQL)) if each.is_fatal]
    assert f"The server has no function {NAME}" in found[0].text
    assert "schemagen-accelerator-1.jar" in found[0].text
    assert not server.executed


def test_statements_without_the_function_ask_for_none(server):
    applied(
        server,
        script([binder(COLUMNS).bind(loaded({"S": "x"}))], COLUMNS, "insert").replace(
            "KAFKA_TOPIC = 'alerts',", "KAFKA_TOPIC = 'alerts', PARTITIONS = 1,"
        ),
    )
    assert not [b for _, _, b in server.requests if b and "FUNCTION" in b["ksql"]]


def test_a_specification_that_was_cut_off_is_not_deployed(server):
    place = SQL.index("'S1:") + 60
    broken = SQL[:place] + SQL[place + 4 :]
    with client_of(server) as client:
        found = [each.text for each in preflight(client, planned(client, broken)) if each.is_fatal]
    assert "ALERTS_CANDIDATES: The specification of SCHEMAGEN_MATCH_V1 is broken" in found[0]


def test_status_sees_a_server_that_lost_the_jar_and_with_it_its_queries(server):
    applied(server, SQL)
    server.functions.clear()
    server.held.clear()
    with client_of(server) as client:
        found = read_status(client, client.info(), "events", None, now=0)
    assert any(f"The server has no function {NAME}" in each for each in found.troubles)


def test_another_refusal_is_not_taken_for_a_missing_function(server):
    server.forbidden = True
    with client_of(server) as client, pytest.raises(Exception, match=r"allow|permission|403"):
        missing_functions(client, parse_text(SQL, "stream.sql").trees)
