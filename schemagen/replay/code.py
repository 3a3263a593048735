"""What an expression of ksqlDB becomes in DuckDB: a value, and when evaluating it throws.

DuckDB evaluates three-valued logic and never throws here; ksqlDB is two-valued and throws. So every
expression becomes two: one for its value, which may be anything where the evaluation throws, and
one that is TRUE exactly where it throws. Neither raises in DuckDB, whatever the row holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.ksqldb.types import KsqlType

TRUE = exp.true
FALSE = exp.false


@dataclass(frozen=True, slots=True)
class EvaluationError:
    """An error that ksqlDB logs and swallows: the part becomes NULL, and the rest goes on.

    Attributes:
        sql: TRUE for the rows where it happens, else FALSE.
        what: what failed, for people.
        rule: the rule in which it happens, empty where the statement doesn't say.

    """

    sql: exp.Expr
    what: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class TranslationRemark:
    """Something about a statement that the replay can't do quite as ksqlDB does.

    Attributes:
        what: what it is.
        rule: the rule in which it is, empty where the statement doesn't say.
        fatal: whether the part counts as failing, since it can't be evaluated at all.

    """

    what: str
    rule: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class Code:
    """A translated expression.

    Attributes:
        sql: its value in DuckDB.
        type: its type in ksqlDB; None for the literal NULL.
        error: TRUE where evaluating it throws, else FALSE; None where it never throws.
        nullable: whether the value can be NULL.
        checks: the errors within it that are swallowed.
        causes: what can throw, for people.

    """

    sql: exp.Expr
    type: KsqlType | None
    error: exp.Expr | None = None
    nullable: bool = True
    checks: tuple[EvaluationError, ...] = ()
    causes: tuple[str, ...] = ()


class UnsupportedError(Exception):
    """The replay doesn't know a construct, or ksqlDB would refuse the statement.

    Args:
        reason: one clause; it names the construct, and holds no value.

    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def function(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Call a function of DuckDB's."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def column(name: str) -> exp.Expr:
    """Name a column of a table of ours, or a parameter of a lambda."""
    return exp.Column(this=exp.Identifier(this=name, quoted=False))


def text(value: str) -> exp.Expr:
    """Write a text."""
    return exp.Literal.string(value)


def number(value: int) -> exp.Expr:
    """Write an integer."""
    return exp.Literal.number(value) if value >= 0 else exp.Paren(this=exp.Literal.number(value))


def is_null(sql: exp.Expr) -> exp.Expr:
    """Write `sql IS NULL`."""
    return exp.Paren(this=exp.Is(this=exp.Paren(this=sql), expression=exp.Null()))


def not_(sql: exp.Expr) -> exp.Expr:
    """Write `NOT sql`."""
    return exp.Paren(this=exp.Not(this=exp.Paren(this=sql)))


def chain(kind: type[exp.Connector], operands: Sequence[exp.Expr]) -> exp.Expr:
    """Join operands by AND or OR."""
    joined = operands[0]
    for operand in operands[1:]:
        joined = kind(this=joined, expression=operand)
    return joined if len(operands) == 1 else exp.Paren(this=joined)


def binary(kind: type[exp.Binary], left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Write `left operator right`."""
    return exp.Paren(this=kind(this=left, expression=right))


def case(branches: Sequence[tuple[exp.Expr, exp.Expr]], default: exp.Expr) -> exp.Expr:
    """Write CASE: the branches are tried in their order, and no more of them than needed."""
    if not branches:
        return default
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=default)


def coalesce(sql: exp.Expr, default: exp.Expr) -> exp.Expr:
    """Write `coalesce(sql, default)`."""
    return exp.Coalesce(this=sql, expressions=[default])


def first_error(parts: Sequence[exp.Expr | None]) -> exp.Expr | None:
    """Tell where one of several parts that are all evaluated throws."""
    known = [part for part in parts if part is not None]
    return chain(exp.Or, known) if known else None


def unless(error: exp.Expr | None, sql: exp.Expr, default: exp.Expr) -> exp.Expr:
    """Take another value where the evaluation throws."""
    return sql if error is None else case([(error, default)], sql)


def gated(checks: Sequence[EvaluationError], condition: exp.Expr) -> tuple[EvaluationError, ...]:
    """Restrict checks to the rows in which ksqlDB comes so far."""
    return tuple(replace(check, sql=chain(exp.And, [condition, check.sql])) for check in checks)


def as_condition(code: Code) -> Code:
    """Use a value as an operand of AND, OR, NOT or WHEN: there NULL throws, as Java unboxes it.

    Raises:
        UnsupportedError: it is no BOOLEAN.

    """
    if code.type != BOOLEAN:
        raise UnsupportedError("a condition isn't BOOLEAN")
    if not code.nullable:
        return code
    missing = is_null(code.sql)
    error = missing if code.error is None else case([(code.error, TRUE())], missing)
    return Code(
        coalesce(code.sql, FALSE()),
        BOOLEAN,
        error,
        nullable=False,
        checks=code.checks,
        causes=(*code.causes, "a BOOLEAN is NULL"),
    )
