"""Binding correlations: their rules, and the fields that make groups and values in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigma.exceptions import SigmaError
from sqlglot import exp

from schemagen.detections.bound import BoundRule, Status
from schemagen.detections.correlation_rules import NUMERIC, TEMPORAL, LoadedCorrelation
from schemagen.detections.correlations.bound import BoundCorrelation, Member
from schemagen.detections.correlations.final_rules import is_final
from schemagen.detections.correlations.support import (
    events_kept,
    exactness,
    lowest,
    why_unsupported,
)
from schemagen.detections.envelope import as_text
from schemagen.detections.predicates import is_not_null
from schemagen.ksqldb.dialect import call
from schemagen.ksqldb.names import string_literal
from schemagen.ksqldb.types import DOUBLE, VARCHAR, Array, Scalar
from schemagen.ksqldb.types import to_sqlglot as type_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from schemagen.detections.binding import Binder
    from schemagen.detections.references import Reference
    from schemagen.detections.rules import RuleSet

_NUMBERS = ("INT", "BIGINT", "DOUBLE", "DECIMAL")
_NUMBER_TEXT = r"^\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?\s*$"
_WEIGHT = {status: place for place, status in enumerate(Status)}


class _UnboundFieldError(Exception):
    """A field that is asked of a rule isn't there; the message is a clause."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def bind_correlations(
    loaded: RuleSet, rules: Iterable[BoundRule], binder: Binder
) -> list[BoundCorrelation]:
    """Bind the correlations of a rule set.

    Args:
        loaded: the rules and correlations.
        rules: its rules, bound.
        binder: what bound them.

    Returns:
        One for each correlation, in the same order.

    """
    return _Binding(loaded, rules, binder).all()


class _Binding:
    def __init__(self, loaded: RuleSet, rules: Iterable[BoundRule], binder: Binder) -> None:
        self._names = loaded.names()
        self._binder = binder
        self._rules = {bound.rule.id: bound for bound in rules}
        self._loaded = loaded.correlations
        self._made: dict[str, BoundCorrelation] = {}
        self._wanted = {rule.id: self._asked_by_chains(rule) for rule in self._loaded}
        self._kept = events_kept([rule for rule in self._loaded if not why_unsupported(rule)])

    def all(self) -> list[BoundCorrelation]:
        return [self._bind(rule, ()) for rule in self._loaded]

    def _asked_by_chains(self, rule: LoadedCorrelation) -> tuple[str, ...]:
        """List the fields that correlations over this one ask of it, whatever is between."""
        asked: dict[str, None] = {}
        waiting: list[tuple[LoadedCorrelation, tuple[str, ...]]] = [(rule, ())]
        for _ in range(len(self._loaded)):
            above = [
                (other, reference, names)
                for known, names in waiting
                for other in self._loaded
                for reference in other.rules
                if self._names.find(reference)[0] is known
            ]
            waiting = []
            for other, reference, _ in above:
                names = (*other.group_by, *other.value_fields, *other.fields)
                own = tuple(other.field_of(name, reference) for name in names)
                waiting.append((other, own))
                asked |= dict.fromkeys(own)
        return tuple(asked)

    def _bind(self, rule: LoadedCorrelation, inside: tuple[str, ...]) -> BoundCorrelation:
        known = self._made.get(rule.id)
        if known is not None:
            return known
        if rule.id in inside:
            reason = "It is among the rules of its own rules: a chain must have an end."
            return BoundCorrelation(rule, Status.UNSUPPORTED, (), reasons=(reason,))
        members = tuple(
            self._member(rule, reference, slot, (*inside, rule.id))
            for slot, reference in enumerate(rule.rules, 1)
        )
        made = self._judge(rule, members)
        if not inside:
            self._made[rule.id] = made
        return made

    # -- one rule of a correlation -------------------------------------------------------------

    def _member(
        self, rule: LoadedCorrelation, reference: str, slot: int, inside: tuple[str, ...]
    ) -> Member:
        found, why = self._names.find(reference)
        base: BoundRule | BoundCorrelation | None = None
        if isinstance(found, LoadedCorrelation):
            base = self._bind(found, inside)
        elif found is not None:
            base = self._rules.get(found.id)
        if base is None:
            reason = f"{why or 'The rule was not bound'}."
            return Member(reference, slot, None, reason=reason, fields={}, renamed={})
        if not base.deployable:
            reason = f"`{base.rule.title}` is {base.status}."
            return Member(reference, slot, base, reason=reason, fields={}, renamed={})
        if isinstance(base, BoundCorrelation):
            if is_final(base.rule):
                reason = f"`{base.rule.title}` is told when its window is over, too late to count."
                return Member(reference, slot, None, reason=reason, fields={}, renamed={})
            return self._chained(rule, reference, slot, base)
        return self._plain(rule, reference, slot, base)

    def _plain(self, rule: LoadedCorrelation, reference: str, slot: int, base: BoundRule) -> Member:
        fields: dict[str, exp.Expr] = {}
        number: exp.Expr | None = None
        paths = []
        reason = ""
        needed = (*rule.group_by, *rule.value_fields)
        names = dict.fromkeys((*needed, *rule.fields, *self._wanted[rule.id]))
        for name in names:
            target = rule.field_of(name, reference)
            try:
                found = self._find(base, target)
                fields[name] = _by_kind(found, as_text)
                if name in rule.value_fields and rule.type in NUMERIC:
                    number = _by_kind(found, _as_number)
            except _UnboundFieldError as error:
                if name in needed and not reason:
                    reason = f"{base.rule.title}: {error.reason}."
                continue
            paths += [ref.path for _, references in found for ref in references]
        return Member(
            reference,
            slot,
            base,
            reason=reason,
            fields=fields,
            renamed={},
            number=number,
            paths=tuple(paths),
        )

    def _chained(
        self, rule: LoadedCorrelation, reference: str, slot: int, base: BoundCorrelation
    ) -> Member:
        needed = (*rule.group_by, *rule.value_fields)
        names = dict.fromkeys((*needed, *rule.fields, *self._wanted[rule.id]))
        renamed = {name: rule.field_of(name, reference) for name in names}
        reason = ""
        for name in needed:
            lacking = [member for member in base.usable if not _provides(member, renamed[name])]
            if len(lacking) == len(base.usable):
                reason = f"{base.rule.title}: none of its rules has `{renamed[name]}`."
                break
        if not reason and rule.type in NUMERIC:
            reason = f"{base.rule.title}: the number of a field isn't kept along a chain."
        return Member(reference, slot, base, reason=reason, fields={}, renamed=renamed)

    def _find(self, base: BoundRule, target: str) -> list[tuple[exp.Expr, tuple[Reference, ...]]]:
        try:
            kinds = self._binder.locate(base, target)
        except SigmaError as error:
            raise _UnboundFieldError(Status.UNSUPPORTED, str(error.args[0])) from None
        found = [(events, use.references) for events, use in kinds if use.references]
        if not found:
            near = self._binder.suggestions(target)
            hint = f" (there is {', '.join(f'`{path}`' for path in near)})" if near else ""
            raise _UnboundFieldError(Status.UNBOUND, f"`{target}` is not in the columns{hint}")
        for _, references in found:
            for reference in references:
                if isinstance(reference.whole_type(), Array) or as_text(reference) is None:
                    why = f"`{target}` is a list or an object, not one value"
                    raise _UnboundFieldError(Status.TYPE_CLASH, why)
        return found

    # -- the whole correlation -----------------------------------------------------------------

    def _judge(self, rule: LoadedCorrelation, members: tuple[Member, ...]) -> BoundCorrelation:
        why = why_unsupported(rule)
        if why:
            return BoundCorrelation(rule, Status.UNSUPPORTED, members, reasons=(why,))
        lost = [f"{one.reason[0].upper()}{one.reason[1:]}" for one in members if one.reason]
        usable = [one for one in members if one.usable]
        needed = 1
        if rule.type in TEMPORAL:
            needed = len(rule.rules) if rule.expression else lowest(rule) or len(rule.rules)
        if len(usable) < needed:
            return BoundCorrelation(rule, Status.UNBOUND, members, reasons=tuple(lost))
        statuses = [one.base.status for one in usable if one.base is not None]
        everything = rule.type in TEMPORAL
        choose = max if everything else min
        status = choose(statuses, key=lambda each: _WEIGHT[each])
        reasons = [
            f"`{one.base.rule.title}` is {one.base.status}."
            for one in usable
            if one.base is not None and one.base.status is not Status.BOUND
        ]
        rare = [text for one in usable for text in self._rare(rule, one)]
        if rare and status is Status.BOUND:
            status = Status.RARE
            reasons += rare
        remarks = [f"Not counted: {each}" for each in lost]
        remarks += exactness(rule, self._kept)
        if status is Status.BOUND:
            remarks, reasons = [*remarks, *reasons], []
        return BoundCorrelation(
            rule, status, members, reasons=tuple(reasons), remarks=tuple(remarks)
        )

    def _rare(self, rule: LoadedCorrelation, member: Member) -> list[str]:
        """Say which fields of a group are hardly ever there."""
        if not isinstance(member.base, BoundRule):
            return []
        found = []
        for name in (*rule.group_by, *rule.value_fields):
            target = rule.field_of(name, member.reference)
            references = tuple(
                reference
                for _, references in self._find(member.base, target)
                for reference in references
            )
            share = self._binder.presence(references)
            if share is not None and share < self._binder.options.rare:
                found.append(f"`{target}` is in {share:.3%} of the sampled events.")
        return found


def _provides(member: Member, name: str) -> bool:
    """Return whether the events of a rule carry a field under its correlation's name."""
    if isinstance(member.base, BoundCorrelation):
        inner = member.renamed.get(name, name)
        return any(_provides(each, inner) for each in member.base.usable)
    return name in member.fields


def _by_kind(
    found: Sequence[tuple[exp.Expr, tuple[Reference, ...]]],
    make: Callable[[Reference], exp.Expr | None],
) -> exp.Expr:
    """Make the value of a field: of each kind of events, where these have it."""
    values = [(events, _first([make(one) for one in refs])) for events, refs in found]
    if len({value.sql() for _, value in values}) == 1:
        return values[0][1]
    branches = [exp.If(this=events.copy(), true=value) for events, value in values]
    return exp.Case(ifs=branches)


def _first(values: Sequence[exp.Expr | None]) -> exp.Expr:
    there = [value for value in values if value is not None]
    return there[0] if len(there) == 1 else call("COALESCE", *there)


def _as_number(reference: Reference) -> exp.Expr | None:
    """Make the number at a reference as DOUBLE; NULL for a text that is none.

    Raises:
        _UnboundFieldError: the column holds no numbers.

    """
    value, declared = reference.value(), reference.whole_type()
    if value is None or not isinstance(declared, Scalar):
        raise _UnboundFieldError(Status.TYPE_CLASH, "the value is not one number")
    if declared.name in _NUMBERS:
        return value if declared == DOUBLE else _cast(value)
    if declared == VARCHAR:
        # CAST throws at a text that is not a number, and what throws takes its whole item with it.
        number = call("REGEXP_EXTRACT", string_literal(_NUMBER_TEXT), value.copy())
        return exp.Case(ifs=[exp.If(this=is_not_null(number), true=_cast(value))])
    raise _UnboundFieldError(Status.TYPE_CLASH, f"a column of {declared.name} has no numbers")


def _cast(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=type_tree(DOUBLE))
