"""What a registry says of a topic's values, in the committed schema beside what was seen.

The schema says it at its top: format, subject, version; and of Avro and Protobuf at each place the
type that ksqlDB's converter reads it as. So whoever reads the schema needs no registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.choices import ValueFormat
from schemagen.errors import InputError
from schemagen.profile.nodes import ARRAY, NULL, OBJECT
from schemagen.profile.paths import ANY_KEY, ITEMS, render
from schemagen.schema.maps import MapPolicy
from schemagen.schema.shape import shape
from schemagen.sources.registry.places import DECLARED, KEYWORD
from schemagen.sources.registry.source import RegistrySchema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemagen.profile.nodes import Node
    from schemagen.profile.paths import Path

Schema = dict[str, Any]

REGISTRY = "registry"
"""Where a schema says below `KEYWORD` whose values it describes."""

TYPED = frozenset({ValueFormat.AVRO, ValueFormat.PROTOBUF})
"""The formats whose columns must have the types of the registry's schema."""


def registry_of(document: Schema, origin: str = "The schema") -> RegistrySchema | None:
    """Return what a committed schema says of a registry; None where the values are plain JSON.

    Raises:
        InputError: what it says was edited into something else.

    """
    noted = document.get(KEYWORD, {}).get(REGISTRY)
    if noted is None:
        return None
    try:
        return RegistrySchema(
            ValueFormat(noted["format"]),
            document if noted.get("subject") else None,
            str(noted.get("subject", "")),
            int(noted.get("version", 0)),
            int(noted.get("id", 0)),
        )
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise InputError(
            f"{origin} has an x-schemagen.registry that schemagen does not read.",
            "Undo what was edited there, or make the file again.",
        ) from error


def add_declared(node: Node, declared: Schema) -> None:
    """Add to what was seen at a place what the registry's schema has there, counted once."""
    kind = OBJECT if {"properties", "additionalProperties"} & declared.keys() else ARRAY
    is_part = "items" in declared or kind is OBJECT
    if not (node.count(kind) if is_part else node.types() - {NULL}):
        node.merge(shape(declared, None, repeated=node.repeated))
    elif "items" in declared:
        if node.items is None:
            node.items = shape(declared["items"], None, repeated=True)
        else:
            add_declared(node.items, declared["items"])
    elif "additionalProperties" in declared:
        add_declared(node.collapse(), declared["additionalProperties"])
    elif node.any_key is None:
        for name, inner in declared.get("properties", {}).items():
            if name in node.fields:
                add_declared(node.fields[name], inner)
            else:
                node.fields[name] = shape(inner, None, repeated=node.repeated)


def noted(schema: Schema, registry: RegistrySchema) -> Schema:
    """Return a schema that says what a registry says of the values."""
    found = {"format": str(registry.format)}
    if registry.document is not None:
        schema = _noted(schema, registry.document)
        found |= {
            "subject": registry.subject,
            "version": registry.version,  # type: ignore[dict-item]
            "id": registry.schema_id,  # type: ignore[dict-item]
        }
    return {KEYWORD: {**schema.get(KEYWORD, {}), REGISTRY: found}, **_without_notes(schema)}


def _without_notes(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != KEYWORD}


def _noted(schema: Schema, declared: Schema) -> Schema:
    out = dict(schema)
    for keyword in ("items", "additionalProperties"):
        if isinstance(out.get(keyword), dict) and isinstance(declared.get(keyword), dict):
            out[keyword] = _noted(out[keyword], declared[keyword])
    if "properties" in out:
        inside = declared.get("properties", {})
        out["properties"] = {
            name: _noted(inner, inside[name]) if name in inside else inner
            for name, inner in out["properties"].items()
        }
    written = declared.get(KEYWORD, {}).get(DECLARED)
    if written is None:
        return out
    notes = {**out.get(KEYWORD, {}), DECLARED: written}
    return {KEYWORD: notes, **_without_notes(out)}


def declared_types(document: Schema) -> dict[str, str]:
    """Return the types that the registry's schema asks for, as SQL, by the written path."""
    return {render(path): written for path, written in _declared(document, ())}


def _declared(place: Schema, path: Path) -> Iterator[tuple[Path, str]]:
    written = place.get(KEYWORD, {}).get(DECLARED)
    if isinstance(written, str):
        yield path, written
    if isinstance(place.get("items"), dict):
        yield from _declared(place["items"], (*path, ITEMS))
    if isinstance(place.get("additionalProperties"), dict):
        yield from _declared(place["additionalProperties"], (*path, ANY_KEY))
    for name, inner in place.get("properties", {}).items():
        yield from _declared(inner, (*path, name))


def declared_maps(document: Schema, path: Path = ()) -> Iterator[Path]:
    """Yield the paths that the registry's schema declares as maps."""
    if isinstance(document.get("additionalProperties"), dict):
        yield path
        yield from declared_maps(document["additionalProperties"], (*path, ANY_KEY))
    if isinstance(document.get("items"), dict):
        yield from declared_maps(document["items"], (*path, ITEMS))
    for name, inner in document.get("properties", {}).items():
        yield from declared_maps(inner, (*path, name))


def maps_of(policy: MapPolicy, registry: RegistrySchema | None) -> MapPolicy:
    """Return which objects are maps: of Avro and Protobuf those that the schema declares."""
    if registry is None or registry.document is None or registry.format not in TYPED:
        return policy
    force = [render(path) for path in declared_maps(registry.document) if path]
    return MapPolicy(force=force, why="declared in the registry's schema", forbid=("*",))
