"""Conditions written as the SQL that they were read from: what the function stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.accelerator.conditions import (
    Asked,
    AskedForm,
    Fixed,
    GivenText,
    JoinedTexts,
    Joint,
    Negated,
)
from schemagen.ksqldb.dialect import all_of, any_of, call, subscript
from schemagen.ksqldb.names import needs_quotes, string_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.accelerator.conditions import RuleCondition, ValuePlace

BETWEEN_TEXTS = "\u00a6"
"""Stands between texts that are searched as one."""


class PredicateWriter:
    """Writes conditions over the arguments of a call.

    Args:
        event: the STRUCT.
        texts: the further values.
        unknown: what stands for what a condition can't say: TRUE writes where it may hold, FALSE
            where it surely does.

    """

    def __init__(self, event: exp.Expr, texts: Sequence[exp.Expr], *, unknown: bool) -> None:
        self._event = event
        self._texts = texts
        self._unknown = unknown

    def write(self, condition: RuleCondition) -> exp.Expr:
        """Write a condition.

        Raises:
            LookupError: it names a value that there isn't.

        """
        return self._written(condition, unknown=self._unknown)

    def _written(self, condition: RuleCondition, *, unknown: bool) -> exp.Expr:
        if isinstance(condition, Fixed):
            return exp.Boolean(this=unknown if condition.value is None else condition.value)
        if isinstance(condition, Negated):
            inner = self._written(condition.part, unknown=not unknown)
            return exp.Not(this=_in_parentheses(inner))
        if isinstance(condition, Joint):
            parts = [self._written(each, unknown=unknown) for each in condition.parts]
            if not parts:
                return exp.Boolean(this=condition.is_all)
            if len(parts) == 1:
                return parts[0]
            return (all_of if condition.is_all else any_of)(list(map(_in_parentheses, parts)))
        return _WRITERS[condition.form](self, condition)

    # -- values --------------------------------------------------------------------------------

    def value(self, place: ValuePlace, *, plain: bool = False) -> exp.Expr:
        """Write a value; with `plain` as it is and not as the text that is given for it.

        Raises:
            LookupError: it isn't given.

        """
        if isinstance(place, JoinedTexts):
            texts = [self.value(each) for each in place.places]
            return call("CONCAT_WS", string_literal(BETWEEN_TEXTS), *texts)
        if isinstance(place, GivenText):
            node = self._texts[place.index]
            if plain and isinstance(node, exp.Cast):
                node = node.this
            return node.copy()
        node = self._event.copy()
        for name, is_key in place.steps:
            if is_key:
                node = subscript(node, name)
            else:
                quoted = needs_quotes(name) or name != name.upper()
                node = exp.Dot(this=node, expression=exp.Identifier(this=name, quoted=quoted))
        return node

    def _text(self, test: Asked) -> exp.Expr:
        value = self.value(test.place)
        return call("LCASE", value) if test.lowered else value

    # -- tests ---------------------------------------------------------------------------------

    def _any_text(self, test: Asked, one: Callable[[exp.Expr, str], exp.Expr]) -> exp.Expr:
        found = [one(self._text(test), text) for text in test.texts]
        return found[0] if len(found) == 1 else any_of(found)

    def equals(self, test: Asked) -> exp.Expr:
        """Write that a value is one of some texts."""
        texts = [string_literal(text) for text in test.texts]
        if len(texts) > 1 and all(isinstance(each, exp.Literal) for each in texts):
            return exp.In(this=self._text(test), expressions=texts)
        return self._any_text(test, lambda value, text: _equal(value, string_literal(text)))

    def starts(self, test: Asked) -> exp.Expr:
        """Write that it starts with one of them."""

        def one(value: exp.Expr, text: str) -> exp.Expr:
            length = exp.Literal.number(_length(text))
            part = call("SUBSTRING", value, exp.Literal.number(1), length)
            return _equal(part, string_literal(text))

        return self._any_text(test, one)

    def ends(self, test: Asked) -> exp.Expr:
        """Write that it ends with one of them."""

        def one(value: exp.Expr, text: str) -> exp.Expr:
            start = exp.Neg(this=exp.Literal.number(_length(text)))
            return _equal(call("SUBSTRING", value, start), string_literal(text))

        return self._any_text(test, one)

    def contains(self, test: Asked) -> exp.Expr:
        """Write that it holds one of them."""

        def one(value: exp.Expr, text: str) -> exp.Expr:
            found = call("INSTR", value, string_literal(text))
            return exp.GT(this=found, expression=exp.Literal.number(0))

        return self._any_text(test, one)

    def expression(self, test: Asked) -> exp.Expr:
        """Write that a regular expression is found in it."""
        found = call("REGEXP_EXTRACT", string_literal(test.texts[0]), self._text(test))
        return exp.Not(this=exp.Is(this=found, expression=exp.Null()))

    def numbers(self, test: Asked) -> exp.Expr:
        """Write that it is one of some numbers."""
        numbers = [_number(each) for each in test.numbers]
        value = self.value(test.place, plain=True)
        if len(numbers) == 1:
            return _equal(value, numbers[0])
        return exp.In(this=value, expressions=numbers)

    def missing(self, test: Asked) -> exp.Expr:
        """Write that there is no value."""
        return exp.Is(this=self.value(test.place, plain=True), expression=exp.Null())

    def truth(self, test: Asked) -> exp.Expr:
        """Write that a BOOLEAN is TRUE, or FALSE."""
        return _equal(self.value(test.place, plain=True), exp.Boolean(this=test.lowered))


_WRITERS: dict[AskedForm, Callable[[PredicateWriter, Asked], exp.Expr]] = {
    AskedForm.EQUALS: PredicateWriter.equals,
    AskedForm.STARTS: PredicateWriter.starts,
    AskedForm.ENDS: PredicateWriter.ends,
    AskedForm.CONTAINS: PredicateWriter.contains,
    AskedForm.EXPRESSION: PredicateWriter.expression,
    AskedForm.NUMBERS: PredicateWriter.numbers,
    AskedForm.MISSING: PredicateWriter.missing,
    AskedForm.TRUTH: PredicateWriter.truth,
}


def _equal(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.EQ(this=left, expression=right)


def _number(value: int) -> exp.Expr:
    literal = exp.Literal.number(abs(value))
    return exp.Neg(this=literal) if value < 0 else literal


def _length(text: str) -> int:
    """Return the length that ksqlDB counts: that of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def _in_parentheses(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node
