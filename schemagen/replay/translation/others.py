"""Parentheses, calls, and what ksqlDB's grammar has but its engine refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.replay.translation.code import EngineRefusalError

if TYPE_CHECKING:
    from schemagen.replay.translation.code import Code
    from schemagen.replay.translation.context import ExpressionHandler, Translator


def _paren(translator: Translator, node: exp.Paren) -> Code:
    return translator.translate(node.this)


def _call(translator: Translator, node: exp.Anonymous) -> Code:
    return translator.call(node.name.upper(), node.expressions)


def _joined(_translator: Translator, _node: exp.DPipe) -> Code:
    raise EngineRefusalError("it refuses every `||`; CONCAT joins texts")


EXPRESSIONS: dict[type[exp.Expr], ExpressionHandler] = {
    exp.Anonymous: _call,
    exp.DPipe: _joined,
    exp.Paren: _paren,
}
"""How these expressions are translated."""
