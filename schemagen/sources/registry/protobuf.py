"""Protobuf as ksqlDB's converter reads it (`ProtobufData`): each `oneof` becomes a STRUCT.

Wrappers are what they wrap, as `SourcePropertyInjector` asks for in all new statements; an enum is
its name; integers without a sign are BIGINT, and those of 64 bits wrap.
"""

from __future__ import annotations

import base64
import importlib
import re
from datetime import date
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.registry.places import (
    SchemaPlace,
    UnreadableSchemaError,
    array,
    boolean,
    decimal,
    decimal_text,
    fraction,
    joined,
    mapping,
    moment,
    octets,
    structure,
    text,
    whole,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemagen.sources.registry.places import Schema

_BUILT_IN = re.compile(r"(google/protobuf|google/type|confluent)/[\w/]+\.proto")
_EPOCH = date(1970, 1, 1).toordinal()
_SIGN = 1 << 63
_FIRST = (0,)
"""The first message of a file, as frames name it."""
_WRAPPERS = {
    "google.protobuf.DoubleValue",
    "google.protobuf.FloatValue",
    "google.protobuf.Int64Value",
    "google.protobuf.UInt64Value",
    "google.protobuf.Int32Value",
    "google.protobuf.UInt32Value",
    "google.protobuf.BoolValue",
    "google.protobuf.StringValue",
    "google.protobuf.BytesValue",
}


class ProtobufDecoder:
    """Reads values of one Protobuf schema.

    Args:
        schema: the schema's file in its serialised form, base64.
        references: the same of the files that it imports, by the name that it imports them by, each
            after those that it imports itself.
        used: which messages of their files the topic's values are, as far as is known; it grows.

    Raises:
        UnreadableSchemaError: it is no such schema, or ksqlDB can't translate it.

    """

    def __init__(
        self,
        schema: str,
        references: Mapping[str, str] | None = None,
        used: set[tuple[int, ...]] | None = None,
    ) -> None:
        from google.protobuf.descriptor_pool import DescriptorPool  # noqa: PLC0415 - an extra
        from google.protobuf.message_factory import GetMessageClass  # noqa: PLC0415

        self._class: Callable[[Any], Any] = GetMessageClass
        pool: Any = DescriptorPool()
        try:
            for name, content in (references or {}).items():
                _add(pool, _file(content, name))
            own = _file(schema, "value.proto")
            _add(pool, own)
            self._file = pool.FindFileByName(own.name)
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableSchemaError(
                "its registry gives no valid serialised form of it (format=serialized)"
            ) from error
        self._left_out: dict[str, str] = {}
        self._roots: dict[tuple[int, ...], tuple[Any, SchemaPlace]] = {}
        self._used = set() if used is None else used
        if not self._used:
            self._root(_FIRST)

    @property
    def schema(self) -> Schema:
        """The JSON Schema of what values of the topic are read as."""
        schemas = [self._root(each)[1].schema for each in sorted(self._used) or [_FIRST]]
        return reduce(joined, schemas)

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why a field of the schema is not read, by its path."""
        return self._left_out

    def decode(self, value: bytes) -> bytes | DecodeError:
        """Return the JSON text of a value behind its frame, or why there is none."""
        try:
            indexes, rest = _indexes(value)
            made, place = self._root(indexes)
            found = orjson.dumps(place.read(made.FromString(rest)))
        except Exception:  # noqa: BLE001 - protobuf raises whatever the bytes lead it to
            return DecodeError.NOT_OF_SCHEMA
        self._used.add(indexes)
        return found

    def _root(self, indexes: tuple[int, ...]) -> tuple[Any, SchemaPlace]:
        """Find the message that a frame names."""
        known = self._roots.get(indexes)
        if known is not None:
            return known
        messages = list(self._file.message_types_by_name.values())
        if not messages:
            raise UnreadableSchemaError("it defines no message")
        if indexes[0] >= len(messages):
            raise UnreadableSchemaError("it lacks the message that values of the topic are")
        found = messages[indexes[0]]
        for index in indexes[1:]:
            found = found.nested_types[index]
        place = self._message(found, (), ())
        if place is None or "properties" not in place.schema:
            raise UnreadableSchemaError("its messages have no fields that ksqlDB could read")
        self._roots[indexes] = (self._class(found), place)
        return self._roots[indexes]

    # -- places -----------------------------------------------------------------------------------

    def _message(
        self, found: Any, path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        known = _logical(found)
        if known is not None:
            return known
        if found.full_name in within:
            self._left_out[".".join(path)] = "it holds itself, and no STRUCT does"
            return None
        inner = (*within, found.full_name)
        fields: dict[str, SchemaPlace | None] = {}
        readers: list[tuple[str, Callable[[Any], Any]]] = []
        unions = [union for union in found.oneofs if not _is_optional(union)]
        for number, union in enumerate(unions):
            name = f"{union.name}_{number}"
            members = without(
                {
                    each.name: self._field(each, (*path, name, each.name), inner)
                    for each in union.fields
                }
            )
            if members:
                place = structure(members, _union_reader(union.name, members))
                fields[name] = place
                readers.append((name, place.read))
        for each in found.fields:
            if each.containing_oneof is not None and not _is_optional(each.containing_oneof):
                continue
            place_or_none = self._field(each, (*path, each.name), inner)
            fields[each.name] = place_or_none
            if place_or_none is not None:
                readers.append((each.name, _field_reader(each, place_or_none.read)))
        kept = without(fields)
        if not kept:
            self._left_out[".".join(path)] = "it has no field that could be declared"
            return None
        return structure(kept, lambda message: {name: read(message) for name, read in readers})

    def _field(
        self, field: Any, path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        if _is_map(field):
            inside = self._value(field.message_type.fields_by_name["value"], (*path, "*"), within)
            return None if inside is None else mapping(inside)
        repeated = _is_repeated(field)
        inside = self._value(field, (*path, "[]") if repeated else path, within)
        if inside is None or not repeated:
            return inside
        return array(inside)

    def _value(
        self, field: Any, path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        if field.type == field.TYPE_MESSAGE and field.message_type.full_name == (
            "confluent.type.Decimal"
        ):
            return _decimal(field)
        if field.type in {field.TYPE_MESSAGE, field.TYPE_GROUP}:
            return self._message(field.message_type, path, within)
        return _scalar(field)


def _scalar(field: Any) -> SchemaPlace:
    if field.type == field.TYPE_ENUM:
        return text(_enum_reader(field.enum_type))
    made: dict[int, Callable[[], SchemaPlace]] = {
        field.TYPE_BOOL: boolean,
        field.TYPE_STRING: text,
        field.TYPE_BYTES: octets,
        field.TYPE_FLOAT: fraction,
        field.TYPE_DOUBLE: fraction,
        field.TYPE_INT32: partial(whole, wide=False),
        field.TYPE_SINT32: partial(whole, wide=False),
        field.TYPE_SFIXED32: partial(whole, wide=False),
        field.TYPE_UINT64: partial(whole, wide=True, read=_signed),
        field.TYPE_FIXED64: partial(whole, wide=True, read=_signed),
    }
    return made.get(field.type, partial(whole, wide=True))()


def _signed(value: int) -> int:
    """Return what Java's long makes of an integer without a sign."""
    return value - 2 * _SIGN if value >= _SIGN else value


def _enum_reader(found: Any) -> Callable[[int], str]:
    names = {number: value.name for number, value in found.values_by_number.items()}
    return lambda number: names.get(number, f"UNKNOWN_ENUM_VALUE_{found.name}_{number}")


def _logical(found: Any) -> SchemaPlace | None:
    """Return the place of a message that stands for one value; None for any other."""
    name = found.full_name
    if name in _WRAPPERS:
        inside = _scalar(found.fields_by_name["value"])
        return SchemaPlace(inside.schema, lambda message: inside.read(message.value))
    if name == "google.protobuf.Timestamp":
        return moment("TIMESTAMP", lambda value: value.seconds * 1_000 + value.nanos // 1_000_000)
    if name == "google.type.Date":
        return moment(
            "DATE",
            lambda value: date(value.year, value.month, value.day).toordinal() - _EPOCH,
        )
    if name == "google.type.TimeOfDay":
        return moment(
            "TIME",
            lambda value: (
                ((value.hours * 60 + value.minutes) * 60 + value.seconds) * 1_000
                + value.nanos // 1_000_000
            ),
        )
    return None


def _decimal(field: Any) -> SchemaPlace:
    from google.protobuf.descriptor_pb2 import FieldOptions  # noqa: PLC0415 - an extra

    meta: Any = importlib.import_module("confluent_kafka.schema_registry.confluent.meta_pb2")
    # The options were read in a pool that need not know the extension: read them again in one that
    # does.
    options: Any = FieldOptions.FromString(field.GetOptions().SerializeToString())
    asked = options.Extensions[meta.field_meta].params
    precision, scale = (
        int(asked[name]) if name in asked and asked[name].isdigit() else 0
        for name in ("precision", "scale")
    )
    return decimal(precision, scale, lambda value: decimal_text(value.value, value.scale))


def _union_reader(name: str, members: Mapping[str, SchemaPlace]) -> Callable[[Any], Any]:
    def read(message: Any) -> dict[str, Any] | None:
        chosen = message.WhichOneof(name)
        if chosen is None:
            return None
        if chosen not in members:
            return {}
        return {chosen: members[chosen].read(getattr(message, chosen))}

    return read


def _field_reader(field: Any, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what reads a field of a message: one that is not there is null, or its default."""
    name = field.name
    if field.has_presence:
        return lambda message: read(getattr(message, name)) if message.HasField(name) else None
    if _is_repeated(field) and not _is_map(field):
        return lambda message: read(list(getattr(message, name)))
    return lambda message: read(getattr(message, name))


def _is_optional(union: Any) -> bool:
    """Return whether a `oneof` is no more than proto3's word `optional`."""
    return len(union.fields) == 1 and union.name == f"_{union.fields[0].name}"


def _is_repeated(field: Any) -> bool:
    # The property is new in version 6 of protobuf, which took `label` away in version 7.
    found = getattr(field, "is_repeated", None)
    return bool(field.label == field.LABEL_REPEATED if found is None else found)


def _is_map(field: Any) -> bool:
    return bool(
        field.type == field.TYPE_MESSAGE
        and _is_repeated(field)
        and field.message_type.GetOptions().map_entry
    )


def _indexes(value: bytes) -> tuple[tuple[int, ...], bytes]:
    """Read which message of its file a value is, and return what follows."""
    count, at = _varint(value, 0)
    if count == 0:
        return _FIRST, value[at:]
    found = []
    for _ in range(count):
        index, at = _varint(value, at)
        found.append(index)
    return tuple(found), value[at:]


def _varint(value: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = value[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return (number >> 1) ^ -(number & 1), at


def _file(content: str, name: str) -> Any:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto  # noqa: PLC0415 - an extra
    from google.protobuf.message import DecodeError as BrokenError  # noqa: PLC0415

    try:
        found = FileDescriptorProto.FromString(base64.b64decode(content, validate=True))
    except (ValueError, BrokenError) as error:
        raise ValueError("not a serialised file") from error
    found.name = name
    return found


def _add(pool: Any, file: Any) -> None:
    """Add a file to a pool, before it those that come with Protobuf."""
    for name in file.dependency:
        _add_built_in(pool, name)
    pool.Add(file)


def _add_built_in(pool: Any, name: str) -> None:
    try:
        pool.FindFileByName(name)
    except KeyError:
        if _BUILT_IN.fullmatch(name) is None:
            raise
        module = f"{name.removesuffix('.proto').replace('/', '.')}_pb2"
        if module.startswith("confluent."):
            module = f"confluent_kafka.schema_registry.{module}"
        try:
            file = importlib.import_module(module).DESCRIPTOR
        except ImportError as error:
            raise KeyError(name) from error
        for each in file.dependencies:
            _add_built_in(pool, each.name)
        pool.AddSerializedFile(file.serialized_pb)
