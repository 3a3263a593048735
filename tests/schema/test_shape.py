"""The join of the committed schema and the evidence."""

from __future__ import annotations

import json
from copy import deepcopy

from hypothesis import given
from strategies import BATCHES

from schemagen.profile.codec import node_to_json
from schemagen.profile.profile import Profile
from schemagen.schema.build import build_schema
from schemagen.schema.maps import MapPolicy, collapse_maps
from schemagen.schema.shape import copied, shape


def root_of(messages):
    profile = Profile()
    profile.add(messages)
    return profile.root


def as_bytes(node):
    return json.dumps(node_to_json(node), sort_keys=True)


@given(BATCHES)
def test_schema_and_evidence_of_one_sample_join_to_what_was_seen(messages):
    root = root_of([{"x": 1}, *messages])
    assert as_bytes(shape(build_schema(root, "t"), root)) == as_bytes(root)


def test_what_a_text_holds_is_known_from_the_schema_alone():
    root = root_of([{"a": '{"b":1}'}, {"a": '{"c":{"d":"x"}}'}])
    content = shape(build_schema(root, "t"), None).fields["a"].content
    assert list(content.fields) == ["b", "c"]
    assert content.fields["c"].fields["d"].types() == {"string"}


@given(BATCHES)
def test_joining_leaves_the_evidence_as_it_was(messages):
    root = root_of(messages)
    collapsed = deepcopy(root)
    collapse_maps(collapsed, MapPolicy(min_keys=1, max_presence=1.0, min_new=0.0))
    before = as_bytes(root)
    shape(build_schema(collapsed, "t"), root)
    copied([root, root])
    assert as_bytes(root) == before


@given(BATCHES)
def test_maps_of_the_schema_fold_the_evidence(messages):
    root = root_of([{"x": 1}, *messages])
    collapsed = root_of([{"x": 1}, *messages])
    collapse_maps(collapsed, MapPolicy(min_keys=1, max_presence=1.0, min_new=0.0))
    assert as_bytes(shape(build_schema(collapsed, "t"), root)) == as_bytes(collapsed)


@given(BATCHES)
def test_the_schema_alone_tells_every_path_and_kind(messages):
    root = root_of([{"x": 1}, *messages])
    alone = shape(build_schema(root, "t"), None)
    kinds = {path: node.types() for path, node in root.walk() if node.total}
    assert {path: node.types() for path, node in alone.walk() if node.total} == kinds


def test_fields_come_in_the_schemas_order():
    schema = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "integer"}}}
    assert list(shape(schema, root_of([{"a": 1, "b": "x"}])).fields) == ["b", "a"]


def test_what_the_team_took_out_of_the_schema_stays_out():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert list(shape(schema, root_of([{"a": 1, "b": "x"}])).fields) == ["a"]


def test_what_only_the_schema_has_counts_as_seen_once():
    schema = {"type": "object", "properties": {"a": {"type": ["integer", "string"]}}}
    node = shape(schema, root_of([{"a": 1}, {"a": 2}])).fields["a"]
    assert (node.count("integer"), node.count("string")) == (2, 1)


def test_the_width_of_integers_is_read_from_the_schemas_notes():
    def width(notes):
        inner = {"type": "integer", "x-schemagen": notes}
        return shape({"type": "object", "properties": {"a": inner}}, None).fields["a"].integers

    assert width({"integers": "int32"}).beyond32 == 0
    assert (width({"integers": "int64"}).beyond32, width({"integers": "int64"}).beyond64) == (1, 0)
    assert width({"integers": "uint64"}).greatest == 2**64 - 1
    assert width({"integers": "beyond"}).greatest > 2**64
