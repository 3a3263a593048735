"""Functions of numbers (`function/udf/math`, `function/udf/geo`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.ksqldb.types import BIGINT, DOUBLE, INT, VARCHAR, KsqlType, is_number
from schemagen.replay.translation import casts
from schemagen.replay.translation.calls.arguments import check_count
from schemagen.replay.translation.code import ArgumentsError, Code, EngineRefusalError, make
from schemagen.replay.translation.sql import Sql, any_of, binary, call, case, is_null, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import exp

    from schemagen.replay.translation.context import CallHandler, Translator


def _of_one(write: Callable[[Code], tuple[Sql, KsqlType]]) -> CallHandler:
    """Make the handler of a function of one number; NULL stays NULL."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        check_count(nodes, 1)
        code = translator.argument(nodes[0])
        if code.type not in {INT, BIGINT, DOUBLE}:
            raise ArgumentsError
        sql, declared = write(code)
        return make(sql, declared, [code], nullable=code.nullable)

    return handler


def _abs(code: Code) -> tuple[Sql, KsqlType]:
    declared = code.type or INT
    if declared == DOUBLE:
        return call("abs", code.sql), DOUBLE
    # The least number of all has no counterpart, and stays as it is.
    least = number(-(2 ** (31 if declared == INT else 63)))
    return case([(binary("=", code.sql, least), code.sql)], call("abs", code.sql)), declared


def _round(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1)
    code = translator.argument(nodes[0])
    if code.type == DOUBLE:
        half_up = call("floor", binary("+", code.sql, Sql("0.5")))
        sql = call("ksql_double_to_int", half_up, number(64))
        return make(sql, BIGINT, [code], nullable=code.nullable)
    if code.type not in {INT, BIGINT}:
        raise ArgumentsError
    missing = is_null(code.sql) if code.nullable else None
    why = "ROUND of NULL throws a NullPointerException"
    return make(code.sql, code.type, [code], nullable=False, throws=missing, why=why)


def _whole(name: str) -> CallHandler:
    def write(code: Code) -> tuple[Sql, KsqlType]:
        declared = code.type or INT
        return (call(name, code.sql) if declared == DOUBLE else code.sql), declared

    return _of_one(write)


def _sign(code: Code) -> tuple[Sql, KsqlType]:
    return casts.cast_to(call("sign", code.sql), INT), INT


def _extreme(name: str) -> CallHandler:
    """Make the handler of GREATEST or LEAST, which pass NULL by."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        check_count(nodes, 1, len(nodes) + 1)
        codes = [translator.argument(node) for node in nodes]
        types = {code.type for code in codes}
        if len(types) != 1:
            if all(map(is_number, types)):
                raise EngineRefusalError(
                    f"it can't choose a {name.upper()} of numbers of several types"
                )
            raise ArgumentsError
        (declared,) = types
        if declared not in {INT, BIGINT, DOUBLE, VARCHAR}:
            raise ArgumentsError
        return make(call(name, *(code.sql for code in codes)), declared, codes)

    return handler


def _power(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2)
    codes = [translator.argument(node) for node in nodes]
    if {code.type for code in codes} == {INT, BIGINT}:
        raise EngineRefusalError("it can't choose a POWER of numbers of several types")
    if any(code.type not in {INT, BIGINT, DOUBLE} for code in codes):
        raise ArgumentsError
    doubles = [casts.cast_to(code.sql, DOUBLE) for code in codes]
    return make(call("pow", *doubles), DOUBLE, codes)


def _geo_distance(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 4)
    codes = [translator.argument(node) for node in nodes]
    if not all(is_number(code.type) and not code.nullable for code in codes):
        raise ArgumentsError
    places = [casts.cast_to(code.sql, DOUBLE) for code in codes]
    beyond = [
        binary(">", call("abs", place), number(90 + 90 * (n % 2))) for n, place in enumerate(places)
    ]
    sql = call("ksql_geo_distance", *places)
    why = "a latitude or longitude out of range"
    return make(sql, DOUBLE, codes, nullable=False, throws=any_of(beyond), why=why)


FUNCTIONS: dict[str, CallHandler] = {
    "ABS": _of_one(_abs),
    "CEIL": _whole("ceil"),
    "FLOOR": _whole("floor"),
    "GEO_DISTANCE": _geo_distance,
    "GREATEST": _extreme("greatest"),
    "LEAST": _extreme("least"),
    "POWER": _power,
    "ROUND": _round,
    "SIGN": _of_one(_sign),
}
"""How calls are translated, by the function's name."""
