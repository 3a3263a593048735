"""The fields of a topic for the page: the tree, and fields by kinds of events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.profile.kinds import written
from schemagen.profile.paths import render
from schemagen.profile.profile import OBJECT
from schemagen.report.fields import field_rows
from schemagen.report.page.charts import HeatMap, heat_map
from schemagen.report.page.texts import name
from schemagen.schema.lookup import node_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.profile.kinds import EventKinds
    from schemagen.profile.nodes import Node
    from schemagen.profile.paths import Path
    from schemagen.report.fields import FieldRow
    from schemagen.report.page.model import TopicReport

MOST_FIELDS = 4_000
"""So many fields are shown: a page of more is none that anybody reads."""
_KINDS = 30
_ROWS = 60
_KINDS_OF_FIELD = 12
_EVERYWHERE = 0.995


class SchemaView:
    """The fields of a report.

    Args:
        report: the report.
        readers: the detections that read each path, by their places.

    """

    def __init__(self, report: TopicReport, readers: Mapping[Path, Sequence[int]]) -> None:
        self._root = report.root
        self._seen = None if report.evidence is None else report.evidence.profile.root
        self._kinds = None if report.evidence is None else report.evidence.profile.kinds
        self._readers = readers
        self.rows = list(_flat(field_rows(report.root, report.maps), 0))

    @property
    def conflicts(self) -> int:
        """How many fields have conflicting types."""
        return sum(row.conflict for row, _ in self.rows)

    @property
    def hidden(self) -> int:
        """How many fields are not shown."""
        return max(len(self.rows) - MOST_FIELDS, 0)

    def fields(self) -> list[dict[str, Any]]:
        """Make a row of each field that is shown, each before what is inside it."""
        return [self._field(row, depth) for row, depth in self._shown()]

    def _shown(self) -> list[tuple[FieldRow, int]]:
        if not self.hidden:
            return self.rows
        # The topmost levels first, as whole as there is room for.
        depths = sorted(depth for _, depth in self.rows)
        deepest = depths[MOST_FIELDS]
        kept = [(row, depth) for row, depth in self.rows if depth < deepest]
        return kept or self.rows[:MOST_FIELDS]

    def _field(self, row: FieldRow, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {
            "n": name(render(row.path[-1:])),
            "d": depth,
            "t": "|".join("text" if kind == "string" else kind for kind in row.kinds or ["null"]),
            "p": round(row.presence * 1000),
        }
        readers = self._readers.get(row.path)
        if readers:
            made["r"] = list(readers)
        if row.nulls:
            made["z"] = row.nulls
        if row.conflict:
            made["c"] = 1
        elif row.troubled:
            made["c"] = 2
        if row.remarks:
            made["m"] = "; ".join(name(each) for each in row.remarks)
        kinds = self._kinds_of(row.path)
        if kinds:
            made["k"] = kinds
        return made

    def _kinds_of(self, path: Path) -> list[list[Any]]:
        """List the kinds of events that have a field most often, with the share that has it."""
        node = node_at(self._seen, path)
        if node is None or not node.kinds or self._kinds is None:
            return []
        counts = self._kinds.counts
        if len(node.kinds) >= len(counts):
            return []
        shares = [(kind, n / counts[kind]) for kind, n in node.kinds.items() if counts.get(kind)]
        shares.sort(key=lambda pair: (-counts[pair[0]], pair[0]))
        return [
            [name(written(kind)), round(min(share, 1) * 1000), counts[kind]]
            for kind, share in shares[:_KINDS_OF_FIELD]
        ]

    def heat(self) -> HeatMap | None:
        """Lay out fields by kinds of events; None where no kinds are told apart."""
        known = self._kinds
        if known is None or not known.counts or not known.fields or self._seen is None:
            return None
        kinds = sorted(known.counts, key=lambda kind: (-known.counts[kind], kind))[:_KINDS]
        found = []
        for row, _ in self.rows:
            node = node_at(self._seen, row.path)
            if node is None or not node.kinds or row.kinds.keys() == {OBJECT}:
                continue
            shares = [min(node.kinds.get(kind, 0) / known.counts[kind], 1.0) for kind in kinds]
            if max(shares) > 0 and min(shares) < _EVERYWHERE:
                rules = len(self._readers.get(row.path, ()))
                found.append((rules, sum(shares), row.path, shares))
        found.sort(key=lambda each: (-each[0], -each[1], render(each[2])))
        chosen = sorted(found[:_ROWS], key=lambda each: _first(each[3]))
        if not chosen:
            return None
        return heat_map(
            [_short(path) for _, _, path, _ in chosen],
            [short_kind(kind) for kind in kinds],
            [shares for _, _, _, shares in chosen],
        )


def _first(shares: Sequence[float]) -> tuple[int, float]:
    """Sort fields that the same kinds have next to one another."""
    top = next((n for n, share in enumerate(shares) if share > 0), len(shares))
    return top, -sum(shares)


def short_kind(kind: str) -> str:
    """Write a kind of Windows' events as people call it: `Sysmon 1`."""
    return name(written(kind)).removeprefix("Microsoft-Windows-").replace("/Operational", "")


def _short(path: Path) -> str:
    """Write the end of a path: what tells it from others in a narrow column."""
    return name(render(path))


def _flat(rows: Sequence[FieldRow], depth: int) -> list[tuple[FieldRow, int]]:
    found = []
    for row in rows:
        found.append((row, depth))
        found += _flat(row.children, depth + 1)
    return found


def kind_shares(kinds: EventKinds) -> list[tuple[str, int]]:
    """List the kinds of events, the most common first."""
    ordered = sorted(kinds.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(short_kind(kind), n) for kind, n in ordered]


def presence_at(root: Node, path: Path) -> float:
    """Return in which share of the messages a path has a value other than null."""
    node, messages = node_at(root, path), root.count(OBJECT)
    if node is None or not messages:
        return 0.0
    present = sum(node.messages) - node.messages[0]
    return min(present / messages, 1.0)
