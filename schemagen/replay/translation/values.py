"""Rows between Python and DuckDB: the types of columns, loading values, reading them back.

Fields of STRUCTs have numbers instead of names in DuckDB, where names that differ only in case are
the same, and names come from messages.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.ksqldb.types import Array, Map, Scalar, Struct
from schemagen.replay.translation.code import UnsupportedError
from schemagen.replay.translation.sql import Sql

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.ksqldb.types import KsqlType

MAX_PRECISION = 38
_ENCODER = json.JSONEncoder(ensure_ascii=False)
"""Made once: json.dumps makes one at each call."""

_SCALARS = {
    "BOOLEAN": "BOOLEAN",
    "INT": "INTEGER",
    "BIGINT": "BIGINT",
    "DOUBLE": "DOUBLE",
    "VARCHAR": "VARCHAR",
    "BYTES": "BLOB",
    # The numbers that the serialiser writes.
    "TIME": "BIGINT",
    "DATE": "BIGINT",
    "TIMESTAMP": "BIGINT",
}


def duckdb_type(declared: KsqlType) -> str:
    """Write the type that a column has in DuckDB.

    Raises:
        UnsupportedError: DuckDB has none.

    """
    if isinstance(declared, Array):
        return f"{duckdb_type(declared.item)}[]"
    if isinstance(declared, Map):
        return f"MAP(VARCHAR, {duckdb_type(declared.value)})"
    if isinstance(declared, Struct):
        fields = ", ".join(
            f"f{place} {duckdb_type(field.type)}" for place, field in enumerate(declared.fields)
        )
        return f"STRUCT({fields})"
    if declared.name == "DECIMAL":
        if (declared.precision or 0) > MAX_PRECISION:
            raise UnsupportedError(f"a DECIMAL of more than {MAX_PRECISION} digits")
        return f"DECIMAL({declared.precision}, {declared.scale})"
    return _SCALARS[declared.name]


def loaded_as_json(declared: KsqlType) -> bool:
    """Tell whether values of the type are handed to DuckDB as JSON text."""
    return not isinstance(declared, Scalar)


def to_duckdb(declared: KsqlType, value: Any) -> Any:
    """Make a value of a row ready for loading: nested ones as JSON text."""
    if value is None:
        return None
    if loaded_as_json(declared):
        return _ENCODER.encode(_nested(declared, value))
    if isinstance(value, str):
        return encodable(value)
    return str(value) if isinstance(value, Decimal) else value


def encodable(value: str) -> str:
    """Replace halves of surrogate pairs: Java's texts can hold them, UTF-8 can't."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def as_column(name: str, written: str, values: Sequence[Any]) -> tuple[Sql, Any]:
    """Write values that DuckDB is given as a column, one a row.

    Args:
        name: what the parameter is called.
        written: the type of DuckDB's; texts must be encodable.
        values: the values.

    Returns:
        The column, and what the parameter is.

    """
    if written == "VARCHAR":
        # It takes texts one by one, which lasts three times as long.
        column = Sql(f"unnest(from_json(${name}::JSON, '[\"VARCHAR\"]'))")
        return column, orjson.dumps(values).decode()
    return Sql(f"unnest(${name}::{written}[])"), list(values)


def _nested(declared: KsqlType, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(declared, Array):
        return [_nested(declared.item, item) for item in value]
    if isinstance(declared, Map):
        return {encodable(k): _nested(declared.value, item) for k, item in value.items()}
    if isinstance(declared, Struct):
        return {
            f"f{place}": _nested(field.type, value.get(field.stored))
            for place, field in enumerate(declared.fields)
        }
    return _in_json(value)


def _in_json(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, bytes):
        return "".join(f"\\x{byte:02X}" for byte in value)
    exotic = isinstance(value, Decimal) or (isinstance(value, float) and not math.isfinite(value))
    return str(value) if exotic else value


def reader_of(declared: KsqlType) -> Callable[[Any], Any]:
    """Return what reads values of a type back: fields by their stored names, as ksqlDB has them."""
    if isinstance(declared, Struct):
        fields = [
            (f"f{place}", field.stored, reader_of(field.type))
            for place, field in enumerate(declared.fields)
        ]
        return lambda value: (
            None if value is None else {name: read(value[place]) for place, name, read in fields}
        )
    if isinstance(declared, Array | Map):
        inner = declared.item if isinstance(declared, Array) else declared.value
        if isinstance(inner, Scalar):
            return _as_it_is
        read = reader_of(inner)
        if isinstance(declared, Array):
            return lambda value: None if value is None else [read(item) for item in value]
        return lambda value: (
            None if value is None else {key: read(item) for key, item in value.items()}
        )
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
