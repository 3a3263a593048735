"""Functions of times; a TIMESTAMP is its milliseconds here (`function/udf/datetime`)."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.ksqldb.time_patterns import UnknownPatternError, time_pattern
from schemagen.ksqldb.types import BIGINT, INT, TIMESTAMP, VARCHAR
from schemagen.replay.functions.times import check_format
from schemagen.replay.translation import casts
from schemagen.replay.translation.calls.arguments import check_count, taken
from schemagen.replay.translation.code import ArgumentsError, Code, UnsupportedError, make
from schemagen.replay.translation.constants import text_of
from schemagen.replay.translation.sql import Sql, all_of, call, is_null, not_, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.translation.context import CallHandler, Translator


def _from_unixtime(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    code = _milliseconds(translator, nodes)
    return replace(code, type=TIMESTAMP, column="")


def _milliseconds(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1)
    code = translator.argument(nodes[0])
    if code.type == INT:
        return casts.cast(code, BIGINT)
    if code.type != BIGINT:
        raise ArgumentsError
    return code


def _unix_timestamp(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 0, 1)
    if nodes:
        (code,) = taken(translator, nodes, TIMESTAMP)
        return replace(code, type=BIGINT, column="")
    return Code(casts.cast_to(number(int(time.time() * 1000)), BIGINT), BIGINT, nullable=False)


def _zone(nodes: Sequence[exp.Expr]) -> None:
    """Refuse another zone than UTC: the names of others depend on the server's own data."""
    if len(nodes) > 2 and text_of(nodes[2]) not in {"UTC", "GMT", "Z"}:  # noqa: PLR2004 - with a zone
        raise UnsupportedError("a time in another zone than UTC")


def _format(first: KsqlType, *, throws: bool) -> CallHandler:
    """Make the handler of a function that writes a time; of NULL it gives NULL, or throws."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        codes = taken(translator, nodes, first, VARCHAR, VARCHAR, optional=1)
        _zone(nodes)
        pattern = text_of(nodes[1])
        if pattern is None or not check_format(pattern):
            raise UnsupportedError("a time written in a pattern that is not known here")
        sql = call("ksql_format_time", codes[0].sql, codes[1].sql)
        if not throws or not codes[0].nullable:
            return make(sql, VARCHAR, codes, nullable=codes[0].nullable)
        missing, why = is_null(codes[0].sql), "a time that is NULL throws a NullPointerException"
        return make(sql, VARCHAR, codes, throws=missing, why=why)

    return handler


def _parse(result: KsqlType, *, null_throws: bool) -> CallHandler:
    """Make the handler of a function that reads a time from a text."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        codes = taken(translator, nodes, VARCHAR, VARCHAR, VARCHAR, optional=1)
        _zone(nodes)
        pattern = text_of(nodes[1])
        try:
            time_pattern(pattern or "'")
        except UnknownPatternError:
            raise UnsupportedError("a time read by a pattern that is not known here") from None
        sql: Sql = call("ksql_parse_time", codes[0].sql, codes[1].sql)
        failed = is_null(sql)
        if not null_throws:
            failed = all_of([not_(is_null(codes[0].sql)), failed])
        return make(sql, result, codes, throws=failed, why="a text that is not such a time")

    return handler


FUNCTIONS: dict[str, CallHandler] = {
    "FORMAT_TIMESTAMP": _format(TIMESTAMP, throws=False),
    "FROM_UNIXTIME": _from_unixtime,
    "PARSE_TIMESTAMP": _parse(TIMESTAMP, null_throws=False),
    "STRINGTOTIMESTAMP": _parse(BIGINT, null_throws=True),
    "TIMESTAMPTOSTRING": _format(BIGINT, throws=True),
    "UNIX_TIMESTAMP": _unix_timestamp,
}
"""How calls are translated, by the function's name."""
