"""What `infer` and `merge` write and print of evidence."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from schemagen.cli.show import show_fields
from schemagen.errors import EXIT_FINDINGS
from schemagen.options.common import Format
from schemagen.profile.evidence import save_evidence
from schemagen.report.fields import field_rows
from schemagen.report.inference import inference_report, record_lines
from schemagen.report.kinds import kind_sentence, kind_table
from schemagen.report.saved import part_lines, part_report, saved_lines
from schemagen.schema.results import save_results
from schemagen.schema.shape import shape
from schemagen.words import counted
from schemagen.workspace.paths import relative

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.options.common import ReportFlags
    from schemagen.profile.evidence import Evidence
    from schemagen.schema.maps import MapPolicy
    from schemagen.sources.registry.source import RegistrySchema


def write_results(
    evidence: Evidence,
    policy: MapPolicy,
    output: ReportFlags,
    file: Path,
    *,
    prune: bool = False,
    registry: RegistrySchema | None = None,
) -> None:
    """Write the schema and the evidence of a topic, and report what was found.

    A schema that is there already keeps what was reviewed, and with `prune` not what is gone.

    Raises:
        SourceError: not one record was a JSON object.
        InputError: a file can't be written, or the committed schema can't be read.

    """
    output.notes(record_lines(evidence), "yellow")
    accept = None
    if file.exists():
        from schemagen.workspace.acceptance import acceptance

        accept = acceptance(evidence, policy, file, prune=prune)
    saved = save_results(evidence, policy, file, accept, registry)
    ordered = shape(saved.schema, evidence.profile.root)
    files = (relative(saved.schema_file), relative(saved.evidence_file))
    rows = field_rows(ordered, saved.maps, evidence.profile.root)
    show_fields(output, evidence.name, evidence.profile.messages, rows)
    kinds = evidence.profile.kinds
    if kinds.fields:
        output.show(kind_table(kinds, evidence.profile.root))
        output.note(kind_sentence(kinds))
    output.notes(saved_lines(evidence, saved, files))
    if output.format is Format.JSON:
        output.machine(inference_report(evidence, ordered, saved, files))


def write_part(evidence: Evidence, output: ReportFlags, path: Path) -> None:
    """Write a shard's evidence, and report what it is. A shard may hold no message, or no record.

    Raises:
        InputError: the file can't be written.

    """
    output.notes(record_lines(evidence), "yellow")
    save_evidence(path, evidence)
    output.notes(part_lines(evidence, relative(path)))
    output.machine(part_report(evidence, relative(path)))


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
