"""What `infer` and `merge` do with evidence: schema and evidence files, and the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.cli.common import evidence_path, relative
from schemagen.cli.options import Format
from schemagen.errors import SourceError
from schemagen.files import read_json
from schemagen.profile.evidence import save_evidence
from schemagen.report.console import inference_tree, record_lines, unseen_sentence
from schemagen.report.json import inference_report
from schemagen.schema.build import build_schema
from schemagen.schema.document import check_schema, keep_order, save_schema
from schemagen.schema.maps import fold_maps
from schemagen.schema.shape import copied, shape
from schemagen.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.cli.common import Voice
    from schemagen.profile.evidence import Evidence
    from schemagen.schema.document import Schema
    from schemagen.schema.maps import MapPolicy


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a topic after a run."""

    schema: Path
    evidence: Path


def write_results(
    evidence: Evidence, policy: MapPolicy, voice: Voice, schema_file: Path
) -> Written:
    """Write the schema and the evidence of a topic, and report what was found.

    Raises:
        SourceError: not one record was a JSON object.
        UsageError: a file can't be written, or the committed schema can't be read.

    """
    for line in record_lines(evidence):
        voice.note(line, style="yellow")
    if not evidence.profile.messages:
        read = evidence.tally.records
        raise SourceError(
            f"{evidence.name}: of {counted(read, 'record')} read, none is a JSON object."
            if read
            else f"{evidence.name}: there was no record to read.",
            "Nothing was written.",
        )
    root = copied([evidence.profile.root])
    maps = fold_maps(root, policy)
    schema = build_schema(root, evidence.name)
    news = "new"
    if schema_file.exists():
        committed = read_json(schema_file)
        # What is equal to a schema that was just made needs no check, which takes its time.
        if committed != schema:
            check_schema(committed, str(schema_file))
        schema = keep_order(schema, committed)
        news = _news(schema, committed)
    written = Written(schema_file, evidence_path(schema_file))
    save_schema(written.schema, schema)
    save_evidence(written.evidence, evidence)

    ordered = shape(schema, evidence.profile.root)
    if voice.shows:
        voice.show(inference_tree(evidence, ordered, maps))
    voice.note(unseen_sentence(evidence))
    voice.note(f"Schema: {relative(written.schema)} ({news})")
    voice.note(f"Evidence: {relative(written.evidence)}")
    if voice.format is Format.JSON:
        files = [relative(written.schema), relative(written.evidence)]
        voice.machine(inference_report(evidence, ordered, maps, files))
    return written


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
