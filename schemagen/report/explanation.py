"""Why a rule matches an event or doesn't, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from rich.tree import Tree

from schemagen.words import printable

if TYPE_CHECKING:
    from schemagen.replay.explanation import Explanation

_ANSWERS = {True: ("yes", "green"), False: ("no ", "red"), None: ("   ", "")}


def explanation_text(found: Explanation, *, values: bool) -> Tree:
    """Make the tree of a condition's parts, each with whether it holds.

    Args:
        found: what came of the condition.
        values: whether the values of the event are shown.

    """
    tree = Tree(_line(found, values=values))
    _grow(tree, found, values=values)
    return tree


def _grow(tree: Tree, found: Explanation, *, values: bool) -> None:
    for each in found.parts:
        _grow(tree.add(_line(each, values=values)), each, values=values)


def _line(found: Explanation, *, values: bool) -> Text:
    answer, style = _ANSWERS[found.holds]
    text = Text.assemble((answer, style), f"  {printable(found.text)}")
    if found.looks_at and found.value is None:
        text.append("  (it is not there)", style="dim")
    elif found.looks_at:
        shown = printable(found.value or "") if values else "it is there"
        text.append(f"  ({shown})", style="dim")
    return text


def explanation_report(found: Explanation, *, values: bool) -> dict[str, Any]:
    """Return the same for machines; see `explanation_text`."""
    report: dict[str, Any] = {"asks": found.text, "holds": found.holds}
    if found.looks_at:
        report["present"] = found.value is not None
        if values:
            report["value"] = found.value
    if found.parts:
        report["parts"] = [explanation_report(each, values=values) for each in found.parts]
    return report
