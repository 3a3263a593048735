"""Objects turned from rows into columns; it knows nothing of what is counted in them."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from schemagen.profile.tags import Tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Objects = Sequence[dict[str, Any]]
    Owners = list[int]
    """Beside each value the number of the message that it belongs to."""


class KeySet:
    """A set of keys that objects have, in whatever order.

    Attributes:
        keys: the keys, in the order of the columns.

    """

    __slots__ = ("_get", "_size", "keys")

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = keys
        self._get = itemgetter(*keys)
        self._size = len(keys)

    def transpose(self, objects: Sequence[Any]) -> Iterable[Sequence[Any]] | None:
        """Return the values by key, or None unless all are objects of just these keys."""
        try:
            rows = list(map(self._get, objects))
        except (KeyError, TypeError):
            # No other type has items by text, so there is no need to look at the types.
            return None
        # None has fewer keys: so only if all have as many does the sum come out.
        if sum(map(len, objects)) != self._size * len(rows):
            return None
        return (rows,) if self._size == 1 else zip(*rows)  # noqa: B905 - as long by construction


def grouped(
    objects: Objects, by: Iterable[int], tags: Tags | None
) -> dict[int, tuple[Objects, Tags | None]]:
    """Group objects, and the tags beside them, by the numbers beside them."""
    numbers = list(by)
    if numbers.count(numbers[0]) == len(numbers):
        return {numbers[0]: (objects, tags)}
    groups: dict[int, list[dict[str, Any]]] = {}
    if tags is None:
        for number, value in zip(numbers, objects):  # noqa: B905 - as long by construction
            try:
                groups[number].append(value)
            except KeyError:
                groups[number] = [value]
        return {number: (group, None) for number, group in groups.items()}
    kinds: dict[int, list[str]] = {}
    for number, value, kind in zip(numbers, objects, tags.names):  # noqa: B905 - same
        try:
            groups[number].append(value)
            kinds[number].append(kind)
        except KeyError:
            groups[number], kinds[number] = [value], [kind]
    return {number: (group, Tags(kinds[number])) for number, group in groups.items()}


def columns_by_key(
    objects: Objects, owners: Owners | None
) -> dict[str, tuple[list[Any], Owners | None]]:
    """Return beside each key all its values, and their owners where those are known."""
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
