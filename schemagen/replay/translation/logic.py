"""AND, OR, NOT, CASE and IS NULL: two-valued, and evaluated from left to right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import BOOLEAN
from schemagen.replay.translation.code import (
    Code,
    EngineRefusalError,
    EvaluationError,
    gated,
    loose,
    make,
)
from schemagen.replay.translation.constants import bare
from schemagen.replay.translation.sql import (
    FALSE,
    NULL,
    TRUE,
    Sql,
    all_of,
    any_of,
    case,
    is_null,
    not_,
    not_true,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.translation.context import ExpressionHandler, Translator


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


def _and(translator: Translator, node: exp.And) -> Code:
    known = translator.present
    nodes = operands_of(node, exp.And)
    operands = []
    for operand in nodes:
        operands.append(translator.condition(operand))
        translator.present |= _guarded(translator, operand)
    translator.present = known
    # In a column, unlike in a filter, DuckDB evaluates all operands of AND for every row. Most
    # rules begin with a channel and an event id, which hold for few.
    simple = 0
    while simple < len(nodes) and _is_simple(nodes[simple]):
        simple += 1
    values = [each.sql for each in operands]
    sql = all_of(values)
    if 0 < simple < len(values):
        sql = case([(all_of(values[:simple]), all_of(values[simple:]))], FALSE)
    return _connected(sql, operands, values)


def _is_simple(node: exp.Expr) -> bool:
    """Tell whether a condition is quickly decided for all rows."""
    if isinstance(node, exp.Not):
        return isinstance(bare(node.this), exp.Is)
    return not isinstance(node, exp.Or)


def _or(translator: Translator, node: exp.Or) -> Code:
    operands = [translator.condition(operand) for operand in operands_of(node, exp.Or)]
    return _connected(
        any_of([each.sql for each in operands]),
        operands,
        [not_true(each.sql) for each in operands],
    )


def _connected(sql: Sql, operands: Sequence[Code], going_on: Sequence[Sql]) -> Code:
    """Make the code of operands that are evaluated one after the other.

    Args:
        sql: the value, loose.
        operands: in the order of evaluation.
        going_on: for each where the evaluation goes on behind it.

    """
    code = loose(sql, operands)
    if code.error is None and not code.checks:
        return code
    branches: list[tuple[Sql, Sql]] = []
    checks: list[EvaluationError] = []
    for place, each in enumerate(operands):
        if each.error is not None:
            branches.append((each.error, TRUE))
        branches.append((not_true(going_on[place]), FALSE))
        checks += gated(each.checks, going_on[:place])
    last = max((at for at, (_, throws) in enumerate(branches) if throws is TRUE), default=-1)
    error = case(branches[: last + 1], FALSE) if last >= 0 else None
    return replace(code, error=error, checks=tuple(checks))


def _guarded(translator: Translator, node: exp.Expr) -> set[str]:
    """Name the column that is not NULL where `x IS NOT NULL` holds."""
    inner = bare(node.this) if isinstance(node, exp.Not) else None
    if not isinstance(inner, exp.Is):
        return set()
    return {translator.translate(inner.this).column} - {""}


def _not(translator: Translator, node: exp.Not) -> Code:
    code = translator.condition(node.this)
    if isinstance(bare(node.this), exp.Is):
        return replace(code, sql=not_(code.sql))
    return replace(code, sql=not_true(code.sql), column="", is_loose=False)


def _is(translator: Translator, node: exp.Is) -> Code:
    code = translator.translate(node.this)
    return replace(code, sql=is_null(code.sql), type=BOOLEAN, nullable=False, column="")


def _case(translator: Translator, node: exp.Case) -> Code:
    if node.this is not None:
        raise EngineRefusalError("it doesn't implement CASE x WHEN")
    conditions = [translator.condition(branch.this) for branch in node.args["ifs"]]
    results = [translator.translate(branch.args["true"]) for branch in node.args["ifs"]]
    default = node.args.get("default")
    otherwise = Code(NULL, None) if default is None else translator.translate(default)
    results.append(otherwise)
    known = [each.type for each in results if each.type is not None]
    if not known:
        raise EngineRefusalError("a CASE gives nothing but NULL")
    if any(each != known[0] for each in known):
        raise EngineRefusalError("the results of a CASE are of different types")
    return _chosen(conditions, results, known[0])


def _chosen(conditions: Sequence[Code], results: Sequence[Code], declared: KsqlType) -> Code:
    """Make the code of a CASE; the last result is that of ELSE."""
    *taken, otherwise = results
    branches = [(when.sql, then.sql) for when, then in zip(conditions, taken, strict=True)]
    nullable = any(each.nullable for each in results)
    parts = [*conditions, *results]
    code = make(case(branches, otherwise.sql), declared, parts, nullable=nullable)
    if code.error is None and not code.checks:
        return code
    # It throws in a condition that it comes to, or in the result that it takes.
    errors: list[tuple[Sql, Sql]] = []
    checks: list[EvaluationError] = []
    before: list[Sql] = []
    for when, then in zip(conditions, taken, strict=True):
        if when.error is not None:
            errors.append((when.error, TRUE))
        errors.append((when.sql, FALSE if then.error is None else then.error))
        checks += gated(when.checks, before)
        checks += gated(then.checks, [*before, when.sql])
        before.append(not_true(when.sql))
    checks += gated(otherwise.checks, before)
    error = case(errors, FALSE if otherwise.error is None else otherwise.error)
    return replace(code, error=None if code.error is None else error, checks=tuple(checks))


EXPRESSIONS: dict[type[exp.Expr], ExpressionHandler] = {
    exp.And: _and,
    exp.Or: _or,
    exp.Not: _not,
    exp.Is: _is,
    exp.Case: _case,
}
"""How these expressions are translated."""
