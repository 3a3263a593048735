"""Calls of ksqlDB's functions. What isn't listed here is refused by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import (
    BIGINT,
    BOOLEAN,
    INT,
    TIMESTAMP,
    VARCHAR,
    Array,
    KsqlType,
    Scalar,
)
from schemagen.replay import casts, comparisons, containers, patterns
from schemagen.replay.arguments import ArgumentsError, make, taken
from schemagen.replay.code import (
    FALSE,
    Code,
    UnsupportedError,
    binary,
    case,
    chain,
    coalesce,
    first_error,
    function,
    is_null,
    not_,
    number,
)
from schemagen.replay.functions import InvalidPathError, json_path
from schemagen.replay.javaregex import JavaSyntaxError, UntranslatableError
from schemagen.replay.javaregex import translate as translate_regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.replay.arguments import Handler
    from schemagen.replay.translate import Translator


def call(translator: Translator, name: str, arguments: Sequence[exp.Expr]) -> Code:
    """Translate a call.

    Raises:
        UnsupportedError: the function isn't known here, or not with such arguments.

    """
    handler = _FUNCTIONS.get(name)
    if handler is None:
        raise UnsupportedError(f"the function {name}")
    try:
        return handler(translator, arguments)
    except ArgumentsError:
        raise UnsupportedError(f"{name} with such arguments") from None


def _plain(name: str, result: KsqlType, *types: KsqlType) -> Handler:
    """Make a handler of a function that gives NULL for NULL and never throws."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        codes = taken(translator, nodes, *types)
        sql = function(name, *(code.sql for code in codes))
        return make(sql, result, codes, nullable=any(code.nullable for code in codes))

    return handler


def _letter_case(name: str) -> Handler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        (code,) = taken(translator, nodes, VARCHAR)
        sql = function(name, code.sql)
        base = translator.scope.is_column(code.sql)
        if base and code.error is None:
            # Most leaves of most rules ask for one of a few columns in lower case.
            sql = translator.scope.once((name, base), sql)
        return make(sql, VARCHAR, [code], nullable=code.nullable)

    return handler


def _instr(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR, INT, INT, optional=2)
    values = [code.sql for code in codes] + [number(1), number(1)]
    return make(function("ksql_instr", *values[:4]), INT, codes, nullable=False)


def _substring(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, INT, INT, optional=1)
    name = "ksql_substring" if len(codes) == 2 else "ksql_substring_of"  # noqa: PLR2004 - with or without a length
    return make(function(name, *(code.sql for code in codes)), VARCHAR, codes)


def _whole_numbers(nodes: Sequence[exp.Expr]) -> list[int] | None:
    found = []
    for node in nodes:
        inner = node.this if isinstance(node, exp.Neg) else node
        if not isinstance(inner, exp.Literal) or not str(inner.this).isdigit():
            return None
        found.append(-int(inner.this) if inner is not node else int(inner.this))
    return found


def quick_comparison(translator: Translator, node: exp.Binary) -> Code | None:
    """Translate `INSTR(…) > 0` and `SUBSTRING(…) = 'x'`, the leaves that most rules consist of.

    Returns:
        The code, None where the comparison is another one, or its general form is needed.

    """
    subject = node.this
    if not isinstance(subject, exp.Anonymous):
        return None
    name, nodes = subject.name.upper(), subject.expressions
    if name == "INSTR" and len(nodes) == 2:  # noqa: PLR2004 - without a position
        bound, part = _whole_numbers([node.expression]), patterns.constant(nodes[1])
        # Of the empty text INSTR says 1 for all texts but the empty one.
        if bound is None or not part:
            return None
        value = taken(translator, nodes[:1], VARCHAR)[0]
        test = comparisons.position_test(type(node), bound[0], value.sql, part)
    elif name == "SUBSTRING" and type(node) is exp.EQ and len(nodes) > 1:
        numbers, part = _whole_numbers(nodes[1:]), patterns.constant(node.expression)
        if numbers is None or part is None:
            return None
        value = taken(translator, nodes[:1], VARCHAR)[0]
        test = comparisons.edge_test(numbers, value.sql, part)
    else:
        return None
    return None if test is None else make(test, BOOLEAN, [value], nullable=False)


def _concat(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, *([VARCHAR] * len(nodes)))
    return make(function("concat", *(c.sql for c in codes)), VARCHAR, codes, nullable=False)


def _replace(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR, VARCHAR)
    if not patterns.constant(nodes[1]):
        raise UnsupportedError("REPLACE of what is no constant, or of the empty text")
    return make(function("replace", *(code.sql for code in codes)), VARCHAR, codes)


def _regexp_extract(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    pattern = patterns.constant(nodes[0]) if nodes else None
    if pattern is None:
        raise UnsupportedError("REGEXP_EXTRACT with a pattern that is no constant")
    codes = taken(translator, nodes, VARCHAR, VARCHAR, INT, optional=1)
    value = codes[1]
    present = not_(is_null(value.sql))
    try:
        for remark in translate_regex(pattern).remarks:
            translator.remark(f"REGEXP_EXTRACT: {remark}")
    except JavaSyntaxError as refused:
        reason = f"REGEXP_EXTRACT has a pattern that Java refuses: {refused}"
        translator.remark(reason, fatal=True)
    except UntranslatableError as unknown:
        reason = f"REGEXP_EXTRACT can't be replayed, its pattern has {unknown}"
        translator.remark(reason, fatal=True)
    else:
        group = codes[2].sql if len(codes) > 2 else number(0)  # noqa: PLR2004 - with a group
        sql = function("ksql_regexp_extract", codes[0].sql, value.sql, group)
        return make(sql, VARCHAR, codes)
    failed = make(casts.cast_to(exp.Null(), VARCHAR), VARCHAR, codes)
    error = first_error([failed.error, present])
    return replace(failed, error=error, causes=(*failed.causes, reason))


def _extract_json_field(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR, VARCHAR)
    path = patterns.constant(nodes[1])
    if path is None:
        raise UnsupportedError("EXTRACTJSONFIELD with a path that is no constant")
    try:
        json_path(path)
    except InvalidPathError:
        raise UnsupportedError("EXTRACTJSONFIELD with a path that ksqlDB refuses") from None
    value = codes[0].sql
    valid = function("ksql_is_json", value)
    sql = function("ksql_json_field", value, codes[1].sql)
    code = make(sql, VARCHAR, codes)
    error = first_error([code.error, chain(exp.And, [not_(is_null(value)), not_(valid)])])
    error = None if error is None else coalesce(error, FALSE())
    return replace(code, error=error, causes=(*code.causes, "EXTRACTJSONFIELD of invalid JSON"))


def _is_json_string(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, VARCHAR)
    sql = coalesce(function("ksql_is_json", codes[0].sql), FALSE())
    return make(sql, BOOLEAN, codes, nullable=False)


def _coalesce(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if not nodes:
        raise ArgumentsError
    codes = [translator.argument(node) for node in nodes]
    known = [code.type for code in codes if code.type is not None]
    if not known or any(each != known[0] for each in known):
        raise ArgumentsError
    sql = exp.Coalesce(this=codes[0].sql, expressions=[code.sql for code in codes[1:]])
    return make(sql, known[0], codes, nullable=all(code.nullable for code in codes))


def _if_null(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 2:  # noqa: PLR2004 - the value and what stands for NULL
        raise ArgumentsError
    return _coalesce(translator, nodes)


def _null_if(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 2:  # noqa: PLR2004 - the value and what becomes NULL
        raise ArgumentsError
    left, right = (translator.argument(node) for node in nodes)
    if left.type is None or left.type != right.type or not isinstance(left.type, Scalar):
        raise ArgumentsError
    same = coalesce(binary(exp.EQ, left.sql, right.sql), FALSE())
    return make(case([(same, exp.Null())], left.sql), left.type, [left, right])


def _as_value(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 1:
        raise ArgumentsError
    return translator.argument(nodes[0])


_UTC_MILLISECONDS = "yyyy-MM-dd'T'HH:mm:ss.SSSX"


def _from_unixtime(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    """A TIMESTAMP is its milliseconds here, so that only the type changes."""
    (code,) = taken(translator, nodes, BIGINT)
    return replace(code, type=TIMESTAMP)


def _format_timestamp(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = taken(translator, nodes, TIMESTAMP, VARCHAR, VARCHAR)
    written = [node.this for node in nodes[1:] if isinstance(node, exp.Literal)]
    if written != [_UTC_MILLISECONDS, "UTC"]:
        raise UnsupportedError("FORMAT_TIMESTAMP with another pattern than ISO 8601 in UTC")
    return make(function("ksql_iso_utc", codes[0].sql), VARCHAR, codes)


_FUNCTIONS: dict[str, Handler] = {
    **containers.FUNCTIONS,
    "LCASE": _letter_case("ksql_lcase"),
    "UCASE": _letter_case("ksql_ucase"),
    "INSTR": _instr,
    "SUBSTRING": _substring,
    "LEN": _plain("ksql_len", INT, VARCHAR),
    "TRIM": _plain("ksql_trim", VARCHAR, VARCHAR),
    "CONCAT": _concat,
    "REPLACE": _replace,
    "SPLIT": _plain("ksql_split", Array(VARCHAR), VARCHAR, VARCHAR),
    "REGEXP_EXTRACT": _regexp_extract,
    "EXTRACTJSONFIELD": _extract_json_field,
    "IS_JSON_STRING": _is_json_string,
    "COALESCE": _coalesce,
    "IFNULL": _if_null,
    "NULLIF": _null_if,
    "AS_VALUE": _as_value,
    "FROM_UNIXTIME": _from_unixtime,
    "FORMAT_TIMESTAMP": _format_timestamp,
}
