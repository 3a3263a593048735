"""Whether a condition of ksqlDB's can hold at all, given what is known of some fields.

A field may always be NULL, hold one known value, or hold text of a known form. The logic is that of
ksqlDB: two-valued, a comparison with NULL is false and NOT of it true, AND and OR look at their
parts from left to right and stop early, and LIKE on NULL throws, which rejects the row whatever the
rest says (`SqlToJavaVisitor`, `LikeEvaluator`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from math import prod
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlglot import exp

from schemagen.deploy.queries import stored_name
from schemagen.drift.scopes import NameScope, Steps, entry_of, is_ours, steps_of, within
from schemagen.drift.text_forms import TextForm
from schemagen.profile.paths import ITEMS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence


class ConditionOutcome(NamedTuple):
    """What a condition can come to; neither where it always throws."""

    may_hold: bool
    may_fail: bool


_EITHER = ConditionOutcome(may_hold=True, may_fail=True)
_FALSE = ConditionOutcome(may_hold=False, may_fail=True)
_TRUE = ConditionOutcome(may_hold=True, may_fail=False)
_THROWS = ConditionOutcome(may_hold=False, may_fail=False)


class _Placeholder:
    """A value of which more than this isn't known."""


_MOST = 16
"""So many values that an expression can come to are told apart."""

NULL: Final = _Placeholder()
UNKNOWN: Final = _Placeholder()


class OneOf(tuple[Any, ...]):
    """Several values, of which the event decides one: what CASE can come to."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ConditionJudge:
    """Judges conditions, given what is known of some fields.

    Attributes:
        lost: what is always NULL, all below each included.
        values: what always has this value, a text, a number or a boolean, or a text of this form.

    """

    lost: Collection[Steps] = ()
    values: Mapping[Steps, Any] = field(default_factory=dict)
    _parameters: dict[str, Steps | None] = field(default_factory=dict)

    # -- conditions ---------------------------------------------------------------------------

    def verdict(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Return what a condition can come to."""
        known = _VERDICTS.get(type(node))
        if known is not None:
            return known(self, node, scope)
        return _any(map(_truth, _each(self.value(node, scope))))

    def inside(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge what stands in parentheses."""
        return self.verdict(node.this, scope)

    def negation(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge NOT."""
        inner = self.verdict(node.this, scope)
        return ConditionOutcome(inner.may_fail, inner.may_hold)

    def is_null(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge IS NULL."""
        return _any(
            _EITHER if value is UNKNOWN else _of_constant(value is NULL)
            for value in _each(self.value(node.this, scope))
        )

    def like(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge LIKE, which throws where either side is NULL."""
        values = (self.value(node.this, scope), self.value(node.expression, scope))
        return _THROWS if NULL in values else _EITHER

    def between(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge BETWEEN."""
        return _FALSE if self.value(node.this, scope) is NULL else _EITHER

    def membership(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge IN: an equation with each element."""
        value = self.value(node.this, scope)
        if not node.expressions:
            return _FALSE if value is NULL else _EITHER
        elements = [self.value(each, scope) for each in node.expressions]
        return _any(_membership(each, elements) for each in _each(value))

    def conjunction(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge AND, which looks at its right side only where the left one holds."""
        left = self.verdict(node.this, scope)
        if not left.may_hold:
            return left
        right = self.verdict(node.expression, scope)
        return ConditionOutcome(right.may_hold, left.may_fail or right.may_fail)

    def disjunction(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge OR, which looks at its right side only where the left one fails."""
        left = self.verdict(node.this, scope)
        if not left.may_fail:
            return left
        right = self.verdict(node.expression, scope)
        return ConditionOutcome(left.may_hold or right.may_hold, right.may_fail)

    def comparison(self, node: exp.Expr, scope: NameScope) -> ConditionOutcome:
        """Judge =, <> and their like."""
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        return _any(
            _comparison(type(node), one, other) for one in _each(left) for other in _each(right)
        )

    # -- values -------------------------------------------------------------------------------

    def value(self, node: exp.Expr, scope: NameScope) -> Any:
        """Return a constant, a form, NULL, or UNKNOWN for what the event decides."""
        known = _VALUES.get(type(node))
        if known is not None:
            return known(self, node, scope)
        entry = entry_of(node, scope)
        if entry is not None and scope.parent is not None:
            return self.value(entry, scope.parent)
        steps = steps_of(node, scope, self._parameters)
        if steps is not None:
            return self._at(steps)
        if isinstance(node, exp.Anonymous):
            return self._call(node, scope)
        if isinstance(node, exp.Dot | exp.Bracket):
            return NULL if self.value(node.this, scope) is NULL else UNKNOWN
        return UNKNOWN

    def _at(self, steps: Steps) -> Any:
        if any(within(steps, lost) for lost in self.lost):
            return NULL
        return self.values.get(steps, UNKNOWN)

    def cast(self, node: exp.Expr, scope: NameScope) -> Any:
        """Return the value of CAST: NULL of NULL, and the same of a text as text."""
        to_text = node.args["to"].this in exp.DataType.TEXT_TYPES
        return _one_of(
            each if to_text and isinstance(each, str | TextForm) else _null_of_null(each)
            for each in _each(self.value(node.this, scope))
        )

    def negative(self, node: exp.Expr, scope: NameScope) -> Any:
        """Return the value of a negative: NULL of NULL."""
        value = self.value(node.this, scope)
        return -value if isinstance(value, float) else _null_of_null(value)

    def column(self, node: exp.Expr, scope: NameScope) -> Any:
        """Return the value of a column, of a derived one what makes it."""
        made = scope.made(stored_name(node.this)) if is_ours(node, scope) else None
        if made is not None and scope.parent is not None:
            return self.value(made, scope.parent)
        steps = steps_of(node, scope, self._parameters)
        return UNKNOWN if steps is None else self._at(steps)

    def case(self, node: exp.Expr, scope: NameScope) -> Any:
        """Return the value of CASE: of the branches that can be taken."""
        found: list[Any] = []
        for branch in node.args.get("ifs") or ():
            verdict = self.verdict(branch.this, scope)
            if verdict.may_hold:
                found.append(self.value(branch.args["true"], scope))
            if not verdict.may_fail:
                break
        else:
            default = node.args.get("default")
            found.append(NULL if default is None else self.value(default, scope))
        return _one_of(found)

    def _call(self, node: exp.Anonymous, scope: NameScope) -> Any:
        name = str(node.this).upper()
        if name == "FILTER":
            return self._filter(node.expressions, scope)
        if name == "ARRAY_CONTAINS" and self._has_no_items(node.expressions[0], scope):
            return False
        values = [
            UNKNOWN if isinstance(each, exp.Lambda) else self.value(each, scope)
            for each in node.expressions
        ]
        if prod(len(_each(value)) for value in values) > _MOST:
            return UNKNOWN
        return _one_of(_called(name, each) for each in product(*map(_each, values)))

    def _has_no_items(self, array: exp.Expr, scope: NameScope) -> bool:
        steps = steps_of(array, scope, self._parameters)
        return steps is not None and self._at((*steps, ITEMS)) is NULL

    def _filter(self, arguments: list[exp.Expr], scope: NameScope) -> Any:
        """Judge FILTER(array, x => condition): NULL, the empty array as (), or UNKNOWN."""
        array, test = arguments[0], arguments[-1]
        if self.value(array, scope) is NULL:
            return NULL
        if not isinstance(test, exp.Lambda) or isinstance(array, exp.Array):
            return UNKNOWN
        steps = steps_of(array, scope, self._parameters)
        names = [str(each.this).upper() for each in test.expressions]
        parameters = {**self._parameters, **dict.fromkeys(names)}
        if steps is not None and names:
            parameters[names[0]] = (*steps, ITEMS)
        inner = ConditionJudge(self.lost, self.values, parameters)
        return UNKNOWN if inner.verdict(test.this, scope).may_hold else ()


def _each(value: Any) -> Sequence[Any]:
    return value if isinstance(value, OneOf) else (value,)


def _one_of(values: Iterable[Any]) -> Any:
    """Join what an expression can come to; UNKNOWN where one of them is, or where they are many."""
    found = {(type(inner), inner): inner for value in values for inner in _each(value)}
    distinct = list(found.values())
    if UNKNOWN in distinct or len(distinct) > _MOST:
        return UNKNOWN
    return distinct[0] if len(distinct) == 1 else OneOf(distinct)


def _any(verdicts: Iterable[ConditionOutcome]) -> ConditionOutcome:
    """Join what a condition comes to for each of several values."""
    found = list(verdicts)
    return ConditionOutcome(
        any(each.may_hold for each in found), any(each.may_fail for each in found)
    )


def _truth(value: Any) -> ConditionOutcome:
    if value is UNKNOWN or isinstance(value, TextForm):
        return _EITHER
    return _FALSE if value is NULL else _of_constant(bool(value))


def _null_of_null(value: Any) -> Any:
    return NULL if value is NULL else UNKNOWN


def _comparison(kind: type, left: Any, right: Any) -> ConditionOutcome:
    compare = _COMPARE[kind]
    distinct = issubclass(kind, exp.NullSafeEQ | exp.NullSafeNEQ)
    if UNKNOWN in (left, right):
        return _FALSE if NULL in (left, right) and not distinct else _EITHER
    if NULL in (left, right):
        return _of_constant(bool(compare(left, right))) if distinct else _FALSE
    if compare in {eq, ne}:
        equal = _equation(left, right)
        return equal if compare is eq else ConditionOutcome(equal.may_fail, equal.may_hold)
    if isinstance(left, TextForm) or type(left) is not type(right):
        return _EITHER
    return _of_constant(bool(compare(left, right)))


def _membership(value: Any, elements: Sequence[Any]) -> ConditionOutcome:
    if value is NULL or value is UNKNOWN:
        return _FALSE if value is NULL else _EITHER
    found = [_equation(value, each) for each in elements]
    return ConditionOutcome(
        any(each.may_hold for each in found), all(each.may_fail for each in found)
    )


def _equation(left: Any, right: Any) -> ConditionOutcome:
    """Judge whether two values, neither of them NULL, are equal."""
    if isinstance(right, TextForm):
        left, right = right, left
    if isinstance(left, TextForm):
        may_equal = not isinstance(right, str) or left.may_equal(right)
        return _EITHER if may_equal else _FALSE
    if UNKNOWN in (left, right) or type(left) is not type(right):
        return _EITHER
    return _of_constant(bool(left == right))


def _constant(node: exp.Expr) -> Any:
    text = str(node.this)
    if node.args.get("is_string"):
        return text
    try:
        return float(text)
    except ValueError:
        return UNKNOWN


def _of_constant(holds: bool) -> ConditionOutcome:  # noqa: FBT001 - the constant itself
    return _TRUE if holds else _FALSE


def _called(name: str, values: Sequence[Any]) -> Any:
    """Return what a function makes of values."""
    if name in {"COALESCE", "IFNULL"}:
        return next((value for value in values if value is not NULL), NULL)
    if name == "NULLIF" and values[0] is NULL:
        return NULL
    if NULL in values:
        return _OF_NULL.get(name, NULL)
    if name == "ARRAY_LENGTH" and list(values) == [()]:
        return 0.0
    text = _TEXT_CALLS.get(name)
    return UNKNOWN if text is None else text(*values)


def _cased(change: Callable[[str], str]) -> Callable[..., Any]:
    """Make the function that changes the case of a text; a form is one of any case."""
    return lambda text: change(text) if isinstance(text, str) else _if_form(text)


def _if_form(value: Any) -> Any:
    return value if isinstance(value, TextForm) else UNKNOWN


def _substring(text: Any, start: Any, *_: Any) -> Any:
    """Return the form of a part: SUBSTRING(s, 1, n) is the start and SUBSTRING(s, -n) the end."""
    if not isinstance(text, TextForm) or not isinstance(start, float):
        return UNKNOWN
    if start < 0:
        return text.last()
    return text.first() if start == 1 else UNKNOWN


def _instr(text: Any, part: Any, *more: Any) -> Any:
    if more or not isinstance(text, str) or not isinstance(part, str):
        return UNKNOWN
    return float(text.find(part) + 1)


_TEXT_CALLS: dict[str, Callable[..., Any]] = {
    "LCASE": _cased(str.lower),
    "UCASE": _cased(str.upper),
    "SUBSTRING": _substring,
    "INSTR": _instr,
    "NULLIF": lambda value, _: UNKNOWN if value is UNKNOWN else OneOf((value, NULL)),
}
"""What functions make of known texts and of texts of a known form."""

_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    exp.EQ: eq,
    exp.NEQ: ne,
    exp.GT: gt,
    exp.GTE: ge,
    exp.LT: lt,
    exp.LTE: le,
    exp.NullSafeEQ: eq,
    exp.NullSafeNEQ: ne,
}
_OF_NULL: dict[str, Any] = {
    "INSTR": 0.0,
    "IS_JSON_STRING": False,
    "ARRAY_CONTAINS": False,
    **dict.fromkeys(("CONCAT", "CONCAT_WS", "ARRAY_CONCAT", "MAP_UNION", "NULLIF"), UNKNOWN),
}
"""What functions give for a NULL, where that is not NULL."""

_VERDICTS: dict[type, Callable[[ConditionJudge, exp.Expr, NameScope], ConditionOutcome]] = {
    exp.Paren: ConditionJudge.inside,
    exp.Not: ConditionJudge.negation,
    exp.And: ConditionJudge.conjunction,
    exp.Or: ConditionJudge.disjunction,
    exp.Is: ConditionJudge.is_null,
    exp.Like: ConditionJudge.like,
    exp.In: ConditionJudge.membership,
    exp.Between: ConditionJudge.between,
    **dict.fromkeys(_COMPARE, ConditionJudge.comparison),
}
_VALUES: dict[type, Callable[[ConditionJudge, exp.Expr, NameScope], Any]] = {
    exp.Paren: lambda judge, node, scope: judge.value(node.this, scope),
    exp.Null: lambda *_: NULL,
    exp.Boolean: lambda _, node, __: bool(node.this),
    exp.Literal: lambda _, node, __: _constant(node),
    exp.Column: ConditionJudge.column,
    exp.Case: ConditionJudge.case,
    exp.Cast: ConditionJudge.cast,
    exp.Neg: ConditionJudge.negative,
}
