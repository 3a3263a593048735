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
    Map,
    Scalar,
    render,
)
from schemagen.replay import casts, comparisons, patterns
from schemagen.replay.code import (
    FALSE,
    Check,
    Code,
    UnsupportedError,
    as_condition,
    binary,
    case,
    chain,
    coalesce,
    first_error,
    function,
    is_null,
    not_,
    number,
    text,
)
from schemagen.replay.functions import InvalidPathError, json_path
from schemagen.replay.javaregex import JavaSyntaxError, UntranslatableError
from schemagen.replay.javaregex import translate as translate_regex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.replay.translate import Translator

    Handler = Callable[[Translator, Sequence[exp.Expr]], Code]


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
    except _ArgumentsError:
        raise UnsupportedError(f"{name} with such arguments") from None


class _ArgumentsError(Exception):
    pass


def _taken(
    translator: Translator, nodes: Sequence[exp.Expr], *types: KsqlType, optional: int = 0
) -> list[Code]:
    """Translate arguments of these types, the last ones of which may be missing."""
    if not len(types) - optional <= len(nodes) <= len(types):
        raise _ArgumentsError
    codes = [translator.argument(node) for node in nodes]
    for place, (code, declared) in enumerate(zip(codes, types, strict=False)):
        if code.type is None:
            codes[place] = casts.cast(code, declared)
        elif code.type != declared:
            raise _ArgumentsError
    return codes


def _result(
    sql: exp.Expr, declared: KsqlType, codes: Sequence[Code], *, nullable: bool = True
) -> Code:
    return Code(
        sql,
        declared,
        first_error([code.error for code in codes]),
        nullable,
        tuple(check for code in codes for check in code.checks),
        patterns.causes(codes),
    )


def _plain(name: str, result: KsqlType, *types: KsqlType) -> Handler:
    """Make a handler of a function that gives NULL for NULL and never throws."""

    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        codes = _taken(translator, nodes, *types)
        sql = function(name, *(code.sql for code in codes))
        return _result(sql, result, codes, nullable=any(code.nullable for code in codes))

    return handler


def _letter_case(name: str) -> Handler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        (code,) = _taken(translator, nodes, VARCHAR)
        sql = function(name, code.sql)
        base = translator.scope.is_column(code.sql)
        if base and code.error is None:
            # Most leaves of most rules ask for one of a few columns in lower case.
            sql = translator.scope.once((name, base), sql)
        return _result(sql, VARCHAR, [code], nullable=code.nullable)

    return handler


def _instr(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = _taken(translator, nodes, VARCHAR, VARCHAR, INT, INT, optional=2)
    values = [code.sql for code in codes] + [number(1), number(1)]
    return _result(function("ksql_instr", *values[:4]), INT, codes, nullable=False)


def _substring(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = _taken(translator, nodes, VARCHAR, INT, INT, optional=1)
    name = "ksql_substring" if len(codes) == 2 else "ksql_substring_of"  # noqa: PLR2004 - with or without a length
    return _result(function(name, *(code.sql for code in codes)), VARCHAR, codes)


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
        value = _taken(translator, nodes[:1], VARCHAR)[0]
        test = comparisons.position_test(type(node), bound[0], value.sql, part)
    elif name == "SUBSTRING" and type(node) is exp.EQ and len(nodes) > 1:
        numbers, part = _whole_numbers(nodes[1:]), patterns.constant(node.expression)
        if numbers is None or part is None:
            return None
        value = _taken(translator, nodes[:1], VARCHAR)[0]
        test = comparisons.edge_test(numbers, value.sql, part)
    else:
        return None
    return None if test is None else _result(test, BOOLEAN, [value], nullable=False)


def _concat(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = _taken(translator, nodes, *([VARCHAR] * len(nodes)))
    return _result(function("concat", *(c.sql for c in codes)), VARCHAR, codes, nullable=False)


def _replace(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = _taken(translator, nodes, VARCHAR, VARCHAR, VARCHAR)
    if not patterns.constant(nodes[1]):
        raise UnsupportedError("REPLACE of what is no constant, or of the empty text")
    return _result(function("replace", *(code.sql for code in codes)), VARCHAR, codes)


def _regexp_extract(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    pattern = patterns.constant(nodes[0]) if nodes else None
    if pattern is None:
        raise UnsupportedError("REGEXP_EXTRACT with a pattern that is no constant")
    codes = _taken(translator, nodes, VARCHAR, VARCHAR, INT, optional=1)
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
        return _result(sql, VARCHAR, codes)
    failed = _result(casts.cast_to(exp.Null(), VARCHAR), VARCHAR, codes)
    error = first_error([failed.error, present])
    return replace(failed, error=error, causes=(*failed.causes, reason))


def _extract_json_field(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = _taken(translator, nodes, VARCHAR, VARCHAR)
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
    code = _result(sql, VARCHAR, codes)
    error = first_error([code.error, chain(exp.And, [not_(is_null(value)), not_(valid)])])
    error = None if error is None else coalesce(error, FALSE())
    return replace(code, error=error, causes=(*code.causes, "EXTRACTJSONFIELD of invalid JSON"))


def _is_json_string(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = _taken(translator, nodes, VARCHAR)
    sql = coalesce(function("ksql_is_json", codes[0].sql), FALSE())
    return _result(sql, BOOLEAN, codes, nullable=False)


def _coalesce(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if not nodes:
        raise _ArgumentsError
    codes = [translator.argument(node) for node in nodes]
    known = [code.type for code in codes if code.type is not None]
    if not known or any(each != known[0] for each in known):
        raise _ArgumentsError
    sql = exp.Coalesce(this=codes[0].sql, expressions=[code.sql for code in codes[1:]])
    return _result(sql, known[0], codes, nullable=all(code.nullable for code in codes))


def _if_null(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 2:  # noqa: PLR2004 - the value and what stands for NULL
        raise _ArgumentsError
    return _coalesce(translator, nodes)


def _null_if(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 2:  # noqa: PLR2004 - the value and what becomes NULL
        raise _ArgumentsError
    left, right = (translator.argument(node) for node in nodes)
    if left.type is None or left.type != right.type or not isinstance(left.type, Scalar):
        raise _ArgumentsError
    same = coalesce(binary(exp.EQ, left.sql, right.sql), FALSE())
    return _result(case([(same, exp.Null())], left.sql), left.type, [left, right])


def _as_value(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 1:
        raise _ArgumentsError
    return translator.argument(nodes[0])


# -- arrays and maps ------------------------------------------------------------------------------


def _array_argument(translator: Translator, node: exp.Expr) -> tuple[Code, KsqlType]:
    code = translator.argument(node)
    if isinstance(code.type, Map):
        raise UnsupportedError("a lambda or an array's function on a MAP")
    if not isinstance(code.type, Array):
        raise _ArgumentsError
    return code, code.type.item


def _array_length(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 1:
        raise _ArgumentsError
    code, _ = _array_argument(translator, nodes[0])
    sql = casts.cast_to(function("len", code.sql), INT)
    return _result(sql, INT, [code], nullable=code.nullable)


def _array_contains(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 2:  # noqa: PLR2004 - the array and the value
        raise _ArgumentsError
    code, item = _array_argument(translator, nodes[0])
    value = translator.argument(nodes[1])
    if value.type is None:
        value = casts.cast(value, item)
    if value.type != item:
        raise UnsupportedError(f"ARRAY_CONTAINS of a {render(item)} with another type")
    found = coalesce(function("list_contains", code.sql, value.sql), FALSE())
    if value.nullable:
        # Java's list finds NULL too.
        nulls = function("list_position", code.sql, exp.Null())
        has_null = not_(is_null(nulls))
        found = case([(is_null(value.sql), has_null)], found)
    return _result(found, BOOLEAN, [code, value], nullable=False)


def _array_join(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if not nodes or len(nodes) > 2:  # noqa: PLR2004 - the array and the delimiter
        raise _ArgumentsError
    code, item = _array_argument(translator, nodes[0])
    delimiter = patterns.constant(nodes[1]) if len(nodes) > 1 else ","
    if item != VARCHAR or delimiter is None:
        raise _ArgumentsError
    name = exp.to_identifier("each")
    shown = exp.Lambda(
        this=coalesce(exp.Column(this=name), text("null")), expressions=[name.copy()]
    )
    items = function("list_transform", code.sql, shown)
    return _result(function("array_to_string", items, text(delimiter)), VARCHAR, [code])


def _map_part(name: str, part: str) -> Handler:
    def handler(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
        if len(nodes) != 1:
            raise _ArgumentsError
        code = translator.argument(nodes[0])
        if not isinstance(code.type, Map):
            raise _ArgumentsError
        item = VARCHAR if part == "key" else code.type.value
        return _result(function(name, code.sql), Array(item), [code], nullable=code.nullable)

    return handler


def _lambda(nodes: Sequence[exp.Expr], place: int, parameters: int) -> exp.Lambda:
    node = nodes[place] if len(nodes) == place + 1 else None
    if not isinstance(node, exp.Lambda) or len(node.expressions) != parameters:
        raise _ArgumentsError
    return node


def _names(node: exp.Lambda) -> list[str]:
    from schemagen.replay.translate import name_of  # noqa: PLC0415 - the two need each other

    return [name_of(each) for each in node.expressions]


def _over(array: Code, names: list[exp.Identifier], sql: exp.Expr) -> exp.Expr:
    """Tell whether something is TRUE of an element."""
    each = function("list_transform", array.sql, exp.Lambda(this=sql, expressions=names))
    return coalesce(function("list_bool_or", each), FALSE())


def _applied(
    name: str, array: Code, names: list[exp.Identifier], body: Code, declared: KsqlType
) -> Code:
    sql = function(name, array.sql, exp.Lambda(this=body.sql, expressions=names))
    error = None if body.error is None else _over(array, names, body.error)
    checks = tuple(
        Check(_over(array, names, check.sql), check.what, check.rule) for check in body.checks
    )
    return Code(
        sql,
        declared,
        first_error([array.error, error]),
        array.nullable,
        (*array.checks, *checks),
        patterns.causes([array, body]),
    )


def _filter(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    node = _lambda(nodes, 1, 1)
    array, item = _array_argument(translator, nodes[0])
    names, body = translator.in_lambda([(_names(node)[0], item)], node.this)
    return _applied("list_filter", array, names, as_condition(body), Array(item))


def _transform(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    node = _lambda(nodes, 1, 1)
    array, item = _array_argument(translator, nodes[0])
    names, body = translator.in_lambda([(_names(node)[0], item)], node.this)
    if body.type is None:
        raise _ArgumentsError
    return _applied("list_transform", array, names, body, Array(body.type))


def _reduce(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    node = _lambda(nodes, 2, 2)
    array, item = _array_argument(translator, nodes[0])
    initial = translator.argument(nodes[1])
    if initial.type is None:
        raise _ArgumentsError
    parameters = list(zip(_names(node), (initial.type, item), strict=True))
    names, body = translator.in_lambda(parameters, node.this)
    if body.error is not None or body.checks:
        raise UnsupportedError("REDUCE with a lambda that can throw")
    if body.type != initial.type:
        raise _ArgumentsError
    reduced = function(
        "list_reduce", array.sql, exp.Lambda(this=body.sql, expressions=names), initial.sql
    )
    sql = case([(is_null(array.sql), initial.sql)], reduced)
    sql = case([(is_null(initial.sql), exp.Null())], sql)
    return _result(sql, initial.type, [array, initial])


_UTC_MILLISECONDS = "yyyy-MM-dd'T'HH:mm:ss.SSSX"


def _from_unixtime(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    """A TIMESTAMP is its milliseconds here, so that only the type changes."""
    (code,) = _taken(translator, nodes, BIGINT)
    return replace(code, type=TIMESTAMP)


def _format_timestamp(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    codes = _taken(translator, nodes, TIMESTAMP, VARCHAR, VARCHAR)
    written = [node.this for node in nodes[1:] if isinstance(node, exp.Literal)]
    if written != [_UTC_MILLISECONDS, "UTC"]:
        raise UnsupportedError("FORMAT_TIMESTAMP with another pattern than ISO 8601 in UTC")
    return _result(function("ksql_iso_utc", codes[0].sql), VARCHAR, codes)


def _explode(translator: Translator, nodes: Sequence[exp.Expr]) -> Code:
    if len(nodes) != 1:
        raise _ArgumentsError
    return translator.explode(nodes[0])


_FUNCTIONS: dict[str, Handler] = {
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
    "ARRAY_LENGTH": _array_length,
    "ARRAY_CONTAINS": _array_contains,
    "ARRAY_JOIN": _array_join,
    "MAP_KEYS": _map_part("map_keys", "key"),
    "MAP_VALUES": _map_part("map_values", "value"),
    "FILTER": _filter,
    "TRANSFORM": _transform,
    "REDUCE": _reduce,
    "EXPLODE": _explode,
    "FROM_UNIXTIME": _from_unixtime,
    "FORMAT_TIMESTAMP": _format_timestamp,
}
