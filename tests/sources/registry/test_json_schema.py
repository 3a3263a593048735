"""JSON with a schema, as ksqlDB's converter reads it."""

from __future__ import annotations

import json

import pytest

from schemagen.schema.declared import declared_types
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.registry.json_schema import JsonSchemaDecoder
from schemagen.sources.registry.places import UnreadableSchemaError

LOGICAL = "org.apache.kafka.connect.data."


def decoder(a, **more):
    fields = {"type": "object", "properties": {"a": a, "b": {"type": "boolean"}}}
    return JsonSchemaDecoder(json.dumps({**fields, **more}))


def read(schema, value):
    found = decoder(schema).decode(json.dumps({"a": value, "b": True}).encode())
    return found if isinstance(found, DecodeError) else json.loads(found)["a"]


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({"type": "boolean"}, {"a": "BOOLEAN"}),
        ({"type": "integer"}, {"a": "BIGINT"}),
        ({"type": "integer", "connect.type": "int32"}, {"a": "INT"}),
        ({"type": "number"}, {"a": "DOUBLE"}),
        ({"type": "string"}, {"a": "VARCHAR"}),
        ({"type": "string", "connect.type": "bytes"}, {"a": "BYTES"}),
        ({"enum": ["x", "y"]}, {"a": "VARCHAR"}),
        ({"type": ["null", "string"]}, {"a": "VARCHAR"}),
        ({"oneOf": [{"type": "null"}, {"type": "number"}]}, {"a": "DOUBLE"}),
        ({"type": "array", "items": {"type": "integer"}}, {"a[]": "BIGINT"}),
        (
            {"type": "object", "connect.type": "map", "additionalProperties": {"type": "string"}},
            {"a.*": "VARCHAR"},
        ),
        ({"properties": {"x": {"type": "string"}}}, {"a.x": "VARCHAR"}),
        ({"type": "integer", "connect.type": "int32", "title": f"{LOGICAL}Date"}, {"a": "DATE"}),
        ({"type": "integer", "title": f"{LOGICAL}Timestamp"}, {"a": "TIMESTAMP"}),
        (
            {
                "type": "number",
                "title": f"{LOGICAL}Decimal",
                "connect.type": "bytes",
                "connect.parameters": {"scale": "2", "connect.decimal.precision": "9"},
            },
            {"a": "DECIMAL(9, 2)"},
        ),
    ],
)
def test_each_type_is_declared_as_ksqldb_infers_it(schema, types):
    assert declared_types(decoder(schema).schema) == {**types, "b": "BOOLEAN"}


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        ({"type": "integer"}, 5, 5),
        ({"type": "integer"}, 5.9, 5),
        # The converter asks no value what it is.
        ({"type": "integer"}, "5", 0),
        ({"type": "number"}, 5, 5.0),
        ({"type": "number"}, True, 0.0),
        ({"type": "string"}, "x", "x"),
        ({"type": "string"}, 5, None),
        ({"type": "boolean"}, "true", False),
        ({"type": "array", "items": {"type": "string"}}, ["x"], ["x"]),
        ({"type": "array", "items": {"type": "string"}}, "x", []),
        ({"type": ["null", "string"]}, None, None),
        ({"type": "string", "default": "d"}, None, "d"),
        ({"type": "string"}, None, DecodeError.NOT_OF_SCHEMA),
        ({"properties": {"x": {"type": "string"}}}, {"x": "y", "more": 1}, {"x": "y"}),
        ({"properties": {"x": {"type": ["null", "string"]}}}, {}, {"x": None}),
        ({"properties": {"x": {"type": "string"}}}, {}, DecodeError.NOT_OF_SCHEMA),
        ({"properties": {"x": {"type": "string"}}}, "x", DecodeError.NOT_OF_SCHEMA),
        ({"type": "string", "connect.type": "bytes"}, "YQ==", "YQ=="),
        ({"type": "string", "connect.type": "bytes"}, "!", DecodeError.NOT_OF_SCHEMA),
    ],
)
def test_values_are_read_by_the_schema(schema, value, found):
    assert read(schema, value) == found


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"allOf": [{"type": "string"}]},
        {"$ref": "https://elsewhere.example/x"},
        {"$ref": "#/definitions/Gone"},
        {"type": "object"},
        {"type": "object", "additionalProperties": {"type": "string"}},
    ],
)
def test_what_no_column_could_be_is_left_out_and_said(schema):
    made = decoder(schema)
    assert declared_types(made.schema) == {"b": "BOOLEAN"}
    assert "a" in made.left_out
    assert json.loads(made.decode(b'{"a": 1, "b": true, "c": 2}')) == {"b": True}


def test_references_within_the_document_are_followed_and_circles_end():
    event = {"type": "object", "properties": {"n": {"type": "integer"}}}
    event["properties"]["again"] = {"$ref": "#/$defs/Event"}
    found = JsonSchemaDecoder(json.dumps({"$ref": "#/$defs/Event", "$defs": {"Event": event}}))
    assert declared_types(found.schema) == {"n": "BIGINT"}
    assert "holds itself" in found.left_out["again"]


@pytest.mark.parametrize(
    "schema", ["{", '{"type": "string"}', "true", "[]", '{"properties": {"a": {"type": "array"}}}']
)
def test_what_ksqldb_cannot_translate_is_refused(schema):
    with pytest.raises(UnreadableSchemaError):
        JsonSchemaDecoder(schema)


def test_without_a_schema_the_text_behind_the_frame_stays_as_it_is():
    assert JsonSchemaDecoder().decode(b'{"a": 1.0 }') == b'{"a": 1.0 }'
    assert JsonSchemaDecoder().schema is None


def test_a_field_of_the_record_itself_may_be_missing():
    assert json.loads(decoder({"type": "string"}).decode(b"{}")) == {"a": None, "b": None}


def test_what_is_no_json_is_left_to_who_says_so():
    assert decoder({"type": "string"}).decode(b"{") == b"{"
