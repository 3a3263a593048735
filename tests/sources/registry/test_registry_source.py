"""Values of a topic on their way: framed bytes in, JSON text out."""

from __future__ import annotations

import json

import pytest
from confluent_kafka.schema_registry import Schema
from confluent_kafka.schema_registry.schema_registry_client import SchemaRegistryClient
from registered_values import avro_values, json_values

from schemagen.choices import ValueFormat
from schemagen.errors import InputError
from schemagen.schema.declared import declared_types
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.memory import MemorySource
from schemagen.sources.registry.registry import Registry
from schemagen.sources.registry.source import RegistryReading

JSON_SCHEMA = {"title": "E", "type": "object", "properties": {"a": {"type": "string"}}}


def avro(*fields, name="E"):
    made = [{"name": each, "type": kind} for each, kind in fields]
    return {"type": "record", "name": name, "fields": made}


PLAIN = avro(("a", "string"))


class Topic:
    """A topic and the registry of its schemas."""

    def __init__(self):
        self.client = SchemaRegistryClient.new_client({"url": f"mock://{id(self)}"})
        self.remarks = []
        self.reading = None

    def read(self, *values, value_format=None, subject=None, asks=True):
        registry = Registry(self.client, "mock://here")
        self.reading = RegistryReading(
            "logs", (lambda: registry) if asks else None, value_format, subject, self.remarks.append
        )
        source = self.reading.of(MemorySource(values))
        return [value for batch in source.batches() for value in batch.values]


@pytest.fixture
def topic():
    return Topic()


def test_plain_json_goes_through_as_it_is_and_no_registry_is_asked():
    def never():
        raise AssertionError

    reading = RegistryReading("logs", never, None, None, print)
    source = MemorySource([b'{"a": 1.0 }', None, b"{", b"\x00\x00\x00\x00\x01"])
    found = [value for batch in reading.of(source).batches() for value in batch.values]
    assert found == [b'{"a": 1.0 }', None, b"{", b"\x00\x00\x00\x00\x01"]
    assert reading.found() is None


def test_a_topic_that_is_said_to_be_json_is_not_looked_at():
    source = MemorySource([b"\x00\x00\x00\x00\x01x"])
    assert RegistryReading("logs", None, ValueFormat.JSON, None, print).of(source) is source


def test_avro_is_told_by_the_registrys_answer(topic):
    values = avro_values(topic.client, PLAIN, [{"a": "x"}])
    assert topic.read(*values) == [b'{"a":"x"}']
    found = topic.reading.found()
    assert (found.format, found.subject, found.version) == (ValueFormat.AVRO, "logs-value", 1)
    assert topic.remarks == ["Schema Registry: logs-value, version 1 (id 1), avro."]


def test_json_with_a_schema_is_read_by_it(topic):
    values = json_values(topic.client, JSON_SCHEMA, [{"a": "x"}])
    assert topic.read(*values) == [b'{"a":"x"}']
    # The converter goes by the schema: what it doesn't have isn't read, and an id must be known.
    more = values[0][:5] + b'{"a": "y", "more": 1}'
    assert topic.read(values[0], more, b"\x00\x00\x00\x00\x63{}") == [
        b'{"a":"x"}',
        b'{"a":"y"}',
        DecodeError.UNKNOWN_SCHEMA,
    ]
    assert declared_types(topic.reading.found().document) == {"a": "VARCHAR"}


def test_without_a_registry_json_behind_a_frame_is_read_all_the_same(topic):
    values = json_values(topic.client, JSON_SCHEMA, [{"a": "x"}])
    assert topic.read(*values, asks=False) == [b'{"a":"x"}']
    assert "json_sr" in topic.remarks[0]
    assert topic.reading.found().document is None


def test_without_a_registry_other_frames_are_explained(topic):
    values = avro_values(topic.client, PLAIN, [{"a": "x"}])
    with pytest.raises(InputError, match=r"a zero byte and a schema id \(1\)") as raised:
        topic.read(*values, asks=False)
    assert "--registry URL" in raised.value.hint
    with pytest.raises(InputError, match="Topic logs is avro, and no Schema Registry is given"):
        topic.read(*values, asks=False, value_format=ValueFormat.AVRO)


def test_faults_are_told_apart(topic):
    (good,) = avro_values(topic.client, PLAIN, [{"a": "x"}])
    values = [good, None, b"", b'{"a": 1}', b"\x00\x00\x00\x00\x63x", b"\x00\x00\x00\x00\x01\x10a"]
    assert topic.read(*values, value_format=ValueFormat.AVRO) == [
        b'{"a":"x"}',
        None,
        b"",
        DecodeError.NOT_FRAMED,
        DecodeError.UNKNOWN_SCHEMA,
        DecodeError.NOT_OF_SCHEMA,
    ]
    assert "The registry has no avro schema of the id 99, which values name." in topic.remarks


def test_a_schema_of_another_format_is_none_of_the_topic(topic):
    good = avro_values(topic.client, PLAIN, [{"a": "x"}])
    (other,) = json_values(topic.client, JSON_SCHEMA, [{"a": "x"}], topic="others")
    assert topic.read(*good, other)[1] is DecodeError.UNKNOWN_SCHEMA


def test_a_subject_of_another_format_is_refused(topic):
    values = avro_values(topic.client, PLAIN, [{"a": "x"}], topic="others")
    topic.client.register_schema("logs-value", Schema(json.dumps(JSON_SCHEMA), "JSON"))
    with pytest.raises(InputError, match=r"is of the format json_sr, and the values .* are avro"):
        topic.read(*values)


def test_another_subject_can_be_named(topic):
    values = avro_values(topic.client, PLAIN, [{"a": "x"}], topic="others")
    with pytest.raises(InputError, match="has no subject logs-value"):
        topic.read(*values)
    assert topic.read(*values, subject="others-value") == [b'{"a":"x"}']


def test_values_of_older_versions_count_as_well(topic):
    old = avro_values(topic.client, avro(("a", "int"), ("gone", "string")), [{"a": 1, "gone": "g"}])
    new = avro_values(
        topic.client, avro(("a", "long"), ("new", "boolean")), [{"a": 2, "new": True}]
    )
    assert [json.loads(value) for value in topic.read(*old, *new)] == [
        {"a": 1, "gone": "g"},
        {"a": 2, "new": True},
    ]
    found = topic.reading.found()
    # A column of BIGINT reads an int, too.
    assert declared_types(found.document) == {"a": "BIGINT", "new": "BOOLEAN", "gone": "VARCHAR"}
    assert declared_types(found.latest) == {"a": "BIGINT", "new": "BOOLEAN"}


def test_a_schema_that_ksqldb_cannot_read_is_refused(topic):
    topic.client.register_schema("logs-value", Schema(json.dumps(avro(("a", "null"))), "AVRO"))
    with pytest.raises(
        InputError, match=r"can't read version 1 of logs-value \(id 1\): a can only"
    ):
        topic.read(b"\x00\x00\x00\x00\x01x")


def test_an_older_schema_that_cannot_be_read_costs_only_its_values(topic):
    bad = topic.client.register_schema("x", Schema(json.dumps(avro(("a", "null"))), "AVRO"))
    (good,) = avro_values(topic.client, PLAIN, [{"a": "x"}])
    found = topic.read(good, b"\x00\x00\x00\x00" + bytes([bad]))
    assert found == [b'{"a":"x"}', DecodeError.UNKNOWN_SCHEMA]
    assert any("a can only be null" in remark for remark in topic.remarks)


def test_what_is_left_out_is_said(topic):
    schema = avro(("a", "string"), ("u", ["int", "long"]))
    topic.read(*avro_values(topic.client, schema, [{"a": "x", "u": 1}]))
    assert any(remark.startswith("The field u is not read: ") for remark in topic.remarks)
