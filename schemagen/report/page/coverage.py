"""What the rules of a report cover: the matrix, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.report.attack.coverage import (
    NO_TACTIC,
    Cell,
    TacticColumn,
    can_match,
    matrix,
    without_rules,
)
from schemagen.report.attack.data_sources import DataSource, data_sources
from schemagen.report.attack.table import TACTICS

if TYPE_CHECKING:
    from schemagen.report.page.model import TopicReport


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the matrix comes to.

    Attributes:
        columns: the matrix; those of tactics that no rule is for have no cells.
        rest: by tactic the techniques that no rule is for.
        techniques: how many techniques and sub-techniques rules name.
        covered: how many of them have a rule that can match.
        fired: how many of them had an alert in the replay.
        sources: the data sources.

    """

    columns: list[TacticColumn]
    rest: dict[str, list[str]]
    techniques: int
    covered: int
    fired: int
    sources: list[DataSource]

    def cells(self) -> list[Cell]:
        """List the cells, each before its sub-techniques."""
        return [cell for column in self.columns for top in column.cells for cell in top.cells()]


def coverage_of(report: TopicReport) -> Coverage:
    """Lay a report's rules out by technique."""
    fired = {rule: len(events) for rule, events in report.fired().items()}
    columns = matrix(report.rules.all, fired)
    named: dict[str, list[Cell]] = {}
    for column in columns:
        for cell in column.cells:
            for each in cell.cells():
                if each.technique.id and each.detections:
                    named.setdefault(each.technique.id, []).append(each)
    rest = without_rules(columns, report.rules.products)
    kinds = None if report.evidence is None else report.evidence.profile.kinds
    by_tactic = {column.tactic: column for column in columns}
    return Coverage(
        [
            by_tactic.get(tactic) or TacticColumn(tactic, text)
            for tactic, text in [*TACTICS.items(), (NO_TACTIC, "")]
            if tactic in by_tactic or tactic in rest
        ],
        {tactic: [f"{each.id} {each.name}" for each in found] for tactic, found in rest.items()},
        len(named),
        sum(any(can_match(cell.status) for cell in cells) for cells in named.values()),
        sum(any(cell.fired for cell in cells) for cells in named.values()),
        data_sources(kinds, report.rules.rules),
    )
