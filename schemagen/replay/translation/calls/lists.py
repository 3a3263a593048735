"""Functions of arrays and maps without lambdas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import (
    BOOLEAN,
    INT,
    VARCHAR,
    Array,
    Field,
    KsqlType,
    Scalar,
    Struct,
    is_number,
)
from schemagen.replay.translation import casts
from schemagen.replay.translation.calls.arguments import (
    array_argument,
    check_count,
    map_argument,
    typed,
)
from schemagen.replay.translation.code import ArgumentsError, Code, EngineRefusalError, make
from schemagen.replay.translation.constants import text_of
from schemagen.replay.translation.sql import (
    FALSE,
    NULL,
    Sql,
    all_of,
    any_of,
    binary,
    call,
    case,
    cast,
    coalesce,
    function,
    is_null,
    not_,
    number,
    struct,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.replay.translation.context import CallHandler, Translator


def _length(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1)
    code, _ = array_argument(translator, nodes[0])
    return make(cast(call("len", code.sql), "INTEGER"), INT, [code], nullable=code.nullable)


def _contains(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2)
    code, item = array_argument(translator, nodes[0])
    value = _same_type(translator.argument(nodes[1]), item)
    found = coalesce(call("list_contains", code.sql, value.sql), FALSE)
    if value.nullable:
        # Java's list finds NULL too.
        found = case([(is_null(value.sql), _has_null(code.sql))], found)
    return make(found, BOOLEAN, [code, value], nullable=False)


def _same_type(value: Code, item: KsqlType) -> Code:
    if is_number(value.type) and is_number(item) and value.type != item:
        raise EngineRefusalError("it has no such function of numbers of several types")
    return typed(value, item)


def _has_null(sql: Sql) -> Sql:
    return coalesce(binary(">", call("len", sql), call("list_count", sql)), FALSE)


def _join(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1, 2)
    code, item = array_argument(translator, nodes[0])
    delimiter = text_of(nodes[1]) if len(nodes) > 1 else ","
    if delimiter is None or not isinstance(item, Scalar):
        raise ArgumentsError
    each = translator.fresh()
    shown = casts.as_text(Code(each, item))
    items = call("list_transform", code.sql, function([each], coalesce(shown, text("null"))))
    return make(call("array_to_string", items, text(delimiter)), VARCHAR, [code])


def _distinct(translator: Translator, sql: Sql) -> Sql:
    """Keep the first of equal items, in their order."""
    each, place = translator.fresh(), translator.fresh()
    first = binary("=", call("list_position", sql, each), place)
    return call("list_filter", sql, function([each, place], first))


def _kept(keep: Callable[[Sql], Sql]) -> CallHandler:
    """Make the handler of a function that keeps items of a first array, each once.

    Args:
        keep: makes of an item's place in the second array, NULL where it isn't there, whether it
            is kept.

    """

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        left, right, declared = _two_arrays(translator, nodes)
        each = translator.fresh()
        test = keep(call("list_position", right.sql, each))
        kept = call("list_filter", _distinct(translator, left.sql), function([each], test))
        sql = case([(is_null(right.sql), NULL)], kept)
        return make(sql, declared, [left, right])

    return handler


def _two_arrays(translator: Translator, nodes: Sequence[exp.Expr]) -> tuple[Code, Code, KsqlType]:
    check_count(nodes, 2)
    left, _ = array_argument(translator, nodes[0])
    right, _ = array_argument(translator, nodes[1])
    if left.type is None or left.type != right.type:
        raise ArgumentsError
    return left, right, left.type


def _union(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    left, right, declared = _two_arrays(translator, nodes)
    missing = any_of([is_null(left.sql), is_null(right.sql)])
    both = _distinct(translator, call("list_concat", left.sql, right.sql))
    return make(case([(missing, NULL)], both), declared, [left, right])


def _concat(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    left, right, declared = _two_arrays(translator, nodes)
    missing = all_of([is_null(left.sql), is_null(right.sql)])
    sql = case([(missing, NULL)], call("list_concat", left.sql, right.sql))
    return make(sql, declared, [left, right])


def _distinct_call(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1)
    code, _ = array_argument(translator, nodes[0])
    return make(_distinct(translator, code.sql), code.type, [code])


def _remove(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2)
    code, item = array_argument(translator, nodes[0])
    value = typed(translator.argument(nodes[1]), item)
    each = translator.fresh()
    other = binary("IS DISTINCT FROM", each, value.sql)
    return make(call("list_filter", code.sql, function([each], other)), code.type, [code, value])


def _sorted(code: Code, item: KsqlType, order: str = "ASC") -> Sql:
    if item == VARCHAR:
        return call("ksql_sort", code.sql, text(order))
    return call("list_sort", code.sql, text(order), text("NULLS LAST"))


def _sort(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1, 2)
    code, item = array_argument(translator, nodes[0])
    order = _ORDERS.get((text_of(nodes[1]) or "").upper() if len(nodes) > 1 else "ASC")
    if order is None or not isinstance(item, Scalar):
        raise ArgumentsError
    return make(_sorted(code, item, order), code.type, [code])


_ORDERS = {"ASC": "ASC", "ASCENDING": "ASC", "DESC": "DESC", "DESCENDING": "DESC"}


def _extreme(place: int) -> CallHandler:
    """Make the handler of ARRAY_MIN or ARRAY_MAX: the first or last item that is not NULL."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        check_count(nodes, 1)
        code, item = array_argument(translator, nodes[0])
        if not isinstance(item, Scalar):
            raise ArgumentsError
        each = translator.fresh()
        known = call("list_filter", code.sql, function([each], not_(is_null(each))))
        in_order = _sorted(Code(known, code.type), item)
        return make(call("list_extract", in_order, number(place)), item, [code])

    return handler


# -- maps -----------------------------------------------------------------------------------------


def _map_part(name: str) -> CallHandler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        check_count(nodes, 1)
        code, value = map_argument(translator, nodes[0])
        item = VARCHAR if name == "map_keys" else value
        return make(call(name, code.sql), Array(item), [code], nullable=code.nullable)

    return handler


def _entries(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2)
    code, value = map_argument(translator, nodes[0])
    in_order = nodes[1]
    if not isinstance(in_order, exp.Boolean):
        raise ArgumentsError
    each = translator.fresh()
    parts = [call("struct_extract", each, text(part)) for part in ("key", "value")]
    found = call("list_transform", call("map_entries", code.sql), function([each], struct(parts)))
    sql = call("list_sort", found) if in_order.this else found
    fields = (Field("K", quoted=True, type=VARCHAR), Field("V", quoted=True, type=value))
    return make(sql, Array(Struct(fields)), [code], nullable=code.nullable)


FUNCTIONS: dict[str, CallHandler] = {
    "ARRAY_CONCAT": _concat,
    "ARRAY_CONTAINS": _contains,
    "ARRAY_DISTINCT": _distinct_call,
    "ARRAY_EXCEPT": _kept(is_null),
    "ARRAY_INTERSECT": _kept(lambda place: not_(is_null(place))),
    "ARRAY_JOIN": _join,
    "ARRAY_LENGTH": _length,
    "ARRAY_MAX": _extreme(-1),
    "ARRAY_MIN": _extreme(1),
    "ARRAY_REMOVE": _remove,
    "ARRAY_SORT": _sort,
    "ARRAY_UNION": _union,
    "ENTRIES": _entries,
    "MAP_KEYS": _map_part("map_keys"),
    "MAP_VALUES": _map_part("map_values"),
}
"""How calls are translated, by the function's name."""
