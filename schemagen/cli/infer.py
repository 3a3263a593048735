"""`schemagen infer`: sample a topic or files, profile them, write the schema and its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemagen.choices import Strategy
from schemagen.cli.options import (
    BootstrapOption,
    ConfigOption,
    Format,
    FormatOption,
    KafkaConfigOption,
    NoColorOption,
    PropertyOption,
    QuietOption,
)
from schemagen.cli.sampling import (
    DEFAULT_MAX_MESSAGES,
    JOBS_AFTER,
    MAP_MAX_PRESENCE,
    MAP_MIN_KEYS,
    MAP_MIN_NEW,
    AllowExpiredOption,
    FormerSplitOption,
    FromOption,
    IdleTimeoutOption,
    MapMaxPresenceOption,
    MapMinKeysOption,
    MapMinNewOption,
    MapOption,
    MaxBadOption,
    MaxMessagesOption,
    NoMapOption,
    PartitionOption,
    PartsOption,
    ProgressOption,
    Sampling,
    ShardOption,
    SinceOption,
    SplitOption,
    StrategyOption,
    TimeoutOption,
    UntilOption,
    map_policy,
    parse_limit,
)

if TYPE_CHECKING:
    from schemagen.sources.decode_statistics import DecodeError, DecodeWarning, RecordPosition
    from schemagen.sources.records import Source

MOST_JOBS = 256
SHOWN_BYTES = 200

_SAMPLE = "Sample"
_SCHEMA = "Schema"


def infer(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOPIC]", help="The topic; by default the only one in schemagen.toml."
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
            metavar="N",
            help="How many processes decode and count; the result is the same for any number. 1 "
            "with --until-unseen-below or --show-values. [default: 1 for the first 16 MB, then one "
            "a processor]",
            show_default=False,
            rich_help_panel=_SAMPLE,
            min=1,
            max=MOST_JOBS,
        ),
    ] = None,
    max_bad: MaxBadOption = None,
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
    update: Annotated[
        bool,
        typer.Option(
            "--update",
            help="Accept a drift: keep what the committed schema has and this sample may just not "
            "show, take out what is surely gone, take in what is new.",
            rich_help_panel=_SCHEMA,
        ),
    ] = False,
    split: SplitOption = None,
    former_split: FormerSplitOption = None,
    shard: ShardOption = None,
    parts: PartsOption = None,
    allow_expired: AllowExpiredOption = False,
    map_paths: MapOption = None,
    no_map_paths: NoMapOption = None,
    map_min_keys: MapMinKeysOption = MAP_MIN_KEYS,
    map_max_presence: MapMaxPresenceOption = MAP_MAX_PRESENCE,
    map_min_new: MapMinNewOption = MAP_MIN_NEW,
    bootstrap_servers: BootstrapOption = None,
    properties: PropertyOption = [],  # noqa: B006 - typer copies it
    kafka_config: KafkaConfigOption = [],  # noqa: B006 - typer copies it
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002 - the option's name
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
    progress: ProgressOption = None,
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
      schemagen infer wineventlogs --update
      schemagen infer wineventlogs --split split.json --shard 3/16

    """
    from schemagen.cli.common import Output, connection, project_and_topic, schema_path, share
    from schemagen.cli.division import Division, split_topic
    from schemagen.cli.progress import ProgressLine
    from schemagen.cli.results import check_bad, write_part, write_results
    from schemagen.profile.collect import collect, cores
    from schemagen.schema.maps import collapsed

    voice = Output(format, quiet, no_color)
    if former_split is not None:
        voice.note("--plan is called --split now; the old name will go with the next release.")
        split = split or former_split
    project, topic_config = project_and_topic(config, topic or split_topic(split))
    limit = parse_limit(max_messages, None if from_files else DEFAULT_MAX_MESSAGES)
    unseen = (
        None if until_unseen_below is None else share(until_unseen_below, "--until-unseen-below")
    )
    tolerated = None if max_bad is None else share(max_bad, "--max-bad")
    policy = map_policy(
        topic_config, map_paths, no_map_paths, map_min_keys, map_max_presence, map_min_new
    )
    division = Division(split, shard, parts, allow_expired)
    division.refuse(
        {
            "--max-messages": max_messages,
            "--strategy": strategy is not Strategy.SPREAD,
            "--partition": partition,
            "--since": since,
            "--until": until,
            "--until-unseen-below": until_unseen_below,
            "--schema": shard and schema,
            "--update": shard and update,
        }
    )
    source: Source
    if division:
        source = (
            division.files(from_files)
            if from_files
            else division.topic(
                topic_config.name,
                connection(project, bootstrap_servers, properties, kafka_config),
                idle_timeout=idle_timeout,
                timeout=timeout or None,
            )
        )
    else:
        sampling = Sampling(
            from_files, limit, strategy, partition, since, until, timeout, idle_timeout
        )
        source = sampling.source(
            topic_config.name,
            lambda: connection(project, bootstrap_servers, properties, kafka_config),
        )

    line = ProgressLine(source, quiet=quiet, shown=progress)

    def show(kind: DecodeError | DecodeWarning, _: RecordPosition, raw: bytes) -> None:
        line.close()  # or this would stand at its end
        voice.note(f"{kind.label}, the first: {raw[:SHOWN_BYTES]!r}")

    try:
        evidence = collect(
            source,
            topic_config.name,
            jobs=cores() if jobs is None else jobs,
            jobs_after=JOBS_AFTER if jobs is None else 0,
            until_unseen_below=unseen,
            seen_as=lambda root: collapsed(root, policy),
            on_progress=line.update,
            on_first=show if show_values else None,
        )
    finally:
        line.close()
    part = division.part(project, topic_config.name)
    if part:
        write_part(evidence, voice, part)
    else:
        path = schema_path(project, topic_config.name, schema)
        write_results(evidence, policy, voice, path, update=update)
    check_bad(evidence, tolerated)
