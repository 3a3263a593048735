"""Options that say what to read, and what becomes of objects with many keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemagen.choices import Strategy
from schemagen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schemagen.project import TopicConfig
    from schemagen.schema.maps import MapPolicy
    from schemagen.sources.records import Source

_SAMPLE = "Sample"
_SHARDS = "Shards"
_SCHEMA = "Schema"

DEFAULT_MAX_MESSAGES = 10_000
DEFAULT_TIMEOUT = 60.0
JOBS_AFTER = 16_000_000
"""Bytes that one process has counted before others would have started up."""

FromOption = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="Read files instead of Kafka: NDJSON, a JSON array, .gz, .zst, a folder, - for "
        "standard input; repeatable.",
        show_default=False,
        rich_help_panel=_SAMPLE,
    ),
]
MaxMessagesOption = Annotated[
    str | None,
    typer.Option(
        "--max-messages",
        "-n",
        metavar="N|all",
        help="How many records to read. [default: 10000 of a topic, all of files]",
        show_default=False,
        rich_help_panel=_SAMPLE,
    ),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="Seconds in all, 0 for no limit. [default: 60, no limit with --max-messages all "
        "and with --split]",
        show_default=False,
        rich_help_panel=_SAMPLE,
        min=0,
    ),
]
StrategyOption = Annotated[
    Strategy,
    typer.Option(
        "--strategy",
        help="Where in the topic: spread over partitions and offsets, from the start, from the "
        "end.",
        rich_help_panel=_SAMPLE,
    ),
]
PartitionOption = Annotated[
    list[int] | None,
    typer.Option(
        "--partition",
        "-p",
        metavar="N",
        help="Only this partition; repeatable.",
        show_default=False,
        rich_help_panel=_SAMPLE,
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Only records from then on: 1h, 7d, or an ISO time.",
        show_default=False,
        rich_help_panel=_SAMPLE,
    ),
]
UntilOption = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Only records before then.",
        show_default=False,
        rich_help_panel=_SAMPLE,
    ),
]
IdleTimeoutOption = Annotated[
    float,
    typer.Option(
        "--idle-timeout",
        metavar="SECONDS",
        help="Seconds without a single record.",
        rich_help_panel=_SAMPLE,
        min=0.1,
    ),
]
MaxBadOption = Annotated[
    str | None,
    typer.Option(
        "--max-bad",
        metavar="SHARE",
        help="End with code 1 when more than this share of the records can't be read, such as 1%.",
        show_default=False,
        rich_help_panel=_SAMPLE,
    ),
]
SplitOption = Annotated[
    Path | None,
    typer.Option(
        "--split",
        metavar="FILE",
        help="Read the offsets that `schemagen split` wrote to this file: all of them, or end with "
        "an error.",
        show_default=False,
        rich_help_panel=_SHARDS,
    ),
]
FormerSplitOption = Annotated[Path | None, typer.Option("--plan", hidden=True)]
"""What `--split` was called before 0.3; hidden, and to go with 0.4."""
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Read only share I of N, numbered from 0: 0/16 to 15/16. Of a topic a share of the "
        "split's offsets; of files every N-th, whole. Writes evidence only, for `schemagen merge`.",
        show_default=False,
        rich_help_panel=_SHARDS,
    ),
]
PartsOption = Annotated[
    Path | None,
    typer.Option(
        "--parts",
        metavar="FOLDER",
        help="Where a shard's evidence goes, as TOPIC-003-of-016.evidence.json. [default: parts]",
        show_default=False,
        rich_help_panel=_SHARDS,
    ),
]
AllowExpiredOption = Annotated[
    bool,
    typer.Option(
        "--allow-expired",
        help="Count planned offsets that retention has deleted since, instead of giving up.",
        rich_help_panel=_SHARDS,
    ),
]
ProgressOption = Annotated[
    bool | None,
    typer.Option(
        "--progress/--no-progress",
        help="Show how far the reading is, on standard error. [default: where that is a terminal]",
        show_default=False,
        rich_help_panel="Output",
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="GLOB",
        help="Objects that are maps: their keys are data; repeatable.",
        show_default=False,
        rich_help_panel=_SCHEMA,
    ),
]
NoMapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--no-map",
        metavar="GLOB",
        help="Objects that are never maps; repeatable.",
        show_default=False,
        rich_help_panel=_SCHEMA,
    ),
]
MapMinKeysOption = Annotated[
    int,
    typer.Option(
        "--map-min-keys",
        metavar="N",
        help="The fewest distinct keys of a map.",
        rich_help_panel=_SCHEMA,
        min=1,
    ),
]
MapMaxPresenceOption = Annotated[
    str,
    typer.Option(
        "--map-max-presence",
        metavar="SHARE",
        help="The greatest share of its objects that a key of a map may be in.",
        rich_help_panel=_SCHEMA,
    ),
]
MapMinNewOption = Annotated[
    str,
    typer.Option(
        "--map-min-new",
        metavar="SHARE",
        help="The least share of its objects that bring a key seen nowhere else.",
        rich_help_panel=_SCHEMA,
    ),
]
MAP_MIN_KEYS = 50
MAP_MAX_PRESENCE = "20%"
MAP_MIN_NEW = "5%"


def map_policy(
    topic: TopicConfig,
    maps: Sequence[str] | None,
    not_maps: Sequence[str] | None,
    min_keys: int,
    max_presence: str,
    min_new: str,
) -> MapPolicy:
    """Put together what makes an object a map, from the options and the project file.

    Raises:
        UsageError: a share is none.

    """
    from schemagen.cli.common import share
    from schemagen.schema.maps import MapPolicy

    return MapPolicy(
        min_keys=min_keys,
        max_presence=share(max_presence, "--map-max-presence"),
        min_new=share(min_new, "--map-min-new"),
        force=[*topic.maps, *(maps or [])],
        forbid=[*topic.not_maps, *(not_maps or [])],
    )


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which records to read, as the options say; see their help."""

    files: Sequence[str] | None
    limit: int | None
    strategy: Strategy
    partitions: Sequence[int] | None
    since: str | None
    until: str | None
    timeout: float | None
    idle_timeout: float

    def source(self, topic: str, connection: Callable[[], dict[str, str]]) -> Source:
        """Open what the options name: files, or else the topic.

        Args:
            topic: the topic's name.
            connection: gives the client's configuration; not called for files.

        Raises:
            UsageError: options that make no sense together, or times that are none.
            SourceError: a file doesn't exist.

        """
        if self.files:
            from schemagen.sources.files import FileSource

            refuse(
                {"--partition": self.partitions, "--since": self.since, "--until": self.until},
                "is for topics: files have no partitions and no record times.",
                "Leave it out, or leave --from out.",
            )
            return FileSource(self.files, max_records=self.limit)
        from schemagen.sources.kafka import KafkaSource
        from schemagen.sources.times import parse_time

        return KafkaSource(
            connection(),
            topic,
            strategy=self.strategy,
            max_messages=self.limit,
            partitions=self.partitions or None,
            since=None if self.since is None else parse_time(self.since, "--since"),
            until=None if self.until is None else parse_time(self.until, "--until"),
            idle_timeout=self.idle_timeout,
            timeout=self._seconds(),
        )

    def _seconds(self) -> float | None:
        """Give the time for the whole reading: a whole topic takes as long as it takes."""
        if self.timeout is None:
            return None if self.limit is None else DEFAULT_TIMEOUT
        return self.timeout or None


def parse_limit(text: str | None, default: int | None) -> int | None:
    """Read `--max-messages`: a number, or None for all.

    Raises:
        UsageError: it is neither.

    """
    if text is None:
        return default
    if text.strip().lower() == "all":
        return None
    try:
        limit = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        limit = 0
    if limit < 1:
        raise UsageError(f"--max-messages {text!r} is no number from 1 on.", "Write 50000, or all.")
    return limit


def refuse(given: Mapping[str, Any], why: str, hint: str) -> None:
    """Refuse options that make no sense together with others.

    Args:
        given: option → its value, falsy where it wasn't given.
        why: what follows the option's name in the error.
        hint: what to do.

    Raises:
        UsageError: one of them was given.

    """
    for option, value in given.items():
        if value:
            raise UsageError(f"{option} {why}", hint)
