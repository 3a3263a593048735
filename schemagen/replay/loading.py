"""Loading a stream's rows into DuckDB: the columns that its queries ask for, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.replay.scope import PSEUDO
from schemagen.replay.values import duckdb_type, loaded_as_json, to_duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.results import Event
    from schemagen.replay.scope import ColumnScope, Path

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
    for path, (own, declared) in scope.loaded.items():
        parameters[own] = [_value(path, declared, row) for row in rows]
        columns.append(f"{_unpacked(own, declared)} AS {own}")
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {', '.join(columns)}", parameters)
    if scope.derived:
        derived = [exp.alias_(sql, own, copy=False) for own, sql in scope.derived.values()]
        select = exp.Select(
            expressions=[exp.Star(), *derived], from_=exp.From(this=exp.to_table(name))
        )
        text = select.sql(dialect="duckdb", copy=False)
        connection.execute(f"CREATE TEMP TABLE {name}d AS {text}")
        name = f"{name}d"
    return LoadedTable(name, [(index, time) for index, _, _, time in rows])


def _unpacked(own: str, declared: KsqlType) -> str:
    written = duckdb_type(declared)
    if loaded_as_json(declared):
        return f"CAST(CAST(unnest(${own}::VARCHAR[]) AS JSON) AS {written})"
    if written.startswith("DECIMAL"):
        return f"CAST(unnest(${own}::VARCHAR[]) AS {written})"
    return f"unnest(${own}::{written}[])"


def _value(path: Path, declared: KsqlType, row: SourceRow) -> Any:
    _, event, values, time = row
    if path[0] in PSEUDO:
        own = {"ROWTIME": time, "ROWPARTITION": event.partition, "ROWOFFSET": event.offset}
        return own[path[0]]
    value: Any = values
    for step in path:
        if value is None:
            return None
        value = value.get(step)
    return to_duckdb(declared, value)
