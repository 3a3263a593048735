"""Arguments of calls, and what most calls become."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from schemagen.replay import casts, patterns
from schemagen.replay.code import Code, first_error

if TYPE_CHECKING:
    from sqlglot import exp

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.translate import Translator

Handler = Callable[["Translator", Sequence["exp.Expr"]], Code]
"""Translates a call, given its arguments."""


class ArgumentsError(Exception):
    """A function is called with arguments that it isn't known to take."""


def taken(
    translator: Translator, nodes: Sequence[exp.Expr], *types: KsqlType, optional: int = 0
) -> list[Code]:
    """Translate arguments of these types, the last ones of which may be missing."""
    if not len(types) - optional <= len(nodes) <= len(types):
        raise ArgumentsError
    codes = [translator.argument(node) for node in nodes]
    for place, (code, declared) in enumerate(zip(codes, types, strict=False)):
        if code.type is None:
            codes[place] = casts.cast(code, declared)
        elif code.type != declared:
            raise ArgumentsError
    return codes


def make(
    sql: exp.Expr, declared: KsqlType, codes: Sequence[Code], *, nullable: bool = True
) -> Code:
    """Make the code of a call: it throws where an argument does."""
    return Code(
        sql,
        declared,
        first_error([code.error for code in codes]),
        nullable,
        tuple(check for code in codes for check in code.checks),
        patterns.causes(codes),
    )
