"""What a file of statements holds before it is written again, and which detections that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.deploy.detections import detections, layout_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.choices import Layout


@dataclass(frozen=True, slots=True)
class FormerDetection:
    """A detection that a file holds.

    Attributes:
        id: the id of its rule; empty for none.
        name: what it is called.
        level: the level of its rule; empty for none.

    """

    id: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class FormerScript:
    """What a file of statements holds before it is written again.

    Attributes:
        layout: how the alerts of rules are laid out; None where there is no rule.
        held: its detections.

    """

    layout: Layout | None = None
    held: Sequence[FormerDetection] = ()


def script_of(statements: Sequence[exp.Expr]) -> FormerScript:
    """Return what statements hold."""
    held = [FormerDetection(each.id, each.name, each.level) for each in detections(statements)]
    return FormerScript(layout_of(statements), held)


def dropped_detections(before: FormerScript, now: Sequence[exp.Expr]) -> list[FormerDetection]:
    """List the detections that a file holds and that will not be in it any more.

    Args:
        before: what it holds.
        now: the statements that are about to be written.

    """
    if not before.held:
        return []
    written = {name for each in detections(now) for name in (each.id, each.name) if name}
    return [each for each in before.held if not {each.id, each.name} & written]
