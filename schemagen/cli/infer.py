"""`schemagen infer`: sample a topic or files, profile them, write the schema and its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.choices import Strategy
from schemagen.options.common import (
    ClusterFlags,
    ProgressFlags,
    ProjectFlags,
    ReportFlags,
    TopicArgument,
)
from schemagen.options.groups import flag, option, option_group
from schemagen.options.kinds import KindFlags
from schemagen.options.maps import MapFlags
from schemagen.options.sampling import JOBS_AFTER, SampleFlags, max_bad
from schemagen.options.shards import ShardFlags
from schemagen.options.values import maybe_share, refuse

if TYPE_CHECKING:
    from schemagen.sources.decode_statistics import DecodeError, DecodeWarning, RecordPosition
    from schemagen.sources.records import Source
    from schemagen.sources.registry.source import RegistryReading
    from schemagen.workspace.topic import Workspace

_MOST_JOBS = 256
_SHOWN_BYTES = 200


@option_group("Sample")
class EffortFlags:
    """How much is read, and by how many processes."""

    until_unseen_below: str | None = option(
        "--until-unseen-below SHARE",
        "Stop as soon as the next message shows something new with less than this chance (at 95 % "
        "confidence), such as 0.1%.",
    )
    jobs: int | None = option(
        "-j --jobs N",
        "Decode and count in so many processes; the result is the same for any number. [default: "
        "1 for the first 16 MB, then one per processor; always 1 with --until-unseen-below or "
        "--show-values]",
        min=1,
        max=_MOST_JOBS,
    )
    max_bad: str | None = max_bad()


@option_group("Schema")
class SchemaFlags:
    """What becomes of the schema."""

    schema: Path | None = option(
        "--schema FILE", "Write the schema to this file. [default: schemas/TOPIC.schema.json]"
    )
    prune: bool = flag(
        "--prune",
        "Remove from the schema what is surely gone; without this option it is kept, as is what "
        "this sample may only happen not to show.",
    )
    update: bool = flag("--update", "The former name of --prune.", hidden=True)


@option_group("Output")
class InferOutputFlags(ReportFlags):
    """How the command reports."""

    show_values: bool = flag(
        "--show-values", "Show the start of the first record of each kind that can't be read."
    )


def infer(
    topic: TopicArgument = None,
    sample: SampleFlags = SampleFlags(),
    effort: EffortFlags = EffortFlags(),
    result: SchemaFlags = SchemaFlags(),
    maps: MapFlags = MapFlags(),
    kinds: KindFlags = KindFlags(),
    shards: ShardFlags = ShardFlags(),
    kafka: ClusterFlags = ClusterFlags(),
    output: InferOutputFlags = InferOutputFlags(),
    progress: ProgressFlags = ProgressFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Sample a topic or files, and infer one JSON Schema.

    Reads only: it joins no consumer group, commits no offsets and creates no topic. It writes
    schemas/TOPIC.schema.json, the file to review and commit, and schemas/TOPIC.evidence.json, the
    counts it rests on. A schema that is there keeps what you changed in it, and its fields.

    \b
    Examples:
      schemagen infer wineventlogs -b localhost:9092
      schemagen infer wineventlogs --since 7d --max-messages 100000
      schemagen infer wineventlogs --from events.ndjson.gz
      kcat -C -J -e -b broker -t logs | schemagen infer logs --from -
      schemagen infer cloudtrail --from AWSLogs/123456789012/
      schemagen infer orders --from debezium.ndjson --records payload.after
      schemagen infer wineventlogs --prune
      schemagen infer wineventlogs --split split.json --shard 3/16

    """
    from schemagen.cli.results import check_bad, write_part, write_results
    from schemagen.processors import cores
    from schemagen.profile.collect import collect
    from schemagen.schema.maps import collapsed
    from schemagen.workspace.kinds import kind_settings
    from schemagen.workspace.shards import PARTS, part_file, shared_kinds
    from schemagen.workspace.topic import open_workspace

    if shards.former_split is not None:
        output.note("--plan is called --split now; the old name will go with the next release.")
    if result.update:
        output.note("--update is called --prune now; the old name will go with the next release.")
    workspace = open_workspace(project.config, topic or shards.named_topic(), result.schema)
    name = workspace.topic.name
    unseen = maybe_share(effort.until_unseen_below, "--until-unseen-below")
    tolerated = maybe_share(effort.max_bad, "--max-bad")
    policy = maps.policy(workspace.topic)
    remarks: list[str] = []
    reading = kafka.reading(workspace.project, workspace.topic, remarks.append)
    source = _source(workspace, sample, effort, result, shards, kafka, reading, remarks)
    told = kind_settings(workspace.topic, workspace.schema_file, kinds.kind or ())
    line = progress.line(source, quiet=output.quiet)

    def show(kind: DecodeError | DecodeWarning, _: RecordPosition, raw: bytes) -> None:
        line.close()  # or this would stand at its end
        output.note(f"{kind.label}, the first: {raw[:_SHOWN_BYTES]!r}")

    with line:
        evidence = collect(
            source,
            name,
            kinds=shared_kinds(told, source),
            jobs=effort.jobs or cores(),
            jobs_after=JOBS_AFTER if effort.jobs is None else 0,
            until_unseen_below=unseen,
            seen_as=lambda root: collapsed(root, policy),
            on_progress=line.update,
            on_first=show if output.show_values else None,
        )
    output.notes(remarks)
    if shards.shard:
        folder = shards.parts or workspace.root / PARTS
        write_part(evidence, output, part_file(folder, name, shards.shard))
    else:
        file, prune = workspace.schema_file, result.prune or result.update
        write_results(evidence, policy, output, file, prune=prune, registry=reading.found())
    check_bad(evidence, tolerated)


def _source(
    workspace: Workspace,
    sample: SampleFlags,
    effort: EffortFlags,
    result: SchemaFlags,
    shards: ShardFlags,
    kafka: ClusterFlags,
    reading: RegistryReading,
    remarks: list[str],
) -> Source:
    """Open what is read: files, a topic, or the part of them that is this machine's."""
    shards.refuse(
        {
            "--max-messages": sample.max_messages,
            "--strategy": sample.strategy is not Strategy.SPREAD,
            **sample.narrowing,
            "--until-unseen-below": effort.until_unseen_below,
            "--schema": shards.shard and result.schema,
            "--prune": shards.shard and (result.prune or result.update),
        }
    )
    topic, project = workspace.topic.name, workspace.project
    if not shards:
        return sample.source(topic, lambda: kafka.client(project), remarks.append, reading)
    if sample.from_files:
        from schemagen.sources.shards import ShardedFiles, parse_shard

        hint = "Leave it out, or leave --from out."
        refuse({"--split": shards.file}, "is for topics, not for files.", hint)
        files = sample.reading(remarks.append)
        return ShardedFiles(sample.from_files, parse_shard(shards.shard or ""), files)
    from schemagen.workspace.shards import open_split

    split = open_split(
        shards.file,
        shards.shard,
        topic,
        kafka.client(project),
        allow_expired=shards.allow_expired,
        idle_timeout=sample.idle_timeout,
        timeout=sample.timeout or None,
    )
    return reading.of(split)
