"""The schema file."""

from __future__ import annotations

import json

import pytest
from drifting import evidence
from hypothesis import given
from strategies import BATCHES

from schemagen.errors import InputError
from schemagen.schema.build import build_schema
from schemagen.schema.document import keep_reviewed, load_schema, save_schema

OBJECT = {"type": "object"}


def object_schema(*names, **inner):
    return {"type": "object", "properties": {n: inner.get(n, {"type": "string"}) for n in names}}


def test_what_is_saved_loads_the_same_and_twice_gives_the_same_bytes(tmp_path):
    path = tmp_path / "schemas" / "t.schema.json"
    save_schema(path, object_schema("b", "a"))
    first = path.read_bytes()
    save_schema(path, load_schema(path))
    assert path.read_bytes() == first


def test_a_key_with_half_a_surrogate_pair_can_be_saved(tmp_path):
    path = tmp_path / "t.schema.json"
    save_schema(path, object_schema("\ud800"))
    assert list(load_schema(path)["properties"]) == ["\ud800"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON, line 1"),
        ('{"type": "object", "properties": {"a": {"type": "strin"}}}', "at properties/a/type"),
        ('{"type": "array"}', "does not describe an object"),
        ("[]", "not a valid JSON Schema"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, text, says):
    path = tmp_path / "t.schema.json"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        load_schema(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        load_schema(tmp_path / "missing.json")


def names(schema):
    return list(schema["properties"])


def test_committed_fields_keep_their_order_and_new_ones_follow():
    assert names(keep_reviewed(object_schema("a", "b", "c", "d"), object_schema("d", "b"))) == [
        "d",
        "b",
        "a",
        "c",
    ]


def test_fields_that_are_gone_are_gone():
    assert names(keep_reviewed(object_schema("a"), object_schema("z", "a"))) == ["a"]


def test_order_is_kept_at_every_level():
    new = object_schema("o", o={"anyOf": [object_schema("a", "b"), {"type": "string"}]})
    old = object_schema("o", o=object_schema("b", "a"))
    kept = keep_reviewed(new, old)
    assert names(kept["properties"]["o"]["anyOf"][0]) == ["b", "a"]
    new = object_schema("l", l={"type": "array", "items": object_schema("a", "b")})
    old = object_schema("l", l={"type": "array", "items": object_schema("b")})
    assert names(keep_reviewed(new, old)["properties"]["l"]["items"]) == ["b", "a"]


def test_nothing_but_the_order_changes():
    new = object_schema("a", "b", a=object_schema("x", "y"))
    assert keep_reviewed(new, object_schema("b", "a", a=object_schema("y"))) == new
    assert json.dumps(new) == json.dumps(keep_reviewed(new, {"type": "object"}))


def test_what_a_reviewer_wrote_is_kept_in_its_place():
    old = {
        "description": "all",
        "type": "object",
        "properties": {
            "a": {"type": "string", "description": "one", "enum": ["x"]},
            "l": {"type": "array", "items": {"type": "string", "description": "each"}},
            "m": {"type": "object", "additionalProperties": {"type": "string", "title": "any"}},
        },
    }
    new = {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "l": {"type": "array", "items": {"type": "string"}},
            "m": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    assert json.dumps(keep_reviewed(new, old)) == json.dumps(old)


def test_alternatives_keep_what_was_written_about_them():
    text = {"type": "string", "description": "a text"}
    new = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    # About the only type, and about the one of two.
    assert keep_reviewed(new, text) == {"description": "a text", **new}
    old = {"anyOf": [text, {"type": "null"}]}
    assert keep_reviewed(new, old) == {"anyOf": [{"type": "integer"}, text]}
    assert keep_reviewed({"type": "string"}, text) == text
    assert keep_reviewed({"type": "string"}, old) == text


@given(BATCHES)
def test_what_inference_made_is_kept_as_it_is(messages):
    made = build_schema(evidence(messages).profile.root, "t")
    assert json.dumps(keep_reviewed(made, made)) == json.dumps(made)
