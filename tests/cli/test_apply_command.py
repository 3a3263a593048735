"""`schemagen apply` and `schemagen destroy`, against the tests' server."""

from __future__ import annotations

import json

import pytest
from deploying import SCRIPT
from ksqldb_server import Fault, Handler, KsqlServer, serving

from schemagen.errors import EXIT_FINDINGS, EXIT_SOURCE, EXIT_USAGE


@pytest.fixture
def server():
    return KsqlServer(topics=["events"])


@pytest.fixture
def apply(run, server, tmp_path, monkeypatch):
    """Run `apply` or another command with the server's address; a script comes as its text."""
    for name in ("URL", "USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"SCHEMAGEN_KSQLDB_{name}", raising=False)

    with serving(server) as url:

        def command(*arguments, sql=None, name="apply"):
            if sql is not None:
                (tmp_path / "stream.sql").write_text(sql, encoding="utf-8")
            return run(name, "--server", url, *arguments)

        yield command


def changed(sql=SCRIPT):
    return sql.replace("a = 'x'", "a = 'y'")


def test_the_first_run_shows_what_it_creates_and_creates_it(apply, server):
    result = apply("--yes", sql=SCRIPT)
    assert result.code == 0
    assert "+ create    stream EVENTS: it is not there yet" in result.out
    assert "Plan: 4 to create; 4 statements. No topic is deleted." in result.out
    assert "4/4 INSERT TWO" in result.err
    assert "Done: 4 of 4 statements." in result.err
    assert set(server.held) == {"ONE", "TWO"}


def test_a_second_run_has_nothing_to_do(apply, server):
    apply("--yes", sql=SCRIPT)
    server.requests.clear()
    result = apply()
    assert result.code == 0
    assert "Nothing to do: what is deployed is what is wanted." in result.out
    assert not server.sent


def test_what_stops_and_what_that_costs_is_said_before(apply, server):
    apply("--yes", sql=SCRIPT)
    server.ends["events"] = 1_531
    server.held["ONE"].committed = 1_000
    result = apply("--dry-run", sql=changed())
    assert "~ replace   query  ONE: its statement changed" in result.out
    assert (
        "at worst it misses 531 records that it has not read and about 2.5 a second" in result.out
    )
    assert "= keep: 1 query, 2 streams" in result.out
    result = apply("--dry-run", "--offset-reset", "earliest", sql=changed())
    assert "reads all 1,531 records of its topic again: alerts come twice" in result.out


def test_where_queries_begin_by_the_server_s_own_settings_counts_too(apply, server):
    apply("--yes", sql=SCRIPT)
    server.ends["events"] = 1_531
    server.properties["ksql.streams.auto.offset.reset"] = "earliest"
    assert "reads all 1,531 records" in apply("--dry-run", sql=changed()).out
    assert "at worst it misses" in apply("--dry-run", "--offset-reset", "latest", sql=changed()).out


def test_the_rules_that_stop_are_named(apply):
    rule = "CREATE STREAM FOUND AS SELECT STRUCT(`id` := '{}', `title` := 'Found') AS `rule`, a"
    sql = SCRIPT + rule.format("1") + " FROM EVENTS WHERE n = {};"
    apply("--yes", sql=sql.format(1))
    result = apply("--dry-run", sql=sql.format(2).replace("n INT", "n BIGINT"))
    assert "stops 1 detection: Found" in result.out


def test_a_dry_run_executes_nothing_and_says_what_it_does_not_see(apply, server):
    result = apply("--dry-run", sql=SCRIPT)
    assert result.code == 0
    assert "The server has validated all statements. A dry run does not see" in result.err
    assert not server.executed
    assert not server.statements


def test_a_refusal_of_the_dry_run_ends_the_command(apply, server):
    result = apply("--yes", sql=SCRIPT.replace("FROM EVENTS WHERE n", "FROM NOPE WHERE n"))
    assert result.code == EXIT_FINDINGS
    assert "The server would refuse the statement of TWO" in result.err
    assert not server.executed


def test_nobody_is_asked_where_nobody_is(apply, server):
    result = apply(sql=SCRIPT)
    assert result.code == EXIT_USAGE
    assert "--yes" in result.err
    assert not server.executed


def test_a_plan_is_carried_out_as_it_was_written(apply, server):
    assert apply("--out", "plan.json", sql=SCRIPT).code == 0
    assert not server.executed
    result = apply("plan.json", "--yes")
    assert result.code == 0
    assert set(server.held) == {"ONE", "TWO"}
    result = apply("plan.json", "--yes")
    assert result.code == EXIT_USAGE
    assert "What is deployed has changed since plan.json was made." in result.err


def test_a_plan_is_not_for_a_state_that_it_was_not_made_for(apply, server, tmp_path):
    apply("--yes", sql=SCRIPT)
    apply("--out", "plan.json", sql=changed())
    server.run(
        "CREATE STREAM NEW (a INT) WITH (KAFKA_TOPIC='new', VALUE_FORMAT='JSON', PARTITIONS=1);"
    )
    server.requests.clear()
    assert apply("plan.json", "--dry-run").code == 0  # nothing to do with it
    server.run("INSERT INTO ALERTS WITH (QUERY_ID='THEIRS') SELECT a AS `a` FROM EVENTS;")
    assert "has changed since" in apply("plan.json", "--yes").err
    server.cluster = "another"
    assert "made for another ksqlDB" in apply("plan.json", "--yes").err
    (tmp_path / "plan.json").write_text("{}")
    assert "plan.json is not a plan." in apply("plan.json", "--yes").err
    assert not server.executed


def test_a_plan_file_holds_what_is_sent_and_no_secret(apply, tmp_path, monkeypatch):
    monkeypatch.setenv("SCHEMAGEN_KSQLDB_USERNAME", "key")
    monkeypatch.setenv("SCHEMAGEN_KSQLDB_PASSWORD", "hush-hush")
    apply("--out", "plan.json", sql=SCRIPT)
    text = (tmp_path / "plan.json").read_text()
    assert [each["name"] for each in json.loads(text)["steps"]] == [
        "EVENTS",
        "ALERTS",
        "ONE",
        "TWO",
    ]
    assert "hush-hush" not in text


def test_where_it_stops_it_says_what_was_done_and_how_to_go_on(apply, server):
    server.faults = [Fault(3, "refuse")]
    result = apply("--yes", sql=SCRIPT)
    assert result.code == EXIT_SOURCE
    assert "Stopped at statement 3 of 4, INSERT ONE: ksqlDB refuses it: Somebody else" in result.err
    assert "Done: CREATE EVENTS, CREATE ALERTS." in result.err
    assert "These queries do not run now: ONE, TWO." in result.err
    assert "Go back: schemagen apply .schemagen/rollback-events-" in result.err
    server.faults = []
    assert apply("--yes").code == 0
    assert set(server.held) == {"ONE", "TWO"}


def test_the_way_back_leads_back(apply, server, tmp_path):
    settings = SCRIPT.replace("INSERT", "SET 'cache.max.bytes.buffering' = '0';\nINSERT", 1)
    apply("--yes", sql=settings)
    before = {key: (held.text, held.settings) for key, held in server.held.items()}
    statements = dict(server.statements)
    apply("--yes", sql=changed(SCRIPT.replace("n INT", "n BIGINT")))
    assert {key: held.text for key, held in server.held.items()} != before
    back = max((tmp_path / ".schemagen").glob("rollback-events-*.sql"))
    result = apply(back, "--deployment", "events", "--yes")
    assert result.code == 0
    assert server.statements == statements
    assert {key: (held.text, held.settings) for key, held in server.held.items()} == before


def test_several_scripts_are_one(apply, server, tmp_path):
    (tmp_path / "one.sql").write_text(SCRIPT.partition("INSERT")[0])
    (tmp_path / "two.sql").write_text("INSERT" + SCRIPT.partition("INSERT")[2])
    assert apply("one.sql", "two.sql", "--yes").code == 0
    assert set(server.held) == {"ONE", "TWO"}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("INSERT INTO ALERTS SELECT a FROM EVENTS;", "stream.sql:1: the INSERT INTO ALERTS has no"),
        ("\nDROP STREAM EVENTS;", "stream.sql:2: only statements that make streams"),
        ("SELECT * FROM EVENTS EMIT CHANGES;", "only statements that make"),
    ],
)
def test_what_can_not_be_deployed_again_and_again_is_refused(apply, sql, says):
    result = apply("--yes", "--deployment", "x", sql=sql)
    assert result.code == EXIT_USAGE
    assert says in result.err


# -- the server ------------------------------------------------------------------------------------


def test_without_a_server_the_command_says_how_to_name_one(run, tmp_path):
    (tmp_path / "stream.sql").write_text(SCRIPT)
    result = run("apply")
    assert result.code == EXIT_USAGE
    assert "SCHEMAGEN_KSQLDB_URL" in result.err


def test_a_server_that_can_not_be_reached(run, tmp_path):
    (tmp_path / "stream.sql").write_text(SCRIPT)
    result = run("apply", "--server", "http://127.0.0.1:1")
    assert result.code == EXIT_SOURCE
    assert "can't be reached: Connection refused." in result.err


def test_what_is_not_ksqldb(run, server, tmp_path):
    (tmp_path / "stream.sql").write_text(SCRIPT)

    class Other(Handler):
        def answer(self, method, body):  # noqa: ARG002 - another server
            self.send(200, '"hello"')

    with serving(server, handler=Other) as url:
        result = run("apply", "--server", url)
    assert result.code == EXIT_SOURCE
    assert "is not ksqlDB" in result.err


def test_a_user_that_is_not_known_and_one_who_may_not(apply, server, monkeypatch):
    server.user = "key:secret"
    assert "(401)" in apply(sql=SCRIPT).err
    monkeypatch.setenv("SCHEMAGEN_KSQLDB_USERNAME", "key")
    monkeypatch.setenv("SCHEMAGEN_KSQLDB_PASSWORD", "wrong")
    result = apply()
    assert result.code == EXIT_SOURCE
    assert "wrong" not in result.err
    monkeypatch.setenv("SCHEMAGEN_KSQLDB_PASSWORD", "secret")
    assert apply("--yes").code == 0
    server.forbidden = True
    assert "(403)" in apply().err


def test_a_server_that_starts_is_waited_for_a_moment(apply, server):
    server.starting = 2
    assert apply("--dry-run", sql=SCRIPT).code == 0
    server.starting = 100
    assert "is starting and not ready yet" in apply("--dry-run").err


@pytest.mark.parametrize("version", ["0.23.1", "6.2.0"])
def test_a_server_that_is_too_old(apply, server, version):
    server.version = version
    assert f"is ksqlDB {version}, which is too old" in apply(sql=SCRIPT).err


# -- destroy ---------------------------------------------------------------------------------------


def test_destroy_takes_away_what_was_deployed_and_topics_stay(apply, server):
    apply("--yes", sql=SCRIPT)
    server.requests.clear()
    result = apply("--yes", name="destroy")
    assert result.code == 0
    assert server.executed == [
        "TERMINATE TWO", "TERMINATE ONE", "DROP STREAM EVENTS", "DROP STREAM ALERTS",
    ]  # fmt: skip
    assert server.topics.keys() >= {"events", "alerts"}
    assert "Nothing to do" in apply("--yes", name="destroy").out


def test_destroy_knows_what_was_deployed_without_the_script(apply, server, tmp_path):
    apply("--yes", sql=SCRIPT)
    (tmp_path / "stream.sql").unlink()
    server.run("INSERT INTO ALERTS WITH (QUERY_ID='THEIRS') SELECT a AS `a` FROM EVENTS;")
    server.requests.clear()
    assert apply("--yes", "--deployment", "events", name="destroy").code == 0
    assert server.executed == ["TERMINATE TWO", "TERMINATE ONE"]
    assert set(server.statements) == {"EVENTS", "ALERTS"}  # others use them
