"""Regular expressions: constant patterns, which are translated from Java's or refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.ksqldb.types import INT, VARCHAR, Array
from schemagen.replay.javaregex import JavaSyntaxError, UntranslatableError, translate
from schemagen.replay.translation import casts
from schemagen.replay.translation.calls.arguments import taken
from schemagen.replay.translation.code import Code, UnsupportedError, make
from schemagen.replay.translation.constants import text_of
from schemagen.replay.translation.sql import NULL, call, is_null, not_, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.translation.context import CallHandler, Translator


def _extract(name: str, result: KsqlType) -> CallHandler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        codes = taken(translator, nodes, VARCHAR, VARCHAR, INT, optional=1)
        group = codes[2].sql if len(codes) > 2 else number(0)  # noqa: PLR2004 - with a group
        sql = call(name, codes[0].sql, codes[1].sql, group)
        return _matched(translator, nodes[0], make(sql, result, codes), codes[1])

    return handler


def _replace(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR, VARCHAR)
    new = text_of(nodes[2]) if len(nodes) > 2 else None  # noqa: PLR2004 - what it is replaced by
    if new is None or "$" in new or "\\" in new:
        raise UnsupportedError("REGEXP_REPLACE by anything but a plain text")
    value, pattern, _ = codes
    sql = call("ksql_regexp_replace", pattern.sql, value.sql, codes[2].sql)
    return _matched(translator, nodes[1], make(sql, VARCHAR, codes), value)


def _split(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR)
    sql = call("ksql_regexp_split", codes[1].sql, codes[0].sql)
    code = make(sql, Array(VARCHAR), codes, holds_null=False)
    return _matched(translator, nodes[1], code, codes[0])


def _matched(translator: Translator, node: exp.Expr, code: Code, value: Code) -> Code:
    """Check the pattern of a call: where Java refuses it, each row that comes to it throws."""
    pattern = text_of(node)
    if pattern is None:
        raise UnsupportedError("a regular expression that is not a constant")
    try:
        for remark in translate(pattern).remarks:
            translator.remark(f"A regular expression: {remark}.")
    except JavaSyntaxError as refused:
        reason = f"a regular expression is refused by Java: {refused}"
    except UntranslatableError as unknown:
        reason = f"a regular expression can't be replayed, it has {unknown}"
    else:
        return code
    translator.remark(f"{reason[0].upper()}{reason[1:]}.", fatal=True)
    if code.type is None:
        return code
    failed = replace(code, sql=casts.cast_to(NULL, code.type))
    throws = not_(is_null(value.sql))
    return make(failed.sql, code.type, [failed], throws=throws, why=reason)


FUNCTIONS: dict[str, CallHandler] = {
    "REGEXP_EXTRACT": _extract("ksql_regexp_extract", VARCHAR),
    "REGEXP_EXTRACT_ALL": _extract("ksql_regexp_extract_all", Array(VARCHAR)),
    "REGEXP_REPLACE": _replace,
    "REGEXP_SPLIT_TO_ARRAY": _split,
}
"""How calls are translated, by the function's name."""
