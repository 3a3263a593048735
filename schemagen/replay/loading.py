"""Loading a stream's rows into DuckDB: the columns that its queries ask for, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from schemagen.replay.translation.code import EngineRefusalError
from schemagen.replay.translation.scope import PSEUDO, field_of
from schemagen.replay.translation.sql import NULL, cast, column, field, select
from schemagen.replay.translation.values import (
    as_column,
    duckdb_type,
    loaded_as_json,
    to_duckdb,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.results import NamedEvents
    from schemagen.replay.translation.scope import ColumnScope, Path
    from schemagen.replay.translation.sql import Sql

SourceRow = tuple[int, "Sequence[Any]", int]
"""The event's index, the values that are loaded, and the row's time."""


@dataclass(frozen=True, slots=True)
class MadeTable:
    """A table of what a query made, in the order of the rows.

    Attributes:
        name: its name.
        columns: the columns of the stream by their stored names: how they are called in it, and
            their types.
        origin: for each row the index of its event, and its time.

    """

    name: str
    columns: Mapping[str, tuple[str, KsqlType]]
    origin: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """A table of DuckDB's.

    Attributes:
        name: its name; its column `i` counts the rows from 0.
        origin: for each row the index of its event, and its time.

    """

    name: str
    origin: list[tuple[int, int]]


class RowValues:
    """Takes what is loaded out of rows.

    Args:
        scope: what is loaded.

    Attributes:
        paths: it, in the order of the values.

    """

    def __init__(self, scope: ColumnScope) -> None:
        paths = [(path, declared) for path, _, declared in _columns(scope) if _is_read(path)]
        # What lies in one STRUCT is taken together.
        paths.sort(key=lambda each: each[0][:-1])
        self.paths = [path for path, _ in paths]
        self._groups = [
            (above, [(path[-1], declared) for path, declared in group])
            for above, group in groupby(paths, lambda each: each[0][:-1])
        ]

    def of(self, row: Any) -> list[Any]:
        """Return the values of a row, which is by stored names, as DuckDB is given them."""
        values: list[Any] = []
        for above, fields in self._groups:
            inner = row
            for step in above:
                inner = inner.get(step)
                if inner is None:
                    break
            if inner is None:
                values += [None] * len(fields)
                continue
            for name, declared in fields:
                value = inner.get(name)
                if value is not None and not (type(value) is str and value.isascii()):
                    value = to_duckdb(declared, value)
                values.append(value)
        return values


def _is_read(path: Path) -> bool:
    return path[0] not in PSEUDO


class Loader:
    """Makes the tables of streams.

    Args:
        connection: where they are made.
        events: the events that the rows are of.

    """

    def __init__(self, connection: DuckDBPyConnection, events: NamedEvents) -> None:
        self._connection = connection
        self._events = events
        self._given: dict[str, Any] = {}

    def load(
        self,
        name: str,
        scope: ColumnScope,
        rows: Sequence[SourceRow],
        made: Sequence[MadeTable],
    ) -> LoadedTable:
        """Make the table of a stream.

        Args:
            name: how it is called.
            scope: what is loaded.
            rows: its rows that are not in DuckDB.
            made: the others, behind these.

        """
        self._given = {}
        origin = [(index, time) for index, _, time in rows]
        selects = [self._of_rows(scope, rows)] if rows or not made else []
        for each in made:
            selects.append(self._of_table(scope, each, len(origin)))
            origin += each.origin
        derived = [f"{sql} AS {own}" for own, sql in scope.derived.values()]
        source = f"({' UNION ALL '.join(selects)})"
        every = select(["*", *derived], source)
        self._connection.execute(f"CREATE TABLE {name} AS {every}", self._given)
        return LoadedTable(name, origin)

    def _of_rows(self, scope: ColumnScope, rows: Sequence[SourceRow]) -> str:
        columns = [self._unnested("i", "BIGINT", range(len(rows))) + " AS i"]
        places = {path: place for place, path in enumerate(RowValues(scope).paths)}
        origin = [(index, time) for index, _, time in rows]
        for path, own, declared in _columns(scope):
            place = places.get(path)
            if place is None:
                values = self._pseudo(path[0], origin)
            else:
                values = [row[place] for _, row, _ in rows]
            columns.append(f"{self._written(own, declared, values)} AS {own}")
        return f"SELECT {', '.join(columns)}"

    def _of_table(self, scope: ColumnScope, made: MadeTable, first: int) -> str:
        columns, pseudo = [f"{made.name}.rowid + {first} AS i"], []
        for path, own, declared in _columns(scope):
            written = duckdb_type(declared)
            if path[0] in PSEUDO:
                values = self._pseudo(path[0], made.origin)
                given = self._unnested(f"{made.name}_{own}", written, values)
                pseudo.append(f"{given} AS {own}")
                columns.append(own)
            else:
                columns.append(f"{cast(_inside(made, path), written)} AS {own}")
        if not pseudo:
            return select(columns, made.name)
        places = self._unnested(made.name, "BIGINT", range(len(made.origin)))
        pairs = f"(SELECT {', '.join([f'{places} AS k', *pseudo])}) AS p"
        return select(columns, f"{made.name} JOIN {pairs} ON p.k = {made.name}.rowid")

    def _written(self, own: str, declared: KsqlType, values: Sequence[Any]) -> str:
        written = duckdb_type(declared)
        if values.count(None) == len(values):
            # Of many columns that rules ask for, events have no value.
            return cast(NULL, written)
        if loaded_as_json(declared):
            return f"CAST(CAST({self._unnested(own, 'VARCHAR', values)} AS JSON) AS {written})"
        if written.startswith("DECIMAL"):
            return f"CAST({self._unnested(own, 'VARCHAR', values)} AS {written})"
        return self._unnested(own, written, values)

    def _unnested(self, name: str, written: str, values: Sequence[Any]) -> Sql:
        column_of, self._given[name] = as_column(name, written, values)
        return column_of

    def _pseudo(self, name: str, origin: Sequence[tuple[int, int]]) -> list[int | None]:
        if name == "ROWTIME":
            return [time for _, time in origin]
        of = [self._events[index] for index, _ in origin]
        return [each.partition if name == "ROWPARTITION" else each.offset for each in of]


def _inside(made: MadeTable, path: Path) -> Sql:
    """Write what lies at a path; NULL where there is nothing, as a stream can be declared again."""
    name, *steps = path
    known = made.columns.get(name)
    if known is None:
        return NULL
    sql, declared = column(known[0]), known[1]
    for step in steps:
        try:
            place, declared = field_of(declared, step)
        except EngineRefusalError:
            return NULL
        sql = field(sql, place)
    return sql


def _columns(scope: ColumnScope) -> Iterator[tuple[Path, str, KsqlType]]:
    """Yield the paths that are loaded, what their columns are called, and their types."""
    for path, code in scope.loaded.items():
        if code.type is not None:
            yield path, code.column, code.type
