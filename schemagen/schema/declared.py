"""What a registry says of a topic's values, in the committed schema beside what was seen.

The schema says it at its top: format, subject, version; and at each place the type that ksqlDB's
converter reads it as. So whoever reads the schema needs no registry.
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


def part(place: Schema, keyword: str) -> Any:
    """Return what a schema says by a keyword, or one of its alternatives; None for nothing."""
    for each in (place, *place.get("anyOf", ())):
        if isinstance(each, dict) and isinstance(each.get(keyword), dict):
            return each[keyword]
    return None


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
    items, values = part(declared, "items"), part(declared, "additionalProperties")
    fields = part(declared, "properties")
    kind = ARRAY if items is not None else OBJECT
    is_part = (items, values, fields) != (None, None, None)
    if not (node.count(kind) if is_part else node.types() - {NULL}):
        node.merge(shape(declared, None, repeated=node.repeated))
    elif items is not None:
        if node.items is None:
            node.items = shape(items, None, repeated=True)
        else:
            add_declared(node.items, items)
    elif values is not None:
        add_declared(node.collapse(), values)
    elif node.any_key is None:
        for name, inner in (fields or {}).items():
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
    out = _noted_inside(schema, declared)
    if "anyOf" in out:
        out["anyOf"] = [_noted_inside(each, declared) for each in out["anyOf"]]
    written = declared.get(KEYWORD, {}).get(DECLARED)
    if written is None:
        return out
    notes = {**out.get(KEYWORD, {}), DECLARED: written}
    return {KEYWORD: notes, **_without_notes(out)}


def _noted_inside(schema: Schema, declared: Schema) -> Schema:
    out = dict(schema)
    for keyword in ("items", "additionalProperties"):
        inside = part(declared, keyword)
        if isinstance(out.get(keyword), dict) and inside is not None:
            out[keyword] = _noted(out[keyword], inside)
    if "properties" in out:
        fields = part(declared, "properties") or {}
        out["properties"] = {
            name: _noted(inner, fields[name]) if name in fields else inner
            for name, inner in out["properties"].items()
        }
    return out


def places(place: Schema, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Yield all places below the top of a schema, each before what lies inside it."""
    if path:
        yield path, place
    for keyword, step in (("items", ITEMS), ("additionalProperties", ANY_KEY)):
        inside = part(place, keyword)
        if inside is not None:
            yield from places(inside, (*path, step))
    for name, inner in (part(place, "properties") or {}).items():
        yield from places(inner, (*path, name))


def declared_types(document: Schema) -> dict[str, str]:
    """Return the types that the registry's schema asks for, as SQL, by the written path."""
    found = ((path, each.get(KEYWORD, {}).get(DECLARED)) for path, each in places(document))
    return {render(path): written for path, written in found if isinstance(written, str)}


def declared_maps(document: Schema) -> Iterator[Path]:
    """Yield the paths that the registry's schema declares as maps."""
    for path, place in places(document):
        if part(place, "additionalProperties") is not None:
            yield path


def maps_of(policy: MapPolicy, registry: RegistrySchema | None) -> MapPolicy:
    """Return which objects are maps: those that a registry's schema declares, if there is one."""
    if registry is None or registry.document is None:
        return policy
    force = [render(path) for path in declared_maps(registry.document)]
    return MapPolicy(force=force, why="declared in the registry's schema", forbid=("*",))
