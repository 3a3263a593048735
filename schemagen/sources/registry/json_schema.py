"""JSON with a schema (JSON_SR): the text stands behind the frame, and is read like any JSON.

The schema says only which fields there are: the deserialiser asks for no type of it
(`KsqlJsonDeserializer`), so that columns are chosen by what was seen.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemagen.sources.registry.places import KEYWORD, UnreadableSchemaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.sources.decode_statistics import DecodeError
    from schemagen.sources.registry.places import Schema

_KINDS = frozenset({"boolean", "integer", "number", "string", "array", "object"})
_DEEPEST = 64


class JsonSchemaDecoder:
    """Reads values of one JSON Schema.

    Args:
        schema: the schema's text; None where no registry was asked.

    Raises:
        UnreadableSchemaError: it is no JSON Schema of an object.

    """

    def __init__(self, schema: str | None = None) -> None:
        self._schema: Schema | None = None
        if schema is not None:
            try:
                document = json.loads(schema)
            except ValueError as error:
                raise UnreadableSchemaError("it is not valid JSON") from error
            found = _translated(document, document, ())
            if found.get("type") != "object":
                raise UnreadableSchemaError("it does not describe an object")
            self._schema = found

    @property
    def schema(self) -> Schema | None:
        """The JSON Schema of what `decode` returns."""
        return self._schema

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why a field of the schema is not read: none is left out."""
        return {}

    def decode(self, value: bytes) -> bytes | DecodeError:
        """Return the value behind its frame, which is JSON text."""
        return value


def _translated(schema: Any, document: Any, within: tuple[str, ...]) -> Schema:
    """Return what a schema says of fields and kinds, without what is not told here."""
    if not isinstance(schema, dict) or len(within) > _DEEPEST:
        return {}
    if "$ref" in schema:
        name = str(schema["$ref"])
        target = _resolved(name, document)
        if target is None or name in within:
            return {}
        return _translated(target, document, (*within, name))
    for keyword in ("oneOf", "anyOf"):
        if isinstance(schema.get(keyword), list):
            found = [_translated(each, document, within) for each in schema[keyword]]
            kept = [each for each in found if each and each.get("type") != "null"]
            return kept[0] if len(kept) == 1 else {"anyOf": kept} if kept else {}
    kinds = schema.get("type", "object" if "properties" in schema else [])
    wanted = [kinds] if isinstance(kinds, str) else list(kinds) if isinstance(kinds, list) else []
    kept = [_of_kind(kind, schema, document, within) for kind in wanted if kind in _KINDS]
    return kept[0] if len(kept) == 1 else {"anyOf": kept} if kept else {}


def _of_kind(kind: str, schema: Schema, document: Any, within: tuple[str, ...]) -> Schema:
    if kind == "array":
        items = schema.get("items")
        return {"type": "array", "items": _translated(items, document, within)}
    if kind == "integer":
        return {KEYWORD: {"integers": "int64"}, "type": kind}
    if kind != "object":
        return {"type": kind}
    fields = schema.get("properties")
    values = schema.get("additionalProperties")
    if fields or not isinstance(values, dict):
        given = fields if isinstance(fields, dict) else {}
        return {
            "type": kind,
            "properties": {
                name: _translated(inner, document, within) for name, inner in given.items()
            },
        }
    inside = _translated(values, document, within)
    return {KEYWORD: {"map": True}, "type": kind, "additionalProperties": inside}


def _resolved(name: str, document: Any) -> Any:
    """Find what a reference within the document means."""
    if not name.startswith("#"):
        return None
    found = document
    for step in filter(None, name.removeprefix("#").split("/")):
        key = step.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    return found
