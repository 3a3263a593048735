"""JSON with a schema: only which fields there are is read of the schema."""

from __future__ import annotations

import json

import pytest

from schemagen.sources.registry.json_schema import JsonSchemaDecoder
from schemagen.sources.registry.places import KEYWORD, UnreadableSchemaError

INTEGER = {KEYWORD: {"integers": "int64"}, "type": "integer"}


def properties(**fields):
    schema = {"type": "object", "properties": fields} | fields.pop("beside", {})
    return JsonSchemaDecoder(json.dumps(schema)).schema["properties"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"type": "integer"}, INTEGER),
        ({"type": ["null", "string"]}, {"type": "string"}),
        ({"oneOf": [{"type": "null"}, {"type": "number"}]}, {"type": "number"}),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            {"anyOf": [{"type": "string"}, INTEGER]},
        ),
        (
            {"type": "array", "items": {"type": "boolean"}},
            {"type": "array", "items": {"type": "boolean"}},
        ),
        ({"type": "array"}, {"type": "array", "items": {}}),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {KEYWORD: {"map": True}, "type": "object", "additionalProperties": {"type": "string"}},
        ),
        ({"properties": {"x": {}}}, {"type": "object", "properties": {"x": {}}}),
        ({"enum": ["a"]}, {}),
        (True, {}),
        ({"$ref": "#/definitions/Gone"}, {}),
        ({"$ref": "https://elsewhere.example/x"}, {}),
    ],
)
def test_fields_and_kinds_are_read(given, found):
    assert properties(a=given) == {"a": found}


def test_references_within_the_document_are_followed_and_circles_end():
    schema = {
        "$ref": "#/$defs/Event",
        "$defs": {
            "Event": {
                "type": "object",
                "properties": {"n": {"type": "integer"}, "again": {"$ref": "#/$defs/Event"}},
            }
        },
    }
    found = JsonSchemaDecoder(json.dumps(schema)).schema
    assert found["properties"] == {"n": INTEGER, "again": {}}


@pytest.mark.parametrize("schema", ["{", '{"type": "string"}', "true", "[]"])
def test_what_describes_no_object_is_refused(schema):
    with pytest.raises(UnreadableSchemaError):
        JsonSchemaDecoder(schema)


def test_the_text_behind_the_frame_stays_as_it_is():
    assert JsonSchemaDecoder().decode(b'{"a": 1.0 }') == b'{"a": 1.0 }'
    assert JsonSchemaDecoder().schema is None
