"""CAST and literals (`CastEvaluator`, `SqlToJavaVisitor`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    NUMBERS,
    TIME,
    TIMESTAMP,
    VARCHAR,
    Array,
    KsqlType,
    Scalar,
    Struct,
    from_sqlglot,
    is_number,
    kind_of,
    render,
)
from schemagen.replay.translation import sql as duck
from schemagen.replay.translation.code import Code, EngineRefusalError, UnsupportedError, make
from schemagen.replay.translation.sql import NULL, Sql, binary, call, is_null, not_, number, text
from schemagen.replay.translation.values import duckdb_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.replay.translation.context import ExpressionHandler, Translator

BITS = {"INT": 32, "BIGINT": 64}
"""How wide the integers are."""


# -- literals -------------------------------------------------------------------------------------


def _literal(_translator: Translator, node: exp.Literal) -> Code:
    written = str(node.this)
    if node.is_string:
        return Code(text(written), VARCHAR, nullable=False)
    if "e" in written.lower():
        return Code(cast_to(Sql(written), DOUBLE), DOUBLE, nullable=False)
    if "." not in written:
        return integer(int(written))
    whole, _, digits = written.partition(".")
    precision = len(whole.lstrip("0")) + len(digits)
    declared = Scalar("DECIMAL", max(precision, 1), len(digits))
    return Code(cast_to(Sql(written), declared), declared, nullable=False)


def integer(value: int) -> Code:
    """Return a whole number; its type is the narrowest that it fits.

    Raises:
        EngineRefusalError: it is beyond BIGINT.

    """
    if abs(value) >= 2**63:
        raise EngineRefusalError("a number is beyond BIGINT")
    declared = INT if abs(value) < 2**31 else BIGINT
    return Code(number(value), declared, nullable=False)


def _boolean(_: Translator, node: exp.Boolean) -> Code:
    return Code(duck.TRUE if node.this else duck.FALSE, BOOLEAN, nullable=False)


def _null(_translator: Translator, _node: exp.Null) -> Code:
    return Code(NULL, None)


# -- CAST -----------------------------------------------------------------------------------------


def _cast(translator: Translator, node: exp.Cast) -> Code:
    try:
        declared = from_sqlglot(node.to)
    except InputError as error:
        raise UnsupportedError(f"a CAST: {error.what}") from None
    return translator.apart(cast(translator.translate(node.this), declared))


def cast_to(sql: Sql, declared: KsqlType) -> Sql:
    """Write DuckDB's own CAST."""
    return duck.cast(sql, duckdb_type(declared))


def cast(value: Code, declared: KsqlType) -> Code:
    """Translate `CAST(value AS declared)`; NULL stays NULL.

    Raises:
        EngineRefusalError: ksqlDB has no such cast.
        UnsupportedError: the replay doesn't know it.

    """
    source = value.type
    if source is None or source == declared:
        sql = cast_to(value.sql, declared) if source is None else value.sql
        return make(sql, declared, [value], nullable=value.nullable)
    if declared == VARCHAR:
        return make(as_text(value), VARCHAR, [value], nullable=value.nullable)
    if isinstance(source, Scalar) and isinstance(declared, Scalar):
        if source == VARCHAR:
            return _from_text(value, declared)
        if is_number(source) and is_number(declared):
            sql = _number_to_number(value, source, declared)
            return make(sql, declared, [value], nullable=value.nullable)
        if {source, declared} <= {TIMESTAMP, DATE, TIME}:
            raise UnsupportedError(f"a CAST of {source.name} AS {declared.name}")
    raise EngineRefusalError(f"it has no CAST of {render(source)} AS {render(declared)}")


def as_text(value: Code) -> Sql:
    """Write what CAST AS VARCHAR makes of a value: Java's own text of it.

    Raises:
        UnsupportedError: the replay doesn't know it.

    """
    source = value.type
    if source == VARCHAR:
        return value.sql
    if source is None or source == BOOLEAN or (is_number(source) and source != DOUBLE):
        return duck.cast(value.sql, "VARCHAR")
    if source == DOUBLE:
        return call("ksql_double_text", value.sql)
    if isinstance(source, Scalar):
        raise UnsupportedError(f"a CAST of {source.name} AS VARCHAR")
    return call(
        "ksql_nested_text", duck.cast(call("to_json", value.sql), "VARCHAR"), text_type(source)
    )


def text_type(declared: KsqlType) -> Sql:
    """Write a type as an argument of a function of ours.

    Raises:
        UnsupportedError: it holds numbers or times that JSON doesn't keep as they are.

    """
    if _has(declared, {"DECIMAL", "DOUBLE", "BYTES", "DATE", "TIME", "TIMESTAMP"}):
        raise UnsupportedError(f"the text of a {kind_of(declared)} with such parts")
    return text(render(declared))


def _has(declared: KsqlType, names: set[str]) -> bool:
    if isinstance(declared, Scalar):
        return declared.name in names
    if isinstance(declared, Struct):
        return any(_has(field.type, names) for field in declared.fields)
    return _has(declared.item if isinstance(declared, Array) else declared.value, names)


def _from_text(value: Code, declared: Scalar) -> Code:
    if declared == BOOLEAN:
        sql = call("ksql_to_boolean", value.sql)
        return make(sql, BOOLEAN, [value], nullable=value.nullable)
    if declared.name == "DECIMAL":
        digits = (number(declared.precision or 0), number(declared.scale or 0))
        parsed = call("ksql_to_decimal", value.sql, *digits)
        sql = cast_to(parsed, declared)
    elif declared.name in {"INT", "BIGINT", "DOUBLE", "TIMESTAMP"}:
        parsed = sql = call(f"ksql_to_{declared.name.lower()}", value.sql)
    else:
        raise UnsupportedError(f"a CAST of VARCHAR AS {declared.name}")
    return make(
        sql,
        declared,
        [value],
        nullable=value.nullable,
        throws=duck.all_of([not_(is_null(value.sql)), is_null(parsed)]),
        why=f"CAST of a text AS {declared.name} fails",
    )


def _number_to_number(value: Code, source: Scalar, declared: Scalar) -> Sql:
    if declared == DOUBLE or (source == INT and declared == BIGINT):
        return cast_to(value.sql, declared)
    bits = BITS.get(declared.name)
    if bits is not None and source == DOUBLE:
        return call("ksql_double_to_int", value.sql, number(bits))
    if bits is not None and source == BIGINT:
        return wrapped(duck.cast(value.sql, "HUGEINT"), declared)
    raise UnsupportedError(f"a CAST of {render(source)} AS {render(declared)}")


def wrapped(wide: Sql, declared: Scalar) -> Sql:
    """Keep the low bits of an integer, as Java does."""
    bits = BITS[declared.name]
    half, span = number(2 ** (bits - 1)), number(2**bits)
    shifted = binary("%", binary("+", wide, half), span)
    positive = binary("%", binary("+", shifted, span), span)
    return cast_to(binary("-", positive, half), declared)


def wider(types: Sequence[KsqlType]) -> KsqlType:
    """Find the common type of several: their one type, or the widest of numbers.

    Raises:
        EngineRefusalError: there is none.
        UnsupportedError: the replay doesn't know it.

    """
    first = types[0]
    if all(each == first for each in types):
        return first
    names = [kind_of(each) for each in types]
    if not all(map(is_number, types)):
        raise EngineRefusalError(f"it has no common type of {' and '.join(dict.fromkeys(names))}")
    if "DOUBLE" in names:
        return DOUBLE
    if "DECIMAL" in names:
        raise UnsupportedError("an integer beside a DECIMAL where one type is needed")
    return Scalar(max(names, key=NUMBERS.index))


EXPRESSIONS: dict[type[exp.Expr], ExpressionHandler] = {
    exp.Boolean: _boolean,
    exp.Cast: _cast,
    exp.Literal: _literal,
    exp.Null: _null,
}
"""How these expressions are translated."""
