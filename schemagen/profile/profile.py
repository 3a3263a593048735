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
    from collections.abc import Sequence

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


class Profile:
    """What was seen in a number of messages: the monoid over which everything else is computed.

    Attributes:
        messages: how many messages (decoded objects) it knows.
        root: what was seen of the messages themselves, always objects.

    """

    __slots__ = ("_column", "messages", "root")

    def __init__(self) -> None:
        self.messages = 0
        self.root = Node()
        self._column: ValueCounter | None = None

    def add(self, messages: Sequence[dict[str, Any]]) -> None:
        """Count a batch of decoded messages.

        Raises:
            InputError: they have too many distinct paths, all batches together.

        """
        if not messages:
            return
        if self._column is None:
            self._column = ValueCounter(self.root, Budget(self.root))
        self.messages += len(messages)
        try:
            self._column.add(messages)
        except TooManyPathsError as error:
            raise _too_many(self.root) from error

    def merge(self, other: Profile) -> None:
        """Take in all that `other` saw; `other` must not be used afterwards.

        Raises:
            InputError: both together have too many distinct paths.

        """
        # What the columns have learnt of the nodes no longer holds.
        self._column = None
        self.messages += other.messages
        self.root.merge(other.root)
        if self.root.size() > nodes.MAX_PATHS:
            raise _too_many(self.root)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was seen, not what was learnt on the way."""
        return _restore, (self.messages, self.root)


def _restore(messages: int, root: Node) -> Profile:
    profile = Profile()
    profile.messages, profile.root = messages, root
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
