"""What a rule needs, read from its predicate once for all guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.detections.dispatch import compared_values
from schemagen.detections.necessary import need_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlglot import exp

    from schemagen.detections.necessary import Need, NeedleFinder, Needles


class RuleNeeds:
    """What one rule needs.

    Args:
        predicate: gives its predicate.
        values: the values of columns of which one must be there.
        need: the texts of which one must be there.

    """

    def __init__(
        self, predicate: Callable[[], exp.Expr], values: Mapping[str, frozenset[str]], need: Need
    ) -> None:
        self.values = values
        self.need = need
        self._predicate = predicate
        self._found: dict[str, tuple[Needles | None, float]] = {}

    @property
    def predicate(self) -> exp.Expr:
        """The whole condition."""
        return self._predicate()

    def needles(self, finder: NeedleFinder, kind: str) -> tuple[Needles | None, float]:
        """Return its needles for one kind of events, and how often they are found by chance.

        Args:
            finder: finds them, for this kind; all guards of a script use the same.
            kind: the kind, empty for all.

        """
        if kind not in self._found:
            needles = finder.needles_of(self.need)
            share = 1.0 if needles is None else finder.weight(needles)[0]
            self._found[kind] = needles, share
        return self._found[kind]


def needs_of(predicate: exp.Expr) -> RuleNeeds:
    """Read what a rule needs from its predicate."""
    return RuleNeeds(lambda: predicate, compared_values(predicate), need_of(predicate))
