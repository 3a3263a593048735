"""Comparisons: two-valued, by the types' own rules (`SqlToJavaVisitor`, `ComparisonUtil`)."""

from __future__ import annotations

from sqlglot import exp

from schemagen.ksqldb.types import BOOLEAN, VARCHAR, Array, KsqlType, Scalar, Struct
from schemagen.replay.code import (
    FALSE,
    Code,
    UnsupportedError,
    binary,
    case,
    chain,
    coalesce,
    first_error,
    function,
    is_null,
    not_,
    number,
)
from schemagen.replay.functions import length
from schemagen.replay.patterns import causes

NUMBERS = ("INT", "BIGINT", "DECIMAL", "DOUBLE")
"""The types of numbers, each one wider than the ones before it."""

OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_MAX_DECIMALS = 19
"""A BIGINT has 19 digits, and DuckDB's DECIMAL 38."""


def is_number(declared: KsqlType | None) -> bool:
    """Tell whether the type is one of numbers."""
    return isinstance(declared, Scalar) and declared.name in NUMBERS


def compare(kind: type[exp.Binary], left: Code, right: Code) -> Code:
    """Translate `left operator right`: FALSE where an operand is NULL.

    Raises:
        UnsupportedError: ksqlDB refuses to compare the types, or the replay doesn't know how to.

    """
    raw = _comparison(kind, left, right)
    maybe_null = left.nullable or right.nullable
    return Code(
        coalesce(raw, FALSE()) if maybe_null else raw,
        BOOLEAN,
        first_error([left.error, right.error]),
        nullable=False,
        checks=(*left.checks, *right.checks),
        causes=causes([left, right]),
    )


def between(value: Code, low: Code, high: Code) -> Code:
    """Translate `value BETWEEN low AND high`."""
    sides = (compare(exp.GTE, value, low), compare(exp.LTE, value, high))
    return Code(
        chain(exp.And, [side.sql for side in sides]),
        BOOLEAN,
        first_error([side.error for side in sides]),
        nullable=False,
        checks=(*sides[0].checks, *sides[1].checks),
        causes=causes(sides),
    )


def distinct(left: Code, right: Code) -> Code:
    """Translate `left IS DISTINCT FROM right`."""
    differs = _comparison(exp.NEQ, left, right)
    sql = case(
        [
            (
                chain(exp.Or, [is_null(left.sql), is_null(right.sql)]),
                binary(exp.NEQ, is_null(left.sql), is_null(right.sql)),
            )
        ],
        differs,
    )
    both = (left, right)
    return Code(
        sql,
        BOOLEAN,
        first_error([code.error for code in both]),
        nullable=False,
        checks=(*left.checks, *right.checks),
        causes=causes(both),
    )


def _comparison(kind: type[exp.Binary], left: Code, right: Code) -> exp.Expr:
    first, second = left.type, right.type
    if first is None or second is None:
        raise UnsupportedError("a comparison with NULL, which ksqlDB refuses")
    if is_number(first) and is_number(second):
        return _numbers(kind, left, right)
    if first != second:
        raise UnsupportedError(f"a comparison of {_name(first)} with {_name(second)}")
    if first == VARCHAR:
        if kind in {exp.EQ, exp.NEQ}:
            return binary(kind, left.sql, right.sql)
        return binary(kind, function("ksql_compare", left.sql, right.sql), number(0))
    if kind not in {exp.EQ, exp.NEQ} and (
        not isinstance(first, Scalar) or first.name in {"BOOLEAN", "BYTES"}
    ):
        raise UnsupportedError(f"{OPERATORS[kind]} on {_name(first)}")
    if not isinstance(first, Scalar | Array | Struct):
        raise UnsupportedError("a comparison of MAPs")
    return binary(kind, left.sql, right.sql)


def _name(declared: KsqlType) -> str:
    return declared.name if isinstance(declared, Scalar) else type(declared).__name__.upper()


def _numbers(kind: type[exp.Binary], left: Code, right: Code) -> exp.Expr:
    names = {_name(code.type) for code in (left, right) if code.type is not None}
    operands = [left.sql, right.sql]
    if "DOUBLE" in names:
        # Of NaN every comparison is false, `<>` too: it is written as `a < b || a > b`.
        guards = [
            not_(function("isnan", code.sql))
            for code in (left, right)
            if code.type == Scalar("DOUBLE") and not isinstance(code.sql, exp.Literal)
        ]
        doubles = [_cast(sql, "DOUBLE") for sql in operands]
        return chain(exp.And, [binary(kind, *doubles), *guards])
    if "DECIMAL" in names and len(names) > 1:
        scale = max(_scale(code.type) for code in (left, right))
        if scale > _MAX_DECIMALS:
            raise UnsupportedError("a comparison of an integer with so long a DECIMAL")
        operands = [_cast(sql, f"DECIMAL(38, {scale})") for sql in operands]
    return binary(kind, *operands)


def _scale(declared: KsqlType | None) -> int:
    return (declared.scale or 0) if isinstance(declared, Scalar) else 0


def _cast(sql: exp.Expr, declared: str) -> exp.Expr:
    return exp.Cast(this=sql, to=exp.DataType.build(declared, dialect="duckdb"))


# -- what DuckDB has a quicker form of -------------------------------------------------------------

_CONTAINS = {(exp.GT, 0), (exp.GTE, 1), (exp.NEQ, 0)}
_CONTAINS_NOT = {(exp.EQ, 0), (exp.LT, 1), (exp.LTE, 0)}


def position_test(
    kind: type[exp.Expr], bound: int, subject: exp.Expr, part: str
) -> exp.Expr | None:
    """Write `INSTR(subject, part) operator bound` where it asks for the place only roughly.

    INSTR counts UTF-16 units; whether it is 0 or 1 doesn't depend on how one counts.
    """
    test = (kind, bound)
    if test in _CONTAINS or test in _CONTAINS_NOT:
        found = coalesce(function("contains", subject, exp.Literal.string(part)), FALSE())
        return found if test in _CONTAINS else not_(found)
    if bound == 1 and kind in {exp.EQ, exp.NEQ}:
        found = coalesce(function("starts_with", subject, exp.Literal.string(part)), FALSE())
        return found if kind is exp.EQ else not_(found)
    return None


def edge_test(arguments: list[int], subject: exp.Expr, part: str) -> exp.Expr | None:
    """Write `SUBSTRING(subject, …) = part` where the piece is exactly as long as the part.

    A piece from -n on is the last n units, or a shorter text as a whole, which can't be equal.
    """
    size = length(part)
    if not size:
        return None
    if arguments == [-size]:
        return coalesce(function("ends_with", subject, exp.Literal.string(part)), FALSE())
    if arguments == [1, size]:
        return coalesce(function("starts_with", subject, exp.Literal.string(part)), FALSE())
    return None
