"""What comes of binding a correlation to the columns of a stream."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

from schemagen.detections.bound import BoundRule, Status

if TYPE_CHECKING:
    from sqlglot import exp

    from schemagen.detections.correlation_rules import LoadedCorrelation
    from schemagen.profile.paths import Path


@dataclass(frozen=True, slots=True)
class Member:
    """One of the rules that a correlation correlates.

    Args:
        reference: its id or name, as the correlation has it.
        slot: its place among the correlation's rules, counted from 1.
        base: the rule or correlation; None where there is none.
        reason: why it can't be counted, one sentence; empty where it can.
        fields: the values of the fields that are asked of it, as text, by the name that the
            correlation gives them: a tree over the events' columns. Empty for a correlation, whose
            alerts carry them.
        renamed: for a correlation, what the names are in its own alerts.
        number: the number of the value's field, DOUBLE; None where none is asked for.
        paths: the paths of all these fields.

    """

    reference: str
    slot: int
    base: BoundRule | BoundCorrelation | None
    _: KW_ONLY
    reason: str = ""
    fields: dict[str, exp.Expr]
    renamed: dict[str, str]
    number: exp.Expr | None = None
    paths: tuple[Path, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether its matches can be counted."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class BoundCorrelation:
    """A correlation and what came of it.

    Args:
        rule: the correlation.
        status: whether it can work.
        members: its rules, in its order.
        reasons: why the status isn't BOUND, sentences.
        remarks: what else there is to know, sentences.

    """

    rule: LoadedCorrelation
    status: Status
    members: tuple[Member, ...]
    _: KW_ONLY
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def deployable(self) -> bool:
        """Whether it can be evaluated."""
        return self.status in _DEPLOYABLE

    @property
    def usable(self) -> tuple[Member, ...]:
        """The rules whose matches can be counted."""
        return tuple(member for member in self.members if member.usable)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that its alerts show: those of its group, its value, those it names."""
        wanted = (*self.rule.group_by, *self.rule.value_fields, *self.rule.fields)
        return tuple(dict.fromkeys(wanted))


_DEPLOYABLE = frozenset({Status.BOUND, Status.RARE, Status.NEVER})
