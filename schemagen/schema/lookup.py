"""What was seen at a path of the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.profile.paths import ANY_KEY, ITEMS
from schemagen.schema.shape import below, copied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.profile.nodes import Node
    from schemagen.profile.paths import PathStep


def node_at(root: Node | None, path: Iterable[str | PathStep]) -> Node | None:
    """Find what was seen at a path; None where nothing was, or the keys are not told apart.

    `ANY_KEY` is what was seen under all keys together.
    """
    node = root
    for step in path:
        if node is None:
            return None
        if step is ITEMS:
            node = node.items
        elif step is ANY_KEY:
            children = below(node)
            node = copied(children) if children else None
        elif isinstance(step, str):
            node = _under_key(node, step)
    return node


def _under_key(node: Node, key: str) -> Node | None:
    """Find what was seen under a key of the objects, and of those that are JSON texts."""
    found = [each.fields[key] for each in (node, node.content) if each and key in each.fields]
    return found[0] if len(found) == 1 else copied(found) if found else None
