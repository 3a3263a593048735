"""Which kind of event the message is of that a value belongs to, beside each value of a column."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MANY = 30
"""From here on a `Counter` is worth its making."""


class Tags:
    """The kinds of the messages that the values of a column belong to, no two to the same one.

    Args:
        names: the kind beside each value; None where `at` names the column.

    """

    __slots__ = ("_counts", "_key", "_names", "_objects")

    def __init__(self, names: list[str] | None, objects: Tagged | None = None) -> None:
        self._names = names
        self._objects = objects
        self._key = ""
        self._counts: dict[str, int] | None = None

    def at(self, key: str) -> Tags:
        """Go over to the values of a key, in those of the objects that have it.

        The kinds are looked up only if somebody asks, for most columns need none.
        """
        self._key = key
        self._names = self._counts = None
        return self

    @property
    def names(self) -> list[str]:
        """The kind beside each value."""
        names = self._names
        if names is None:
            key, tagged = self._key, self._objects
            names = []
            if tagged is not None:
                pairs = zip(tagged.names, tagged.objects)  # noqa: B905 - as long by construction
                names = [name for name, value in pairs if key in value]
            self._names = names
        return names

    def counts(self) -> Mapping[str, int]:
        """Count the values by kind."""
        if self._counts is None:
            self._counts = counted_names(self.names)
        return self._counts

    def of_objects(self, values: Sequence[Any]) -> Tags:
        """Return the kinds beside the values that are objects."""
        pairs = zip(self.names, values)  # noqa: B905 - as long by construction
        return Tags([name for name, value in pairs if type(value) is dict])

    def of_nulls(self, values: Sequence[Any]) -> Mapping[str, int]:
        """Count the values that are null by kind."""
        counts: dict[str, int] = {}
        for name, value in zip(self.names, values):  # noqa: B905 - as long by construction
            if value is None:
                counts[name] = counts.get(name, 0) + 1
        return counts


class Tagged:
    """Objects with the kinds of their messages.

    Attributes:
        objects: the objects.
        names: the kind beside each.

    """

    __slots__ = ("names", "objects")

    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = []
        self.names: list[str] = []

    def add(self, objects: Sequence[dict[str, Any]], tags: Tags | None) -> None:
        """Add objects, and the kinds beside them where they are known."""
        self.objects += objects
        if tags is not None:
            self.names += tags.names

    def count_keys(self, counts: dict[tuple[str, tuple[str, ...]], int]) -> None:
        """Count the objects by their kinds and their keys, in whatever order these are."""
        for pair in zip(self.names, map(tuple, self.objects)):  # noqa: B905 - as long
            counts[pair] = counts.get(pair, 0) + 1


def counted_names(names: Sequence[str]) -> dict[str, int]:
    """Count names; most often there are few, and they are all the same."""
    n = len(names)
    if n and names.count(names[0]) == n:
        return {names[0]: n}
    if n > _MANY:
        return dict(Counter(names))
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return counts
