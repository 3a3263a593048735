"""What `infer` and `merge` print of evidence, and of the files that they have written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from schemagen.cli.options import Format
from schemagen.errors import EXIT_FINDINGS
from schemagen.profile.evidence import save_evidence
from schemagen.report.inference import (
    inference_report,
    inference_tree,
    record_lines,
    unseen_sentence,
)
from schemagen.report.news import news
from schemagen.schema.results import save_results
from schemagen.schema.shape import shape
from schemagen.words import counted
from schemagen.workspace.paths import relative

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.cli.options import ReportFlags
    from schemagen.profile.evidence import Evidence
    from schemagen.schema.maps import MapPolicy


def write_results(
    evidence: Evidence,
    policy: MapPolicy,
    output: ReportFlags,
    schema_file: Path,
    *,
    update: bool = False,
) -> None:
    """Write the schema and the evidence of a topic, and report what was found.

    Raises:
        SourceError: not one record was a JSON object.
        UsageError: a file can't be written, or the committed schema can't be read.

    """
    for line in record_lines(evidence):
        output.note(line, style="yellow")
    accept = None
    if update:
        from schemagen.workspace.acceptance import acceptance

        accept = acceptance(evidence, policy, schema_file)
    saved = save_results(evidence, policy, schema_file, accept)
    ordered = shape(saved.schema, evidence.profile.root)
    files = [relative(saved.schema_file), relative(saved.evidence_file)]
    if output.shows:
        output.show(inference_tree(evidence, ordered, saved.maps))
    output.note(unseen_sentence(evidence, saved.seen))
    output.note(f"Schema: {files[0]} ({news(saved)})")
    output.note(f"Evidence: {files[1]}")
    if saved.unseen_fields:
        output.note(
            f"Kept in the schema: {counted(saved.unseen_fields, 'field')} that this sample doesn't "
            "show, which may be chance."
        )
    if output.format is Format.JSON:
        output.machine(inference_report(evidence, ordered, saved.maps, saved.seen, files))


def write_part(evidence: Evidence, output: ReportFlags, path: Path) -> None:
    """Write a shard's evidence, and report what it is. A shard may hold no message, or no record.

    Raises:
        UsageError: the file can't be written.

    """
    for line in record_lines(evidence):
        output.note(line, style="yellow")
    save_evidence(path, evidence)
    messages = counted(evidence.profile.messages, "message")
    output.note(f"{evidence.name}: {messages} in {counted(evidence.decoding.records, 'record')}.")
    output.note(f"Evidence of a part, for `schemagen merge`: {relative(path)}")
    output.machine(
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
