"""Whether a comparison of a rule holds of a name that is known: that of a kind of events."""

from __future__ import annotations

import operator
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from schemagen.profile.kinds import part_name

if TYPE_CHECKING:
    from collections.abc import Callable

_WILDCARDS = {SpecialChars.WILDCARD_MULTI: ".*", SpecialChars.WILDCARD_SINGLE: "."}
_COMPARISONS: dict[CompareOperators, Callable[[Decimal, Decimal], bool]] = {
    CompareOperators.LT: operator.lt,
    CompareOperators.LTE: operator.le,
    CompareOperators.GT: operator.gt,
    CompareOperators.GTE: operator.ge,
}


def holds_of(value: SigmaType, name: str) -> bool | None:
    """Tell whether what a rule asks for holds of a name.

    Args:
        value: a value of the rule, after its modifiers.
        name: the name, not empty; a whole number is in digits.

    Returns:
        None where it can't be told.

    """
    for kind, told in _TOLD:
        if isinstance(value, kind):
            return told(value, name)
    return None


def _any_of(value: SigmaExpansion, name: str) -> bool | None:
    found = [holds_of(one, name) for one in value.values]
    return True if True in found else None if None in found else False


def _matches(value: SigmaString, name: str) -> bool | None:
    if value.contains_placeholder():
        return None
    cased = isinstance(value, SigmaCasedString)
    parts = [
        _WILDCARDS[one] if isinstance(one, SpecialChars) else re.escape(_folded(str(one), cased))
        for one in value.s
    ]
    return re.fullmatch("".join(parts), _folded(name, cased), re.DOTALL) is not None


def _folded(text: str, cased: bool) -> str:  # noqa: FBT001 - how texts are compared
    return text if cased else text.casefold()


def _finds(value: SigmaRegularExpression, name: str) -> bool | None:
    if value.contains_placeholder():
        return None
    flags = 0
    for flag in value.flags:
        flags |= value.sigma_to_python_flags[flag]
    try:
        return re.search(str(value.regexp), name, flags) is not None
    except re.error:
        return None


def _compares(value: SigmaCompareExpression, name: str) -> bool | None:
    if isinstance(value.number, SigmaTimestampPart):
        return None
    try:
        number = Decimal(name)
    except InvalidOperation:
        return False
    if not number.is_finite():
        return False
    return _COMPARISONS[value.op](number, Decimal(repr(value.number.number)))


_TOLD: tuple[tuple[type[SigmaType], Callable[[Any, str], bool | None]], ...] = (
    (SigmaExpansion, _any_of),
    (SigmaNull, lambda _, name: not name),
    (SigmaExists, lambda value, _: bool(value)),
    (SigmaBool, lambda value, name: name.casefold() == str(value).casefold()),
    (SigmaString, _matches),
    (SigmaRegularExpression, _finds),
    (SigmaTimestampPart, lambda _, __: None),
    (SigmaNumber, lambda value, name: part_name(value.number) == name),
    (SigmaCompareExpression, _compares),
)
