"""Arithmetic: NULL throws, integers wrap, a division of integers by zero throws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import DOUBLE, VARCHAR, Scalar, is_number
from schemagen.replay.translation.casts import BITS, cast_to, wider, wrapped
from schemagen.replay.translation.code import Code, EngineRefusalError, UnsupportedError, make
from schemagen.replay.translation.sql import (
    Sql,
    any_of,
    binary,
    call,
    case,
    cast,
    coalesce,
    is_null,
    number,
    text,
)

if TYPE_CHECKING:
    from schemagen.replay.translation.context import ExpressionHandler, Translator

_SIGNS: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}
_ON_NULL = "arithmetic with NULL throws a NullPointerException"


def _arithmetic(translator: Translator, node: exp.Binary) -> Code:
    sign = _SIGNS[type(node)]
    left, right = translator.translate(node.this), translator.translate(node.expression)
    if left.type is None or right.type is None:
        raise EngineRefusalError("it doesn't calculate with NULL")
    if sign == "+" and left.type == right.type == VARCHAR:
        return _joined(left, right)
    if not (is_number(left.type) and is_number(right.type)):
        raise EngineRefusalError("it calculates with numbers only")
    declared = wider([left.type, right.type])
    both = [left, right]
    throws = [is_null(each.sql) for each in both if each.nullable]
    why = [_ON_NULL] if throws else []
    if declared == DOUBLE:
        if sign == "%":
            # By zero Java gives NaN and DuckDB NULL.
            raise UnsupportedError("% of DOUBLE")
        sql = binary(sign, *(cast_to(each.sql, DOUBLE) for each in both))
    elif not isinstance(declared, Scalar) or declared.name not in BITS:
        raise UnsupportedError("arithmetic with DECIMAL")
    elif sign in {"/", "%"}:
        zero = binary("=", right.sql, number(0))
        throws.append(zero)
        why.append("a division by zero")
        sql = wrapped(_divided(sign, left.sql, right.sql), declared)
    else:
        sql = wrapped(binary(sign, *(cast(each.sql, "HUGEINT") for each in both)), declared)
    nullable = left.nullable or right.nullable
    if not throws:
        return make(sql, declared, both, nullable=nullable)
    reason = "; or ".join(why)
    return make(sql, declared, both, nullable=nullable, throws=any_of(throws), why=reason)


def _divided(sign: str, left: Sql, right: Sql) -> Sql:
    safe = case([(binary("=", right, number(0)), number(1))], cast(right, "HUGEINT"))
    wide = cast(left, "HUGEINT")
    return call("divide", wide, safe) if sign == "/" else binary("%", wide, safe)


def _joined(left: Code, right: Code) -> Code:
    """Join texts as Java's `+` does: NULL is the word `null`."""
    parts = [coalesce(each.sql, text("null")) for each in (left, right)]
    return make(call("concat", *parts), VARCHAR, [left, right], nullable=False)


def _negative(translator: Translator, node: exp.Neg) -> Code:
    value = translator.translate(node.this)
    if not is_number(value.type):
        raise EngineRefusalError("- stands before something that is not a number")
    minus = Sql(f"(- {value.sql})")
    if not value.nullable:
        return make(minus, value.type, [value], nullable=False)
    why = "- of NULL throws a NullPointerException"
    return make(minus, value.type, [value], throws=is_null(value.sql), why=why)


EXPRESSIONS: dict[type[exp.Expr], ExpressionHandler] = {
    **dict.fromkeys(_SIGNS, _arithmetic),
    exp.Neg: _negative,
}
"""How these expressions are translated."""
