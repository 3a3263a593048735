"""Avro as ksqlDB's converter reads it."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
import math

import fastavro
import pytest

from schemagen.schema.declared import declared_types
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.registry.avro import AvroDecoder
from schemagen.sources.registry.places import UnreadableSchemaError

UTC = dt.UTC


def record(*fields, name="Event", **more):
    named = [{"name": each, "type": kind} for each, kind in fields]
    return {"type": "record", "name": name, "fields": named, **more}


def read(schema, value, *references):
    """Write a value by fastavro, and read it."""
    named = {}
    for each in references:
        fastavro.parse_schema(each, named_schemas=named)
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema, named_schemas=named), value)
    decoder = AvroDecoder(json.dumps(schema), map(json.dumps, references))
    return json.loads(decoder.decode(stream.getvalue()), parse_float=decimal.Decimal)


def types(schema):
    return declared_types(AvroDecoder(json.dumps(schema)).schema)


def logical(kind, logical_type, /, **more):
    return {"type": kind, "logicalType": logical_type, **more}


@pytest.mark.parametrize(
    ("kind", "value", "declared", "found"),
    [
        ("boolean", True, "BOOLEAN", True),
        ("int", -(2**31), "INT", -(2**31)),
        ("long", 2**63 - 1, "BIGINT", 2**63 - 1),
        ("float", 1.5, "DOUBLE", 1.5),
        ("double", math.nan, "DOUBLE", "NaN"),
        ("double", -math.inf, "DOUBLE", "-Infinity"),
        ("string", "é\n", "VARCHAR", "é\n"),
        ("bytes", b"\x00\xff", "BYTES", "AP8="),
        ({"type": "fixed", "name": "F", "size": 2}, b"ab", "BYTES", "YWI="),
        ({"type": "enum", "name": "E", "symbols": ["LOW", "HIGH"]}, "HIGH", "VARCHAR", "HIGH"),
        (logical("int", "date"), dt.date(1970, 1, 3), "DATE", 2),
        (logical("int", "time-millis"), dt.time(0, 0, 1), "TIME", 1_000),
        (
            logical("long", "timestamp-millis"),
            dt.datetime(2026, 1, 1, tzinfo=UTC),
            "TIMESTAMP",
            1_767_225_600_000,
        ),
        # The converter knows no other logical types: they are what they are without.
        (
            logical("long", "timestamp-micros"),
            dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
            "BIGINT",
            1_000_000,
        ),
        (logical("string", "uuid"), "u-1", "VARCHAR", "u-1"),
        (
            logical("bytes", "decimal", precision=9, scale=2),
            decimal.Decimal("-0.05"),
            "DECIMAL(9, 2)",
            decimal.Decimal("-0.05"),
        ),
        (
            logical("fixed", "decimal", name="F", size=9, precision=20, scale=1),
            decimal.Decimal("1.5"),
            "DECIMAL(20, 1)",
            decimal.Decimal("1.5"),
        ),
    ],
)
def test_each_type_is_declared_as_ksqldb_infers_it(kind, value, declared, found):
    schema = record(("a", kind))
    assert types(schema) == {"a": declared}
    assert read(schema, {"a": value}) == {"a": found}


def test_digits_of_a_decimal_are_all_kept():
    kind = logical("bytes", "decimal", precision=38, scale=3)
    number = decimal.Decimal("12345678901234567890123456789012345.670")
    stream = io.BytesIO()
    with decimal.localcontext(prec=40):
        fastavro.schemaless_writer(
            stream, fastavro.parse_schema(record(("a", kind))), {"a": number}
        )
    decoder = AvroDecoder(json.dumps(record(("a", kind))))
    assert decoder.decode(stream.getvalue()) == b'{"a":%s}' % str(number).encode()


def test_a_decimal_without_a_precision_has_64_digits():
    decoder = AvroDecoder(json.dumps(record(("a", {"type": "bytes", "logicalType": "decimal"}))))
    assert declared_types(decoder.schema) == {"a": "DECIMAL(64, 0)"}


def test_a_union_with_null_is_its_other_member():
    for union in (["null", "string"], ["string", "null"], ["string"]):
        assert types(record(("a", union))) == {"a": "VARCHAR"}
    assert read(record(("a", ["null", "string"])), {"a": None}) == {"a": None}
    enum = {"type": "enum", "name": "E", "symbols": ["P"]}
    assert read(record(("a", ["null", enum])), {"a": "P"}) == {"a": "P"}


INNER = record(("x", "int"), name="n.Inner")
UNION = [
    "null",
    "string",
    "int",
    INNER,
    {"type": "enum", "name": "n.Kind", "symbols": ["P"]},
    {"type": "fixed", "name": "n.Two", "size": 2},
    {"type": "array", "items": "long"},
    {"type": "map", "values": "boolean"},
]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        ("text", {"string": "text"}),
        (7, {"int": 7}),
        (("n.Inner", {"x": 1}), {"Inner": {"x": 1}}),
        (("n.Kind", "P"), {"Kind": "P"}),
        (("n.Two", b"ab"), {"Two": "YWI="}),
        ([1], {"array": [1]}),
        ({"k": True}, {"map": {"k": True}}),
    ],
)
def test_other_unions_are_structs_with_a_field_for_each_member(value, found):
    assert read(record(("a", UNION)), {"a": value}) == {"a": found}


def test_a_union_of_two_widths_is_left_out_and_said():
    decoder = AvroDecoder(json.dumps(record(("a", ["int", "long"]), ("b", "int"))))
    assert declared_types(decoder.schema) == {"b": "INT"}
    assert "two widths" in decoder.left_out["a"]


def test_members_of_one_name_are_refused_as_the_converter_does():
    members = [record(("x", "int"), name="one.Same"), record(("y", "int"), name="two.Same")]
    with pytest.raises(UnreadableSchemaError, match="a is a union of types of one name"):
        AvroDecoder(json.dumps(record(("a", members))))


def test_a_field_that_can_only_be_null_is_refused():
    with pytest.raises(UnreadableSchemaError, match=r"inside\.a can only be null"):
        AvroDecoder(json.dumps(record(("inside", record(("a", "null"), name="I")))))


def test_a_record_in_itself_is_left_out_where_it_comes_again():
    schema = record(("name", "string"), ("parent", ["null", "Event"]))
    decoder = AvroDecoder(json.dumps(schema))
    assert declared_types(decoder.schema) == {"name": "VARCHAR"}
    assert "parent" in decoder.left_out
    value = {"name": "a", "parent": {"name": "b", "parent": None}}
    assert read(schema, value) == {"name": "a"}


def test_lists_and_maps_keep_their_nulls():
    schema = record(
        ("list", {"type": "array", "items": ["null", "bytes"]}),
        ("map", {"type": "map", "values": ["null", INNER]}),
    )
    assert types(schema) == {"list[]": "BYTES", "map.*.x": "INT"}
    value = {"list": [b"a", None], "map": {"k": {"x": 1}, "l": None}}
    assert read(schema, value) == {"list": ["YQ==", None], "map": {"k": {"x": 1}, "l": None}}


def test_connects_list_of_entries_is_a_map():
    entry = record(("key", "long"), ("value", "string"), name="Entry")
    entry["connect.internal.type"] = "MapEntry"
    schema = record(("a", {"type": "array", "items": entry}))
    assert types(schema) == {"a.*": "VARCHAR"}
    assert read(schema, {"a": [{"key": 3, "value": "x"}]}) == {"a": {"3": "x"}}


def test_schemas_that_it_names_are_read_first():
    assert read(record(("a", "n.Inner")), {"a": {"x": 1}}, INNER) == {"a": {"x": 1}}


@pytest.mark.parametrize("schema", ["{", '"nothing"', "7", '{"type": "record"}', '"string"'])
def test_what_is_no_schema_of_a_record_is_refused(schema):
    with pytest.raises(UnreadableSchemaError):
        AvroDecoder(schema)


def test_a_record_without_fields_is_refused():
    with pytest.raises(UnreadableSchemaError, match="no fields"):
        AvroDecoder(json.dumps(record()))


@pytest.mark.parametrize("value", [b"", b"\x10ab", b"\x01", b"\x06\xff\xfe\xfd"])
def test_bytes_of_another_schema_are_counted(value):
    decoder = AvroDecoder(json.dumps(record(("a", "string"))))
    assert decoder.decode(value) is DecodeError.NOT_OF_SCHEMA
