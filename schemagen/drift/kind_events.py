"""How many events of one kind had a field, and what is known of all events of the kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.drift.event_counts import reached
from schemagen.drift.verdict import ConditionJudge
from schemagen.ksqldb.types import VARCHAR
from schemagen.profile.kinds import BETWEEN, OTHER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.declared import Declared
    from schemagen.drift.kinds import ComparedKinds
    from schemagen.drift.scopes import Steps
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.kinds import KindFields
    from schemagen.profile.profile import Node


class KindEvents:
    """The events of one kind in a profile.

    Args:
        kinds: the kinds.
        kind: the one.
        columns: the columns of the stream.
        root: what was seen of all events.

    """

    def __init__(self, kinds: ComparedKinds, kind: str, columns: Struct, root: Node) -> None:
        self._kinds = kinds
        self._kind = kind
        self._columns = columns
        self._root = root
        self._having: dict[Steps, int] = {}

    @property
    def total(self) -> int:
        """How many events there were."""
        return (self._kinds.of(self._root) or {}).get(self._kind, 0)

    def having(self, steps: Steps) -> int:
        """Count the events that had a value, other than null, at a place; the most there can be."""
        if steps not in self._having:
            self._having[steps] = self._counted(steps)
        return self._having[steps]

    def _counted(self, steps: Steps) -> int:
        found = self.total
        for nodes in reached(self._columns, self._root, steps):
            counts = [self._kinds.of(node) for node in nodes or ()]
            if nodes is None or None in counts:
                break  # in arrays and maps it isn't counted: what holds them is known
            found = min(found, sum((each or {}).get(self._kind, 0) for each in counts))
        return found


def known_of(
    fields: KindFields, kind: str, declared: Declared, lost: Sequence[Steps] = ()
) -> ConditionJudge:
    """Return what judges conditions over events of a kind: its names are known.

    Args:
        fields: what tells the kinds.
        kind: the one.
        declared: the stream.
        lost: what else is always NULL.

    """
    if kind == OTHER:
        return ConditionJudge(lost)
    missing: list[Steps] = []
    values: dict[Steps, str | float] = {}
    for path, name in zip(fields, kind.split(BETWEEN), strict=True):
        steps, type_ = declared.steps(path), declared.type_at(path)
        if steps is None:
            continue
        if not name:
            missing.append(steps)
        elif type_ == VARCHAR:
            values[steps] = name
        elif name.lstrip("-").isdigit():
            values[steps] = float(name)
    return ConditionJudge((*lost, *missing), values)
