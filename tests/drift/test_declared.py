from __future__ import annotations

import pytest

from schemagen.drift.declared import read_declared
from schemagen.errors import InputError
from schemagen.ksqldb.types import BIGINT, VARCHAR
from schemagen.profile.paths import ITEMS

SQL = """
CREATE STREAM EVENTS (
  id VARCHAR KEY, h BYTES HEADER('h'), `@timestamp` VARCHAR, Host STRUCT<name VARCHAR, `Name` INT>,
  tags ARRAY<VARCHAR>, labels MAP<VARCHAR, BIGINT>, raw VARCHAR
) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON', TIMESTAMP='`@timestamp`',
  TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ss.SSSX');
"""


def declared(sql=SQL, topic="events", stream=None):
    return read_declared(sql, "stream.sql", topic, stream)


def with_properties(text):
    return f"CREATE STREAM S (a VARCHAR) WITH (KAFKA_TOPIC='events', {text});"


def test_the_declaration_that_detections_read_is_not_a_second_stream_to_judge():
    watched = (
        "CREATE STREAM EVENTS_WATCHED (a INT) WITH (KAFKA_TOPIC='events', VALUE_FORMAT='JSON');"
    )
    assert declared(SQL + watched).stream == "EVENTS"
    assert declared(SQL + watched, stream="EVENTS_WATCHED").stream == "EVENTS_WATCHED"
    with pytest.raises(InputError, match="several streams"):
        declared(SQL + watched.replace("_WATCHED", "_OTHER"))


def test_columns_of_keys_and_headers_are_not_read_from_the_value():
    names = [field.stored for field in declared().columns.fields]
    assert names == ["@timestamp", "HOST", "TAGS", "LABELS", "RAW"]


def test_the_event_time():
    found = declared()
    assert (found.time_column, found.time_pattern) == ("@timestamp", "yyyy-MM-dd'T'HH:mm:ss.SSSX")


def test_without_back_ticks_a_column_of_time_is_in_capitals():
    found = declared(with_properties("VALUE_FORMAT='JSON', TIMESTAMP='a'"))
    assert (found.time_column, found.time_pattern) == ("A", None)


@pytest.mark.parametrize(
    ("path", "steps", "type_"),
    [
        (("@timestamp",), ("@timestamp",), VARCHAR),
        (("@TIMESTAMP",), None, None),
        (("host", "NAME"), ("HOST", "NAME"), VARCHAR),
        (("HOST", "Name"), ("HOST", "Name"), None),
        (("tags", ITEMS), ("TAGS", ITEMS), VARCHAR),
        (("tags", "x"), None, None),
        (("labels", "any"), ("LABELS", "any"), BIGINT),
        (("raw", "a", "b"), ("RAW", "a", "b"), None),
        (("unknown",), None, None),
    ],
)
def test_where_a_path_of_the_messages_is(path, steps, type_):
    found = declared()
    assert found.steps(path) == steps
    if type_ is not None:
        assert found.type_at(path) == type_


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (SQL.replace("'events'", "'others'"), "declares no stream over the topic events"),
        (SQL + SQL.replace("EVENTS", "TWICE"), "several streams over the topic events: EVENTS, "),
        (with_properties("VALUE_FORMAT='DELIMITED'"), "reads DELIMITED"),
        (with_properties("VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=false"), "WRAP_SINGLE_VALUE"),
        ("CREATE STREAM S (k VARCHAR KEY) WITH (KAFKA_TOPIC='events');", "declares no column"),
        ("CREATE NONSENSE", "stream.sql:1"),
        ("", "declares no stream"),
    ],
)
def test_what_can_not_be_judged_is_said(sql, says):
    with pytest.raises(InputError, match=says.replace("(", "\\(")):
        declared(sql)


def test_one_of_several_streams_is_named():
    sql = SQL + SQL.replace("EVENTS", "TWICE")
    assert declared(sql, stream="twice").stream == "TWICE"
    with pytest.raises(InputError, match="no stream named NONE"):
        declared(sql, stream="NONE")


def test_the_hint_names_the_topics_there_are():
    with pytest.raises(InputError) as error:
        declared(SQL.replace("'events'", "'others'"))
    assert "others" in error.value.hint
