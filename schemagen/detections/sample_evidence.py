"""What the evidence says about fields and values, as far as counts and ranges can tell.

The evidence holds no values. That a channel was never seen can only be judged by whether anything
was there at all, by the lengths of the texts, and by the range of the numbers: what is in the range
may still never have been seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.detections.references import Each, Json, Key
from schemagen.ksqldb.paths import nodes_read_by
from schemagen.profile.profile import BOOLEAN, INTEGER, NULL, NUMBER, STRING, Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.references import Reference


class SampleEvidence:
    """What was seen of the messages of a topic.

    Args:
        root: the profile's root, None where nothing is known.

    """

    def __init__(self, root: Node | None) -> None:
        self._root = root if root is not None and root.total else None
        self._nodes: dict[Reference, list[Node] | None] = {}

    def presence(self, references: Sequence[Reference]) -> float | None:
        """Return the share of events that have a value in any of some places.

        Returns:
            0 to 1, an upper bound where several places are summed up; None where it isn't known.

        """
        if self._root is None:
            return None
        count = 0
        for reference in references:
            found = self._found(reference)
            if found is None:
                return None
            count += sum(sum(node.messages) - node.messages[0] for node in found)
        return min(1.0, count / self._root.total)

    def possible(self, references: Sequence[Reference], values: Sequence[str | int]) -> bool:
        """Return whether any of some values may have been seen in any of some places."""
        if self._root is None:
            return True
        for reference in references:
            found = self._found(reference)
            if found is None or any(_may_hold(node, value) for node in found for value in values):
                return True
        return False

    def _found(self, reference: Reference) -> list[Node] | None:
        """Find what was seen where a reference reads; None where keys are not told apart."""
        if self._root is not None and reference not in self._nodes:
            self._nodes[reference] = _nodes(self._root, reference)
        return self._nodes.get(reference)


def _nodes(root: Node, reference: Reference) -> list[Node] | None:
    found = [root]
    # A name without quotes reads a key in any case, so that several nodes can be meant.
    for hop in reference.hops:
        if isinstance(hop, Each):
            found = [node.items for node in found if node.items is not None]
            continue
        if any(node.any_key is not None for node in found):
            return None
        if isinstance(hop, Json):
            for step in hop.steps:
                found = _under(found, step)
        elif isinstance(hop, Key):
            found = _under(found, hop.name)
        else:
            found = nodes_read_by(found, hop.stored)
    return found


def _under(found: list[Node], key: str) -> list[Node]:
    return [node.fields[key] for node in found if key in node.fields]


def _may_hold(node: Node, value: str | int) -> bool:
    kinds = node.types() - {NULL}
    if STRING in kinds:
        least, greatest = node.text.least, node.text.greatest
        if least is None or greatest is None or least <= len(str(value)) <= greatest:
            return True
    if INTEGER in kinds and str(value).lstrip("-").isdigit():
        low, high = node.integers.least, node.integers.greatest
        if low is None or high is None or low <= int(value) <= high:
            return True
    return bool(kinds - {STRING, INTEGER, BOOLEAN}) and NUMBER in kinds
