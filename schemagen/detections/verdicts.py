"""What a condition can still be in events that lack some fields.

A comparison with a field that is not there is false, one with null is true, whatever the events
really hold. Where the rule then matches less than its author meant, events are missed; where it
matches more, in a filter as a rule, what should be filtered raises alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
)
from sigma.types import SigmaExists, SigmaFieldReference, SigmaNull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a condition can be.

    Args:
        may_hold: whether it can be true.
        may_fail: whether it can be false.
        more: fields for lack of which it may be true where it should not be.
        less: fields for lack of which it may be false where it should not be.

    """

    may_hold: bool = True
    may_fail: bool = True
    more: frozenset[str] = _NOTHING
    less: frozenset[str] = _NOTHING


def pruned(condition: Any) -> Any:
    """Take out of a parsed condition what a pipeline left empty; None where nothing is left.

    Raises:
        UnsupportedValueError: it is not a condition.

    """
    if isinstance(condition, ConditionItem):
        inner = [part for one in condition.args if (part := pruned(one)) is not None]
        if not inner or (len(inner) == 1 and condition.arg_count > 1):
            return inner[0] if inner else None
        condition.args = inner
    return condition


def can_match(
    condition: Any, missing: frozenset[str], known: Callable[[Any], bool | None] | None = None
) -> bool:
    """Return whether a condition can be true in an event that lacks some fields.

    Args:
        condition: a parsed condition of pySigma's, pruned.
        missing: Sigma names.
        known: returns whether a comparison holds of what is known of the event, None where it
            isn't known.

    """
    return verdict(condition, missing, known).may_hold


def verdict(
    condition: Any, missing: frozenset[str], known: Callable[[Any], bool | None] | None = None
) -> Verdict:
    """Judge a condition; see `can_match`."""
    if isinstance(condition, ConditionFieldEqualsValueExpression):
        holds = None if known is None else known(condition)
        if holds is not None:
            return Verdict(may_hold=holds, may_fail=not holds)
        return _leaf_verdict(condition, missing)
    if isinstance(condition, ConditionNOT):
        inner = verdict(condition.args[0], missing, known)
        return Verdict(inner.may_fail, inner.may_hold, inner.less, inner.more)
    if isinstance(condition, ConditionItem):
        parts = [verdict(one, missing, known) for one in condition.args]
        more = _NOTHING.union(*(part.more for part in parts))
        less = _NOTHING.union(*(part.less for part in parts))
        if isinstance(condition, ConditionAND):
            may_hold = all(part.may_hold for part in parts)
            may_fail = any(part.may_fail for part in parts)
        else:
            may_hold = any(part.may_hold for part in parts)
            may_fail = all(part.may_fail for part in parts)
        # Of what is always false, no part makes it true.
        return Verdict(may_hold, may_fail, more if may_hold else _NOTHING, less)
    return Verdict()


def _leaf_verdict(
    condition: ConditionFieldEqualsValueExpression, missing: frozenset[str]
) -> Verdict:
    value, name = condition.value, condition.field
    if name in missing:
        holds = isinstance(value, SigmaNull) or (isinstance(value, SigmaExists) and not value)
        fields = frozenset({name})
        if holds:
            return Verdict(may_fail=False, more=fields)
        return Verdict(may_hold=False, less=fields)
    if isinstance(value, SigmaFieldReference) and value.field in missing:
        return Verdict(may_hold=False, less=frozenset({value.field}))
    return Verdict()


def identifiers(condition: Any, fields: frozenset[str]) -> list[str]:
    """List the search identifiers of a rule that ask for any of some fields."""
    found: dict[str, None] = {}
    for leaf in _leaves(condition):
        if not fields.isdisjoint(_asked(leaf)):
            found |= dict.fromkeys(_identifier(leaf))
    return list(found)


def lost(condition: Any, missing: frozenset[str]) -> Iterator[tuple[str, bool, frozenset[str]]]:
    """Yield what can no longer match for lack of some fields.

    Yields:
        The search identifier, whether all of it is meant, and the missing fields.

    """
    if isinstance(condition, ConditionNOT):
        return
    judged = verdict(condition, missing)
    if not judged.may_hold:
        for name in _identifier(condition):
            yield name, not _is_part(condition), judged.less
    elif isinstance(condition, ConditionItem):
        for inner in condition.args:
            yield from lost(inner, missing)


def _leaves(condition: Any) -> Iterator[Any]:
    if isinstance(condition, ConditionItem):
        for inner in condition.args:
            yield from _leaves(inner)
    else:
        yield condition


def _asked(leaf: Any) -> frozenset[str]:
    if not isinstance(leaf, ConditionFieldEqualsValueExpression):
        return _NOTHING
    other = {leaf.value.field} if isinstance(leaf.value, SigmaFieldReference) else set()
    return frozenset({leaf.field, *other})


def _identifier(condition: Any) -> Iterator[str]:
    """Yield the search identifier that a part of a condition is of."""
    while condition is not None and not isinstance(condition, ConditionIdentifier):
        condition = condition.parent
    if condition is not None:
        yield condition.identifier


def _is_part(condition: Any) -> bool:
    """Return whether a search identifier has more than this part of its condition."""
    above = condition.parent
    while above is not None and not isinstance(above, ConditionIdentifier):
        if isinstance(above, ConditionItem):
            return True
        above = above.parent
    return False
