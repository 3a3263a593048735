"""`schemagen status` and `schemagen rescue`, against the tests' server."""

from __future__ import annotations

import base64
import json
import time

import pytest
from deploying import EVENTS, SCRIPT, applied
from ksqldb_server import KsqlServer, serving

from schemagen.errors import EXIT_FINDINGS, EXIT_USAGE
from schemagen.sources.embedded import EmbeddedBroker

LOG = (
    "CREATE STREAM KSQL_PROCESSING_LOG (LOGGER VARCHAR, `TIME` BIGINT, MESSAGE VARCHAR) "
    "WITH (KAFKA_TOPIC='log', VALUE_FORMAT='JSON', PARTITIONS=1);"
)


@pytest.fixture
def server():
    made = KsqlServer(topics=["events"])
    applied(made, SCRIPT)
    made.requests.clear()
    return made


@pytest.fixture
def command(run, server, tmp_path):
    (tmp_path / "stream.sql").write_text(SCRIPT, encoding="utf-8")
    with serving(server) as url:
        yield lambda name, *arguments: run(name, "--server", url, *arguments)


def now():
    return time.time_ns() // 1_000_000


# -- status ----------------------------------------------------------------------------------------


def test_what_runs_is_healthy(command, server):
    result = command("status")
    assert result.code == 0
    assert "2 queries run." in result.out
    assert not server.sent


def test_lag_is_told_in_records_and_seconds(command, server):
    server.ends["events"] = 100
    server.held["ONE"].committed = 50
    one, two = command("status", "--format", "json").json["queries"]
    assert (one["lag_records"], one["lag_seconds"], one["records_per_second"]) == (50, 20.0, 2.5)
    assert two["lag_records"] == 100
    assert "50 records, about 20 s" in command("status").out
    assert command("status", "--max-lag", 60).code == EXIT_FINDINGS


def trouble(command):
    result = command("status", "--format", "json")
    assert result.code == EXIT_FINDINGS
    return result.json["troubles"]


def test_a_query_that_is_missing(command, server):
    server.run("TERMINATE ONE;")
    assert trouble(command) == ["ONE is not on the server."]


@pytest.mark.parametrize("state", ["PAUSED", "ERROR"])
def test_a_query_that_does_not_run(command, server, state):
    server.held["ONE"].state = state
    assert trouble(command)[0] == f"ONE is {state}."


def test_a_query_without_a_task(command, server):
    server.held["ONE"].tasks = 0
    assert trouble(command) == ["ONE has no task: it reads nothing."]


def test_a_query_that_fails_again_and_again_says_that_it_runs(command, server):
    trace = (
        "org.apache.kafka.streams.errors.StreamsException: Error sending value secret\n"
        "org.apache.kafka.common.errors.InvalidTimestampException: Timestamp secret\n"
        "Exception handler choose to FAIL the processing.\n\tat org.apache.Some.java:1"
    )
    server.held["ONE"].errors = [{"timestamp": now(), "errorMessage": trace}]
    assert trouble(command) == [
        "ONE failed 1 time in the last 15 minutes: InvalidTimestampException."
    ]
    server.held["ONE"].errors[0]["timestamp"] -= 3_600_000
    assert command("status").code == 0


def test_what_differs_from_the_script(command, tmp_path):
    (tmp_path / "stream.sql").write_text(SCRIPT.replace("a = 'x'", "a = 'y'"), encoding="utf-8")
    assert trouble(command) == ["ONE differs from the script (replace): its statement changed."]


def test_without_a_script_the_marks_say_what_was_deployed(command, tmp_path):
    (tmp_path / "stream.sql").unlink()
    found = command("status", "--deployment", "events", "--format", "json").json
    assert [each["id"] for each in found["queries"]] == ["ONE", "TWO"]
    assert command("status", "--deployment", "nobody").code == EXIT_FINDINGS


def test_records_that_could_not_be_read_are_counted(command, server):
    server.failed["events"] = 7
    assert "events: 7 records could not be read" in command("status").out


def test_two_streams_over_one_topic_share_its_figures(command, server):
    """The server counts by topics: the records for each reader, whatever stream it reads."""
    server.run(
        "CREATE STREAM MORE (a VARCHAR) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON')",
        "INSERT INTO ALERTS WITH (QUERY_ID='THREE') SELECT a AS `a` FROM MORE",
    )
    server.failed["events"], server.rate = 6, 9.0
    found = command("status", "--format", "json").json
    assert found["unread"] == {"events": 6}
    assert {each["records_per_second"] for each in found["queries"]} == {3.0}


def test_the_prometheus_format(command, server):
    server.held["ONE"].state = "PAUSED"
    text = command("status", "--format", "prometheus").out
    assert 'schemagen_healthy{deployment="events"} 0' in text
    assert 'schemagen_query_up{deployment="events",query="ONE"} 0' in text
    assert 'schemagen_query_up{deployment="events",query="TWO"} 1' in text
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))


# -- rescue ----------------------------------------------------------------------------------------


def unreadable(value, error, query="ONE", at=1_795_944_809_162):
    body = {
        "TARGET": "value", "ERRORMESSAGE": error, "CAUSE": [error], "topic": "events",
        "RECORDB64": None if value is None else base64.b64encode(value).decode(),
    }  # fmt: skip
    message = {"TYPE": 0, "DESERIALIZATIONERROR": body}
    return [f"processing.{query}.KsqlTopic.Source.deserializer", at, message]


def log(server, *rows):
    server.run(LOG)
    server.rows = (["LOGGER", "TIME", "MESSAGE"], rows)


def test_dropped_records_are_counted_by_reason_and_place(command, server):
    message = json.dumps({"a": "x", "n": "secret"}).encode()
    coerced = "Can't coerce string to type. targetType: INTEGER, path: $.N"
    log(
        server,
        unreadable(message, coerced),
        unreadable(message, coerced, query="TWO"),
        unreadable(b'{"a": 1, "n": [2]}', "Can't convert type."),
        unreadable(b"this is not a JSON", "Unrecognized token 'this'"),
        unreadable(b"others", "Unrecognized token", query="THEIRS"),
    )
    result = command("rescue", "--format", "json")
    assert result.code == EXIT_FINDINGS
    found = [(e["count"], e["topic"], e["path"], e["why"]) for e in result.json["reasons"]]
    assert found == [
        (2, "events", "n", "a value can't be read as INT"),
        (1, "events", "", "it is not a JSON object (invalid json)"),
    ]
    assert "secret" not in result.out + command("rescue").out


def test_without_the_records_ksqldbs_own_words_say_where(command, server):
    log(server, unreadable(None, "Can't coerce. targetType: BIGINT, path: $.WINLOG.RECORD_ID"))
    (found,) = command("rescue", "--format", "json").json["reasons"]
    assert (found["path"], found["why"]) == ("WINLOG.RECORD_ID", "a value can't be read as BIGINT")


def test_an_event_time_that_can_not_be_read(command, server, tmp_path):
    sql = SCRIPT.replace(EVENTS.format("a VARCHAR, n INT"), EVENTS.format("a VARCHAR, n BIGINT"))
    sql = sql.replace("'JSON');", "'JSON', TIMESTAMP='n');", 1)
    (tmp_path / "stream.sql").write_text(sql)
    applied(server, sql)
    body = {"ERRORMESSAGE": "Failed to extract timestamp from row", "RECORD": "secret", "CAUSE": []}
    row = ["processing.ONE.KsqlTopic.Source", 1, {"TYPE": 1, "RECORDPROCESSINGERROR": body}]
    log(server, row)
    (found,) = command("rescue", "--format", "json").json["reasons"]
    assert (found["path"], found["why"]) == ("n", "the event time is missing or unreadable")


def test_the_values_go_to_a_file_and_nowhere_else(command, server, tmp_path):
    log(server, unreadable(b"secret", "no JSON"), unreadable(b"secret", "no JSON", query="TWO"))
    result = command("rescue", "--out", "dropped.ndjson")
    assert (tmp_path / "dropped.ndjson").read_bytes() == b"secret\n"
    assert "secret" not in result.out
    assert "1 record dropped." in result.out


def test_the_records_are_looked_up_in_their_topic_where_that_is_asked_for(command, server):
    broker = EmbeddedBroker()
    broker.produce("events", [b'{"a": "x", "n": 1}', b"secret", b'{"a": "y", "n": 1}'])
    log(server, unreadable(b"secret", "no JSON"))
    where = ("-b", broker.bootstrap_servers)
    (found,) = command("rescue", "--locate", *where, "--format", "json").json["reasons"]
    assert found["places"] == [{"partition": 1, "offset": 0}]
    assert "1:0" in command("rescue", "--locate", *where).out


def test_without_a_processing_log_there_is_nothing_to_read(command):
    result = command("rescue")
    assert result.code == EXIT_USAGE
    assert "no stream over its processing log" in result.err


def test_an_empty_log(command, server):
    log(server)
    result = command("rescue")
    assert result.code == 0
    assert "no record that was dropped" in result.out


def test_the_log_is_read_so_that_the_server_clears_up_behind_it_soon(command, server):
    log(server, unreadable(b'{"a": 1, "n": [2]}', "Can't convert type."))
    assert command("rescue").code == EXIT_FINDINGS
    assert read_with(server) == [{"auto.offset.reset": "earliest", "session.timeout.ms": "6000"}]


def test_a_server_that_lets_nobody_set_how_long_a_session_lasts(command, server):
    server.denied = {"session.timeout.ms"}
    log(server, unreadable(b'{"a": 1, "n": [2]}', "Can't convert type."))
    assert command("rescue", "--format", "json").json["reasons"][0]["count"] == 1
    assert read_with(server)[1:] == [{"auto.offset.reset": "earliest"}]


def read_with(server):
    return [body["properties"] for _, path, body in server.requests if path == "/query-stream"]
