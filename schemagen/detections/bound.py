"""What comes of binding a rule to the columns of a stream."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlglot import exp

    from schemagen.detections.loaded import LoadedRule
    from schemagen.detections.references import Reference


class Status(StrEnum):
    """Whether a rule can work; the names are stable, reports and `--fail-on` key on them."""

    BOUND = "BOUND"
    """It can."""
    RARE = "RARE"
    """It can, but a field that it can't match without is hardly ever there."""
    NEVER = "NEVER"
    """It can, but none of the sampled events was of a kind that it is about."""
    UNFILTERED = "UNFILTERED"
    """The stream lacks a field by which it leaves events out: it would alert on these, too."""
    UNBOUND = "UNBOUND"
    """The stream lacks a field that it can't match without, or isn't about such events."""
    TYPE_CLASH = "TYPE-CLASH"
    """A column has a type that the rule's values can't be compared with."""
    UNSUPPORTED = "UNSUPPORTED"
    """It can't be expressed in ksqlDB."""


DEPLOYABLE = frozenset({Status.BOUND, Status.RARE, Status.NEVER})
"""Statuses of rules that become detections."""


@dataclass(frozen=True, slots=True)
class BoundField:
    """A field of a rule and where it is.

    Args:
        name: the Sigma name.
        references: where it is in the columns, in any of the kinds of events; none where nowhere.
        presence: the share of the sampled events that have it, 0 to 1; None where the evidence
            can't tell.
        needed: whether the rule can't match without it.

    """

    name: str
    references: tuple[Reference, ...]
    presence: float | None
    needed: bool


@dataclass(frozen=True, slots=True)
class UnboundField:
    """A field of a rule that the columns lack.

    Args:
        name: the Sigma name.
        paths: where it was looked for, the likeliest first, written with dots.
        suggestions: paths that the columns have: of the same name in another case, then of a
            similar one.
        needed: whether the rule can't match without it.
        filters: whether the rule matches more than it should without it.

    """

    name: str
    paths: tuple[str, ...]
    suggestions: tuple[str, ...]
    needed: bool
    filters: bool = False


@dataclass(frozen=True, slots=True)
class RuleSight:
    """How many of the sampled events that a rule is about it can see at most.

    Args:
        visible: the events that have what it can't match without.
        events: all events of the kinds that it is about.
        kinds: these kinds, as the evidence tells them.

    """

    visible: int
    events: int
    kinds: tuple[str, ...] = ()


class LazyCondition:
    """The condition of a rule over the columns, made when somebody asks for it.

    Args:
        make: gives the whole condition, and the part that picks the kinds of events.

    """

    def __init__(self, make: Callable[[], tuple[exp.Expr, exp.Expr | None]]) -> None:
        self._make = make
        self._made: tuple[exp.Expr, exp.Expr | None] | None = None

    @property
    def trees(self) -> tuple[exp.Expr, exp.Expr | None]:
        """The whole condition, and the part that picks the kinds of events; None for all."""
        if self._made is None:
            self._made = self._make()
        return self._made


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule and what came of it.

    Args:
        rule: the rule.
        status: whether it can work.
        condition: the condition; None unless the status is UNFILTERED or one of `DEPLOYABLE`.
        reasons: why the status isn't BOUND, sentences.
        remarks: what else there is to know, sentences.
        fields: the fields that the detection and the rule's `fields` name.
        unbound: the fields that the columns lack.
        sources: the kinds of events that the predicate covers, for people.
        conditions: where the fields of the log source's own conditions are.
        sight: how many of the sampled events it can see; None where the evidence tells no kinds
            of events apart.

    """

    rule: LoadedRule
    status: Status
    _: KW_ONLY
    condition: LazyCondition | None = None
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    fields: tuple[BoundField, ...] = ()
    unbound: tuple[UnboundField, ...] = ()
    sources: tuple[str, ...] = ()
    conditions: tuple[Reference, ...] = ()
    sight: RuleSight | None = None

    @property
    def predicate(self) -> exp.Expr | None:
        """The whole condition, log source included, if there is one.

        Trees are shared: copy one before changing it.
        """
        return None if self.condition is None else self.condition.trees[0]

    @property
    def events(self) -> exp.Expr | None:
        """What picks the kinds of events, a part of `predicate`; None where each event is meant."""
        return None if self.condition is None else self.condition.trees[1]

    @property
    def deployable(self) -> bool:
        """Whether it becomes a detection."""
        return self.status in DEPLOYABLE

    def field(self, name: str) -> BoundField | None:
        """Look a field up by its Sigma name."""
        return next((field for field in self.fields if field.name == name), None)
