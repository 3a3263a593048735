"""The persistent queries of a script: what each reads, what it writes, and what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.dialect import properties
from schemagen.ksqldb.names import stored
from schemagen.ksqldb.scripts import is_query, target_of
from schemagen.ksqldb.watched import watched_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

PROCESSING_LOG = "KSQL_PROCESSING_LOG"
"""The stream over a server's processing log, which the server makes by itself."""


@dataclass(frozen=True, slots=True)
class ScriptQuery:
    """A persistent query: CREATE … AS SELECT, or INSERT INTO … SELECT.

    Attributes:
        statement: the statement.
        target: the stored name of the stream or table that it writes into.
        sources: what it reads, in order: stored names, each with what it is called in the query.

    """

    statement: exp.Expr
    target: str
    sources: Sequence[tuple[str, str]]

    @property
    def is_insert(self) -> bool:
        """Whether other queries may write into the same stream."""
        return isinstance(self.statement, exp.Insert)

    @property
    def select(self) -> exp.Expr:
        """Its SELECT."""
        found: exp.Expr = self.statement.args["expression"]
        return found

    @property
    def query_id(self) -> str | None:
        """The id that its statement asks for, as ksqlDB keeps it; None where the server picks one.

        Ids are compared without regard to case.
        """
        found = properties(self.statement).get("QUERY_ID")
        return None if found is None else str(found).upper()

    @property
    def columns(self) -> tuple[str, ...]:
        """The stored names of the columns that it names, in order; `*` for all of its source's."""
        return projected_names(self.select)

    def reads(self, streams: Collection[str]) -> bool:
        """Tell whether it reads any of some streams."""
        return any(name in streams for name, _ in self.sources)


def reads_log(query: ScriptQuery) -> bool:
    """Tell whether a query reads nothing but the server's processing log: no event and no alert."""
    return [name for name, _ in query.sources] == [PROCESSING_LOG]


def shows_text(query: ScriptQuery) -> bool:
    """Tell whether a query makes a stream of what JSON texts hold: no row of it is an alert."""
    where = query.select.args.get("where")
    condition = None if where is None else where.this
    return (
        not query.is_insert
        and isinstance(condition, exp.EQ)
        and isinstance(condition.this, exp.Anonymous)
        and str(condition.this.this).upper() == "IS_JSON_STRING"
    )


def query_of(statement: exp.Expr) -> ScriptQuery | None:
    """Read a statement as a persistent query; None for one that is none."""
    if not is_query(statement):
        return None
    sources = tables(statement.args["expression"])
    return ScriptQuery(statement, target_of(statement), sources)


def queries(statements: Iterable[exp.Expr]) -> list[ScriptQuery]:
    """List the persistent queries among statements, in their order."""
    return [query for each in statements if (query := query_of(each)) is not None]


def tables(select: exp.Expr) -> list[tuple[str, str]]:
    """List the streams that a SELECT reads, each with what it is called there."""
    clauses = [select.args["from_"], *(select.args.get("joins") or ())]
    found = []
    for clause in clauses:
        table = clause.this
        alias = table.args.get("alias")
        if isinstance(table, exp.Alias):
            alias, table = table.args["alias"], table.this
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier):
            name = stored_name(table.this)
            named = alias.this if isinstance(alias, exp.TableAlias) else alias
            found.append((name, name if named is None else stored_name(named)))
    return found


def derived_streams(statements: Iterable[exp.Expr], stream: str) -> set[str]:
    """Name a stream and all that queries make of it, or of the declaration that detections read.

    Statements come in the order in which they are run.
    """
    found = {stream, watched_name(stream)}
    for query in queries(statements):
        if not query.is_insert and query.reads(found):
            found.add(query.target)
    return found


def projections(select: exp.Expr) -> dict[str, exp.Expr]:
    """Return the expressions of a SELECT that have a name, by the stored names of their columns."""
    found = {}
    for node in select.expressions:
        name = projected_name(node)
        if name is not None:
            found[name] = node.this if isinstance(node, exp.Alias) else node
    return found


def projected_names(select: exp.Expr) -> tuple[str, ...]:
    """Return the stored names of a SELECT's columns, in order; `*` for all of its source's."""
    return tuple(
        "*" if _is_star(each) else projected_name(each) or "" for each in select.expressions
    )


def has_star(select: exp.Expr) -> bool:
    """Tell whether a SELECT takes all columns of a stream."""
    return any(map(_is_star, select.expressions))


def stored_name(name: exp.Expr) -> str:
    """Return an identifier as ksqlDB keeps it."""
    return stored(str(name.this), quoted=bool(name.args.get("quoted")))


def projected_name(node: exp.Expr) -> str | None:
    """Return the stored name that an item of a SELECT has by itself; None where it has none."""
    if isinstance(node, exp.Alias):
        return stored_name(node.args["alias"])
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
        return stored_name(node.this)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return stored_name(node.expression)
    return None


def _is_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and node.is_star)
