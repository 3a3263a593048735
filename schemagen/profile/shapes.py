"""Objects of the same keys, in whatever order, turned from rows into columns."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from schemagen.profile.nodes import KINDS, STRING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.profile.columns import ValueCounter
    from schemagen.profile.nodes import Node

    Objects = Sequence[dict[str, Any]]
    Owners = list[int]
    """Beside each value the number of the message that it belongs to."""

_STRING = KINDS.index(STRING)


class KeySet:
    """A set of keys that objects have, with the column of each."""

    __slots__ = ("_keys", "_same", "_same_counters", "columns", "get", "size")

    def __init__(self, keys: Sequence[str], columns: Sequence[ValueCounter]) -> None:
        self.columns = columns
        self.get = itemgetter(*keys)
        self.size = len(keys)
        self._keys = keys
        # An object of nothing but texts, to which those met last were all equal; and beside each
        # of its texts the node and the class.
        self._same: dict[str, Any] | None = None
        self._same_counters: list[tuple[Node, str]] = []

    def count_same(self, objects: Sequence[Any]) -> bool:
        """Count objects that are all equal to those met last; tell whether they are."""
        if self._same is None:
            return False
        n = len(objects)
        # What is equal to an object of texts is one: nothing else is equal to a text.
        if objects.count(self._same) < n:
            self._same = None
            return False
        for node, name in self._same_counters:
            node.counts[_STRING] += n
            node.formats[name] += n
        return True

    def learn_same(self, objects: Sequence[Any]) -> None:
        """Expect more like these objects, which were counted, if they seem to be all equal.

        Many parts of a message tell of its sender, and stay the same as long as that does.
        """
        same = objects[0]
        if same != objects[-1]:
            return
        counters = []
        for key, column in zip(self._keys, self.columns, strict=True):
            name = column.texts.class_of(same[key])
            if name is None:
                return
            counters.append((column.node, name))
        self._same, self._same_counters = same, counters

    def transpose(self, objects: Sequence[Any]) -> Iterable[Sequence[Any]] | None:
        """Give the values by key, or None unless all are objects of just these keys."""
        try:
            rows = list(map(self.get, objects))
        except (KeyError, TypeError):
            # No other type has items by text, so there is no need to look at the types.
            return None
        # None has fewer keys: so only if all have as many does the sum come out.
        if sum(map(len, objects)) != self.size * len(rows):
            return None
        return (rows,) if self.size == 1 else zip(*rows)  # noqa: B905 - as long by construction


def grouped(objects: Objects, by: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Group objects by the numbers beside them."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for number, value in zip(by, objects):  # noqa: B905 - as long by construction
        try:
            groups[number].append(value)
        except KeyError:
            groups[number] = [value]
    return groups


def columns_by_key(
    objects: Objects, owners: Owners | None
) -> dict[str, tuple[list[Any], Owners | None]]:
    """Turn rows into columns: beside each key all its values, and their owners where known."""
    columns: dict[str, tuple[list[Any], Owners | None]] = {}
    if owners is None:
        for value in objects:
            for key, inner in value.items():
                try:
                    columns[key][0].append(inner)
                except KeyError:
                    columns[key] = ([inner], None)
        return columns
    for owner, value in zip(owners, objects, strict=True):
        for key, inner in value.items():
            try:
                inners, own = columns[key]
            except KeyError:
                columns[key] = ([inner], [owner])
            else:
                inners.append(inner)
                own.append(owner)  # type: ignore[union-attr]  # set beside the first value
    return columns
