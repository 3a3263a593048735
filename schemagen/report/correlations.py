"""The status of correlations: a tree of what each rests on, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text
from rich.tree import Tree

from schemagen.detections.correlations.bound import BoundCorrelation
from schemagen.detections.correlations.items import describe
from schemagen.report.markdown import cell, heading, row
from schemagen.report.rules import status_style, totals, why
from schemagen.words import counted, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import Member


def correlations_text(correlations: Sequence[BoundCorrelation]) -> Group:
    """Make the report for people: each correlation with the rules that it correlates."""
    parts: list[Tree | str] = []
    for each in correlations:
        tree = Tree(_head(each))
        _grow(tree, each)
        parts += ["", tree]
    if not parts:
        return Group()
    counts = ", ".join(f"{n:,} {status}" for status, n in totals(correlations).items() if n)
    return Group(*parts, f"\n{counted(len(correlations), 'correlation')}: {counts}")


def _grow(tree: Tree, each: BoundCorrelation) -> None:
    tree.add(Text(printable(describe(each)), style="dim"))
    if why(each):
        tree.add(Text(printable(why(each)), style="dim"))
    for member in each.members:
        branch = tree.add(_member_head(member))
        if member.reason:
            branch.add(Text(printable(member.reason), style="dim"))
        if isinstance(member.base, BoundCorrelation):
            _grow(branch, member.base)


def _head(bound: BoundCorrelation | BoundRule) -> Text:
    level = f" ({bound.rule.level})" if bound.rule.level else ""
    return Text.assemble(
        (str(bound.status), status_style(bound.status)), f" {printable(bound.rule.title)}{level}"
    )


def _member_head(member: Member) -> Text:
    if member.base is None:
        return Text(printable(f"? {member.reference}"))
    return _head(member.base)


def correlations_report(correlations: Sequence[BoundCorrelation]) -> list[dict[str, Any]]:
    """Return everything for machines."""
    return [
        {
            "id": each.rule.id,
            "title": each.rule.title,
            "file": str(each.rule.path),
            "line": each.rule.line,
            "level": each.rule.level,
            "tags": list(each.rule.tags),
            "counts": describe(each),
            "status": str(each.status),
            "reasons": list(each.reasons),
            "remarks": list(each.remarks),
            "rules": [
                {
                    "reference": member.reference,
                    "id": None if member.base is None else member.base.rule.id,
                    "title": None if member.base is None else member.base.rule.title,
                    "status": None if member.base is None else str(member.base.status),
                    "usable": member.usable,
                    "reason": member.reason or None,
                }
                for member in each.members
            ],
        }
        for each in correlations
    ]


def correlations_markdown(correlations: Sequence[BoundCorrelation]) -> str:
    """Write it for a pull request: each correlation, what it counts, and why it doesn't work."""
    if not correlations:
        return ""
    lines = ["", *heading(["status", "level", "correlation", "counts", "rules", "why"])]
    lines += [
        row(
            [
                each.status,
                each.rule.level or "",
                _cell(each.rule.title),
                _cell(describe(each)),
                _cell(", ".join(member.reference for member in each.members)),
                _cell(why(each)),
            ]
        )
        for each in correlations
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return cell(printable(text))
