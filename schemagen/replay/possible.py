"""Which rows a query's WHERE can let through, told by a glance at a column or two.

Most events are of kinds that no rule is about, so that one comparison tells that they pass no WHERE
of those that read them. What is more than a comparison counts as true here: a row that passes may
be rejected by the WHERE itself, one that doesn't is rejected for certain.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.ksqldb.types import BIGINT, INT, VARCHAR, Field, Struct
from schemagen.ksqldb.watched import reads_of, steps_of, type_of
from schemagen.replay.row_expressions import condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from schemagen.ksqldb.types import KsqlType
    from schemagen.ksqldb.watched import Steps

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In)
_ZERO, _COMMA = exp.Literal.number(0), exp.Literal.string(",")
_IDS = re.compile(r",((?:0|[1-9]\d*)(?:,(?:0|[1-9]\d*))*),", re.ASCII)
_MANY = 200
"""More comparisons than these are no glance: DuckDB makes them for all rows in less time."""


class PossibleRows:
    """Tells which rows of a stream one of several WHERE can let through.

    Args:
        weak: a weaker condition for each (`weakened`).
        columns: the columns of the stream.
        also: columns that must be read besides.

    Attributes:
        narrow: what of the columns must be read to tell, and to know whether ksqlDB drops a record.
        is_sure: whether all rows can pass, as far as it is told here.

    """

    def __init__(self, weak: Iterable[exp.Expr], columns: Struct, also: Iterable[str] = ()) -> None:
        weak = _merged(reduce(_either, weak))
        self.is_sure = _is_true(weak) or sum(1 for _ in weak.find_all(*_COMPARISONS)) > _MANY
        self.narrow = narrowed(columns, reads_of([weak]) | {(name,) for name in also})
        self._passes: Callable[[dict[str, Any]], bool] = condition(weak)

    def has(self, row: dict[str, Any]) -> bool:
        """Tell whether a row, read as `narrow`, can pass."""
        return self._passes(row)


# -- weaker conditions --------------------------------------------------------------------------


def weakened(node: exp.Expr, columns: Struct) -> exp.Expr:
    """Return a condition that is true wherever another is, of what can be told at a glance.

    Args:
        node: the other condition, which doesn't throw.
        columns: the columns that it reads.

    """
    node = node.unnest()
    if isinstance(node, exp.Or):
        return reduce(_either, (weakened(each, columns) for each in node.flatten()))
    if isinstance(node, exp.And):
        return reduce(_both, (weakened(each, columns) for each in node.flatten()))
    if isinstance(node, exp.Case) and node.this is None:
        default = node.args.get("default")
        made: exp.Expr = exp.false() if default is None else weakened(default, columns)
        for branch in reversed(node.args["ifs"]):
            hit = _both(weakened(branch.this, columns), weakened(branch.args["true"], columns))
            made = _either(hit, made)
        return made
    return node if _is_plain(node, columns) else exp.true()


def _either(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    if _is_true(left) or _is_true(right):
        return exp.true()
    return exp.Or(this=left, expression=right)


def _both(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    if _is_true(left):
        return right
    return left if _is_true(right) else exp.And(this=left, expression=right)


def _merged(node: exp.Expr) -> exp.Expr:
    """Ask of each value that is compared with several literals once: is it one of them?"""
    listed: dict[exp.Expr, list[exp.Expr]] = {}
    others: list[exp.Expr] = []
    for each in _alternatives(node):
        value, literals = _listed(each)
        if literals:
            listed.setdefault(value, []).extend(literals)
        else:
            others.append(each)
    lists = [exp.In(this=value, expressions=literals) for value, literals in listed.items()]
    return reduce(_either, [*lists, *others])


def _listed(node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]]:
    """Read a comparison as a value and the literals that it may be; none for other conditions."""
    value = node.this.unnest() if isinstance(node, exp.Binary | exp.In) else node
    if isinstance(node, exp.EQ) and isinstance(node.expression.unnest(), exp.Literal):
        return value, [node.expression.unnest()]
    if isinstance(node, exp.In):
        return value, list(node.expressions)
    if isinstance(node, exp.GT) and node.expression == _ZERO and isinstance(value, exp.Anonymous):
        return _number_among(value)
    return node, []


def _number_among(search: exp.Anonymous) -> tuple[exp.Expr, list[exp.Expr]]:
    """Read `INSTR(',1,2,', CONCAT(',', CAST(value AS VARCHAR), ','))`, how detections list ids."""
    whole, *sought = search.expressions
    inner = sought[0].expressions if len(sought) == 1 else []
    if len(inner) == 3 and inner[0] == inner[2] == _COMMA and isinstance(inner[1], exp.Cast):  # noqa: PLR2004
        ids = _IDS.fullmatch(str(whole.this)) if whole.is_string else None
        if ids is not None:
            numbers = map(exp.Literal.number, ids[1].split(","))
            return inner[1].this.unnest(), list(numbers)
    return search, []


def _alternatives(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what is joined by OR, in parentheses, too."""
    node = node.unnest()
    if isinstance(node, exp.Or):
        for each in node.flatten():
            yield from _alternatives(each)
    else:
        yield node


def _is_true(node: exp.Expr) -> bool:
    return isinstance(node, exp.Boolean) and bool(node.this)


def _is_plain(node: exp.Expr, columns: Struct) -> bool:
    """Tell whether a condition is one that rows can be asked one by one, with the same answer."""
    if isinstance(node, exp.Boolean):
        return True
    if isinstance(node, exp.Not):
        return _is_plain(node.this.unnest(), columns)
    if isinstance(node, exp.In):
        return _is_list(node, columns)
    if not isinstance(node, _COMPARISONS):
        return False
    left, right = node.this.unnest(), node.expression.unnest()
    if _is_whole(right):
        return _is_number(left, columns)
    same = isinstance(node, exp.EQ | exp.NEQ)
    return same and _is_text(left, columns) and _is_text(right, columns)


def _is_list(node: exp.In, columns: Struct) -> bool:
    left, listed = node.this.unnest(), node.expressions
    if _is_text(left, columns):
        return all(each.is_string for each in listed)
    return _is_number(left, columns) and all(map(_is_whole, listed))


def _is_number(node: exp.Expr, columns: Struct) -> bool:
    if isinstance(node, exp.Anonymous):
        arguments = node.expressions
        is_search = str(node.this).upper() == "INSTR" and len(arguments) == 2  # noqa: PLR2004
        return is_search and all(_is_text(each, columns) for each in arguments)
    return _type_at(node, columns) in {INT, BIGINT}


def _is_text(node: exp.Expr, columns: Struct) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return bool(node.args.get("is_string"))
    if isinstance(node, exp.Cast):
        return str(node.to) == "VARCHAR" and _type_at(node.this, columns) in {INT, BIGINT}
    if isinstance(node, exp.Anonymous):
        known = str(node.this).upper() in {"LCASE", "CONCAT"}
        return known and all(_is_text(each, columns) for each in node.expressions)
    return _type_at(node, columns) == VARCHAR


def _is_whole(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.args.get("is_string") and node.this.isdigit()


def _type_at(node: exp.Expr, columns: Struct) -> KsqlType | None:
    steps = steps_of(node.unnest())
    return None if steps is None else type_of(columns, steps)


# -- what must be read ----------------------------------------------------------------------------


def narrowed(declared: Struct, reads: set[Steps]) -> Struct:
    """Leave out of columns what is not read and fits any value: a record can't fail there."""
    fields = []
    for field in declared.fields:
        inner = {steps[1:] for steps in reads if steps[0] == field.stored}
        kept = field.type
        if isinstance(kept, Struct) and () not in inner:
            kept = narrowed(kept, inner)
        if inner or kept != VARCHAR:
            fields.append(Field(field.name, field.quoted, kept))
    return Struct(tuple(fields))
