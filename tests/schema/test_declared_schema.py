"""What a registry says of values, in the schema that is committed."""

from __future__ import annotations

import pytest

from schemagen.choices import ValueFormat
from schemagen.errors import InputError
from schemagen.profile.nodes import Node
from schemagen.profile.profile import Profile
from schemagen.schema.build import build_schema
from schemagen.schema.declared import (
    add_declared,
    declared_maps,
    declared_types,
    maps_of,
    noted,
    registry_of,
)
from schemagen.schema.maps import MapPolicy, collapse_maps
from schemagen.sources.registry.places import (
    KEYWORD,
    array,
    boolean,
    decimal,
    fraction,
    identity,
    joined,
    mapping,
    moment,
    octets,
    reads,
    structure,
    text,
    whole,
)
from schemagen.sources.registry.source import RegistrySchema

LONG = whole(wide=True)
INNER = structure({"b": octets(), "c": fraction()}, identity)
DECLARED = structure(
    {"a": LONG, "list": array(INNER), "map": mapping(text()), "no": boolean()}, identity
).schema
AVRO = RegistrySchema(ValueFormat.AVRO, DECLARED, "t-value", 3, 7)


def seen(*messages):
    profile = Profile()
    profile.add(messages)
    return profile.root


def committed(*messages):
    """Make the schema that is committed of messages."""
    root = seen(*messages)
    collapse_maps(root, maps_of(MapPolicy(), AVRO))
    counted = seen(*messages)
    collapse_maps(counted, maps_of(MapPolicy(), AVRO))
    add_declared(root, DECLARED)
    return noted(build_schema(root, "t", counted), AVRO)


def test_the_schema_says_what_the_registry_says_and_reads_it_back():
    schema = committed({"a": 1})
    found = registry_of(schema)
    assert (found.format, found.subject, found.version, found.schema_id) == (
        ValueFormat.AVRO,
        "t-value",
        3,
        7,
    )
    assert declared_types(schema) == {
        "a": "BIGINT",
        "list[].b": "BYTES",
        "list[].c": "DOUBLE",
        "map.*": "VARCHAR",
        "no": "BOOLEAN",
    }


def test_the_schema_of_plain_json_says_nothing():
    assert registry_of(build_schema(seen({"a": 1}), "t")) is None


@pytest.mark.parametrize("note", [7, {}, {"format": "afro"}, {"format": "avro", "version": "x"}])
def test_a_note_that_was_edited_into_something_else_is_refused(note):
    with pytest.raises(InputError, match=r"F has an x-schemagen\.registry"):
        registry_of({KEYWORD: {"registry": note}}, "F")


def test_presence_is_that_of_the_sample():
    schema = committed({"a": 1, "list": None}, {"a": 2, "list": [{"b": "YQ==", "c": None}]})
    assert schema["required"] == ["a", "list"]
    assert schema["properties"]["map"][KEYWORD]["presence"] == "often"


def test_what_was_seen_as_null_alone_gets_its_kind():
    found = committed({"a": None, "map": {"k": "v"}})
    assert found["properties"]["a"]["type"] == ["integer", "null"]


def test_only_what_the_schema_declares_is_a_map():
    many = {f"10.0.0.{number}": "x" for number in range(99)}
    root = seen(*({"a": {key: 1}, "map": {"k": "v"}} for key in many))
    collapse_maps(root, maps_of(MapPolicy(force=("a",)), AVRO))
    assert root.fields["a"].any_key is None
    assert root.fields["map"].any_key is not None
    assert list(declared_maps(DECLARED)) == [("map",)]


def test_of_json_the_policy_stays_the_users():
    policy = MapPolicy(force=("a",))
    assert maps_of(policy, None) is policy
    assert maps_of(policy, RegistrySchema(ValueFormat.JSON_SR)) is policy


def test_an_empty_node_gets_all_that_is_declared():
    node = Node()
    add_declared(node, DECLARED)
    assert set(node.fields) == {"a", "list", "map", "no"}
    assert node.fields["list"].items.fields["b"].count("string") == 1


@pytest.mark.parametrize(
    ("column", "written", "is_read"),
    [
        ("BIGINT", "INT", True),
        ("INT", "BIGINT", False),
        ("BIGINT", "TIMESTAMP", True),
        ("INT", "DATE", True),
        ("VARCHAR", "BOOLEAN", True),
        ("VARCHAR", "BYTES", False),
        ("VARCHAR", "DECIMAL(4, 2)", False),
        ("DOUBLE", "BIGINT", False),
        ("DECIMAL(4, 2)", "DECIMAL(5, 2)", False),
        ("TIMESTAMP", "BIGINT", False),
    ],
)
def test_a_column_reads_what_the_converter_lets_it(column, written, is_read):
    assert reads(column, written) is is_read


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (whole(wide=False), LONG, "BIGINT"),
        (LONG, moment("TIMESTAMP"), "BIGINT"),
        (LONG, text(), "VARCHAR"),
        (boolean(), fraction(), "VARCHAR"),
        # No column reads both: the newer one's it is.
        (octets(), text(), "BYTES"),
        (decimal(4, 2, identity), decimal(5, 2, identity), "DECIMAL(4, 2)"),
    ],
)
def test_two_versions_meet_in_a_column_that_reads_both(one, other, both):
    schemas = [array(structure({"x": each}, identity)).schema for each in (one, other)]
    assert declared_types(joined(*schemas)) == {"[].x": both} or declared_types(
        joined(*schemas)
    ) == {"(message)[].x": both}


def test_what_lies_in_what_can_be_null_is_declared_too():
    schema = committed({"list": None}, {"list": [None, {"b": "YQ==", "c": None}]})
    assert declared_types(schema)["list[].b"] == "BYTES"
    assert declared_types(schema)["list[].c"] == "DOUBLE"
    twice = committed({"list": [{"b": "YQ=="}]})
    add = noted(twice, registry_of(schema))
    assert declared_types(add) == declared_types(twice)
