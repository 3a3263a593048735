"""What `infer` and `merge` say of the files that they have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.profile.paths import render
from schemagen.report.inference import unseen_sentence
from schemagen.schema.declared import registry_of
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path
    from schemagen.schema.document import Schema
    from schemagen.schema.results import SavedSchema

_NAMED = 8
"""How many fields a line names."""


def saved_lines(evidence: Evidence, saved: SavedSchema, files: tuple[str, str]) -> list[str]:
    """Write how complete the sample is, and what is new in the schema.

    Args:
        evidence: what was seen.
        saved: what was written.
        files: the schema file and the evidence file, as they are shown.

    """
    lines = [
        unseen_sentence(evidence, saved.seen),
        f"Schema: {files[0]} ({_news(saved)})",
        f"Evidence: {files[1]}",
    ]
    if saved.unseen_fields:
        declared = registry_of(saved.schema)
        why = "Kept in" if declared is None or declared.document is None else "Declared by"
        lines.append(
            f"{why} the schema: {counted(saved.unseen_fields, 'field')} that this sample does not "
            "show."
        )
    if saved.gone:
        gone = f"{counted(len(saved.gone), 'field')}: {_named(saved.gone)}"
        lines.append(
            f"Removed, surely gone from the data: {gone}."
            if saved.pruned
            else f"Surely gone from the data: {gone}. `schemagen infer --prune` removes them."
        )
    return lines


def _named(paths: Sequence[Path]) -> str:
    names = ", ".join(map(render, paths[:_NAMED]))
    return names + (f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else "")


def part_lines(evidence: Evidence, file: str) -> list[str]:
    """Write what a shard's evidence file holds."""
    messages = counted(evidence.profile.messages, "message")
    return [
        f"{evidence.name}: {messages} in {counted(evidence.decoding.records, 'record')}.",
        f"Evidence of a part, for `schemagen merge`: {file}",
    ]


def part_report(evidence: Evidence, file: str) -> dict[str, Any]:
    """Report for machines what a shard's evidence file holds."""
    return {
        "topic": evidence.name,
        "messages": evidence.profile.messages,
        "records": evidence.decoding.to_json(),
        "written": [file],
    }


def _news(saved: SavedSchema) -> str:
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
