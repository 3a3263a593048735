"""Guards of regular expressions, which are compiled at each call: a text they hold, first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.logic import disjunction
from schemagen.detections.necessary import NeedleFinder, NeedleForm
from schemagen.detections.rarity import weight

if TYPE_CHECKING:
    from schemagen.detections.needle_tests import NeedleWriter

_FEW = 2
"""More texts that may stand anywhere cost what the expression does."""


def with_guards(predicate: exp.Expr, writer: NeedleWriter) -> exp.Expr:
    """Return a predicate whose regular expressions are reached only where they can match.

    The given one is used up.
    """
    root = exp.Paren(this=predicate)
    finder = NeedleFinder(weight)
    for node in list(root.find_all(exp.Not)):
        needles = finder.needles(node) if isinstance(node.this, exp.Is) else None
        if not needles:
            continue
        names = all(needle.form is NeedleForm.LAST for needle in needles)
        if names or len(needles) <= _FEW:
            guard = disjunction(writer.tests(needles))
            left = exp.Paren(this=guard) if isinstance(guard, exp.Or) else guard
            made = exp.And(this=left, expression=node.copy())
            node.replace(exp.Paren(this=made))
    guarded: exp.Expr = root.this.pop()
    return guarded
