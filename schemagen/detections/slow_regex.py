"""Regular expressions that an event can make take exponentially long.

An expression that tracks back does so where a loop can take one text in two ways, again and again,
and what stands behind it can fail: `(?:a|aa){1,99}b` on a text of `a`. The loop's automaton tells:
from one of its places two different ways lead back to one, by the same letters.

Java from version 9 on remembers where a greedy loop without a bound failed, if no other repetition
is around it and the expression refers to no group: `(a+)+$` takes it no time.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from schemagen.detections.regex_letters import LetterSets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FEW = 10
"""So few turns take too little time to be a loop."""
_ALIKE = 64
"""Up to so many turns, always the same number of them, are written out."""
_MOST_PLACES = 200
"""A loop of more letters isn't looked at: it may be slow."""
_UNBOUNDED = "MAXREPEAT"
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}
_LOOKS = {"ASSERT", "ASSERT_NOT"}
_ATOMIC = {"ATOMIC_GROUP", "POSSESSIVE_REPEAT"}


def is_slow(tree: Any) -> bool:
    """Tell whether an event can make an expression take exponentially long.

    Args:
        tree: the expression as Python's parser reads it, with its flags.

    """
    nodes = [(str(op), argument) for op, argument in _all(tree)]
    folded = bool(tree.state.flags & re.IGNORECASE) or any(
        name == "SUBPATTERN" and argument[1] & re.IGNORECASE for name, argument in nodes
    )
    remembers = all(name != "GROUPREF" for name, _ in nodes)
    loops = list(_loops(list(tree), fails=False, remembers=remembers))
    letters = LetterSets(nodes, folded=folded) if loops else None
    return letters is not None and any(_is_ambiguous(loop, letters) for loop in loops)


def _inner(name: str, argument: Any) -> list[Any]:
    """Return the sequences within a node."""
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    if name in _LOOKS:
        return [argument[1]]
    if name in {*_REPEATS, "POSSESSIVE_REPEAT"}:
        return [argument[2]]
    return [argument] if name == "ATOMIC_GROUP" else []


def _all(nodes: Any) -> Iterator[tuple[Any, Any]]:
    for op, argument in nodes:
        yield op, argument
        for each in _inner(str(op), argument):
            yield from _all(each)


# -- which loops are asked -------------------------------------------------------------------------


def _loops(nodes: Sequence[Any], *, fails: bool, remembers: bool) -> Iterator[Sequence[Any]]:
    """Yield what is repeated by loops whose ways Java may all try.

    Args:
        nodes: a sequence.
        fails: whether what stands behind it can fail.
        remembers: whether Java remembers where loops in it failed.

    """
    for place, (op, argument) in enumerate(nodes):
        name = str(op)
        again = fails or any(_can_fail(str(op), argument) for op, argument in nodes[place + 1 :])
        if name in _REPEATS:
            least, most, inner = argument
            # Behind a turn there is the next one, where several must be.
            again = again or (least > 1 and _can_fail_any(inner))
            is_loop = most > _FEW
            is_greedy = name == "MAX_REPEAT" and str(most) == _UNBOUNDED
            # Of the turns that must be, nothing is remembered.
            is_quick = remembers and is_greedy and least <= _FEW
            if is_loop and again and not is_quick:
                yield inner
            else:
                yield from _loops(inner, fails=again or is_quick, remembers=False)
        else:
            # What is left of these, nothing that fails behind them comes back into.
            kept = name in {"SUBPATTERN", "BRANCH"}
            within = remembers and name != "POSSESSIVE_REPEAT"
            for each in _inner(name, argument):
                yield from _loops(each, fails=kept and again, remembers=within)


def _can_fail(name: str, argument: Any) -> bool:
    if name in _LOOKS:
        return True
    if name in {*_REPEATS, "POSSESSIVE_REPEAT"} and not argument[0]:
        return False
    parts = [any(_can_fail(str(op), one) for op, one in each) for each in _inner(name, argument)]
    return all(parts) if parts else True


# -- a loop as an automaton ------------------------------------------------------------------------


class _Part(NamedTuple):
    """A part of a loop: where it begins and ends, in how many ways, and in how many it is empty."""

    first: Counter[int]
    last: Counter[int]
    empty: int


class _TooManyPlacesError(Exception):
    """It is too large to be looked at."""


class _Automaton:
    def __init__(self, letters: LetterSets) -> None:
        self._sets = letters
        self.letters: list[int] = []
        self.steps: list[Counter[int]] = []

    def loop(self, nodes: Sequence[Any]) -> _Part:
        part = self._sequence(nodes)
        self._lead(part.last, part.first)
        return _Part(part.first, part.last, max(part.empty, 1))

    def _sequence(self, nodes: Sequence[Any]) -> _Part:
        made = _Part(Counter(), Counter(), 1)
        for op, argument in nodes:
            made = self._joined(made, self._node(str(op), argument))
        return made

    def _joined(self, before: _Part, behind: _Part) -> _Part:
        self._lead(before.last, behind.first)
        return _Part(
            before.first + _times(behind.first, before.empty),
            behind.last + _times(before.last, behind.empty),
            before.empty * behind.empty,
        )

    def _node(self, name: str, argument: Any) -> _Part:
        if name in _REPEATS:
            return self._repeated(*argument)
        if name in {"SUBPATTERN", "BRANCH"}:
            return self._any(_inner(name, argument))
        if name in {"AT", *_LOOKS}:
            return _Part(Counter(), Counter(), 1)
        if name == "GROUPREF":
            return self._place(self._sets.all)._replace(empty=1)
        if name in _ATOMIC:
            return self._whole(name, argument)
        return self._place(self._sets.of(name, argument))

    def _any(self, branches: Sequence[Any]) -> _Part:
        made = _Part(Counter(), Counter(), 0)
        for each in branches:
            one = self._sequence(each)
            made = _Part(made.first + one.first, made.last + one.last, made.empty + one.empty)
        return made

    def _whole(self, name: str, argument: Any) -> _Part:
        """Take what is left in one way only for one letter: the first one."""
        inner = self._sequence(_inner(name, argument)[0])
        first = 0
        for place in inner.first:
            first |= self.letters[place]
        return self._place(first)._replace(empty=int(not _can_fail(name, argument)))

    def _repeated(self, least: int, most: int, inner: Sequence[Any]) -> _Part:
        if most > (_ALIKE if least == most else _FEW):
            part = self.loop(inner)
            return part if not least else part._replace(empty=int(not _can_fail_any(inner)))
        made = _Part(Counter(), Counter(), 1)
        for turn in range(most, 0, -1):
            made = self._joined(self._sequence(inner), made)
            if turn > least:
                made = made._replace(empty=made.empty + 1)
        return made

    def _place(self, letters: int) -> _Part:
        if len(self.letters) >= _MOST_PLACES:
            raise _TooManyPlacesError
        place = len(self.letters)
        self.letters.append(letters)
        self.steps.append(Counter())
        return _Part(Counter([place]), Counter([place]), 0)

    def _lead(self, last: Counter[int], first: Counter[int]) -> None:
        for place, ways in last.items():
            self.steps[place].update(_times(first, ways))


def _times(counts: Counter[int], times: int) -> Counter[int]:
    return Counter({place: min(ways * times, 2) for place, ways in counts.items() if times})


def _can_fail_any(nodes: Sequence[Any]) -> bool:
    return any(_can_fail(str(op), argument) for op, argument in nodes)


def _is_ambiguous(loop: Sequence[Any], letters: LetterSets) -> bool:
    """Tell whether two ways lead by the same letters from a place of a loop back to one."""
    made = _Automaton(letters)
    try:
        made.loop(loop)
    except _TooManyPlacesError:
        return True
    if any(ways > 1 for steps in made.steps for ways in steps.values()):
        return True
    waiting = [(place, place) for place in range(len(made.steps))]
    seen = set(waiting)
    while waiting:
        one, other = waiting.pop()
        for following in _pairs(made, one, other):
            if following[0] == following[1]:
                if one != other:
                    return True
            elif following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def _pairs(made: _Automaton, one: int, other: int) -> Iterator[tuple[int, int]]:
    for a in made.steps[one]:
        for b in made.steps[other]:
            if made.letters[a] & made.letters[b]:
                yield min(a, b), max(a, b)
