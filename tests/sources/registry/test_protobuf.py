"""Protobuf as ksqlDB's converter reads it."""

from __future__ import annotations

import base64
import json
import math

import pytest
from google.protobuf.descriptor_pb2 import (
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldOptions,
    MessageOptions,
    OneofDescriptorProto,
)
from registered_values import field, message, message_class, proto_file

from schemagen.schema.declared import declared_types
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.registry.places import UnreadableSchemaError
from schemagen.sources.registry.protobuf import ProtobufDecoder


def text(file):
    return base64.b64encode(file.SerializeToString()).decode()


def of(*fields, dependency=(), nested=(), **more):
    """Make a file of one message, its decoder and its class."""
    nested_types = list(nested)
    event = message("Event", *fields, nested_type=nested_types, **more)
    file = proto_file("event.proto", event, dependency=dependency)
    return ProtobufDecoder(text(file)), message_class(file, of="Event")


def read(decoder, value, frame=b"\x00"):
    return json.loads(decoder.decode(frame + value.SerializeToString()))


@pytest.mark.parametrize(
    ("kind", "value", "declared", "found"),
    [
        ("bool", True, "BOOLEAN", True),
        ("int32", -5, "INT", -5),
        ("sint32", -5, "INT", -5),
        ("sfixed32", -5, "INT", -5),
        ("uint32", 2**32 - 1, "BIGINT", 2**32 - 1),
        ("fixed32", 2**32 - 1, "BIGINT", 2**32 - 1),
        ("int64", 2**63 - 1, "BIGINT", 2**63 - 1),
        # Java's long has no bit to spare: the largest of them wrap.
        ("uint64", 2**64 - 1, "BIGINT", -1),
        ("fixed64", 2**63, "BIGINT", -(2**63)),
        ("float", 1.5, "DOUBLE", 1.5),
        ("double", math.inf, "DOUBLE", "Infinity"),
        ("string", "é", "VARCHAR", "é"),
        ("bytes", b"\x00\xff", "BYTES", "AP8="),
    ],
)
def test_each_type_is_declared_as_ksqldb_infers_it(kind, value, declared, found):
    decoder, event = of(field("a", 1, kind))
    assert declared_types(decoder.schema) == {"a": declared}
    assert read(decoder, event(a=value)) == {"a": found}


def test_what_is_not_there_is_its_default_and_only_an_optional_one_null():
    decoder, event = of(
        field("a", 1, "int32"),
        field("b", 2, "int32", proto3_optional=True, oneof_index=0),
        field("c", 3, "string", repeated=True),
        oneof_decl=[OneofDescriptorProto(name="_b")],
    )
    assert read(decoder, event()) == {"a": 0, "b": None, "c": []}
    assert read(decoder, event(b=0, c=["x"])) == {"a": 0, "b": 0, "c": ["x"]}


def test_a_wrapper_is_what_it_wraps():
    names = ("google/protobuf/wrappers.proto",)
    decoder, event = of(field("a", 1, ".google.protobuf.StringValue"), dependency=names)
    assert declared_types(decoder.schema) == {"a": "VARCHAR"}
    assert read(decoder, event()) == {"a": None}
    assert read(decoder, event(a={"value": ""})) == {"a": ""}


def test_moments_are_numbers():
    decoder, event = of(
        field("at", 1, ".google.protobuf.Timestamp"),
        field("day", 2, ".google.type.Date"),
        field("hour", 3, ".google.type.TimeOfDay"),
        dependency=(
            "google/protobuf/timestamp.proto",
            "google/type/date.proto",
            "google/type/timeofday.proto",
        ),
    )
    assert declared_types(decoder.schema) == {"at": "TIMESTAMP", "day": "DATE", "hour": "TIME"}
    value = event(
        at={"seconds": -1, "nanos": 999_000_000},
        day={"year": 1970, "month": 1, "day": 3},
        hour={"hours": 1, "seconds": 1, "nanos": 5_000_000},
    )
    assert read(decoder, value) == {"at": -1, "day": 2, "hour": 3_601_005}


def test_a_decimal_has_the_digits_that_its_field_says():
    from confluent_kafka.schema_registry.confluent import meta_pb2  # noqa: PLC0415
    from confluent_kafka.schema_registry.confluent.type import decimal_pb2  # noqa: PLC0415

    options = FieldOptions()
    options.Extensions[meta_pb2.field_meta].params.update({"precision": "9", "scale": "2"})
    made = message("Event", field("a", 1, ".confluent.type.Decimal", options=options))
    dependency = [decimal_pb2.DESCRIPTOR.name, meta_pb2.DESCRIPTOR.name]
    decoder = ProtobufDecoder(text(proto_file("event.proto", made, dependency=dependency)))
    assert declared_types(decoder.schema) == {"a": "DECIMAL(9, 2)"}
    amount = decimal_pb2.Decimal(value=(-1234).to_bytes(2, "big", signed=True), scale=2)
    inner = amount.SerializeToString()
    value = b"\x00" + b"\x0a" + bytes([len(inner)]) + inner
    assert decoder.decode(value) == b'{"a":-12.34}'


def test_an_enum_is_its_name_also_where_nobody_knows_it():
    level = EnumDescriptorProto(
        name="Level", value=[EnumValueDescriptorProto(name="LOW", number=0)]
    )
    decoder, event = of(field("a", 1, "enum .Event.Level"), enum_type=[level])
    assert declared_types(decoder.schema) == {"a": "VARCHAR"}
    assert read(decoder, event()) == {"a": "LOW"}
    assert read(decoder, event(a=5)) == {"a": "UNKNOWN_ENUM_VALUE_Level_5"}


def test_each_oneof_is_a_struct_with_its_number():
    decoder, event = of(
        field("a", 1, "int32"),
        field("n", 2, "int32", oneof_index=0),
        field("t", 3, "string", oneof_index=0),
        oneof_decl=[OneofDescriptorProto(name="choice")],
    )
    assert declared_types(decoder.schema) == {
        "choice_0.n": "INT",
        "choice_0.t": "VARCHAR",
        "a": "INT",
    }
    assert read(decoder, event()) == {"choice_0": None, "a": 0}
    assert read(decoder, event(n=0)) == {"choice_0": {"n": 0}, "a": 0}


def test_the_keys_of_a_map_are_texts():
    entry = message(
        "AEntry",
        field("key", 1, "bool"),
        field("value", 2, "double"),
        options=MessageOptions(map_entry=True),
    )
    decoder, event = of(field("a", 1, ".Event.AEntry", repeated=True), nested=[entry])
    assert declared_types(decoder.schema) == {"a.*": "DOUBLE"}
    assert read(decoder, event(a={True: 1.5})) == {"a": {"true": 1.5}}


def test_a_message_in_itself_is_left_out_where_it_comes_again():
    decoder, event = of(field("a", 1, "int32"), field("again", 2, ".Event"))
    assert declared_types(decoder.schema) == {"a": "INT"}
    assert "again" in decoder.left_out
    assert read(decoder, event(a=1, again={"a": 2})) == {"a": 1}


def test_a_frame_names_which_message_of_the_file_it_is():
    inner = message("Inner", field("c", 1, "int32"))
    file = proto_file(
        "event.proto",
        message("First", field("a", 1, "int32")),
        message("Second", field("b", 1, "string"), nested_type=[inner]),
    )
    decoder = ProtobufDecoder(text(file))
    assert declared_types(decoder.schema) == {"a": "INT"}
    second = message_class(file, of="Second")
    assert read(decoder, second(b="x"), frame=b"\x02\x02") == {"b": "x"}
    nested = message_class(file, of="Second.Inner")
    assert read(decoder, nested(c=3), frame=b"\x04\x02\x00") == {"c": 3}
    # What values are counts, not what comes first in the file.
    assert declared_types(decoder.schema) == {"b": "VARCHAR", "c": "INT"}


def test_files_that_it_imports_are_read_first():
    shared = proto_file("shared.proto", message("Host", field("name", 1, "string")))
    event = proto_file(
        "event.proto", message("Event", field("host", 1, ".Host")), dependency=["shared.proto"]
    )
    decoder = ProtobufDecoder(text(event), {"shared.proto": text(shared)})
    made = message_class(shared, event, of="Event")
    assert read(decoder, made(host={"name": "a"})) == {"host": {"name": "a"}}


@pytest.mark.parametrize(
    "schema",
    [
        'syntax = "proto3";',
        "!",
        text(proto_file("a.proto", message("E", field("a", 1, ".Gone")))),
        text(proto_file("a.proto", message("E"), dependency=["gone.proto"])),
        text(proto_file("a.proto", message("E"), dependency=["google/protobuf/no_such.proto"])),
    ],
)
def test_what_is_no_serialised_file_is_refused(schema):
    with pytest.raises(UnreadableSchemaError, match="serialised form"):
        ProtobufDecoder(schema)


@pytest.mark.parametrize("messages", [(), (message("Empty"),)])
def test_what_has_no_fields_is_refused(messages):
    with pytest.raises(UnreadableSchemaError):
        ProtobufDecoder(text(proto_file("a.proto", *messages)))


@pytest.mark.parametrize("value", [b"", b"\x02", b"\x02\x7f\x08\x01", b"\x00\x0a\xff", b"\x80"])
def test_bytes_of_another_schema_are_counted(value):
    decoder, _ = of(field("a", 1, "string"))
    assert decoder.decode(value) is DecodeError.NOT_OF_SCHEMA
