"""`ddl --rescue`: what ksqlDB drops of a topic lands in a topic of its own.

The entries of the processing log are those that a real server wrote.
"""

from __future__ import annotations

from deploying import EVENTS, applied, client_of, planned
from ksqldb_server import KsqlServer
from replaying import replay

from schemagen.deploy.companion import companion_statements
from schemagen.deploy.detections import detections
from schemagen.deploy.preflight import preflight
from schemagen.ksqldb.dialect import parse_script, write_expression, write_script
from schemagen.replay.engine import Replay

LOG = """
CREATE STREAM KSQL_PROCESSING_LOG (
    LOGGER STRING, LEVEL STRING, TIME BIGINT,
    MESSAGE STRUCT<TYPE INTEGER,
        DESERIALIZATIONERROR STRUCT<TARGET STRING, ERRORMESSAGE STRING, RECORDB64 STRING,
                                    CAUSE ARRAY<STRING>, `topic` STRING>,
        RECORDPROCESSINGERROR STRUCT<ERRORMESSAGE STRING, RECORD STRING, CAUSE ARRAY<STRING>>>
) WITH (KAFKA_TOPIC='default_ksql_processing_log', VALUE_FORMAT='JSON', PARTITIONS=1);
"""
TIMED = (
    "CREATE STREAM EVENTS (a VARCHAR, `at` VARCHAR) "
    "WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON', TIMESTAMP='`at`');\n"
)
ALERTS = (
    "CREATE STREAM ALERTS (a VARCHAR) "
    "WITH (KAFKA_TOPIC='alerts', VALUE_FORMAT='JSON', PARTITIONS=1);\n"
)
TWO_QUERIES = (
    "INSERT INTO ALERTS WITH (QUERY_ID='one') SELECT a FROM EVENTS WHERE a = 'x';\n"
    "INSERT INTO ALERTS WITH (QUERY_ID='two') SELECT a FROM EVENTS WHERE a = 'y';\n"
)
SCRIPT = EVENTS.format("a VARCHAR") + ALERTS + TWO_QUERIES


def companion(script, topic="events", name="EVENTS"):
    return companion_statements(list(parse_script(script)), name, topic)


def condition(script):
    return write_expression(companion(script)[1].expression.args["where"].this)


def unreadable(query="ONE", topic="events", record="dGhpcyBpcyBub3QgSlNPTg=="):
    return {
        "logger": f"processing.{query}.KsqlTopic.Source.deserializer",
        "level": "ERROR",
        "time": 1795944809162,
        "message": {
            "type": 0,
            "deserializationError": {
                "target": "value",
                "errorMessage": f"Failed to deserialize value from topic: {topic}. Unrecognized "
                "token 'this': was expecting (JSON String, Number, Array, Object)",
                "recordB64": record,
                "cause": ["Unrecognized token 'this'"],
                "topic": topic,
            },
            "recordProcessingError": None,
        },
    }


def failed(message, query="ONE"):
    return {
        "logger": f"processing.{query}.KsqlTopic.Source",
        "level": "ERROR",
        "time": 1795944809230,
        "message": {
            "type": 1,
            "deserializationError": None,
            "recordProcessingError": {
                "errorMessage": message,
                "record": "key:null, value:[ 'x' | 'yesterday' ]",
                "cause": ["Text 'yesterday' could not be parsed at index 0"],
            },
        },
    }


NO_TIME = failed("Failed to extract timestamp from row")


def kept(script, *entries):
    written = write_script(companion(script))
    result = replay(LOG + script + written, *entries, topic="default_ksql_processing_log")
    return [row.values for row in result.rows["EVENTS_DROPPED"]]


def test_the_companion_has_the_record_the_reason_and_the_time():
    assert kept(SCRIPT, unreadable()) == [
        {
            "time": "2026-11-29T09:33:29.162Z",
            "topic": "events",
            "error": "Failed to deserialize value from topic: events. Unrecognized token 'this': "
            "was expecting (JSON String, Number, Array, Object)",
            "record_base64": "dGhpcyBpcyBub3QgSlNPTg==",
            "record_text": None,
        }
    ]


def test_without_the_rows_in_the_log_the_reason_is_kept_and_the_record_is_null():
    (row,) = kept(SCRIPT, unreadable(record=None))
    assert row["record_base64"] is None
    assert row["error"].startswith("Failed to deserialize")


def test_each_record_is_there_once_though_every_query_logs_it():
    entries = [unreadable(query) for query in ("ONE", "TWO", "SOMEBODY_ELSES")]
    assert len(kept(SCRIPT, *entries)) == 1


def test_a_record_without_an_event_time_is_dropped_where_the_stream_has_one():
    (row,) = kept(TIMED + ALERTS + TWO_QUERIES, NO_TIME)
    assert row["error"] == "Failed to extract timestamp from row"
    assert row["record_text"] == "key:null, value:[ 'x' | 'yesterday' ]"
    assert row["record_base64"] is None


def test_a_rule_that_throws_drops_no_record():
    script = TIMED + ALERTS + TWO_QUERIES
    assert kept(script, failed("Error computing expression (A LIKE 'x%') for column KSQL")) == []


def test_the_declaration_of_the_most_columns_drops_all_that_others_drop():
    wide = (
        TIMED.replace("STREAM EVENTS", "STREAM EVENTS_TIMED")
        + "INSERT INTO ALERTS WITH (QUERY_ID='three') SELECT a FROM EVENTS_TIMED;\n"
    )
    assert "processing.THREE.KsqlTopic.Source.deserializer" in condition(SCRIPT + wide)
    assert "'processing.THREE.KsqlTopic.Source'" in condition(SCRIPT + wide)


def test_one_that_no_query_reads_drops_nothing():
    unread = TIMED.replace("STREAM EVENTS", "STREAM EVENTS_TIMED")
    assert condition(SCRIPT + unread) == (
        "`LOGGER` = 'processing.ONE.KsqlTopic.Source.deserializer'"
    )


def test_a_query_whose_id_only_the_server_knows_is_found_by_what_it_makes():
    script = EVENTS.format("a VARCHAR") + "CREATE STREAM FOUND AS SELECT a FROM EVENTS;\n"
    entries = [
        unreadable(query) for query in ("CSAS_FOUND_17", "CSAS_FOUND_TOO_19", "XCSAS_FOUND_1")
    ]
    assert len(kept(script, *entries)) == 1


def test_without_a_query_of_its_own_all_entries_of_the_topic_are_taken():
    script = EVENTS.format("a VARCHAR")
    entries = [unreadable("OTHERS"), unreadable("OTHERS", topic="events2")]
    assert len(kept(script, *entries)) == 1


def test_a_quote_in_the_name_of_a_topic_can_not_happen_and_a_dash_in_a_stream_may():
    _, insert = companion(EVENTS.format("a INT"), name="MY-EVENTS")
    assert "INSERT INTO `MY-EVENTS_DROPPED` WITH (\n    QUERY_ID = 'MY_EVENTS_DROPPED_READ'" in (
        write_script([insert])
    )


def test_it_is_no_detection_and_the_replay_has_no_events_for_it():
    statements = [*parse_script(SCRIPT), *companion(SCRIPT)]
    assert [each.query.query_id for each in detections(statements)] == ["ONE", "TWO"]
    made = Replay(write_script(statements))
    assert made.topics == ["events"]
    assert made.run([]).findings == []


def test_it_is_deployed_where_the_server_has_its_log_as_a_stream():
    server = KsqlServer(topics=["events", "default_ksql_processing_log"])
    server.run(LOG)
    script = write_script([*parse_script(SCRIPT), *companion(SCRIPT)])
    applied(server, script)
    assert server.executed[-2:] == [
        "CREATE STREAM EVENTS_DROPPED",
        "INSERT INTO EVENTS_DROPPED",
    ]
    assert "/* schemagen events: EVENTS_DROPPED */" in server.sent[-1]["ksql"]
    server.requests.clear()
    applied(server, script)
    assert server.executed == []


def test_a_server_without_such_a_stream_is_told_of_before_anything_is_executed():
    server = KsqlServer(topics=["events"])
    script = write_script([*parse_script(SCRIPT), *companion(SCRIPT)])
    with client_of(server) as client:
        obstacles = preflight(client, planned(client, script))
    assert [each.text.partition(",")[0] for each in obstacles if each.is_fatal] == [
        "The server has no stream over its processing log (KSQL_PROCESSING_LOG)"
    ]
    assert server.executed == []
