"""What the names in a query mean, and where in a stream's columns an expression reads."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.queries import stored_name
from schemagen.profile.paths import ANY_KEY, ITEMS, PathStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Steps = tuple[str | PathStep, ...]
"""A way into a stream's columns: stored names, keys of maps and of JSON text, ITEMS."""


def within(steps: Steps, around: Steps) -> bool:
    """Check whether steps lead into others, in which ANY_KEY stands for any key of a map."""
    return len(steps) >= len(around) and all(
        one == other or other is ANY_KEY for one, other in zip(steps, around, strict=False)
    )


_ENTRIES = "entries"
_JSON_STEP = re.compile(r"""\.([A-Za-z0-9_]+)|\[("(?:[^"\\]|\\.)*")\]""")


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


def entry_of(node: exp.Expr, scope: NameScope) -> exp.Expr | None:
    """Return what makes an entry of a MAP that a query makes, in its parent's scope; else None.

    The MAP may be filtered by its values, and these be put into lower case.
    """
    is_entry = isinstance(node, exp.Bracket) and isinstance(node.expressions[0], exp.Literal)
    if not is_entry or not isinstance(node.this, exp.Column) or not is_ours(node.this, scope):
        return None
    made = scope.made(stored_name(node.this.this))
    lowered = False
    while isinstance(made, exp.Anonymous) and str(made.this).upper() in {"FILTER", "TRANSFORM"}:
        last = made.expressions[-1]
        body = last.this if isinstance(last, exp.Lambda) else None
        lowered |= isinstance(body, exp.Anonymous) and str(body.this).upper() == "LCASE"
        made = made.expressions[0]
    if not isinstance(made, exp.Map):
        return None
    value = _entries(made).get(str(node.expressions[0].this))
    if value is None:
        return exp.Null()
    return exp.Anonymous(this="LCASE", expressions=[value.copy()]) if lowered else value


def _entries(made: exp.Map) -> Mapping[str, exp.Expr]:
    """Return the values of a MAP by their keys; they are kept: rules ask for them often."""
    known: Mapping[str, exp.Expr] | None = made.meta.get(_ENTRIES)
    if known is None:
        keys, values = made.args["keys"].expressions, made.args["values"].expressions
        known = {str(key.this): value for key, value in zip(keys, values, strict=True)}
        made.meta[_ENTRIES] = known
    return known


def steps_of(
    node: exp.Expr, scope: NameScope, parameters: Mapping[str, Steps | None] | None = None
) -> Steps | None:
    """Return where an expression reads; None where it is not a plain reference.

    Args:
        node: the expression.
        scope: what its names mean.
        parameters: where the parameters of the lambdas around it read, by name in capitals.

    """
    if isinstance(node, exp.Column):
        return _column_steps(node, scope, parameters)
    if isinstance(node, exp.Identifier):
        return (parameters or {}).get(str(node.this).upper())
    entry = entry_of(node, scope)
    if entry is not None:
        return None if scope.parent is None else steps_of(entry, scope.parent, parameters)
    base, last = None, _last_steps(node)
    if last is not None:
        inner = node.expressions[0] if _is_json(node) else node.this
        base = steps_of(inner, scope, parameters)
    return None if base is None or last is None else (*base, *last)


def _column_steps(
    node: exp.Column, scope: NameScope, parameters: Mapping[str, Steps | None] | None
) -> Steps | None:
    if not isinstance(node.this, exp.Identifier) or not is_ours(node, scope):
        return None
    if scope.derived is None:
        return (stored_name(node.this),)
    made = scope.made(stored_name(node.this))
    if made is None or scope.parent is None:
        return None
    return steps_of(made, scope.parent, parameters)


def references(node: exp.Expr, scope: NameScope) -> Iterator[Steps]:
    """Yield where an expression reads, each reference whole, those of derived columns resolved."""
    steps = steps_of(node, scope)
    if steps is not None:
        yield steps
        return
    made = entry_of(node, scope)
    if isinstance(node, exp.Column):
        made = scope.made(stored_name(node.this)) if is_ours(node, scope) else None
    if made is not None and scope.parent is not None:
        yield from references(made, scope.parent)
        return
    if isinstance(node, exp.Column):
        return
    for child in node.iter_expressions():
        yield from references(child, scope)


def is_ours(column: exp.Expr, scope: NameScope) -> bool:
    """Check whether a column is one of our stream's, where a query reads several streams."""
    table = column.args.get("table")
    if table is not None:
        return stored_name(table) in scope.names
    # ksqlDB refuses a bare name that two sources have (`AstSanitizer.java`): where ours has it,
    # no other one does.
    return not scope.others or scope.has(stored_name(column.this))


def _is_json(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).upper() == "EXTRACTJSONFIELD"


def _last_steps(node: exp.Expr) -> Steps | None:
    """Return the steps that a node adds to what it is applied to; None where it reads nothing."""
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return (stored_name(node.expression),)
    if isinstance(node, exp.Bracket) and isinstance(node.expressions[0], exp.Literal):
        key = node.expressions[0]
        return (str(key.this) if key.is_string else ITEMS,)
    if _is_json(node) and isinstance(node.expressions[1], exp.Literal):
        return _json_steps(str(node.expressions[1].this))
    return None


def _json_steps(path: str) -> Steps:
    return tuple(
        str(json.loads(found[2])) if found[2] is not None else found[1]
        for found in _JSON_STEP.finditer(path)
    )
