"""What the values of a rule ask of a field, and which of them are asked together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from sigma.conditions import (
    ConditionFieldEqualsValueExpression,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
)

from schemagen.choices import Matching
from schemagen.detections import predicates
from schemagen.detections.keywords import is_anchored
from schemagen.detections.logic import disjunction
from schemagen.detections.pairs import same
from schemagen.detections.references import BETWEEN_ITEMS, BETWEEN_TEXTS
from schemagen.detections.regex import UntranslatableRegexError, read, write
from schemagen.detections.slow_regex import is_slow
from schemagen.detections.values import (
    PatternForm,
    UnsupportedValueError,
    pattern,
    pattern_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from ipaddress import IPv4Network, IPv6Network

    from sigma.conditions import ConditionItem
    from sigma.types import SigmaType
    from sqlglot import exp

    from schemagen.detections.predicates import Operand
    from schemagen.detections.values import Pattern

    Condition = (
        ConditionItem | ConditionFieldEqualsValueExpression | ConditionValueExpression | None
    )
    Test = Callable[[Operand], exp.Expr]


class Fields(Protocol):
    """Where Sigma's fields are in the events."""

    def match(self, name: str, test: Test) -> exp.Expr:
        """Tell whether a value of the field passes a test."""

    def match_anywhere(self, test: Test, *, within: bool = False) -> exp.Expr:
        """Return whether a value of the fields that keywords are looked for in passes a test.

        Args:
            test: the test.
            within: whether it asks for texts anywhere in a value, without `BETWEEN_TEXTS`.

        """

    def note_separator(self, name: str) -> None:
        """Note that a value asked of a field holds what stands between items of arrays in text."""

    def note_slow(self, expression: str) -> None:
        """Note that an event can make a regular expression take exponentially long."""

    def match_pair(
        self, name: str, other: str, test: Callable[[Operand, Operand], exp.Expr]
    ) -> exp.Expr:
        """Tell whether values of two fields pass a test together."""

    def exists(self, name: str) -> exp.Expr:
        """Tell whether the field is there; null can't be told from missing."""


class Compiler:
    """Turns conditions into predicates over some fields."""

    def __init__(self, fields: Fields, matching: Matching = Matching.SAFE) -> None:
        self.fields = fields
        self.matching = matching

    def either(self, conditions: list[Condition], inner: Callable[[Any], exp.Expr]) -> exp.Expr:
        """Join by OR; values of one field are compared together."""
        found: list[Callable[[], exp.Expr]] = []
        lists: dict[str | None, _Values] = {}
        for condition in _flat(conditions):
            if isinstance(
                condition, (ConditionFieldEqualsValueExpression, ConditionValueExpression)
            ):
                field = getattr(condition, "field", None)
                values = lists.get(field, _Values())
                if values.take(condition.value, keyword=field is None):
                    if field not in lists:
                        lists[field] = values
                        found.append(partial(self._match_values, field, values))
                    continue
            found.append(partial(inner, condition))
        return disjunction([make() for make in found])

    def value(self, field: str | None, value: SigmaType) -> exp.Expr:
        """Match one value of a rule."""
        if isinstance(value, SigmaExpansion):
            # A list joins these; one that stands alone comes as it is.
            return self.either(
                [_asked(field, value)],
                lambda one: self.value(getattr(one, "field", None), one.value),
            )
        values = _Values()
        if values.take(value, keyword=field is None):
            return self._match_values(field, values)
        if isinstance(value, SigmaFieldReference):
            test = partial(same, starts=value.starts_with, ends=value.ends_with)
            return self.fields.match_pair(field or "", value.field, test)
        if isinstance(value, SigmaRegularExpression):
            return self._match(field, self._expression(value))
        return self._match(field, _single(value))

    def _expression(self, value: SigmaRegularExpression) -> Test:
        if value.contains_placeholder():
            raise UnsupportedValueError("the regular expression has a placeholder without values")
        flags = 0
        for flag in value.flags:
            flags |= value.sigma_to_python_flags[flag]
        text = str(value.regexp)
        try:
            tree = read(text, flags)
            java, slow = write(tree), is_slow(tree)
        except (UntranslatableRegexError, RecursionError) as error:
            why = "it is nested too deeply" if isinstance(error, RecursionError) else error
            raise UnsupportedValueError(
                f"the regular expression can't be written for Java: {why}"
            ) from None
        if slow:
            self.fields.note_slow(text)
        return partial(predicates.finds, java=java)

    def _match_values(self, field: str | None, values: _Values) -> exp.Expr:
        test = values.test(self.matching)
        if field is None:
            return self.fields.match_anywhere(test, within=values.within)
        if values.hold(BETWEEN_ITEMS):
            self.fields.note_separator(field)
        return self.fields.match(field, test)

    def _match(self, field: str | None, test: Test) -> exp.Expr:
        if field is None:
            return self.fields.match_anywhere(test)
        return self.fields.match(field, test)


class _Values:
    """Values of a list that are compared together."""

    def __init__(self) -> None:
        self.patterns: list[Pattern] = []
        self.numbers: list[float] = []
        self.networks: list[IPv4Network | IPv6Network] = []

    def take(self, value: SigmaType, *, keyword: bool) -> bool:
        """Take a value in, if it is of a kind that goes together."""
        if isinstance(value, SigmaString):
            text = pattern_of(value, cased=isinstance(value, SigmaCasedString))
            self.patterns.append(text.inside() if keyword and not is_anchored(value) else text)
        elif isinstance(value, SigmaNumber) and not isinstance(value, SigmaTimestampPart):
            if keyword:
                self.patterns.append(pattern([str(value.number)], cased=False).inside())
            else:
                self.numbers.append(value.number)
        elif isinstance(value, SigmaCIDRExpression):
            self.networks.append(value.network)
        else:
            return False
        return True

    def hold(self, text: str) -> bool:
        """Whether one of the texts holds another."""
        return any(text in one.text for one in self.patterns)

    @property
    def within(self) -> bool:
        """Whether they are texts that may stand anywhere in a value, and nothing else."""
        return not self.networks and all(
            one.shape is PatternForm.CONTAINS and not one.fragile and BETWEEN_TEXTS not in one.text
            for one in self.patterns
        )

    def test(self, matching: Matching) -> Test:
        """Give the test for any of them."""
        return partial(_any_value, self.patterns, self.numbers, self.networks, matching)


def _any_value(
    patterns: list[Pattern],
    numbers: list[float],
    networks: list[IPv4Network | IPv6Network],
    matching: Matching,
    value: Operand,
) -> exp.Expr:
    tests: list[Callable[[], exp.Expr]] = []
    if value.is_text:
        known = [n for one in patterns if (n := predicates.whole_number(one)) is not None]
        tests.append(partial(predicates.reads_as, value, [*numbers, *known]))
        patterns, numbers = patterns + predicates.written(numbers), []
    found: list[exp.Expr] = []
    clash: predicates.ClashError | None = None
    if numbers:
        tests.append(partial(predicates.equals_any_number, value, numbers))
    if patterns:
        tests.append(partial(predicates.matches_any, value, patterns, matching))
    if networks:
        tests.append(partial(predicates.in_any_network, value, networks))
    for test in tests:
        try:
            found.append(test())
        except predicates.ClashError as error:
            clash = error
    if not found and clash is not None:
        raise clash
    return disjunction(found)


def _single(value: SigmaType) -> Test:
    """Give the test for a value that stands alone."""
    if isinstance(value, SigmaBool):
        return partial(predicates.equals_boolean, wanted=value.boolean)
    if isinstance(value, SigmaCompareExpression) and not isinstance(
        value.number, SigmaTimestampPart
    ):
        return partial(predicates.compares, operator=value.op, wanted=value.number.number)
    part_of_time = value.number if isinstance(value, SigmaCompareExpression) else value
    if isinstance(part_of_time, SigmaTimestampPart):
        part = part_of_time.timestamp_part.name.lower()
        raise UnsupportedValueError(f"the modifier `{part}`, a part of a time, is not supported")
    raise UnsupportedValueError(f"values of the kind {type(value).__name__} are not supported")


def _asked(field: str | None, value: Any) -> Condition:
    if field is None:
        return ConditionValueExpression(value)
    return ConditionFieldEqualsValueExpression(field, value)


def _flat(conditions: list[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        if isinstance(
            condition, (ConditionFieldEqualsValueExpression, ConditionValueExpression)
        ) and isinstance(condition.value, SigmaExpansion):
            field = getattr(condition, "field", None)
            yield from _flat([_asked(field, one) for one in condition.value.values])
        elif type(condition) is ConditionOR:
            yield from _flat(list(condition.args))
        else:
            yield condition
