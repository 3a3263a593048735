"""Whether a condition can be true at all in events that lack some fields."""

from __future__ import annotations

from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionValueExpression,
)
from sigma.types import SigmaExists, SigmaFieldReference, SigmaNull

from schemagen.detections.values import UnsupportedValueError


def can_match(condition: Any, missing: frozenset[str]) -> bool:
    """Return whether a condition can be true in an event that lacks some fields.

    Args:
        condition: a parsed condition of pySigma's.
        missing: Sigma names.

    """
    return _verdict(condition, missing)[0]


def _verdict(condition: Any, missing: frozenset[str]) -> tuple[bool, bool]:
    """Return whether a condition can be true and whether it can be false."""
    if isinstance(condition, ConditionFieldEqualsValueExpression):
        return _leaf_verdict(condition, missing)
    if isinstance(condition, ConditionNOT):
        may_hold, may_fail = _verdict(condition.args[0], missing)
        return may_fail, may_hold
    if isinstance(condition, ConditionItem):
        inner = [_verdict(one, missing) for one in condition.args]
        if isinstance(condition, ConditionAND):
            return all(one[0] for one in inner), any(one[1] for one in inner)
        return any(one[0] for one in inner), all(one[1] for one in inner)
    if not isinstance(condition, ConditionValueExpression):
        raise UnsupportedValueError("the condition selects nothing")
    return True, True


def _leaf_verdict(
    condition: ConditionFieldEqualsValueExpression, missing: frozenset[str]
) -> tuple[bool, bool]:
    value = condition.value
    if condition.field in missing:
        holds = isinstance(value, SigmaNull) or (isinstance(value, SigmaExists) and not value)
        return holds, not holds
    if isinstance(value, SigmaFieldReference) and value.field in missing:
        return False, True
    return True, True
