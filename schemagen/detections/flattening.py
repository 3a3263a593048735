"""The values that rules look at, read and lower-cased once for all bundles.

One query projects each event to the columns that its rules and alerts need, and adds the lower case
of those that are compared that way. The bundles then read this slim stream: none of them parses the
whole event again, goes down the STRUCTs again, or lower-cases a text again.
"""

from __future__ import annotations

from sqlglot import exp

from schemagen.detections.envelope import alias, column

_Chain = tuple[tuple[str, str], ...]


class Flattener:
    """Rewrites expressions to the columns of the slim stream, and remembers these.

    Args:
        taken: names that the stream has already.

    """

    def __init__(self, taken: tuple[str, ...]) -> None:
        self._taken = set(taken)
        self._columns: dict[tuple[bool, _Chain], tuple[str, exp.Expr]] = {}

    def rewrite(self, node: exp.Expr) -> exp.Expr:
        """Give an expression over the slim stream; the given one stays as it is."""
        root = exp.Paren(this=node.copy())
        waiting: list[exp.Expr] = [root.this]
        while waiting:
            part = waiting.pop()
            found = self._column(part)
            if found is None:
                waiting += list(part.iter_expressions())
            else:
                part.replace(found)
        rewritten: exp.Expr = root.this.pop()
        return rewritten

    def projections(self) -> list[exp.Expr]:
        """Give the columns of the slim stream, sorted by name."""
        return [alias(node, name) for name, node in sorted(self._columns.values(), key=_first)]

    def _column(self, node: exp.Expr) -> exp.Expr | None:
        """Give the column that stands for an expression; None where none does."""
        lower = isinstance(node, exp.Anonymous) and node.name == "LCASE"
        chain = _chain(node.expressions[0] if lower else node)
        if chain is None:
            return None
        key = (lower, chain)
        if key not in self._columns:
            name = ".".join(step[0] for step in chain) + (" (lower case)" if lower else "")
            number, unique = 1, name
            while unique in self._taken:
                number += 1
                unique = f"{name} ({number})"
            self._taken.add(unique)
            self._columns[key] = (unique, node.copy())
        return column(self._columns[key][0])


def _first(pair: tuple[str, exp.Expr]) -> str:
    return pair[0]


def _chain(node: exp.Expr) -> _Chain | None:
    """Give the steps of a way from a column down; None where a node is none."""
    steps: list[tuple[str, str]] = []
    while isinstance(node, (exp.Dot, exp.Bracket)):
        part = node.expression if isinstance(node, exp.Dot) else node.expressions[0]
        if not isinstance(part, (exp.Identifier, exp.Literal)):
            return None
        steps.append((part.name, _kind(part)))
        node = node.this
    if not isinstance(node, exp.Column):
        return None
    steps.append((node.name, _kind(node.this)))
    return tuple(reversed(steps))


def _kind(part: exp.Expr) -> str:
    return f"{type(part).__name__} {part.args.get('quoted')}"
