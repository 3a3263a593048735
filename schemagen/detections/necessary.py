"""What an event must hold for a predicate to match: the texts of which one can't be missing.

Of an AND one of its parts is enough, of an OR all are needed, and of a NOT nothing is known. What
comes out is a condition that each matching event meets and that is cheap to look for: a text in the
lower case of a value. It may hold of events that don't match; it never fails on one that does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlglot import exp

from schemagen.detections.dispatch import compared, place_of
from schemagen.detections.logic import operands_of
from schemagen.detections.necessary_regex import UNSTEADY, RegexText, texts_of_regex
from schemagen.detections.references import BETWEEN_TEXTS
from schemagen.ksqldb.dialect import rebuilt, write_expression

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


@dataclass(frozen=True, slots=True)
class LeafNeed:
    """What a comparison needs.

    Args:
        needles: the texts of which one must be there; None where none is known.
        column: the column that is compared with a literal, written; empty for anything else.
        literal: what it is compared with.

    """

    needles: Needles | None
    column: str = ""
    literal: str = ""


@dataclass(frozen=True, slots=True)
class JoinedNeed:
    """What the parts of an AND or an OR need.

    Args:
        is_any: whether any of them must hold; else all.
        parts: what they need.

    """

    is_any: bool
    parts: tuple[Need, ...]


Need: TypeAlias = LeafNeed | JoinedNeed
"""What a predicate needs, read from its tree once for all kinds of events."""
_UNKNOWN = LeafNeed(None)


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
        self._weights: dict[Needles, tuple[float, int, list[Needle]]] = {}

    def needles(self, node: exp.Expr) -> Needles | None:
        """Return the texts of which an event that matches has one; None where none is known."""
        return self.needles_of(need_of(node))

    def needles_of(self, need: Need) -> Needles | None:
        """Return the same of what was read from a predicate's tree."""
        if isinstance(need, LeafNeed):
            if self._known and need.column:
                value = self._known.get(need.column)
                if value is not None:
                    return None if value == need.literal else frozenset()
                if need.column in self._shared:
                    return None
            return need.needles
        parts = [self.needles_of(each) for each in need.parts]
        return _all(parts) if need.is_any else self._best(parts)

    def _best(self, found: Sequence[Needles | None]) -> Needles | None:
        """Choose the part of an AND that the fewest events meet."""
        known = [each for each in found if each is not None]
        return known[0] if len(known) == 1 else min(known, key=self.weight, default=None)

    def weight(self, needles: Needles) -> tuple[float, int, list[Needle]]:
        """Weigh needles of which one must be there; the same for the same set."""
        found = self._weights.get(needles)
        if found is None:
            ordered = sorted(needles)
            found = self._weights[needles] = (
                sum(map(self._weigh, ordered)),
                len(ordered),
                ordered,
            )
        return found


# -- reading a predicate --------------------------------------------------------------------------


def need_of(node: exp.Expr) -> Need:
    """Read from a predicate's tree what it needs."""
    read = _READERS.get(type(node))
    return _UNKNOWN if read is None else read(node)


def _joined(parts: list[Need], *, is_any: bool) -> Need:
    """Join what parts need, without those that tell nothing whatever the kind of event is."""
    if is_any and _UNKNOWN in parts:
        return _UNKNOWN
    telling = tuple(parts if is_any else (each for each in parts if each != _UNKNOWN))
    if len(telling) == 1:
        return telling[0]
    return JoinedNeed(is_any, telling) if is_any or telling else _UNKNOWN


def _conjunction(node: exp.And) -> Need:
    return _joined([need_of(each) for each in operands_of(exp.And, node)], is_any=False)


def _disjunction(node: exp.Or) -> Need:
    return _joined([need_of(each) for each in operands_of(exp.Or, node)], is_any=True)


def _constant(node: exp.Boolean) -> Need:
    return LeafNeed(None if node.this else frozenset())


def _equality(node: exp.EQ) -> Need:
    left, right = node.this, node.expression
    is_call = isinstance(left, exp.Anonymous)
    if is_call and left.name == "ARRAY_CONTAINS" and isinstance(right, exp.Boolean):
        return _grouped(left, is_any=bool(right.this))
    return _equals(left, right)


def _equals(left: exp.Expr, right: exp.Expr) -> Need:
    if not isinstance(right, exp.Literal):
        return _UNKNOWN
    needles = None
    column = compared(left) or ""
    if right.is_string:
        text, form = str(right.this), NeedleForm.WHOLE
        if isinstance(left, exp.Anonymous) and left.name == "SUBSTRING":
            form = _form_of_part(left, text)
            left = left.expressions[0]
        needles = _needle(left, text, form)
    return LeafNeed(needles, column, str(right.this) if column else "")


def _grouped(call: exp.Anonymous, *, is_any: bool) -> Need:
    """Read a chain that was split into groups (`logic`)."""
    array, wanted = call.expressions
    if not isinstance(array, exp.Array) or not isinstance(wanted, exp.Boolean):
        return _UNKNOWN
    if bool(wanted.this) is not is_any:
        return _UNKNOWN
    parts = []
    for item in array.expressions:
        if not isinstance(item, exp.Case) or len(item.args["ifs"]) != 1:
            return _UNKNOWN
        parts.append(need_of(item.args["ifs"][0].this))
    return _joined(parts, is_any=is_any)


def _membership(node: exp.In) -> Need:
    return _joined([_equals(node.this, each) for each in node.expressions], is_any=True)


def _more_than_none(node: exp.GT) -> Need:
    call, least = node.this, node.expression
    if not isinstance(call, exp.Anonymous) or str(least.this) != "0":
        return _UNKNOWN
    if call.name == "ARRAY_LENGTH":
        return _any_item(call.expressions[0])
    if call.name != "INSTR":
        return _UNKNOWN
    value, text = call.expressions[:2]
    if not isinstance(text, exp.Literal):
        return _UNKNOWN
    return LeafNeed(_needle(value, str(text.this), NeedleForm.WITHIN))


def _any_item(items: exp.Expr) -> Need:
    """Read `FILTER(ARRAY[…], ITEM => …)`, of which an item must be left: it may be any."""
    if not isinstance(items, exp.Anonymous) or items.name != "FILTER":
        return _UNKNOWN
    array, condition = items.expressions
    if not isinstance(array, exp.Array) or not isinstance(condition, exp.Lambda):
        return _UNKNOWN
    (name,) = condition.expressions
    parts = [need_of(_of_item(condition.this, name, value)) for value in array.expressions]
    return _joined(parts, is_any=True)


def _of_item(condition: exp.Expr, name: exp.Expr, value: exp.Expr) -> exp.Expr:
    """Return what a lambda says of its parameter, said of a value."""

    def found(node: exp.Expr) -> exp.Expr | None:
        inner = node.this if isinstance(node, exp.Column) else node
        is_item = isinstance(inner, exp.Identifier) and inner == name
        return value.copy() if is_item else None

    return rebuilt(condition, found)


def _regex(negated: exp.Not) -> Need:
    node = negated.this
    if not isinstance(node, exp.Is):
        return _UNKNOWN
    call = node.this
    if not isinstance(call, exp.Anonymous) or call.name != "REGEXP_EXTRACT":
        return _UNKNOWN
    if not isinstance(node.expression, exp.Null):
        return _UNKNOWN
    regex, value = call.expressions[:2]
    if not isinstance(regex, exp.Literal):
        return _UNKNOWN
    found = texts_of_regex(str(regex.this))
    if found is None:
        return _UNKNOWN
    return LeafNeed(_all([_needle(value, one.text, _form_in_regex(one)) for one in found]))


_READERS: dict[type[exp.Expr], Callable[[Any], Need]] = {
    exp.And: _conjunction,
    exp.Boolean: _constant,
    exp.EQ: _equality,
    exp.GT: _more_than_none,
    exp.In: _membership,
    exp.Not: _regex,
    exp.Or: _disjunction,
    exp.Paren: lambda node: need_of(node.this),
}
"""What reads the need of a node."""


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
    place = place_of(value) or _joined_place(value)
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


def _joined_place(value: exp.Expr) -> str | None:
    """Write columns that are joined to one text; None for anything else."""
    if not isinstance(value, exp.Anonymous) or value.name != "CONCAT_WS":
        return None
    separator, *parts = value.expressions
    is_known = isinstance(separator, exp.Literal) and str(separator.this) == BETWEEN_TEXTS
    return write_expression(value) if is_known and all(map(place_of, parts)) else None


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
