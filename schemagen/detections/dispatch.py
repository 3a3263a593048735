"""The column that tells kinds of events apart, as rules themselves compare it: the event id."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.logic import conjunction, disjunction, negation, operands_of
from schemagen.detections.predicates import equal, number
from schemagen.ksqldb.dialect import call, parse_expression
from schemagen.ksqldb.names import string_literal
from schemagen.ksqldb.types import BIGINT, INT, VARCHAR
from schemagen.ksqldb.types import to_sqlglot as type_tree
from schemagen.ksqldb.watched import steps_of, type_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from schemagen.ksqldb.types import Struct

_LEAST_VALUES = 8
"""A column with fewer values doesn't tell kinds apart, such as the name of a log."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A column by whose value an event is given to the rules that can match it.

    Attributes:
        column: the expression that rules compare, written.
        is_text: whether it is text; else it is a whole number.
        shared: further columns that most rules compare, such as the name of a log: they tell
            little where the kind is known.

    """

    column: str
    is_text: bool
    shared: frozenset[str] = frozenset()

    def is_one_of(self, values: Sequence[str]) -> exp.Expr:
        """Make the test whether the column has one of some values: it calls no function."""
        return disjunction([equal(self._node(), self._literal(value)) for value in values])

    def is_in_list(self, values: Sequence[str]) -> exp.Expr:
        """Make the test whether the column has one of many values: one INSTR in a list."""
        if not values:
            return exp.Boolean(this=False)
        comma = exp.Literal.string(",")
        node = self._node()
        if not self.is_text:
            node = exp.Cast(this=node, to=type_tree(VARCHAR))
        whole = call("CONCAT", comma, node, comma.copy())
        found = call("INSTR", string_literal(f",{','.join(values)},"), whole)
        return exp.GT(this=found, expression=number(0))

    def _node(self) -> exp.Expr:
        return parse_expression(self.column)

    def _literal(self, value: str) -> exp.Expr:
        return string_literal(value) if self.is_text else number(int(value))


def dispatch_of(rules: Iterable[Mapping[str, frozenset[str]]], columns: Struct) -> Dispatch | None:
    """Find the column that most rules compare with literals and that tells most kinds apart.

    Args:
        rules: what each rule compares (`compared_values`).
        columns: the columns that they are bound to.

    Returns:
        None where fewer than half of the rules have such a column in common.

    """
    counts: Counter[str] = Counter()
    values: dict[str, set[str]] = {}
    total = 0
    for rule in rules:
        total += 1
        for column, found in rule.items():
            counts[column] += 1
            values.setdefault(column, set()).update(found)
    common = [column for column, count in counts.items() if 2 * count >= total]
    telling = [
        (len(values[column]), column)
        for column in common
        if _tells(values[column], column, columns)
    ]
    if not telling:
        return None
    column = max(telling)[1]
    shared = frozenset(common) - {column}
    return Dispatch(column, _is_text(column), shared)


def _tells(values: set[str], column: str, columns: Struct) -> bool:
    """Tell whether the values of a column can be kinds: they are many, whole numbers or texts."""
    if len(values) < _LEAST_VALUES:
        return False
    if _is_text(column):
        return True
    steps = steps_of(parse_expression(column))
    # Other numbers have several texts.
    is_whole = steps is not None and type_of(columns, steps) in {INT, BIGINT}
    return is_whole and all(value.isascii() and value.isdigit() for value in values)


def _is_text(column: str) -> bool:
    return isinstance(parse_expression(column), exp.Anonymous)


def compared_values(node: exp.Expr) -> dict[str, frozenset[str]]:
    """Return the values of columns, of which one must be there for a predicate to hold."""
    if isinstance(node, exp.Paren):
        return compared_values(node.this)
    if isinstance(node, exp.And):
        joined: dict[str, frozenset[str]] = {}
        for part in operands_of(exp.And, node):
            for column, found in compared_values(part).items():
                joined[column] = joined[column] & found if column in joined else found
        return joined
    if isinstance(node, exp.Or):
        parts = [compared_values(part) for part in operands_of(exp.Or, node)]
        shared = set(parts[0]).intersection(*parts[1:])
        return {column: frozenset().union(*(part[column] for part in parts)) for column in shared}
    compared_with = _literals(node)
    return {} if compared_with is None else dict([compared_with])


def compared(node: exp.Expr) -> str | None:
    """Write a column, a field of one, or the lower case of such; None for anything else."""
    if isinstance(node, exp.Anonymous):
        place = place_of(node.expressions[0]) if node.name == "LCASE" else None
        return None if place is None else f"LCASE({place})"
    return place_of(node)


def place_of(node: exp.Expr) -> str | None:
    """Write a column or a field of one, as `write_expression` does; None for anything else."""
    names: list[str] = []
    while isinstance(node, exp.Dot):
        names.append(_name(node.expression))
        node = node.this
    if not isinstance(node, exp.Column):
        return None
    return "->".join([_name(node.this), *reversed(names)])


def _name(node: exp.Expr) -> str:
    return f"`{node.this}`" if node.args.get("quoted") else str(node.this)


def specialised(node: exp.Expr, known: Mapping[str, str], shared: Collection[str] = ()) -> exp.Expr:
    """Return what a predicate asks for beyond some columns: no less holds where it does.

    Args:
        node: the predicate.
        known: the values of columns that are known.
        shared: columns of which nothing is asked; under a NOT they stay as they are.

    """
    if isinstance(node, exp.Paren):
        return specialised(node.this, known, shared)
    if isinstance(node, exp.And):
        return conjunction([specialised(p, known, shared) for p in operands_of(exp.And, node)])
    if isinstance(node, exp.Or):
        return disjunction([specialised(p, known, shared) for p in operands_of(exp.Or, node)])
    if isinstance(node, exp.Not):
        return negation(_in_parentheses(specialised(node.this, known)))
    found = _literals(node)
    if found is not None and (found[0] in known or found[0] in shared):
        return exp.Boolean(this=known.get(found[0]) in {None, *found[1]})
    return node.copy()


def _literals(node: exp.Expr) -> tuple[str, frozenset[str]] | None:
    """Read a comparison of a column with literals; None for anything else."""
    if not isinstance(node, exp.EQ | exp.In):
        return None
    literals = node.expressions if isinstance(node, exp.In) else [node.expression]
    column = compared(node.this)
    if column is None or not all(isinstance(each, exp.Literal) for each in literals):
        return None
    return column, frozenset(str(each.this) for each in literals)


def _in_parentheses(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node
