"""How a value of an event is read from the declared columns.

`->` goes into a STRUCT, `['k']` into a MAP, EXTRACTJSONFIELD into JSON text that a VARCHAR holds.
Where an event can have several values, any of them may match: FILTER with a lambda over an array.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.logic import conjunction, negation
from schemagen.detections.predicates import ClashError, Operand, equal, is_not_null, number
from schemagen.ksqldb.dialect import call, subscript
from schemagen.ksqldb.names import stored, string_literal
from schemagen.ksqldb.types import VARCHAR, Array, KsqlType, Map, Scalar, Struct
from schemagen.profile.profile import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node

_JSON_NAME = re.compile(r"[A-Za-z0-9_]+")


_OBJECTS = (
    "the rule wants a value, the column holds objects; with the type VARCHAR (`types` in "
    "schemagen.toml) it would hold their JSON text"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A column or a field of a STRUCT, as it is declared."""

    name: str
    quoted: bool

    @property
    def stored(self) -> str:
        """The name as ksqlDB keeps it and looks it up in messages."""
        return stored(self.name, quoted=self.quoted)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a MAP."""

    name: str


@dataclass(frozen=True, slots=True)
class Json:
    """Keys in JSON text, from the outside in."""

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """Any element of an array."""

    parameter: str


@dataclass(frozen=True, slots=True)
class EachValue:
    """Any value of a MAP."""

    parameter: str


@dataclass(frozen=True, slots=True)
class EachListed:
    """Text of a VARCHAR, or any element where it is what ksqlDB makes of an array: `[a, b]`.

    Elements that hold `, ` themselves are taken for several, and text in brackets for an array.

    Args:
        parameter: of the lambda.
        nested: whether elements are arrays themselves: `[[a, b], c]`.
        empty: whether `[]` is an array of none; otherwise it is one of an empty text.

    """

    parameter: str
    nested: bool = False
    empty: bool = True


@dataclass(frozen=True, slots=True)
class EachJson:
    """A value in JSON text, or any element where it is an array."""

    parameter: str


Spread = Each | EachValue | EachListed | EachJson
"""Where an event can have several values."""

Hop = Name | Key | Json | Spread


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a field is in the declared columns.

    Args:
        hops: the way from the top; the first is a column.
        type: what is there; never an array, whose elements are meant.
        path: the way in the messages, as far as the evidence knows it.
        seen: what was seen there; None where nothing is known, or keys are not told apart.

    """

    hops: tuple[Hop, ...]
    type: Scalar | Map | Struct = field(compare=False)
    path: Path = field(compare=False)
    seen: tuple[Node, ...] | None = field(compare=False, default=None, repr=False)

    @property
    def is_list(self) -> bool:
        """Whether an event can have several values here."""
        return any(isinstance(hop, Spread) for hop in self.hops)

    def any_value(self, predicate: Callable[[Operand], exp.Expr]) -> exp.Expr:
        """Make a predicate about the value, or about any of the values.

        Raises:
            ClashError: here are objects, which no value of a rule matches; or what the predicate
                raises.

        """
        declared = self.type
        if not isinstance(declared, Scalar):
            raise ClashError(_OBJECTS)
        fractions = declared == VARCHAR and any(map(_has_fractions, self.seen or ()))
        return _any(self.hops, None, lambda make: predicate(Operand(make, declared, fractions)))

    def exists(self) -> exp.Expr:
        """Make the predicate that there is a value; a null can't be told from nothing."""
        hops = list(self.hops)
        while isinstance(hops[-1], Spread):
            # An empty array exists, and its elements don't matter.
            hops.pop()
        return _any(hops, None, lambda make: is_not_null(make()))

    def missing(self) -> exp.Expr:
        """Make the predicate that there is no value."""
        return negation(self.exists())

    def value(self) -> exp.Expr | None:
        """Make the expression of the value as it is, an array whole; None inside one."""
        hops = list(self.hops)
        while hops and isinstance(hops[-1], Spread):
            hops.pop()
        if any(isinstance(hop, Spread) for hop in hops):
            return None
        return _walk(hops)

    def whole_type(self) -> KsqlType:
        """Return the type of `value`."""
        declared: KsqlType = self.type
        for hop in reversed(self.hops):
            if isinstance(hop, Each):
                declared = Array(declared)
            elif isinstance(hop, EachValue):
                declared = Map(declared)
            elif not isinstance(hop, Spread):
                break
        return declared


def _has_fractions(node: Node) -> bool:
    return bool(node.count(NUMBER)) or (node.items is not None and _has_fractions(node.items))


_INNER_BOUNDS = r"(?:\A|(?<=, ))\[+|\]+(?=, |\z)"
"""The brackets of arrays within an array, as ksqlDB writes them in a VARCHAR."""

BETWEEN_ITEMS = ", "
"""Stands between the items of an array that a VARCHAR reads."""

BETWEEN_TEXTS = "\u00a6"
"""Stands between texts that are searched as one."""


def any_text(
    references: Iterable[Reference],
    parameter: str,
    predicate: Callable[[Operand], exp.Expr],
    *,
    joined: bool,
) -> exp.Expr:
    """Make a predicate about any of many texts, written once for all of them.

    Args:
        references: columns of VARCHAR that hold one value each.
        parameter: the name of the lambda's parameter, not that of a column.
        predicate: what is asked of a text.
        joined: whether it is the same of all texts joined by `BETWEEN_TEXTS`, which costs least.

    """
    items = [_walk(reference.hops) for reference in references]
    if joined:
        items = [call("CONCAT_WS", string_literal(BETWEEN_TEXTS), *items)]
    texts = exp.Array(expressions=items)
    return _filtered(texts, parameter, predicate(Operand(lambda: _parameter(parameter), VARCHAR)))


def _any(
    hops: Sequence[Hop], start: exp.Expr | None, leaf: Callable[[Callable[[], exp.Expr]], exp.Expr]
) -> exp.Expr:
    for place, hop in enumerate(hops):
        if isinstance(hop, Spread):
            condition = _any(hops[place + 1 :], _parameter(hop.parameter), leaf)
            return _filtered(_values(hop, _walk(hops[:place], start)), hop.parameter, condition)
    return leaf(lambda: _walk(hops, start))


def _filtered(values: exp.Expr, parameter: str, condition: exp.Expr) -> exp.Expr:
    """Make the predicate that any of some values meets a condition."""
    test = exp.Lambda(this=condition, expressions=[_parameter(parameter)])
    length = call("ARRAY_LENGTH", call("FILTER", values, test))
    return exp.GT(this=length, expression=number(0))


def _values(hop: Spread, node: exp.Expr) -> exp.Expr:
    """Make the array of the values that a hop spreads to."""
    if isinstance(hop, Each):
        return node
    if isinstance(hop, EachValue):
        return call("MAP_VALUES", node)
    if isinstance(hop, EachListed):
        bounds = (call("SUBSTRING", node.copy(), number(at), number(1)) for at in (1, -1))
        is_list = [equal(*pair) for pair in zip(bounds, map(string_literal, "[]"), strict=True)]
        rest = exp.Sub(this=call("LEN", node.copy()), expression=number(2))
        inside = call("SUBSTRING", node.copy(), number(2), rest)
        if hop.nested:
            inside = call("REGEXP_REPLACE", inside, *map(string_literal, (_INNER_BOUNDS, "")))
        items = call("SPLIT", inside, string_literal(BETWEEN_ITEMS))
        if hop.empty:
            # NULL has no items.
            filled = exp.NEQ(this=node.copy(), expression=string_literal("[]"))
            listed = exp.If(this=conjunction([filled.copy(), *is_list]), true=items)
            return exp.Case(ifs=[listed, exp.If(this=filled, true=exp.Array(expressions=[node]))])
    else:
        # Both throw on other text; of a JSON value that is not an array the length is NULL.
        valid = equal(call("IS_JSON_STRING", node.copy()), exp.Boolean(this=True))
        length = call("JSON_ARRAY_LENGTH", node.copy())
        is_list = [valid, exp.GTE(this=length, expression=number(0))]
        value = _json_value(_parameter(hop.parameter), "$")
        texts = exp.Lambda(this=value, expressions=[_parameter(hop.parameter)])
        items = call("TRANSFORM", call("JSON_ITEMS", node.copy()), texts)
    alone = exp.Array(expressions=[node])
    return exp.Case(ifs=[exp.If(this=conjunction(is_list), true=items)], default=alone)


def _parameter(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=False)


def _walk(hops: Sequence[Hop], start: exp.Expr | None = None) -> exp.Expr:
    node = None if start is None else start.copy()
    for hop in hops:
        if isinstance(hop, Name):
            name = exp.Identifier(this=hop.name, quoted=hop.quoted)
            node = exp.Column(this=name) if node is None else exp.Dot(this=node, expression=name)
        elif node is None or isinstance(hop, Spread):
            raise TypeError("a reference starts with a column and gives one value")
        elif isinstance(hop, Key):
            node = subscript(node, hop.name)
        else:
            node = json_value(node, hop.steps)
    if node is None:
        raise TypeError("a reference starts with a column")
    return node


def json_value(text: exp.Expr, steps: Sequence[str]) -> exp.Expr:
    """Read the value at some keys of JSON text; NULL where there is none, or the text is none."""
    return _json_value(text, _json_path(steps))


def _json_value(text: exp.Expr, path: str) -> exp.Expr:
    """Read a value from JSON text; NULL where the text is none.

    EXTRACTJSONFIELD throws on other text, and gives the text `null` for a JSON null.
    """
    valid = equal(call("IS_JSON_STRING", text.copy()), exp.Boolean(this=True))
    found = call("EXTRACTJSONFIELD", text, string_literal(path))
    value = call("NULLIF", found, exp.Literal.string("null"))
    return exp.Case(ifs=[exp.If(this=valid, true=value)])


def _json_path(steps: Sequence[str]) -> str:
    """Write a path for EXTRACTJSONFIELD (`JsonPathTokenizer.java`)."""
    text = "$"
    for step in steps:
        plain = _JSON_NAME.fullmatch(step)
        text += f".{step}" if plain else f"[{json.dumps(step, ensure_ascii=False)}]"
    return text
