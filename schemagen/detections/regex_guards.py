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


class RegexGuard:
    """Puts a guard before a regular expression.

    Args:
        writer: writes what looks for the texts of one.

    """

    def __init__(self, writer: NeedleWriter) -> None:
        self._writer = writer
        self._finder = NeedleFinder(weight)

    def guarded(self, node: exp.Expr) -> exp.Expr | None:
        """Return a regular expression behind its guard; None for anything else."""
        if not isinstance(node, exp.Not) or not isinstance(node.this, exp.Is):
            return None
        needles = self._finder.needles(node)
        if not needles:
            return None
        names = all(needle.form is NeedleForm.LAST for needle in needles)
        if not names and len(needles) > _FEW:
            return None
        guard = disjunction(self._writer.tests(needles))
        left = exp.Paren(this=guard) if isinstance(guard, exp.Or) else guard
        return exp.Paren(this=exp.And(this=left, expression=node.copy()))
