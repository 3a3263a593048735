"""`schemagen drift`: what changed in the data, how much it hurts, which detections it blinds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemagen.choices import Strategy
from schemagen.cli.drift_output import DriftFormat, report
from schemagen.cli.options import (
    BootstrapOption,
    ConfigOption,
    KafkaConfigOption,
    NoColorOption,
    PropertyOption,
    QuietOption,
)
from schemagen.cli.sampling import (
    DEFAULT_MAX_MESSAGES,
    JOBS_AFTER,
    FromOption,
    IdleTimeoutOption,
    MaxMessagesOption,
    PartitionOption,
    ProgressOption,
    Sampling,
    SinceOption,
    StrategyOption,
    TimeoutOption,
    UntilOption,
    parse_limit,
    refuse,
)
from schemagen.errors import EXIT_FINDINGS, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.choices import Matching
    from schemagen.cli.baseline import CommittedTopic
    from schemagen.cli.progress import ProgressLine
    from schemagen.drift.findings import Drift, Finding, FindingClass
    from schemagen.drift.plan import Plan
    from schemagen.profile.evidence import Evidence
    from schemagen.project import TopicConfig
    from schemagen.sources.buffered import BufferedSource
    from schemagen.sources.records import Source

_COMPARISON = "Comparison"
_OUTPUT = "Output"
_DEFAULT_FAIL_ON = "drops,format,alters,blinds"


def drift(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOPIC]", help="The topic; by default the only one in schemagen.toml."
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="What to compare with: a schema (with the evidence beside it), a file of "
            "statements, emitted or written by hand, or one of each; also as it was in git: "
            "REPOSITORY#REVISION:FILE. [default: schemas/TOPIC.schema.json, and stream.sql beside "
            "schemagen.toml where there is one]",
            show_default=False,
            rich_help_panel=_COMPARISON,
        ),
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(
            "--evidence",
            metavar="FILE",
            help="Take this fresh evidence file instead of a sample; repeatable.",
            show_default=False,
            rich_help_panel=_COMPARISON,
        ),
    ] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            "--rules",
            metavar="PATH",
            help="Sigma rules that could be blinded; repeatable. [default: the queries of the file "
            "of statements, else the rules of schemagen.toml]",
            show_default=False,
            rich_help_panel=_COMPARISON,
        ),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option(
            "--stream",
            metavar="NAME",
            help="The stream to judge, where several are over the topic.",
            show_default=False,
            rich_help_panel=_COMPARISON,
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="LIST",
            help="End with code 1 on findings of these classes: drops, format, alters, blinds, "
            "misses, wider, narrower, rarer, commoner, waiver; or none.",
            rich_help_panel=_COMPARISON,
        ),
    ] = _DEFAULT_FAIL_ON,
    confidence: Annotated[
        str,
        typer.Option(
            "--confidence",
            metavar="SHARE",
            help="How sure it must be that chance alone makes no finding of the whole report.",
            rich_help_panel=_COMPARISON,
        ),
    ] = "99.9%",
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="Write the statements there that take the stream to what the data asks for.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    replay: Annotated[
        bool,
        typer.Option(
            "--replay",
            help="Run the detections over the sample, as they are and as planned, and tell which "
            "alerts the drift has cost. Keeps the sample in memory: 10000 records, of files too, "
            "unless --max-messages says otherwise.",
            rich_help_panel=_COMPARISON,
        ),
    ] = False,
    format: Annotated[  # noqa: A002 - the option's name
        DriftFormat, typer.Option("--format", help="How to report.", rich_help_panel=_OUTPUT)
    ] = DriftFormat.TEXT,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write the report to a file.",
            show_default=False,
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    from_files: FromOption = None,
    max_messages: MaxMessagesOption = None,
    strategy: StrategyOption = Strategy.SPREAD,
    partition: PartitionOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    timeout: TimeoutOption = None,
    idle_timeout: IdleTimeoutOption = 10.0,
    bootstrap_servers: BootstrapOption = None,
    properties: PropertyOption = [],  # noqa: B006 - typer copies it
    kafka_config: KafkaConfigOption = [],  # noqa: B006 - typer copies it
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
    progress: ProgressOption = None,
) -> None:
    """Compare a fresh sample with what is committed, and tell what the difference costs.

    DROPS and FORMAT: records are dropped. ALTERS: values are changed. BLINDS: a field that
    detections need is gone. MISSES: fields that the stream doesn't read. WIDER, NARROWER, RARER,
    COMMONER: changes that cost nothing. Shares are compared by Fisher's exact test; `schemagen
    infer --update` accepts what was found.

    \b
    Examples:
      schemagen drift wineventlogs --since 1d --replay
      schemagen drift --from today.ndjson --against stream.sql --plan plan.sql
      schemagen drift --against '.git#main:schemas/wineventlogs.schema.json' --format markdown

    """
    from datetime import UTC, datetime

    from schemagen.cli.baseline import committed
    from schemagen.cli.common import Output, connection, project_and_topic, relative, share
    from schemagen.cli.progress import ProgressLine
    from schemagen.cli.stream import maps_of
    from schemagen.drift.compare import DriftOptions, compare
    from schemagen.drift.waivers import waive
    from schemagen.files import write_text
    from schemagen.sources.buffered import BufferedSource

    voice = Output(quiet=quiet, no_color=no_color)
    project, known = project_and_topic(config, topic)
    _check_waivers(known)
    settings = DriftOptions(
        confidence=_confidence(share(confidence, "--confidence")),
        fail_on=_classes(fail_on),
        exclude=known.exclude,
        maps=maps_of(known),
    )
    base = committed(project, known, against or [], stream=stream, rules=rules)
    if evidence:
        refuse(
            {
                "--from": from_files,
                "--max-messages": max_messages,
                "--partition": partition,
                "--since": since,
                "--until": until,
                "--replay": replay,
            },
            "is for a sample, and --evidence takes one that was made.",
            "Leave one of the two out.",
        )
        fresh, kept = _merged(evidence, known), None
    else:
        # The records of a replay are kept: of files too no more than a sample, unless asked for.
        everything = from_files and not replay
        limit = parse_limit(max_messages, None if everything else DEFAULT_MAX_MESSAGES)
        sampling = Sampling(
            from_files, limit, strategy, partition, since, until, timeout, idle_timeout
        )
        source = sampling.source(
            known.name,
            lambda: connection(project, bootstrap_servers, properties, kafka_config),
        )
        kept = BufferedSource(source) if replay else None
        fresh = _sampled(known, kept or source, ProgressLine(source, quiet=quiet, shown=progress))
    found = compare(known.name, base.baseline, fresh, settings)
    found = waive(found, known.waivers, datetime.now(UTC).date())
    if plan is not None or kept is not None:
        made = _plan(base, fresh, found)
        if kept is not None:
            found = _replayed(found, base, made, kept)
        if plan is not None:
            write_text(plan, made.sql())
            voice.note(f"Plan: {relative(plan)} ({made.summary})")
    report(found, base, format, out, voice)
    if found.failing:
        raise typer.Exit(EXIT_FINDINGS)


def _classes(text: str) -> frozenset[FindingClass]:
    """Read `--fail-on`."""
    from schemagen.drift.findings import FindingClass

    words = {word.strip().lower() for word in text.split(",") if word.strip()} - {"none"}
    unknown = sorted(words - {str(kind) for kind in FindingClass})
    if unknown:
        raise UsageError(
            f"--fail-on does not know {', '.join(unknown)}.",
            f"It knows {', '.join(FindingClass)}, and none.",
        )
    return frozenset(FindingClass(word) for word in words)


def _check_waivers(topic: TopicConfig) -> None:
    """Refuse a waiver of a finding that there can't be."""
    from difflib import get_close_matches

    from schemagen.drift.findings import FindingClass

    kinds = [str(kind) for kind in FindingClass]
    for waiver in topic.waivers:
        named = waiver.finding
        if named and named not in kinds and not re.fullmatch("[0-9a-f]{16}", named):
            near = get_close_matches(named, kinds, 1)
            raise UsageError(
                f"schemagen.toml, topic {topic.name}: a waiver is of the finding {named!a}, which "
                "is neither a class nor a fingerprint.",
                f'Did you mean "{near[0]}"?' if near else f"Classes are {', '.join(kinds)}.",
            )


def _confidence(value: float) -> float:
    if not 0 < value < 1:
        raise UsageError("--confidence must lie between 0 and 100 %.", "Write 99.9%.")
    return value


def _merged(files: Sequence[Path], topic: TopicConfig) -> Evidence:
    from schemagen.cli.common import once
    from schemagen.profile.evidence import load_evidence, merge_evidence
    from schemagen.schema.results import check_messages

    parts = [load_evidence(file) for file in once(files)]
    for file, part in zip(files, parts, strict=True):
        if part.name != topic.name:
            raise UsageError(
                f"{file} is evidence of the topic {part.name}, not of {topic.name}.",
                "Name the topic, or evidence of it.",
            )
    return check_messages(merge_evidence(parts, topic.name), "")


def _sampled(topic: TopicConfig, source: Source, line: ProgressLine) -> Evidence:
    from schemagen.profile.collect import collect, cores
    from schemagen.schema.results import check_messages

    try:
        fresh = collect(
            source, topic.name, jobs=cores(), jobs_after=JOBS_AFTER, on_progress=line.update
        )
    finally:
        line.close()
    return check_messages(fresh, "")


def _plan(base: CommittedTopic, fresh: Evidence, found: Drift) -> Plan:
    """Plan the way to what the data asks for, the detections compiled anew where rules are."""
    from dataclasses import replace

    from schemagen.cli.detect import DetectionOptions, detections_over
    from schemagen.cli.stream import maps_of, policy_of
    from schemagen.deploy.detections import layout_of, matching_of
    from schemagen.drift.evolution import ColumnEvolution, wanted_by
    from schemagen.drift.plan import plan
    from schemagen.ksqldb.scripts import is_query
    from schemagen.schema.shape import copied

    declared, before = base.baseline.declared, base.baseline.evidence
    seen = copied([fresh.profile.root, *([] if before is None else [before.profile.root])])
    topic = base.files.topic
    mender = ColumnEvolution(
        wanted_by(found, declared), policy_of(topic), maps_of(topic), declared.outside
    )
    columns = mender.columns(declared.columns, seen)
    detections = None
    remarks = _still_blind(found)
    if base.files.topic.rules and any(map(is_query, declared.script)):
        files = replace(base.files, evidence=seen)
        matching = matching_of(declared.script)
        as_deployed = DetectionOptions(layout=layout_of(declared.script), matching=matching)
        remarks += _other_matching(matching, topic.alerts.matching)
        detections = detections_over(
            files, declared.stream, columns, declared.time_column, as_deployed
        )
    left_out = list(mender.left_out.items())
    made = plan(declared, columns, seen, detections=detections, left_out=left_out)
    return replace(made, remarks=[*remarks, *made.remarks])


def _other_matching(deployed: Matching | None, configured: Matching) -> list[str]:
    """Say that the rules go on matching as they do, where schemagen.toml asks for another way."""
    if deployed is None or deployed == configured:
        return []
    remark = (
        f"The deployed rules match by `{deployed}` and schemagen.toml says `{configured}`: here "
        f"they match by `{deployed}` as before. `schemagen ddl --out FILE` writes them as "
        "schemagen.toml says."
    )
    return [remark]


def _still_blind(found: Drift) -> list[str]:
    """Name the detections that no statement can help: what they need is gone from the data."""
    from schemagen.drift.findings import FindingClass

    return [
        f"{each.name} stays blind: {finding.place} {_fate(finding)}. Change the rule."
        for finding in found.findings
        if finding.kind is FindingClass.BLINDS and finding.waiver is None
        for each in finding.blinded
        if not each.partly
    ]


def _fate(finding: Finding) -> str:
    if finding.now is None or finding.now.count:
        return "holds what it can't match"
    emptied = "object" in finding.now.kinds
    return "holds nothing any more" if emptied else "is gone from the data"


def _replayed(found: Drift, base: CommittedTopic, made: Plan, kept: BufferedSource) -> Drift:
    """Add the alerts that the drift cost on the records of the sample."""
    from dataclasses import replace

    from schemagen.drift.lost import lost_alerts
    from schemagen.replay.events import events_of

    events, _ = events_of(kept.buffered, found.topic)
    lost, wrong = lost_alerts(base.baseline.declared, made.script, events)
    return replace(found, lost=lost, remarks=[*found.remarks, *wrong])
