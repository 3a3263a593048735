"""Whether a condition of ksqlDB's can hold at all where some field is always NULL.

The logic is ksqlDB's: two-valued, a comparison with NULL is false and NOT of it true, AND and OR
look at their parts from left to right and stop early, and LIKE on NULL throws, which rejects the
row whatever the rest says (`SqlToJavaVisitor`, `LikeEvaluator`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlglot import exp

from schemagen.ksqldb.names import stored
from schemagen.profile.paths import ANY_KEY, ITEMS, PathStep

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

Steps = tuple[str | PathStep, ...]
"""A way into a stream's columns: stored names, keys of maps and of JSON text, ITEMS."""


def within(steps: Steps, around: Steps) -> bool:
    """Check whether steps lead into others, in which ANY_KEY stands for any key of a map."""
    return len(steps) >= len(around) and all(
        one == other or other is ANY_KEY for one, other in zip(steps, around, strict=False)
    )


_JSON_STEP = re.compile(r"""\.([A-Za-z0-9_]+)|\[("(?:[^"\\]|\\.)*")\]""")


class Verdict(NamedTuple):
    """What a condition can come to; neither where it always throws."""

    may_hold: bool
    may_fail: bool


_EITHER = Verdict(may_hold=True, may_fail=True)
_FALSE = Verdict(may_hold=False, may_fail=True)
_TRUE = Verdict(may_hold=True, may_fail=False)
_THROWS = Verdict(may_hold=False, may_fail=False)


class _Placeholder:
    """A value of which more than this isn't known."""


NULL: Final = _Placeholder()
UNKNOWN: Final = _Placeholder()


@dataclass(frozen=True, slots=True)
class NameScope:
    """What the names in a query mean.

    Attributes:
        derived: for a stream that a query makes, the expressions of its columns by stored name;
            None for the stream whose columns are declared.
        parent: the scope of these expressions.
        others: the query reads other streams as well; then a name without a stream's name before it
            is ours only where our stream is known to have it.
        names: what our stream is called in the query.
        star: the derived stream has all columns of its parent as well, by SELECT *.
        columns: the stored names of the declared columns, as far as they are known.

    """

    derived: Mapping[str, exp.Expr] | None = None
    parent: NameScope | None = None
    others: bool = False
    names: frozenset[str] = frozenset()
    star: bool = False
    columns: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Check whether the stream is known to have a column."""
        if self.derived is None:
            return name in self.columns
        return name in self.derived or (
            self.star and self.parent is not None and self.parent.has(name)
        )

    def made(self, name: str) -> exp.Expr | None:
        """Return what makes a derived stream's column, in its parent's scope; None if unknown."""
        known = None if self.derived is None else self.derived.get(name)
        if known is None and self.star:
            return exp.Column(this=exp.Identifier(this=name, quoted=True))
        return known


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges conditions where something is lost.

    Attributes:
        lost: what is always NULL, all below each included.

    """

    lost: Collection[Steps] = ()
    _parameters: dict[str, Steps | None] = field(default_factory=dict)

    # -- conditions ---------------------------------------------------------------------------

    def verdict(self, node: exp.Expr, scope: NameScope) -> Verdict:
        """Return what a condition can come to."""
        known = _VERDICTS.get(type(node))
        if known is not None:
            return known(self, node, scope)
        value = self.value(node, scope)
        if value is UNKNOWN:
            return _EITHER
        return _FALSE if value is NULL else _of_constant(bool(value))

    def inside(self, node: exp.Expr, scope: NameScope) -> Verdict:
        """Judge what stands in parentheses."""
        return self.verdict(node.this, scope)

    def negation(self, node: exp.Expr, scope: NameScope) -> Verdict:
        """Judge NOT."""
        inner = self.verdict(node.this, scope)
        return Verdict(inner.may_fail, inner.may_hold)

    def is_null(self, node: exp.Expr, scope: NameScope) -> Verdict:
        """Judge IS NULL."""
        value = self.value(node.this, scope)
        return _EITHER if value is UNKNOWN else _of_constant(value is NULL)

    def like(self, node: exp.Expr, scope: NameScope) -> Verdict:
        """Judge LIKE, which throws where either side is NULL."""
        values = (self.value(node.this, scope), self.value(node.expression, scope))
        return _THROWS if NULL in values else _EITHER

    def membership(self, node: exp.Expr, scope: NameScope) -> Verdict:
        """Judge IN and BETWEEN."""
        return _FALSE if self.value(node.this, scope) is NULL else _EITHER

    def both(self, node: exp.Expr, scope: NameScope) -> Verdict:
        """Judge AND and OR, which look at their right side only where the left one asks for it."""
        left = self.verdict(node.this, scope)
        right = self.verdict(node.expression, scope)
        if isinstance(node, exp.And):
            fails = left.may_fail or (left.may_hold and right.may_fail)
            return Verdict(left.may_hold and right.may_hold, fails)
        holds = left.may_hold or (left.may_fail and right.may_hold)
        return Verdict(holds, left.may_fail and right.may_fail)

    def comparison(self, node: exp.Expr, scope: NameScope) -> Verdict:
        """Judge =, <> and their like."""
        compare = _COMPARE[type(node)]
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        distinct = isinstance(node, exp.NullSafeEQ | exp.NullSafeNEQ)
        if UNKNOWN in (left, right):
            return _FALSE if NULL in (left, right) and not distinct else _EITHER
        if NULL in (left, right):
            return _of_constant(bool(compare(left, right))) if distinct else _FALSE
        if type(left) is not type(right):
            return _EITHER
        return _of_constant(bool(compare(left, right)))

    # -- values -------------------------------------------------------------------------------

    def value(self, node: exp.Expr, scope: NameScope) -> Any:
        """Return a constant, NULL, or UNKNOWN for what the event decides."""
        known = _VALUES.get(type(node))
        if known is not None:
            return known(self, node, scope)
        steps = self.steps(node, scope)
        if steps is not None:
            return NULL if self._is_lost(steps) else UNKNOWN
        if isinstance(node, exp.Anonymous):
            return self._call(node, scope)
        if isinstance(node, exp.Dot | exp.Bracket):
            return NULL if self.value(node.this, scope) is NULL else UNKNOWN
        return UNKNOWN

    def wrapped(self, node: exp.Expr, scope: NameScope) -> Any:
        """Return the value of CAST and of a negative: NULL of NULL."""
        return NULL if self.value(node.this, scope) is NULL else UNKNOWN

    def column(self, node: exp.Expr, scope: NameScope) -> Any:
        """Return the value of a column, of a derived one what makes it."""
        made = scope.made(_stored(node.this)) if _is_ours(node, scope) else None
        if made is not None and scope.parent is not None:
            return self.value(made, scope.parent)
        steps = self.steps(node, scope)
        return NULL if steps is not None and self._is_lost(steps) else UNKNOWN

    def _is_lost(self, steps: Steps) -> bool:
        return any(within(steps, lost) for lost in self.lost)

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
        return found[0] if len(found) == 1 or all(each is NULL for each in found) else UNKNOWN

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
        if name in {"COALESCE", "IFNULL"}:
            return next((value for value in values if value is not NULL), NULL)
        if NULL in values:
            return _OF_NULL.get(name, NULL)
        return 0.0 if name == "ARRAY_LENGTH" and values == [()] else UNKNOWN

    def _has_no_items(self, array: exp.Expr, scope: NameScope) -> bool:
        steps = self.steps(array, scope)
        return steps is not None and self._is_lost((*steps, ITEMS))

    def _filter(self, arguments: list[exp.Expr], scope: NameScope) -> Any:
        """Judge FILTER(array, x => condition): NULL, the empty array as (), or UNKNOWN."""
        array, test = arguments[0], arguments[-1]
        if self.value(array, scope) is NULL:
            return NULL
        if not isinstance(test, exp.Lambda) or isinstance(array, exp.Array):
            return UNKNOWN
        steps = self.steps(array, scope)
        names = [str(each.this).upper() for each in test.expressions]
        inner = Judge(self.lost, {**self._parameters, **dict.fromkeys(names)})
        if steps is not None and names:
            inner._parameters[names[0]] = (*steps, ITEMS)
        return UNKNOWN if inner.verdict(test.this, scope).may_hold else ()

    # -- references ---------------------------------------------------------------------------

    def steps(self, node: exp.Expr, scope: NameScope) -> Steps | None:
        """Return where an expression reads; None where it is not a plain reference."""
        if isinstance(node, exp.Column):
            return self._column(node, scope)
        if isinstance(node, exp.Identifier):
            return self._parameters.get(str(node.this).upper())
        base, last = None, _last_steps(node)
        if last is not None:
            base = self.steps(node.expressions[0] if _is_json(node) else node.this, scope)
        return None if base is None or last is None else (*base, *last)

    def _column(self, node: exp.Column, scope: NameScope) -> Steps | None:
        if not isinstance(node.this, exp.Identifier) or not _is_ours(node, scope):
            return None
        if scope.derived is None:
            return (_stored(node.this),)
        made = scope.made(_stored(node.this))
        return None if made is None or scope.parent is None else self.steps(made, scope.parent)


def references(node: exp.Expr, scope: NameScope) -> Iterator[Steps]:
    """Return where an expression reads, each reference whole, those of derived columns resolved."""
    judge = Judge()
    steps = judge.steps(node, scope)
    if steps is not None:
        yield steps
        return
    if isinstance(node, exp.Column):
        made = scope.made(_stored(node.this)) if _is_ours(node, scope) else None
        if made is not None and scope.parent is not None:
            yield from references(made, scope.parent)
        return
    for child in node.iter_expressions():
        yield from references(child, scope)


def _is_ours(column: exp.Expr, scope: NameScope) -> bool:
    table = column.args.get("table")
    if table is not None:
        return _stored(table) in scope.names
    # ksqlDB refuses a bare name that two sources have (`AstSanitizer.java`): where ours has it,
    # no other one does.
    return not scope.others or scope.has(_stored(column.this))


def _is_json(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).upper() == "EXTRACTJSONFIELD"


def _last_steps(node: exp.Expr) -> Steps | None:
    """Return the steps that a node adds to what it is applied to; None where it reads nothing."""
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return (_stored(node.expression),)
    if isinstance(node, exp.Bracket) and isinstance(node.expressions[0], exp.Literal):
        key = node.expressions[0]
        return (str(key.this) if key.is_string else ITEMS,)
    if _is_json(node) and isinstance(node.expressions[1], exp.Literal):
        return _json_steps(str(node.expressions[1].this))
    return None


def _stored(name: exp.Expr) -> str:
    return stored(str(name.this), quoted=bool(name.args.get("quoted")))


def _constant(node: exp.Expr) -> Any:
    text = str(node.this)
    if node.args.get("is_string"):
        return text
    try:
        return float(text)
    except ValueError:
        return UNKNOWN


def _of_constant(holds: bool) -> Verdict:  # noqa: FBT001 - the constant itself
    return _TRUE if holds else _FALSE


def _json_steps(path: str) -> Steps:
    return tuple(
        str(json.loads(found[2])) if found[2] is not None else found[1]
        for found in _JSON_STEP.finditer(path)
    )


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

_VERDICTS: dict[type, Callable[[Judge, exp.Expr, NameScope], Verdict]] = {
    exp.Paren: Judge.inside,
    exp.Not: Judge.negation,
    exp.And: Judge.both,
    exp.Or: Judge.both,
    exp.Is: Judge.is_null,
    exp.Like: Judge.like,
    exp.In: Judge.membership,
    exp.Between: Judge.membership,
    **dict.fromkeys(_COMPARE, Judge.comparison),
}
_VALUES: dict[type, Callable[[Judge, exp.Expr, NameScope], Any]] = {
    exp.Paren: lambda judge, node, scope: judge.value(node.this, scope),
    exp.Null: lambda *_: NULL,
    exp.Boolean: lambda _, node, __: bool(node.this),
    exp.Literal: lambda _, node, __: _constant(node),
    exp.Column: Judge.column,
    exp.Case: Judge.case,
    exp.Cast: Judge.wrapped,
    exp.Neg: Judge.wrapped,
}
