"""A profile becomes a JSON Schema (draft 2020-12) that every profiled message satisfies.

genson makes the schema. What it makes depends only on the set of structures it is shown, not on
how often or in which order, so it is shown a handful of witnesses made from the profile instead of
every message: the result is the same, and a profile merged from many machines needs no messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genson import SchemaBuilder

from schemagen.profile.formats import EMPTY, JSON_OBJECT, PLAIN
from schemagen.profile.paths import render
from schemagen.profile.profile import (
    ARRAY,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Node,
)
from schemagen.sources.registry.places import KEYWORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemagen.profile.kinds import KindFields
    from schemagen.profile.paths import Path

SCHEMA_URI = "https://json-schema.org/draft/2020-12/schema"
KIND = "kind"
GONE = "gone"
"""Below it at the top the fields that were kept though they are surely gone, until one comes again:
later evidence no longer knows how common they were."""
"""What the schema says below `KEYWORD` of the fields that tell kinds of events."""

_ANY_KEY = "*"
"""Stands in a witness for every key of a map."""

_SCALARS = {NULL: None, BOOLEAN: True, INTEGER: 0, NUMBER: 0.5, STRING: ""}


def build_schema(
    root: Node,
    title: str,
    counted: Node | None = None,
    kind: KindFields = (),
    gone: Iterable[Path] = (),
) -> dict[str, Any]:
    """Make the schema of the messages profiled in `root`.

    Args:
        root: the profile's root, its maps collapsed (`collapse_maps`).
        title: the topic's name.
        counted: where `root` has more than a sample showed, what the sample showed: a field is
            required where it was always there. None: what `root` says.
        kind: the fields that tell kinds of events.
        gone: the fields that are kept though they are surely gone.

    Returns:
        The schema, its keys in a fixed order and its properties sorted by name. Below
        `x-schemagen` each field says how often it was there, in words that a new sample of the
        same data does not change: counts belong into the evidence.

    """
    body = _object_schema(root, counted)
    notes: dict[str, Any] = {KIND: list(map(render, kind)), GONE: sorted(map(render, gone))}
    notes = {name: value for name, value in notes.items() if value}
    if notes:
        body = {KEYWORD: notes | body.pop(KEYWORD, {})} | body
    return {"$schema": SCHEMA_URI, "title": title, **body}


def noted_as_gone(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields that a schema keeps though they are surely gone, as paths are written."""
    notes = schema.get(KEYWORD)
    texts = notes.get(GONE) if isinstance(notes, dict) else None
    texts = texts if isinstance(texts, list) else []
    return frozenset(text for text in texts if isinstance(text, str))


def _object_schema(node: Node, counted: Node | None) -> dict[str, Any]:
    builder = SchemaBuilder(schema_uri=None)
    builder.add_schema({"type": "object", "properties": {}})
    for witness in witnesses(node):
        builder.add_object(witness)
    return _annotate(builder.to_schema(), node, counted, None)


def witnesses(node: Node) -> list[Any]:
    """Make the few values that show all structures that the node saw."""
    shown: list[Any] = [value for kind, value in _SCALARS.items() if node.count(kind)]
    if node.count(ARRAY):
        shown.append([] if node.items is None else witnesses(node.items))
    if node.count(OBJECT):
        shown.extend(_object_witnesses(node))
    return shown


def _object_witnesses(node: Node) -> list[dict[str, Any]]:
    if node.any_key is not None:
        return [{_ANY_KEY: witness} for witness in witnesses(node.any_key)] + [{}]
    fields = {key: witnesses(child) for key, child in node.fields.items()}
    least = {key: _least(child) for key, child in node.fields.items()}
    most = max((len(shown) for shown in fields.values()), default=1)
    # Each witness of a field is shown once, its least one elsewhere: repeating whole ones would
    # double the work with every level.
    objects = [
        {key: shown[i] if i < len(shown) else least[key] for key, shown in fields.items()}
        for i in range(most)
    ]
    objects.append({key: value for key, value in least.items() if _always(node, key)})
    return objects


def _least(node: Node) -> Any:
    """Make the smallest value that the node saw the like of."""
    for kind, value in _SCALARS.items():
        if node.count(kind):
            return value
    if node.count(ARRAY):
        return []
    return {key: _least(child) for key, child in node.fields.items() if _always(node, key)}


def _always(node: Node, key: str) -> bool:
    return key in node.fields and node.fields[key].total == node.count(OBJECT)


def _annotate(
    schema: dict[str, Any], node: Node, counted: Node | None, presence: str | None
) -> dict[str, Any]:
    """Order genson's schema and add what the profile knows."""
    notes = ({} if presence is None else {"presence": presence}) | _notes(node)
    branches = [_annotate_branch(branch, node, counted) for branch in schema.get("anyOf", [schema])]
    branches.sort(key=lambda branch: str(branch.get("type")))
    out: dict[str, Any] = branches[0] if len(branches) == 1 else {"anyOf": branches}
    return ({KEYWORD: notes} if notes else {}) | out


def _annotate_branch(schema: dict[str, Any], node: Node, counted: Node | None) -> dict[str, Any]:
    out = dict(schema)
    if schema.get("type") == "array" and "items" in schema and node.items is not None:
        items = None if counted is None else counted.items
        out["items"] = _annotate(schema["items"], node.items, items, None)
    if schema.get("type") == "string" and node.content is not None and _all_json(node):
        out["contentMediaType"] = "application/json"
        inside = None if counted is None else counted.content
        out["contentSchema"] = _object_schema(node.content, inside)
    if schema.get("type") != "object":
        return out
    properties = out.pop("properties", {})
    out.pop("required", None)
    if node.any_key is not None:
        inner = properties.get(_ANY_KEY, {})
        collapsed = None if counted is None else counted.any_key
        out["additionalProperties"] = _annotate(inner, node.any_key, collapsed, None)
        return out
    # Where the sample shows no such objects, the rest of what is known of them holds.
    sample = counted if counted is not None and counted.count(OBJECT) else node
    if properties:
        out["properties"] = {
            key: _annotate(
                properties[key],
                node.fields[key],
                None if counted is None else counted.fields.get(key),
                _presence(sample if key in sample.fields else node, key),
            )
            for key in sorted(properties)
        }
    required = [key for key in sorted(properties) if _always(sample, key)]
    if required:
        out["required"] = required
    return out


def _all_json(node: Node) -> bool:
    return node.formats.keys() <= {JSON_OBJECT, EMPTY}


def _presence(node: Node, key: str) -> str | None:
    """Return how often a key is in its object, None where always: then it is `required`.

    The words are wide, so that they hold from one sample to the next.
    """
    if _always(node, key):
        return None
    share = node.fields[key].total / node.count(OBJECT)
    for least, word in ((0.5, "often"), (0.01, "sometimes")):
        if share >= least:
            return word
    return "rarely"


def _notes(node: Node) -> dict[str, Any]:
    notes: dict[str, Any] = {}
    if node.count(INTEGER):
        notes["integers"] = integer_width(node)
    if node.integers.inexact or node.numbers.inexact:
        notes["inexact"] = True
    formats = sorted(set(node.formats) - PLAIN)
    if formats and not node.formats.keys() & PLAIN:
        notes["formats"] = formats
    if node.any_key is not None:
        notes["map"] = True
    return notes


def integer_width(node: Node) -> str:
    """Return the narrowest of `int32`, `int64`, `uint64`, `beyond` that holds all integers seen."""
    integers = node.integers
    if not integers.beyond32:
        return "int32"
    if not integers.beyond64:
        return "int64"
    least, greatest = integers.least or 0, integers.greatest or 0
    return "uint64" if least >= 0 and greatest < 2**64 else "beyond"
