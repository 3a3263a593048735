"""`ddl --unwrap`: a stream of what JSON texts hold, run by the replay."""

from __future__ import annotations

import pytest
from replaying import replay

from schemagen.deploy.detections import detections
from schemagen.detections.unwrapping import unwrapped
from schemagen.errors import InputError
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.ksqldb.dialect import parse_script, write_script
from schemagen.profile.profile import Profile


def script(field, *messages):
    profile = Profile()
    profile.add(list(messages))
    options = StreamOptions("LOGS", "t")
    made = stream_ddl(profile.root, profile.root, options)
    view = unwrapped(field, made.columns, profile.root, options)
    return made.sql() + write_script([view])


def rows(field, *messages):
    found = replay(script(field, *messages), *messages)
    return [row.values for row in found.rows["LOGS_" + field.replace(".", "_").upper()]]


def test_the_fields_inside_are_typed_columns():
    messages = [
        {"log": '{"level":"warn","n":5,"d":1.5,"ok":true,"o":{"a":"x"},"l":[1]}'},
        {"log": '{"level":"info","n":null}'},
        {"log": "no JSON"},
    ]
    first, second = rows("log", *messages)
    assert first == {
        "d": 1.5, "l": "[1]", "level": "warn", "n": 5, "o.a": "x", "ok": True,
    }  # fmt: skip
    assert second == dict.fromkeys(first) | {"level": "info"}


def test_a_value_that_cannot_be_cast_is_null():
    sampled, later = {"log": '{"n":5,"level":"x"}'}, {"log": '{"n":"five","level":"y"}'}
    found = replay(script("log", sampled), sampled, later)
    second = found.rows["LOGS_LOG"][1].values
    assert second == {"n": None, "level": "y"}


def test_a_nested_field_and_objects_beside_texts():
    messages = [{"event": {"original": '{"a":{"b":1}}'}}, {"event": {"original": {"a": {"b": 2}}}}]
    assert [row["a.b"] for row in rows("event.original", *messages)] == [1, 2]


def test_the_stream_is_neither_a_detection_nor_an_alert():
    message = {"log": '{"level":"warn"}'}
    sql = script("log", message)
    assert detections(parse_script(sql, "t")) == []
    assert {row.rule for row in replay(sql, message).rows["LOGS_LOG"]} == {""}


def test_a_name_that_cannot_be_written_is_left_out_and_said():
    sql = script("log", {"log": '{"a`b":1,"level":"x"}'})
    assert "left out" in sql
    assert "AS `level`" in sql


@pytest.mark.parametrize("field", ["host", "nothing", "log.level"])
def test_a_field_without_json_texts_is_refused(field):
    with pytest.raises(InputError, match=f"--unwrap {field}: no text of this field was"):
        script(field, {"host": "a", "log": '{"level":"warn"}'})
