"""Loading a stream's rows into DuckDB: the columns that its queries ask for, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemagen.replay.translation.scope import PSEUDO
from schemagen.replay.translation.sql import select
from schemagen.replay.translation.values import duckdb_type, loaded_as_json, to_duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.results import Event
    from schemagen.replay.translation.scope import ColumnScope, Path

SourceRow = tuple[int, "Event", dict[str, Any], int]
"""The event's index, the event, the row by stored names, and the row's time."""


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """A table of DuckDB's.

    Attributes:
        name: its name; its column `i` counts the rows from 0.
        origin: for each row the index of its event, and its time.

    """

    name: str
    origin: list[tuple[int, int]]


def load(
    connection: DuckDBPyConnection, name: str, scope: ColumnScope, rows: Sequence[SourceRow]
) -> LoadedTable:
    """Make the table of a stream."""
    parameters: dict[str, list[Any]] = {"i": list(range(len(rows)))}
    columns = ["unnest($i::BIGINT[]) AS i"]
    for path, code in scope.loaded.items():
        if code.type is not None:
            parameters[code.column] = _values(path, code.type, rows)
            columns.append(f"{_unpacked(code.column, code.type)} AS {code.column}")
    rows_of_all = f"SELECT {', '.join(columns)}"
    connection.execute(f"CREATE TABLE {name} AS {rows_of_all}", parameters)
    if scope.derived:
        derived = [f"{sql} AS {own}" for own, sql in scope.derived.values()]
        connection.execute(f"CREATE TABLE {name}d AS {select(['*', *derived], name)}")
        name = f"{name}d"
    return LoadedTable(name, [(index, time) for index, _, _, time in rows])


def _unpacked(own: str, declared: KsqlType) -> str:
    written = duckdb_type(declared)
    if loaded_as_json(declared):
        return f"CAST(CAST(unnest(${own}::VARCHAR[]) AS JSON) AS {written})"
    if written.startswith("DECIMAL"):
        return f"CAST(unnest(${own}::VARCHAR[]) AS {written})"
    return f"unnest(${own}::{written}[])"


def _values(path: Path, declared: KsqlType, rows: Sequence[SourceRow]) -> list[Any]:
    name, *fields = path
    if name in PSEUDO:
        return [_pseudo(name, row) for row in rows]
    values: list[Any] = [row[2].get(name) for row in rows]
    for step in fields:
        values = [None if value is None else value.get(step) for value in values]
    return [None if value is None else to_duckdb(declared, value) for value in values]


def _pseudo(name: str, row: SourceRow) -> int:
    _, event, _, time = row
    return {"ROWTIME": time, "ROWPARTITION": event.partition, "ROWOFFSET": event.offset}[name]
