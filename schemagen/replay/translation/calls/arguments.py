"""Arguments of calls, and what most calls become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.ksqldb.types import Array, Map
from schemagen.replay.translation import casts
from schemagen.replay.translation.code import ArgumentsError, Code, make
from schemagen.replay.translation.sql import call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.translation.context import CallHandler, Translator


def check_count(nodes: Sequence[exp.Expr], least: int, most: int | None = None) -> None:
    """Refuse a call with another number of arguments.

    Raises:
        ArgumentsError: there are fewer or more.

    """
    if not least <= len(nodes) <= (least if most is None else most):
        raise ArgumentsError


def taken(
    translator: Translator, nodes: Sequence[exp.Expr], *types: KsqlType, optional: int = 0
) -> list[Code]:
    """Translate arguments of these types, the last ones of which may be missing.

    Raises:
        ArgumentsError: there are fewer or more, or one has another type.

    """
    check_count(nodes, len(types) - optional, len(types))
    codes = [translator.argument(node) for node in nodes]
    return [typed(code, declared) for code, declared in zip(codes, types, strict=False)]


def typed(code: Code, declared: KsqlType) -> Code:
    """Return an argument that must be of a type; the literal NULL takes it.

    Raises:
        ArgumentsError: it is of another type.

    """
    if code.type is None:
        return casts.cast(code, declared)
    if code.type != declared:
        raise ArgumentsError
    return code


def array_argument(translator: Translator, node: exp.Expr) -> tuple[Code, KsqlType]:
    """Translate an argument that must be an ARRAY.

    Returns:
        The array, and the type of its items.

    Raises:
        ArgumentsError: it isn't one.

    """
    code = translator.argument(node)
    if not isinstance(code.type, Array):
        raise ArgumentsError
    return code, code.type.item


def map_argument(translator: Translator, node: exp.Expr) -> tuple[Code, KsqlType]:
    """Translate an argument that must be a MAP.

    Returns:
        The map, and the type of its values.

    Raises:
        ArgumentsError: it isn't one.

    """
    code = translator.argument(node)
    if not isinstance(code.type, Map):
        raise ArgumentsError
    return code, code.type.value


def plain(name: str, result: KsqlType, *types: KsqlType, optional: int = 0) -> CallHandler:
    """Make the handler of a function that gives NULL for NULL, and never throws.

    Args:
        name: the function in DuckDB.
        result: the type of its result.
        types: the types of its arguments.
        optional: how many of the last ones may be missing.

    """

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        codes = taken(translator, nodes, *types, optional=optional)
        nullable = any(code.nullable for code in codes)
        return make(call(name, *(code.sql for code in codes)), result, codes, nullable=nullable)

    return handler
