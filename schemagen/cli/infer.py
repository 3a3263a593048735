"""`schemagen infer`: sample a topic or files, profile them, write the schema and its evidence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemagen.cli.options import (
    BootstrapOption,
    ConfigOption,
    Format,
    FormatOption,
    KafkaConfigOption,
    NoColorOption,
    PropertyOption,
    QuietOption,
    Strategy,
)
from schemagen.errors import EXIT_FINDINGS, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.sources.records import Source
    from schemagen.sources.tally import Fault, Place, Remark

DEFAULT_MAX_MESSAGES = 10_000
DEFAULT_TIMEOUT = 60.0
JOBS_AFTER = 16_000_000
"""Bytes that one process has counted before others would have started up."""
MOST_JOBS = 256
SHOWN_BYTES = 200

_SAMPLE = "Sample"
_SCHEMA = "Schema"


def infer(
    topic: Annotated[
        str | None,
        typer.Argument(help="The topic; by default the only one in schemagen.toml."),
    ] = None,
    from_files: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Read files instead of Kafka: NDJSON, a JSON array, .gz, .zst, a folder, - for "
            "standard input; repeatable.",
            show_default=False,
            rich_help_panel=_SAMPLE,
        ),
    ] = None,
    max_messages: Annotated[
        str | None,
        typer.Option(
            "--max-messages",
            "-n",
            metavar="N|all",
            help="How many records to read. [default: 10000 of a topic, all of files]",
            show_default=False,
            rich_help_panel=_SAMPLE,
        ),
    ] = None,
    strategy: Annotated[
        Strategy,
        typer.Option(
            "--strategy",
            help="Where in the topic: spread over partitions and offsets, from the start, from "
            "the end.",
            rich_help_panel=_SAMPLE,
        ),
    ] = Strategy.SPREAD,
    partition: Annotated[
        list[int] | None,
        typer.Option(
            "--partition",
            "-p",
            help="Only this partition; repeatable.",
            show_default=False,
            rich_help_panel=_SAMPLE,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Only records from then on: 1h, 7d, or an ISO time.",
            show_default=False,
            rich_help_panel=_SAMPLE,
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="TIME",
            help="Only records before then.",
            show_default=False,
            rich_help_panel=_SAMPLE,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            help="Seconds in all, 0 for no limit. [default: 60, no limit with --max-messages all]",
            show_default=False,
            rich_help_panel=_SAMPLE,
            min=0,
        ),
    ] = None,
    idle_timeout: Annotated[
        float,
        typer.Option(
            "--idle-timeout",
            help="Seconds without a single record.",
            rich_help_panel=_SAMPLE,
            min=0.1,
        ),
    ] = 10.0,
    until_unseen_below: Annotated[
        str | None,
        typer.Option(
            "--until-unseen-below",
            metavar="SHARE",
            help="Stop early once the next message shows something new with less than this chance "
            "(at 95 % confidence), such as 0.1%.",
            show_default=False,
            rich_help_panel=_SAMPLE,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            help="How many processes decode and count; the result is the same for any number. 1 "
            "with --until-unseen-below or --show-values. [default: 1 for the first 16 MB, then one "
            "a processor]",
            show_default=False,
            rich_help_panel=_SAMPLE,
            min=1,
            max=MOST_JOBS,
        ),
    ] = None,
    max_bad: Annotated[
        str | None,
        typer.Option(
            "--max-bad",
            metavar="SHARE",
            help="End with code 1 when more than this share of the records can't be read, such as "
            "1%.",
            show_default=False,
            rich_help_panel=_SAMPLE,
        ),
    ] = None,
    schema: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="The schema file to write. [default: schemas/TOPIC.schema.json]",
            show_default=False,
            rich_help_panel=_SCHEMA,
        ),
    ] = None,
    map_paths: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="GLOB",
            help="Objects that are maps: their keys are data; repeatable.",
            show_default=False,
            rich_help_panel=_SCHEMA,
        ),
    ] = None,
    no_map_paths: Annotated[
        list[str] | None,
        typer.Option(
            "--no-map",
            metavar="GLOB",
            help="Objects that are never maps; repeatable.",
            show_default=False,
            rich_help_panel=_SCHEMA,
        ),
    ] = None,
    map_min_keys: Annotated[
        int,
        typer.Option(
            "--map-min-keys",
            help="The fewest distinct keys of a map.",
            rich_help_panel=_SCHEMA,
            min=1,
        ),
    ] = 50,
    map_max_presence: Annotated[
        str,
        typer.Option(
            "--map-max-presence",
            metavar="SHARE",
            help="The greatest share of its objects that a key of a map may be in.",
            rich_help_panel=_SCHEMA,
        ),
    ] = "20%",
    map_min_new: Annotated[
        str,
        typer.Option(
            "--map-min-new",
            metavar="SHARE",
            help="The least share of its objects that bring a key seen nowhere else.",
            rich_help_panel=_SCHEMA,
        ),
    ] = "5%",
    bootstrap_servers: BootstrapOption = None,
    properties: PropertyOption = [],  # noqa: B006 - typer copies it
    kafka_config: KafkaConfigOption = [],  # noqa: B006 - typer copies it
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002 - the option's name
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
    show_values: Annotated[
        bool,
        typer.Option(
            "--show-values",
            help="Show the start of the first record of each kind that can't be read.",
            rich_help_panel="Output",
        ),
    ] = False,
) -> None:
    """Sample a topic or files and infer one merged JSON Schema.

    Reads only: no consumer group, no commit, no topic made. Writes schemas/TOPIC.schema.json, the
    file to review and commit, and schemas/TOPIC.evidence.json, what it rests on.

    \b
    Examples:
      schemagen infer wineventlogs -b localhost:9092
      schemagen infer wineventlogs --since 7d --max-messages 100000
      schemagen infer --from events.ndjson.gz wineventlogs

    """
    from schemagen.cli.common import Voice, project_and_topic, schema_path, share
    from schemagen.cli.progress import ProgressLine
    from schemagen.cli.results import write_results
    from schemagen.profile.collect import collect, cores
    from schemagen.schema.maps import MapPolicy

    voice = Voice(format, quiet, no_color)
    project, topic_config = project_and_topic(config, topic)
    limit = _limit(max_messages, files=bool(from_files))
    unseen = (
        None if until_unseen_below is None else share(until_unseen_below, "--until-unseen-below")
    )
    tolerated = None if max_bad is None else share(max_bad, "--max-bad")
    policy = MapPolicy(
        min_keys=map_min_keys,
        max_presence=share(map_max_presence, "--map-max-presence"),
        min_new=share(map_min_new, "--map-min-new"),
        force=[*topic_config.maps, *(map_paths or [])],
        forbid=[*topic_config.not_maps, *(no_map_paths or [])],
    )
    source: Source
    if from_files:
        from schemagen.sources.files import FileSource

        _refuse_kafka_options(partition, since, until)
        source = FileSource(from_files, max_records=limit)
    else:
        from schemagen.cli.common import connection
        from schemagen.sources.kafka import KafkaSource
        from schemagen.sources.times import parse_time

        source = KafkaSource(
            connection(project, bootstrap_servers, properties, kafka_config),
            topic_config.name,
            strategy=strategy.value,
            max_messages=limit,
            partitions=partition or None,
            since=None if since is None else parse_time(since, "--since"),
            until=None if until is None else parse_time(until, "--until"),
            idle_timeout=idle_timeout,
            timeout=_seconds(timeout, limit),
        )

    def show(kind: Fault | Remark, _: Place, raw: bytes) -> None:
        voice.note(f"{kind.label}, the first: {raw[:SHOWN_BYTES]!r}")

    progress = ProgressLine(quiet=quiet)
    try:
        evidence = collect(
            source,
            topic_config.name,
            jobs=cores() if jobs is None else jobs,
            jobs_after=JOBS_AFTER if jobs is None else 0,
            until_unseen_below=unseen,
            on_progress=progress.update,
            on_first=show if show_values else None,
        )
    finally:
        progress.close()
    write_results(evidence, policy, voice, schema_path(project, topic_config.name, schema))
    if tolerated is not None and evidence.tally.bad > tolerated * evidence.tally.records:
        bad, records = evidence.tally.bad, evidence.tally.records
        sys.stderr.write(f"{bad:,} of {records:,} records can't be read: more than --max-bad.\n")
        raise typer.Exit(EXIT_FINDINGS)


def _limit(text: str | None, *, files: bool) -> int | None:
    """Read `--max-messages`: a number, or None for all."""
    if text is None:
        return None if files else DEFAULT_MAX_MESSAGES
    if text.strip().lower() == "all":
        return None
    try:
        limit = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        limit = 0
    if limit < 1:
        raise UsageError(f"--max-messages {text!r} is no number.", "Write 50000, or all.")
    return limit


def _seconds(timeout: float | None, limit: int | None) -> float | None:
    """Give the time for the whole reading: a whole topic takes as long as it takes."""
    if timeout is None:
        return None if limit is None else DEFAULT_TIMEOUT
    return timeout or None


def _refuse_kafka_options(
    partition: Sequence[int] | None, since: str | None, until: str | None
) -> None:
    given = {"--partition": partition, "--since": since, "--until": until}
    for option, value in given.items():
        if value:
            raise UsageError(
                f"{option} is for topics: files have no partitions and no record times.",
                "Leave it out, or leave --from out.",
            )
