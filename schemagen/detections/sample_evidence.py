"""What the evidence says about fields and values, as far as counts and ranges can tell.

The evidence holds no values. That a channel was never seen can only be judged by whether anything
was there at all, by the lengths of the texts, and by the range of the numbers: what is in the range
may still never have been seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    def presence(self, references: Sequence[Reference]) -> float | None:
        """Return the share of events that have a value in any of some places.

        Returns:
            0 to 1, an upper bound where several places are summed up; None where it isn't known.

        """
        if self._root is None or any(reference.seen is None for reference in references):
            return None
        nodes = [node for reference in references for node in reference.seen or ()]
        return min(1.0, sum(map(present, nodes)) / self._root.total)

    def possible(self, references: Sequence[Reference], values: Sequence[str | int]) -> bool:
        """Return whether any of some values may have been seen in any of some places."""
        if self._root is None:
            return True
        return any(
            reference.seen is None
            or any(_may_hold(node, value) for node in reference.seen for value in values)
            for reference in references
        )


def present(node: Node) -> int:
    """Count how often a value other than null was there, inside arrays in how many messages."""
    return sum(node.messages) - node.messages[0]


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
