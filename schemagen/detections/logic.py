"""Joining predicates: constants folded away, chains kept flat, and nothing too big for ksqlDB.

ksqlDB compiles an expression into Java, where one method holds 64 KB. What an expression costs is
counted in leaves, each a function call in a comparison, the form that all predicates here prefer:
400 of them compile and 800 don't (ksqlDB 8.5, measured with Janino 3.1.9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.dialect import all_of, any_of, call

if TYPE_CHECKING:
    from collections.abc import Sequence

BUDGET = 300
"""How much one expression may cost, in leaves."""

_CHAIN = 64
"""Longer chains become balanced trees, which don't exhaust the stack of ksqlDB's visitors."""
_IN_VALUE = 0.05
"""What one value of IN costs: an argument of a call, some eight bytes of code."""
_BARE = 0.3
"""What a comparison of a bare column costs; each `->` doubles it."""


def true() -> exp.Boolean:
    """Make the constant that every event satisfies."""
    return exp.Boolean(this=True)


def false() -> exp.Boolean:
    """Make the constant that no event satisfies."""
    return exp.Boolean(this=False)


def is_true(node: exp.Expr) -> bool:
    """Tell whether a predicate is the constant TRUE."""
    return isinstance(node, exp.Boolean) and bool(node.this)


def is_false(node: exp.Expr) -> bool:
    """Tell whether a predicate is the constant FALSE."""
    return isinstance(node, exp.Boolean) and not node.this


def conjunction(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """Join by AND; of nothing, TRUE."""
    if any(is_false(node) for node in conditions):
        return false()
    return _joined(exp.And, [node for node in conditions if not is_true(node)])


def disjunction(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """Join by OR; of nothing, FALSE."""
    if any(is_true(node) for node in conditions):
        return true()
    return _joined(exp.Or, [node for node in conditions if not is_false(node)])


def negation(condition: exp.Expr) -> exp.Expr:
    """Negate; exact on a predicate that is never NULL, as all of them here are."""
    if isinstance(condition, exp.Boolean):
        return exp.Boolean(this=not condition.this)
    if isinstance(condition, exp.Not):
        inner: exp.Expr = condition.this
        return inner.unnest()
    return exp.Not(this=condition)


def _joined(kind: type[exp.And | exp.Or], conditions: Sequence[exp.Expr]) -> exp.Expr:
    if len(conditions) == 1:
        return conditions[0]
    operands = [part for node in conditions for part in operands_of(kind, node)]
    unique = list(dict.fromkeys(operands))
    if not unique:
        return exp.Boolean(this=kind is exp.And)
    if sum(map(cost, unique)) > BUDGET:
        unique = _split(kind, unique)
    if len(unique) > _CHAIN:
        return all_of(unique) if kind is exp.And else any_of(unique)
    if kind is exp.Or and len(unique) > 1:
        # Not needed, but nobody should have to know which operator binds more.
        unique = [exp.Paren(this=one) if isinstance(one, exp.And) else one for one in unique]
    chain = unique[0]
    for operand in unique[1:]:
        chain = kind(this=chain, expression=operand)
    return chain


def operands_of(kind: type[exp.Expr], node: exp.Expr) -> list[exp.Expr]:
    """Give the operands of a tree of one operator, first to last."""
    found: list[exp.Expr] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if type(part) is kind:
            waiting += [part.args["expression"], part.this]
        else:
            found.append(part)
    return found


def _split(kind: type[exp.And | exp.Or], operands: list[exp.Expr]) -> list[exp.Expr]:
    """Put operands into groups that ksqlDB compiles apart.

    Items of ARRAY[…] become methods of their own (`SqlToJavaVisitor.visitCreateArrayExpression`).
    A group is a CASE, so that each item is a plain BOOLEAN.
    """
    groups: list[list[exp.Expr]] = [[]]
    spent = 0.0
    for operand in operands:
        price = cost(operand)
        if groups[-1] and spent + price > BUDGET / 2:
            groups.append([])
            spent = 0.0
        groups[-1].append(operand)
        spent += price
    if len(groups) == 1:
        return operands
    items = []
    for group in groups:
        inner = group[0] if len(group) == 1 else (all_of if kind is exp.And else any_of)(group)
        items.append(exp.Case(ifs=[exp.If(this=inner, true=true())], default=false()))
    wanted = exp.Boolean(this=kind is exp.Or)
    found = call("ARRAY_CONTAINS", exp.Array(expressions=items), wanted)
    # A bare function that returns BOOLEAN would be unboxed where ksqlDB expects a condition.
    return [exp.EQ(this=found, expression=exp.Boolean(this=kind is exp.Or))]


def cost(node: exp.Expr) -> float:
    """Count what a predicate costs, in leaves; items of an ARRAY are not the predicate's own."""
    if isinstance(node, (exp.And, exp.Or)):
        return sum(cost(operand) for operand in operands_of(type(node), node))
    if isinstance(node, (exp.Not, exp.Paren)):
        return cost(node.this)
    if isinstance(node, exp.In):
        return 1 + _IN_VALUE * len(node.expressions)
    if isinstance(node, exp.Boolean):
        return 0
    left = node.this if isinstance(node.this, exp.Expr) else node
    if isinstance(left, (exp.Column, exp.Dot, exp.Bracket)):
        return float(_BARE * 2 ** _depth(left))
    return 1


def largest(node: exp.Expr) -> float:
    """Give the greatest cost of the parts of an expression that ksqlDB compiles apart."""
    apart = [item for array in node.find_all(exp.Array) for item in array.expressions]
    conditions = [branch.this for item in apart for branch in item.find_all(exp.If)]
    return max([cost(node), *map(cost, conditions)])


def _depth(node: exp.Expr) -> int:
    depth = 0
    while isinstance(node, (exp.Dot, exp.Bracket)):
        depth += 1
        node = node.this
    return depth
