"""In how many ways a regular expression goes on without a letter: Java tries them one by one.

`(?:a?|b?)` matches the empty text in two ways, and so forty of them in a row do in 2⁴⁰: no engine
that tracks back gets through, and what counts the letters that it looks at sees none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_WAYS = 256
"""More ways than this are no ordinary expression: all of SigmaHQ's have one."""
_CEILING = 1e9
_TIMES = 30
"""Two ways, so often repeated, are beyond the ceiling."""


class EmptyWays(NamedTuple):
    """What a part of an expression does at one place of a text.

    Attributes:
        through: in how many ways it matches the empty text.
        behind: in how many ways it ends behind the last letter that it takes.
        most: how often a place within it is come to, at most.

    """

    through: float
    behind: float
    most: float


_LETTER = EmptyWays(0, 1, 1)
_PLACE = EmptyWays(1, 0, 1)


def ways(tree: Iterable[Any]) -> float:
    """Return how often an expression comes to one of its places without a letter between.

    Args:
        tree: the expression as Python's parser reads it.

    """
    return _sequence(list(tree)).most


def _sequence(nodes: Sequence[Any]) -> EmptyWays:
    through, behind, most = 1.0, 0.0, 1.0
    for op, argument in nodes:
        one = _node(str(op), argument)
        most = max(most, max(through, behind) * one.most)
        through, behind = through * one.through, max(behind * one.through, one.behind)
    return _capped(through, behind, max(most, through, behind))


def _node(name: str, argument: Any) -> EmptyWays:
    take = _TAKERS.get(name)
    return _LETTER if take is None else take(argument)


def _any(branches: Iterable[Sequence[Any]]) -> EmptyWays:
    parts = [_sequence(each) for each in branches]
    return _capped(
        sum(each.through for each in parts),
        max(each.behind for each in parts),
        max(each.most for each in parts),
    )


def _repeated(least: int, most: int, inner: Sequence[Any]) -> EmptyWays:
    """Repeat: behind a turn that takes no letter Java leaves, but it counts up to the least."""
    if not most:
        return _PLACE
    one = _sequence(inner)
    through = one.through ** min(least, _TIMES) if least else 1 + one.through
    turns = max(least, 1) if one.through else 1
    return _capped(through, one.behind * (1 + one.through), one.most * turns)


def _once(part: EmptyWays) -> EmptyWays:
    """Take a part that is left in one way only."""
    return EmptyWays(min(part.through, 1), min(part.behind, 1), part.most)


def _capped(*numbers: float) -> EmptyWays:
    return EmptyWays(*(min(each, _CEILING) for each in numbers))


_TAKERS: dict[str, Callable[[Any], EmptyWays]] = {
    "AT": lambda _: _PLACE,
    "GROUPREF": lambda _: EmptyWays(1, 1, 1),
    "SUBPATTERN": lambda parts: _sequence(parts[3]),
    "BRANCH": lambda branch: _any(branch[1]),
    "ASSERT": lambda look: EmptyWays(1, 0, _sequence(look[1]).most),
    "ASSERT_NOT": lambda look: EmptyWays(1, 0, _sequence(look[1]).most),
    "ATOMIC_GROUP": lambda inner: _once(_sequence(inner)),
    "MAX_REPEAT": lambda repeat: _repeated(*repeat),
    "MIN_REPEAT": lambda repeat: _repeated(*repeat),
    "POSSESSIVE_REPEAT": lambda repeat: _once(_repeated(*repeat)),
}
