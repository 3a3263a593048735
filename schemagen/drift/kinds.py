"""Kinds of events in two samples: those that vanished, came, or are another share than before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.drift.changes import much_less
from schemagen.drift.path_comparison import present
from schemagen.drift.statistics import Proportion, chance_of_fewer, chance_of_more
from schemagen.profile.kinds import BETWEEN, OTHER, fold, name_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.kinds import EventKinds, KindFields
    from schemagen.profile.nodes import Node

    IsOne = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class KindChange:
    """A kind whose share is another than before.

    Attributes:
        kind: the kind.
        before, now: how many events are of it; of the events that have kind fields, and of all
            where it is the kind of those that have none.

    """

    kind: str
    before: Proportion
    now: Proportion

    @property
    def chance(self) -> float:
        """How likely chance alone makes a difference as large, 0 to 1."""
        fewer = self.now.value < self.before.value
        return (chance_of_fewer if fewer else chance_of_more)(self.now, self.before)


class ComparedKinds:
    """The kinds of two samples, as far as both tell them apart.

    Args:
        before, now: the kinds of each; told by the same fields.
        is_one: whether two names that differ only in case or blanks are of one kind; None where no
            two names are.

    Attributes:
        fields: what tells them.
        none: the kind of events that have none of the fields.
        before, now: events by kind.

    """

    def __init__(self, before: EventKinds, now: EventKinds, is_one: IsOne | None = None) -> None:
        self.fields: KindFields = before.fields
        self.none = before.none
        self._last = [
            max(name_hash(kind) for kind in each.counts if kind not in {OTHER, each.none})
            for each in (before, now)
            if each.is_folded
        ]
        self._aliases: dict[str, bool] = {}
        self._names: dict[str, str] = {}
        self._near = _near_names(before.counts, now.counts)
        if is_one is not None:
            self._names = {new: old for new, old in self._near.items() if is_one(old, new)}
        self.before = self._alike(before.counts)
        self.now = self._alike(now.counts)

    def of(self, node: Node | None) -> Mapping[str, int] | None:
        """Return by kind how many events have a value at a place; None where nobody counted."""
        if node is None or not present(node):
            return {}
        return None if node.kinds is None else self._alike(node.kinds)

    def _alike(self, counts: Mapping[str, int]) -> Mapping[str, int]:
        """Count together what either sample counts together."""
        if not self._names and not self._last:
            return counts
        alike = dict(counts)
        for name in self._names.keys() & counts.keys():
            known = self._names[name]
            alike[known] = alike.get(known, 0) + alike.pop(name)
        fold(alike, [kind for kind in alike if self._last and self._is_beyond(kind)])
        return alike

    def near(self, kind: str) -> str | None:
        """Return the former kind whose name a new one has in another case, or with blanks."""
        return self._near.get(kind)

    def _is_beyond(self, kind: str) -> bool:
        if kind not in self._aliases:
            beyond = kind not in {OTHER, self.none} and name_hash(kind) > min(self._last)
            self._aliases[kind] = beyond
        return self._aliases[kind]

    def changes(self) -> tuple[list[KindChange], int]:
        """Compare the shares of all kinds.

        Where one kind vanishes, comes or floods the topic, all others have another share of all
        events: so a kind is compared among those that are left when it is taken out.

        Returns:
            The kinds that differ enough to be news, surely or by chance, and how many were
            compared.

        """
        whole = [sum(self.before.values()), sum(self.now.values())]
        told = [
            n - each.get(self.none, 0)
            for n, each in zip(whole, (self.before, self.now), strict=True)
        ]
        kinds = {*self.before, *self.now} - {OTHER, self.none}
        left = sorted(kind for kind in kinds if kind in self.before and kind in self.now)
        found = [self._change(self.none, *whole)] if self.none in {*self.before, *self.now} else []
        found += [self._change(kind, *told) for kind in sorted(kinds.difference(left))]
        while left:
            of = [sum(each[kind] for kind in left) for each in (self.before, self.now)]
            changes = [self._change(kind, *of) for kind in left]
            most = max(changes, key=_points)
            news = [each for each in (most, *changes) if _is_news(each.before, each.now)]
            if not news:
                break
            found.append(news[0])
            left.remove(news[0].kind)
        # Of no events at all there is no share: where none has the fields, that is the news.
        found = [each for each in found if each.before.of and each.now.of]
        return [each for each in found if _is_news(each.before, each.now)], len(kinds) + 1

    def _change(self, kind: str, of_before: int, of_now: int) -> KindChange:
        before = Proportion(self.before.get(kind, 0), of_before)
        return KindChange(kind, before, Proportion(self.now.get(kind, 0), of_now))


def _points(change: KindChange) -> tuple[float, bool]:
    """Return by how much a share changed; of two, the one that rose is the cause."""
    rise = change.now.value - change.before.value
    return round(abs(rise), 9), rise > 0


def _is_news(before: Proportion, now: Proportion) -> bool:
    return much_less(now.value, before.value) or much_less(before.value, now.value)


def _near_names(before: Iterable[str], now: Iterable[str]) -> dict[str, str]:
    """Find of new names the former ones that differ only in case or blanks."""
    former: dict[str, list[str]] = {}
    for kind in before:
        former.setdefault(_plain(kind), []).append(kind)
    known = {kind for kinds in former.values() for kind in kinds}
    found = {kind: former.get(_plain(kind), []) for kind in now if kind not in known}
    return {kind: kinds[0] for kind, kinds in found.items() if len(kinds) == 1}


def _plain(kind: str) -> str:
    return BETWEEN.join("".join(name.split()).casefold() for name in kind.split(BETWEEN))


def compared_kinds(
    before: Evidence | None, now: Evidence, is_one: IsOne | None = None
) -> ComparedKinds | None:
    """Return the kinds of two samples; None where both don't tell them by the same fields.

    Nor are they compared where a kind field alone came or went, or doesn't hold a name: then all
    kinds have other names, and it is the field that tells what happened.

    Args:
        before: the committed sample, None without one.
        now: the fresh one.
        is_one: see `ComparedKinds`.

    """
    if before is None:
        return None
    one, other = before.profile.kinds, now.profile.kinds
    if not one.fields or one.fields != other.fields:
        return None
    shares = [Proportion(_partly_named(each), each.messages) for each in (one, other)]
    if _is_news(*shares) and min(chance_of_more(shares[1], shares[0]),
                                 chance_of_fewer(shares[1], shares[0])) < _SURELY:  # fmt: skip
        return None
    return ComparedKinds(one, other, is_one)


_SURELY = 1e-6


def _partly_named(kinds: EventKinds) -> int:
    """Count the events that have some of the kind fields and not all, or no name there."""
    partly = sum(
        n
        for kind, n in kinds.counts.items()
        if kind not in {OTHER, kinds.none} and "" in kind.split(BETWEEN)
    )
    return partly if kinds.is_folded else partly + kinds.counts.get(OTHER, 0)
