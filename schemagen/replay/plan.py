"""A query, translated: its filter, its table functions and its columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.names import stored
from schemagen.replay import casts
from schemagen.replay.code import Code, TranslationRemark, UnsupportedError
from schemagen.replay.comparisons import NUMBERS
from schemagen.replay.logic import name_of
from schemagen.replay.translate import Translator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.script import PersistentQuery, ScriptStream


@dataclass(slots=True)
class QueryProgram:
    """What is to be run for a query.

    Attributes:
        query: the query.
        where: its condition, None where it has none.
        lists: the arguments of its table functions; `u0` and so on are their elements.
        columns: its columns by their stored names, in order.
        remarks: what the replay can't do quite as ksqlDB does.

    """

    query: PersistentQuery
    where: Code | None
    lists: list[Code]
    columns: dict[str, Code]
    remarks: list[TranslationRemark] = field(default_factory=list)

    @property
    def types(self) -> dict[str, KsqlType]:
        """The types of the columns."""
        return {name: code.type for name, code in self.columns.items() if code.type is not None}


def plan(query: PersistentQuery) -> QueryProgram:
    """Translate a query.

    Raises:
        UnsupportedError: the replay doesn't know a part of it, or ksqlDB would refuse it.

    """
    scope = query.source.scope
    condition = None
    filtering = Translator(scope, in_where=True, rule=query.rule)
    where = query.select.args.get("where")
    if where is not None:
        condition = filtering.condition(where.this)
    selecting = Translator(scope, in_where=False, rule=query.rule)
    columns: dict[str, Code] = {}
    for name, node in _projections(query.select.expressions, query.source):
        code = selecting.translate(node)
        if code.type is None:
            raise UnsupportedError("NULL as a column, which ksqlDB refuses")
        if name in columns:
            raise UnsupportedError(f"two columns of the name {name!a}")
        columns[name] = code
    remarks = [*filtering.remarks, *selecting.remarks]
    return QueryProgram(query, condition, selecting.lists, columns, remarks)


def _projections(nodes: Sequence[exp.Expr], source: ScriptStream) -> Iterator[tuple[str, exp.Expr]]:
    """Name each column of a SELECT as ksqlDB does (`ColumnNames.java`)."""
    taken: set[str] = set()
    for place, node in enumerate(nodes):
        if isinstance(node, exp.Star) or (
            isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
        ):
            for name in source.scope.columns:
                yield name, exp.Column(this=exp.Identifier(this=name, quoted=True))
            continue
        if isinstance(node, exp.Alias):
            alias = node.args["alias"]
            name = stored(str(alias.this), quoted=bool(alias.args.get("quoted")))
            taken.add(name)
            yield name, node.this
            continue
        name = _own_name(node) or f"KSQL_COL_{place}"
        number = 0
        while name in taken:
            number += 1
            name = f"{_own_name(node)}_{number}"
        taken.add(name)
        yield name, node


def _own_name(node: exp.Expr) -> str:
    part = node.expression if isinstance(node, exp.Dot) else node.this
    named = isinstance(node, exp.Dot | exp.Column) and isinstance(part, exp.Identifier)
    return name_of(part) if named else ""


def fit_target(made: QueryProgram, target: dict[str, KsqlType]) -> QueryProgram:
    """Check that INSERT INTO fits its stream, and cast what ksqlDB casts implicitly.

    Raises:
        UnsupportedError: the columns don't agree in number, name, order and type.

    """
    if list(made.columns) != list(target):
        raise UnsupportedError("INSERT INTO with other columns than the stream has")
    for name, declared in target.items():
        code = made.columns[name]
        if code.type == declared:
            continue
        names = [getattr(each, "name", "") for each in (code.type, declared)]
        if not all(each in NUMBERS for each in names) or NUMBERS.index(names[0]) > NUMBERS.index(
            names[1]
        ):
            raise UnsupportedError(f"INSERT INTO with another type of the column {name!a}")
        made.columns[name] = casts.cast(code, declared)
    return made
