"""What names a value: columns, fields, parameters of lambdas, elements of arrays and maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.names import stored
from schemagen.ksqldb.types import BIGINT, INT, VARCHAR, Array, Map
from schemagen.replay.translation.code import Code, EngineRefusalError, UnsupportedError, make
from schemagen.replay.translation.constants import text_of
from schemagen.replay.translation.scope import field_of
from schemagen.replay.translation.sql import call, column, field

if TYPE_CHECKING:
    from schemagen.replay.translation.context import ExpressionHandler, Translator


def name_of(node: exp.Expr) -> str:
    """Return a name as ksqlDB keeps it."""
    return stored(str(node.this), quoted=bool(node.args.get("quoted")))


def _column(translator: Translator, node: exp.Column) -> Code:
    return translator.scope.path((name_of(node.this),))


def _identifier(translator: Translator, node: exp.Identifier) -> Code:
    name = name_of(node)
    found = translator.parameter(name)
    if found is None:
        raise UnsupportedError(f"the parameter {name!a} of no lambda")
    return found


def _dot(translator: Translator, node: exp.Dot) -> Code:
    steps: list[str] = []
    base: exp.Expr = node
    while isinstance(base, exp.Dot):
        steps.append(name_of(base.expression))
        base = base.this
    steps.reverse()
    if isinstance(base, exp.Column):
        return translator.scope.path((name_of(base.this), *steps))
    code = translator.translate(base)
    for step in steps:
        place, declared = field_of(code.type, step)
        code = make(field(code.sql, place), declared, [code])
    return code


def _bracket(translator: Translator, node: exp.Bracket) -> Code:
    place = _place(node)
    known = None if place is None else translator.scope.elements.get(place)
    if known is None:
        known = _element(translator, node)
        if place is not None:
            translator.scope.elements[place] = known
    return known


def _place(node: exp.Bracket) -> tuple[str, str] | None:
    """Return the column and the key of `column['key']`, which rules ask for again and again."""
    base, key = node.this, node.expressions[0]
    is_plain = isinstance(base, exp.Column) and isinstance(key, exp.Literal) and key.is_string
    return (name_of(base.this), str(key.this)) if is_plain else None


def _element(translator: Translator, node: exp.Bracket) -> Code:
    base, key = translator.translate(node.this), node.expressions[0]
    index = translator.translate(key)
    if isinstance(base.type, Map):
        if index.type != VARCHAR:
            raise EngineRefusalError("a key of a MAP is not a VARCHAR")
        sql = call("map_extract_value", base.sql, index.sql)
        known = text_of(key)
        if known is None or not base.column:
            return make(sql, base.type.value, [base, index])
        name = translator.scope.once(("map", base.column, known), sql)
        return Code(column(name), base.type.value, column=name)
    if isinstance(base.type, Array) and index.type == BIGINT:
        raise EngineRefusalError("an index of an ARRAY is not an INT")
    if isinstance(base.type, Array) and index.type == INT:
        sql = call("list_extract", base.sql, index.sql)
        if not index.nullable:
            return make(sql, base.type.item, [base, index])
        raise UnsupportedError("an index of an ARRAY that can be NULL")
    raise EngineRefusalError("[…] stands behind something that is neither an ARRAY nor a MAP")


EXPRESSIONS: dict[type[exp.Expr], ExpressionHandler] = {
    exp.Column: _column,
    exp.Identifier: _identifier,
    exp.Dot: _dot,
    exp.Bracket: _bracket,
}
"""How these expressions are translated."""
