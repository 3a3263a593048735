"""`schemagen drift`: what changed in the data, how much it hurts, which detections it blinds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from schemagen.cli.drift_formats import DriftFormat, written
from schemagen.cli.groups import option, option_group
from schemagen.cli.options import (
    KafkaFlags,
    OutputFlags,
    ProgressFlags,
    ProjectFlags,
    TopicArgument,
)
from schemagen.cli.sampling import JOBS_AFTER, SampleFlags
from schemagen.cli.values import refuse, share, words
from schemagen.errors import EXIT_FINDINGS, UsageError

if TYPE_CHECKING:
    from schemagen.drift.compare import DriftOptions
    from schemagen.drift.findings import Drift
    from schemagen.profile.evidence import Evidence
    from schemagen.project import TopicConfig
    from schemagen.report.progress import ProgressLine
    from schemagen.sources.buffered import BufferedSource
    from schemagen.sources.records import Source
    from schemagen.workspace.baseline import CommittedTopic


@option_group("Comparison")
class ComparisonFlags:
    """What is compared, and which findings matter."""

    against: list[str] | None = option(
        "--against FILE",
        "Compare with this file: a schema (with the evidence beside it), statements (emitted or "
        "written by hand), or one of each; also as it was in git: REPOSITORY#REVISION:FILE. "
        "[default: schemas/TOPIC.schema.json, and stream.sql beside schemagen.toml if there is "
        "one]",
        default=None,
    )
    evidence: list[Path] | None = option(
        "--evidence FILE",
        "Take this fresh evidence file instead of a sample; repeatable.",
        default=None,
    )
    rules: list[Path] | None = option(
        "--rules PATH",
        "Look for drift that blinds these Sigma rules; repeatable. [default: the queries of the "
        "statements, otherwise the rules of schemagen.toml]",
        default=None,
    )
    stream: str | None = option(
        "--stream NAME", "Judge this stream, if several read the topic.", default=None
    )
    fail_on: str = option(
        "--fail-on LIST",
        "End with code 1 on findings of these classes: drops, format, alters, blinds, misses, "
        "wider, narrower, rarer, commoner, waiver; or none.",
        default="drops,format,alters,blinds",
    )
    confidence: str = option(
        "--confidence SHARE",
        "How sure it must be that chance alone makes no finding of the whole report.",
        default="99.9%",
    )
    replay: bool = option(
        "--replay",
        "Run the detections over the sample, as deployed and as planned, and report which alerts "
        "the drift has cost. Keeps the sample in memory: 10000 records, of files too, unless "
        "--max-messages says otherwise.",
        default=False,
    )

    def options(self, topic: TopicConfig) -> DriftOptions:
        """Return how the comparison is made.

        Raises:
            UsageError: a class or a share that there isn't.

        """
        from schemagen.drift.compare import DriftOptions
        from schemagen.drift.findings import FindingClass
        from schemagen.workspace.columns import map_policy

        confidence = share(self.confidence, "--confidence")
        if not 0 < confidence < 1:
            raise UsageError("--confidence must lie between 0 and 100 %.", "Write 99.9%.")
        classes = words(self.fail_on, "--fail-on", [*FindingClass, "none"]) - {"none"}
        return DriftOptions(
            confidence=confidence,
            fail_on=frozenset(map(FindingClass, classes)),
            exclude=topic.exclude,
            maps=map_policy(topic),
        )


@option_group("Output")
class DriftOutputFlags(OutputFlags):
    """How the command reports."""

    plan: Path | None = option(
        "--plan FILE",
        "Write the statements that adapt the stream to the data to this file.",
        default=None,
    )
    format: DriftFormat = option("--format", "How to report.", default=DriftFormat.TEXT)
    out: Path | None = option("-o --out FILE", "Write the report to this file.", default=None)


def drift(
    topic: TopicArgument = None,
    comparison: ComparisonFlags = ComparisonFlags(),
    sample: SampleFlags = SampleFlags(),
    kafka: KafkaFlags = KafkaFlags(),
    output: DriftOutputFlags = DriftOutputFlags(),
    progress: ProgressFlags = ProgressFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Compare a fresh sample with what is committed, and report what the difference costs.

    DROPS and FORMAT: records are dropped. ALTERS: values are changed. BLINDS: a field that
    detections need is gone. MISSES: fields that the stream doesn't read. WIDER, NARROWER, RARER,
    COMMONER: changes that cost nothing. Shares are compared by Fisher's exact test. `schemagen
    infer --update` accepts what was found.

    \b
    Examples:
      schemagen drift wineventlogs --since 1d --replay
      schemagen drift --from today.ndjson --against stream.sql --plan plan.sql
      schemagen drift --against '.git#main:stream.sql' --format markdown

    """
    from datetime import UTC, datetime

    from schemagen.drift.compare import compare
    from schemagen.drift.waivers import waive
    from schemagen.files import write_text
    from schemagen.schema.results import check_messages
    from schemagen.sources.buffered import BufferedSource
    from schemagen.workspace.baseline import committed
    from schemagen.workspace.drift import check_waivers, merged, plan_for
    from schemagen.workspace.paths import relative
    from schemagen.workspace.topic import open_workspace

    workspace = open_workspace(project.config, topic)
    known, replay = workspace.topic, comparison.replay
    check_waivers(known)
    options = comparison.options(known)
    base = committed(
        workspace, comparison.against or [], stream=comparison.stream, rules=comparison.rules
    )
    kept: BufferedSource | None = None
    if comparison.evidence:
        _refuse_sample(sample, replay=replay)
        fresh = merged(comparison.evidence, known.name)
    else:
        source = sample.source(known.name, lambda: kafka.client(workspace.project), kept=replay)
        kept = BufferedSource(source) if replay else None
        line = progress.line(source, quiet=output.quiet)
        fresh = _sampled(known.name, kept or source, line)
    fresh = check_messages(fresh, "")
    found = compare(known.name, base.baseline, fresh, options)
    found = waive(found, known.waivers, datetime.now(UTC).date())
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
            "--replay": replay,
        },
        "is for a sample, and --evidence takes one that was made.",
        "Leave one of the two out.",
    )


def _sampled(topic: str, source: Source, line: ProgressLine) -> Evidence:
    from schemagen.profile.collect import collect, cores

    with line:
        return collect(source, topic, jobs=cores(), jobs_after=JOBS_AFTER, on_progress=line.update)


def _report(found: Drift, base: CommittedTopic, output: DriftOutputFlags) -> None:
    if output.format is DriftFormat.TEXT and output.out is None:
        from schemagen.report.drift_text import drift_text

        output.show(drift_text(found))
        return
    text = written(found, output.format, base.locator())
    if output.out is None:
        sys.stdout.write(text)
        return
    from schemagen.files import write_text

    write_text(output.out, text)
