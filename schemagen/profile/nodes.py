"""What was seen at one path of a topic's messages, and below it: counts, and no value.

Nodes are a commutative monoid. `Node()` is its zero; `merge` is associative and commutative, so
that partitions, files, processes and days can be profiled apart and merged in any order, and the
result is the same to the byte. Nothing in it depends on the order of messages or of keys.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from schemagen.profile.numbers import IntegerStatistics, NumberStatistics
from schemagen.profile.paths import ANY_KEY, ITEMS, Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NULL, BOOLEAN, INTEGER, NUMBER, STRING, ARRAY, OBJECT = JSON_TYPES = (
    "null",
    "boolean",
    "integer",
    "number",
    "string",
    "array",
    "object",
)
"""The kinds of JSON values, by their names in JSON Schema; a number is one with a fraction or an
exponent (`1.0` is a number, `1` an integer)."""

MAX_DEPTH = 100
"""Below this many levels the inside of objects and arrays is not looked at: ksqlDB's reader stops
at 1,000, and no type nests so deep."""

MAX_KEYS = 2_000
"""An object with more distinct keys than this is collapsed: its keys are counted as one."""

MAX_PATHS = 200_000
"""A profile with more paths than this is given up rather than the memory: objects within objects,
each with nearly `MAX_KEYS` keys, have millions."""


class Lengths:
    """How many, and the least and greatest length: of texts in characters, of arrays in items."""

    __slots__ = ("empty", "greatest", "least")

    def __init__(self) -> None:
        self.empty = 0
        self.least: int | None = None
        self.greatest: int | None = None

    def merge(self, other: Lengths) -> None:
        """Take in what another saw."""
        self.empty += other.empty
        if other.least is not None and other.greatest is not None:
            self.widen(other.least, other.greatest)

    def widen(self, least: int, greatest: int) -> None:
        """Count lengths of which these are the least and the greatest."""
        if self.least is None or least < self.least:
            self.least = least
        if self.greatest is None or greatest > self.greatest:
            self.greatest = greatest


class Node:
    """What was seen at one path.

    Attributes:
        repeated: the path lies inside an array, so that one message can hold several values of it.
        counts: occurrences by kind, in the order of `JSON_TYPES`.
        messages: in how many messages each kind occurred; below a collapsed object in how many
            pairs of a message and a key. Equal to `counts` unless `repeated`.
        integers, numbers: ranges and exactness of what was seen of the kind.
        formats: strings by format class.
        text, items_length: lengths of the strings and of the arrays.
        content: what the texts that are JSON objects hold, None before the first of them.
        items: what was seen inside the arrays, None before the first array.
        fields: what was seen under each key of the objects.
        collapsed: what was seen under all keys together, once they were too many to tell apart.
        empty_objects: how many of the objects had no key.
        kinds: by kind of event (`schemagen.profile.kinds`) in how many messages a value other than
            null was here; None where that is not counted: inside arrays, below a collapsed object,
            or everywhere.

    """

    __slots__ = (
        "any_key",
        "content",
        "counts",
        "empty_objects",
        "fields",
        "formats",
        "integers",
        "items",
        "items_length",
        "kinds",
        "messages",
        "numbers",
        "repeated",
        "text",
    )

    def __init__(self, *, repeated: bool = False) -> None:
        self.repeated = repeated
        self.counts = [0] * len(JSON_TYPES)
        self.messages = [0] * len(JSON_TYPES) if repeated else self.counts
        self.integers = IntegerStatistics()
        self.numbers = NumberStatistics()
        self.formats: Counter[str] = Counter()
        self.text = Lengths()
        self.items_length = Lengths()
        self.content: Node | None = None
        self.items: Node | None = None
        self.fields: dict[str, Node] = {}
        self.any_key: Node | None = None
        self.empty_objects = 0
        self.kinds: dict[str, int] | None = None

    # -- reading ------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """How many values were seen here, of any kind."""
        return sum(self.counts)

    def count(self, kind: str) -> int:
        """Return how many values of one kind were seen here."""
        return self.counts[JSON_TYPES.index(kind)]

    def types(self) -> frozenset[str]:
        """Return the types seen here."""
        return frozenset(kind for kind, n in zip(JSON_TYPES, self.counts, strict=True) if n)

    def by_type(self) -> dict[str, int]:
        """Return how many values of each kind were seen here, without the kinds that weren't."""
        return {kind: n for kind, n in zip(JSON_TYPES, self.counts, strict=True) if n}

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        """Yield every path and node below and including this one, parents first."""
        yield path, self
        for name in sorted(self.fields):
            yield from self.fields[name].walk((*path, name))
        if self.any_key is not None:
            yield from self.any_key.walk((*path, ANY_KEY))
        if self.items is not None:
            yield from self.items.walk((*path, ITEMS))

    def size(self) -> int:
        """Count the nodes here and below."""
        return len(self.nodes())

    # -- kinds of events ----------------------------------------------------------------------

    def count_kinds(self, counts: Mapping[str, int], sign: int = 1) -> None:
        """Count values by the kinds of their messages, or with -1 take them back."""
        kinds = self.kinds
        if kinds is None:
            kinds = self.kinds = {}
            if sign > 0:
                kinds.update(counts)
                return
        for kind, n in counts.items():
            kinds[kind] = kinds.get(kind, 0) + sign * n

    def drop_zeros(self) -> None:
        """Leave the kinds out of which there was null alone."""
        kinds = self.kinds
        if kinds is not None and 0 in kinds.values():
            self.kinds = {kind: n for kind, n in kinds.items() if n}

    def nodes(self) -> list[Node]:
        """List this node and all below it."""
        found = []
        rest = [self]
        while rest:
            node = rest.pop()
            found.append(node)
            rest.extend(node.fields.values())
            rest.extend(
                inner for inner in (node.any_key, node.items, node.content) if inner is not None
            )
        return found

    def forget_kinds(self) -> None:
        """Take back what is counted by kind, here and below."""
        for node in self.nodes():
            node.kinds = None

    # -- merging ------------------------------------------------------------------------------

    def merge(self, other: Node) -> None:
        """Take in all that `other` saw; `other` must not be used afterwards."""
        for kind, n in enumerate(other.counts):
            self.counts[kind] += n
        if self.repeated:
            for kind, n in enumerate(other.messages):
                self.messages[kind] += n
        self.integers.merge(other.integers)
        self.numbers.merge(other.numbers)
        self.formats.update(other.formats)
        self.text.merge(other.text)
        self.items_length.merge(other.items_length)
        self.empty_objects += other.empty_objects
        if other.kinds is not None:
            self.count_kinds(other.kinds)
        self.content = _joined(self.content, other.content)
        self.items = _joined(self.items, other.items)
        if self.any_key is not None or other.any_key is not None:
            self.collapse().merge(other.collapse())
            return
        for key, node in other.fields.items():
            mine = self.fields.get(key)
            if mine is None:
                self.fields[key] = node
            else:
                mine.merge(node)
        self.collapse_if_too_many()

    def collapse(self) -> Node:
        """Count all keys of the objects here as one, and return the node that does."""
        if self.any_key is None:
            self.any_key = merged(self.fields.values(), repeated=self.repeated)
            self.any_key.forget_kinds()
            self.fields = {}
        return self.any_key

    def collapse_if_too_many(self) -> None:
        """Collapse an object that has more than `MAX_KEYS` distinct keys."""
        if len(self.fields) > MAX_KEYS:
            self.collapse()


def _joined(mine: Node | None, other: Node | None) -> Node | None:
    if mine is None or other is None:
        return mine or other
    mine.merge(other)
    return mine


def merged(nodes: Iterable[Node], *, repeated: bool) -> Node:
    """Merge nodes into one, using them up."""
    result = Node(repeated=repeated)
    for node in nodes:
        result.merge(node)
    return result
