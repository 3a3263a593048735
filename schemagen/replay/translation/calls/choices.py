"""COALESCE and its kind, and functions of nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.ksqldb.types import VARCHAR, Scalar
from schemagen.replay.translation.calls.arguments import check_count, typed
from schemagen.replay.translation.code import ArgumentsError, Code, EngineRefusalError, make
from schemagen.replay.translation.sql import FALSE, NULL, Sql, binary, call, case, coalesce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.translation.context import CallHandler, Translator


def _coalesce(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1, len(nodes) + 1)
    codes = [translator.argument(node) for node in nodes]
    known = [code.type for code in codes if code.type is not None]
    _check_same(known)
    codes = [typed(code, known[0]) for code in codes]
    sql = call("coalesce", *(code.sql for code in codes))
    return make(sql, known[0], codes, nullable=all(code.nullable for code in codes))


def _check_same(types: Sequence[KsqlType]) -> None:
    """Refuse arguments that are not all of one type."""
    if not types:
        raise ArgumentsError
    if any(each != types[0] for each in types):
        raise EngineRefusalError("it has no such function of values of several types")


def _if_null(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2)
    return _coalesce(translator, nodes)


def _null_if(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2)
    left, right = (translator.argument(node) for node in nodes)
    if left.type is None or right.type is None or not isinstance(left.type, Scalar):
        raise ArgumentsError
    _check_same([left.type, right.type])
    same = coalesce(binary("=", left.sql, right.sql), FALSE)
    return make(case([(same, NULL)], left.sql), left.type, [left, right])


def _as_value(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1)
    return translator.argument(nodes[0])


def _uuid(_: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 0)
    return Code(Sql("CAST(uuid() AS VARCHAR)"), VARCHAR, nullable=False)


FUNCTIONS: dict[str, CallHandler] = {
    "AS_VALUE": _as_value,
    "COALESCE": _coalesce,
    "IFNULL": _if_null,
    "NULLIF": _null_if,
    "UUID": _uuid,
}
"""How calls are translated, by the function's name."""
