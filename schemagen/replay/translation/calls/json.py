"""Functions of JSON in texts (`function/udf/json`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.ksqldb.types import BOOLEAN, INT, VARCHAR, Array, KsqlType, Map, Scalar, kind_of
from schemagen.replay.functions.jsontexts import InvalidPathError, json_path
from schemagen.replay.translation import casts
from schemagen.replay.translation.calls.arguments import check_count, taken
from schemagen.replay.translation.code import (
    ArgumentsError,
    Code,
    EngineRefusalError,
    UnsupportedError,
    make,
)
from schemagen.replay.translation.constants import text_of
from schemagen.replay.translation.sql import (
    FALSE,
    all_of,
    any_of,
    call,
    cast,
    coalesce,
    is_null,
    not_,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.replay.translation.context import CallHandler, Translator
    from schemagen.replay.translation.sql import Sql


def _invalid(value: Sql) -> Sql:
    return coalesce(all_of([not_(is_null(value)), not_(call("ksql_is_json", value))]), FALSE)


def _extract_field(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR)
    path = text_of(nodes[1])
    if path is None:
        raise UnsupportedError("EXTRACTJSONFIELD with a path that is not a constant")
    try:
        json_path(path)
    except InvalidPathError:
        raise EngineRefusalError("a path of EXTRACTJSONFIELD is wrong") from None
    value = codes[0].sql
    sql = call("ksql_json_field", value, codes[1].sql)
    why = "EXTRACTJSONFIELD of invalid JSON"
    return make(sql, VARCHAR, codes, throws=_invalid(value), why=why)


def _is_json(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR)
    sql = coalesce(call("ksql_is_json_value", codes[0].sql), FALSE)
    return make(sql, BOOLEAN, codes, nullable=False)


def _of_json(name: str, result: KsqlType) -> CallHandler:
    """Make the handler of a function of one JSON text, which throws where that is invalid."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        (code,) = taken(translator, nodes, VARCHAR)
        sql = call(f"ksql_{name.lower()}", code.sql)
        throws = _invalid(code.sql)
        return make(sql, result, [code], throws=throws, why=f"{name} of invalid JSON")

    return handler


def _items(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    (code,) = taken(translator, nodes, VARCHAR)
    sql = call("ksql_json_items", code.sql)
    throws = all_of([not_(is_null(code.sql)), is_null(sql)])
    why = "JSON_ITEMS of anything but a JSON array"
    return make(sql, Array(VARCHAR), [code], throws=throws, why=why)


def _contains(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2)
    value, wanted = (translator.argument(node) for node in nodes)
    if value.type != VARCHAR or not isinstance(wanted.type, Scalar):
        raise ArgumentsError
    kind = kind_of(wanted.type)
    if kind not in {"VARCHAR", "INT", "BIGINT", "BOOLEAN"} or wanted.nullable:
        raise ArgumentsError
    shown = cast(wanted.sql, "VARCHAR")
    sql = coalesce(call("ksql_json_array_contains", value.sql, shown, text(kind)), FALSE)
    throws, why = is_null(value.sql), "JSON_ARRAY_CONTAINS of NULL"
    return make(sql, BOOLEAN, [value, wanted], nullable=False, throws=throws, why=why)


def _concat(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1, len(nodes) + 1)
    codes = taken(translator, nodes, *([VARCHAR] * len(nodes)))
    sql = codes[0].sql
    if len(codes) == 1:
        raise ArgumentsError
    for code in codes[1:]:
        sql = call("ksql_json_concat", sql, code.sql)
    throws = any_of([_invalid(code.sql) for code in codes])
    return make(sql, VARCHAR, codes, throws=throws, why="JSON_CONCAT of invalid JSON")


def _to_json(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1)
    code = translator.argument(nodes[0])
    if code.type is None:
        raise ArgumentsError
    shown = cast(call("to_json", code.sql), "VARCHAR")
    sql = coalesce(call("ksql_to_json", shown, casts.text_type(code.type)), text("null"))
    return make(sql, VARCHAR, [code], nullable=False)


FUNCTIONS: dict[str, CallHandler] = {
    "EXTRACTJSONFIELD": _extract_field,
    "IS_JSON_STRING": _is_json,
    "JSON_ARRAY_CONTAINS": _contains,
    "JSON_ARRAY_LENGTH": _of_json("JSON_ARRAY_LENGTH", INT),
    "JSON_CONCAT": _concat,
    "JSON_ITEMS": _items,
    "JSON_KEYS": _of_json("JSON_KEYS", Array(VARCHAR)),
    "JSON_RECORDS": _of_json("JSON_RECORDS", Map(VARCHAR)),
    "TO_JSON_STRING": _to_json,
}
"""How calls are translated, by the function's name."""
