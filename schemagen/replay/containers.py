"""Calls over arrays and maps, with lambdas or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import BOOLEAN, INT, VARCHAR, Array, KsqlType, Map, render
from schemagen.replay import casts, patterns
from schemagen.replay.arguments import ArgumentsError, make
from schemagen.replay.code import (
    FALSE,
    Code,
    EvaluationError,
    UnsupportedError,
    as_condition,
    case,
    coalesce,
    first_error,
    function,
    is_null,
    not_,
    text,
)
from schemagen.replay.logic import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.replay.arguments import Handler
    from schemagen.replay.translate import Translator


def _array_argument(translator: Translator, node: exp.Expr) -> tuple[Code, KsqlType]:
    code = translator.argument(node)
    if isinstance(code.type, Map):
        raise UnsupportedError("a lambda or an array's function on a MAP")
    if not isinstance(code.type, Array):
        raise ArgumentsError
    return code, code.type.item


def _array_length(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 1:
        raise ArgumentsError
    code, _ = _array_argument(translator, nodes[0])
    sql = casts.cast_to(function("len", code.sql), INT)
    return make(sql, INT, [code], nullable=code.nullable)


def _array_contains(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 2:  # noqa: PLR2004 - the array and the value
        raise ArgumentsError
    code, item = _array_argument(translator, nodes[0])
    value = translator.argument(nodes[1])
    if value.type is None:
        value = casts.cast(value, item)
    if value.type != item:
        raise UnsupportedError(f"ARRAY_CONTAINS of a {render(item)} with another type")
    found = coalesce(function("list_contains", code.sql, value.sql), FALSE())
    if value.nullable:
        # Java's list finds NULL too.
        nulls = function("list_position", code.sql, exp.Null())
        has_null = not_(is_null(nulls))
        found = case([(is_null(value.sql), has_null)], found)
    return make(found, BOOLEAN, [code, value], nullable=False)


def _array_join(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if not nodes or len(nodes) > 2:  # noqa: PLR2004 - the array and the delimiter
        raise ArgumentsError
    code, item = _array_argument(translator, nodes[0])
    delimiter = patterns.constant(nodes[1]) if len(nodes) > 1 else ","
    if item != VARCHAR or delimiter is None:
        raise ArgumentsError
    name = exp.to_identifier("each")
    shown = exp.Lambda(
        this=coalesce(exp.Column(this=name), text("null")), expressions=[name.copy()]
    )
    items = function("list_transform", code.sql, shown)
    return make(function("array_to_string", items, text(delimiter)), VARCHAR, [code])


def _map_part(name: str, part: str) -> Handler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        if len(nodes) != 1:
            raise ArgumentsError
        code = translator.argument(nodes[0])
        if not isinstance(code.type, Map):
            raise ArgumentsError
        item = VARCHAR if part == "key" else code.type.value
        return make(function(name, code.sql), Array(item), [code], nullable=code.nullable)

    return handler


def _lambda(nodes: Sequence[exp.Expr], place: int, parameters: int) -> exp.Lambda:
    node = nodes[place] if len(nodes) == place + 1 else None
    if not isinstance(node, exp.Lambda) or len(node.expressions) != parameters:
        raise ArgumentsError
    return node


def _names(node: exp.Lambda) -> list[str]:
    return [name_of(each) for each in node.expressions]


def _over(array: Code, names: list[exp.Identifier], sql: exp.Expr) -> exp.Expr:
    """Tell whether something is TRUE of an element."""
    each = function("list_transform", array.sql, exp.Lambda(this=sql, expressions=names))
    return coalesce(function("list_bool_or", each), FALSE())


def _applied(
    name: str, array: Code, names: list[exp.Identifier], body: Code, declared: KsqlType
) -> Code:
    sql = function(name, array.sql, exp.Lambda(this=body.sql, expressions=names))
    error = None if body.error is None else _over(array, names, body.error)
    checks = tuple(
        EvaluationError(_over(array, names, check.sql), check.what, check.rule)
        for check in body.checks
    )
    return Code(
        sql,
        declared,
        first_error([array.error, error]),
        array.nullable,
        (*array.checks, *checks),
        patterns.causes([array, body]),
    )


def _filter(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    node = _lambda(nodes, 1, 1)
    array, item = _array_argument(translator, nodes[0])
    names, body = translator.in_lambda([(_names(node)[0], item)], node.this)
    return _applied("list_filter", array, names, as_condition(body), Array(item))


def _transform(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    node = _lambda(nodes, 1, 1)
    array, item = _array_argument(translator, nodes[0])
    names, body = translator.in_lambda([(_names(node)[0], item)], node.this)
    if body.type is None:
        raise ArgumentsError
    return _applied("list_transform", array, names, body, Array(body.type))


def _reduce(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    node = _lambda(nodes, 2, 2)
    array, item = _array_argument(translator, nodes[0])
    initial = translator.argument(nodes[1])
    if initial.type is None:
        raise ArgumentsError
    parameters = list(zip(_names(node), (initial.type, item), strict=True))
    names, body = translator.in_lambda(parameters, node.this)
    if body.error is not None or body.checks:
        raise UnsupportedError("REDUCE with a lambda that can throw")
    if body.type != initial.type:
        raise ArgumentsError
    reduced = function(
        "list_reduce", array.sql, exp.Lambda(this=body.sql, expressions=names), initial.sql
    )
    sql = case([(is_null(array.sql), initial.sql)], reduced)
    sql = case([(is_null(initial.sql), exp.Null())], sql)
    return make(sql, initial.type, [array, initial])


def _explode(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 1:
        raise ArgumentsError
    return translator.explode(nodes[0])


FUNCTIONS: dict[str, Handler] = {
    "ARRAY_LENGTH": _array_length,
    "ARRAY_CONTAINS": _array_contains,
    "ARRAY_JOIN": _array_join,
    "MAP_KEYS": _map_part("map_keys", "key"),
    "MAP_VALUES": _map_part("map_values", "value"),
    "FILTER": _filter,
    "TRANSFORM": _transform,
    "REDUCE": _reduce,
    "EXPLODE": _explode,
}
"""The functions by their names."""
