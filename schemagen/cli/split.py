"""`schemagen split`: fix the offsets that several machines read of one topic."""

from __future__ import annotations

from pathlib import Path

from typer import Context  # noqa: TC002 - typer reads the annotation

from schemagen.options.common import ClusterFlags, ProjectFlags, ReportFlags, TopicArgument
from schemagen.options.groups import option, option_group
from schemagen.options.sampling import OffsetFlags

FORMER_NAME = "plan"
"""What the command was called before 0.3; hidden, and to go with 0.4."""


@option_group("Sample")
class SplitSampleFlags(OffsetFlags):
    """Which records the shards read."""

    max_messages: str | None = option(
        "-n --max-messages N|all", "Let all shards together read so many records. [default: all]"
    )


@option_group("Output")
class SplitOutputFlags(ReportFlags):
    """Where the split goes."""

    out: Path | None = option(
        "-o --out FILE", "Write the split to this file. [default: split.json]"
    )


def split(
    context: Context,
    topic: TopicArgument = None,
    sample: SplitSampleFlags = SplitSampleFlags(),
    kafka: ClusterFlags = ClusterFlags(),
    output: SplitOutputFlags = SplitOutputFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Fix which offsets of a topic are read, so that several machines can share the reading.

    Asks the cluster once which offsets there are, and writes those to read to a split file.
    `schemagen infer --split FILE --shard I/N` then reads a share of them, and `schemagen merge`
    joins the evidence of all. One split can be divided into any number of shards.

    \b
    Examples:
      schemagen split wineventlogs -b localhost:9092 --out split.json
      schemagen infer wineventlogs --split split.json --shard 0/2
      schemagen infer wineventlogs --split split.json --shard 1/2
      schemagen merge parts

    """
    from schemagen.options.values import limit
    from schemagen.report.split import split_report, split_table
    from schemagen.sources.split import save_split
    from schemagen.workspace.kinds import kind_settings
    from schemagen.workspace.paths import relative
    from schemagen.workspace.shards import split_of
    from schemagen.workspace.topic import open_workspace

    former = context.info_name == FORMER_NAME
    if former:
        output.note(
            f"`schemagen {FORMER_NAME}` is called `schemagen split` now; "
            "the old name will go with the next release."
        )
    path = output.out or Path(f"{FORMER_NAME}.json" if former else "split.json")
    workspace = open_workspace(project.config, topic)
    client = kafka.client(workspace.project)
    source = sample.topic(workspace.topic.name, client, limit(sample.max_messages, None))
    kinds = kind_settings(workspace.topic, workspace.schema_file)
    reading = kafka.reading(workspace.project, workspace.topic, output.note)
    made = split_of(source, client, kinds, reading)
    save_split(path, made)
    output.show(split_table(made))
    output.note(f"Split: {relative(path)}")
    output.machine({**split_report(made), "written": [relative(path)]})
