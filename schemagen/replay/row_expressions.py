"""Expressions over one row at a time: what windows and the queries behind them compute.

DuckDB runs whole streams at once. Windows can't be run so: a row's alert can be the next row of the
very stream. So their expressions become Python functions. Structs are dicts by stored names, NULL
is None; a comparison with NULL is false, arithmetic with it throws, and what throws in an item of
an ARRAY, a STRUCT or a MAP makes that item NULL, as in ksqlDB.
"""

from __future__ import annotations

import hashlib
import operator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.ksqldb.types import from_sqlglot
from schemagen.replay.functions import texts
from schemagen.replay.translation.code import UnsupportedError
from schemagen.replay.translation.columns import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Row = dict[str, Any]
    Evaluate = Callable[[Row], Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSSX"
_CONDITIONS = (exp.And, exp.Or, exp.Not, exp.Is, exp.Predicate)
"""What is true or false and never NULL."""

PARAMETER = "\0"
"""What the names of lambdas' parameters begin with in a row: no column's name does."""

THROWN = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
"""What an expression raises where ksqlDB throws."""


def evaluator(node: exp.Expr) -> Evaluate:
    """Make the function of an expression: from a row, by stored names, to its value.

    Raises:
        UnsupportedError: the replay doesn't know a part of it.

    """
    make = _NODES.get(type(node))
    if make is None:
        raise UnsupportedError(f"{type(node).__name__} behind windows")
    return make(node)


def condition(node: exp.Expr) -> Callable[[Row], bool]:
    """Make the function of a condition: NULL is not true."""
    evaluate = evaluator(node)
    if isinstance(node.unnest(), _CONDITIONS):
        return evaluate
    return lambda row: evaluate(row) is True


# -- leaves ---------------------------------------------------------------------------------------


def _column(node: exp.Expr) -> Evaluate:
    return operator.itemgetter(name_of(node.this))


def _parameter(node: exp.Expr) -> Evaluate:
    return operator.itemgetter(PARAMETER + str(node.this).upper())


def _literal(node: exp.Expr) -> Evaluate:
    text = str(node.this)
    value: Any = text
    if not node.args.get("is_string"):
        value = int(text) if text.isdigit() else float(text)
    return _constant(value)


def _constant(value: Any) -> Evaluate:
    return lambda _: value


def _dot(node: exp.Expr) -> Evaluate:
    base = evaluator(node.this)
    name = name_of(node.expression)

    def found(row: Row) -> Any:
        value = base(row)
        return None if value is None else value[name]

    return found


def _bracket(node: exp.Expr) -> Evaluate:
    base, place = evaluator(node.this), evaluator(node.expressions[0])

    def found(row: Row) -> Any:
        value, index = base(row), place(row)
        if value is None or index is None:
            return None
        if isinstance(value, dict):
            return value.get(index)
        # Indexes count from 1, and from the end below 0; outside there is nothing.
        index = index - 1 if index > 0 else index
        return value[index] if -len(value) <= index < len(value) else None

    return found


# -- operators ------------------------------------------------------------------------------------


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[exp.Expr], Evaluate]:
    def make(node: exp.Expr) -> Evaluate:
        left, right = evaluator(node.this), evaluator(node.expression)

        def found(row: Row) -> bool:
            one = left(row)
            if one is None:
                return False
            other = right(row)
            return other is not None and bool(compare(one, other))

        return found

    return make


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[exp.Expr], Evaluate]:
    def make(node: exp.Expr) -> Evaluate:
        left, right = evaluator(node.this), evaluator(node.expression)
        return lambda row: compute(left(row), right(row))

    return make


def _and(node: exp.Expr) -> Evaluate:
    parts = [condition(each) for each in node.flatten()]

    def found(row: Row) -> bool:
        for part in parts:  # noqa: SIM110 - a generator takes twice as long
            if not part(row):
                return False
        return True

    return found


def _or(node: exp.Expr) -> Evaluate:
    parts = [condition(each) for each in node.flatten()]
    return lambda row: any(part(row) for part in parts)


def _not(node: exp.Expr) -> Evaluate:
    inner = condition(node.this)
    return lambda row: not inner(row)


def _is(node: exp.Expr) -> Evaluate:
    if not isinstance(node.expression, exp.Null):
        raise UnsupportedError("IS of what is not NULL")
    inner = evaluator(node.this)
    return lambda row: inner(row) is None


def _negative(node: exp.Expr) -> Evaluate:
    inner = evaluator(node.this)
    return lambda row: -inner(row)


def _remainder(left: int, right: int) -> int:
    # Java's has the sign of the left side.
    found = abs(left) % abs(right)
    return -found if left < 0 else found


def _quotient(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        found = abs(left) // abs(right)
        return found if (left < 0) == (right < 0) else -found
    return left / right


def _case(node: exp.Expr) -> Evaluate:
    if node.this is not None:
        raise UnsupportedError("CASE with an operand")
    branches = [(condition(each.this), evaluator(each.args["true"])) for each in node.args["ifs"]]
    default = node.args.get("default")
    otherwise = None if default is None else evaluator(default)

    def found(row: Row) -> Any:
        for holds, value in branches:
            if holds(row):
                return value(row)
        return None if otherwise is None else otherwise(row)

    return found


def _cast(node: exp.Expr) -> Evaluate:
    declared = from_sqlglot(node.args["to"])
    inner = evaluator(node.this)
    convert = _CASTS.get(getattr(declared, "name", ""))
    if convert is None and not isinstance(node.this, exp.Null):
        raise UnsupportedError(f"CAST to {declared} behind windows")

    def found(row: Row) -> Any:
        value = inner(row)
        return value if value is None or convert is None else convert(value)

    return found


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    raise UnsupportedError("CAST of a fraction to VARCHAR behind windows")


_CASTS: dict[str, Callable[[Any], Any]] = {
    "BIGINT": int,
    "INT": int,
    "DOUBLE": float,
    "VARCHAR": _text,
}


# -- constructors ---------------------------------------------------------------------------------


def _guarded(node: exp.Expr) -> Evaluate:
    inner = evaluator(node)

    def found(row: Row) -> Any:
        try:
            return inner(row)
        except THROWN:
            return None

    return found


def _array(node: exp.Expr) -> Evaluate:
    items = [_guarded(each) for each in node.expressions]
    return lambda row: [item(row) for item in items]


def _struct(node: exp.Expr) -> Evaluate:
    fields = [(name_of(each.this), _guarded(each.expression)) for each in node.expressions]
    return lambda row: {name: value(row) for name, value in fields}


def _map(node: exp.Expr) -> Evaluate:
    keys = [evaluator(each) for each in node.args["keys"].expressions]
    values = [_guarded(each) for each in node.args["values"].expressions]
    pairs = list(zip(keys, values, strict=True))
    return lambda row: {key(row): value(row) for key, value in pairs}


# -- functions ------------------------------------------------------------------------------------


def _lambda(node: exp.Expr, parameters: int) -> tuple[list[str], exp.Expr]:
    if not isinstance(node, exp.Lambda) or len(node.expressions) != parameters:
        raise UnsupportedError("a lambda of another form")
    return [PARAMETER + str(each.this).upper() for each in node.expressions], node.this


def _filter(nodes: Sequence[exp.Expr]) -> Evaluate:
    items = evaluator(nodes[0])
    (name,), body = _lambda(nodes[1], 1)
    keep = condition(body)

    def found(row: Row) -> Any:
        values = items(row)
        if values is None:
            return None
        kept = []
        inner = dict(row)
        for value in values:
            inner[name] = value
            if keep(inner):
                kept.append(value)
        return kept

    return found


def _transform(nodes: Sequence[exp.Expr]) -> Evaluate:
    items = evaluator(nodes[0])
    (name,), body = _lambda(nodes[1], 1)
    make = evaluator(body)

    def found(row: Row) -> Any:
        values = items(row)
        return None if values is None else [make({**row, name: value}) for value in values]

    return found


def _reduce(nodes: Sequence[exp.Expr]) -> Evaluate:
    items, start = evaluator(nodes[0]), evaluator(nodes[1])
    (total, name), body = _lambda(nodes[2], 2)
    make = evaluator(body)

    def found(row: Row) -> Any:
        state = start(row)
        for value in items(row) or ():
            if state is None:
                return None
            state = make({**row, total: state, name: value})
        return state

    return found


def _called(
    compute: Callable[..., Any], *, nulls: bool = False
) -> Callable[[Sequence[exp.Expr]], Evaluate]:
    """Make a function of its arguments; NULL where one is, unless it takes NULLs itself."""

    def make(nodes: Sequence[exp.Expr]) -> Evaluate:
        arguments = [evaluator(each) for each in nodes]

        def found(row: Row) -> Any:
            values = [argument(row) for argument in arguments]
            if not nulls and None in values:
                return None
            return compute(*values)

        return found

    return make


def _format_time(value: datetime, pattern: str, zone: str) -> str:
    if (pattern, zone) != (_TIME_PATTERN, "UTC"):
        raise ValueError("another pattern than ISO 8601 in UTC")
    return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"


def _concat(*values: str | None) -> str:
    return "".join(value for value in values if value is not None)


_FUNCTIONS: dict[str, Callable[[Sequence[exp.Expr]], Evaluate]] = {
    "ARRAY_LENGTH": _called(len),
    "ARRAY_DISTINCT": _called(lambda values: list(dict.fromkeys(values))),
    "ARRAY_SORT": _called(sorted),
    "COALESCE": _called(
        lambda *values: next((each for each in values if each is not None), None), nulls=True
    ),
    "CONCAT": _called(_concat, nulls=True),
    "FILTER": _filter,
    "FORMAT_TIMESTAMP": _called(_format_time),
    "FROM_UNIXTIME": _called(lambda value: _EPOCH + timedelta(milliseconds=value)),
    "LCASE": _called(texts.lcase),
    "LEN": _called(texts.length),
    "MD5": _called(lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()),
    "REDUCE": _reduce,
    "TRANSFORM": _transform,
    "UCASE": _called(texts.ucase),
}


def _call(node: exp.Expr) -> Evaluate:
    name = str(node.this).upper()
    make = _FUNCTIONS.get(name)
    if make is None:
        raise UnsupportedError(f"{name} behind windows")
    return make(node.expressions)


_COMPARISONS: dict[type[exp.Expr], Callable[[Any, Any], Any]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.LT: operator.lt,
    exp.LTE: operator.le,
}
_OPERATIONS: dict[type[exp.Expr], Callable[[Any, Any], Any]] = {
    exp.Add: operator.add,
    exp.Sub: operator.sub,
    exp.Mul: operator.mul,
    exp.Div: _quotient,
    exp.Mod: _remainder,
}
_NODES: dict[type[exp.Expr], Callable[[exp.Expr], Evaluate]] = {
    exp.Alias: lambda node: evaluator(node.this),
    exp.And: _and,
    exp.Anonymous: _call,
    exp.Array: _array,
    exp.Boolean: lambda node: _constant(bool(node.this)),
    exp.Bracket: _bracket,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Column: _column,
    exp.Dot: _dot,
    exp.Identifier: _parameter,
    exp.Is: _is,
    exp.Literal: _literal,
    exp.Map: _map,
    exp.Neg: _negative,
    exp.Not: _not,
    exp.Null: lambda _: _constant(None),
    exp.Or: _or,
    exp.Paren: lambda node: evaluator(node.this),
    exp.Struct: _struct,
    **{kind: _comparison(compare) for kind, compare in _COMPARISONS.items()},
    **{kind: _arithmetic(compute) for kind, compute in _OPERATIONS.items()},
}
