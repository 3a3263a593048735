"""Kinds of events: how many messages there are of each, told by one field or two.

A kind is the name that a message has in its kind fields, such as `Security 4688`: names are kept
because they are names. Kinds beyond a bound are counted together as `OTHER`: those whose names have
the greatest hashes, so that neither order nor division shows. What is kept of the whole was kept of
each part, for no part has fewer names with smaller hashes than the whole.
"""

from __future__ import annotations

import re
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from schemagen.profile.paths import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.profile.paths import Path

MOST_KINDS = 500
"""More kinds than this are counted together, unless another bound is given."""

MOST_FIELDS = 2
_LONGEST = 128
"""A longer text is not a name; names of Windows' event logs have up to 71 characters."""
_GREATEST = 10**18
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

BETWEEN = "\n"
"""Stands between the names of two fields, and in no name."""

OTHER = "\n\n"
"""All kinds beyond the bound, and messages whose kind fields hold what is not a name."""

KindFields = tuple["Path", ...]
"""One path or two, of scalars outside of arrays; none where kinds are not told apart."""


class EventKinds:
    """How many messages there are of each kind; a commutative monoid.

    Args:
        fields: what tells kinds.
        most: how many kinds are told apart at most.

    Attributes:
        fields, most: see there.
        counts: messages by kind. Kinds of two fields have `BETWEEN` between their names; a field
            that is missing has the empty name.

    """

    __slots__ = ("counts", "fields", "most")

    def __init__(self, fields: KindFields = (), most: int = MOST_KINDS) -> None:
        self.fields = fields
        self.most = most
        self.counts: dict[str, int] = {}

    @property
    def none(self) -> str:
        """The kind of messages that have none of the fields."""
        return BETWEEN * (len(self.fields) - 1)

    @property
    def messages(self) -> int:
        """How many messages are counted."""
        return sum(self.counts.values())

    @property
    def is_folded(self) -> bool:
        """Whether kinds were counted together because they were too many."""
        return len(self._names()) >= self.most and OTHER in self.counts

    def beyond(self) -> set[str]:
        """Return the kinds that are too many: all but those with the smallest hashes."""
        names = self._names()
        return set(sorted(names, key=name_hash)[self.most :])

    def _names(self) -> list[str]:
        return [name for name in self.counts if name not in (OTHER, self.none)]


def fold(counts: dict[str, int], beyond: Iterable[str]) -> None:
    """Count some kinds as `OTHER`."""
    found = [n for name in beyond if (n := counts.pop(name, 0))]
    if found:
        counts[OTHER] = counts.get(OTHER, 0) + sum(found)


def name_hash(name: str) -> bytes:
    """Return the hash that decides which kinds are told apart, the same on every machine."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def kind_name(names: Sequence[str | None]) -> str:
    """Return the kind that fields with some names tell; None for a field that is missing."""
    return BETWEEN.join(name or "" for name in names)


def written(kind: str) -> str:
    """Write a kind for people: `Security 4688`, `none`, `other`."""
    if kind == OTHER:
        return "other"
    names = [name or "-" for name in kind.split(BETWEEN)]
    return " ".join(names) if any(name != "-" for name in names) else "none"


def written_fields(fields: Iterable[Path]) -> str:
    """Write kind fields for people."""
    return " and ".join(map(render, fields))


def part_name(value: Any) -> str | None:
    """Return the name that a value is: a short text, or a whole number in digits.

    What Python takes for equal has one name: so a dictionary may be asked. An empty text and null
    are as if nothing was there.

    Returns:
        The name, empty where nothing is there; None for what is not a name.

    """
    if value is None:
        return ""
    if isinstance(value, str):
        return None if len(value) > _LONGEST or _CONTROLS.search(value) else value
    if isinstance(value, int | float | Decimal) and -_GREATEST < value < _GREATEST:
        return str(int(value)) if value == int(value) else None
    return None
