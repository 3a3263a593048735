"""From profile to JSON Schema."""

from __future__ import annotations

import json
from decimal import Decimal

from genson import SchemaBuilder
from hypothesis import given
from jsonschema import Draft202012Validator
from strategies import BATCHES

from schemagen.profile.profile import Profile
from schemagen.schema.build import build_schema, witnesses
from schemagen.schema.maps import MapPolicy, collapse_maps
from schemagen.sources.registry.places import KEYWORD


def root_of(messages):
    profile = Profile()
    profile.add(messages)
    return profile.root


def schema_of(messages, **policy):
    root = root_of(messages)
    collapse_maps(root, MapPolicy(**policy))
    return build_schema(root, "topic")


def genson_schema(messages):
    builder = SchemaBuilder()
    builder.add_schema({"type": "object", "properties": {}})
    for message in messages:
        builder.add_object(as_floats(message))
    return canonical(builder.to_schema())


def as_floats(value):
    """genson knows no Decimal."""
    if isinstance(value, Decimal):
        return 0.5
    if isinstance(value, dict):
        return {key: as_floats(inner) for key, inner in value.items()}
    return [as_floats(inner) for inner in value] if isinstance(value, list) else value


def canonical(schema):
    """The order of alternatives and properties is the order of arrival: no difference."""
    if isinstance(schema, dict):
        return {key: canonical(inner) for key, inner in schema.items()}
    if isinstance(schema, list):
        return sorted(map(canonical, schema), key=lambda each: json.dumps(each, sort_keys=True))
    return schema


@given(BATCHES)
def test_genson_makes_of_the_witnesses_what_it_makes_of_all_messages(messages):
    assert genson_schema(witnesses(root_of(messages))) == genson_schema(messages)


@given(BATCHES)
def test_genson_makes_the_same_however_often_and_in_which_order_messages_come(messages):
    assert genson_schema([*messages, *reversed(messages)]) == genson_schema(messages)


@given(BATCHES)
def test_every_message_validates_under_its_schema(messages):
    validator = Draft202012Validator(schema_of(messages, min_keys=3, max_presence=1.0))
    for message in messages:
        assert validator.is_valid(as_floats(message))


@given(BATCHES)
def test_the_schema_is_a_valid_json_schema(messages):
    Draft202012Validator.check_schema(schema_of(messages))


@given(BATCHES)
def test_the_order_of_messages_does_not_show(messages):
    assert json.dumps(schema_of(messages)) == json.dumps(schema_of(messages[::-1]))


def test_fields_say_what_json_schema_has_no_word_for():
    messages = [{"t": "2024-05-06T07:08:09.123Z", "n": 2**40, "x": "free text"}] * 3 + [
        {"t": "now"}
    ]
    properties = schema_of(messages[:3])["properties"]
    assert properties["t"][KEYWORD] == {"formats": ["date-time:yyyy-MM-dd'T'HH:mm:ss.SSSX"]}
    assert properties["n"][KEYWORD] == {"integers": "int64"}
    assert KEYWORD not in properties["x"]
    mixed = schema_of(messages)["properties"]
    assert mixed["n"][KEYWORD] == {"presence": "often", "integers": "int64"}
    assert KEYWORD not in mixed["t"]


def test_no_count_is_in_the_schema_so_that_a_larger_sample_leaves_it_alone():
    messages = [{"a": 1, "b": "x"}, {"a": 2}]
    assert schema_of(messages) == schema_of(messages * 50)


def test_mixed_kinds_are_alternatives():
    schema = schema_of([{"a": "x"}, {"a": {"b": 1}}, {"a": [1]}])
    kinds = [branch["type"] for branch in schema["properties"]["a"]["anyOf"]]
    assert kinds == ["array", "object", "string"]


def test_a_text_that_is_json_has_a_schema_of_its_own():
    inner = schema_of([{"a": '{"b":1}'}, {"a": '{"b":2,"c":"x"}'}, {"a": ""}])["properties"]["a"]
    assert inner["type"] == "string"
    assert inner["contentMediaType"] == "application/json"
    assert inner["contentSchema"]["properties"]["b"]["type"] == "integer"
    assert inner["contentSchema"]["required"] == ["b"]


def test_where_some_texts_are_not_json_the_schema_does_not_say_that_they_are():
    inner = schema_of([{"a": '{"b":1}'}, {"a": "x"}])["properties"]["a"]
    assert not {"contentMediaType", "contentSchema"} & inner.keys()


def test_a_map_describes_its_values_once():
    messages = [{"m": {f"user{i}": i}} for i in range(100)]
    schema = schema_of(messages)["properties"]["m"]
    assert "properties" not in schema
    assert schema["additionalProperties"]["type"] == "integer"
