"""JSON with a schema (JSON_SR), read as ksqlDB's converter reads it (`JsonSchemaData`).

The converter goes by the schema, as for Avro: it reads only fields that the schema has, and a value
of another kind becomes 0, false or NULL, or drops its record where the schema has an object.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, NamedTuple

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
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemagen.sources.registry.places import Schema

_DEEPEST = 64
_LOGICAL = "org.apache.kafka.connect.data."
_MOMENTS = {"Date": "DATE", "Time": "TIME", "Timestamp": "TIMESTAMP"}
_NARROW = frozenset({"int8", "int16", "int32"})
_SIGN = 1 << 63


class _Member(NamedTuple):
    """A place, whether it may be null, and what stands for a missing value."""

    place: SchemaPlace
    nullable: bool
    default: Any = None

    def read(self, value: Any) -> Any:
        if value is None:
            if self.nullable or self.default is not None:
                return self.default
            raise ValueError("null where the schema has none")
        return self.place.read(value)


class JsonSchemaDecoder:
    """Reads values of one JSON Schema.

    Args:
        schema: the schema's text; None where no registry was asked, and values stay as they are.

    Raises:
        UnreadableSchemaError: it is no JSON Schema of an object, or ksqlDB can't translate it.

    """

    def __init__(self, schema: str | None = None) -> None:
        self._left_out: dict[str, str] = {}
        self._root: SchemaPlace | None = None
        if schema is None:
            return
        try:
            self._document = json.loads(schema)
        except ValueError as error:
            raise UnreadableSchemaError("it is not valid JSON") from error
        found = self._member(self._document, (), ())
        if found is None or "properties" not in found.place.schema:
            raise UnreadableSchemaError("it does not describe an object with fields")
        self._root = found.place

    @property
    def schema(self) -> Schema | None:
        """The JSON Schema of what `decode` returns."""
        return None if self._root is None else self._root.schema

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why a field of the schema is not read, by its path."""
        return self._left_out

    def decode(self, value: bytes) -> bytes | DecodeError:
        """Return the JSON text of a value behind its frame, or why there is none."""
        if self._root is None:
            return value
        try:
            found = orjson.loads(value)
        except ValueError:
            return value  # what is no JSON is said to be none
        try:
            return orjson.dumps(self._root.read(found))
        except (ValueError, TypeError, OverflowError):
            return DecodeError.NOT_OF_SCHEMA

    # -- places -----------------------------------------------------------------------------------

    def _member(
        self, schema: Any, path: tuple[str, ...], within: tuple[str, ...]
    ) -> _Member | None:
        """Make the place of a schema; None, and a note, where it can't be read."""
        if not isinstance(schema, dict) or len(within) > _DEEPEST:
            return self._without(path, "its schema says nothing of it")
        if "$ref" in schema:
            return self._referred(str(schema["$ref"]), path, within)
        found = _alternatives(schema)
        if found is not None:
            others = [each for each in found if not _is_null(each)]
            if len(others) != 1:
                return self._without(path, "a union of several kinds is not read here")
            inner = self._member(others[0], path, within)
            nullable = len(others) < len(found)
            return None if inner is None else inner._replace(nullable=nullable or inner.nullable)
        if "allOf" in schema:
            return self._without(path, "a schema of allOf is not read here")
        place = self._place(schema, path, within)
        return (
            None if place is None else _Member(place, nullable=False, default=schema.get("default"))
        )

    def _referred(
        self, name: str, path: tuple[str, ...], within: tuple[str, ...]
    ) -> _Member | None:
        if name in within:
            return self._without(path, "it holds itself, and no STRUCT does")
        target = _resolved(name, self._document)
        if target is None:
            return self._without(path, "its schema refers to another document")
        return self._member(target, path, (*within, name))

    def _place(
        self, schema: Schema, path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        kind = schema.get("type", "object" if "properties" in schema else None)
        if kind == "object":
            return self._object(schema, path, within)
        if kind == "array":
            return self._array(schema, path, within)
        found = _scalar(kind, schema)
        if found is None:
            self._without(path, "its schema says nothing of it")
        return found

    def _array(
        self, schema: Schema, path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        if "items" not in schema:
            raise UnreadableSchemaError(f"{'.'.join(path)} is an array, and its items are not told")
        if schema.get("connect.type") == "map":
            self._without(path, "a map of other keys than texts is not read here")
            return None
        inner = self._member(schema["items"], (*path, "[]"), within)
        if inner is None:
            return None
        return SchemaPlace(
            array(inner.place).schema, lambda value: [inner.read(each) for each in _items(value)]
        )

    def _object(
        self, schema: Schema, path: tuple[str, ...], within: tuple[str, ...]
    ) -> SchemaPlace | None:
        if schema.get("connect.type") == "map":
            inner = self._member(schema.get("additionalProperties"), (*path, "*"), within)
            if inner is None:
                return None
            return SchemaPlace(
                mapping(inner.place).schema,
                lambda value: {key: inner.read(each) for key, each in _fields(value).items()},
            )
        given = schema.get("properties")
        members = {
            name: self._member(each, (*path, name), within)
            for name, each in (given if isinstance(given, dict) else {}).items()
        }
        known = {name: each for name, each in members.items() if each is not None}
        if not known:
            self._without(path, "it has no field that could be declared")
            return None

        def read(value: Any) -> dict[str, Any]:
            found = _fields(value)
            # Connect asks for every field of a STRUCT that is put into something, and for none of
            # the record's own.
            return {
                name: each.read(found.get(name)) if path or name in found else each.default
                for name, each in known.items()
            }

        return structure({name: each.place for name, each in known.items()}, read)

    def _without(self, path: tuple[str, ...], why: str) -> _Member | None:
        self._left_out[".".join(path)] = why
        return None


def _alternatives(schema: Schema) -> list[Any] | None:
    """Return the schemas of which a value has one; None where there is no choice."""
    for keyword in ("oneOf", "anyOf"):
        if isinstance(schema.get(keyword), list):
            return list(schema[keyword])
    kinds = schema.get("type")
    return [{**schema, "type": kind} for kind in kinds] if isinstance(kinds, list) else None


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _scalar(kind: Any, schema: Schema) -> SchemaPlace | None:
    connect = schema.get("connect.type")
    title = str(schema.get("title", ""))
    logical = title.removeprefix(_LOGICAL) if title.startswith(_LOGICAL) else ""
    if logical in _MOMENTS:
        return moment(_MOMENTS[logical], _long)
    if logical == "Decimal":
        said = schema.get("connect.parameters") or {}
        scale, precision = int(said.get("scale", 0)), said.get("connect.decimal.precision")
        return decimal(int(precision) if precision else None, scale, _decimal_reader(scale))
    made: dict[str, Callable[[], SchemaPlace]] = {
        "boolean": lambda: SchemaPlace(boolean().schema, lambda value: value is True),
        "integer": lambda: whole(wide=connect not in _NARROW, read=_long),
        "number": lambda: SchemaPlace(fraction().schema, _double),
        "string": lambda: (
            SchemaPlace(octets().schema, _octets) if connect == "bytes" else text(_text)
        ),
    }
    if kind in made:
        return made[kind]()
    return text(_text) if kind is None and ("enum" in schema or "const" in schema) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _long(value: Any) -> int:
    """Return what Jackson's longValue makes of a value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return (int(value) + _SIGN) % (2 * _SIGN) - _SIGN


def _double(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else 0.0


def _octets(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text of bytes")
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    return value


def _decimal_reader(scale: int) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, str):
            return decimal_text(base64.b64decode(value, validate=True), scale)
        return value

    return read


def _items(value: Any) -> list[Any]:
    """Return what Jackson goes through: the values of an object, nothing of a scalar."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _fields(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def _resolved(name: str, document: Any) -> Any:
    """Find what a reference within the document means."""
    if not name.startswith("#"):
        return None
    found = document
    for step in filter(None, name.removeprefix("#").split("/")):
        key = step.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    return found
