"""Fields that moved: what a new field was called before, or where it lay.

A producer that is updated renames a field beside the others, moves it to another object, or writes
`{"log.level": …}` where `{"log": {"level": …}}` stood. What moved is found by names, types
and keys; no value is known.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from schemagen.drift.changes import much_less
from schemagen.profile.profile import INTEGER, NULL, NUMBER, OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node

_ALIKE = 0.5
"""From this likeness on, of 1, two names or two sets of keys can be those of one field."""


class SeenField(NamedTuple):
    """A field at the place where it was seen, and in which share of its objects, 0 to 1."""

    path: Path
    node: Node
    share: float


class Move(NamedTuple):
    """A field's former and new path."""

    old: Path
    new: Path


def moves(gone: Sequence[SeenField], new: Sequence[SeenField]) -> list[Move]:
    """Find what became of fields that are gone, or are in fewer objects.

    Args:
        gone: those fields, as they were; all that lies in an object is gone with it.
        new: the new fields, as they are.

    Returns:
        For each new field the fields that it was before, if there are any. Where an object moved,
        what lies in it is not listed.

    """
    before = [each for field in gone for each in _below(field)]
    by_name: dict[str, list[SeenField]] = {}
    by_form: dict[str, list[SeenField]] = {}
    by_key: dict[str, list[SeenField]] = {}
    for each in before:
        by_key.setdefault(_key(each), []).append(each)
        by_form.setdefault(_dotted(each), []).append(each)
        if not each.node.fields:
            by_name.setdefault(_dotted(each), []).append(each)
    taken: set[Path] = set()
    found = []
    for field in new:
        olds = by_form.get(_dotted(field), [])
        if not olds:
            leaves = [_dotted(each) for each in _below(field) if not each.node.fields]
            olds = [old for name in leaves for old in by_name.get(name, ())]
        if not olds:
            best = _elsewhere(field, by_key.get(_key(field), ())) or _beside(field, gone, new)
            olds = [] if best is None else [best]
        olds = [old for old in olds if old.path not in taken]
        taken.update(old.path for old in olds)
        found += [Move(old.path, field.path) for old in olds]
    return found


def _below(field: SeenField) -> Iterator[SeenField]:
    """Yield a field and all that lies in it in objects."""
    yield field
    objects = field.node.count(OBJECT)
    for key, child in field.node.fields.items():
        share = min(child.total / objects, 1.0) if objects else 0.0
        yield from _below(SeenField((*field.path, key), child, share))


def _key(field: SeenField) -> str:
    return str(field.path[-1]).casefold()


def _dotted(field: SeenField) -> str:
    """Write a path with dots between its keys: the same for a nested and for a dotted form."""
    return ".".join(map(str, field.path))


def _elsewhere(field: SeenField, named: Sequence[SeenField]) -> SeenField | None:
    """Find the field of the same name that lay in another object, the one with the most in common.

    Args:
        field: a new field.
        named: former fields of its name.

    """
    alike = [
        old
        for old in named
        if old.path[:-1] != field.path[:-1] and _hold_the_same(old.node, field.node)
    ]
    return max(alike, key=lambda old: _common_end(old.path, field.path), default=None)


def _beside(
    field: SeenField, gone: Sequence[SeenField], new: Sequence[SeenField]
) -> SeenField | None:
    """Find the field that was beside this one, as common, and held the same: a likely old name.

    Names alike are enough; else it must be the only one, and this its only new name.
    """
    olds = [old for old in gone if _can_replace(field, old)]
    alike = [old for old in olds if _likeness(old, field) >= _ALIKE]
    if alike:
        return max(alike, key=lambda old: _likeness(old, field))
    if len(olds) == 1 and sum(_can_replace(other, olds[0]) for other in new) == 1:
        return olds[0]
    return None


def _can_replace(new: SeenField, old: SeenField) -> bool:
    return (
        old.path[:-1] == new.path[:-1]
        and _hold_the_same(old.node, new.node)
        and not much_less(old.share, new.share)
        and not much_less(new.share, old.share)
    )


def _hold_the_same(one: Node, other: Node) -> bool:
    """Check whether two nodes hold values of the same types, and objects mostly the same keys."""
    if _types(one) != _types(other):
        return False
    first, second = set(one.fields), set(other.fields)
    if not first or not second:
        return True
    return len(first & second) >= _ALIKE * min(len(first), len(second))


def _types(node: Node) -> frozenset[str]:
    """Return the JSON types of the values, with one for all numbers."""
    types = node.types() - {NULL}
    return types - {INTEGER} | {NUMBER} if INTEGER in types else types


def _common_end(one: Path, other: Path) -> int:
    """Count the keys that two paths have in common at their ends."""
    count = 0
    for first, second in zip(reversed(one), reversed(other), strict=False):
        if first != second:
            break
        count += 1
    return count


def _likeness(one: SeenField, other: SeenField) -> float:
    return SequenceMatcher(None, _key(one), _key(other), autojunk=False).ratio()
