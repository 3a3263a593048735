"""Options that say how a topic's statements are written; each wins over schemagen.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.choices import Integers, Layout, Matching, Quote
from schemagen.options.groups import flag, option, option_group
from schemagen.options.values import share

if TYPE_CHECKING:
    from schemagen.project import TopicConfig


@option_group("Stream")
class StreamFlags:
    """The stream that reads the topic."""

    stream: str | None = option(
        "--stream NAME", "The stream's name. [default: the topic's in upper case]"
    )
    or_replace: bool = flag("--or-replace", "Write CREATE OR REPLACE STREAM.")
    source_stream: bool = flag(
        "--source-stream", "Write CREATE SOURCE STREAM, which can only be read."
    )
    event_time: str | None = option(
        "--event-time FIELD",
        "The top-level field that holds the event time. [default: the record's time]",
    )
    unwrap: list[str] | None = option(
        "--unwrap FIELD",
        "Write a stream, too, of what the JSON texts of this field hold, typed; repeatable.",
    )
    with_: list[str] | None = option(
        "--with NAME=VALUE", "Add a property to the WITH clause, such as PARTITIONS=6; repeatable."
    )

    def over(self, topic: TopicConfig) -> TopicConfig:
        """Return what the project file says of the topic, with what the flags say."""
        return replace(
            topic,
            stream=self.stream or topic.stream,
            event_time=self.event_time or topic.event_time,
            unwrap=tuple(self.unwrap or topic.unwrap),
        )


@option_group("Columns")
class ColumnFlags:
    """Which fields become columns, and of which types."""

    integers: Integers | None = option(
        "--integers",
        "Declare integers as BIGINT, or, with `fit`, as INT where all values seen fit into 32 "
        "bits (INT wraps silently). [default: bigint]",
    )
    quote: Quote | None = option(
        "--quote", "Put back-ticks around names that need them, or all. [default: needed]"
    )
    include: list[str] | None = option(
        "--include GLOB", "Declare only these fields, such as winlog.*; repeatable."
    )
    exclude: list[str] | None = option("--exclude GLOB", "Omit these fields; repeatable.")
    min_presence: str | None = option(
        "--min-presence SHARE",
        "Omit fields present in fewer than this share of their parent objects.",
    )
    depth: int | None = option(
        "--depth N", "Declare STRUCTs to this depth; read deeper objects as JSON text.", min=1
    )

    def over(self, topic: TopicConfig) -> TopicConfig:
        """Return what the project file says of the topic, with what the flags say.

        Raises:
            InputError: the share can't be read.

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
    )
    no_rules: bool = flag("--no-rules", "Write the stream without detections.")
    layout: Layout | None = option(
        "--layout",
        "streams: an alert stream for each rule; insert: one alert stream, a query for each rule; "
        "bundle: one alert stream, few queries. [default: streams for one rule, otherwise "
        "bundle]",
    )
    matching: Matching | None = option(
        "--matching",
        "Compare texts as Sigma means it (safe), or by plain LIKE, which misses other case, line "
        "breaks and absent fields. [default: safe]",
    )
    add_missing: bool = flag(
        "--add-missing", "Declare fields that rules need but no sampled message has, as VARCHAR."
    )
    only_needed: bool = flag(
        "--only-needed", "Declare only the fields that the rules and their alerts read."
    )
    accelerator: bool = flag(
        "--accelerator",
        "Let a function of the servers evaluate the rules, from the jar of `schemagen accelerator "
        "export`; not for managed ksqlDB.",
    )
    rescue: bool = flag(
        "--rescue",
        "Write a stream, too, that keeps the records which ksqlDB drops, from its processing log.",
    )

    def over(self, topic: TopicConfig) -> TopicConfig:
        """Return what the project file says of the topic, with what the flags say."""
        return replace(
            topic,
            rules=() if self.no_rules else tuple(self.rules or topic.rules),
            rescue=self.rescue or topic.rescue,
            accelerator=self.accelerator or topic.accelerator,
            alerts=replace(
                topic.alerts,
                layout=self.layout or topic.alerts.layout,
                matching=self.matching or topic.alerts.matching,
            ),
        )
