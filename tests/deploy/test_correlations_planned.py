"""Correlations on a server: a rule more or less changes queries, and the windows stay."""

from __future__ import annotations

import pytest
from correlating import base, correlation, script
from deploying import applied, client_of, planned
from ksqldb_server import KsqlServer

from schemagen.deploy.catalog import catalog_of
from schemagen.deploy.planner import plan_changes
from schemagen.ksqldb.dialect import parse_script, write

COUNT = correlation("event_count", ["a"], condition={"gte": 2})


@pytest.fixture
def plan(tmp_path):
    def planned(before, after):
        first, second = (
            parse_script(script(tmp_path, *each)) if each else [] for each in (before, after)
        )
        return plan_changes(catalog_of(first), second)

    return planned


def heads(made):
    """Give the first words of each step's statement."""
    found = []
    for step in made.steps:
        tree = step.statement.copy()
        tree.comments = None
        found.append(" ".join(write(tree, pretty=False).rstrip(";").split()[:3]))
    return found


def test_on_an_empty_server_all_is_made_in_the_order_of_the_script(plan):
    assert heads(plan([], [base("a"), COUNT])) == [
        "CREATE STREAM EVENTS",
        "CREATE STREAM ALERTS_MATCHES",
        "CREATE TABLE ALERTS_WINDOWS",
        "CREATE STREAM ALERTS_STATES",
        "CREATE STREAM ALERTS_CORRELATED",
        "INSERT INTO ALERTS_CORRELATED",
        "INSERT INTO ALERTS_MATCHES",
    ]


def test_the_cache_is_off_for_the_table_alone(plan):
    made = plan([], [base("a"), COUNT])
    settings = [dict(step.properties) for step in made.steps]
    assert [each for each in settings if each] == [{"cache.max.bytes.buffering": "0"}]
    assert settings[2]


def test_what_is_there_stays(plan):
    assert heads(plan([base("a"), COUNT], [base("a"), COUNT])) == []


def test_a_correlation_more_changes_only_the_queries_that_hold_rules(plan):
    more = correlation("value_count", ["a"], name="d", condition={"gte": 3, "field": "v"})
    made = plan([base("a"), COUNT], [base("a"), COUNT, more])
    assert {head.split()[0] for head in heads(made)} == {"TERMINATE", "INSERT"}


def test_a_second_run_keeps_the_tables_that_the_server_has_written_anew(tmp_path):
    low = correlation("event_count", ["a"], name="low", condition={"lt": 3})
    text = script(tmp_path, base("a"), COUNT, low)
    server = KsqlServer(topics=["events"])
    execution, wrong = applied(server, text)
    assert execution.error is None
    assert not wrong
    with client_of(server) as client:
        assert not planned(client, text).requests
        changed = planned(client, text.replace("COUNT(*) < 3", "COUNT(*) < 4")).plan
    moving = {each.name: str(each.action) for each in changed.changes if each.action != "keep"}
    # Its table is made anew; what reads the table's topic, and the windows of others, stay.
    assert list(moving.values()) == ["rebuild"]
    assert next(iter(moving)).startswith("ALERTS_FINAL_")
