"""What rules need of the columns: fields to be added to them, fields that are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.ksqldb.names import needs_quotes, why_not_representable
from schemagen.ksqldb.types import VARCHAR, Field, KsqlType, Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.profile.paths import Path

Keys = tuple[str, ...]


def add_missing(rules: Iterable[BoundRule], columns: Struct) -> list[Keys]:
    """Give the fields that rules look at and the columns lack, where they can be declared.

    Of the places where a field may be, the likeliest is taken. JSON without the field gives NULL,
    and the rule works the day the field appears.

    Args:
        rules: rules as they were bound to these columns.
        columns: the columns.

    Returns:
        Paths of keys, each to be declared as VARCHAR, sorted.

    """
    wanted = {
        tuple(field.paths[0].split(".")) for rule in rules for field in rule.unbound if field.paths
    }
    extended = columns
    found = []
    for keys in sorted(wanted):
        after = _added(extended, keys)
        if after is not None:
            extended = after
            found.append(keys)
    return found


def with_missing(columns: Struct, paths: Sequence[Keys]) -> Struct:
    """Declare fields as VARCHAR, each at the end of what it is in.

    Args:
        columns: the columns.
        paths: what `add_missing` gave; others are left out where they can't be declared.

    """
    for keys in paths:
        columns = _added(columns, keys) or columns
    return columns


def _added(declared: Struct, keys: Keys) -> Struct | None:
    """Declare one field; None where it is there, or can't be."""
    if any(
        why_not_representable(key, top_level=place == 0) is not None
        for place, key in enumerate(keys)
    ):
        return None
    return _inserted(declared, keys)


def _inserted(declared: Struct, keys: Keys) -> Struct | None:
    key, rest = keys[0], keys[1:]
    fields = list(declared.fields)
    for place, field in enumerate(fields):
        if field.stored != key and (field.quoted or field.stored != key.upper()):
            continue
        # What is no STRUCT can't take a field: in a MAP it is there already.
        inner = _inserted(field.type, rest) if rest and isinstance(field.type, Struct) else None
        if inner is None:
            return None
        fields[place] = Field(field.name, field.quoted, inner)
        return Struct(tuple(fields))
    new: KsqlType = VARCHAR
    for name in reversed(rest):
        new = Struct((Field(name, needs_quotes(name), new),))
    twin = any(field.stored.upper() == key.upper() for field in fields)
    return Struct((*fields, Field(key, twin or needs_quotes(key), new)))


def needed_paths(rules: Iterable[BoundRule]) -> list[Path]:
    """Give the paths that bound rules and their alerts read, sorted as they are written.

    The envelope of alerts reads the event time and the host besides.
    """
    found = {
        reference.path
        for rule in rules
        if rule.deployable
        for references in (rule.conditions, *(field.references for field in rule.fields))
        for reference in references
    }
    return sorted(found, key=lambda path: [str(step) for step in path])
