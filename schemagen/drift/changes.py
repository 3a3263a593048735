"""What can differ at one place between two profiles, and how likely chance makes it so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemagen.drift.findings import Observation
    from schemagen.drift.verdict import Steps
    from schemagen.ksqldb.types import KsqlType
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node

_FACTOR = 2.0
_POINTS = 0.2
"""A presence has changed where it halved or doubled, or by as many points: less is not news,
however surely it can be told."""


class ChangeKind(Enum):
    """How a place differs."""

    GONE = auto()
    EMPTIED = auto()
    """Objects that held something, and none of them holds a value now."""
    RARER = auto()
    COMMONER = auto()
    NEW = auto()
    """A key that no column reads."""
    KEYS = auto()
    """The keys of an object are data now."""
    KEY_CHURN = auto()
    """All keys of an object became others of their form: they are data."""
    SPELLING = auto()
    """A key is spelled in another case, and its column reads it all the same."""
    KIND = auto()
    """A kind of value that was never there, and that the type keeps."""
    WIDTH = auto()
    """Integers beyond 32 bits, where all were within, and the type keeps them."""
    LOST_KIND = auto()
    """A kind of value that is no longer there."""


@dataclass(frozen=True, slots=True)
class Change:
    """A difference at one place.

    Attributes:
        what: how it differs.
        path: where in the messages, as spelled there now if it is there now.
        steps: where in the columns; None where no column reads it.
        chance: how likely chance alone makes a difference as large, 0 to 1; 0 for a fact.
        before, now: what was seen.
        declared: the type that reads it, None where none does.
        detail: a kind of value, a reason, an older spelling.
        node, old: what was seen there now, and before.

    """

    what: ChangeKind
    path: Path
    steps: Steps | None
    chance: float
    before: Observation | None
    now: Observation
    declared: KsqlType | None = None
    detail: str = ""
    node: Node | None = None
    old: Node | None = None


def much_less(share: float, than: float) -> bool:
    """Check whether a share is so much less than another that it is news."""
    return share * _FACTOR <= than or than - share >= _POINTS
