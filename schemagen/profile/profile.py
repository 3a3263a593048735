"""The profile: what was seen at every path of a topic's messages, and no value of them.

A profile is a commutative monoid. `Node()` is its zero; `merge` is associative and commutative, so
that partitions, files, processes and days can be profiled apart and merged in any order, and the
result is the same to the byte. Nothing in it depends on the order of messages or of keys.

Values are added in columns: all values of one path in a batch of messages are counted together,
which leaves to Python only what differs between messages.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from schemagen.profile.formats import classify
from schemagen.profile.numbers import Integers, Numbers
from schemagen.profile.paths import ANY_KEY, ITEMS, Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NULL, BOOLEAN, INTEGER, NUMBER, STRING, ARRAY, OBJECT = KINDS = (
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

_NULL, _BOOLEAN, _INTEGER, _NUMBER, _STRING, _ARRAY, _OBJECT = range(len(KINDS))

_KIND_OF_TYPE: dict[type, int] = {
    type(None): _NULL,
    bool: _BOOLEAN,
    int: _INTEGER,
    float: _NUMBER,
    Decimal: _NUMBER,
    str: _STRING,
    list: _ARRAY,
    dict: _OBJECT,
}

MAX_DEPTH = 100
"""Below this many levels the inside of objects and arrays is not looked at: ksqlDB's reader stops
at 1,000, and no type nests so deep."""

MAX_KEYS = 2_000
"""An object with more distinct keys than this is folded: its keys are counted as one."""

Owners = list[int]


class Lengths:
    """How many, and the least and greatest length: of texts in characters, of arrays in items."""

    __slots__ = ("empty", "greatest", "least")

    def __init__(self) -> None:
        self.empty = 0
        self.least: int | None = None
        self.greatest: int | None = None

    def add(self, lengths: Sequence[int]) -> None:
        """Count lengths (not empty)."""
        self._widen(min(lengths), max(lengths))

    def merge(self, other: Lengths) -> None:
        """Take in what another saw."""
        self.empty += other.empty
        if other.least is not None and other.greatest is not None:
            self._widen(other.least, other.greatest)

    def _widen(self, least: int, greatest: int) -> None:
        if self.least is None or least < self.least:
            self.least = least
        if self.greatest is None or greatest > self.greatest:
            self.greatest = greatest


class Node:
    """What was seen at one path.

    Attributes:
        repeated: the path lies inside an array, so that one message can hold several values of it.
        counts: occurrences by kind, in the order of `KINDS`.
        messages: in how many messages each kind occurred; below a folded object in how many
            pairs of a message and a key. Equal to `counts` unless `repeated`.
        integers, numbers: ranges and exactness of what was seen of the kind.
        formats: strings by format class.
        text, items_length: lengths of the strings and of the arrays.
        items: what was seen inside the arrays, None before the first array.
        fields: what was seen under each key of the objects.
        folded: what was seen under all keys together, once they were too many to tell apart.
        empty_objects: how many of the objects had no key.

    """

    __slots__ = (
        "counts",
        "empty_objects",
        "fields",
        "folded",
        "formats",
        "integers",
        "items",
        "items_length",
        "messages",
        "numbers",
        "repeated",
        "text",
    )

    def __init__(self, *, repeated: bool = False) -> None:
        self.repeated = repeated
        self.counts = [0] * len(KINDS)
        self.messages = [0] * len(KINDS) if repeated else self.counts
        self.integers = Integers()
        self.numbers = Numbers()
        self.formats: Counter[str] = Counter()
        self.text = Lengths()
        self.items_length = Lengths()
        self.items: Node | None = None
        self.fields: dict[str, Node] = {}
        self.folded: Node | None = None
        self.empty_objects = 0

    # -- reading ------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """How many values were seen here, of any kind."""
        return sum(self.counts)

    def count(self, kind: str) -> int:
        """Tell how many values of one kind were seen here."""
        return self.counts[KINDS.index(kind)]

    def kinds(self) -> frozenset[str]:
        """Name the kinds seen here."""
        return frozenset(kind for kind, n in zip(KINDS, self.counts, strict=True) if n)

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        """Yield every path and node below and including this one, parents first."""
        yield path, self
        for name in sorted(self.fields):
            yield from self.fields[name].walk((*path, name))
        if self.folded is not None:
            yield from self.folded.walk((*path, ANY_KEY))
        if self.items is not None:
            yield from self.items.walk((*path, ITEMS))

    # -- adding -------------------------------------------------------------------------------

    def add(self, values: Sequence[Any], owners: Owners | None = None, depth: int = 0) -> None:
        """Count a column of values.

        Args:
            values: decoded JSON values of this path; not empty.
            owners: beside each value the number of the message it belongs to, unique among all
                columns of this batch; None where no two values belong to the same one.
            depth: how deep the path is.

        """
        types = set(map(type, values))
        if len(types) == 1:
            self._add_column(_KIND_OF_TYPE[types.pop()], values, owners, depth)
            return
        columns: dict[int, list[Any]] = {_KIND_OF_TYPE[t]: [] for t in types}
        for value in values:
            columns[_KIND_OF_TYPE[type(value)]].append(value)
        for kind, column in columns.items():
            own = owners
            if owners is not None:
                pairs = zip(owners, values, strict=True)
                own = [owner for owner, value in pairs if _KIND_OF_TYPE[type(value)] == kind]
            self._add_column(kind, column, own, depth)

    def _add_column(
        self, kind: int, column: Sequence[Any], owners: Owners | None, depth: int
    ) -> None:
        """Count values of one kind."""
        self.counts[kind] += len(column)
        if self.repeated:
            self.messages[kind] += len(column) if owners is None else len(set(owners))
        if kind == _STRING:
            self._add_strings(column)
        elif kind == _INTEGER:
            self.integers.add(column)
        elif kind == _NUMBER:
            self.numbers.add(column)
        elif kind == _OBJECT:
            self._add_objects(column, owners, depth)
        elif kind == _ARRAY:
            self._add_arrays(column, owners, depth)

    def _add_strings(self, column: Sequence[str]) -> None:
        distinct = Counter(column)
        self.text.add(list(map(len, distinct)))
        formats = self.formats
        for text, n in distinct.items():
            formats[classify(text)] += n

    def _add_arrays(self, column: Sequence[list[Any]], owners: Owners | None, depth: int) -> None:
        lengths = list(map(len, column))
        self.items_length.add(lengths)
        self.items_length.empty += lengths.count(0)
        if self.items is None:
            self.items = Node(repeated=True)
        flat = list(chain.from_iterable(column))
        if not flat or depth >= MAX_DEPTH:
            return
        if owners is None:
            owners = list(range(len(column)))
        spread = list(chain.from_iterable(map(repeat, owners, lengths)))
        self.items.add(flat, spread, depth + 1)

    def _add_objects(
        self, column: Sequence[dict[str, Any]], owners: Owners | None, depth: int
    ) -> None:
        if not all(column):
            self.empty_objects += sum(1 for value in column if not value)
        if depth >= MAX_DEPTH:
            return
        if self.folded is not None:
            _add_folded(self.folded, column, owners, depth)
            return
        if owners is None:
            for key, inners in _columns(column).items():
                self._field(key).add(inners, None, depth + 1)
        else:
            for key, (inners, own) in _owned_columns(column, owners).items():
                self._field(key).add(inners, own, depth + 1)
        self._fold_if_too_many()

    def _field(self, key: str) -> Node:
        node = self.fields.get(key)
        if node is None:
            node = self.fields[key] = Node(repeated=self.repeated)
        return node

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
        if other.items is not None:
            if self.items is None:
                self.items = other.items
            else:
                self.items.merge(other.items)
        if self.folded is not None or other.folded is not None:
            self.fold().merge(other.fold())
            return
        for key, node in other.fields.items():
            mine = self.fields.get(key)
            if mine is None:
                self.fields[key] = node
            else:
                mine.merge(node)
        self._fold_if_too_many()

    def fold(self) -> Node:
        """Count all keys of the objects here as one, and give the node that does."""
        if self.folded is None:
            self.folded = merged(self.fields.values(), repeated=self.repeated)
            self.fields = {}
        return self.folded

    def _fold_if_too_many(self) -> None:
        if len(self.fields) > MAX_KEYS:
            self.fold()


def _columns(objects: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Turn rows into columns: beside each key all its values."""
    columns: dict[str, list[Any]] = {}
    for value in objects:
        for key, inner in value.items():
            try:
                columns[key].append(inner)
            except KeyError:
                columns[key] = [inner]
    return columns


def _owned_columns(
    objects: Sequence[dict[str, Any]], owners: Owners
) -> dict[str, tuple[list[Any], Owners]]:
    """Turn rows into columns, with the owner beside each value."""
    columns: dict[str, tuple[list[Any], Owners]] = {}
    for owner, value in zip(owners, objects, strict=True):
        for key, inner in value.items():
            inners, own = columns.setdefault(key, ([], []))
            inners.append(inner)
            own.append(owner)
    return columns


def _add_folded(
    node: Node, column: Sequence[dict[str, Any]], owners: Owners | None, depth: int
) -> None:
    """Add what lies under any key of a column of objects to the one node that counts it all.

    The owner of a value is then the pair of its message and its key: what unfolded keys would have
    counted, each for itself.
    """
    inners = list(chain.from_iterable(value.values() for value in column))
    if not inners:
        return
    pairs: Owners | None = None
    if owners is not None:
        numbers: dict[tuple[int, str], int] = {}
        pairs = [
            numbers.setdefault((owner, key), len(numbers))
            for owner, value in zip(owners, column, strict=True)
            for key in value
        ]
    node.add(inners, pairs, depth + 1)


def merged(nodes: Iterable[Node], *, repeated: bool) -> Node:
    """Merge nodes into one, using them up."""
    result = Node(repeated=repeated)
    for node in nodes:
        result.merge(node)
    return result


class Profile:
    """What was seen in a number of messages: the monoid over which everything else is computed.

    Attributes:
        messages: how many messages (decoded objects) it knows.
        root: what was seen of the messages themselves, always objects.

    """

    __slots__ = ("messages", "root")

    def __init__(self) -> None:
        self.messages = 0
        self.root = Node()

    def add(self, messages: Sequence[dict[str, Any]]) -> None:
        """Count a batch of decoded messages."""
        if messages:
            self.messages += len(messages)
            self.root.add(messages)

    def merge(self, other: Profile) -> None:
        """Take in all that `other` saw; `other` must not be used afterwards."""
        self.messages += other.messages
        self.root.merge(other.root)
