"""A place in a schema of the registry: what ksqlDB reads there, and how a value is read.

The schema of a place is a JSON Schema as it is committed. Below `x-schemagen` it says as which type
ksqlDB's converter reads the place (`declared`), for Avro and Protobuf: a column of another type
drops the record (`ConnectKsqlSchemaTranslator`, `ConnectDataTranslator`).
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemagen.sources.decode_statistics import DecodeError

KEYWORD = "x-schemagen"
"""The one keyword that carries what JSON Schema has no word for."""

DECLARED = "declared"
"""What a place's schema says below `KEYWORD` of its type in ksqlDB."""

Schema = dict[str, Any]

DEFAULT_PRECISION = 64
"""The digits of a decimal whose schema names no precision (`DecimalUtil`)."""


class UnreadableSchemaError(Exception):
    """A schema that ksqlDB's converter can't translate: it reads no record of it.

    Args:
        why: the reason, a clause without its full stop.

    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class ValueDecoder(Protocol):
    """What makes JSON text of the values of one schema, framed or not as they are in a record."""

    def decode(self, value: bytes) -> bytes | DecodeError:
        """Return the JSON text of a value, or why there is none."""

    @property
    def schema(self) -> Schema | None:
        """The JSON Schema of what it returns, None where no registry was asked."""

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why a field of the schema is not read, by its path."""


def identity(value: Any) -> Any:
    """Return the value."""
    return value


@dataclass(frozen=True, slots=True)
class SchemaPlace:
    """A place in a schema.

    Attributes:
        schema: the JSON Schema of what `read` returns.
        read: turns a value, never None, into what is written as JSON.

    """

    schema: Schema
    read: Callable[[Any], Any] = identity


def scalar(
    kind: str, declared: str, read: Callable[[Any], Any] = identity, **notes: Any
) -> SchemaPlace:
    """Make the place of a value without parts.

    Args:
        kind: its kind in JSON.
        declared: its type in ksqlDB.
        read: turns its value into JSON's.
        **notes: what else `x-schemagen` says, such as the width of integers.

    """
    return SchemaPlace({KEYWORD: {**notes, DECLARED: declared}, "type": kind}, read)


def array(items: SchemaPlace) -> SchemaPlace:
    """Make the place of a list."""
    one = items.read
    schema = {"type": "array", "items": items.schema}
    if one is identity:
        return SchemaPlace(schema)
    return SchemaPlace(schema, lambda values: [None if v is None else one(v) for v in values])


def mapping(values: SchemaPlace) -> SchemaPlace:
    """Make the place of values by keys, which become texts."""
    one = values.read
    return SchemaPlace(
        {KEYWORD: {"map": True}, "type": "object", "additionalProperties": values.schema},
        lambda found: {
            key_text(key): None if value is None else one(value) for key, value in found.items()
        },
    )


def structure(fields: Mapping[str, SchemaPlace], read: Callable[[Any], Any]) -> SchemaPlace:
    """Make the place of an object of known fields."""
    properties = {name: place.schema for name, place in fields.items()}
    return SchemaPlace({"type": "object", "properties": properties}, read)


def decimal(precision: int | None, scale: int, read: Callable[[Any], Any]) -> SchemaPlace:
    """Make the place of a decimal number."""
    return scalar("number", f"DECIMAL({precision or DEFAULT_PRECISION}, {scale})", read)


def boolean() -> SchemaPlace:
    """Make the place of a truth value."""
    return scalar("boolean", "BOOLEAN")


def whole(*, wide: bool, read: Callable[[Any], Any] = identity) -> SchemaPlace:
    """Make the place of an integer of 32 bits, or 64."""
    if wide:
        return scalar("integer", "BIGINT", read, integers="int64")
    return scalar("integer", "INT", read, integers="int32")


def fraction() -> SchemaPlace:
    """Make the place of a floating point number."""
    return scalar("number", "DOUBLE", _float)


def text(read: Callable[[Any], Any] = identity) -> SchemaPlace:
    """Make the place of a text."""
    return scalar("string", "VARCHAR", read)


def octets() -> SchemaPlace:
    """Make the place of bytes."""
    return scalar("string", "BYTES", _base64, formats=["base64"])


def moment(declared: str, read: Callable[[Any], Any] = identity) -> SchemaPlace:
    """Make the place of a TIMESTAMP, DATE or TIME: milliseconds or days, a number."""
    width = "int64" if declared == "TIMESTAMP" else "int32"
    return scalar("integer", declared, read, integers=width)


def _float(value: float) -> Any:
    # JSON has no NaN; a column of DOUBLE reads the text of it.
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def decimal_text(unscaled: bytes, scale: int) -> orjson.Fragment:
    """Write a decimal number of two's complement, every digit of it."""
    number = int.from_bytes(unscaled, "big", signed=True)
    digits = str(abs(number)).rjust(scale + 1, "0")
    written = f"{digits[:-scale]}.{digits[-scale:]}" if scale > 0 else digits
    return orjson.Fragment(f"{'-' if number < 0 else ''}{written}".encode())


def key_text(key: Any) -> str:
    """Write the key of a map as Java does."""
    return str(key).lower() if isinstance(key, bool) else str(key)


def without(fields: Mapping[str, SchemaPlace | None]) -> dict[str, SchemaPlace]:
    """Return the fields that have a place."""
    return {name: place for name, place in fields.items() if place is not None}


# -- several schemas of one topic -----------------------------------------------------------------

_AS_TEXT = frozenset({"BOOLEAN", "INT", "BIGINT", "DOUBLE", "VARCHAR", "TIMESTAMP", "DATE", "TIME"})
"""What a column of VARCHAR reads (`ConnectDataTranslator`, STRING_ACCEPTABLE_TYPES)."""
_AS_LONG = frozenset({"INT", "BIGINT", "TIMESTAMP", "DATE", "TIME"})
_AS_INT = frozenset({"INT", "DATE", "TIME"})


def reads(declared: str, written: str) -> bool:
    """Return whether a column of one type reads what a schema declares as another.

    Args:
        declared: the column's type, of those without parts.
        written: the type that ksqlDB infers for the field of the schema.

    """
    if declared == written:
        return True
    found = {"VARCHAR": _AS_TEXT, "BIGINT": _AS_LONG, "INT": _AS_INT}.get(declared)
    return found is not None and written in found


def joined(one: Schema, other: Schema) -> Schema:
    """Return the schema of the values of two schemas; where no column reads both, the first's.

    Both are schemas of the decoders here.
    """
    kinds = one.get(KEYWORD, {}).get(DECLARED), other.get(KEYWORD, {}).get(DECLARED)
    if None not in kinds:
        return next(
            (
                each
                for each in (one, other, text().schema, whole(wide=True).schema)
                if all(reads(each[KEYWORD][DECLARED], str(kind)) for kind in kinds)
            ),
            one,
        )
    if "properties" in one and "properties" in other:
        fields = dict(one["properties"])
        for name, inner in other["properties"].items():
            fields[name] = joined(fields[name], inner) if name in fields else inner
        return {**one, "properties": fields}
    for keyword in ("items", "additionalProperties"):
        if keyword in one and keyword in other:
            return {**one, keyword: joined(one[keyword], other[keyword])}
    return one
