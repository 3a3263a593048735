"""A glance at each of many conditions: what holds wherever it does, and is soon planned and asked.

To plan the conditions of hundreds of rules takes DuckDB longer than to evaluate them for the few
rows that come so far. So each is asked first for a text or two that few others ask for: of an AND
one operand is enough, of an OR all are needed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.replay.translation.constants import bare
from schemagen.replay.translation.logic import operands_of
from schemagen.replay.translation.sql import any_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.replay.translation.code import Code
    from schemagen.replay.translation.context import Translator
    from schemagen.replay.translation.sql import Sql

_LONG = 12
"""Of texts this long one is as rare as the other."""

_Rank = tuple[int, int, int]
_WORTHLESS: _Rank = (-(1 << 30), 0, 0)


class Glances:
    """Glances at conditions.

    Args:
        conditions: all of them; what many of them ask for tells them apart least.

    """

    def __init__(self, conditions: Iterable[exp.Expr]) -> None:
        found = (set(_literals(each)) for each in conditions)
        self._asked = Counter(text for texts in found for text in texts)

    def at(
        self, condition: exp.Expr, whole: Code, translator: Translator
    ) -> tuple[Sql, ...] | None:
        """Translate conditions of which one holds wherever another does.

        Args:
            condition: the other condition.
            whole: what it was translated to.
            translator: translates it, too.

        Returns:
            None where none is worth it, or where the other one's errors must be told.

        """
        if whole.error is not None or whole.checks:
            return None
        rank, leaves = self._leaves(condition)
        if rank == _WORTHLESS:
            return None
        asked = tuple(dict.fromkeys(translator.condition(leaf).sql for leaf in leaves))
        return asked if len(any_of(asked)) < len(whole.sql) else None

    def _leaves(self, node: exp.Expr) -> tuple[_Rank, list[exp.Expr]]:
        """List conditions of which one holds wherever the whole does, and how rare each is."""
        node = bare(node)
        if isinstance(node, exp.And):
            return self._rarest(operands_of(node, exp.And))
        if isinstance(node, exp.Or):
            return _joined(map(self._leaves, operands_of(node, exp.Or)))
        if isinstance(node, exp.Case) and node.this is None:
            parts = [self._rarest([each.this, each.args["true"]]) for each in node.args["ifs"]]
            default = node.args.get("default")
            if default is not None and default != exp.false():
                parts.append(self._leaves(default))
            return _joined(parts)
        return self._rank(node), [node]

    def _rarest(self, operands: Iterable[exp.Expr]) -> tuple[_Rank, list[exp.Expr]]:
        return max(map(self._leaves, operands), key=lambda each: each[0])

    def _rank(self, leaf: exp.Expr) -> _Rank:
        if isinstance(leaf, exp.Not) or not isinstance(leaf, exp.Predicate):
            return _WORTHLESS
        ranks = [(-self._asked[text], min(len(text), _LONG), -1) for text in _literals(leaf)]
        if isinstance(leaf, exp.In):
            return min(ranks, default=_WORTHLESS)
        return max(ranks, default=_WORTHLESS)


def _joined(parts: Iterable[tuple[_Rank, list[exp.Expr]]]) -> tuple[_Rank, list[exp.Expr]]:
    found = list(parts)
    leaves = [leaf for _, each in found for leaf in each]
    common, short, _ = min(rank for rank, _ in found)
    return (common, short, -len(leaves)) if short else _WORTHLESS, leaves


def _literals(node: exp.Expr) -> list[str]:
    return [str(each.this) for each in node.find_all(exp.Literal)]
