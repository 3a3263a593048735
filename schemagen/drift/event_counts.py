"""How many of some events had a field, read from a profile by the columns of a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.drift.path_comparison import present
from schemagen.ksqldb.paths import nodes_read_by
from schemagen.ksqldb.types import Array, KsqlType, Map, Struct
from schemagen.profile.paths import ITEMS, PathStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemagen.drift.scopes import Steps
    from schemagen.profile.profile import Node


@dataclass(frozen=True, slots=True)
class ProfiledEvents:
    """All events of a profile.

    Attributes:
        columns: the columns of the stream.
        root: what was seen of the events.

    """

    columns: Struct
    root: Node

    @property
    def total(self) -> int:
        """How many events there were."""
        return self.root.total

    def having(self, steps: Steps) -> int:
        """Count the events that had a value, other than null, at a place of the columns.

        It is the most that there can be: of keys that were not counted apart all had it, and where
        a column reads several spellings no event had two.
        """
        *_, nodes = [[self.root], *reached(self.columns, self.root, steps)]
        if nodes is None:
            return self.total
        return min(sum(map(present, nodes)), self.total)


def reached(columns: Struct, root: Node, steps: Steps) -> Iterator[list[Node] | None]:
    """Yield what was seen at each step into the columns; None, the last one, if keys weren't told.

    Args:
        columns: the columns of the stream.
        root: what was seen of the messages.
        steps: the way into the columns.

    """
    declared: KsqlType | None = columns
    nodes = [root]
    for step in steps:
        if any(node.any_key is not None for node in nodes):
            yield None
            return
        nodes = _inside(declared, nodes, step)
        declared = _type_inside(declared, step)
        yield nodes


def _inside(declared: KsqlType | None, nodes: list[Node], step: str | PathStep) -> list[Node]:
    if step is ITEMS:
        return [node.items for node in nodes if node.items is not None]
    if isinstance(declared, Struct):
        return nodes_read_by(nodes, str(step))
    holders = [each for node in nodes for each in (node, node.content) if each is not None]
    return [each.fields[step] for each in holders if isinstance(step, str) and step in each.fields]


def _type_inside(declared: KsqlType | None, step: str | PathStep) -> KsqlType | None:
    """Return the type at a step of the columns; None for JSON text and for what nothing reads."""
    if isinstance(declared, Array):
        return declared.item
    if isinstance(declared, Map):
        return declared.value
    if isinstance(declared, Struct):
        return next((each.type for each in declared.fields if each.stored == step), None)
    return None
