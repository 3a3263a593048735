"""What a rule needs, read from its predicate once for all guards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from schemagen.detections.cost import calls_in
from schemagen.detections.dispatch import compared_values
from schemagen.detections.necessary import need_of
from schemagen.detections.note_forms import need_note, noted_need
from schemagen.ksqldb.dialect import parse_expression, write_expression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlglot import exp

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.necessary import Need, NeedleFinder, Needles
    from schemagen.detections.notes import RuleNotes


@dataclass(frozen=True, slots=True)
class MoreAsked:
    """What is asked of an event for a rule whose needles say little.

    Attributes:
        calls: the calls of functions in it.
        tree: makes it.

    """

    calls: int
    tree: Callable[[], exp.Expr]


class RuleNeeds:
    """What one rule needs.

    Args:
        predicate: gives its predicate.
        values: the values of columns of which one must be there.
        need: the texts of which one must be there.
        notes: what is known of the rule; None where nothing is kept.

    """

    def __init__(
        self,
        predicate: Callable[[], exp.Expr],
        values: Mapping[str, frozenset[str]],
        need: Need,
        notes: RuleNotes | None = None,
    ) -> None:
        self.values = values
        self.need = need
        self._predicate = predicate
        self._notes = notes
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

    def more(self, about: str, ask: Callable[[], exp.Expr | None]) -> MoreAsked | None:
        """Return what is asked beside the needles; None where there is no more to ask.

        Args:
            about: of which events, and how: what decides the rest.
            ask: makes it.

        """
        known = {} if self._notes is None else dict(self._notes.get("more") or {})
        if about in known:
            note = known[about]
            return None if note is None else MoreAsked(note[1], partial(parse_expression, note[0]))
        tree = ask()
        note = None if tree is None else [write_expression(tree), calls_in(tree)]
        if self._notes is not None:
            self._notes.put("more", {**known, about: note})
        # Read from its text in any case, so that the same is made of it in the next run.
        return None if note is None else MoreAsked(note[1], partial(parse_expression, note[0]))


def needs_of(bound: BoundRule) -> RuleNeeds:
    """Read what a rule needs from its predicate, or from what was noted of it."""

    def predicate() -> exp.Expr:
        if bound.predicate is None:
            raise ValueError("a rule without a predicate can't be deployed")
        return bound.predicate

    notes = bound.rule.notes
    note = None if notes is None else notes.get("needs")
    if note is not None:
        values = {column: frozenset(each) for column, each in note[0].items()}
        return RuleNeeds(predicate, values, noted_need(note[1]), notes)
    tree = predicate()
    values, need = compared_values(tree), need_of(tree)
    if notes is not None:
        notes.put("needs", [{key: sorted(each) for key, each in values.items()}, need_note(need)])
    return RuleNeeds(predicate, values, need, notes)
