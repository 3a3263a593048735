"""How many events a detection can see: those that have what its conditions can't hold without.

No event is looked at, only how many had each field. So it is the most that there can be: of two
fields that are needed together, the rarer one decides; of two that are needed either or, both add
up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from schemagen.drift.scopes import references
from schemagen.drift.verdict import ConditionJudge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.scopes import NameScope, Steps


class EventCounts(Protocol):
    """How many events there were, and how many had a field."""

    @property
    def total(self) -> int:
        """How many events there were."""

    def having(self, steps: Steps) -> int:
        """Count the events that had a value, other than null, at a place of the columns."""


def visible(
    conditions: Sequence[tuple[exp.Expr, NameScope]], events: EventCounts, judge: ConditionJudge
) -> int:
    """Count the events that can meet conditions, at most.

    Args:
        conditions: what must hold, each with what its names mean.
        events: the events.
        judge: what else is known of them.

    """
    most = events.total
    for node, scope in conditions:
        # Where there is none left, the rest need not be looked at.
        most = min(most, _most(node, scope, events, judge)) if most else 0
    return most


def _most(node: exp.Expr, scope: NameScope, events: EventCounts, judge: ConditionJudge) -> int:
    if isinstance(node, exp.Paren):
        return _most(node.this, scope, events, judge)
    if isinstance(node, exp.And | exp.Or):
        first = _most(node.this, scope, events, judge)
        if isinstance(node, exp.And):
            return min(first, _most(node.expression, scope, events, judge)) if first else 0
        return min(first + _most(node.expression, scope, events, judge), events.total)
    if not judge.verdict(node, scope).may_hold:
        return 0
    reads = set(references(node, scope))
    needed = [steps for steps in reads if not _holds_without(node, scope, judge, [steps])]
    most = min((events.having(steps) for steps in needed), default=events.total)
    if not needed and len(reads) > 1 and not _holds_without(node, scope, judge, reads):
        most = sum(events.having(steps) for steps in reads)
    return min(most, events.total)


def _holds_without(
    node: exp.Expr, scope: NameScope, judge: ConditionJudge, lost: Sequence[Steps] | set[Steps]
) -> bool:
    without = ConditionJudge((*judge.lost, *lost), judge.values)
    return without.verdict(node, scope).may_hold
