"""What the evidence says about fields and values, as far as counts and ranges can tell.

The evidence holds no values. That a channel was never seen can only be judged by whether anything
was there at all, by the lengths of the texts, and by the range of the numbers: what is in the range
may still never have been seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.profile.kinds import BETWEEN, written_fields
from schemagen.profile.paths import ITEMS
from schemagen.profile.profile import BOOLEAN, INTEGER, NULL, NUMBER, STRING, Node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from schemagen.detections.pipelines import Candidates
    from schemagen.detections.references import Reference
    from schemagen.profile.kinds import EventKinds
    from schemagen.profile.paths import Path


class SampleEvidence:
    """What was seen of the messages of a topic.

    Args:
        root: the profile's root, None where nothing is known.
        kinds: how many messages there are of each kind of event, where that is known.

    Attributes:
        kinds: messages by kind; None where kinds are not told apart.

    """

    def __init__(self, root: Node | None, kinds: EventKinds | None = None) -> None:
        self._root = root if root is not None and root.total else None
        known = kinds is not None and kinds.fields and self._root is not None and self._root.kinds
        self.kinds: Mapping[str, int] | None = kinds.counts if known and kinds is not None else None
        self._fields = () if kinds is None else kinds.fields

    # -- by kinds of events -------------------------------------------------------------------

    @property
    def kind_fields(self) -> str:
        """The fields that tell kinds, for people."""
        return written_fields(self._fields)

    def events(self, kinds: Iterable[str]) -> int:
        """Count the events of some kinds."""
        return sum((self.kinds or {}).get(kind, 0) for kind in kinds)

    def tells_kinds(self, reference: Reference) -> bool:
        """Return whether a place is a field that tells kinds."""
        return _keys(reference) in self._fields

    def name_at(
        self, kind: str, references: Sequence[Reference], candidates: Candidates | None = None
    ) -> str:
        """Return the name that events of a kind have in the one of some places that tells kinds.

        Args:
            kind: the kind, not `OTHER`.
            references: the places.
            candidates: where else the same value is.

        Returns:
            The name; empty where none of the places tells kinds, or the events have none there.

        """
        copies = candidates.paths if candidates is not None and candidates.copies else ()
        for path, name in zip(self._fields, kind.split(BETWEEN), strict=True):
            here = any(_keys(reference) == path for reference in references)
            if here or ".".join(map(str, path)) in copies:
                return name
        return ""

    def having(self, kind: str, references: Sequence[Reference]) -> int:
        """Count the events of a kind that have a value in any of some places, at most."""
        events = self.events([kind])
        found = 0
        for reference in references:
            if reference.seen is None or any(node.kinds is None for node in reference.seen):
                return events
            found += sum((node.kinds or {}).get(kind, 0) for node in reference.seen)
        return min(found, events)

    # -- over all events ----------------------------------------------------------------------

    def presence(
        self, references: Sequence[Reference], kinds: Collection[str] | None = None
    ) -> float | None:
        """Return the share of events that have a value in any of some places.

        Args:
            references: the places.
            kinds: the kinds of the events, None for all events.

        Returns:
            0 to 1, an upper bound where several places are summed up; None where it isn't known.

        """
        if self._root is None or any(reference.seen is None for reference in references):
            return None
        if kinds is not None and (events := self.events(kinds)):
            return sum(self.having(kind, references) for kind in kinds) / events
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


def _keys(reference: Reference) -> Path:
    return tuple(step for step in reference.path if step is not ITEMS)


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
