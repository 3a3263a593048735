"""Parts of conditions that need no translator: operands, and where a CASE throws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.names import stored
from schemagen.replay.code import FALSE, TRUE, Code, EvaluationError, case, chain, gated, not_

if TYPE_CHECKING:
    from collections.abc import Sequence


def name_of(node: exp.Identifier) -> str:
    """Give a name as ksqlDB keeps it."""
    return stored(str(node.this), quoted=bool(node.args.get("quoted")))


def bare(node: exp.Expr) -> exp.Expr:
    """Take the parentheses off."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def same(sql: exp.Expr) -> exp.Expr:
    """Give the expression itself."""
    return sql


def operands_of(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Flatten a tree of one operator, in the order of evaluation; the tree's shape is no matter."""
    flat: list[exp.Expr] = []
    pending = [node]
    while pending:
        each = bare(pending.pop())
        if isinstance(each, kind):
            pending += [each.expression, each.this]
        else:
            flat.append(each)
    return flat


def joined(kind: type[exp.Connector], operands: list[exp.Expr]) -> exp.Expr:
    """Join operands; those behind the first few simple ones are evaluated for few rows only.

    In a column, unlike in a filter, DuckDB evaluates all operands of AND for every row. Most rules
    begin with a channel and an event id, which hold for few.
    """
    simple = 0
    while simple < len(operands) and operands[simple].find(exp.Or, exp.And) is None:
        simple += 1
    if kind is not exp.And or not 0 < simple < len(operands):
        return chain(kind, operands)
    guard, rest = chain(exp.And, operands[:simple]), chain(exp.And, operands[simple:])
    return exp.Paren(this=case([(guard, rest)], FALSE()))


def case_error(
    conditions: Sequence[Code], results: Sequence[Code], otherwise: Code
) -> exp.Expr | None:
    """Tell where a CASE throws: in a condition that it comes to, or in the result it takes."""
    if all(each.error is None for each in (*conditions, *results, otherwise)):
        return None
    branches: list[tuple[exp.Expr, exp.Expr]] = []
    for when, then in zip(conditions, results, strict=True):
        if when.error is not None:
            branches.append((when.error, TRUE()))
        branches.append((when.sql, then.error if then.error is not None else FALSE()))
    return case(branches, otherwise.error if otherwise.error is not None else FALSE())


def case_checks(
    conditions: Sequence[Code], results: Sequence[Code], otherwise: Code
) -> tuple[EvaluationError, ...]:
    """Gate the swallowed errors of a CASE by what it comes to."""
    checks: list[EvaluationError] = []
    before: list[exp.Expr] = []
    for when, then in zip(conditions, results, strict=True):
        checks += gated(when.checks, chain(exp.And, before)) if before else when.checks
        checks += gated(then.checks, chain(exp.And, [*before, when.sql]))
        before.append(not_(when.sql))
    checks += gated(otherwise.checks, chain(exp.And, before))
    return tuple(checks)
