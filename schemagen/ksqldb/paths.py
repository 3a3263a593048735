"""What lies at a path: which type the columns have there, and what was seen there.

A path of the messages is as `schemagen.profile.paths` has it. A declared name reads keys as
`KsqlJsonDeserializer` does, so that one name can read several spellings of a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.ksqldb.deserializer import KeyIndex
from schemagen.ksqldb.names import fold
from schemagen.ksqldb.types import Array, Field, KsqlType, Map, Struct
from schemagen.profile.paths import ITEMS, Path, PathStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.profile.profile import Node


# -- types ----------------------------------------------------------------------------------------


def field_reading(declared: Struct, key: str) -> Field | None:
    """Find the field that reads a key of the messages, the one of just that name first."""
    exact = next((field for field in declared.fields if field.stored == key), None)
    if exact is not None:
        return exact
    folded = fold(key)
    return next((field for field in declared.fields if field.stored == folded), None)


def inside(declared: KsqlType, step: str | PathStep) -> tuple[str | PathStep, KsqlType] | None:
    """Take one step of the messages into a declared type.

    Returns:
        The step as the columns have it, a field by its stored name, and the type there; None where
        nothing reads it.

    """
    if isinstance(declared, Array):
        return (ITEMS, declared.item) if step is ITEMS else None
    if isinstance(declared, Map):
        return None if step is ITEMS else (step, declared.value)
    if isinstance(declared, Struct) and isinstance(step, str):
        field = field_reading(declared, step)
        return None if field is None else (field.stored, field.type)
    return None


def type_at(declared: KsqlType, path: Iterable[str | PathStep]) -> KsqlType | None:
    """Find the type that a path of the messages is read as; None where nothing reads it."""
    found: KsqlType = declared
    for step in path:
        taken = inside(found, step)
        if taken is None:
            return None
        found = taken[1]
    return found


def declared_path(declared: KsqlType, path: Path) -> Path | None:
    """Write a path of the messages as the columns have it: fields by their stored names.

    Below a VARCHAR lies its JSON text, whose keys stay as they are.

    Returns:
        The path; None where nothing reads it.

    """
    out: Path = ()
    found: KsqlType = declared
    for place, step in enumerate(path):
        taken = inside(found, step)
        if taken is None:
            text = not isinstance(found, Struct | Map | Array) and step is not ITEMS
            return (*out, *path[place:]) if text and place else None
        out, found = (*out, taken[0]), taken[1]
    return out


# -- what was seen --------------------------------------------------------------------------------


def nodes_read_by(nodes: Iterable[Node], stored: str) -> list[Node]:
    """Find what was seen under the keys that a stored name reads, in some objects."""
    return [node.fields[key] for node in nodes for key in KeyIndex(node.fields).read_by(stored)]
