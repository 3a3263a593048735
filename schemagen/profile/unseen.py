"""How sure is a sample? The chance that the next message shows something not yet seen.

Good and Turing's estimate: what was seen in exactly one of n messages tells how much was not seen
at all. A structure here is a path together with a kind (I. J. Good, The population frequencies of
species and the estimation of population parameters, Biometrika 40, 1953). The upper bound is the
normal one of W. W. Esty (Annals of Statistics 11, 1983), never below 3 in n, which is what n
messages without any surprise can promise at 95 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from schemagen.profile.profile import ARRAY, JSON_TYPES, OBJECT

if TYPE_CHECKING:
    from schemagen.profile.kinds import EventKinds
    from schemagen.profile.profile import Node, Profile

_Z95 = 1.645
"""One-sided 95 % point of the normal distribution."""

_OBJECT = JSON_TYPES.index(OBJECT)
_ARRAY = JSON_TYPES.index(ARRAY)


@dataclass(frozen=True, slots=True)
class UnseenEstimate:
    """What the sample promises about messages to come.

    Attributes:
        messages: the size of the sample.
        structures: how many distinct pairs of a path and a kind were seen.
        once, twice: how many of them in exactly one, in exactly two messages; of an object that was
            itself seen only so often just the object: its inside is not a surprise of its own.
        unseen: the estimated chance that the next message shows a new one, 0 to 1.
        unseen_upper: its upper bound at 95 % confidence.

    """

    messages: int
    structures: int
    once: int
    twice: int
    unseen: float
    unseen_upper: float


def coverage(profile: Profile, root: Node | None = None) -> UnseenEstimate:
    """Estimate from a profile how likely the next message is to show something new.

    Args:
        profile: the profile.
        root: its root with its maps collapsed: a new key of a map is not a new structure. None
            to take it as it is.

    Both figures rest on the messages being drawn at random, so a sample from one end of a topic
    promises too much.
    """
    totals = [0, 0, 0]
    _count(profile.root if root is None else root, totals)
    return _estimate(profile.messages, *totals)


def kind_coverage(kinds: EventKinds) -> UnseenEstimate:
    """Estimate how likely the next message is of a kind that was not seen; as `coverage` does."""
    counts = list(kinds.counts.values())
    return _estimate(kinds.messages, len(counts), counts.count(1), counts.count(2))


def _estimate(n: int, structures: int, once: int, twice: int) -> UnseenEstimate:
    if n == 0:
        return UnseenEstimate(0, 0, 0, 0, 1.0, 1.0)
    unseen = min(once / n, 1.0)
    spread = sqrt(max(once * (n - once), 0) / n + 2 * twice) / n
    upper = min(max(unseen + _Z95 * spread, 3 / n), 1.0)
    return UnseenEstimate(n, structures, once, twice, unseen, upper)


def _count(node: Node, totals: list[int], parent_messages: int = -1) -> None:
    for seen in node.messages:
        if seen:
            totals[0] += 1
            if seen in (1, 2) and seen != parent_messages:
                totals[seen] += 1
    for child in node.fields.values():
        _count(child, totals, node.messages[_OBJECT])
    if node.any_key is not None:
        _count(node.any_key, totals, node.messages[_OBJECT])
    if node.items is not None:
        _count(node.items, totals, node.messages[_ARRAY])
