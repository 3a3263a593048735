"""`schemagen split`: fix the offsets that several machines read of one topic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    IdleTimeoutOption,
    PartitionOption,
    SinceOption,
    StrategyOption,
    UntilOption,
    parse_limit,
)

if TYPE_CHECKING:
    from rich.table import Table

    from schemagen.sources.split import TopicSplit


FORMER_NAME = "plan"
"""What the command was called before 0.3; hidden, and to go with 0.4."""


def split(
    context: typer.Context,
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOPIC]", help="The topic; by default the only one in schemagen.toml."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="The split file to write. [default: split.json]",
            show_default=False,
        ),
    ] = None,
    max_messages: Annotated[
        str | None,
        typer.Option(
            "--max-messages",
            "-n",
            metavar="N|all",
            help="How many records to read in all, by all shards. [default: all]",
            show_default=False,
            rich_help_panel="Sample",
        ),
    ] = None,
    strategy: StrategyOption = Strategy.SPREAD,
    partition: PartitionOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    idle_timeout: IdleTimeoutOption = 10.0,
    bootstrap_servers: BootstrapOption = None,
    properties: PropertyOption = [],  # noqa: B006 - typer copies it
    kafka_config: KafkaConfigOption = [],  # noqa: B006 - typer copies it
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002 - the option's name
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
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
    from schemagen.cli.common import Output, connection, project_and_topic, relative
    from schemagen.sources.kafka import KafkaSource
    from schemagen.sources.split import save_split
    from schemagen.sources.split_source import make_split
    from schemagen.sources.times import parse_time

    output = Output(format, quiet, no_color)
    former = context.info_name == FORMER_NAME
    if former:
        output.note(
            f"`schemagen {FORMER_NAME}` is called `schemagen split` now; "
            "the old name will go with the next release."
        )
    path = out or Path(f"{FORMER_NAME}.json" if former else "split.json")
    project, topic_config = project_and_topic(config, topic)
    client = connection(project, bootstrap_servers, properties, kafka_config)
    source = KafkaSource(
        client,
        topic_config.name,
        strategy=strategy,
        max_messages=parse_limit(max_messages, None),
        partitions=partition or None,
        since=None if since is None else parse_time(since, "--since"),
        until=None if until is None else parse_time(until, "--until"),
        idle_timeout=idle_timeout,
    )
    made = make_split(source, client)
    save_split(path, made)
    output.show(_table(made))
    output.note(f"Split: {relative(path)}")
    output.machine({**_summary(made), "written": [relative(path)]})


def _summary(made: TopicSplit) -> dict[str, Any]:
    return {
        "topic": made.topic,
        "offsets": made.offsets,
        "partitions": {
            str(number): sum(end - start for start, end in made.ranges.get(number, []))
            for number in sorted(made.watermarks)
        },
    }


def _table(made: TopicSplit) -> Table:
    from rich.table import Table

    from schemagen.words import counted

    head = f"{made.topic}: {counted(made.offsets, 'offset')} to read"
    table = Table(box=None, pad_edge=False, title=head, title_justify="left", title_style="bold")
    for name in ("partition", "first offset", "next offset", "to read"):
        table.add_column(name, justify="right")
    for number, (low, high) in sorted(made.watermarks.items()):
        count = sum(end - start for start, end in made.ranges.get(number, []))
        table.add_row(str(number), f"{low:,}", f"{high:,}", f"{count:,}")
    return table
