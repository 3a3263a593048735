"""Accepting a drift: a fresh sample joined with the committed schema.

A sample does not show all that there is, and a schema was reviewed. So what the sample lacks stays;
only on demand are those fields removed, and those types of values, whose absence is surely not
chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.drift.changes import ChangeKind
from schemagen.drift.compare import CONFIDENCE
from schemagen.drift.comparison import Comparison, ComparisonOptions
from schemagen.drift.path_comparison import values_of
from schemagen.drift.statistics import significance_level
from schemagen.ksqldb.choose import ColumnPolicy, choose_columns
from schemagen.profile.paths import ANY_KEY, ITEMS, matches, render
from schemagen.profile.profile import ARRAY, INTEGER, JSON_TYPES, NUMBER, OBJECT, STRING, Node
from schemagen.schema.lookup import node_at
from schemagen.schema.results import AcceptedFields
from schemagen.schema.shape import below, copied

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from schemagen.drift.changes import Change
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path
    from schemagen.schema.maps import MapPolicy


def updated(  # noqa: PLR0913 - what is joined, and how
    now: Evidence,
    collapsed: Node,
    known: Node,
    before: Evidence | None,
    maps: MapPolicy,
    *,
    prune: bool = False,
    noted: Collection[str] = (),
) -> AcceptedFields:
    """Join a fresh sample with what is committed.

    Args:
        now: the fresh sample.
        collapsed: its root, maps collapsed; left unchanged.
        known: the committed schema joined with its evidence.
        before: the committed evidence; None without it, and then nothing is surely gone.
        maps: when the keys of an object are data.
        prune: leave out fields and types of values that are surely gone.
        noted: the paths that were surely gone before, as they are written.

    """
    columns = choose_columns(known, ColumnPolicy()).columns
    comparison = Comparison(ComparisonOptions(maps=maps))
    if before is not None:
        comparison.compare(columns, known, before.profile.root, now.profile.root)
    level = significance_level(CONFIDENCE, comparison.tests)
    certain = [change for change in comparison.changes if change.chance <= level]
    gone = gone_paths(certain) | {
        path
        for path, _ in known.walk()
        if render(path) in noted and not _is_there(now.profile.root, path)
    }
    join = _Join(maps, gone, gone_types(certain)) if prune else _Join(maps)
    root = copied([collapsed])
    join.add(root, known)
    return AcceptedFields(root, sorted(gone, key=str), prune)


def _is_there(root: Node, path: Path) -> bool:
    node = node_at(root, path)
    return node is not None and bool(values_of(node))


def gone_paths(changes: Iterable[Change]) -> set[Path]:
    """List the paths that are surely gone; of an emptied object those of all its keys."""
    found: set[Path] = set()
    for change in changes:
        if change.what is ChangeKind.GONE:
            found.add(change.path)
        elif change.what is ChangeKind.EMPTIED and change.old is not None:
            found.update((*change.path, key) for key in change.old.fields)
    return found


def gone_types(changes: Iterable[Change]) -> set[tuple[Path, str]]:
    """List the JSON types that are surely gone, each with its path."""
    return {
        (change.path, change.detail) for change in changes if change.what is ChangeKind.LOST_TYPE
    }


@dataclass(frozen=True, slots=True)
class _Join:
    """Adds to a fresh profile what is committed, but for what is to be left out.

    Attributes:
        maps: when the keys of an object are data.
        gone: paths to leave out.
        types: JSON types to leave out, each with its path.

    """

    maps: MapPolicy
    gone: Collection[Path] = ()
    types: Collection[tuple[Path, str]] = ()

    def add(self, out: Node, known: Node, path: Path = ()) -> None:
        """Add what is known at a path.

        Where the fresh sample has nothing, counts are those of the committed evidence, or one.
        """
        for place, name in enumerate(JSON_TYPES):
            if known.counts[place] and not out.counts[place] and (path, name) not in self.types:
                out.merge(_one_type(known, place))
        if out.items is not None and known.items is not None:
            self.add(out.items, known.items, (*path, ITEMS))
        if known.any_key is not None and out.count(OBJECT):
            if matches(path, self.maps.forbid):
                return  # its keys are fields now, and none is known
            # What was a map stays one, however few keys the fresh sample has.
            out.collapse()
        if out.any_key is not None:
            self.add(out.any_key, copied(below(known)), (*path, ANY_KEY))
            return
        for key, child in known.fields.items():
            inner = (*path, key)
            if key in out.fields:
                self.add(out.fields[key], child, inner)
            elif inner not in self.gone:
                out.fields[key] = copied([child])
                _scale(out.fields[key], out.count(OBJECT) / max(known.count(OBJECT), 1))


_PARTS = {
    INTEGER: ("integers",),
    NUMBER: ("numbers",),
    STRING: ("formats", "text"),
    ARRAY: ("items", "items_length"),
    OBJECT: ("fields", "any_key", "empty_objects"),
}
"""What a node knows of each JSON type."""


def _one_type(known: Node, place: int) -> Node:
    """Copy what is known of the values of one type."""
    whole, part = copied([known]), Node(repeated=known.repeated)
    part.counts[place] = whole.counts[place]
    part.messages[place] = whole.messages[place]
    for name in _PARTS.get(JSON_TYPES[place], ()):
        setattr(part, name, getattr(whole, name))
    return part


def _scale(node: Node, ratio: float) -> None:
    """Count a field as often as it was before, for how many objects there are now."""
    for counts in (node.counts, node.messages) if node.repeated else (node.counts,):
        counts[:] = [max(1, round(count * ratio)) if count else 0 for count in counts]
    inside = [*below(node), *([] if node.items is None else [node.items])]
    for each in inside:
        _scale(each, ratio)
