"""ksqlDB as a dialect of sqlglot: its statements are trees, written and read back by one grammar.

The front of `sql/` (reading and writing) and `statements.py` (making and asking).

Shapes of the trees, where sqlglot leaves a choice:

* `CREATE` is `exp.Create` of kind STREAM or TABLE, `source=True` for CREATE SOURCE; its columns are
  `exp.ColumnDef` with `exp.ColumnConstraint`; names of properties are `exp.Var` in capitals.
* `a->b` is `exp.Dot`; `s.a` is an `exp.Column` with `table`; `a[1]` is `exp.Bracket` with
  `offset=1`, for indexes count from 1.
* Every function is `exp.Anonymous`, with ksqlDB's name and order of arguments. In the body of an
  `exp.Lambda` its parameters are bare `exp.Identifier` nodes, so that no `exp.Column` is one.
* `x NOT LIKE` is `exp.Like` with `negate`; `x NOT IN`, `NOT BETWEEN` and `IS NOT NULL` are
  `exp.Not` of the predicate, as in sqlglot's own dialects; `IS [NOT] DISTINCT FROM` is
  `exp.NullSafeNEQ` or `exp.NullSafeEQ`.
* Of an `exp.Select`, `windows` holds the window, `options` PARTITION BY and EMIT; of an `exp.Join`,
  `match_condition` holds WITHIN: nodes of our own, which other dialects refuse to write instead of
  dropping them.
* INTEGER, STRING, `VARCHAR(n)` and `T ARRAY` are read as INT, VARCHAR and `ARRAY<T>`.
"""

from __future__ import annotations

from schemagen.ksqldb.sql import nodes
from schemagen.ksqldb.sql.ksqldb import (
    KsqlDB,
    parse_expression,
    parse_one,
    parse_script,
    parse_type,
    write,
    write_expression,
    write_script,
)
from schemagen.ksqldb.statements import (
    Column,
    PropertyValue,
    all_of,
    any_of,
    call,
    columns,
    create_stream,
    on_one_line,
    properties,
    rebuilt,
    stream_name,
    subscript,
    with_properties,
)

__all__ = [
    "Column",
    "KsqlDB",
    "PropertyValue",
    "all_of",
    "any_of",
    "call",
    "columns",
    "create_stream",
    "nodes",
    "on_one_line",
    "parse_expression",
    "parse_one",
    "parse_script",
    "parse_type",
    "properties",
    "rebuilt",
    "stream_name",
    "subscript",
    "with_properties",
    "write",
    "write_expression",
    "write_script",
]
