"""`schemagen drift`: what changed in the data, how much it hurts, which detections it blinds."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from schemagen.cli.each import for_each
from schemagen.errors import EXIT_FINDINGS
from schemagen.options.common import (
    AllOption,
    ClusterFlags,
    OutputFlags,
    ProgressFlags,
    ProjectFlags,
    TopicArgument,
)
from schemagen.options.comparison import ComparisonFlags
from schemagen.options.groups import flag, option, option_group
from schemagen.options.sampling import JOBS_AFTER, SampleFlags
from schemagen.options.values import refuse
from schemagen.report.drift_formats import DriftFormat, drift_in

if TYPE_CHECKING:
    from schemagen.drift.findings import Drift
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.kind_fields import KindSettings
    from schemagen.report.progress import ProgressLine
    from schemagen.sources.buffered import BufferedSource
    from schemagen.sources.records import Source
    from schemagen.workspace.baseline import CommittedTopic
    from schemagen.workspace.topic import Workspace

_WHOLE = {DriftFormat.JSON, DriftFormat.SARIF, DriftFormat.JUNIT}
"""Formats of which two reports together are none."""


@option_group("Output")
class DriftOutputFlags(OutputFlags):
    """How the command reports."""

    plan: Path | None = option(
        "--plan FILE", "Write the statements that adapt the stream to the data to this file."
    )
    format: DriftFormat = option("--format", "How to report.", default=DriftFormat.TEXT)
    out: Path | None = option("-o --out FILE", "Write the report to this file.")
    verbose: bool = flag("-v --verbose", "Show in full what does not fail, too (text).")


def drift(
    topic: TopicArgument = None,
    all_topics: AllOption = False,
    comparison: ComparisonFlags = ComparisonFlags(),
    sample: SampleFlags = SampleFlags(),
    kafka: ClusterFlags = ClusterFlags(),
    output: DriftOutputFlags = DriftOutputFlags(),
    progress: ProgressFlags = ProgressFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Compare a fresh sample with what is committed, and report what the difference costs.

    DROPS and FORMAT: records are dropped. ALTERS: values are changed. BLINDS: a field that
    detections need is gone. MISSES: fields that the stream doesn't read. WIDER, NARROWER, RARER,
    COMMONER: changes that cost nothing. Shares are compared by Fisher's exact test. `schemagen
    infer` accepts what was found, with --prune also what is gone.

    \b
    Examples:
      schemagen drift wineventlogs --since 1d --replay
      schemagen drift --from today.ndjson --against stream.sql --plan plan.sql
      schemagen drift --against '.git#main:stream.sql' --format markdown

    """
    from schemagen.workspace.topic import open_workspace, open_workspaces

    def judge(workspace: Workspace) -> None:
        _judge(workspace, comparison, sample, kafka, output, progress)

    if not all_topics:
        judge(open_workspace(project.config, topic))
        return
    given = {
        "TOPIC": topic,
        "--against": comparison.against,
        "--evidence": comparison.evidence,
        "--stream": comparison.stream,
        "--from": sample.from_files,
        "--plan": output.plan,
        "--out": output.out,
        f"--format {output.format}": output.format in _WHOLE,
    }
    refuse(given, "is for one topic.", "Leave it out, or name the topic instead of --all.")
    for_each(open_workspaces(project.config), judge, output)


def _judge(
    workspace: Workspace,
    comparison: ComparisonFlags,
    sample: SampleFlags,
    kafka: ClusterFlags,
    output: DriftOutputFlags,
    progress: ProgressFlags,
) -> None:
    from schemagen.files import write_text
    from schemagen.schema.results import check_messages
    from schemagen.workspace.baseline import committed
    from schemagen.workspace.drift import check_waivers, compared, merged, plan_for
    from schemagen.workspace.paths import relative

    known, replay = workspace.topic, comparison.replay
    check_waivers(known)
    options = comparison.options(known)
    base = committed(
        workspace, comparison.against or [], stream=comparison.stream, rules=comparison.rules
    )
    kept: BufferedSource | None = None
    registry = None
    if comparison.evidence:
        _refuse_sample(sample, replay=replay)
        fresh = merged(comparison.evidence, known.name)
    else:
        remarks: list[str] = []
        reading = kafka.reading(workspace.project, known, remarks.append)
        client = partial(kafka.client, workspace.project)
        source = sample.source(known.name, client, remarks.append, reading)
        kept = _kept(source) if replay else None
        line = progress.line(source, quiet=output.quiet)
        fresh = _sampled(known.name, kept or source, base.kinds, line)
        output.notes(remarks)
        registry = reading.found()
    found = compared(base, check_messages(fresh, ""), options, registry)
    if output.plan is not None or kept is not None:
        made = plan_for(base, fresh, found)
        if kept is not None:
            from schemagen.workspace.replay import with_lost_alerts

            found = with_lost_alerts(found, base, made, kept)
        if output.plan is not None:
            write_text(output.plan, made.sql())
            output.note(f"Plan: {relative(output.plan)} ({made.summary})")
    _report(found, base, output)
    if found.failing:
        raise typer.Exit(EXIT_FINDINGS)


def _refuse_sample(sample: SampleFlags, *, replay: bool) -> None:
    refuse(
        {
            "--from": sample.from_files,
            "--max-messages": sample.max_messages,
            **sample.narrowing,
            **sample.file_options,
            "--replay": replay,
        },
        "is for a sample, and --evidence takes one that was made.",
        "Leave one of the two out.",
    )


def _kept(source: Source) -> BufferedSource:
    from schemagen.sources.buffered import BufferedSource
    from schemagen.workspace.replay import MOST_REPLAYED

    return BufferedSource(source, MOST_REPLAYED)


def _sampled(topic: str, source: Source, kinds: KindSettings, line: ProgressLine) -> Evidence:
    from schemagen.processors import cores
    from schemagen.profile.collect import collect

    with line:
        return collect(
            source,
            topic,
            kinds=kinds,
            jobs=cores(),
            jobs_after=JOBS_AFTER,
            on_progress=line.update,
        )


def _report(found: Drift, base: CommittedTopic, output: DriftOutputFlags) -> None:
    if output.format is DriftFormat.TEXT and output.out is None:
        from schemagen.report.drift_text import drift_text

        output.show(drift_text(found, verbose=output.verbose))
        return
    text = drift_in(output.format, found, base.locator(), verbose=output.verbose)
    if output.out is None:
        sys.stdout.write(text)
        return
    from schemagen.files import write_text

    write_text(output.out, text)
