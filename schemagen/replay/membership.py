"""IN: literals take the type of what is looked for (`InListEvaluator`, `CoercionUtil`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import BOOLEAN, VARCHAR
from schemagen.replay import casts, comparisons, patterns
from schemagen.replay.code import FALSE, Code, UnsupportedError, coalesce, first_error, text

if TYPE_CHECKING:
    from schemagen.replay.translate import Translator


def is_in(translator: Translator, node: exp.In) -> Code:
    """Translate `x IN (…)`: FALSE for NULL, and NULL items match nothing."""
    value = translator.translate(node.this)
    items = [each for each in node.expressions if not isinstance(each, exp.Null)]
    if value.type is None:
        raise UnsupportedError("NULL IN")
    if not items:
        return replace(value, sql=FALSE(), type=BOOLEAN, nullable=False)
    translated = [_item(translator, value, item) for item in items]
    found = exp.In(this=value.sql, expressions=[each.sql for each in translated])
    return Code(
        coalesce(exp.Paren(this=found), FALSE()),
        BOOLEAN,
        first_error([value.error, *(each.error for each in translated)]),
        nullable=False,
        checks=(*value.checks, *(check for each in translated for check in each.checks)),
        causes=patterns.causes([value, *translated]),
    )


def _item(translator: Translator, value: Code, node: exp.Expr) -> Code:
    """Translate an item of IN; a literal takes the type of what is looked for."""
    item = translator.translate(node)
    if item.type == value.type:
        return item
    if comparisons.is_number(value.type) and comparisons.is_number(item.type):
        return item
    if isinstance(node, exp.Literal) and value.type == VARCHAR:
        return Code(text(str(node.this)), VARCHAR, nullable=False)
    written = patterns.constant(node)
    if written is not None and comparisons.is_number(value.type):
        try:
            return casts.literal(exp.Literal.number(int(written)))
        except ValueError:
            raise UnsupportedError("IN with a text that is no number") from None
    raise UnsupportedError("IN with values of another type")
