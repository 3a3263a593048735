"""What differs between two profiles, at every place that a stream reads, and how likely by chance.

Every share is one of the objects around a field, so that what befalls an object is told of the
object and not of all that is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.drift.changes import Change, ChangeKind, Comparand, much_less
from schemagen.drift.differences import Differences
from schemagen.drift.key_churn import churn_reason
from schemagen.drift.path_comparison import (
    PathComparison,
    filled,
    json_text,
    objects,
    present,
    values_of,
)
from schemagen.drift.statistics import Proportion
from schemagen.drift.time_units import time_unit
from schemagen.ksqldb.deserializer import KeyIndex
from schemagen.ksqldb.types import VARCHAR, Array, KsqlType, Map, Struct
from schemagen.profile.formats import DATA_LIKE, classify
from schemagen.profile.kinds import written
from schemagen.profile.paths import ANY_KEY, ITEMS, Path, matches
from schemagen.profile.profile import ARRAY, INTEGER, JSON_TYPES, NULL, NUMBER, OBJECT, Node
from schemagen.schema.maps import MapPolicy, map_reason
from schemagen.schema.shape import below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.kinds import ComparedKinds
    from schemagen.drift.scopes import Steps

_SURELY_THERE = 0.01
"""Without evidence a new field counts from this share of its objects on."""
_TELLING = 300
"""In so many objects a field that one in a hundred has shows up, 95 times in a hundred."""

_ARRAY = JSON_TYPES.index(ARRAY)
_OBJECT = JSON_TYPES.index(OBJECT)


@dataclass(frozen=True, slots=True)
class ComparisonOptions:
    """How two profiles are compared.

    Attributes:
        exclude: globs of the paths that nobody wants to hear of as new.
        maps: when the keys of an object are data.
        watched: where detections look; of the keys of a MAP only those are compared.

    """

    exclude: Sequence[str] = ()
    maps: MapPolicy = field(default_factory=MapPolicy)
    watched: frozenset[Steps] = frozenset()


class Comparison:
    """Compares what was known and seen with what is seen now, over the columns of a stream.

    Args:
        reading: how.
        kinds: the kinds of events, within which the presence of fields is compared; None to compare
            it over all events.

    Attributes:
        kept: fields of the schema that neither the evidence nor the fresh sample has.
        indistinct: the objects whose keys are too many to be counted apart, before or now.

    """

    def __init__(self, reading: ComparisonOptions, kinds: ComparedKinds | None = None) -> None:
        self._reading = reading
        self._kinds = kinds
        self._differences = Differences()
        self._needed = {steps[:n] for steps in reading.watched for n in range(1, len(steps) + 1)}
        self.kept: list[PathComparison] = []
        self.indistinct: list[PathComparison] = []

    @property
    def tests(self) -> int:
        """How many shares were compared."""
        return self._differences.tests

    @property
    def changes(self) -> list[Change]:
        """What differs, surely or by chance."""
        return self._differences.changes

    def compare(self, columns: Struct, known: Node | None, seen: Node | None, now: Node) -> None:
        """Compare messages.

        Args:
            columns: the columns of the stream.
            known: what the committed schema says, None without one.
            seen: what the committed evidence counted, None without it.
            now: what the fresh sample counted.

        """
        self._inside(columns, PathComparison((), (), known, seen, now))

    # -- values -------------------------------------------------------------------------------

    def _inside(self, declared: KsqlType, at: PathComparison) -> None:
        """Compare what lies inside the values of a place."""
        if isinstance(declared, Struct):
            self._fields(declared, at)
        elif isinstance(declared, Map):
            self._map(declared, at)
        elif isinstance(declared, Array):
            if at.now.items is not None:
                inside = at.inside(ITEMS)
                self._emptied(declared.item, at, inside, _ARRAY)
                self._value(declared.item, inside)
        elif declared == VARCHAR:
            inside = json_text(at)
            if objects(inside.now):
                self._keys_of_text(inside)

    def _value(self, declared: KsqlType, at: PathComparison) -> None:
        self._types(declared, at)
        self._inside(declared, at)

    def _types(self, declared: KsqlType, at: PathComparison) -> None:
        """Compare of which JSON types the values are; null is the absence of one."""
        seen, now = at.seen, at.now
        if not values_of(now):
            return
        if seen is None or not values_of(seen):
            self._types_by_schema(declared, at)
            return
        self._differences.same()
        for name in JSON_TYPES[1:]:
            before = Proportion(seen.count(name), values_of(seen))
            after = Proportion(now.count(name), values_of(now))
            if bool(before.count) == bool(after.count):
                continue
            what = ChangeKind.LOST_TYPE if before.count else ChangeKind.NEW_TYPE
            self._differences.add(what, at, before, after, declared, detail=name)
        if seen.count(INTEGER) and not seen.integers.beyond32 and now.integers.beyond32:
            before = Proportion(0, seen.count(INTEGER))
            after = Proportion(now.integers.beyond32, now.count(INTEGER))
            self._differences.add(ChangeKind.WIDTH, at, before, after, declared)
        units = [time_unit(node.integers) for node in (seen, now)]
        if None not in units and units[0] != units[1]:
            before = Proportion(0, seen.count(INTEGER))
            after = Proportion(now.count(INTEGER), now.count(INTEGER))
            detail = f"{units[1]} where {units[0]} were"
            self._differences.add(ChangeKind.UNIT, at, before, after, declared, detail=detail)

    def _types_by_schema(self, declared: KsqlType, at: PathComparison) -> None:
        """Compare with the types that the schema has, where no value was counted before.

        So it is without evidence, and of a field that an update kept.
        """
        known, now = at.known, at.now
        if known is None or not values_of(known):
            return
        self._differences.same()
        types = known.types()
        if NUMBER in types:
            types |= {INTEGER}  # the word of JSON Schema is for both
        for name in JSON_TYPES[1:]:
            share = Proportion(now.count(name), values_of(now))
            if name not in types and share.value >= _SURELY_THERE:
                self._differences.add(ChangeKind.NEW_TYPE, at, None, share, declared, detail=name)
        wide = Proportion(now.integers.beyond32, now.count(INTEGER))
        narrow = INTEGER in known.types() and not known.integers.beyond32
        if narrow and wide.value >= _SURELY_THERE:
            self._differences.add(ChangeKind.WIDTH, at, None, wide, declared)

    def _emptied(
        self, declared: KsqlType, around: PathComparison, at: PathComparison, json_type: int
    ) -> bool:
        """Check whether arrays or maps, by their type, held something and are all empty now."""
        if around.seen is None or at.seen is None or present(at.now):
            return False
        there, here = around.seen.messages[json_type], around.now.messages[json_type]
        before = Proportion(min(present(at.seen), there), there)
        if not (before.count and here):
            return False
        self._differences.add(ChangeKind.GONE, at, before, Proportion(0, here), declared)
        return True

    # -- objects ------------------------------------------------------------------------------

    def _fields(self, declared: Struct, at: PathComparison) -> None:
        if not objects(at.now) or self._hollow(declared, at):
            return
        self._counts_keys(at)
        before = KeyIndex(() if at.seen is None else at.seen.fields)
        after = KeyIndex(at.now.fields)
        read: set[str] = set()
        if at.now.any_key is None:
            for column in declared.fields:
                old, new = before.read_by(column.stored), after.read_by(column.stored)
                read.update(new)
                child = at.field(column.stored, column.name, old, new)
                self._presence(column.type, at, child)
                if child.seen is not None and set(new) - set(old) and old:
                    self._spelling(column.type, at, child, old, new)
                if present(child.now):
                    self._value(column.type, child)
        self._new_keys(at, read)

    def _counts_keys(self, at: PathComparison) -> bool:
        """Check that each key was counted for itself, and note where it was not."""
        distinct = at.now.any_key is None and (at.seen is None or at.seen.any_key is None)
        if not distinct:
            self.indistinct.append(at)
        return distinct

    def _hollow(self, declared: KsqlType, at: PathComparison) -> bool:
        """Check whether objects held something and none does now: one cause, whatever it was.

        What chance explains is told by how many held anything, not by any one field.
        """
        if at.seen is None or any(present(child) for child in below(at.now)):
            return False
        before = Proportion(filled(at.seen), objects(at.seen))
        if not before.count:
            return False
        self._differences.add(
            ChangeKind.EMPTIED, at, before, Proportion(0, objects(at.now)), declared
        )
        return True

    def _presence(
        self, declared: KsqlType | None, around: PathComparison, at: PathComparison
    ) -> None:
        """Compare how many of the objects have a field."""
        now = Proportion(min(present(at.now), objects(around.now)), objects(around.now))
        if at.seen is None or around.seen is None:
            self._presence_by_schema(declared, around, at, now)
            return
        there = objects(around.seen)
        before = Proportion(min(present(at.seen), there), there)
        if not before.count or not before.of or not now.of:
            self._note_kept(at, now)
            return
        shares = self._shares_by_kind(around, at)
        if shares is None:
            shares = [Comparand(before, now)]
        less = [share for share in shares if self._is_less(share, at.steps)]
        more = [share for share in shares if _is_much_more(share)]
        if less:
            what = ChangeKind.RARER if now.count else ChangeKind.GONE
            self._differences.add_shares(
                what, at, less, declared, among=shares, overall=Comparand(before, now)
            )
        if more:
            self._differences.add_shares(ChangeKind.COMMONER, at, more, declared, among=shares)
        self._differences.same(len(shares) - len(less) - len(more))

    def _shares_by_kind(self, around: PathComparison, at: PathComparison) -> list[Comparand] | None:
        """Compare the presence within each kind that both samples have; None where none is told.

        What kinds only one of them has tell of a field, the kind tells.
        """
        if self._kinds is None or around.seen is None or len(_kinds_of_value(around)) > 1:
            return None
        nodes = (around.seen, at.seen, around.now, at.now)
        counts = [self._kinds.of(node) for node in nodes]
        if None in counts:
            return None
        seen, had, there, have = (each or {} for each in counts)
        return [
            Comparand(
                Proportion(min(had.get(kind, 0), seen[kind]), seen[kind]),
                Proportion(min(have.get(kind, 0), there[kind]), there[kind]),
                written(kind),
            )
            for kind in sorted(seen.keys() & there.keys())
        ]

    def _is_less(self, share: Comparand, steps: Steps) -> bool:
        """Check whether a share is much less than before, or any less where detections look."""
        if share.before is None or not share.falls:
            return False
        return steps in self._needed or much_less(share.now.value, share.before.value)

    def _presence_by_schema(
        self, declared: KsqlType | None, around: PathComparison, at: PathComparison, now: Proportion
    ) -> None:
        """Judge a field of which nothing was counted: only that it is never there."""
        if now.count:
            return
        if around.seen is not None:
            # Where evidence knows the object, it just never had this field; but the schema may.
            self._note_kept(at, now)
            return
        if now.of >= _TELLING and at.steps in self._needed:
            self._differences.add(ChangeKind.GONE, at, None, now, declared)

    def _note_kept(self, at: PathComparison, now: Proportion) -> None:
        """Note a field that the schema has, where neither the evidence nor the sample has one."""
        if not now.count and at.known is not None and values_of(at.known):
            self.kept.append(at)

    def _spelling(
        self,
        declared: KsqlType,
        around: PathComparison,
        at: PathComparison,
        old: list[str],
        new: list[str],
    ) -> None:
        fresh = [key for key in new if key not in old]
        count = sum(present(around.now.fields[key]) for key in fresh)
        if not count or around.seen is None:
            return
        there = objects(around.now)
        before, now = Proportion(0, objects(around.seen)), Proportion(min(count, there), there)
        spelled = PathComparison(
            (*around.path, fresh[0]), at.steps, at.known, at.seen, around.now.fields[fresh[0]]
        )
        # Of two a column takes the one of just its name, else the later one in the message
        # (`KsqlJsonDeserializer`).
        if self._share_objects(around.now, new) and old != [at.steps[-1]]:
            what, before_ = ChangeKind.COLLISION, None
        else:
            what, before_ = ChangeKind.SPELLING, before
        self._differences.add(what, spelled, before_, now, declared, detail=", ".join(old))

    def _share_objects(self, around: Node, keys: Sequence[str]) -> bool:
        """Check whether some objects have two of some keys: there are more keys than objects.

        What is not so of all events may be so of those of a kind.
        """
        nodes = [around.fields[key] for key in keys]
        if sum(map(present, nodes)) > objects(around):
            return True
        kinds = self._kinds
        counts = [] if kinds is None else [kinds.of(node) for node in (around, *nodes)]
        if not counts or None in counts:
            return False
        there, *have = (each or {} for each in counts)
        return any(sum(each.get(kind, 0) for each in have) > n for kind, n in there.items())

    def _new_keys(self, at: PathComparison, read: set[str]) -> None:
        """Look at the keys that no field reads: those that are new, or all of them as data."""
        unread = [key for key in at.now.fields if key not in read and present(at.now.fields[key])]
        new = [key for key in unread if not at.has(key) and not self._excluded((*at.path, key))]
        if not new and at.now.any_key is None:
            return
        if at.seen is not None and self._keys_are_data(at.seen, at.path, ()):
            return  # that was so before: every sample has other keys
        reason = self._keys_are_data(at.now, at.path, new)
        if reason is not None:
            now = Proportion(objects(at.now), objects(at.now))
            self._differences.add(ChangeKind.KEYS, at, None, now, detail=reason)
            return
        self._key_churn(at)
        for key in new:
            child = at.key(key)
            now = Proportion(min(present(child.now), objects(at.now)), objects(at.now))
            if at.seen is not None:
                # An object that was never there had no chance to show its keys.
                before = Proportion(0, objects(at.seen))
                self._differences.add(ChangeKind.NEW, child, before if before.of else None, now)
            elif now.value >= _SURELY_THERE:
                self._differences.add(ChangeKind.NEW, child, None, now)

    def _key_churn(self, at: PathComparison) -> None:
        """Look for an object of which all keys became others of their form: one cause, not many."""
        if at.seen is None or not at.path or matches(at.path, self._reading.maps.forbid):
            return
        reason = churn_reason(at.seen, at.now)
        if reason is not None:
            before, now = filled(at.seen), Proportion(0, objects(at.now))
            self._differences.add(
                ChangeKind.KEY_CHURN, at, Proportion(before, objects(at.seen)), now, detail=reason
            )

    def _keys_are_data(self, node: Node, path: Path, new: Sequence[str]) -> str | None:
        """Return why an object's keys are data: all of them, or enough of the new ones."""
        reason = map_reason(node, path, self._reading.maps)
        if reason is not None or node.any_key is not None:
            return reason or "more distinct keys than can be told apart"
        if matches(path, self._reading.maps.forbid):
            return None
        data_like = sum(1 for key in new if classify(key) in DATA_LIKE)
        if data_like < self._reading.maps.min_keys:
            return None
        return f"{data_like:,} new keys that are numbers, addresses or ids"

    def _excluded(self, path: Path) -> bool:
        return any(matches(path[:n], self._reading.exclude) for n in range(1, len(path) + 1))

    def _map(self, declared: Map, at: PathComparison) -> None:
        """Compare the values of a MAP, and of its keys those that a detection looks at."""
        inside = at.inside(ANY_KEY)
        if self._emptied(declared.value, at, inside, _OBJECT):
            return
        if self._counts_keys(at) and at.seen is not None:
            for steps in sorted(self._reading.watched, key=str):
                depth = len(at.steps)
                if len(steps) > depth and steps[:depth] == at.steps:
                    key = steps[depth]
                    if isinstance(key, str):
                        self._presence(declared.value, at, at.key(key))
        self._value(declared.value, inside)

    def _keys_of_text(self, at: PathComparison) -> None:
        """Compare the keys of objects that a VARCHAR holds as JSON text."""
        if self._hollow(VARCHAR, at) or at.seen is None:
            return
        if not self._counts_keys(at):
            return
        for key in sorted(at.seen.fields):
            child = at.key(key)
            self._presence(VARCHAR, at, child)
            if child.seen is not None and present(child.now):
                if child.steps in self._needed:
                    self._types(VARCHAR, child)
                self._keys_of_text(json_text(child))


def _kinds_of_value(around: PathComparison) -> frozenset[str]:
    """Return the JSON types of the values at a place, before and now."""
    seen = frozenset() if around.seen is None else around.seen.types()
    return (seen | around.now.types()) - {NULL}


def _is_much_more(share: Comparand) -> bool:
    return share.before is not None and much_less(share.before.value, share.now.value)
