"""How a path of an event is read from the declared columns.

`->` goes into a STRUCT, `['k']` into a MAP, EXTRACTJSONFIELD into JSON text that a VARCHAR holds;
an array is its elements, any of which may match: FILTER with a lambda.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.logic import negation
from schemagen.detections.predicates import ClashError, Operand, is_not_null
from schemagen.ksqldb.dialect import call, subscript
from schemagen.ksqldb.names import stored, string_literal
from schemagen.ksqldb.paths import field_reading, node_at
from schemagen.ksqldb.types import VARCHAR, Array, Field, KsqlType, Map, Scalar, Struct
from schemagen.profile.paths import ITEMS, Path
from schemagen.profile.profile import OBJECT, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_JSON_NAME = re.compile(r"[A-Za-z0-9_]+")


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


Hop = Name | Key | Json | Each


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a field is in the declared columns.

    Args:
        hops: the way from the top; the first is a column.
        type: what is there; never an array, whose elements are meant.
        path: the way in the messages, as far as the evidence knows it.

    """

    hops: tuple[Hop, ...]
    type: Scalar | Map | Struct = field(compare=False)
    path: Path = field(compare=False)

    @property
    def is_list(self) -> bool:
        """Whether an event can have several values here."""
        return any(isinstance(hop, Each) for hop in self.hops)

    def any_value(self, predicate: Callable[[Operand], exp.Expr]) -> exp.Expr:
        """Make a predicate about the value, or about any of the values.

        Raises:
            ClashError: here are objects, which no value of a rule matches; or what the predicate
                raises.

        """
        declared = self.type
        if not isinstance(declared, Scalar):
            raise ClashError("the rule wants a value, the column holds objects")
        return self._nested(lambda make: predicate(Operand(make, declared)))

    def exists(self) -> exp.Expr:
        """Make the predicate that there is a value; a null can't be told from nothing."""
        last = self.hops[-1]
        if isinstance(last, Each):
            # An empty array exists, and its elements don't matter.
            return Reference(self.hops[:-1], VARCHAR, self.path[:-1]).exists()
        return self._nested(lambda make: is_not_null(make()))

    def missing(self) -> exp.Expr:
        """Make the predicate that there is no value."""
        return negation(self.exists())

    def value(self) -> exp.Expr | None:
        """Make the expression that gives the value as it is, an array whole; None inside one."""
        hops = list(self.hops)
        while hops and isinstance(hops[-1], Each):
            hops.pop()
        if any(isinstance(hop, Each) for hop in hops):
            return None
        return _walk(hops)

    def whole_type(self) -> KsqlType:
        """Return the type of `value`."""
        declared: KsqlType = self.type
        for hop in reversed(self.hops):
            if not isinstance(hop, Each):
                break
            declared = Array(declared)
        return declared

    def _nested(self, leaf: Callable[[Callable[[], exp.Expr]], exp.Expr]) -> exp.Expr:
        return _any(list(self.hops), None, leaf)


def _any(
    hops: Sequence[Hop],
    start: str | None,
    leaf: Callable[[Callable[[], exp.Expr]], exp.Expr],
) -> exp.Expr:
    for place, hop in enumerate(hops):
        if isinstance(hop, Each):
            condition = _any(hops[place + 1 :], hop.parameter, leaf)
            parameter = exp.Identifier(this=hop.parameter, quoted=False)
            test = exp.Lambda(this=condition, expressions=[parameter])
            found = call("FILTER", _walk(hops[:place], start), test)
            length = call("ARRAY_LENGTH", found)
            return exp.GT(this=length, expression=exp.Literal.number(0))
    return leaf(lambda: _walk(hops, start))


def _walk(hops: Sequence[Hop], start: str | None = None) -> exp.Expr:
    node: exp.Expr | None = None if start is None else exp.Identifier(this=start, quoted=False)
    for hop in hops:
        if isinstance(hop, Name):
            name = exp.Identifier(this=hop.name, quoted=hop.quoted)
            node = exp.Column(this=name) if node is None else exp.Dot(this=node, expression=name)
        elif node is None or isinstance(hop, Each):
            raise TypeError("a reference starts with a column and gives one value")
        elif isinstance(hop, Key):
            node = subscript(node, hop.name)
        else:
            node = _json_value(node, _json_path(hop.steps))
    if node is None:
        raise TypeError("a reference starts with a column")
    return node


def _json_value(text: exp.Expr, path: str) -> exp.Expr:
    """Read a value from JSON text; NULL where the text is none.

    EXTRACTJSONFIELD throws on other text, and gives the text `null` for a JSON null.
    """
    valid = exp.EQ(this=call("IS_JSON_STRING", text.copy()), expression=exp.Boolean(this=True))
    found = call("EXTRACTJSONFIELD", text, string_literal(path))
    value = call("NULLIF", found, exp.Literal.string("null"))
    return exp.Case(ifs=[exp.If(this=valid, true=value)])


class ColumnIndex:
    """The declared columns, to be asked where a path is.

    Args:
        columns: as the stream declares them.
        evidence: what was seen of the messages, None where nothing is known.

    """

    def __init__(self, columns: Struct, evidence: Node | None = None) -> None:
        self.columns = columns
        self.evidence = evidence
        names = {column.stored.upper() for column in columns.fields}
        # A lambda's parameter can't have the name of a column, nor of one around it.
        self._parameters = [
            name for name in (f"ITEM{n or ''}" for n in range(len(names) + 20)) if name not in names
        ]
        self._known: dict[str, Reference | None] = {}

    def find(self, path: str) -> Reference | None:
        """Find a path that is written with dots; None where the columns don't have it.

        A key that holds a dot itself is meant where the columns have it so.
        """
        if path not in self._known:
            found = list(self._find(self.columns, path.split("."), (), ()))
            # JSON text may hold anything; what is declared is meant first.
            found.sort(key=lambda one: any(isinstance(hop, Json) for hop in one.hops))
            self._known[path] = found[0] if found else None
        return self._known[path]

    def _find(
        self, declared: KsqlType, steps: list[str], hops: tuple[Hop, ...], path: Path
    ) -> Iterator[Reference]:
        if isinstance(declared, Array):
            depth = sum(isinstance(hop, Each) for hop in hops)
            each = Each(self._parameters[depth])
            yield from self._find(declared.item, steps, (*hops, each), (*path, ITEMS))
        elif not steps:
            yield Reference(hops, declared, path)
        elif isinstance(declared, Struct):
            for count in range(1, len(steps) + 1):
                key = ".".join(steps[:count])
                found = field_reading(declared, key)
                if found is not None:
                    step = (*path, self._seen_key(path, found, key))
                    name = Name(found.name, found.quoted)
                    yield from self._find(found.type, steps[count:], (*hops, name), step)
        elif isinstance(declared, Map):
            yield from self._find_in_map(declared, steps, hops, path)
        elif declared == VARCHAR and hops and self._holds_objects(path):
            yield Reference((*hops, Json(tuple(steps))), VARCHAR, (*path, *steps))

    def _find_in_map(
        self, declared: Map, steps: list[str], hops: tuple[Hop, ...], path: Path
    ) -> Iterator[Reference]:
        counts = range(1, len(steps) + 1)
        if isinstance(declared.value, Scalar):
            counts = range(len(steps), len(steps) + 1)
        for count in counts:
            key = ".".join(steps[:count])
            yield from self._find(declared.value, steps[count:], (*hops, Key(key)), (*path, key))

    def _seen_key(self, path: Path, found: Field, key: str) -> str:
        """Return the spelling of a key that the messages have, to look it up in the evidence."""
        node = self.node(path)
        if node is None or key in node.fields:
            return key
        spellings = (name for name in node.fields if name.upper() == found.stored.upper())
        return next(spellings, key)

    def _holds_objects(self, path: Path) -> bool:
        node = self.node(path)
        if node is None:
            return self.evidence is None
        return OBJECT in node.types()

    def node(self, path: Path) -> Node | None:
        """Find what was seen at a path; None where nothing was, or keys are not told apart."""
        return node_at(self.evidence, path)

    def leaves(self) -> Iterator[tuple[str, Reference]]:
        """Return all scalars that have a path, with the path as it is written with dots."""
        yield from self._leaves(self.columns, (), (), "")

    def _leaves(
        self, declared: KsqlType, hops: tuple[Hop, ...], path: Path, written: str
    ) -> Iterator[tuple[str, Reference]]:
        if isinstance(declared, Array):
            depth = sum(isinstance(hop, Each) for hop in hops)
            each = Each(self._parameters[depth])
            yield from self._leaves(declared.item, (*hops, each), (*path, ITEMS), written)
        elif isinstance(declared, Struct):
            for inside in declared.fields:
                inner = f"{written}.{inside.name}" if written else inside.name
                name = Name(inside.name, inside.quoted)
                yield from self._leaves(inside.type, (*hops, name), (*path, inside.name), inner)
        elif isinstance(declared, Scalar):
            yield written, Reference(hops, declared, path)


def _json_path(steps: Sequence[str]) -> str:
    """Write a path for EXTRACTJSONFIELD (`JsonPathTokenizer.java`)."""
    text = "$"
    for step in steps:
        plain = _JSON_NAME.fullmatch(step)
        text += f".{step}" if plain else f"[{json.dumps(step, ensure_ascii=False)}]"
    return text
