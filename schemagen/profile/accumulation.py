"""How much of what a sample shows a smaller one would have shown: the curve that flattens.

Of n messages drawn at random, a structure that N sampled messages hold k times is missing with the
chance C(N-k, n) / C(N, n). Added up over all structures this is how many of them n messages show
(S. H. Hurlbert, The nonconcept of species diversity, Ecology 52, 1971).
"""

from __future__ import annotations

from collections import Counter
from math import exp, lgamma
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.profile.nodes import Node

_POINTS = 48


def occurrences(root: Node) -> Counter[int]:
    """Count structures, pairs of a path and a kind, by how many messages have them."""
    found: Counter[int] = Counter()
    rest = [root]
    while rest:
        node = rest.pop()
        found.update(n for n in node.messages if n)
        rest += node.fields.values()
        rest += [inner for inner in (node.any_key, node.items) if inner is not None]
    return found


def accumulated(structures: Mapping[int, int], messages: int, sample: int) -> float:
    """Return how many structures so many messages of the sample show, on average.

    Args:
        structures: structures by how many messages have them.
        messages: the messages of the sample.
        sample: how many of them are drawn.

    """
    if sample >= messages:
        return float(sum(structures.values()))
    return sum(n * (1 - _missing(messages, k, sample)) for k, n in structures.items())


def _missing(messages: int, having: int, sample: int) -> float:
    rest = messages - having
    if rest < sample:
        return 0.0
    return exp(_choices(rest, sample) - _choices(messages, sample))


def _choices(n: int, k: int) -> float:
    """Return the logarithm of how many ways there are to choose k of n."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def curve(structures: Mapping[int, int], messages: int) -> list[tuple[int, float]]:
    """Return the curve: pairs of a number of messages and the structures that so many show."""
    if not messages:
        return []
    last = messages ** (1 / _POINTS)
    sizes = sorted({1, messages, *(round(last**step) for step in range(_POINTS))})
    even = {max(1, round(messages * step / _POINTS)) for step in range(1, _POINTS)}
    sizes = sorted({*sizes, *even})
    return [(size, accumulated(structures, messages, size)) for size in sizes]
