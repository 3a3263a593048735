"""The ATT&CK matrix of a topic: each technique by what its rules can do there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.detections.bound import Status
from schemagen.report.attack.table import (
    TACTICS,
    Technique,
    tactic_names,
    technique,
    technique_ids,
    techniques,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation

NO_TACTIC = ""
"""The column of techniques whose tactic neither the table nor a rule tells."""

_ORDER = {status: place for place, status in enumerate(Status)}


@dataclass(slots=True)
class Cell:
    """A technique under one tactic.

    Attributes:
        technique: the technique; without an id it stands for the rules that name the tactic alone.
        detections: the places of its rules and correlations, without those of sub-techniques.
        counts: how many of them there are by status.
        fired: how many of them alerted in the replay.
        parts: its sub-techniques.

    """

    technique: Technique
    detections: list[int] = field(default_factory=list)
    counts: Counter[Status] = field(default_factory=Counter)
    fired: int = 0
    parts: list[Cell] = field(default_factory=list)

    @property
    def status(self) -> Status | None:
        """The best status that a rule of it has; None without a rule."""
        return best(self.counts)

    @property
    def total(self) -> Counter[Status]:
        """The rules by status, those of its sub-techniques counted, too."""
        return sum((part.counts for part in self.parts), Counter(self.counts))

    @property
    def whole(self) -> Status | None:
        """The best status of a rule of it or of a sub-technique."""
        return best(self.total)

    @property
    def fired_whole(self) -> int:
        """How many rules of it and of its sub-techniques alerted in the replay."""
        return self.fired + sum(part.fired for part in self.parts)

    def cells(self) -> Iterator[Cell]:
        """Yield it and its sub-techniques."""
        yield self
        yield from self.parts


@dataclass(slots=True)
class TacticColumn:
    """A tactic and its techniques.

    Attributes:
        tactic: its short name; `NO_TACTIC` for what is under none.
        name: its name.
        cells: the techniques.

    """

    tactic: str
    name: str
    cells: list[Cell] = field(default_factory=list)

    @property
    def covered(self) -> int:
        """How many techniques have a rule that can match."""
        return sum(can_match(cell.whole) for cell in self.cells)


def best(counts: Mapping[Status, int]) -> Status | None:
    """Return the best of some statuses; None where there is none."""
    found = [status for status, n in counts.items() if n]
    return min(found, key=_ORDER.__getitem__) if found else None


def can_match(status: Status | None) -> bool:
    """Whether a rule of the status can alert on events like those of the sample."""
    return status in {Status.BOUND, Status.RARE}


def matrix(
    detections: Sequence[BoundRule | BoundCorrelation], fired: Mapping[str, int]
) -> list[TacticColumn]:
    """Lay rules out by tactic and technique.

    A rule counts under each technique that it names, in the tactics that ATT&CK has the technique
    in; of several, in those that the rule names, if it names any of them.

    Args:
        detections: the rules and correlations.
        fired: how many events each alerted on in the replay, by the rules' ids.

    """
    columns: dict[str, dict[str, Cell]] = {tactic: {} for tactic in (*TACTICS, NO_TACTIC)}
    for place, each in enumerate(detections):
        for tactic, identifier in _places(each.rule.tags):
            cell = _cell(columns[tactic], identifier)
            cell.detections.append(place)
            cell.counts[each.status] += 1
            cell.fired += bool(fired.get(each.rule.id))
    return [
        TacticColumn(tactic, TACTICS.get(tactic, "No tactic"), _sorted(cells))
        for tactic, cells in columns.items()
        if cells
    ]


def _places(tags: tuple[str, ...]) -> list[tuple[str, str]]:
    """List where a rule stands: pairs of a tactic and a technique, either of which may be empty."""
    named = tactic_names(tags)
    found = []
    used: set[str] = set()
    for identifier in technique_ids(tags):
        known = technique(identifier).tactics
        shared = [tactic for tactic in known if tactic in named]
        for tactic in shared or known or named or [NO_TACTIC]:
            used.add(tactic)
            found.append((tactic, identifier))
    return found or [(tactic, "") for tactic in named] or [(NO_TACTIC, "")]


def _cell(cells: dict[str, Cell], identifier: str) -> Cell:
    whole = technique(technique(identifier).parent)
    parent = cells.setdefault(whole.id, Cell(whole))
    if identifier == whole.id:
        return parent
    for part in parent.parts:
        if part.technique.id == identifier:
            return part
    part = Cell(technique(identifier))
    parent.parts.append(part)
    return part


def _sorted(cells: dict[str, Cell]) -> list[Cell]:
    for cell in cells.values():
        cell.parts.sort(key=lambda part: part.technique.id)
    # What names no technique comes last.
    return sorted(cells.values(), key=lambda cell: (not cell.technique.id, cell.technique.name))


def without_rules(
    columns: Sequence[TacticColumn], products: frozenset[str]
) -> dict[str, list[Technique]]:
    """List by tactic the techniques that no rule is for, of the platforms that rules are of.

    Args:
        columns: the matrix.
        products: the products of the rules' log sources, by Sigma's names.

    """
    have = {(column.tactic, cell.technique.id) for column in columns for cell in column.cells}
    found: dict[str, list[Technique]] = {}
    for each in techniques().values():
        if each.is_current and each.parent == each.id and each.concerns(products):
            for tactic in each.tactics:
                if (tactic, each.id) not in have:
                    found.setdefault(tactic, []).append(each)
    return {
        tactic: sorted(found[tactic], key=lambda each: each.name)
        for tactic in TACTICS
        if tactic in found
    }
