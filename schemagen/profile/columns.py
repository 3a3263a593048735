"""Counting in columns: all values of one path in a batch of messages are counted together.

A column knows what it met before, so that most of a batch takes a few steps of the interpreter and
the rest happens in C: objects of one set of keys (`schemagen.profile.transpose`) are transposed
at once, and texts that were met before (`schemagen.profile.texts`) need no second look. None of
this shows in the result: the nodes are the same whatever was learnt.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

from schemagen.profile import nodes
from schemagen.profile.formats import json_object
from schemagen.profile.nodes import (
    ARRAY,
    BOOLEAN,
    INTEGER,
    JSON_TYPES,
    MAX_DEPTH,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Node,
)
from schemagen.profile.tags import Tagged, Tags
from schemagen.profile.texts import TextCounter
from schemagen.profile.transpose import KeySet, columns_by_key, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.profile.budget import Budget
    from schemagen.profile.transpose import Objects, Owners

_NULL, _INTEGER, _NUMBER, _STRING, _ARRAY, _OBJECT = map(
    JSON_TYPES.index, (NULL, INTEGER, NUMBER, STRING, ARRAY, OBJECT)
)
_KIND_OF_TYPE: dict[type, int] = {
    type(None): _NULL,
    bool: JSON_TYPES.index(BOOLEAN),
    int: _INTEGER,
    float: _NUMBER,
    Decimal: _NUMBER,
    str: _STRING,
    list: _ARRAY,
    dict: _OBJECT,
}

_MAX_SHAPES = 100
_LEAST_GROUP = 4
"""Fewer objects of one set of keys are counted key by key, together with those of other sets."""

_MAX_KEY_SETS = 2_000


class KeyedCounters:
    """A set of keys that objects of one path have, with the counter of each key's values.

    Attributes:
        fields: the counters, in the order of the columns that `transpose` returns.
        kinds: the objects by the kind of their message, as far as `settle` hasn't counted them yet
            at each of the keys.

    """

    __slots__ = ("_keys", "_same", "_same_counts", "fields", "kinds")

    def __init__(self, keys: Sequence[str], fields: Sequence[ValueCounter]) -> None:
        self.fields = fields
        self.kinds: dict[str, int] = {}
        self._keys = KeySet(keys)
        # An object of nothing but texts, to which those met last were all equal; and beside each
        # of its texts the node and the class.
        self._same: dict[str, Any] | None = None
        self._same_counts: list[tuple[Node, str]] = []

    def transpose(self, objects: Sequence[Any]) -> Iterable[Sequence[Any]] | None:
        """Return the values by key, or None unless all are objects of just these keys."""
        return self._keys.transpose(objects)

    def count_same(self, objects: Sequence[Any]) -> bool:
        """Count objects that are all equal to those met last; return whether they are."""
        if self._same is None:
            return False
        n = len(objects)
        # What is equal to an object of texts is one: nothing else is equal to a text.
        if objects.count(self._same) < n:
            self._same = None
            return False
        for node, name in self._same_counts:
            node.counts[_STRING] += n
            node.formats[name] += n
        return True

    def count_kinds(self, tags: Tags) -> None:
        """Count objects by the kind of their message, at all of their keys."""
        kinds = self.kinds
        for kind, n in tags.counts().items():
            kinds[kind] = kinds.get(kind, 0) + n

    def learn_same(self, objects: Sequence[Any]) -> None:
        """Expect more like these objects, which were counted, if they seem to be all equal.

        Many parts of a message describe its sender, and stay the same as long as that does.
        """
        same = objects[0]
        if same != objects[-1]:
            return
        counts = []
        for key, field in zip(self._keys.keys, self.fields, strict=True):
            name = field.texts.class_of(same[key])
            if name is None:
                return
            counts.append((field.node, name))
        self._same, self._same_counts = same, counts


class ValueCounter:
    """Counts the values of one path into its node.

    Args:
        node: what to count into; nobody else may change it as long as the column is used.
        budget: what this column shares with the others of the profile.
        depth: how deep the path is.

    """

    __slots__ = (
        "_any_key",
        "_budget",
        "_content",
        "_depth",
        "_fields",
        "_items",
        "_key_sets",
        "_likely",
        "_shape",
        "_shapes",
        "node",
        "texts",
    )

    def __init__(self, node: Node, budget: Budget, depth: int = 0) -> None:
        self.node = node
        self._budget = budget
        self._depth = depth
        self.texts = TextCounter(node, budget)
        self._shape: KeyedCounters | None = None
        # By the hash of their keys, and by their number: the one that most of these had.
        self._shapes: dict[int, KeyedCounters] = {}
        self._likely: dict[int, KeyedCounters] = {}
        self._fields: dict[str, ValueCounter] = {}
        # Objects of no shape, by the kinds of their messages and their keys, not counted yet.
        self._key_sets: dict[tuple[str, tuple[str, ...]], int] = {}
        self._any_key: ValueCounter | None = None
        self._content: ValueCounter | None = None
        self._items: ValueCounter | None = None

    def add(
        self, values: Sequence[Any], owners: Owners | None = None, tags: Tags | None = None
    ) -> None:
        """Count a column of values.

        How many there are by kind, null among them, the caller counts.

        Args:
            values: decoded JSON values of this path; not empty.
            owners: beside each value the number of the message it belongs to, unique among all
                columns of this batch; None where no two values belong to the same one.
            tags: the kinds of the messages, None where they are not to be counted.

        Raises:
            TooManyPathsError: there is no room for a path (`schemagen.profile.budget`).

        """
        if owners is None and self._add_alike(values, tags):
            return
        types = set(map(type, values))
        if len(types) == 1:
            self._add_kind(_KIND_OF_TYPE[types.pop()], values, owners, tags)
            return
        columns: dict[int, list[Any]] = {_KIND_OF_TYPE[t]: [] for t in types}
        for value in values:
            columns[_KIND_OF_TYPE[type(value)]].append(value)
        for kind, column in columns.items():
            own = owners
            if owners is not None:
                pairs = zip(owners, values, strict=True)
                own = [owner for owner, value in pairs if _KIND_OF_TYPE[type(value)] == kind]
            mine = None
            if tags is not None and kind == _OBJECT:
                mine = tags.of_objects(values)
            elif tags is not None and kind == _NULL:
                self.node.count_kinds(tags.of_nulls(values), -1)
            self._add_kind(kind, column, own, mine)

    def settle(self) -> None:
        """Count at each key what was counted by kind for many keys at once."""
        for shape in self._shapes.values():
            if shape.kinds:
                for field in shape.fields:
                    field.node.count_kinds(shape.kinds)
                shape.kinds = {}
        self._settle_key_sets()
        for each in self._fields.values():
            if each._fields:
                each.settle()
            each.node.drop_zeros()

    def _settle_key_sets(self) -> None:
        for (kind, keys), n in self._key_sets.items():
            counts = {kind: n}
            for key in keys:
                self._fields[key].node.count_kinds(counts)
        self._key_sets = {}

    def _add_alike(self, values: Sequence[Any], tags: Tags | None) -> bool:
        """Count values that are all like some met before; return whether they are.

        No two values may belong to the same message.
        """
        if self._shape is not None:
            if self._shape.count_same(values):
                if tags is not None:
                    self._shape.count_kinds(tags)
            else:
                columns = self._shape.transpose(values)
                if columns is None:
                    return False
                self._spread(self._shape, columns, len(values), tags)
                self._shape.learn_same(values)
            self.node.counts[_OBJECT] += len(values)
            return True
        return self.texts.add_known(values)

    def _add_kind(
        self, kind: int, column: Sequence[Any], owners: Owners | None, tags: Tags | None
    ) -> None:
        """Count values of one kind."""
        self._count(kind, len(column), owners)
        if kind == _STRING:
            if self.texts.add(column):
                self._add_json_texts(column, owners)
        elif kind == _INTEGER:
            self.node.integers.add(column)
        elif kind == _NUMBER:
            self.node.numbers.add(column)
        elif kind == _OBJECT:
            self._add_objects(column, owners, tags)
        elif kind == _ARRAY:
            self._add_arrays(column, owners)
        elif kind == _NULL and tags is not None:
            self.node.count_kinds(tags.counts(), -1)

    def _count(self, kind: int, n: int, owners: Owners | None) -> None:
        node = self.node
        node.counts[kind] += n
        if node.repeated:
            node.messages[kind] += n if owners is None else len(set(owners))

    # -- JSON in texts ------------------------------------------------------------------------

    def _add_json_texts(self, column: Sequence[str], owners: Owners | None) -> None:
        """Count what the texts that are JSON objects hold."""
        if self.node.content is None:
            self._budget.take_path()
            self.node.content = Node(repeated=self.node.repeated)
        if self._content is None:
            self._content = ValueCounter(self.node.content, self._budget, self._depth + 1)
        found = [json_object(text) for text in column]
        values = [value for value in found if value is not None]
        if owners is not None:
            pairs = zip(owners, found, strict=True)
            owners = [owner for owner, value in pairs if value is not None]
        self._content.add(values, owners)

    # -- arrays -------------------------------------------------------------------------------

    def _add_arrays(self, column: Sequence[list[Any]], owners: Owners | None) -> None:
        node = self.node
        lengths = list(map(len, column))
        node.items_length.widen(min(lengths), max(lengths))
        node.items_length.empty += lengths.count(0)
        if node.items is None:
            self._budget.take_path()
            node.items = Node(repeated=True)
        flat = list(chain.from_iterable(column))
        if not flat or self._depth >= MAX_DEPTH:
            return
        if self._items is None:
            self._items = ValueCounter(node.items, self._budget, self._depth + 1)
        if owners is None:
            owners = list(range(len(column)))
        self._items.add(flat, list(chain.from_iterable(map(repeat, owners, lengths))))

    # -- objects ------------------------------------------------------------------------------

    def _add_objects(self, column: Objects, owners: Owners | None, tags: Tags | None) -> None:
        if not all(column):
            self.node.empty_objects += sum(1 for value in column if not value)
        if self._depth >= MAX_DEPTH:
            return
        if owners is not None:
            self._add_owned(column, owners)
        elif self.node.any_key is not None:
            self._add_under_any_key(column, None)
        else:
            self._add_grouped(column, tags)

    def _add_grouped(self, column: Objects, tags: Tags | None) -> None:
        """Count objects of different keys: those of the same keys together."""
        others = Tagged()
        # It did not fit these objects, or was never known: trying it first would only cost time.
        self._shape = None
        if len(column) < _LEAST_GROUP and not self._shapes:
            others.add(column, tags)
            self._add_owned(column, None, None if tags is None else others)
            return
        groups = grouped(column, map(len, column), tags)
        for length, (group, own) in groups.items():
            # Most often all of a length have the same keys: the transposition tells, for less
            # than looking at all keys of each.
            shape = self._likely.get(length)
            columns = None if shape is None else shape.transpose(group)
            if shape is None or columns is None:
                self._add_by_keys(length, group, own, others)
                continue
            self._spread(shape, columns, len(group), own)
            if len(groups) == 1:
                self._shape = shape
        if others.objects:
            self._add_owned(others.objects, None, None if tags is None else others)

    def _add_by_keys(self, length: int, column: Objects, tags: Tags | None, others: Tagged) -> None:
        """Count objects of one length; add to `others` those that are too few for a shape."""
        # Two sets of keys can have the same hash: only the transposition can tell.
        groups = grouped(column, map(hash, map(frozenset, column)), tags)
        for key, (group, own) in groups.items():
            shape = self._shapes.get(key)
            if shape is None:
                shape = self._new_shape(key, group)
            columns = None if shape is None else shape.transpose(group)
            if shape is None or columns is None:
                others.add(group, own)
                continue
            self._spread(shape, columns, len(group), own)
            if 2 * len(group) >= len(column):
                self._likely[length] = shape

    def _new_shape(self, key: int, group: Objects) -> KeyedCounters | None:
        """Make the shape of some objects, if it is likely to pay."""
        keys = list(group[0])
        if (
            not keys
            or len(group) < _LEAST_GROUP
            or len(self._shapes) >= _MAX_SHAPES
            or self._budget.learnt < len(keys)
            or not self._has_room(keys)
        ):
            return None
        self._budget.learnt -= len(keys)
        shape = self._shapes[key] = KeyedCounters(keys, [self._field(key) for key in keys])
        return shape

    @staticmethod
    def _spread(
        shape: KeyedCounters, columns: Iterable[Sequence[Any]], n: int, tags: Tags | None
    ) -> None:
        """Count the values of objects of one shape, which belong to `n` different messages."""
        if tags is not None:
            shape.count_kinds(tags)
        for field, values in zip(shape.fields, columns):  # noqa: B905 - as long by construction
            # `TextCounter.add_known` would do the same: here it is spared the calls.
            known = field.texts.known
            if known:
                try:
                    if known.issuperset(values):
                        # So all are texts, for nothing else is equal to one.
                        node = field.node
                        node.counts[_STRING] += n
                        node.formats[field.texts.known_class] += n
                        continue
                except TypeError:  # an object or an array is in no set
                    pass
            field.add(values, None, tags)

    def _add_owned(
        self, column: Objects, owners: Owners | None, tagged: Tagged | None = None
    ) -> None:
        """Count objects key by key, each key of all of them together."""
        if self.node.any_key is None:
            columns = columns_by_key(column, owners)
            if self._has_room(columns):
                tags = None if tagged is None else Tags(None, tagged)
                for key, (inners, own) in columns.items():
                    if tags is not None:
                        tags.at(key)
                    self._field(key).add(inners, own, tags)
                if tagged is not None:
                    tagged.count_keys(self._key_sets)
                    if len(self._key_sets) > _MAX_KEY_SETS:
                        self._settle_key_sets()
                return
            self._collapse()
        self._add_under_any_key(column, owners)

    def _has_room(self, keys: Iterable[str]) -> bool:
        """Return whether the object will still be told apart by its keys with these added."""
        fields = self.node.fields
        return len(fields) + sum(1 for key in keys if key not in fields) <= nodes.MAX_KEYS

    def _field(self, key: str) -> ValueCounter:
        column = self._fields.get(key)
        if column is None:
            node = self.node.fields.get(key)
            if node is None:
                self._budget.take_path()
                node = self.node.fields[key] = Node(repeated=self.node.repeated)
            column = self._fields[key] = ValueCounter(node, self._budget, self._depth + 1)
        return column

    def _collapse(self) -> None:
        before = self.node.size()
        self.node.collapse()
        self._budget.paths += before - self.node.size()
        self._fields, self._shapes, self._likely, self._shape = {}, {}, {}, None
        self._key_sets = {}

    def _add_under_any_key(self, column: Objects, owners: Owners | None) -> None:
        """Count what lies under any key together.

        The owner of a value is then the pair of its message and its key: what separate keys would
        have counted, each for itself.
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
        if self._any_key is None:
            self._any_key = ValueCounter(self.node.collapse(), self._budget, self._depth + 1)
        self._any_key.add(inners, pairs)
