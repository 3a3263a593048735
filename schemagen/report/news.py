"""What is new in a schema that was written over another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.words import counted

if TYPE_CHECKING:
    from schemagen.schema.document import Schema
    from schemagen.schema.results import SavedSchema


def news(saved: SavedSchema) -> str:
    """Write what a schema has that the one before it had not, and the other way round."""
    if saved.before is None:
        return "new"
    if saved.schema == saved.before:
        return "unchanged"
    now, before = _fields(saved.schema), _fields(saved.before)
    added, gone = len(now.keys() - before.keys()), len(before.keys() - now.keys())
    changed = sum(1 for path in now.keys() & before.keys() if now[path] != before[path])
    counts = ((added, "new"), (gone, "gone"), (changed, "changed"))
    return ", ".join(f"{counted(n, 'field')} {word}" for n, word in counts if n) or "changed"


def _fields(schema: Schema, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    """Collect every field with all that its schema says but its inside."""
    found: dict[tuple[str, ...], object] = {}
    for branch in (schema, *schema.get("anyOf", [])):
        for name, inner in branch.get("properties", {}).items():
            own = {k: v for k, v in inner.items() if k not in {"properties", "items", "anyOf"}}
            found[(*path, name)] = own
            found |= _fields(inner, (*path, name))
        for keyword in ("items", "additionalProperties"):
            if isinstance(branch.get(keyword), dict):
                found |= _fields(branch[keyword], (*path, keyword))
    return found
