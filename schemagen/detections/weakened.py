"""A cheap condition that holds wherever a predicate does: parts of an AND left out, no regex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.cost import calls_in
from schemagen.detections.logic import conjunction, disjunction, is_true, operands_of, true
from schemagen.detections.necessary import NeedleFinder
from schemagen.detections.rarity import weight

if TYPE_CHECKING:
    from schemagen.detections.needle_tests import NeedleWriter


def weakened(node: exp.Expr, writer: NeedleWriter, most: int) -> exp.Expr:
    """Return a condition that holds wherever a predicate does.

    Args:
        node: the predicate.
        writer: writes what looks for texts.
        most: how many functions it may call at most.

    """
    if isinstance(node, exp.Paren):
        return weakened(node.this, writer, most)
    if isinstance(node, exp.And):
        return _all([weakened(each, writer, most) for each in operands_of(exp.And, node)], most)
    if isinstance(node, exp.Or):
        parts = operands_of(exp.Or, node)
        return disjunction([weakened(each, writer, most // len(parts)) for each in parts])
    if isinstance(node, exp.Not):
        inner = node.this.unnest()
        if isinstance(inner, exp.Or):
            parts = [exp.Not(this=_operand(each)) for each in operands_of(exp.Or, inner)]
            return _all([weakened(each, writer, most) for each in parts], most)
    if not _has_regex(node):
        return node.copy() if calls_in(node) <= most else true()
    needles = NeedleFinder(weight).needles(node)
    found = true() if needles is None else disjunction(writer.tests(needles))
    return found if calls_in(found) <= most else true()


def _operand(node: exp.Expr) -> exp.Expr:
    copied = node.copy()
    return exp.Paren(this=copied) if isinstance(copied, exp.And | exp.Or) else copied


def _all(parts: list[exp.Expr], most: int) -> exp.Expr:
    """Join by AND the cheapest parts."""
    kept: list[exp.Expr] = []
    spent = 0
    single = [each for part in parts for each in operands_of(exp.And, part) if not is_true(each)]
    for part in sorted(single, key=calls_in):
        spent += calls_in(part)
        if spent > most:
            break
        kept.append(part)
    return conjunction(kept)


def _has_regex(node: exp.Expr) -> bool:
    return any(call.name == "REGEXP_EXTRACT" for call in node.find_all(exp.Anonymous))
