"""The coverage of a topic as a layer of the ATT&CK Navigator, format 4.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.detections.bound import Status
from schemagen.report.attack.coverage import best
from schemagen.report.attack.table import VERSION
from schemagen.report.drift_phrases import plain
from schemagen.words import counted

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.report.attack.coverage import Cell, TacticColumn

COLOURS = {
    Status.BOUND: "#7fb2d9",
    Status.RARE: "#b5d3ea",
    Status.NEVER: "#dfeaf3",
    Status.UNFILTERED: "#f3d48b",
    Status.UNBOUND: "#eab29a",
    Status.TYPE_CLASH: "#eab29a",
    Status.UNSUPPORTED: "#eab29a",
}
_MEANINGS = {
    Status.BOUND: "can match",
    Status.RARE: "can match, a field it needs is rare",
    Status.NEVER: "no event of its kind in the sample",
    Status.UNFILTERED: "a field to filter by is missing",
    Status.UNBOUND: "can't match here",
}
_NAMED = 20
"""So many rules are named in a comment."""
_ALL = 100


def navigator_layer(
    topic: str, columns: Sequence[TacticColumn], detections: Sequence[BoundRule | BoundCorrelation]
) -> dict[str, Any]:
    """Make the layer: techniques scored by the share of their rules that can match.

    Args:
        topic: the topic's name.
        columns: the matrix.
        detections: what the places in its cells mean.

    """
    name = plain(topic, 250)
    return {
        "name": f"schemagen: {name}",
        "versions": {"attack": VERSION, "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": f"What the Sigma rules of the topic {name} can do on its events. The score "
        "is the share of a technique's rules that can match there, in percent.",
        "sorting": 3,
        "layout": {
            "layout": "side",
            "showID": True,
            "showName": True,
            "expandedSubtechniques": "annotated",
        },
        "hideDisabled": False,
        "techniques": [
            _technique(cell, column.tactic, detections)
            for column in columns
            for parent in column.cells
            for cell in parent.cells()
            if cell.technique.id and (cell.detections or cell.parts)
        ],
        "gradient": {"colors": ["#eab29a", "#dfeaf3", "#7fb2d9"], "minValue": 0, "maxValue": _ALL},
        "legendItems": [
            {"label": f"{status}: {meaning}", "color": COLOURS[status]}
            for status, meaning in _MEANINGS.items()
        ],
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
    }


def _technique(
    cell: Cell, tactic: str, detections: Sequence[BoundRule | BoundCorrelation]
) -> dict[str, Any]:
    made: dict[str, Any] = {"techniqueID": cell.technique.id}
    if tactic:
        made["tactic"] = tactic
    if not cell.detections:
        # Its sub-techniques have the rules.
        return made | {"enabled": True, "showSubtechniques": True}
    status = best(cell.counts)
    lines = [
        f"{detections[place].status}: {plain(detections[place].rule.title, 200)}"
        for place in cell.detections[:_NAMED]
    ]
    rest = len(cell.detections) - _NAMED
    made |= {
        "score": round(_ALL * _able(cell.counts) / len(cell.detections)),
        "color": COLOURS[status] if status else "",
        "comment": "\n".join(
            [*lines, *([f"and {counted(rest, 'more rule')}"] if rest > 0 else [])]
        ),
        "enabled": True,
        "metadata": [
            {"name": str(status), "value": str(n)} for status, n in sorted(cell.counts.items())
        ],
        "showSubtechniques": bool(cell.parts),
    }
    if cell.fired:
        made["metadata"].append({"name": "fired in the replay", "value": str(cell.fired)})
    return made


def _able(counts: Counter[Status]) -> int:
    return counts[Status.BOUND] + counts[Status.RARE]
