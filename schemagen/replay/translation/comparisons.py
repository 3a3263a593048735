"""Comparisons: two-valued, by the types' own rules (`SqlToJavaVisitor`, `ComparisonUtil`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.ksqldb.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    TIME,
    TIMESTAMP,
    VARCHAR,
    Array,
    KsqlType,
    Scalar,
    Struct,
    is_number,
    kind_of,
)
from schemagen.replay.functions.texts import length
from schemagen.replay.functions.times import to_timestamp
from schemagen.replay.translation import casts
from schemagen.replay.translation.code import (
    Code,
    EngineRefusalError,
    UnsupportedError,
    loose,
    make,
)
from schemagen.replay.translation.columns import name_of
from schemagen.replay.translation.constants import bare, number_of, text_of
from schemagen.replay.translation.sql import (
    Sql,
    all_of,
    any_of,
    binary,
    call,
    case,
    cast,
    is_in,
    is_null,
    not_,
    not_true,
    number,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.replay.translation.context import ExpressionHandler, Translator

_SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_EQUALITY = {"=", "<>"}
_TIMES = {DATE, TIME, TIMESTAMP}
_MAX_DECIMALS = 19
"""A BIGINT has 19 digits, and DuckDB's DECIMAL 38."""


def compare(sign: str, left: Code, right: Code) -> Code:
    """Translate `left sign right`: FALSE, loosely, where an operand is NULL.

    Raises:
        EngineRefusalError: ksqlDB refuses to compare the types.
        UnsupportedError: the replay doesn't know how to.

    """
    return loose(_raw(sign, left, right), [left, right])


def _comparison(translator: Translator, node: exp.Binary) -> Code:
    for side in (node.this, node.expression):
        if isinstance(bare(side), exp.Like | exp.Escape):
            raise EngineRefusalError("it can't compile a comparison of LIKE")
    quick = _quick(translator, node)
    if quick is not None:
        return quick
    left, right = _operands(translator, node.this, node.expression)
    return compare(_SIGNS[type(node)], left, right)


def _operands(translator: Translator, subject: exp.Expr, *others: exp.Expr) -> list[Code]:
    """Translate operands; in WHERE a text beside ROWTIME is a time.

    The source is `StatementRewriteForMagicPseudoTimestamp`.
    """
    nodes = [subject, *others]
    if not translator.in_where or not any(
        isinstance(each, exp.Column) and name_of(each.this) == "ROWTIME" for each in nodes
    ):
        return [translator.translate(each) for each in nodes]
    codes = []
    for node in nodes:
        written = node.this if isinstance(node, exp.Literal) and node.is_string else None
        time = None if written is None else to_timestamp(str(written))
        if written is not None and time is None:
            raise EngineRefusalError("a text beside ROWTIME is not a time")
        codes.append(translator.translate(node) if time is None else casts.integer(time))
    return codes


def _between(translator: Translator, node: exp.Between) -> Code:
    value, low, high = _operands(translator, node.this, node.args["low"], node.args["high"])
    sides = (compare(">=", value, low), compare("<=", value, high))
    return loose(all_of([side.sql for side in sides]), sides)


def _distinct(translator: Translator, node: exp.Binary) -> Code:
    left, right = translator.translate(node.this), translator.translate(node.expression)
    missing = [is_null(left.sql), is_null(right.sql)]
    one_missing = binary("<>", *missing)
    sql = case([(any_of(missing), one_missing)], _raw("<>", left, right))
    same = isinstance(node, exp.NullSafeEQ)
    return make(not_(sql) if same else sql, BOOLEAN, [left, right], nullable=False)


def _raw(sign: str, left: Code, right: Code) -> Sql:
    first, second = left.type, right.type
    if first is None or second is None:
        raise EngineRefusalError("it doesn't compare with NULL")
    if is_number(first) and is_number(second):
        return _numbers(sign, left, right)
    if first != second and {first, second} & _TIMES:
        raise UnsupportedError(f"a comparison of {kind_of(first)} with {kind_of(second)}")
    if first != second:
        raise EngineRefusalError(f"it doesn't compare {kind_of(first)} with {kind_of(second)}")
    if first == VARCHAR:
        if sign in _EQUALITY:
            return binary(sign, left.sql, right.sql)
        return binary(sign, call("ksql_compare", left.sql, right.sql), number(0))
    if sign not in _EQUALITY and (
        not isinstance(first, Scalar) or first.name in {"BOOLEAN", "BYTES"}
    ):
        raise EngineRefusalError(f"it has no {sign} on {kind_of(first)}")
    if not isinstance(first, Scalar | Array | Struct):
        raise UnsupportedError("a comparison of MAPs")
    return binary(sign, left.sql, right.sql)


def _numbers(sign: str, left: Code, right: Code) -> Sql:
    both = (left, right)
    names = {kind_of(code.type) for code in both if code.type is not None}
    operands = [left.sql, right.sql]
    if "DOUBLE" in names:
        # Of NaN every comparison is false, `<>` too: it is written as `a < b || a > b`.
        guards = [
            not_(call("isnan", code.sql)) for code in both if code.type == DOUBLE and code.nullable
        ]
        doubles = [cast(sql, "DOUBLE") for sql in operands]
        return all_of([binary(sign, *doubles), *guards])
    if "DECIMAL" in names and len(names) > 1:
        scale = max(_scale(code.type) for code in both)
        if scale > _MAX_DECIMALS:
            raise UnsupportedError("a comparison of an integer with so long a DECIMAL")
        operands = [cast(sql, f"DECIMAL(38, {scale})") for sql in operands]
    return binary(sign, *operands)


def _scale(declared: KsqlType | None) -> int:
    return (declared.scale or 0) if isinstance(declared, Scalar) else 0


# -- IN -------------------------------------------------------------------------------------------


def _is_in(translator: Translator, node: exp.In) -> Code:
    """Translate `x IN (…)`: FALSE for NULL, and NULL items match nothing.

    Literals take the type of what is looked for (`InListEvaluator`, `CoercionUtil`).
    """
    value = translator.translate(node.this)
    items = [each for each in node.expressions if not isinstance(each, exp.Null)]
    if value.type is None:
        raise EngineRefusalError("it doesn't look for NULL")
    if not items:
        raise EngineRefusalError("it doesn't look for NULL only")
    translated = [_item(translator, value, item) for item in items]
    return loose(is_in(value.sql, [each.sql for each in translated]), [value, *translated])


def _item(translator: Translator, value: Code, node: exp.Expr) -> Code:
    """Translate an item of IN; a literal takes the type of what is looked for."""
    item = translator.translate(node)
    if item.type == value.type:
        return item
    if is_number(value.type) and is_number(item.type):
        return item
    if isinstance(node, exp.Literal) and value.type == VARCHAR:
        return Code(text(str(node.this)), VARCHAR, nullable=False)
    written = text_of(node)
    if written is not None and is_number(value.type):
        try:
            return casts.integer(int(written))
        except ValueError:
            raise EngineRefusalError("an item of IN is not a number") from None
    raise UnsupportedError("IN with values of another type")


# -- what DuckDB has a quicker form of -------------------------------------------------------------

_CONTAINS = {(">", 0), (">=", 1), ("<>", 0)}
_CONTAINS_NOT = {("=", 0), ("<", 1), ("<=", 0)}


def _quick(translator: Translator, node: exp.Binary) -> Code | None:
    """Translate `INSTR(…) > 0` and `SUBSTRING(…) = 'x'`, the leaves that most rules consist of.

    Returns:
        The code, None where the comparison is another one, or its general form is needed.

    """
    subject = node.this
    if not isinstance(subject, exp.Anonymous):
        return None
    name, nodes, sign = subject.name.upper(), subject.expressions, _SIGNS[type(node)]
    if name == "INSTR" and len(nodes) == 2:  # noqa: PLR2004 - without a position
        bound, part = number_of(node.expression), text_of(nodes[1])
        # Of the empty text INSTR says 1 for all texts but the empty one.
        if bound is None or not part:
            return None
        value = translator.argument(nodes[0])
        test = position_test(sign, bound, value.sql, part)
    elif name == "SUBSTRING" and sign == "=" and len(nodes) > 1:
        numbers, part = [number_of(each) for each in nodes[1:]], text_of(node.expression)
        if part is None:
            return None
        value = translator.argument(nodes[0])
        test = edge_test(numbers, value.sql, part)
    else:
        return None
    if test is None or value.type != VARCHAR:
        return None
    return loose(test, [value])


def position_test(sign: str, bound: int, subject: Sql, part: str) -> Sql | None:
    """Write `INSTR(subject, part) sign bound` where it asks for the place only roughly.

    NULL stands for FALSE. INSTR counts UTF-16 units; whether it is 0 or 1 doesn't depend on how one
    counts.
    """
    if (sign, bound) in _CONTAINS | _CONTAINS_NOT:
        found = call("contains", subject, text(part))
        return found if (sign, bound) in _CONTAINS else not_true(found)
    if bound == 1 and sign in _EQUALITY:
        found = call("starts_with", subject, text(part))
        return found if sign == "=" else not_true(found)
    return None


def edge_test(arguments: Sequence[int | None], subject: Sql, part: str) -> Sql | None:
    """Write `SUBSTRING(subject, …) = part` where the piece is exactly as long as the part.

    NULL stands for FALSE. A piece from -n on is the last n units, or a shorter text as a whole,
    which can't be equal.
    """
    size = length(part)
    if not size:
        return None
    if arguments == [-size]:
        return call("ends_with", subject, text(part))
    if arguments == [1, size]:
        return call("starts_with", subject, text(part))
    return None


EXPRESSIONS: dict[type[exp.Expr], ExpressionHandler] = {
    **dict.fromkeys(_SIGNS, _comparison),
    exp.Between: _between,
    exp.In: _is_in,
    exp.NullSafeNEQ: _distinct,
    exp.NullSafeEQ: _distinct,
}
"""How these expressions are translated."""
