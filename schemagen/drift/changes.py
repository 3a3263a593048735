"""What can differ at one place between two profiles, and how likely chance makes it so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from schemagen.drift.findings import Observation
from schemagen.drift.statistics import chance_of_fewer, chance_of_more

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.scopes import Steps
    from schemagen.drift.statistics import Proportion
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
    COLLISION = auto()
    """Two spellings of a key in one object, of which its column reads the later one."""
    NEW_TYPE = auto()
    """Values of a JSON type that was never there, and that the declared type keeps."""
    WIDTH = auto()
    """Integers beyond 32 bits, where all were within, and the type keeps them."""
    UNIT = auto()
    """Times as numbers of another unit, seconds where milliseconds were."""
    LOST_TYPE = auto()
    """A JSON type of which there are no values any more."""


@dataclass(frozen=True, slots=True)
class Comparand:
    """One share, before and now.

    Attributes:
        before: how many had it, and of how many; None where nothing was counted.
        now: how many have it, and of how many.
        events: the kind of events among which it was counted; empty for all of them.

    """

    before: Proportion | None
    now: Proportion
    events: str = ""

    @property
    def falls(self) -> bool:
        """Whether it is less than before."""
        return self.before is not None and self.now.value < self.before.value

    @property
    def chance(self) -> float:
        """How likely chance alone makes a difference as large, 0 to 1; 0 for a fact."""
        if self.before is None:
            return 0.0
        return (chance_of_fewer if self.falls else chance_of_more)(self.now, self.before)


@dataclass(frozen=True, slots=True)
class Change:
    """A difference at one place.

    Attributes:
        what: how it differs.
        path: where in the messages, as spelled there now if it is there now.
        steps: where in the columns; None where no column reads it.
        shares: what was compared, for each kind of events in which it differs.
        chance: how likely chance alone makes a difference as large, 0 to 1; 0 for a fact.
        declared: the type that reads it, None where none does.
        detail: a JSON type, a reason, an older spelling.
        node, old: what was seen there now, and before.
        overall: the share over all kinds of events; None where `shares` has it.

    """

    what: ChangeKind
    path: Path
    steps: Steps | None
    shares: Sequence[Comparand]
    chance: float
    declared: KsqlType | None = None
    detail: str = ""
    node: Node | None = None
    old: Node | None = None
    overall: Comparand | None = None

    @property
    def before(self) -> Observation | None:
        """What was seen before, in all kinds of events in which it differs."""
        parts = [share.before for share in self.shares if share.before is not None]
        return _observation(parts, self.old) if parts else None

    @property
    def now(self) -> Observation:
        """What is seen now, in all kinds of events in which it differs."""
        return _observation([share.now for share in self.shares], self.node)

    def among(self, level: float) -> Change:
        """Leave out the kinds of events in which it may be chance, unless it may be in each."""
        certain = [share for share in self.shares if share.chance <= level]
        return replace(self, shares=certain) if certain else self


def _observation(parts: Sequence[Proportion], node: Node | None) -> Observation:
    types = {} if node is None else node.by_type()
    return Observation(sum(each.count for each in parts), sum(each.of for each in parts), types)


def much_less(share: float, than: float) -> bool:
    """Check whether a share is so much less than another that it is news."""
    return share * _FACTOR <= than or than - share >= _POINTS
