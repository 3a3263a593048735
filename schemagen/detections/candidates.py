"""The values of events that can match, read and lower-cased once for all bundles.

Texts go into two MAPs, as they are and in lower case: a subscript calls no function, and fields
that an event lacks cost nothing, where a column for each would be written as null. What is not text
becomes a column. The bundles then read this stream: none of them parses the whole event again, goes
down the STRUCTs again, or lower-cases a text again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.envelope import alias, column, stream
from schemagen.detections.predicates import is_not_null
from schemagen.ksqldb.dialect import (
    call,
    parse_expression,
    rebuilt,
    subscript,
    with_properties,
    write_expression,
)
from schemagen.ksqldb.names import needs_quotes, string_literal
from schemagen.ksqldb.types import VARCHAR, Struct
from schemagen.ksqldb.watched import declared_steps, steps_of, type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from schemagen.detections.envelope import AlertSource
    from schemagen.ksqldb.watched import Steps

_Chain = tuple[tuple[str, str], ...]

TEXTS, LOWER = "T", "L"
"""The MAPs of texts: as they are, and in lower case. Each rule names them often."""
_PLACES = (exp.Anonymous, exp.Bracket, exp.Column, exp.Dot)
"""What can stand for a value of an event."""
_MOST = 1_000
"""The entries of one MAP: the engine chains the items of a constructor."""


class CandidateValues:
    """Rewrites expressions to what the stream of candidates has, and remembers what it needs.

    Args:
        columns: the columns of the events.
        taken: names that the stream has already.
        parameters: two names for the parameters of lambdas, none of them that of a column.

    """

    def __init__(self, columns: Struct, taken: Sequence[str], parameters: Sequence[str]) -> None:
        self._all = columns
        self._taken = {*taken, TEXTS, LOWER}
        self._parameters = parameters
        self._columns: dict[object, tuple[str, exp.Expr]] = {}
        self._keys = _keys(columns)
        self._texts: dict[str, dict[str, tuple[int, exp.Expr]]] = {TEXTS: {}, LOWER: {}}
        self._are_texts: dict[Steps, bool] = {}
        self._names: dict[tuple[str, str | None], str] = {}
        self._has: dict[str, str] = {}

    def rewrite(
        self,
        node: exp.Expr,
        replace: Callable[[exp.Expr], exp.Expr | None] | None = None,
        uses: dict[str, str] | None = None,
    ) -> exp.Expr:
        """Return an expression over the candidates; the given one stays as it is.

        Args:
            node: an expression over the events.
            replace: gives what stands for a part, over the events; None where the part stays.
            uses: the values of events that it reads, written, and the columns that have them;
                those of this expression are added.

        """

        def found(part: exp.Expr) -> exp.Expr | None:
            other = None if replace is None else replace(part)
            if other is not None:
                return self.rewrite(other, uses=uses)
            value = self._value(part)
            if value is not None and uses is not None:
                uses[self._written(part, value)] = _column_of(value)
            return value

        return rebuilt(node, found)

    def has(self, uses: Mapping[str, str]) -> bool:
        """Add values of events by what they were written as; tell whether they are where they were.

        Args:
            uses: the values, written, and the columns that had them.

        """
        is_same = True
        for written, name in uses.items():
            if written not in self._has:
                value = self._value(parse_expression(written))
                self._has[written] = "" if value is None else _column_of(value)
            is_same &= self._has[written] == name
        return is_same

    def _written(self, part: exp.Expr, value: exp.Expr) -> str:
        """Write a value of an event; each is written once."""
        name = _column_of(value)
        key = value.expressions[0].this if isinstance(value, exp.Bracket) else None
        if (name, key) not in self._names:
            self._names[name, key] = write_expression(part)
        return self._names[name, key]

    def _value(self, part: exp.Expr) -> exp.Expr | None:
        """Return what stands for a value of an event; None for anything else."""
        if not isinstance(part, _PLACES):
            return None
        return self._text(part) or self._joined(part) or self._column(part)

    def projections(self) -> list[exp.Expr]:
        """Return the columns of the stream, sorted by name, and its MAPs."""
        own = [
            alias(node, name, quoted=_is_quoted(name))
            for name, node in sorted(self._columns.values(), key=_first)
        ]
        return [*own, *self._maps()]

    # -- texts ---------------------------------------------------------------------------------

    def _text(self, node: exp.Expr) -> exp.Expr | None:
        """Return the entry of a MAP that stands for a text or its lower case; None for others."""
        is_lower = isinstance(node, exp.Anonymous) and node.name == "LCASE"
        inner = node.expressions[0] if is_lower else node
        steps = steps_of(inner)
        if steps is None or not self._is_text(steps):
            return None
        key = self._keys[steps]
        entries = self._texts[LOWER if is_lower else TEXTS]
        if key not in entries:
            entries[key] = (len(entries), inner.copy())
        name = self._map_of(entries[key][0], is_lower)
        return subscript(column(name, quoted=False), key)

    def _is_text(self, steps: Steps) -> bool:
        known = self._are_texts.get(steps)
        if known is None:
            known = self._are_texts[steps] = type_of(self._all, steps) == VARCHAR
        return known

    @staticmethod
    def _map_of(place: int, is_lower: bool) -> str:  # noqa: FBT001 - which of the two
        name, number = LOWER if is_lower else TEXTS, place // _MOST
        return f"{name}{number + 1}" if number else name

    def _maps(self) -> Iterator[exp.Expr]:
        for name, entries in self._texts.items():
            known = [(key, node) for key, (_, node) in entries.items()]
            for start in range(0, len(known), _MOST):
                part = sorted(known[start : start + _MOST], key=_first)
                made = self._map(part, is_lower=name == LOWER)
                yield alias(made, self._map_of(start, name == LOWER), quoted=False)

    def _map(self, entries: Sequence[tuple[str, exp.Expr]], *, is_lower: bool) -> exp.Expr:
        key, value = (exp.Identifier(this=name, quoted=False) for name in self._parameters)
        made = exp.Map(
            keys=exp.Array(expressions=[string_literal(name) for name, _ in entries]),
            values=exp.Array(expressions=[node.copy() for _, node in entries]),
        )
        known = exp.Lambda(this=is_not_null(value.copy()), expressions=[key.copy(), value.copy()])
        found = call("FILTER", made, known)
        if not is_lower:
            return found
        same = exp.Lambda(this=key.copy(), expressions=[key.copy(), value.copy()])
        lower = exp.Lambda(this=call("LCASE", value.copy()), expressions=[key, value])
        return call("TRANSFORM", found, same, lower)

    def _joined(self, node: exp.Expr) -> exp.Expr | None:
        """Return the column that stands for many texts that are searched as one."""
        is_joined = isinstance(node, exp.Anonymous) and node.name == "CONCAT_WS"
        if not is_joined or not all(steps_of(each) for each in node.expressions[1:]):
            return None
        return self._made(write_expression(node), "KEYWORDS", node)

    # -- what is not text -----------------------------------------------------------------------

    def _column(self, node: exp.Expr) -> exp.Expr | None:
        """Return the column that stands for an expression; None where none does."""
        lower = isinstance(node, exp.Anonymous) and node.name == "LCASE"
        chain = _chain(node.expressions[0] if lower else node)
        if chain is None:
            return None
        steps = steps_of(node)
        name = ".".join(step[0] for step in chain) + (" (lower case)" if lower else "")
        if steps is not None:
            name = self._keys.get(steps, name)
        return self._made((lower, chain), name, node)

    def _made(self, key: object, wanted: str, node: exp.Expr) -> exp.Expr:
        """Return the column of an expression, under a name of its own."""
        if key not in self._columns:
            number, unique = 1, wanted
            while unique in self._taken:
                number += 1
                unique = f"{wanted} ({number})"
            self._taken.add(unique)
            self._columns[key] = (unique, node.copy())
        name = self._columns[key][0]
        return column(name, quoted=_is_quoted(name))


def _column_of(value: exp.Expr) -> str:
    """Name the column of candidates in which a value is."""
    column = value.this if isinstance(value, exp.Bracket) else value
    return str(column.this.this)


def free_names(columns: Struct, names: Sequence[str]) -> list[str]:
    """Return names for the parameters of lambdas, none of them that of a column.

    Args:
        columns: the columns.
        names: the names that are wanted; letters are added to one that a column has.

    """
    taken = {field.stored.upper() for field in columns.fields}
    found: list[str] = []
    for name in names:
        spellings = (name + "X" * more for more in range(len(taken) + 1))
        found.append(next(each for each in spellings if each not in taken))
        taken.add(found[-1])
    return found


def candidates_stream(name: str, topic: str, origin: AlertSource, query: exp.Select) -> exp.Create:
    """Make the stream of the candidates.

    Args:
        name: its name.
        topic: the topic of the alerts.
        origin: the stream of the events.
        query: what picks the candidates.

    """
    return exp.Create(
        this=stream(name),
        kind="STREAM",
        properties=with_properties({"KAFKA_TOPIC": f"{topic}_candidates", **origin.made_as()}),
        expression=query,
    )


def _keys(columns: Struct) -> Mapping[Steps, str]:
    """Name each field by its own name where it is the only one of it, else by the whole way.

    So a name depends on the columns, and on no rule.
    """
    ways = list(declared_steps(columns))
    counts = Counter(steps[-1] for steps in ways)
    names = {steps: steps[-1] if counts[steps[-1]] == 1 else ".".join(steps) for steps in ways}
    twice = Counter(names.values())
    return {
        steps: name if twice[name] == 1 else "->".join(f"`{step}`" for step in steps)
        for steps, name in names.items()
    }


def _is_quoted(name: str) -> bool:
    return needs_quotes(name) or name != name.upper()


def _first(pair: tuple[str, exp.Expr]) -> str:
    return pair[0]


def _chain(node: exp.Expr) -> _Chain | None:
    """Return the steps of a way from a column down; None where a node is none."""
    steps: list[tuple[str, str]] = []
    while isinstance(node, (exp.Dot, exp.Bracket)):
        part = node.expression if isinstance(node, exp.Dot) else node.expressions[0]
        if not isinstance(part, (exp.Identifier, exp.Literal)):
            return None
        steps.append((part.name, _kind(part)))
        node = node.this
    if not isinstance(node, exp.Column):
        return None
    steps.append((node.name, _kind(node.this)))
    return tuple(reversed(steps))


def _kind(part: exp.Expr) -> str:
    return f"{type(part).__name__} {part.args.get('quoted')}"
