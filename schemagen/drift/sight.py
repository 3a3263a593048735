"""What the detections over a stream look at, read from their statements: emitted or by hand.

A detection is a query over the stream, or one rule of a query that evaluates many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.choices import Layout, Matching
from schemagen.drift.findings import AffectedDetection
from schemagen.drift.verdict import Judge, NameScope, Steps, references, within
from schemagen.ksqldb.names import needs_quotes, stored
from schemagen.ksqldb.scripts import is_query, rule_of, target_of
from schemagen.ksqldb.titles import Title, commented_title, struct_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from schemagen.ksqldb.types import Struct

_Conditions = tuple[tuple[exp.Expr, NameScope], ...]

_SAFE = {"INSTR", "SUBSTRING", "REGEXP_EXTRACT"}
"""What is called where no LIKE is written."""


@dataclass(frozen=True, slots=True)
class DeployedDetection:
    """A detection and its conditions, all of which must hold.

    Attributes:
        name, id, level: see `AffectedDetection`.
        conditions: each with what its names mean.
        reads: everything that the conditions look at.

    """

    name: str
    id: str
    level: str
    conditions: Sequence[tuple[exp.Expr, NameScope]]
    reads: frozenset[Steps]

    def without(self, *lost: Steps, also: Collection[Steps] = ()) -> AffectedDetection | None:
        """Tell what becomes of the detection where something is always NULL.

        Args:
            lost: what is.
            also: what else is: a branch that this leaves may be closed by that.

        Returns:
            None where it sees all that it saw, were it for `lost` alone.

        """
        # Of an array's elements the statement names the array, and what is in them in a lambda.
        if not any(
            within(read, each) or within(each, read) for read in self.reads for each in lost
        ):
            return None
        judge = Judge(lost)
        if not self._may_hold(judge):
            return self.detection()
        if any(_loses_a_branch(node, scope, judge) for node, scope in self.conditions):
            return self.detection(partly=self._may_hold(Judge((*lost, *also))))
        return None

    def _may_hold(self, judge: Judge) -> bool:
        return all(judge.verdict(node, scope).may_hold for node, scope in self.conditions)

    def detection(self, *, partly: bool = False) -> AffectedDetection:
        """Name it."""
        return AffectedDetection(self.name, self.id, self.level, partly)


def _loses_a_branch(node: exp.Expr, scope: NameScope, judge: Judge) -> bool:
    """Tell whether one of several ways in which a condition can hold is closed."""
    if isinstance(node, exp.Paren):
        return _loses_a_branch(node.this, scope, judge)
    if not isinstance(node, exp.And | exp.Or):
        return False
    parts = (node.this, node.expression)
    if isinstance(node, exp.Or) and any(
        not judge.verdict(part, scope).may_hold and Judge().verdict(part, scope).may_hold
        for part in parts
    ):
        return True
    return any(_loses_a_branch(part, scope, judge) for part in parts)


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """A query over a stream, directly or over what other queries made of it.

    Attributes:
        statement: the query.
        scopes: what its names mean, one scope for each of its sources that comes of the stream.
        conditions: what must hold for it to give a row, also in the queries before it.

    """

    statement: exp.Expr
    scopes: Sequence[NameScope]
    conditions: _Conditions


def watches(
    statements: Sequence[exp.Expr], stream: str, columns: Struct | None = None
) -> list[DeployedDetection]:
    """List the detections over a stream, in the order of the statements.

    Args:
        statements: what is deployed, in order.
        stream: the stream's stored name.
        columns: its columns, for names in joins that don't say of which stream they are; None
            leaves those unresolved.

    Returns:
        A query from which another one reads is no detection but a part of it.

    """
    queries = [each for each in statements if is_query(each)]
    sources = {name for each in queries for name, _ in _tables(each.args["expression"])}
    return [
        watch
        for query in queries_over(queries, stream, columns)
        if isinstance(query.statement, exp.Insert) or target_of(query.statement) not in sources
        for watch in _detections(query.statement, query.scopes[0], query.conditions)
    ]


def queries_over(
    statements: Sequence[exp.Expr], stream: str, columns: Struct | None = None
) -> Iterator[SourceQuery]:
    """List the queries over a stream, in the order of the statements; `columns` as in `watches`."""
    fields = () if columns is None else columns.fields
    declared = NameScope(columns=frozenset(field.stored for field in fields))
    known: dict[str, tuple[NameScope, _Conditions]] = {stream: (declared, ())}
    for statement in filter(is_query, statements):
        select = statement.args["expression"]
        tables = _tables(select)
        ours = [(known[name], alias) for name, alias in tables if name in known]
        if not ours:
            continue
        needed = _needed_tables(select)
        scopes: list[NameScope] = []
        conditions: _Conditions = ()
        for (source, inherited), alias in ours:
            names = frozenset({alias})
            scope = replace(source, others=len(tables) > 1, names=names)
            scopes.append(scope)
            own = tuple((condition, scope) for condition in _conditions(select))
            conditions += (*(inherited if alias in needed else ()), *own)
        scope = scopes[0]
        target = target_of(statement)
        if isinstance(statement, exp.Create) and target not in known:
            star = len(tables) == 1 and has_star(select)
            known[target] = (NameScope(_projections(select), scope, star=star), conditions)
        yield SourceQuery(statement, scopes, conditions)


def read_streams(statements: Sequence[exp.Expr], stream: str) -> set[str]:
    """Name the stream and all streams that queries make of it, directly or not."""
    found = {stream}
    for statement in statements:
        if is_query(statement) and isinstance(statement, exp.Create):
            names = {name for name, _ in _tables(statement.args["expression"])}
            if names & found:
                found.add(target_of(statement))
    return found


def reads_any(statement: exp.Expr, streams: set[str]) -> bool:
    """Tell whether a statement is a query over any of some streams."""
    if not is_query(statement):
        return False
    return any(name in streams for name, _ in _tables(statement.args["expression"]))


def rules_in(statement: exp.Expr) -> set[str]:
    """Name the rules that a statement evaluates, by their ids; none for one written by hand."""
    structs = [] if not is_query(statement) else statement.args["expression"].find_all(exp.Struct)
    ids = {rule_of(statement), *(struct_texts(each).get("id", "") for each in structs)}
    return ids - {""}


def layout_of(statements: Sequence[exp.Expr]) -> Layout | None:
    """Tell how the alerts of deployed rules are laid out; None where there is no rule."""
    for statement in statements:
        if rule_of(statement):
            return Layout.STREAMS if isinstance(statement, exp.Create) else Layout.INSERT
        if rules_in(statement):
            return Layout.BUNDLE
    return None


def matching_of(statements: Sequence[exp.Expr]) -> Matching | None:
    """Tell how deployed rules compare texts; None where both ways would write them so."""
    signs = {sign for each in statements if rules_in(each) for sign in _signs(each)}
    if Matching.LIKE in signs:
        return Matching.LIKE
    return Matching.SAFE if signs else None


def _signs(statement: exp.Expr) -> Iterator[Matching]:
    """Give what tells how one statement compares texts: only `like` writes LIKE.

    Beside it names stand without back-ticks where they can (`AlertOptions`); else they never do.
    """
    select = statement.args["expression"]
    if select.find(exp.Like) is not None:
        yield Matching.LIKE
    if any(str(each.this).upper() in _SAFE for each in select.find_all(exp.Anonymous)):
        yield Matching.SAFE
    if isinstance(statement, exp.Create) and rule_of(statement):
        names = [each.args["alias"] for each in select.expressions if isinstance(each, exp.Alias)]
        for name in names:
            if not name.args.get("quoted"):
                yield Matching.LIKE
            elif not needs_quotes(str(name.this)):
                yield Matching.SAFE


def _detections(
    statement: exp.Expr, scope: NameScope, conditions: _Conditions
) -> Iterator[DeployedDetection]:
    select = statement.args["expression"]
    cases = [
        case
        for projection in select.expressions
        for case in projection.find_all(exp.Case)
        if isinstance(case.args["ifs"][0].args["true"], exp.Struct)
    ]
    for case in cases:
        named = struct_texts(case.args["ifs"][0].args["true"])
        own = (*conditions, (case.args["ifs"][0].this, scope))
        yield _watch(named, own)
    if not cases:
        structs = [each for node in select.expressions for each in node.find_all(exp.Struct)]
        named = next((texts for each in structs if (texts := struct_texts(each)).get("title")), {})
        yield _watch(named or _commented(statement), conditions)


def _watch(named: dict[str, str], conditions: _Conditions) -> DeployedDetection:
    reads = frozenset(steps for node, scope in conditions for steps in references(node, scope))
    name, rule, level = (named.get(key, "") for key in ("title", "id", "level"))
    return DeployedDetection(name, rule, level, conditions, reads)


def _commented(statement: exp.Expr) -> dict[str, str]:
    """Read what the comments over a statement say of its rule, or name its target."""
    title = commented_title(statement) or Title(target_of(statement))
    return {"id": rule_of(statement), "title": title.text, "level": title.level}


def _tables(select: exp.Expr) -> list[tuple[str, str]]:
    """List the streams that a SELECT reads, each with what it is called there."""
    clauses = [select.args["from_"], *(select.args.get("joins") or ())]
    found = []
    for clause in clauses:
        table = clause.this
        alias = table.args.get("alias")
        if isinstance(table, exp.Alias):
            alias, table = table.args["alias"], table.this
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier):
            name = _stored(table.this)
            named = alias.this if isinstance(alias, exp.TableAlias) else alias
            found.append((name, name if named is None else _stored(named)))
    return found


def has_star(select: exp.Expr) -> bool:
    """Tell whether a SELECT takes all columns of a stream."""
    return any(
        isinstance(each, exp.Star) or (isinstance(each, exp.Column) and each.is_star)
        for each in select.expressions
    )


def _needed_tables(select: exp.Expr) -> set[str]:
    """Name what a SELECT must have a record of: all but the far side of outer joins."""
    first, *joined = (alias for _, alias in _tables(select))
    needed = {first}
    for join, alias in zip(select.args.get("joins") or (), joined, strict=True):
        side = str(join.args.get("side") or "").upper()
        if side in {"RIGHT", "FULL"}:
            needed.clear()
        if side in {"", "RIGHT"}:
            needed.add(alias)
    return needed


def _conditions(select: exp.Expr) -> Iterator[exp.Expr]:
    """List what must hold for a SELECT to give a row."""
    where, group = select.args.get("where"), select.args.get("group")
    if where is not None:
        yield where.this
    for join in select.args.get("joins") or ():
        if not join.args.get("side") and join.args.get("on") is not None:
            yield join.args["on"]
    for expression in () if group is None else group.expressions:
        # A NULL in a grouping value excludes the row (`GroupByParamsFactory.java`).
        yield exp.Not(this=exp.Is(this=expression.copy(), expression=exp.Null()))


def _stored(name: exp.Expr) -> str:
    return stored(str(name.this), quoted=bool(name.args.get("quoted")))


def _projections(select: exp.Expr) -> dict[str, exp.Expr]:
    found: dict[str, exp.Expr] = {}
    for node in select.expressions:
        if isinstance(node, exp.Alias):
            found[_stored(node.args["alias"])] = node.this
        elif isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
            found[_stored(node.this)] = node
        elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
            found[_stored(node.expression)] = node
    return found
