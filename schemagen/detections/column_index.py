"""The declared columns, to be asked where a path of the messages is in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.detections.references import (
    Each,
    EachJson,
    EachListed,
    EachValue,
    Json,
    Key,
    Name,
    Reference,
    Spread,
)
from schemagen.ksqldb.paths import field_reading, nodes_read_by
from schemagen.ksqldb.types import VARCHAR, Array, Map, Scalar, Struct
from schemagen.profile.paths import ANY_KEY, ITEMS
from schemagen.profile.profile import ARRAY, OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.detections.references import Hop
    from schemagen.ksqldb.types import Field, KsqlType
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node

_NESTED = 20
"""More arrays than this are not inside each other."""


def plain(name: str) -> str:
    """Write a name without blanks and in one case: people and shippers differ in both.

    An underscore is how rules write a blank: `Feature_Name` for `Feature Name`. One that a name
    begins with is part of it: what `_path` holds is not what `path` does.
    """
    named = name.lstrip("_")
    leading = name[: len(name) - len(named)]
    return leading + "".join(named.replace("_", " ").split()).casefold()


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a walk into the columns has come.

    Args:
        declared: the type here.
        hops: the way here, in the columns.
        path: the way here, in the messages.
        seen: what was seen here; None where nothing is known, or keys are not told apart.

    """

    declared: KsqlType
    hops: tuple[Hop, ...] = ()
    path: Path = ()
    seen: tuple[Node, ...] | None = None

    @property
    def known(self) -> bool:
        """Whether all keys of the objects here were seen, and are told apart."""
        return self.seen is not None and all(node.any_key is None for node in self.seen)

    def field(self, field: Field) -> _Place:
        """Go to a field of a STRUCT, which may read several spellings of a key."""
        nodes = self.seen or ()
        keys = [key for node in nodes for key in node.fields]
        key = next((key for key in keys if key == field.stored), None) or next(
            (key for key in keys if key.upper() == field.stored), field.name
        )
        seen = tuple(nodes_read_by(nodes, field.stored)) if self.known else None
        name = Name(field.name, field.quoted)
        return _Place(field.type, (*self.hops, name), (*self.path, key), seen)

    def key(self, key: str, hops: tuple[Hop, ...], declared: KsqlType = VARCHAR) -> _Place:
        """Go to what a key of a MAP or of JSON text has."""
        seen = self.seen if self.known else None
        nodes = None if seen is None else tuple(n.fields[key] for n in seen if key in n.fields)
        return _Place(declared, hops, (*self.path, key), nodes)

    def keys(self, key: str) -> list[str]:
        """List the keys that are meant by one, in an object that any key may be in."""
        if not self.known:
            return [key]
        names = {name for node in self.seen or () for name in node.fields}
        near = sorted(name for name in names if plain(name) == plain(key))
        return sorted(near, key=lambda name: name != key) or [key]

    def items(self) -> tuple[Node, ...] | None:
        """Return what was seen inside arrays."""
        return None if self.seen is None else _items(self.seen)

    def saw(self, json_type: str) -> bool:
        """Return whether values of a type were seen here."""
        return any(node.count(json_type) for node in self.seen or ())


class ColumnIndex:
    """The declared columns.

    Args:
        columns: as the stream declares them.
        evidence: what was seen of the messages, None where nothing is known.

    """

    def __init__(self, columns: Struct, evidence: Node | None = None) -> None:
        self.columns = columns
        self._root = _Place(columns, seen=None if evidence is None else (evidence,))
        names = {column.stored.upper() for column in columns.fields}
        # A lambda's parameter can't have the name of a column, nor of one around it.
        self._parameters = [
            name
            for name in (f"ITEM{n or ''}" for n in range(len(names) + _NESTED))
            if name not in names
        ]
        self._found: dict[str, tuple[Reference, ...]] = {}
        self._near: dict[int, dict[str, list[Field]]] = {}

    def find(self, path: str) -> tuple[Reference, ...]:
        """Find a path that is written with dots; nothing where the columns don't have it.

        A key that holds a dot itself is meant where the columns have it so; where some events
        nest and others have such a key, both are found. So are names in another case or with
        blanks: agents differ in both, and a rule means the value. The very name comes first.
        """
        if path not in self._found:
            found = list(self._find(self._root, path.split(".")))
            # JSON text may hold anything: where that isn't known, what is declared is meant.
            sure = [one for one in found if one.seen is not None or not _in_json(one)]
            self._found[path] = tuple(sure or found[:1])
        return self._found[path]

    def first(self, path: str) -> Reference | None:
        """Find the likeliest of the places of a path."""
        return next(iter(self.find(path)), None)

    def spare_parameter(self) -> str:
        """Return a name for the parameter of a lambda that is not inside another."""
        return self._parameters[0]

    def _parameter(self, hops: tuple[Hop, ...]) -> str:
        return self._parameters[sum(isinstance(hop, Spread) for hop in hops)]

    # -- one path -----------------------------------------------------------------------------

    def _find(self, at: _Place, steps: list[str]) -> Iterator[Reference]:
        declared = at.declared
        if isinstance(declared, Array):
            yield from self._find(self._inside(at, declared), steps)
        elif not steps:
            yield self._reference(at)
        elif isinstance(declared, Scalar):
            if declared == VARCHAR and at.hops:
                yield from self._find_in_text(at, steps)
        else:
            for count in range(1, len(steps) + 1):
                key, rest = ".".join(steps[:count]), steps[count:]
                if isinstance(declared, Struct):
                    for field in self._fields(declared, key):
                        yield from self._find(at.field(field), rest)
                elif not rest or not isinstance(declared.value, Scalar):
                    for name in at.keys(key):
                        place = at.key(name, (*at.hops, Key(name)), declared.value)
                        yield from self._find(place, rest)

    def _fields(self, declared: Struct, key: str) -> list[Field]:
        """List the fields that are meant by a key, the one that reads just that key first."""
        near = self._near.get(id(declared))
        if near is None:
            # The columns live as long as this index: no other type takes their identity.
            near = self._near[id(declared)] = {}
            for field in declared.fields:
                near.setdefault(plain(field.stored), []).append(field)
        fields = near.get(plain(key), [])
        exact = field_reading(Struct(tuple(fields)), key)
        return fields if exact is None else [exact, *(one for one in fields if one is not exact)]

    def _find_in_text(self, at: _Place, steps: list[str]) -> Iterator[Reference]:
        """Find a path in a VARCHAR, which reads objects as JSON text, and arrays of them, too."""
        items = at.items() or ()
        if any(node.count(OBJECT) for node in items):
            hops = (*at.hops, EachJson(self._parameter(at.hops)))
            at = _Place(VARCHAR, hops, at.path, (*(at.seen or ()), *items))
        inside = tuple(node.content for node in at.seen or () if node.content is not None)
        if inside:
            # A text that is a JSON object itself is read as one that ksqlDB wrote.
            at = _Place(VARCHAR, at.hops, at.path, (*(at.seen or ()), *inside))
        if at.seen is None or at.saw(OBJECT):
            yield from self._find_in_json(at, steps)

    def _find_in_json(self, at: _Place, steps: list[str]) -> Iterator[Reference]:
        """Find a path in JSON text, where the evidence says which keys hold dots or arrays."""
        if not at.known:
            yield Reference((*at.hops, Json(tuple(steps))), VARCHAR, (*at.path, *steps))
            return
        for count in range(1, len(steps) + 1):
            rest = steps[count:]
            for key in at.keys(".".join(steps[:count])):
                place = at.key(key, _into(at.hops, key))
                if rest and not place.seen:
                    continue
                hops, items = place.hops, place.items()
                seen = place.seen or ()
                while items:
                    hops = (*hops, EachJson(self._parameter(hops)))
                    seen = (*seen, *items)
                    items = _items(items)
                if rest:
                    yield from self._find_in_json(_Place(VARCHAR, hops, place.path, seen), rest)
                else:
                    yield Reference(hops, VARCHAR, place.path, place.seen)

    def _inside(self, at: _Place, declared: Array) -> _Place:
        each = Each(self._parameter(at.hops))
        return _Place(declared.item, (*at.hops, each), (*at.path, ITEMS), at.items())

    def _reference(self, at: _Place) -> Reference:
        """Refer to what is here; to its elements where a VARCHAR reads arrays, too."""
        hops = at.hops
        if at.declared == VARCHAR and at.saw(ARRAY):
            hops = (*hops, _listed(self._parameter(hops), at.seen or ()))
        if isinstance(at.declared, Array):
            raise TypeError("an array's elements are referred to")
        return Reference(hops, at.declared, at.path, at.seen)

    # -- all paths ----------------------------------------------------------------------------

    def leaves(self) -> Iterator[tuple[str, Reference]]:
        """Yield all scalars, with their paths as they are written with dots."""
        yield from self._leaves(self._root, "")

    def _leaves(self, at: _Place, written: str) -> Iterator[tuple[str, Reference]]:
        declared = at.declared
        if isinstance(declared, Array):
            yield from self._leaves(self._inside(at, declared), written)
        elif isinstance(declared, Map):
            hops = (*at.hops, EachValue(self._parameter(at.hops)))
            place = _Place(declared.value, hops, (*at.path, ANY_KEY))
            yield from self._leaves(place, f"{written}.*")
        elif isinstance(declared, Struct):
            for field in declared.fields:
                inner = f"{written}.{field.name}" if written else field.name
                yield from self._leaves(at.field(field), inner)
        else:
            yield written, self._reference(at)


def _items(nodes: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(node.items for node in nodes if node.items)


def _listed(parameter: str, nodes: Sequence[Node]) -> EachListed:
    items = _items(nodes)
    empty = any(node.items_length.least == 0 for node in nodes)
    has_empty_texts = any(node.text.least == 0 for node in items)
    return EachListed(
        parameter,
        nested=any(node.count(ARRAY) for node in items),
        empty=empty or not has_empty_texts,
    )


def _into(hops: tuple[Hop, ...], key: str) -> tuple[Hop, ...]:
    """Go one key further into JSON text."""
    last = hops[-1]
    if isinstance(last, Json):
        return (*hops[:-1], Json((*last.steps, key)))
    return (*hops, Json((key,)))


def _in_json(reference: Reference) -> bool:
    return any(isinstance(hop, Json) for hop in reference.hops)
