"""The columns that expressions can name, and the columns of the table that is loaded for them.

A stream is loaded as one flat table: a column for each path of `->` that its queries ask for, so
that wide STRUCTs, of which a rule needs a field or two, never reach DuckDB. What many leaves need
of a column, such as LCASE of it, is computed once and is a column too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.ksqldb.names import PSEUDO_COLUMNS
from schemagen.ksqldb.types import BIGINT, INT, Struct
from schemagen.replay.code import Code, UnsupportedError, column
from schemagen.replay.values import duckdb_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from schemagen.ksqldb.types import KsqlType

PSEUDO: Mapping[str, KsqlType] = {"ROWTIME": BIGINT, "ROWPARTITION": INT, "ROWOFFSET": BIGINT}
"""The pseudo columns of a stream without windows, with their types."""

_SAME_NULLS = {"ksql_lcase", "ksql_ucase"}
"""What is NULL just where its argument is."""

Path = tuple[str, ...]
"""A column and the fields below it, by their stored names."""


class ColumnScope:
    """The columns of one stream.

    Args:
        columns: the types of the columns by their stored names.

    Attributes:
        columns: the same.
        loaded: the columns of the table, `c0` and so on, with their types, by path.
        derived: what is computed once, `d0` and so on, by what it is.

    """

    def __init__(self, columns: Mapping[str, KsqlType]) -> None:
        self.columns = columns
        self.loaded: dict[Path, tuple[str, KsqlType]] = {}
        self.derived: dict[tuple[str, ...], tuple[str, exp.Expr]] = {}

    def path(self, path: Path) -> Code:
        """Name a column or a field of it; NULL where a STRUCT above it is NULL.

        Raises:
            UnsupportedError: there is no such column or field.

        """
        known = self.loaded.get(path)
        if known is None:
            known = (f"c{len(self.loaded)}", self._type_of(path))
            duckdb_type(known[1])
            self.loaded[path] = known
        name, declared = known
        return Code(column(name), declared, nullable=path[0] not in PSEUDO)

    def once(self, key: tuple[str, ...], sql: exp.Expr) -> exp.Expr:
        """Name what is computed once of columns; equal keys must be the same expression."""
        known = self.derived.setdefault(key, (f"d{len(self.derived)}", sql))
        return column(known[0])

    def is_column(self, sql: exp.Expr) -> str:
        """Give the name when the expression is a column of the table, else an empty text."""
        name = sql.name
        return name if name[:1] in {"c", "d"} and sql.key == "column" else ""

    def base_of(self, name: str) -> str:
        """Give the column that LCASE or UCASE made a column of; an empty text for others."""
        keys = (key for key, (own, _) in self.derived.items() if own == name)
        return next((key[1] for key in keys if key[0] in _SAME_NULLS), "")

    def _type_of(self, path: Path) -> KsqlType:
        name, *fields = path
        declared = PSEUDO.get(name) or self.columns.get(name)
        if declared is None:
            if name in PSEUDO_COLUMNS:
                raise UnsupportedError(f"{name} of a stream without windows")
            raise UnsupportedError(f"the column {name!a} that the stream doesn't have")
        for step in fields:
            declared = field_of(declared, step)[1]
        return declared


def field_of(declared: KsqlType | None, name: str) -> tuple[int, KsqlType]:
    """Find a field of a STRUCT: its place and its type.

    Raises:
        UnsupportedError: there is none.

    """
    if not isinstance(declared, Struct):
        raise UnsupportedError(f"-> {name!a} of what is no STRUCT")
    for place, field in enumerate(declared.fields):
        if field.stored == name:
            return place, field.type
    raise UnsupportedError(f"the field {name!a} that the STRUCT doesn't have")
