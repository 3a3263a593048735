"""Avro as ksqlDB's converter reads it (`AvroData`): unions become STRUCTs, enums become texts."""

from __future__ import annotations

import json
from io import BytesIO
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
    mapping,
    moment,
    octets,
    structure,
    text,
    whole,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schemagen.sources.registry.places import Schema

_LOGICAL = "x-logical-type"
"""Where the logical type is hidden from fastavro, which would make objects of Python by it."""
_NAMED = frozenset({"record", "error", "enum", "fixed"})
_MOMENTS = {
    ("int", "date"): "DATE",
    ("int", "time-millis"): "TIME",
    ("long", "timestamp-millis"): "TIMESTAMP",
}
"""The logical types that the converter knows; a value of any other is what it is without."""
_TYPES: Mapping[type, frozenset[str]] = {
    bool: frozenset({"boolean"}),
    int: frozenset({"int", "long"}),
    float: frozenset({"float", "double"}),
    str: frozenset({"string"}),
    bytes: frozenset({"bytes"}),
    list: frozenset({"array"}),
    dict: frozenset({"map"}),
}
"""What a value of a union is that fastavro gives without a name."""
_ALIKE = [frozenset({"int", "long"}), frozenset({"float", "double"})]
"""Members of a union whose values can't be told apart any more once they were read."""


class AvroDecoder:
    """Reads values of one Avro schema.

    Args:
        schema: the schema's text.
        references: the texts of the schemas that it names, each after those that it needs.

    Raises:
        UnreadableSchemaError: it is no Avro schema, or ksqlDB can't translate it.

    """

    def __init__(self, schema: str, references: Iterable[str] = ()) -> None:
        from fastavro import parse_schema, schemaless_reader  # noqa: PLC0415 - an extra
        from fastavro.schema import SchemaParseException, UnknownType  # noqa: PLC0415

        self._read: Callable[..., Any] = schemaless_reader
        self._named: dict[str, Any] = {}
        try:
            for each in references:
                parse_schema(_kept(json.loads(each)), named_schemas=self._named)
            self._writer = parse_schema(_kept(json.loads(schema)), named_schemas=self._named)
        except (ValueError, KeyError, TypeError, SchemaParseException, UnknownType) as error:
            raise UnreadableSchemaError("it is not a valid Avro schema") from error
        self._left_out: dict[str, str] = {}
        root = self._place(self._writer, (), ())
        if root is None or "properties" not in root.schema:
            raise UnreadableSchemaError("its records have no fields that ksqlDB could read")
        self._root = root

    @property
    def schema(self) -> Schema:
        """The JSON Schema of what `decode` returns."""
        return self._root.schema

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why a field of the schema is not read, by its path."""
        return self._left_out

    def decode(self, value: bytes) -> bytes | DecodeError:
        """Return the JSON text of a value behind its frame, or why there is none."""
        stream = BytesIO(value)
        try:
            found = self._read(
                stream, self._writer, None, return_record_name=True, return_named_type=True
            )
            # What follows a value is read as nothing, and no producer writes it.
            return orjson.dumps(self._root.read(found))
        except Exception:  # noqa: BLE001 - fastavro raises whatever the bytes lead it to
            return DecodeError.NOT_OF_SCHEMA

    # -- places -----------------------------------------------------------------------------------

    def _place(
        self, avro: Any, path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        """Make the place of a schema; None, and a note, where it can't be read."""
        if isinstance(avro, list):
            return self._union(avro, path, within)
        kind = avro if isinstance(avro, str) else avro["type"]
        if not isinstance(kind, str) or kind in self._named:
            return self._place(self._named[kind] if isinstance(kind, str) else kind, path, within)
        if kind == "null":
            raise UnreadableSchemaError(f"{'.'.join(path) or 'the record'} can only be null")
        known = avro if isinstance(avro, dict) else {}
        if kind in {"record", "error"}:
            return self._record(known, path, within)
        if kind == "array":
            return self._array(known, path, within)
        return self._map(known, path, within) if kind == "map" else _scalar(kind, known)

    def _map(
        self, avro: Mapping[str, Any], path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        inside = self._place(avro["values"], (*path, "*"), within)
        return None if inside is None else mapping(inside)

    def _array(
        self, avro: Mapping[str, Any], path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        inside = self._place(avro["items"], (*path, "[]"), within)
        if inside is None:
            return None
        entry = inside.schema.get("properties", {})
        if not _is_map_entry(self._resolved(avro["items"])) or entry.keys() != {"key", "value"}:
            return array(inside)
        # Connect writes maps whose keys are not texts as lists of entries.
        values = mapping(SchemaPlace(entry["value"]))
        read = inside.read
        return SchemaPlace(
            values.schema,
            lambda found: values.read({e["key"]: e["value"] for e in map(read, found)}),
        )

    def _record(
        self, avro: Mapping[str, Any], path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        name = str(avro["name"])
        if name in within:
            self._left_out[".".join(path)] = "it holds itself, and no STRUCT does"
            return None
        inner = (*within, name)
        fields = without(
            {
                field["name"]: self._place(field["type"], (*path, field["name"]), inner)
                for field in avro["fields"]
            }
        )
        if not fields:
            self._left_out[".".join(path)] = "it has no field that could be declared"
            return None
        readers = {key: place.read for key, place in fields.items()}

        def read(value: Any) -> dict[str, Any]:
            found = value[1] if isinstance(value, tuple) else value
            return {
                key: None if found[key] is None else one(found[key]) for key, one in readers.items()
            }

        return structure(fields, read)

    def _union(
        self, members: list[Any], path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        others = [member for member in members if member != "null"]
        if len(others) == 1 and len(members) <= len(("null", "one")):
            inside = self._place(others[0], path, within)
            if inside is None:
                return None
            return SchemaPlace(inside.schema, lambda value: inside.read(_untagged(value)))
        kinds = [self._resolved(member)["type"] for member in others]
        names = [_member_name(self._resolved(member)) for member in others]
        if len(set(names)) < len(names):
            raise UnreadableSchemaError(
                f"{'.'.join(path) or 'the record'} is a union of types of one name"
            )
        if any(len(pair & set(kinds)) > 1 for pair in _ALIKE):
            self._left_out[".".join(path)] = "a union of two widths of numbers is not read here"
            return None
        fields = without(
            {
                name: self._place(member, (*path, name), within)
                for name, member in zip(names, others, strict=True)
            }
        )
        if not fields:
            self._left_out[".".join(path)] = "no member of the union could be declared"
            return None
        by_kind = dict(zip(kinds, names, strict=True))

        def read(value: Any) -> dict[str, Any]:
            if isinstance(value, tuple):
                name, value = value[0].rpartition(".")[2], value[1]
            else:
                name = next(by_kind[kind] for kind in _TYPES[type(value)] if kind in by_kind)
            return {name: fields[name].read(value)} if name in fields else {}

        return structure(fields, read)

    def _resolved(self, avro: Any) -> dict[str, Any]:
        while True:
            if isinstance(avro, list):
                return {"type": "union"}
            name = avro if isinstance(avro, str) else avro["type"]
            if isinstance(name, dict):
                avro = name
            elif name in self._named:
                avro = self._named[name]
                return dict(avro)
            else:
                return {"type": avro} if isinstance(avro, str) else dict(avro)


def _untagged(value: Any) -> Any:
    """Return the value of a named type, which fastavro gives with its name in unions."""
    return value[1] if isinstance(value, tuple) else value


def _member_name(avro: Mapping[str, Any]) -> str:
    """Return the field that stands for a member of a union: the name without its namespace."""
    kind = str(avro["type"])
    return str(avro["name"]).rpartition(".")[2] if kind in _NAMED else kind


def _is_map_entry(avro: Mapping[str, Any]) -> bool:
    return (
        avro.get("connect.internal.type") == "MapEntry"
        or avro.get("name") == "io.confluent.connect.avro.MapEntry"
    )


_PLAIN = {
    "boolean": boolean(),
    "int": whole(wide=False),
    "long": whole(wide=True),
    "float": fraction(),
    "double": fraction(),
    "string": text(),
    "enum": text(_untagged),
}
"""The types of which no logical type changes what is read, but for those of moments."""


def _scalar(kind: str, avro: Mapping[str, Any]) -> SchemaPlace:
    logical = avro.get(_LOGICAL)
    found = _MOMENTS.get((kind, logical)) if isinstance(logical, str) else None
    if found is not None:
        return moment(found)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if logical == "decimal":
        scale = int(avro.get("scale") or 0)
        precision = avro.get("precision")
        return decimal(precision, scale, lambda value: decimal_text(_untagged(value), scale))
    inside = octets()
    return SchemaPlace(inside.schema, lambda value: inside.read(_untagged(value)))


def _kept(avro: Any) -> Any:
    """Return a schema whose logical types fastavro does not see."""
    if isinstance(avro, list):
        return [_kept(each) for each in avro]
    if not isinstance(avro, dict):
        return avro
    return {
        _LOGICAL if key == "logicalType" else key: (
            value if key in {"default", "symbols", "aliases"} else _kept(value)
        )
        for key, value in avro.items()
    }
