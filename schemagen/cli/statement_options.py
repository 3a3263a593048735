"""Options that say how a topic's statements are written; each wins over schemagen.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.choices import Integers, Layout, Matching, Quote
from schemagen.cli.groups import option, option_group
from schemagen.cli.values import share

if TYPE_CHECKING:
    from schemagen.project import TopicConfig


@option_group("Stream")
class StreamFlags:
    """The stream that reads the topic."""

    stream: str | None = option(
        "--stream NAME", "The stream's name. [default: the topic's in upper case]", default=None
    )
    or_replace: bool = option("--or-replace", "Write CREATE OR REPLACE STREAM.", default=False)
    source_stream: bool = option(
        "--source-stream", "Write CREATE SOURCE STREAM, which can only be read.", default=False
    )
    event_time: str | None = option(
        "--event-time FIELD",
        "The top-level field that holds the event time. [default: the record's time]",
        default=None,
    )
    with_: list[str] | None = option(
        "--with NAME=VALUE",
        "Add a property to the WITH clause, such as PARTITIONS=6; repeatable.",
        default=None,
    )

    def over(self, topic: TopicConfig) -> TopicConfig:
        """Return what the project file says of the topic, with what the flags say."""
        return replace(
            topic,
            stream=self.stream or topic.stream,
            event_time=self.event_time or topic.event_time,
        )


@option_group("Columns")
class ColumnFlags:
    """Which fields become columns, and of which types."""

    integers: Integers | None = option(
        "--integers",
        "Declare integers as BIGINT, or, with `fit`, as INT where all values seen fit into 32 "
        "bits (INT wraps silently). [default: bigint]",
        default=None,
    )
    quote: Quote | None = option(
        "--quote",
        "Put back-ticks around names that need them, or all. [default: needed]",
        default=None,
    )
    include: list[str] | None = option(
        "--include GLOB", "Declare only these fields, such as winlog.*; repeatable.", default=None
    )
    exclude: list[str] | None = option(
        "--exclude GLOB", "Omit these fields; repeatable.", default=None
    )
    min_presence: str | None = option(
        "--min-presence SHARE",
        "Omit fields present in fewer than this share of their parent objects.",
        default=None,
    )
    depth: int | None = option(
        "--depth N",
        "Declare STRUCTs to this depth; read deeper objects as JSON text.",
        default=None,
        min=1,
    )

    def over(self, topic: TopicConfig) -> TopicConfig:
        """Return what the project file says of the topic, with what the flags say.

        Raises:
            UsageError: the share can't be read.

        """
        least = topic.min_presence
        if self.min_presence is not None:
            least = share(self.min_presence, "--min-presence")
        return replace(
            topic,
            integers=self.integers or topic.integers,
            quote=self.quote or topic.quote,
            include=tuple(self.include or topic.include),
            exclude=tuple(self.exclude or topic.exclude),
            min_presence=least,
            depth=self.depth or topic.depth,
        )


@option_group("Detections")
class DetectionFlags:
    """Which rules become detections, and how."""

    rules: list[Path] | None = option(
        "--rules PATH",
        "Compile these Sigma rules, files or folders, to detections; repeatable. [default: those "
        "of schemagen.toml]",
        default=None,
    )
    no_rules: bool = option("--no-rules", "Write the stream without detections.", default=False)
    layout: Layout | None = option(
        "--layout",
        "streams: an alert stream for each rule; insert: one alert stream, a query for each rule; "
        "bundle: one alert stream, few queries. [default: streams for one rule, otherwise "
        "bundle]",
        default=None,
    )
    matching: Matching | None = option(
        "--matching",
        "Compare texts as Sigma means it (safe), or by plain LIKE, which misses other case, line "
        "breaks and absent fields. [default: safe]",
        default=None,
    )
    add_missing: bool = option(
        "--add-missing",
        "Declare fields that rules need but no sampled message has, as VARCHAR.",
        default=False,
    )
    only_needed: bool = option(
        "--only-needed",
        "Declare only the fields that the rules and their alerts read.",
        default=False,
    )

    def over(self, topic: TopicConfig) -> TopicConfig:
        """Return what the project file says of the topic, with what the flags say."""
        return replace(
            topic,
            rules=() if self.no_rules else tuple(self.rules or topic.rules),
            alerts=replace(
                topic.alerts,
                layout=self.layout or topic.alerts.layout,
                matching=self.matching or topic.alerts.matching,
            ),
        )
