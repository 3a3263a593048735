"""The profile: what was seen in a number of messages, as a commutative monoid.

`Profile()` is the zero, `add` counts messages, `merge` joins what was counted apart: in any order
and any division with the same result, to the byte. `schemagen.profile.nodes` has what is counted,
`schemagen.profile.columns` how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.errors import InputError
from schemagen.profile import nodes
from schemagen.profile.budget import Budget, TooManyPathsError
from schemagen.profile.columns import ValueCounter
from schemagen.profile.kind_reader import KindReader
from schemagen.profile.kinds import EventKinds, fold
from schemagen.profile.nodes import (
    ARRAY,
    BOOLEAN,
    INTEGER,
    JSON_TYPES,
    MAX_DEPTH,
    MAX_KEYS,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Lengths,
    Node,
    merged,
)
from schemagen.profile.paths import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ARRAY",
    "BOOLEAN",
    "INTEGER",
    "JSON_TYPES",
    "MAX_DEPTH",
    "MAX_KEYS",
    "NULL",
    "NUMBER",
    "OBJECT",
    "STRING",
    "Lengths",
    "Node",
    "Profile",
    "merged",
]


_ROOM_FOR_KINDS = 4
"""So many times as many kinds as are told apart are counted before those beyond are folded."""


class Profile:
    """What was seen in a number of messages: the monoid over which everything else is computed.

    Args:
        kinds: what tells the kinds of events, and how many of them are told apart at most; None
            where they are not to be told apart.

    Attributes:
        messages: how many messages (decoded objects) it knows.

    """

    __slots__ = ("_column", "_kinds", "_reader", "_root", "_settled", "messages")

    def __init__(self, kinds: EventKinds | None = None) -> None:
        self.messages = 0
        self._root = Node()
        self._kinds = kinds or EventKinds()
        self._column: ValueCounter | None = None
        self._reader = KindReader(self._kinds.fields) if self._kinds.fields else None
        self._settled = True

    @property
    def root(self) -> Node:
        """What was seen of the messages themselves, always objects."""
        self._settle()
        return self._root

    @property
    def kinds(self) -> EventKinds:
        """How many messages there were of each kind; without fields where nobody counted."""
        self._settle()
        return self._kinds

    def add(self, messages: Sequence[dict[str, Any]]) -> None:
        """Count a batch of decoded messages.

        Raises:
            InputError: they have too many distinct paths, all batches together.

        """
        if not messages:
            return
        if self._column is None:
            self._column = ValueCounter(self._root, Budget(self._root))
        self.messages += len(messages)
        tags = None
        if self._reader is not None:
            tags = self._reader.tags(messages)
            self._count_kinds(tags.counts())
            self._settled = False
        try:
            self._column.add(messages, None, tags)
        except TooManyPathsError as error:
            raise _too_many(self._root) from error
        # Only now is the same counted here and at each path.
        if len(self._kinds.counts) > _ROOM_FOR_KINDS * self._kinds.most + 2:
            self._settle()

    def _count_kinds(self, counts: Mapping[str, int]) -> None:
        self._root.count_kinds(counts)
        known = self._kinds.counts
        for kind, n in counts.items():
            known[kind] = known.get(kind, 0) + n

    def _settle(self) -> None:
        """Count at each path what was counted for many at once, and fold what is too much."""
        if self._settled:
            return
        self._settled = True
        if self._column is not None:
            self._column.settle()
        self._fold()

    def _fold(self) -> None:
        beyond = self._kinds.beyond()
        if beyond:
            fold(self._kinds.counts, beyond)
            for node in self._root.nodes():
                if node.kinds:
                    fold(node.kinds, beyond & node.kinds.keys())

    def merge(self, other: Profile) -> None:
        """Take in all that `other` saw; `other` must not be used afterwards.

        Raises:
            InputError: both together have too many distinct paths.

        """
        self._settle()
        mine, theirs = self._merged_kinds(other)
        # What the columns have learnt of the nodes no longer holds.
        self._column = None
        self.messages += other.messages
        self._root.merge(other.root)
        if not mine.fields:
            self._root.forget_kinds()
        if mine.fields != self._kinds.fields:
            self._reader = KindReader(mine.fields) if mine.fields else None
        self._kinds = mine
        for kind, n in theirs.items():
            mine.counts[kind] = mine.counts.get(kind, 0) + n
        self._fold()
        if self._root.size() > nodes.MAX_PATHS:
            raise _too_many(self._root)

    def _merged_kinds(self, other: Profile) -> tuple[EventKinds, dict[str, int]]:
        """Return the kinds to count on with, and what the other has counted of them.

        Where two sides that have messages tell kinds by different fields, nothing is told of kinds:
        of none of them it would be known how many there are.
        """
        mine, theirs = self._kinds, other.kinds
        if not other.messages:
            return mine, {}
        if not self.messages:
            mine = EventKinds(theirs.fields, theirs.most)
        elif mine.fields != theirs.fields:
            return EventKinds(), {}
        mine.most = min(mine.most, theirs.most)
        return mine, theirs.counts

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was seen, not what was learnt on the way."""
        return restored, (self.messages, self.root, self.kinds)


def restored(messages: int, root: Node, kinds: EventKinds) -> Profile:
    """Return the profile of which these are the parts."""
    profile = Profile(kinds)
    profile.messages, profile._root = messages, root  # noqa: SLF001 - it is made here
    return profile


def _too_many(root: Node) -> InputError:
    """Return the error that names the object with the most keys."""
    path, node = max(root.walk(), key=lambda pair: len(pair[1].fields))
    return InputError(
        f"The messages have more than {nodes.MAX_PATHS:,} distinct paths; {render(path)} alone has"
        f" {len(node.fields):,} different keys.",
        "Its keys look like data, and those below it too: no type can describe them. Read fewer"
        " records (--max-messages), or have the producer send pairs of a key and a value.",
    )
