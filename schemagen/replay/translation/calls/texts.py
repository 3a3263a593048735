"""Functions of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.ksqldb.types import BYTES, INT, VARCHAR, Array
from schemagen.replay.translation.calls.arguments import check_count, plain, taken, typed
from schemagen.replay.translation.code import ArgumentsError, Code, make
from schemagen.replay.translation.constants import text_of
from schemagen.replay.translation.sql import (
    NULL,
    all_of,
    any_of,
    binary,
    call,
    case,
    column,
    is_null,
    not_,
    number,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.translation.context import CallHandler, Translator


def _letter_case(name: str) -> CallHandler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        (code,) = taken(translator, nodes, VARCHAR)
        sql = call(name, code.sql)
        if not code.column:
            return make(sql, VARCHAR, [code], nullable=code.nullable)
        # Most leaves of most rules ask for one of a few columns in lower case.
        own = translator.scope.once((name, code.column), sql, base=code.column)
        return Code(column(own), VARCHAR, nullable=code.nullable, column=own)

    return handler


def _instr(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR, INT, INT, optional=2)
    values = [code.sql for code in codes]
    if len(values) == 2:  # noqa: PLR2004 - from the start on
        return make(call("ksql_instr", *values), INT, codes, nullable=False)
    sql = call("ksql_instr_from", *[*values, number(1)][:4])
    missing = [is_null(code.sql) for code in codes[2:] if code.nullable]
    throws = any_of(missing) if missing else None
    why = "INSTR with a position that is NULL throws a NullPointerException"
    return make(sql, INT, codes, nullable=False, throws=throws, why=why)


def _substring(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, INT, INT, optional=1)
    name = "ksql_substring" if len(codes) == 2 else "ksql_substring_of"  # noqa: PLR2004 - with or without a length
    return make(call(name, *(code.sql for code in codes)), VARCHAR, codes)


def _texts(translator: Translator, nodes: Sequence[exp.Expr]) -> list[Code]:
    return taken(translator, nodes, *([VARCHAR] * len(nodes)))


def _concat(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    known = [text_of(node) for node in nodes]
    if nodes and None not in known:
        return Code(text("".join(each or "" for each in known)), VARCHAR, nullable=False)
    codes = _texts(translator, nodes)
    return make(call("concat", *(c.sql for c in codes)), VARCHAR, codes, nullable=False)


def _concat_ws(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2, len(nodes) + 2)
    codes = _texts(translator, nodes)
    sql = call("concat_ws", *(c.sql for c in codes))
    return make(sql, VARCHAR, codes, nullable=codes[0].nullable)


def _replace(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR, VARCHAR)
    name = "replace" if text_of(nodes[1]) else "ksql_replace"
    return make(call(name, *(code.sql for code in codes)), VARCHAR, codes)


def _split(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR)
    whole, delimiter = text_of(nodes[0]), text_of(nodes[1])
    if whole is not None and delimiter:
        # A list of needles, cut once and not for every row.
        parts = [text(part) for part in whole.split(delimiter)]
        return Code(call("list_value", *parts), Array(VARCHAR), nullable=False, holds_null=False)
    nullable = any(code.nullable for code in codes)
    name = "string_split" if delimiter else "ksql_split"
    sql = call(name, *(code.sql for code in codes))
    return make(sql, Array(VARCHAR), codes, nullable=nullable, holds_null=False)


def _encoding(name: str, *types: KsqlType, result: KsqlType) -> CallHandler:
    """Make the handler of a function whose names of encodings must be known ones."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        codes = taken(translator, nodes, *types)
        if any(text_of(node) not in {"hex", "utf8", "ascii", "base64"} for node in nodes[1:]):
            raise ArgumentsError
        sql = call(name, *(code.sql for code in codes))
        failed = all_of([*(not_(is_null(code.sql)) for code in codes), is_null(sql)])
        why = "a text or bytes of another encoding"
        return make(sql, result, codes, throws=failed, why=why)

    return handler


def _pad(name: str) -> CallHandler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        codes = taken(translator, nodes, VARCHAR, INT, VARCHAR)
        return make(call(name, *(code.sql for code in codes)), VARCHAR, codes)

    return handler


def _chr(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 1)
    code = translator.argument(nodes[0])
    name = "ksql_chr" if code.type == INT else "ksql_chr_of"
    code = code if code.type == INT else typed(code, VARCHAR)
    return make(call(name, code.sql), VARCHAR, [code])


def _url_part(part: str) -> CallHandler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        (code,) = taken(translator, nodes, VARCHAR)
        result = INT if part == "port" else VARCHAR
        found = call("ksql_url_part", code.sql, text(part))
        sql = found if result == VARCHAR else call("ksql_to_int", found)
        valid = call("ksql_is_url", code.sql)
        failed = all_of([not_(is_null(code.sql)), not_(valid)])
        return make(sql, result, [code], throws=failed, why="a text that is not a URL")

    return handler


def _elt(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2, len(nodes) + 2)
    place = typed(translator.argument(nodes[0]), INT)
    codes = _texts(translator, nodes[1:])
    branches = [(binary("=", place.sql, number(n)), c.sql) for n, c in enumerate(codes, 1)]
    return make(case(branches, NULL), VARCHAR, [place, *codes])


def _field(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    check_count(nodes, 2, len(nodes) + 2)
    codes = _texts(translator, nodes)
    first, *others = (code.sql for code in codes)
    branches = [(binary("=", first, each), number(n)) for n, each in enumerate(others, 1)]
    return make(case(branches, number(0)), INT, codes, nullable=False)


FUNCTIONS: dict[str, CallHandler] = {
    "CHR": _chr,
    "CONCAT": _concat,
    "CONCAT_WS": _concat_ws,
    "ELT": _elt,
    "ENCODE": _encoding("ksql_encode", VARCHAR, VARCHAR, VARCHAR, result=VARCHAR),
    "FIELD": _field,
    "FROM_BYTES": _encoding("ksql_from_bytes", BYTES, VARCHAR, result=VARCHAR),
    "INITCAP": plain("ksql_initcap", VARCHAR, VARCHAR),
    "INSTR": _instr,
    "LCASE": _letter_case("ksql_lcase"),
    "LEN": plain("ksql_len", INT, VARCHAR),
    "LPAD": _pad("ksql_lpad"),
    "MASK": plain("ksql_mask", VARCHAR, VARCHAR),
    "MD5": plain("md5", VARCHAR, VARCHAR),
    "REPLACE": _replace,
    "RPAD": _pad("ksql_rpad"),
    "SPLIT": _split,
    "SUBSTRING": _substring,
    "TO_BYTES": _encoding("ksql_to_bytes", VARCHAR, VARCHAR, result=BYTES),
    "TRIM": plain("ksql_trim", VARCHAR, VARCHAR),
    "UCASE": _letter_case("ksql_ucase"),
    **{
        f"URL_EXTRACT_{part.upper()}": _url_part(part)
        for part in ("fragment", "host", "path", "port", "protocol", "query")
    },
}
"""How calls are translated, by the function's name."""
