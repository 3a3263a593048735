"""ARRAY, STRUCT and MAP: each part is evaluated apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.labels import item_label
from schemagen.ksqldb.types import Array, Field, KsqlType, Map, Struct
from schemagen.replay.translation import casts
from schemagen.replay.translation.code import Code, EngineRefusalError, UnsupportedError, make
from schemagen.replay.translation.columns import name_of
from schemagen.replay.translation.constants import text_of
from schemagen.replay.translation.sql import Sql, call, map_entry, struct, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.replay.translation.context import ExpressionHandler, Translator


def each_item(translator: Translator, nodes: Sequence[exp.Expr]) -> Iterator[exp.Expr]:
    """Yield the items of an array; what is translated meanwhile is for the item's rule."""
    outer = translator.rule
    try:
        for node in nodes:
            label = item_label(node)
            translator.rule = outer if label is None else label.id or outer
            yield node
    finally:
        translator.rule = outer


def array(translator: Translator, node: exp.Array) -> Code:
    """Translate `ARRAY[…]`; an item that throws is NULL."""
    items = [translator.item(each) for each in each_item(translator, node.expressions)]
    declared = _common_type(items, "an ARRAY")
    values = _cast_all(items, declared)
    return make(call("list_value", *values), Array(declared), items, nullable=False)


def _common_type(items: Sequence[Code], what: str) -> KsqlType:
    known = [each.type for each in items if each.type is not None]
    if not known:
        raise EngineRefusalError(f"{what} has no type")
    return casts.wider(known)


def _cast_all(items: Sequence[Code], declared: KsqlType) -> list[Sql]:
    return [
        each.sql if each.type == declared else casts.cast_to(each.sql, declared) for each in items
    ]


def _struct(translator: Translator, node: exp.Struct) -> Code:
    values = [translator.item(entry.expression) for entry in node.expressions]
    fields = []
    for entry, value in zip(node.expressions, values, strict=True):
        if value.type is None:
            raise EngineRefusalError("a field of a STRUCT has no type")
        fields.append(Field(name_of(entry.this), quoted=True, type=value.type))
    sql = struct(value.sql for value in values)
    return make(sql, Struct(tuple(fields)), values, nullable=False)


def _map(translator: Translator, node: exp.Map) -> Code:
    keys = [text_of(key) for key in node.keys]
    values = [translator.item(value) for value in node.values]
    if None in keys:
        raise UnsupportedError("a MAP with a key that is not a constant")
    if len(set(keys)) != len(keys):
        raise EngineRefusalError("a MAP has a key twice")
    declared = _common_type(values, "a MAP")
    pairs = zip((text(key or "") for key in keys), _cast_all(values, declared), strict=True)
    entries = call("list_value", *(map_entry(*pair) for pair in pairs))
    code = make(call("map_from_entries", entries), Map(declared), values, nullable=False)
    code.entries = entries
    return code


EXPRESSIONS: dict[type[exp.Expr], ExpressionHandler] = {
    exp.Array: array,
    exp.Map: _map,
    exp.Struct: _struct,
}
"""How these expressions are translated."""
