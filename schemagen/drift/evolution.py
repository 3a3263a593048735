"""The columns that a drift asks for: those that are declared, changed only where they must be.

A team may have written them by hand, and every change inside a STRUCT costs a new stream. So what
loses nothing stays as it is, in its order, and what is new comes at the end of its object.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from schemagen.drift.findings import FindingClass
from schemagen.ksqldb.choose import ColumnPolicy, choose_type
from schemagen.ksqldb.deserializer import Effect, KeyIndex, judge
from schemagen.ksqldb.names import needs_quotes, stored, why_not_representable
from schemagen.ksqldb.types import Array, Field, KsqlType, Map, Struct
from schemagen.profile.paths import ANY_KEY, ITEMS
from schemagen.schema.maps import MapPolicy, collapse_maps
from schemagen.schema.shape import below, copied

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemagen.drift.declared import Declared
    from schemagen.drift.findings import Drift
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node


@dataclass(frozen=True, slots=True)
class WantedChanges:
    """What a drift asks for beyond types that keep all values.

    Attributes:
        fields: paths of fields to declare.
        maps: paths of objects whose keys are data.
        apart: paths of spellings of one key, each of which is to have a field of its own.

    """

    fields: Collection[Path] = ()
    maps: Collection[Path] = ()
    apart: Collection[Path] = ()


def wanted_by(drift: Drift, declared: Declared) -> WantedChanges:
    """Return what the findings ask for that are not waived."""
    fields: set[Path] = set()
    maps: set[Path] = set()
    apart: set[Path] = set()
    for finding in drift.findings:
        if finding.waiver is not None:
            continue
        fields.update(finding.related)
        if finding.kind is FindingClass.ALTERS:
            apart.update(finding.related)
        if finding.kind is FindingClass.MISSES and not finding.related:
            is_map = isinstance(declared.type_at(finding.path), Struct)
            (maps if is_map else fields).add(finding.path)
    return WantedChanges(fields, maps, apart)


def better_type(
    declared: KsqlType, node: Node, path: Path, policy: ColumnPolicy
) -> KsqlType | None:
    """Choose a type that loses less of what was seen; None where none does.

    Arrays among values of other types have no type that keeps them all.
    """
    chosen = choose_type(node, path, policy)
    return chosen if _cost(chosen, node) < _cost(declared, node) else None


def _cost(declared: KsqlType, node: Node) -> tuple[int, int]:
    """Count what a type loses: dropped records weigh more than any number of altered values."""
    losses = judge(declared, node)
    dropped = sum(loss.count for loss in losses if loss.effect is Effect.DROPS)
    return dropped, sum(loss.count for loss in losses if loss.effect is Effect.ALTERS)


@dataclass(slots=True)
class ColumnEvolution:
    """Fits columns to what was seen.

    Attributes:
        wanted: what is asked for.
        policy: how new types and names are chosen.
        maps: when the keys of a new object are data.
        outside: stored names that no new column can have: those of keys and headers.
        left_out: paths of fields that can't be declared, with the reasons.

    """

    wanted: WantedChanges
    policy: ColumnPolicy = field(default_factory=ColumnPolicy)
    maps: MapPolicy = field(default_factory=MapPolicy)
    outside: Collection[str] = ()
    left_out: dict[Path, str] = field(default_factory=dict)

    def columns(self, declared: Struct, seen: Node) -> Struct:
        """Return the columns that keep all that was seen, and read what is wanted.

        Args:
            declared: the columns as they are.
            seen: all that was seen of the messages, before and now.

        """
        return self._struct(declared, seen, ())

    def _type(self, declared: KsqlType, node: Node, path: Path) -> KsqlType:
        if path in self.wanted.maps:
            values = copied(below(node))
            return Map(choose_type(values, (*path, ANY_KEY), self.policy))
        if any(loss.path == path for loss in judge(declared, node, path)):
            return better_type(declared, node, path, self.policy) or declared
        if isinstance(declared, Struct):
            return self._struct(declared, node, path)
        if isinstance(declared, Array) and node.items is not None:
            return Array(self._type(declared.item, node.items, (*path, ITEMS)))
        if isinstance(declared, Map) and below(node):
            return Map(self._type(declared.value, copied(below(node)), (*path, ANY_KEY)))
        return declared

    def _struct(self, declared: Struct, node: Node, path: Path) -> Struct:
        index = KeyIndex(node.fields)
        fields = []
        for each in declared.fields:
            keys = index.read_by(each.stored)
            if not keys:
                fields.append(each)
                continue
            made = each
            if sum((*path, key) in self.wanted.apart for key in keys) > 1:
                # The first keeps its place; the others are new fields, each with its back-ticks.
                made = Field(keys[0], quoted=True, type=each.type)
                keys = index.read_by(made.stored)
            inside = copied(node.fields[key] for key in keys)
            fields.append(replace(made, type=self._type(each.type, inside, (*path, keys[0]))))
        taken = {each.stored for each in fields}
        for key in sorted(node.fields):
            if (*path, key) in self.wanted.fields:
                new = self._field(key, node, index, path)
                if new is not None and new.stored not in taken:
                    taken.add(new.stored)
                    fields.append(new)
        return Struct(tuple(fields))

    def _field(self, key: str, node: Node, index: KeyIndex, path: Path) -> Field | None:
        """Declare a new field, of a type that keeps all that its name reads."""
        place = (*path, key)
        reason = why_not_representable(key, top_level=not path)
        if reason is not None:
            self.left_out[place] = reason
            return None
        quoted = self.policy.quote_all or needs_quotes(key) or len(index.variants(key)) > 1
        if not path and stored(key, quoted=quoted) in self.outside:
            self.left_out[place] = "a key or header column has its name"
            return None
        read = index.read_by(stored(key, quoted=quoted))
        inside = copied(node.fields[each] for each in read)
        collapse_maps(inside, self.maps, place)
        return Field(key, quoted, choose_type(inside, place, self.policy))
