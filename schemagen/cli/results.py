"""What `infer` and `merge` do with evidence: schema and evidence files, and the report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from schemagen.cli.common import relative
from schemagen.cli.options import Format
from schemagen.errors import EXIT_FINDINGS
from schemagen.files import evidence_path
from schemagen.profile.evidence import load_evidence, save_evidence
from schemagen.report.inference import (
    inference_report,
    inference_tree,
    record_lines,
    unseen_sentence,
)
from schemagen.schema.results import save_results
from schemagen.schema.shape import shape
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schemagen.cli.common import Output
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.profile import Node
    from schemagen.schema.document import Schema
    from schemagen.schema.maps import MapPolicy


def write_results(
    evidence: Evidence, policy: MapPolicy, voice: Output, schema_file: Path, *, update: bool = False
) -> None:
    """Write the schema and the evidence of a topic, and report what was found.

    Raises:
        SourceError: not one record was a JSON object.
        UsageError: a file can't be written, or the committed schema can't be read.

    """
    for line in record_lines(evidence):
        voice.note(line, style="yellow")
    accept = _acceptance(evidence, policy, schema_file) if update else None
    saved = save_results(evidence, policy, schema_file, accept)
    news = "new" if saved.before is None else _news(saved.schema, saved.before)
    ordered = shape(saved.schema, evidence.profile.root)
    files = [relative(saved.schema_file), relative(saved.evidence_file)]
    if voice.shows:
        voice.show(inference_tree(evidence, ordered, saved.maps))
    voice.note(unseen_sentence(evidence, saved.seen))
    voice.note(f"Schema: {files[0]} ({news})")
    voice.note(f"Evidence: {files[1]}")
    if saved.unseen_fields:
        voice.note(
            f"Kept in the schema: {counted(saved.unseen_fields, 'field')} that this sample doesn't "
            "show, which may be chance."
        )
    if voice.format is Format.JSON:
        voice.machine(inference_report(evidence, ordered, saved.maps, saved.seen, files))


def write_part(evidence: Evidence, voice: Output, path: Path) -> None:
    """Write a shard's evidence, and say what it is. A shard can have no message, and no record.

    Raises:
        UsageError: the file can't be written.

    """
    for line in record_lines(evidence):
        voice.note(line, style="yellow")
    save_evidence(path, evidence)
    messages = counted(evidence.profile.messages, "message")
    voice.note(f"{evidence.name}: {messages} in {counted(evidence.decoding.records, 'record')}.")
    voice.note(f"Evidence of a part, for `schemagen merge`: {relative(path)}")
    voice.machine(
        {
            "topic": evidence.name,
            "messages": evidence.profile.messages,
            "records": evidence.decoding.to_json(),
            "written": [relative(path)],
        }
    )


def check_bad(evidence: Evidence, tolerated: float | None) -> None:
    """End with the code for findings where too many records can't be read.

    Args:
        evidence: what was read.
        tolerated: the share of bad records that is tolerated, 0 to 1; None for any.

    """
    bad, records = evidence.decoding.bad, evidence.decoding.records
    if tolerated is not None and bad > tolerated * records:
        of = counted(records, "record")
        sys.stderr.write(f"{bad:,} of {of} can't be read: more than --max-bad.\n")
        raise typer.Exit(EXIT_FINDINGS)


def _acceptance(
    evidence: Evidence, policy: MapPolicy, schema_file: Path
) -> Callable[[Node, Schema], Node]:
    """Give what joins a fresh sample with what is committed and not surely gone."""
    from schemagen.drift.accept import updated

    # Read now: the file is about to be written.
    beside = evidence_path(schema_file)
    before = load_evidence(beside) if beside.exists() else None

    def accept(folded: Node, committed: Schema) -> Node:
        known = shape(committed, None if before is None else before.profile.root)
        return updated(evidence, folded, known, before, policy)

    return accept


def _news(schema: Schema, committed: Schema) -> str:
    if schema == committed:
        return "unchanged"
    now, before = _paths(schema), _paths(committed)
    added, gone = len(now.keys() - before.keys()), len(before.keys() - now.keys())
    changed = sum(1 for path in now.keys() & before.keys() if now[path] != before[path])
    counts = ((added, "new"), (gone, "gone"), (changed, "changed"))
    return ", ".join(f"{counted(n, 'field')} {word}" for n, word in counts if n) or "changed"


def _paths(schema: Schema, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    """Collect every field with all that its schema says but its inside."""
    found: dict[tuple[str, ...], object] = {}
    for branch in (schema, *schema.get("anyOf", [])):
        for name, inner in branch.get("properties", {}).items():
            own = {k: v for k, v in inner.items() if k not in {"properties", "items", "anyOf"}}
            found[(*path, name)] = own
            found |= _paths(inner, (*path, name))
        for keyword in ("items", "additionalProperties"):
            if isinstance(branch.get(keyword), dict):
                found |= _paths(branch[keyword], (*path, keyword))
    return found
