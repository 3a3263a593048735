"""One place of a comparison: what is known of it, what was seen, and what is seen now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.profile.profile import JSON_TYPES, NULL, OBJECT, STRING, Node
from schemagen.schema.lookup import node_at
from schemagen.schema.shape import below, copied

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.scopes import Steps
    from schemagen.profile.paths import Path, PathStep

_NULL = JSON_TYPES.index(NULL)
_OBJECT = JSON_TYPES.index(OBJECT)
_STRING = JSON_TYPES.index(STRING)


@dataclass(frozen=True, slots=True)
class PathComparison:
    """A place: where it is, what is known of it, what was seen, and what is seen now."""

    path: Path
    steps: Steps
    known: Node | None
    seen: Node | None
    now: Node

    def has(self, key: str) -> bool:
        """Check whether a key was known or seen in the objects here before."""
        known = self.known is not None and (
            key in self.known.fields or self.known.any_key is not None
        )
        seen = self.seen is not None and (key in self.seen.fields or self.seen.any_key is not None)
        return known or seen

    def field(self, stored: str, name: str, old: list[str], new: list[str]) -> PathComparison:
        """Return the place of a declared field, which may read a key in several spellings."""
        key = next(iter([*new, *old]), name)
        known = None if self.known is None else _merged(self.known, [key, *old])
        return PathComparison(
            (*self.path, key),
            (*self.steps, stored),
            known,
            None if self.seen is None else _merged(self.seen, old),
            _merged(self.now, new) or Node(repeated=self.now.repeated),
        )

    def key(self, key: str) -> PathComparison:
        """Return the place of one key."""
        return self.field(key, key, [key], [key])

    def inside(self, step: PathStep) -> PathComparison:
        """Return the place of an array's elements, or of all values of a map."""
        return PathComparison(
            (*self.path, step),
            (*self.steps, step),
            node_at(self.known, [step]),
            node_at(self.seen, [step]),
            node_at(self.now, [step]) or Node(repeated=True),
        )


def json_text(at: PathComparison) -> PathComparison:
    """Return a place whose values a VARCHAR holds with what is in those that are JSON texts."""
    nodes = (at.known, at.seen, at.now)
    if all(node is None or node.content is None for node in nodes):
        return at
    known, seen, now = (None if node is None else _with_texts(node) for node in nodes)
    return replace(at, known=known, seen=seen, now=now or at.now)


def _with_texts(node: Node) -> Node:
    """Take texts for objects: of those that are JSON the fields are known, others have none."""
    out = Node(repeated=node.repeated)
    holders = [node] if node.content is None else [node, node.content]
    keys = dict.fromkeys(key for each in holders for key in each.fields)
    out.fields = {
        key: copied(each.fields[key] for each in holders if key in each.fields) for key in keys
    }
    if any(each.any_key is not None for each in holders):
        out.any_key = copied(inner for each in holders for inner in below(each))
        out.fields = {}
    out.counts[_OBJECT] = node.counts[_OBJECT] + node.counts[_STRING]
    out.messages[_OBJECT] = min(
        node.messages[_OBJECT] + node.messages[_STRING], out.counts[_OBJECT]
    )
    objects_seen = sum(each.counts[_OBJECT] - each.empty_objects for each in holders)
    out.empty_objects = out.counts[_OBJECT] - objects_seen
    return out


def _merged(node: Node, keys: Sequence[str]) -> Node | None:
    found = [node.fields[key] for key in dict.fromkeys(keys) if key in node.fields]
    if len(found) < 2:  # noqa: PLR2004 - one needs no copy
        return found[0] if found else None
    return copied(found)


def objects(node: Node) -> int:
    """Count the objects, inside arrays the messages that have some."""
    return node.messages[_OBJECT]


def present(node: Node) -> int:
    """Count how often a value other than null was there, inside arrays in how many messages."""
    return sum(node.messages) - node.messages[_NULL]


def filled(node: Node) -> int:
    """Count the objects that surely held a value other than null, at least; as `objects` counts."""
    there = objects(node)
    most = max((min(present(child), there) for child in below(node)), default=0)
    if node.repeated:
        return most  # inside arrays it isn't known how many messages had none but empty ones
    # Of the objects with a key, each null can leave one without a value.
    nulls = sum(child.count(NULL) for child in below(node))
    return max(most, there - node.empty_objects - nulls)


def values_of(node: Node) -> int:
    """Count the values other than null."""
    return node.total - node.count(NULL)
