"""The columns that expressions can name, and the columns of the table that is loaded for them.

A stream is loaded as one flat table: a column for each path of `->` that its queries ask for, so
that wide STRUCTs, of which a rule needs a field or two, never reach DuckDB. What many leaves need
of a column, such as LCASE of it, is computed once and is a column too. Names come of what is named,
so that each query of a stream can be translated by itself.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from schemagen.ksqldb.names import PSEUDO_COLUMNS
from schemagen.ksqldb.types import BIGINT, INT, Struct
from schemagen.replay.translation.code import Code, EngineRefusalError, UnsupportedError
from schemagen.replay.translation.sql import column
from schemagen.replay.translation.values import duckdb_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.translation.sql import Sql

PSEUDO: Mapping[str, KsqlType] = {"ROWTIME": BIGINT, "ROWPARTITION": INT, "ROWOFFSET": BIGINT}
"""The pseudo columns of a stream without windows, with their types."""

Path = tuple[str, ...]
"""A column and the fields below it, by their stored names."""


class ColumnScope:
    """The columns of one stream.

    Args:
        columns: the types of the columns by their stored names.

    Attributes:
        columns: the same.
        loaded: the columns of the table by path; their names begin with `c`.
        derived: what is computed once, by what it is; its names begin with `d`.
        elements: what `column['key']` is, by both.

    """

    def __init__(self, columns: Mapping[str, KsqlType]) -> None:
        self.columns = columns
        self.loaded: dict[Path, Code] = {}
        self.derived: dict[tuple[str, ...], tuple[str, Sql]] = {}
        self.elements: dict[tuple[str, str], Code] = {}
        self._bases: dict[str, str] = {}

    def path(self, path: Path) -> Code:
        """Name a column or a field of it; NULL where a STRUCT above it is NULL.

        Raises:
            EngineRefusalError: there is no such column or field.
            UnsupportedError: the replay can't load it.

        """
        known = self.loaded.get(path)
        if known is None:
            declared = self._type_of(path)
            duckdb_type(declared)
            name = _name("c", path)
            nullable = path[0] not in PSEUDO
            known = Code(column(name), declared, nullable=nullable, column=name)
            self.loaded[path] = known
        return known

    def once(self, key: tuple[str, ...], sql: Sql, base: str = "") -> str:
        """Name what is computed once of columns.

        Args:
            key: what it is; equal keys are the same expression.
            sql: how it is computed.
            base: the column that it is NULL with, empty for none.

        """
        known = self.derived.get(key)
        if known is None:
            known = self.derived[key] = (_name("d", key), sql)
            self._bases[known[0]] = base
        return known[0]

    def base_of(self, name: str) -> str:
        """Return the column that a computed one is NULL with; an empty text for none."""
        return self._bases.get(name, "")

    def take(self, other: ColumnScope) -> None:
        """Load, and compute once, what another scope of the same stream does."""
        self.loaded |= other.loaded
        self.derived |= other.derived

    def _type_of(self, path: Path) -> KsqlType:
        name, *fields = path
        declared = PSEUDO.get(name) or self.columns.get(name)
        if declared is None:
            if name in PSEUDO_COLUMNS:
                raise UnsupportedError(f"{name} of a stream without windows")
            raise EngineRefusalError(f"the stream has no column {name!a}")
        for step in fields:
            declared = field_of(declared, step)[1]
        return declared


def _name(letter: str, what: tuple[str, ...]) -> str:
    # Names hold any character: joined by one, a column and a field of another could be the same.
    written = repr(what).encode()
    return letter + blake2b(written, digest_size=5).hexdigest()


def field_of(declared: KsqlType | None, name: str) -> tuple[int, KsqlType]:
    """Find a field of a STRUCT: its place and its type.

    Raises:
        EngineRefusalError: there is none.

    """
    if not isinstance(declared, Struct):
        raise EngineRefusalError(f"-> {name!a} stands behind something that is not a STRUCT")
    for place, field in enumerate(declared.fields):
        if field.stored == name:
            return place, field.type
    raise EngineRefusalError(f"the STRUCT has no field {name!a}")
