"""What the detections over a stream look at, read from their statements: emitted or by hand.

A detection is a query over the stream, or one rule of a query that evaluates many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.accelerator.calls import is_matching, matched_key
from schemagen.deploy.detections import ScriptDetection, detections, detections_of
from schemagen.deploy.queries import derived_streams, has_star, projections, queries, tables
from schemagen.drift.accelerated import decided, take_matches
from schemagen.drift.declared import value_columns, watched_in
from schemagen.drift.findings import AffectedDetection
from schemagen.drift.scopes import NameScope, Steps, references, within
from schemagen.drift.verdict import ConditionJudge
from schemagen.ksqldb.paths import declared_path
from schemagen.ksqldb.watched import CANDIDATES, watched_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.deploy.queries import ScriptQuery
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.paths import Path

_NOTHING_KNOWN = ConditionJudge()
_Conditions = tuple[tuple[exp.Expr, NameScope], ...]


@dataclass(frozen=True, slots=True)
class DeployedDetection:
    """A detection and its conditions, all of which must hold.

    Attributes:
        name, id, level: see `AffectedDetection`.
        conditions: each with what its names mean.
        reads: everything that the conditions look at.
        watches: the columns of the declaration that it reads beside the stream, without an event
            time; None where it reads the stream itself.

    """

    name: str
    id: str
    level: str
    conditions: Sequence[tuple[exp.Expr, NameScope]]
    reads: frozenset[Steps]
    watches: Struct | None = None

    def is_hidden_by(self, path: Path) -> bool:
        """Check whether it doesn't see a record in which a value at a path can't be read."""
        return self.watches is None or declared_path(self.watches, path) is not None

    def reads_any(self, places: Iterable[Steps]) -> bool:
        """Check whether it reads any of some places, or what lies in them.

        Of an array's elements the statement names the array, and what is in them in a lambda.
        """
        return any(
            within(read, place) or within(place, read) for read in self.reads for place in places
        )

    def without(self, *lost: Steps) -> AffectedDetection | None:
        """Return what becomes of it where something is always NULL; None where it sees the same."""
        if not self.reads_any(lost) or not self.sees_less(ConditionJudge(lost)):
            return None
        return self.affected(partly=self.may_match(ConditionJudge(lost)))

    def sees_less(self, now: ConditionJudge, before: ConditionJudge = _NOTHING_KNOWN) -> bool:
        """Check whether it can't match by what is known now as it could by what was known before.

        It can't match at all any more, or one of several ways in which it could is closed.
        """
        if not self.may_match(now):
            return self.may_match(before)
        return any(_loses_a_branch(node, scope, now, before) for node, scope in self.conditions)

    def may_match(self, known: ConditionJudge) -> bool:
        """Check whether all its conditions can hold by what is known."""
        return all(known.verdict(node, scope).may_hold for node, scope in self.conditions)

    def affected(self, *, partly: bool = False) -> AffectedDetection:
        """Return it as a finding names it."""
        return AffectedDetection(self.name, self.id, self.level, partly)


def _loses_a_branch(
    node: exp.Expr, scope: NameScope, now: ConditionJudge, before: ConditionJudge
) -> bool:
    """Check whether one of several ways in which a condition could hold is closed."""
    if isinstance(node, exp.Paren):
        return _loses_a_branch(node.this, scope, now, before)
    if not isinstance(node, exp.And | exp.Or):
        return False
    parts = (node.this, node.expression)
    if isinstance(node, exp.Or) and any(
        not now.verdict(part, scope).may_hold and before.verdict(part, scope).may_hold
        for part in parts
    ):
        return True
    return any(_loses_a_branch(part, scope, now, before) for part in parts)


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """A query over a stream, directly or over what other queries made of it.

    Attributes:
        query: the query.
        scopes: what its names mean, one scope for each of its sources that comes of the stream.
        conditions: what must hold for it to give a row, also in the queries before it.

    """

    query: ScriptQuery
    scopes: Sequence[NameScope]
    conditions: _Conditions


def deployed_detections(
    statements: Sequence[exp.Expr], stream: str, columns: Struct | None = None
) -> list[DeployedDetection]:
    """List the detections over a stream, in the order of the statements.

    Args:
        statements: what is deployed, in order.
        stream: the stream's stored name.
        columns: its columns, for names in joins that don't say of which stream they are; None
            leaves those unresolved.

    """
    over = {id(each.query.statement): each for each in queries_over(statements, stream, columns)}
    watched = watched_in(statements, stream)
    declared = None if watched is None else value_columns(watched)
    watching = derived_streams(statements, watched_name(stream)) if watched else set()
    held = detections(statements)
    found = [
        replace(
            _watch(each, over[id(each.query.statement)]),
            watches=declared if each.query.reads(watching) else None,
        )
        for each in held
        if id(each.query.statement) in over
    ]
    targets = {each.query.target for each in over.values()}
    chained = [
        each
        for each in held
        if id(each.query.statement) not in over and each.query.target in targets
    ]
    return [*found, *_behind(chained, found)]


def _behind(
    chained: Sequence[ScriptDetection], found: Sequence[DeployedDetection]
) -> list[DeployedDetection]:
    """List the correlations that alerts of others count for: blind where those are.

    What they read is a table of windows, whose rows name the correlation that they are of in `c`.
    """
    behind: dict[tuple[str, int], DeployedDetection] = {}
    bases = [(each, _named_rows(each)) for each in chained]
    # A chain is at most as long as there are links.
    for _ in chained:
        for each, named in bases:
            for one in (*found, *behind.values()):
                if one.id in named and one.id != each.id:
                    key = (each.id, id(one.conditions))
                    made = replace(one, name=each.name, id=each.id, level=each.level)
                    behind.setdefault(key, made)
    return list(behind.values())


def _named_rows(each: ScriptDetection) -> set[str]:
    """List the correlations whose rows a detection looks at."""
    if each.case is None:
        return set()
    return {
        str(node.expression.this)
        for branch in each.case.args["ifs"]
        for node in branch.this.find_all(exp.EQ)
        if isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Literal)
    }


def _watch(held: ScriptDetection, over: SourceQuery) -> DeployedDetection:
    conditions = over.conditions
    own = held.condition
    if own is not None:
        conditions = (*conditions, decided(own, over.scopes[0]))
    reads = frozenset(steps for node, scope in conditions for steps in references(node, scope))
    return DeployedDetection(held.name, held.id, held.level, conditions, reads)


def queries_over(
    statements: Sequence[exp.Expr], stream: str, columns: Struct | None = None
) -> Iterator[SourceQuery]:
    """Yield the queries over a stream, in order; `columns` as for `deployed_detections`."""
    fields = () if columns is None else columns.fields
    declared = NameScope(columns=frozenset(field.stored for field in fields))
    known: dict[str, tuple[NameScope, _Conditions]] = {stream: (declared, ())}
    known[watched_name(stream)] = known[stream]
    for query in queries(statements):
        ours = [(known[name], alias) for name, alias in query.sources if name in known]
        if not ours:
            continue
        needed = _needed_tables(query.select)
        scopes: list[NameScope] = []
        conditions: _Conditions = ()
        for (source, inherited), alias in ours:
            names = frozenset({alias})
            scope = replace(source, others=len(query.sources) > 1, names=names)
            scopes.append(scope)
            own = tuple((condition, scope) for condition in _conditions(query))
            conditions += (*(inherited if alias in needed else ()), *own)
        scope = scopes[0]
        if not query.is_insert and query.target not in known:
            star = len(query.sources) == 1 and has_star(query.select)
            made = NameScope(projections(query.select), scope, star=star)
            known[query.target] = (made, conditions)
        elif query.target in known and is_matching(query.select):
            take_matches(query.select, known[query.target][0])
        yield SourceQuery(query, scopes, conditions)


def _is_guard(query: ScriptQuery, where: exp.Expr) -> bool:
    """Tell whether a WHERE holds wherever one of the rules behind it does (`first_pass`).

    What blinds a rule is in its own condition then, and in the guard only once more.
    """
    if not isinstance(where, exp.EQ) or not isinstance(where.this, exp.Case):
        return False
    return query.target.endswith(CANDIDATES) or detections_of(query)[0].case is not None


def _asks_function(where: exp.Expr) -> bool:
    """Tell whether a WHERE only asks whether the accelerator's function named the query's rules."""
    return isinstance(where, exp.EQ) and matched_key(where.this) is not None


def _needed_tables(select: exp.Expr) -> set[str]:
    """Name what a SELECT must have a record of: all but the far side of outer joins."""
    first, *joined = (alias for _, alias in tables(select))
    needed = {first}
    for join, alias in zip(select.args.get("joins") or (), joined, strict=True):
        side = str(join.args.get("side") or "").upper()
        if side in {"RIGHT", "FULL"}:
            needed.clear()
        if side in {"", "RIGHT"}:
            needed.add(alias)
    return needed


def _conditions(query: ScriptQuery) -> Iterator[exp.Expr]:
    """List what must hold for a query to give a row."""
    select = query.select
    where, group = select.args.get("where"), select.args.get("group")
    is_ours = where is not None and _asks_function(where.this)
    if where is not None and not is_ours and not _is_guard(query, where.this):
        yield where.this
    for join in select.args.get("joins") or ():
        if not join.args.get("side") and join.args.get("on") is not None:
            yield join.args["on"]
    for expression in () if group is None else group.expressions:
        # A NULL in a grouping value excludes the row (`GroupByParamsFactory.java`).
        yield exp.Not(this=exp.Is(this=expression.copy(), expression=exp.Null()))
