"""ARRAY, STRUCT and MAP: each part is evaluated apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.labels import item_label
from schemagen.ksqldb.types import Array, Field, Map, Struct
from schemagen.replay import casts, patterns
from schemagen.replay.code import Code, EvaluationError, UnsupportedError, function, text
from schemagen.replay.logic import name_of

if TYPE_CHECKING:
    from schemagen.replay.translate import Translator


def array(translator: Translator, node: exp.Array) -> Code:
    """Translate `ARRAY[…]`; an item that throws is NULL."""
    items = []
    outer = translator.rule
    for each in node.expressions:
        label = item_label(each)
        translator.rule = outer if label is None else label.id or outer
        items.append(translator.item(each))
    translator.rule = outer
    known = [each.type for each in items if each.type is not None]
    if not known:
        raise UnsupportedError("an ARRAY without a type")
    declared = casts.wider(known)
    values = [
        each.sql if each.type == declared else casts.cast_to(each.sql, declared) for each in items
    ]
    return Code(
        function("list_value", *values),
        Array(declared),
        nullable=False,
        checks=tuple(check for each in items for check in each.checks),
    )


def struct(translator: Translator, node: exp.Struct) -> Code:
    """Translate `STRUCT(a := …)`; a field that throws is NULL."""
    fields: list[Field] = []
    values: list[exp.Expr] = []
    checks: list[EvaluationError] = []
    for place, entry in enumerate(node.expressions):
        value = translator.item(entry.expression)
        if value.type is None:
            raise UnsupportedError("a field of a STRUCT without a type")
        fields.append(Field(name_of(entry.this), quoted=True, type=value.type))
        name = exp.Identifier(this=f"f{place}", quoted=False)
        values.append(exp.PropertyEQ(this=name, expression=value.sql))
        checks += value.checks
    declared = Struct(tuple(fields))
    return Code(exp.Struct(expressions=values), declared, nullable=False, checks=tuple(checks))


def map_(translator: Translator, node: exp.Map) -> Code:
    """Translate `MAP('k' := …)`; a value that throws is NULL."""
    keys = [patterns.constant(key) for key in node.args["keys"].expressions]
    values = [translator.item(value) for value in node.args["values"].expressions]
    if None in keys or len(set(keys)) != len(keys):
        raise UnsupportedError("a MAP with keys that are no constants, or one twice")
    known = [each.type for each in values if each.type is not None]
    if not known:
        raise UnsupportedError("a MAP without a type")
    sql = function(
        "map",
        function("list_value", *(text(key or "") for key in keys)),
        function("list_value", *(each.sql for each in values)),
    )
    checks = tuple(check for each in values for check in each.checks)
    return Code(sql, Map(casts.wider(known)), nullable=False, checks=checks)
