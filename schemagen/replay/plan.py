"""A query, translated: its filter, its table functions and its columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.names import stored
from schemagen.ksqldb.types import BOOLEAN, NUMBERS, is_number, kind_of
from schemagen.replay.possible import weakened
from schemagen.replay.translation import casts
from schemagen.replay.translation.code import Code, EngineRefusalError, TranslationRemark
from schemagen.replay.translation.columns import name_of
from schemagen.replay.translation.context import Explosion, Translator
from schemagen.replay.translation.language import LANGUAGE
from schemagen.replay.translation.scope import ColumnScope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.script import PersistentQuery, ScriptStream


@dataclass(slots=True)
class QueryProgram:
    """What is to be run for a query.

    Attributes:
        query: the query.
        where: its condition, None where it has none.
        explosions: the arguments of its table functions; `u0` and so on are their elements.
        columns: its columns by their stored names, in order.
        scope: the columns of its source that it reads.
        weak: a condition that is true of each row that it lets through, of what can be told at a
            glance; over events only.
        remarks: what the replay can't do quite as ksqlDB does.

    """

    query: PersistentQuery
    where: Code | None
    explosions: Sequence[Explosion]
    columns: dict[str, Code]
    scope: ColumnScope
    weak: exp.Expr
    remarks: Sequence[TranslationRemark] = field(default_factory=list)

    @property
    def types(self) -> dict[str, KsqlType]:
        """The types of the columns."""
        return {name: code.type for name, code in self.columns.items() if code.type is not None}


def plan(query: PersistentQuery) -> QueryProgram:
    """Translate a query.

    Raises:
        UnsupportedError: the replay doesn't know a part of it.
        EngineRefusalError: ksqlDB would refuse it.

    """
    select = query.select
    if select is None:
        raise ValueError("a query that was translated has no tree")
    scope = ColumnScope(query.source.scope.columns)
    filtering = Translator(LANGUAGE, scope, in_where=True, rule=query.rule)
    where = select.args.get("where")
    condition = None if where is None else _condition(filtering, where.this)
    selecting = Translator(LANGUAGE, scope, in_where=False, rule=query.rule)
    columns: dict[str, Code] = {}
    for name, node in _projections(select.expressions, query.source):
        code = selecting.translate(node)
        if code.type is None:
            raise EngineRefusalError("a column is NULL without a type")
        if name in columns:
            raise EngineRefusalError(f"two columns have the name {name!a}")
        columns[name] = code
    remarks = [*filtering.remarks, *selecting.remarks]
    weak: exp.Expr = exp.true()
    if where is not None and condition is not None and query.source.topic is not None:
        is_quiet = condition.error is None and not condition.checks
        weak = weakened(where.this, query.source.struct) if is_quiet else weak
    return QueryProgram(query, condition, selecting.explosions, columns, scope, weak, remarks)


def _condition(translator: Translator, node: exp.Expr) -> Code:
    """Translate a WHERE; NULL rejects the row, and throws nothing."""
    code = translator.translate(node)
    if code.type != BOOLEAN:
        raise EngineRefusalError("WHERE takes a BOOLEAN")
    return code


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


def fit_target(made: QueryProgram, target: Mapping[str, KsqlType]) -> QueryProgram:
    """Check that INSERT INTO fits its stream, and cast what ksqlDB casts implicitly.

    Raises:
        EngineRefusalError: the columns don't agree in number, name, order and type.

    """
    if list(made.columns) != list(target):
        raise EngineRefusalError("INSERT INTO has other columns than the stream")
    for name, declared in target.items():
        code = made.columns[name]
        if code.type == declared or code.type is None:
            continue
        kinds = [kind_of(each) for each in (code.type, declared)]
        numbers = is_number(code.type) and is_number(declared)
        if not numbers or NUMBERS.index(kinds[0]) > NUMBERS.index(kinds[1]):
            raise EngineRefusalError(f"INSERT INTO has another type of the column {name!a}")
        made.columns[name] = casts.cast(code, declared)
    return made
