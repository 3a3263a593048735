"""The schema file that a team reviews and commits: load, save, and keep its order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemagen.errors import InputError
from schemagen.files import read_json, to_json, write_text
from schemagen.sources.registry.places import KEYWORD

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Schema = dict[str, Any]


def load_schema(path: Path) -> Schema:
    """Read a schema file and check that it is a JSON Schema of an object.

    Raises:
        InputError: it can't be read, or is not such a schema.

    """
    return check_schema(read_json(path), str(path))


def check_schema(schema: Any, origin: str) -> Schema:
    """Check that a document is a JSON Schema (draft 2020-12) of an object with properties.

    Raises:
        InputError: it is not; `origin` is named as the place.

    """
    # jsonschema takes 0.1 s to load, which `--help` must not pay.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = "/".join(map(str, error.absolute_path)) or "the top"
        raise InputError(
            f"{origin} is not a valid JSON Schema (at {where}).",
            "Undo what was edited there, or make the file again.",
        ) from error
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise InputError(
            f"{origin} does not describe an object.",
            "A stream reads JSON objects: the schema's type must be object.",
        )
    _check_keywords(schema, "", origin)
    return schema


_UNREAD = frozenset(
    {
        "$ref",
        "$dynamicRef",
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "prefixItems",
        "patternProperties",
        "dependentSchemas",
    }
)
"""Keywords that say what the inside looks like and that are not read here: better refused than
silently left out of the stream."""


def _check_keywords(schema: Any, place: str, origin: str) -> None:
    if not isinstance(schema, dict):
        raise InputError(
            f"{origin} has {json.dumps(schema)} in place of a schema at {place}.",
            "Say which type is there, or take the field out.",
        )
    unread = sorted(_UNREAD & schema.keys())
    if unread:
        raise InputError(
            f"{origin} uses {unread[0]} at {place or 'the top'}, which schemagen does not read.",
            "Write properties, items, additionalProperties and anyOf.",
        )
    if not isinstance(schema.get("x-schemagen", {}), dict):
        raise InputError(
            f"{origin} has an x-schemagen that is not an object at {place or 'the top'}.",
            "Take it out there: `schemagen infer` writes it again.",
        )
    for name, inner in schema.get("properties", {}).items():
        _check_keywords(inner, f"{place}/properties/{name}", origin)
    for number, inner in enumerate(schema.get("anyOf", [])):
        _check_keywords(inner, f"{place}/anyOf/{number}", origin)
    if "items" in schema:
        _check_keywords(schema["items"], f"{place}/items", origin)
    if isinstance(schema.get("contentSchema"), dict):
        _check_keywords(schema["contentSchema"], f"{place}/contentSchema", origin)
    if isinstance(schema.get("additionalProperties"), dict):
        _check_keywords(schema["additionalProperties"], f"{place}/additionalProperties", origin)


def save_schema(path: Path, schema: Schema) -> None:
    """Write a schema file; the same schema gives the same bytes."""
    write_text(path, to_json(schema))


_WRITTEN = frozenset(
    {
        "$schema",
        KEYWORD,
        "type",
        "anyOf",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "contentMediaType",
        "contentSchema",
    }
)
"""The keywords that inference writes; all others are a reviewer's."""


def keep_reviewed(schema: Schema, committed: Schema) -> Schema:
    """Return `schema` with what people have done to `committed`.

    That is the order of properties and keywords, new ones appended, and every keyword that
    inference does not write, such as `description`. So the diff of a second inference shows what
    changed and nothing else.
    """
    if "anyOf" in committed and "anyOf" not in schema:
        committed = committed | _branch(committed, schema)
    out = schema | {key: value for key, value in committed.items() if key not in _WRITTEN}
    for keyword in ("items", "additionalProperties", "contentSchema"):
        if isinstance(out.get(keyword), dict):
            out[keyword] = keep_reviewed(out[keyword], _inside(committed, keyword))
    if "anyOf" in out:
        out["anyOf"] = [keep_reviewed(each, _branch(committed, each)) for each in out["anyOf"]]
    if "properties" in out:
        before = _inside(committed, "properties")
        out["properties"] = {
            name: keep_reviewed(out["properties"][name], _schema_or_empty(before.get(name)))
            for name in _in_order(out["properties"], before)
        }
    return {key: out[key] for key in _in_order(out, committed)}


def _in_order(names: Iterable[str], before: Iterable[str]) -> list[str]:
    """Sort names as they were before, and then as they come."""
    wanted = dict.fromkeys(names)
    return list(dict.fromkeys([*(name for name in before if name in wanted), *wanted]))


def _branch(committed: Schema, branch: Schema) -> Schema:
    """Find what was committed about one alternative: that of the same type.

    What stood beside a type that was the only one stays beside all alternatives.
    """
    for candidate in committed.get("anyOf", []):
        if isinstance(candidate, dict) and candidate.get("type") == branch.get("type"):
            return candidate
    return {key: value for key, value in committed.items() if key in _WRITTEN}


def _inside(committed: Schema, keyword: str) -> Schema:
    """Find a keyword in a schema or in one of its alternatives."""
    for candidate in (committed, *committed.get("anyOf", [])):
        if isinstance(candidate, dict) and isinstance(candidate.get(keyword), dict):
            inside: Schema = candidate[keyword]
            return inside
    return {}


def _schema_or_empty(value: Any) -> Schema:
    return value if isinstance(value, dict) else {}
