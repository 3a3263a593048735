"""The tree of a topic's fields, as a whole or in part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from schemagen.profile.paths import render
from schemagen.words import counted, kind_word, percent

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from schemagen.profile.paths import Path
    from schemagen.report.fields import FieldRow

_WIDE = 1_000
"""More fields than people read in a statement."""

_AROUND = 8
"""Lines of a screen that are for what stands around the tree."""


@dataclass(frozen=True, slots=True)
class TreeView:
    """Which part of a tree is shown.

    Attributes:
        depth: the deepest level, 1 for the topmost fields; None for all, or what fits the screen.
        pattern: what a field's path must contain, None for every field.
        lines: how many lines the screen has, None where there is no screen.

    """

    depth: int | None = None
    pattern: re.Pattern[str] | None = None
    lines: int | None = None

    def of(self, rows: Sequence[FieldRow]) -> tuple[list[FieldRow], int | None]:
        """Return the rows that are shown, and the depth where not all of them are."""
        if self.pattern is not None:
            rows = [row for each in rows if (row := _matching(each, self.pattern)) is not None]
        depth = self.depth or self.fitting(rows)
        if depth is None or depth >= _height(rows):
            return list(rows), None
        return [_folded(row, depth) for row in rows], depth

    def fitting(self, rows: Sequence[FieldRow]) -> int | None:
        """Find the greatest depth that fits the screen, at least 1; None where all does."""
        if self.lines is None or _count(rows) <= self.lines - _AROUND:
            return None
        depth = 1
        while _count(rows, depth + 1) <= self.lines - _AROUND:
            depth += 1
        return depth


def field_tree(head: str, rows: Sequence[FieldRow]) -> Tree:
    """Draw rows as a tree."""
    tree = Tree(Text(head, style="bold"))
    for row in rows:
        _grow(tree, row)
    return tree


def tree_head(topic: str, messages: int | None, rows: Sequence[FieldRow]) -> str:
    """Write what a tree is of: the topic, the messages it was seen in, and its fields."""
    fields = counted(_count(rows), "field")
    conflicts = sum(row.conflict for top in rows for row in top.walk())
    head = f"{topic}: {fields}"
    if messages is not None:
        head = f"{topic}: {counted(messages, 'message')}, {fields}"
    return f"{head}, {conflicts:,} with conflicting types" if conflicts else head


def folded_line(depth: int) -> str:
    """Write how to see what is folded."""
    return (
        f"Folded below depth {depth} to fit the screen: `schemagen show --depth {depth + 1}` shows "
        "more, --grep finds a field."
    )


def wide_line(rows: Sequence[FieldRow]) -> str | None:
    """Write how a stream of very many fields becomes one of fewer; None for an ordinary one."""
    if _count(rows) <= _WIDE:
        return None
    depth = TreeView(lines=_WIDE // 2 + _AROUND).fitting(rows) or 1
    return (
        f"There are {_count(rows):,} fields: --depth {depth} declares {_count(rows, depth):,} of "
        "them, and reads deeper objects as JSON text."
    )


def _grow(tree: Tree, row: FieldRow) -> None:
    line = Text(render(row.path[-1:]))
    line.append("  " + "|".join(map(kind_word, row.kinds or ["null"])), style="cyan")
    if 0 < row.presence < 1:
        line.append(f"  {percent(row.presence)} of {_around(row.path)}", style="dim")
    if row.nulls:
        line.append(f"  null in {row.nulls:,}", style="dim")
    if row.conflict:
        line.append("  conflict", style="bold red")
    if row.remarks:
        line.append("  " + "; ".join(row.remarks), style="red" if row.conflict else "green")
    branch = tree.add(line)
    for child in row.children:
        _grow(branch, child)


def _around(path: Path) -> str:
    """Write what a field is a share of: the messages, or the object that it is in."""
    around = path[-2:-1]
    if not around:
        return "messages"
    return render(around) if isinstance(around[0], str) else "objects"


def _count(rows: Sequence[FieldRow], depth: int | None = None) -> int:
    if depth == 0:
        return 0
    below = None if depth is None else depth - 1
    return sum(1 + _count(row.children, below) for row in rows)


def _height(rows: Sequence[FieldRow]) -> int:
    return max((1 + _height(row.children) for row in rows), default=0)


def _folded(row: FieldRow, depth: int) -> FieldRow:
    if depth > 1:
        return replace(row, children=[_folded(child, depth - 1) for child in row.children])
    inside = _count(row.children)
    remarks = [*row.remarks, f"{counted(inside, 'field')} inside"] if inside else row.remarks
    return replace(row, children=[], remarks=remarks)


def _matching(row: FieldRow, pattern: re.Pattern[str]) -> FieldRow | None:
    """Return a row with what matches below it, with all if it matches itself; else None."""
    if pattern.search(render(row.path)):
        return row
    children = [each for child in row.children if (each := _matching(child, pattern)) is not None]
    return replace(row, children=children) if children else None
