"""Reading the kinds of messages: most are met again and again, and cost a look-up."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from schemagen.profile.kinds import OTHER, kind_name, part_name
from schemagen.profile.tags import Tags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.profile.kinds import KindFields
    from schemagen.profile.paths import Path

_MOST_KNOWN = 20_000


class _Names(dict[Any, str]):
    """The kinds by the values of the fields as they come: the value of one, a tuple of two."""

    def __missing__(self, key: Any) -> str:
        if len(self) > _MOST_KNOWN:
            self.clear()
        names = [part_name(value) for value in (key if isinstance(key, tuple) else (key,))]
        kind = self[key] = OTHER if None in names else kind_name(names)
        return kind


class KindReader:
    """Tells the kind of each message.

    Args:
        fields: what tells kinds.

    """

    def __init__(self, fields: KindFields) -> None:
        self._fields = fields
        self._names = _Names()
        self._values = _values_getter(fields)

    def tags(self, messages: Sequence[dict[str, Any]]) -> Tags:
        """Return the kinds of messages."""
        try:
            return Tags(list(map(self._names.__getitem__, self._values(messages))))
        except (KeyError, TypeError):
            # A field is missing, or its value can't be in a dictionary.
            return Tags(list(map(self.kind_of, messages)))

    def kind_of(self, message: dict[str, Any]) -> str:
        """Return the kind of one message."""
        values = tuple(value_at(message, path) for path in self._fields)
        try:
            return self._names[values if len(values) > 1 else values[0]]
        except TypeError:
            return OTHER


def value_at(message: Any, path: Path) -> Any:
    """Return the value that a message has at a path of keys, None where it has none."""
    value = message
    for key in path:
        if type(value) is not dict:
            return None
        value = value.get(key)
    return value


def _values_getter(fields: KindFields) -> Callable[[Sequence[dict[str, Any]]], Any]:
    """Return what gives the values of the fields in all of some messages, or raises an error.

    Fields of one object are taken out of it together.
    """
    objects = {path[:-1] for path in fields}
    if len(objects) > 1:
        getters = [_values_getter((path,)) for path in fields]
        return lambda messages: zip(*(get(messages) for get in getters), strict=True)
    get = itemgetter(*(path[-1] for path in fields))
    steps = [itemgetter(key) for key in objects.pop()]

    def values(messages: Sequence[Any]) -> Any:
        rows: Any = messages
        for step in steps:
            rows = map(step, rows)
        return map(get, rows)

    return values
