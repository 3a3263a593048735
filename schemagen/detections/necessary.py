"""What an event must hold for a predicate to match: the texts of which one can't be missing.

Of an AND one of its parts is enough, of an OR all are needed, and of a NOT nothing is known. What
comes out is a condition that each matching event meets and that is cheap to look for: a text in the
lower case of a value. It may hold of events that don't match; it never fails on one that does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.detections.dispatch import compared, place_of
from schemagen.detections.logic import operands_of
from schemagen.detections.necessary_regex import UNSTEADY, RegexText, texts_of_regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

SHORTEST = 2
"""Shorter texts are in every value: there is no use in looking for them."""


class NeedleForm(StrEnum):
    """Where in a value a needle must be."""

    WITHIN = "within"
    """Anywhere."""
    LAST = "last"
    r"""All behind the last `\`: the name of a file."""
    WHOLE = "whole"
    """The value is the text."""


@dataclass(frozen=True, slots=True, order=True)
class Needle:
    """A text that a value must hold.

    Args:
        place: the expression of the value, written.
        form: where in the value.
        text: the text, in lower case; ASCII, so that no lower case of what is around changes it.

    """

    place: str
    form: NeedleForm
    text: str


Needles = frozenset[Needle]
"""Of these texts one must be there; of none: the predicate never matches."""


class NeedleFinder:
    """Finds what predicates can't match without.

    Args:
        weigh: how often a needle is found where it means nothing: the least is chosen.
        known: values of columns that are known, by the written column: a comparison with another
            literal is false.
        shared: written columns in which it is of no use to look.

    """

    def __init__(
        self,
        weigh: Callable[[Needle], float],
        known: Mapping[str, str] | None = None,
        shared: Collection[str] = (),
    ) -> None:
        self._weigh = weigh
        self._known = known or {}
        self._shared = shared

    def needles(self, node: exp.Expr) -> Needles | None:
        """Return the texts of which an event that matches has one; None where none is known."""
        find = _FINDERS.get(type(node))
        return None if find is None else find(self, node)

    def _inside(self, node: exp.Paren) -> Needles | None:
        return self.needles(node.this)

    def _conjunction(self, node: exp.And) -> Needles | None:
        return self._best([self.needles(each) for each in operands_of(exp.And, node)])

    def _disjunction(self, node: exp.Or) -> Needles | None:
        return _all([self.needles(each) for each in operands_of(exp.Or, node)])

    @staticmethod
    def _constant(node: exp.Boolean) -> Needles | None:
        return None if node.this else frozenset()

    def _best(self, found: Sequence[Needles | None]) -> Needles | None:
        """Choose the part of an AND that the fewest events meet."""
        known = [each for each in found if each is not None]
        return min(known, key=self.weight, default=None)

    def weight(self, needles: Needles) -> tuple[float, int, list[Needle]]:
        """Weigh needles of which one must be there; the same for the same set."""
        ordered = sorted(needles)
        return sum(map(self._weigh, ordered)), len(ordered), ordered

    # -- comparisons ---------------------------------------------------------------------------

    def _equality(self, node: exp.EQ) -> Needles | None:
        left, right = node.this, node.expression
        is_call = isinstance(left, exp.Anonymous)
        if is_call and left.name == "ARRAY_CONTAINS" and isinstance(right, exp.Boolean):
            return self._grouped(left, is_any=bool(right.this))
        return self._equals(left, right)

    def _equals(self, left: exp.Expr, right: exp.Expr) -> Needles | None:
        if not isinstance(right, exp.Literal):
            return None
        column = compared(left) if self._known else None
        if column is not None:
            known = self._known.get(column)
            if known is not None:
                return None if known == str(right.this) else frozenset()
            if column in self._shared:
                return None
        if not right.is_string:
            return None
        text, form = str(right.this), NeedleForm.WHOLE
        if isinstance(left, exp.Anonymous) and left.name == "SUBSTRING":
            form = _form_of_part(left, text)
            left = left.expressions[0]
        return _needle(left, text, form)

    def _grouped(self, call: exp.Anonymous, *, is_any: bool) -> Needles | None:
        """Read a chain that was split into groups (`logic`)."""
        array, wanted = call.expressions
        if not isinstance(array, exp.Array) or not isinstance(wanted, exp.Boolean):
            return None
        if bool(wanted.this) is not is_any:
            return None
        parts = []
        for item in array.expressions:
            if not isinstance(item, exp.Case) or len(item.args["ifs"]) != 1:
                return None
            parts.append(self.needles(item.args["ifs"][0].this))
        return _all(parts) if is_any else self._best(parts)

    def _membership(self, node: exp.In) -> Needles | None:
        return _all([self._equals(node.this, each) for each in node.expressions])

    @staticmethod
    def _found_within(node: exp.GT) -> Needles | None:
        call, least = node.this, node.expression
        if not isinstance(call, exp.Anonymous) or call.name != "INSTR":
            return None
        value, text = call.expressions[:2]
        if not isinstance(text, exp.Literal) or str(least.this) != "0":
            return None
        return _needle(value, str(text.this), NeedleForm.WITHIN)

    @staticmethod
    def _regex(negated: exp.Not) -> Needles | None:
        node = negated.this
        if not isinstance(node, exp.Is):
            return None
        call = node.this
        if not isinstance(call, exp.Anonymous) or call.name != "REGEXP_EXTRACT":
            return None
        if not isinstance(node.expression, exp.Null):
            return None
        regex, value = call.expressions[:2]
        if not isinstance(regex, exp.Literal):
            return None
        found = texts_of_regex(str(regex.this))
        if found is None:
            return None
        return _all([_needle(value, one.text, _form_in_regex(one)) for one in found])


_FINDERS: dict[type[exp.Expr], Callable[[NeedleFinder, Any], Needles | None]] = {
    exp.And: NeedleFinder._conjunction,  # noqa: SLF001 - its own methods
    exp.Boolean: lambda _, node: NeedleFinder._constant(node),  # noqa: SLF001
    exp.EQ: NeedleFinder._equality,  # noqa: SLF001
    exp.GT: lambda _, node: NeedleFinder._found_within(node),  # noqa: SLF001
    exp.In: NeedleFinder._membership,  # noqa: SLF001
    exp.Not: lambda _, node: NeedleFinder._regex(node),  # noqa: SLF001
    exp.Or: NeedleFinder._disjunction,  # noqa: SLF001
    exp.Paren: NeedleFinder._inside,  # noqa: SLF001
}
"""What finds the needles of a node."""


def _all(parts: Sequence[Needles | None]) -> Needles | None:
    """Join what the parts of an OR need."""
    found: Needles = frozenset()
    for part in parts:
        if part is None:
            return None
        found |= part
    return found


def _form_of_part(call: exp.Anonymous, text: str) -> NeedleForm:
    """Tell where a value has a part that is compared: its end can be the name of a file."""
    _, start, *length = call.expressions
    is_end = isinstance(start, exp.Neg) and not length
    return NeedleForm.LAST if is_end and is_file_name(text) else NeedleForm.WITHIN


def _form_in_regex(found: RegexText) -> NeedleForm:
    return NeedleForm.LAST if found.is_end and is_file_name(found.text) else NeedleForm.WITHIN


def is_file_name(text: str) -> bool:
    r"""Tell whether a text is `\` and the name of a file."""
    return len(text) > 1 and text[0] == "\\" and "\\" not in text[1:]


def _needle(value: exp.Expr, text: str, form: NeedleForm) -> Needles | None:
    """Make the needle of a text that a value holds, in any case of its letters."""
    is_lower = isinstance(value, exp.Anonymous) and value.name == "LCASE"
    if is_lower:
        value = value.expressions[0]
    place = place_of(value)
    if place is None:
        return None
    part = longest_steady(text) if is_lower else longest_plain(text)
    if part != text:
        form = NeedleForm.WITHIN
    part = part.lower()
    if form is NeedleForm.LAST:
        part = part[1:]
    elif form is NeedleForm.WITHIN and len(part.encode()) < SHORTEST:
        return None
    return frozenset({Needle(place, form, part)}) if part else None


def longest_plain(text: str) -> str:
    """Return the longest part of a text that has one lower case wherever it stands."""
    return max(_PLAIN.findall(text), key=len, default="")


def longest_steady(text: str) -> str:
    """Return the longest part of a text in lower case that stays what it is within others.

    Not control characters, which can't be seen in review, and no letters whose lower case depends
    on what is around them.
    """
    parts = UNSTEADY.split(text)
    return max((each for each in parts if each == each.lower()), key=len, default="")


_PLAIN = re.compile(r"(?:[ -#%-~]|\$(?!\{))+")
