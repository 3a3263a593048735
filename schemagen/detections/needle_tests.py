"""How needles are looked for: many texts by few calls of functions, since calls are what costs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.necessary import NeedleForm
from schemagen.detections.predicates import equal, number
from schemagen.detections.references import BETWEEN_TEXTS
from schemagen.ksqldb.dialect import call, parse_expression, subscript, write_expression
from schemagen.ksqldb.names import string_literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from schemagen.detections.necessary import Needle
    from schemagen.detections.whole_objects import WholeObjects

_FEW = 2
"""So few needles are looked for by a call each."""
_LITERAL = 30_000
"""Bytes of one list; a constant of Java holds 65,535."""
_MOST_WITHIN = 4
_SHORT = 4
"""Up to so many names, all longer than this, are looked for beside what may stand anywhere."""


@dataclass(frozen=True, slots=True)
class NeedleWriter:
    """Writes the tests whether an event has any of some needles.

    Attributes:
        parameters: four names for the parameters of lambdas, none of them that of a column.
        lowered: whether the lower case of a value is at hand, so that it costs no call.
        objects: finds what can be read as one text; None where each field is at hand.

    """

    parameters: tuple[str, str, str, str] = ("TX", "SX", "NX", "RX")
    lowered: bool = False
    objects: WholeObjects | None = None

    def tests(self, needles: Collection[Needle]) -> list[exp.Expr]:
        """Write tests of which one holds where a needle is there."""
        lists: dict[tuple[str, NeedleForm], list[str]] = defaultdict(list)
        within: dict[str, set[str]] = defaultdict(set)
        for needle in sorted(needles):
            if needle.form is NeedleForm.WITHIN:
                within[needle.place].add(needle.text)
            else:
                lists[needle.place, needle.form].append(needle.text)
        found: list[exp.Expr] = []
        for (place, form), texts in sorted(lists.items()):
            if within and len(texts) <= _MOST_WITHIN and min(map(len, texts)) > _SHORT:
                # They may be anywhere, too: a call each is dearer than a needle more.
                within[place] |= {"\\" * (form is NeedleForm.LAST) + text for text in texts}
            else:
                found += self._in_list(place, form, texts)
        return found + self._within(within)

    def _within(self, needles: Mapping[str, set[str]]) -> list[exp.Expr]:
        texts = sorted({text for each in needles.values() for text in each})
        place = min(needles, default="")
        if len(texts) <= _FEW and len(needles) == 1 and not _joined(parse_expression(place))[1:]:
            return [_positive(call("INSTR", _lower(place), string_literal(one))) for one in texts]
        return [self._scan(sorted(needles), part) for part in _parts(texts)]

    def _scan(self, places: Sequence[str], texts: Sequence[str]) -> exp.Expr:
        """Write the search for texts in places.

        A comparison evaluates its operands twice, once to see that they are not null, so that the
        sum is compared as the parameter of a second lambda. What comes out is never null: a WHERE
        that is null ends its query.
        """
        text, sums, needle, total = (
            exp.Identifier(this=name, quoted=False) for name in self.parameters
        )
        separator = string_literal(BETWEEN_TEXTS)
        joins = [_joined(parse_expression(place)) for place in places]
        values = _distinct(part for join in joins for part in join)
        if self.objects is not None and any(join[1:] for join in joins):
            values, texts = self.objects.read(values, texts)
        if self.lowered:
            joined = call("CONCAT_WS", separator, *(call("LCASE", value) for value in values))
        else:
            joined = call("LCASE", call("CONCAT_WS", separator, *values))
        added = exp.Add(this=sums.copy(), expression=call("INSTR", text.copy(), needle.copy()))
        pieces = call("SPLIT", string_literal(BETWEEN_TEXTS.join(texts)), separator.copy())
        summed = call(
            "REDUCE",
            pieces,
            exp.Literal.number(0),
            exp.Lambda(this=added, expressions=[sums, needle]),
        )
        each = call(
            "TRANSFORM",
            exp.Array(expressions=[joined]),
            exp.Lambda(this=summed, expressions=[text]),
        )
        found = call(
            "TRANSFORM", each, exp.Lambda(this=_positive(total), expressions=[total.copy()])
        )
        return call("COALESCE", subscript(found, 1), exp.Boolean(this=False))

    @staticmethod
    def _in_list(place: str, form: NeedleForm, texts: Sequence[str]) -> list[exp.Expr]:
        value = _lower(place)
        if form is NeedleForm.LAST:
            value = subscript(call("SPLIT", value, string_literal("\\")), -1)
        if len(texts) == 1:
            return [equal(value, string_literal(texts[0]))]
        bar = string_literal(BETWEEN_TEXTS)
        whole = call("CONCAT", bar, value, bar.copy())
        return [
            _positive(call("INSTR", string_literal(listed(part)), whole.copy()))
            for part in _parts(texts)
        ]


def listed(texts: Iterable[str]) -> str:
    """Write a list in which one INSTR finds a whole text between its separators."""
    return BETWEEN_TEXTS + "".join(f"{text}{BETWEEN_TEXTS}" for text in texts)


def _joined(value: exp.Expr) -> list[exp.Expr]:
    """Return the values that an expression joins to one text; itself where it is one value."""
    if isinstance(value, exp.Anonymous) and value.name == "CONCAT_WS":
        return list(value.expressions[1:])
    return [value]


def _distinct(values: Iterable[exp.Expr]) -> list[exp.Expr]:
    return list({write_expression(value): value for value in values}.values())


def _positive(node: exp.Expr) -> exp.Expr:
    return exp.GT(this=node, expression=number(0))


def _lower(place: str) -> exp.Expr:
    return call("LCASE", parse_expression(place))


def _parts(texts: Sequence[str]) -> list[list[str]]:
    """Cut a list so that each part is a constant."""
    parts: list[list[str]] = []
    size = _LITERAL
    for text in texts:
        size += len(text.encode()) + 2
        if size > _LITERAL:
            parts.append([])
            size = len(text.encode()) + 2
        parts[-1].append(text)
    return parts
