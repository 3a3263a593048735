"""CAST, arithmetic and literals (`CastEvaluator`, `SqlToJavaVisitor`)."""

from __future__ import annotations

from sqlglot import exp

from schemagen.ksqldb.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INT,
    VARCHAR,
    KsqlType,
    Scalar,
    render,
)
from schemagen.replay.code import (
    Code,
    UnsupportedError,
    binary,
    case,
    chain,
    first_error,
    function,
    is_null,
    not_,
    number,
)
from schemagen.replay.comparisons import NUMBERS, is_number
from schemagen.replay.patterns import causes
from schemagen.replay.values import duckdb_type

_INTEGERS = {"INT": 32, "BIGINT": 64}


def literal(node: exp.Expr) -> Code:
    """Translate a literal; a number's type is the narrowest that it fits.

    Raises:
        UnsupportedError: it is a number beyond BIGINT.

    """
    if isinstance(node, exp.Null):
        return Code(exp.Null(), None)
    if isinstance(node, exp.Boolean):
        return Code(exp.Boolean(this=node.this), BOOLEAN, nullable=False)
    written = str(node.this)
    if node.args.get("is_string"):
        return Code(exp.Literal.string(written), VARCHAR, nullable=False)
    sql = exp.Literal(this=written, is_string=False)
    if "e" in written.lower():
        return Code(cast_to(sql, DOUBLE), DOUBLE, nullable=False)
    if "." in written:
        whole, _, digits = written.partition(".")
        precision = len(whole.lstrip("0")) + len(digits)
        declared = Scalar("DECIMAL", max(precision, 1), len(digits))
        return Code(cast_to(sql, declared), declared, nullable=False)
    if int(written) >= 2**63:
        raise UnsupportedError("a number beyond BIGINT, which ksqlDB refuses")
    declared = INT if int(written) < 2**31 else BIGINT
    return Code(cast_to(sql, declared), declared, nullable=False)


def cast_to(sql: exp.Expr, declared: KsqlType) -> exp.Expr:
    """Write DuckDB's own CAST."""
    return exp.Cast(this=sql, to=exp.DataType.build(duckdb_type(declared), dialect="duckdb"))


def cast(value: Code, declared: KsqlType) -> Code:
    """Translate `CAST(value AS declared)`; NULL stays NULL.

    Raises:
        UnsupportedError: ksqlDB has no such cast, or the replay doesn't know it.

    """
    if value.type in {None, declared}:
        sql = cast_to(value.sql, declared) if value.type is None else value.sql
        return Code(sql, declared, value.error, value.nullable, value.checks, value.causes)
    source = value.type
    if isinstance(source, Scalar) and isinstance(declared, Scalar):
        if source == VARCHAR:
            return _from_text(value, declared)
        if declared == VARCHAR and source.name in {"INT", "BIGINT", "DECIMAL", "BOOLEAN"}:
            return _with(value, cast_to(value.sql, VARCHAR), VARCHAR)
        if declared == VARCHAR and source == DOUBLE:
            return _with(value, function("ksql_double_text", value.sql), VARCHAR)
        if is_number(source) and is_number(declared):
            return _number_to_number(value, source, declared)
    raise UnsupportedError(f"CAST of {render(source or VARCHAR)} AS {render(declared)}")


def _with(value: Code, sql: exp.Expr, declared: KsqlType) -> Code:
    return Code(sql, declared, value.error, value.nullable, value.checks, value.causes)


def _from_text(value: Code, declared: Scalar) -> Code:
    if declared == BOOLEAN:
        return _with(value, function("ksql_to_boolean", value.sql), BOOLEAN)
    if declared.name == "DECIMAL":
        digits = (number(declared.precision or 0), number(declared.scale or 0))
        parsed = function("ksql_to_decimal", value.sql, *digits)
        sql = cast_to(parsed, declared)
    elif declared.name in {"INT", "BIGINT", "DOUBLE"}:
        parsed = sql = function(f"ksql_to_{declared.name.lower()}", value.sql)
    else:
        raise UnsupportedError(f"CAST of VARCHAR AS {declared.name}")
    failed = chain(exp.And, [not_(is_null(value.sql)), is_null(parsed)])
    error = first_error([value.error, failed])
    reason = f"CAST of a text AS {declared.name} fails"
    return Code(sql, declared, error, value.nullable, value.checks, (*value.causes, reason))


def _number_to_number(value: Code, source: Scalar, declared: Scalar) -> Code:
    if declared == DOUBLE or (source == INT and declared == BIGINT):
        return _with(value, cast_to(value.sql, declared), declared)
    bits = _INTEGERS.get(declared.name)
    if bits is not None and source == DOUBLE:
        return _with(value, function("ksql_double_to_int", value.sql, number(bits)), declared)
    if bits is not None and source == BIGINT:
        return _with(value, _wrapped(value.sql, bits, declared), declared)
    raise UnsupportedError(f"CAST of {render(source)} AS {render(declared)}")


def _wrapped(sql: exp.Expr, bits: int, declared: KsqlType) -> exp.Expr:
    """Keep the low bits of an integer, as Java does."""
    half, span = exp.Literal.number(2 ** (bits - 1)), exp.Literal.number(2**bits)
    wide = exp.Cast(this=sql, to=exp.DataType.build("HUGEINT", dialect="duckdb"))
    shifted = binary(exp.Mod, binary(exp.Add, wide, half), span)
    positive = binary(exp.Mod, binary(exp.Add, shifted, span), span)
    return cast_to(binary(exp.Sub, positive, half), declared)


def wider(types: list[KsqlType]) -> KsqlType:
    """Find the common type of several: their one type, or the widest of numbers.

    Raises:
        UnsupportedError: there is none.

    """
    first = types[0]
    if all(each == first for each in types):
        return first
    names = [each.name if isinstance(each, Scalar) else "" for each in types]
    if not all(name in NUMBERS for name in names) or "DECIMAL" in names:
        raise UnsupportedError("values of different types where one is needed")
    return Scalar(max(names, key=NUMBERS.index))


def arithmetic(kind: type[exp.Binary], left: Code, right: Code) -> Code:
    """Translate `+ - * / %`: NULL throws, integers wrap, a division by zero throws.

    Raises:
        UnsupportedError: the operands are DECIMAL or no numbers.

    """
    if left.type is None or right.type is None:
        raise UnsupportedError("arithmetic with NULL")
    both = (left, right)
    if not (is_number(left.type) and is_number(right.type)):
        raise UnsupportedError("arithmetic with what is no number")
    declared = wider([left.type, right.type])
    errors = [each.error for each in both] + [is_null(e.sql) for e in both if e.nullable]
    reasons = [*causes(both)]
    if any(each.nullable for each in both):
        reasons.append("arithmetic with NULL throws a NullPointerException")
    if declared == DOUBLE:
        operands = [cast_to(each.sql, DOUBLE) for each in both]
        if kind is exp.Mod:
            # By zero Java gives NaN and DuckDB NULL.
            raise UnsupportedError("% of DOUBLE")
        sql = binary(kind, *operands)
    else:
        bits = _INTEGERS.get(declared.name if isinstance(declared, Scalar) else "")
        if bits is None:
            raise UnsupportedError("arithmetic with DECIMAL")
        huge = [
            exp.Cast(this=each.sql, to=exp.DataType.build("HUGEINT", dialect="duckdb"))
            for each in both
        ]
        if kind in {exp.Div, exp.Mod}:
            zero = binary(exp.EQ, right.sql, number(0))
            errors.append(zero)
            reasons.append("a division by zero")
            safe = case([(zero, number(1))], huge[1])
            whole = function("divide", huge[0], safe)
            result = whole if kind is exp.Div else binary(exp.Mod, huge[0], safe)
            sql = _wrapped(result, bits, declared)
        else:
            sql = _wrapped(binary(kind, *huge), bits, declared)
    checks = (*left.checks, *right.checks)
    return Code(
        sql, declared, first_error(errors), left.nullable or right.nullable, checks, tuple(reasons)
    )


def negative(value: Code) -> Code:
    """Translate `-value`.

    Raises:
        UnsupportedError: it is no number.

    """
    if not is_number(value.type) or value.type is None:
        raise UnsupportedError("- of what is no number")
    minus = exp.Paren(this=exp.Neg(this=value.sql))
    if not value.nullable:
        return _with(value, minus, value.type)
    error = first_error([value.error, is_null(value.sql)])
    reasons = (*value.causes, "- of NULL throws a NullPointerException")
    return Code(minus, value.type, error, value.nullable, value.checks, reasons)
