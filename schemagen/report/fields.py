"""The fields of a profile as rows of a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.profile.formats import DATE_TIME, JSON_OBJECT, PLAIN
from schemagen.profile.paths import ANY_KEY, ITEMS, Path
from schemagen.profile.profile import ARRAY, INTEGER, JSON_TYPES, NULL, NUMBER, OBJECT, STRING, Node
from schemagen.schema.build import integer_width
from schemagen.words import counted, format_word, kind_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


NOT_SEEN = "not in this sample"


@dataclass(slots=True)
class FieldRow:
    """One field.

    Attributes:
        path: where it is.
        kinds: occurrences by kind of JSON value, without null.
        nulls: how often it was null.
        presence: in which share of the objects that it belongs to it was, 0 to 1; for what lies
            inside arrays and maps 1.
        conflict: values of several types meet here that no type but VARCHAR takes.
        remarks: what else there is to know, short phrases.
        children: the fields inside, those with conflicts first.

    """

    path: Path
    kinds: dict[str, int]
    nulls: int
    presence: float
    conflict: bool
    remarks: list[str] = field(default_factory=list)
    children: list[FieldRow] = field(default_factory=list)

    @property
    def troubled(self) -> bool:
        """Check whether there is a conflict here or below."""
        return self.conflict or any(child.troubled for child in self.children)

    def walk(self) -> Iterator[FieldRow]:
        """Yield this row and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def field_rows(root: Node, maps: Mapping[Path, str], sample: Node | None = None) -> list[FieldRow]:
    """Make the rows of the messages' own fields.

    Args:
        root: schema and evidence joined.
        maps: the reasons of `collapse_maps`.
        sample: what the evidence alone has; a field that it lacks is shown as missing. None where
            all that is in `root` was seen.

    """
    rows = _children(root, (), maps)
    if sample is not None:
        _mark_missing(rows, sample)
    return rows


def _mark_missing(rows: Sequence[FieldRow], sample: Node) -> None:
    """Mark what the schema has and the sample has not; it counts as seen once for the types."""
    if sample.any_key is not None:
        return
    for row in rows:
        name = row.path[-1]
        if not isinstance(name, str):
            continue
        found = sample.fields.get(name) or (
            None if sample.content is None else sample.content.fields.get(name)
        )
        if found is None or not found.total:
            row.presence = 0.0
            row.remarks.insert(0, NOT_SEEN)
        else:
            _mark_missing(row.children, found)


def _children(node: Node, path: Path, maps: Mapping[Path, str]) -> list[FieldRow]:
    objects = node.count(OBJECT)
    rows = [
        # Kinds that only the schema knows count once beside what was seen.
        _row(child, (*path, name), min(1.0, child.total / objects) if objects else 1.0, maps)
        for name, child in node.fields.items()
    ]
    if node.any_key is not None and node.any_key.total:
        rows.append(_row(node.any_key, (*path, ANY_KEY), 1.0, maps))
    if node.items is not None and node.items.types() & {OBJECT, ARRAY}:
        rows.append(_row(node.items, (*path, ITEMS), 1.0, maps))
    if node.content is not None:
        rows += _children(node.content, path, maps)
    return sorted(rows, key=lambda row: not row.troubled)


def _row(node: Node, path: Path, presence: float, maps: Mapping[Path, str]) -> FieldRow:
    kinds = {k: n for k, n in zip(JSON_TYPES, node.counts, strict=True) if n and k != NULL}
    conflict = len(kinds) > 1 and not kinds.keys() <= {INTEGER, NUMBER}
    row = FieldRow(path, kinds, node.count(NULL), presence, conflict, _remarks(node, kinds))
    if path in maps:
        row.remarks.append(f"a map: {maps[path]}")
    row.children = _children(node, path, maps)
    return row


def _remarks(node: Node, kinds: dict[str, int]) -> list[str]:
    remarks = []
    if len(kinds) > 1:
        remarks.append(", ".join(f"{kind_word(kind)} in {n:,}" for kind, n in kinds.items()))
    if INTEGER in kinds and integer_width(node) in {"uint64", "beyond"}:
        integers = counted(node.count(INTEGER), "integer")
        remarks.append(f"{node.integers.beyond64:,} of {integers} beyond BIGINT")
    if kinds.keys() & {NUMBER} and node.integers.inexact + node.numbers.inexact:
        inexact = node.integers.inexact + node.numbers.inexact
        every = node.count(INTEGER) + node.count(NUMBER)
        remarks.append(
            f"{inexact:,} of {counted(every, 'number')} with more digits than a double holds"
        )
    if STRING in kinds:
        remarks.extend(_format_remarks(node))
    if ARRAY in kinds and node.items is not None:
        inside = sorted(map(kind_word, node.items.types() - {NULL}))
        remarks.append("of " + " and ".join(inside) if inside else "always empty")
    if kinds.keys() == {OBJECT} and not node.fields and node.any_key is None:
        remarks.append("always empty")
    if not kinds:
        remarks.append("always null")
    return remarks


def _format_remarks(node: Node) -> list[str]:
    """List the formats where all texts but the empty ones have one."""
    named = set(node.formats) - {"empty"}
    if JSON_OBJECT in named:
        return [f"JSON objects in {node.formats[JSON_OBJECT]:,} of {node.count(STRING):,}"]
    if not named or named & PLAIN:
        return []
    dates = sorted(name.removeprefix(DATE_TIME) for name in named if name.startswith(DATE_TIME))
    others = sorted({format_word(name) for name in named if not name.startswith(DATE_TIME)})
    return others + [f"date-time {pattern}" for pattern in dates]
