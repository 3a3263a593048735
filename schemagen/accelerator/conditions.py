"""Conditions of rules as data: what the function evaluates, and the replay writes as SQL again.

A condition is a tree of AND, OR and NOT over tests of values. What a test can't say is unknown: the
function then answers "maybe", and the statement decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class AskedForm(IntEnum):
    """What a test asks of a value; the numbers are those of the specification."""

    EQUALS = 0
    """It is one of some texts."""
    STARTS = 1
    """It starts with one of them."""
    ENDS = 2
    """It ends with one of them."""
    CONTAINS = 3
    """It holds one of them."""
    EXPRESSION = 4
    """A regular expression is found in it."""
    NUMBERS = 5
    """It is one of some whole numbers."""
    MISSING = 6
    """There is none."""
    TRUTH = 7
    """It is a BOOLEAN, TRUE or FALSE."""


@dataclass(frozen=True, slots=True)
class Way:
    """A value in the STRUCT that the function is given.

    Args:
        steps: the stored names and keys that lead to it; a key of a MAP has TRUE.

    """

    steps: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class GivenText:
    """A value that the function is given beside the STRUCT, as text.

    Args:
        index: its place among these, counted from 0.

    """

    index: int


@dataclass(frozen=True, slots=True)
class JoinedTexts:
    """Several texts that are searched as one."""

    places: tuple[Way | GivenText, ...]


ValuePlace = Way | GivenText | JoinedTexts


@dataclass(frozen=True, slots=True)
class Asked:
    """A test of the value at a place.

    Args:
        form: what is asked.
        place: where the value is.
        lowered: whether its lower case is asked; of a BOOLEAN, what it must be.
        texts: the texts, or the expression.
        numbers: the numbers.
        needed: tests of texts of which one holds wherever the expression is found; none where no
            such are known.

    """

    form: AskedForm
    place: ValuePlace
    lowered: bool = False
    texts: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    needed: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Fixed:
    """TRUE or FALSE; None for what can't be said here."""

    value: bool | None


@dataclass(frozen=True, slots=True)
class Joint:
    """All of some conditions, or any of them."""

    is_all: bool
    parts: tuple[RuleCondition, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """NOT."""

    part: RuleCondition


RuleCondition = Asked | Fixed | Joint | Negated


@dataclass(frozen=True, slots=True)
class KindPlace:
    """The place whose value tells kinds of events apart.

    Args:
        place: where it is.
        is_text: whether kinds are texts; else they are whole numbers.
        lowered: whether they are in lower case.

    """

    place: ValuePlace
    is_text: bool = False
    lowered: bool = False


@dataclass(frozen=True, slots=True)
class TabledRule:
    """A rule in the specification.

    Args:
        key: what the function calls it.
        group: what it calls the rules that one query has.
        condition: when it matches.
        kinds: the kinds of events outside of which it can't match, sorted; None for any.

    """

    key: str
    group: str
    condition: RuleCondition
    kinds: tuple[int | str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RuleTable:
    """What a specification says."""

    rules: tuple[TabledRule, ...]
    kind: KindPlace | None = None


def places_of(rule: TabledRule) -> set[ValuePlace]:
    """Return the places whose values a rule asks for."""
    found: set[ValuePlace] = set()
    waiting = [rule.condition]
    while waiting:
        condition = waiting.pop()
        if isinstance(condition, Joint):
            waiting += condition.parts
        elif isinstance(condition, Negated):
            waiting.append(condition.part)
        elif isinstance(condition, Asked):
            found.add(condition.place)
    return found


def is_exact(condition: RuleCondition) -> bool:
    """Tell whether the function never answers "maybe", whatever the event holds.

    A regular expression may take too long.
    """
    if isinstance(condition, Joint):
        return all(map(is_exact, condition.parts))
    if isinstance(condition, Negated):
        return is_exact(condition.part)
    if isinstance(condition, Fixed):
        return condition.value is not None
    return condition.form is not AskedForm.EXPRESSION


def has_unknown(condition: RuleCondition) -> bool:
    """Tell whether a part of a condition can't be said here."""
    if isinstance(condition, Joint):
        return any(map(has_unknown, condition.parts))
    if isinstance(condition, Negated):
        return has_unknown(condition.part)
    return isinstance(condition, Fixed) and condition.value is None
