"""A reading that several machines share: its sources, and where each machine's part goes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.profile.kind_fields import KindFinder
from schemagen.profile.paths import keys_of, render
from schemagen.sources.registry.source import RegistrySource
from schemagen.sources.shards import ShardedFiles, parse_shard
from schemagen.sources.split import load_split
from schemagen.sources.split_source import SplitSource, make_split

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from schemagen.profile.kind_fields import KindSettings
    from schemagen.profile.kinds import KindFields
    from schemagen.sources.kafka import KafkaSource
    from schemagen.sources.records import Batch, Source
    from schemagen.sources.registry.source import RegistryReading
    from schemagen.sources.split import TopicSplit

PARTS = "parts"
"""The folder of the parts, beside schemagen.toml."""


def part_file(folder: Path, topic: str, shard: str) -> Path:
    """Return the path of a shard's evidence file.

    Raises:
        InputError: there is no such shard.

    """
    return folder / f"{topic}-{parse_shard(shard).label}.evidence.json"


def open_split(  # noqa: PLR0913 - options of one reading
    file: Path | None,
    shard: str | None,
    topic: str,
    client: Mapping[str, str],
    *,
    allow_expired: bool,
    idle_timeout: float,
    timeout: float | None,
) -> SplitSource:
    """Open a split of a topic, or a shard of it.

    Args:
        file: the split file.
        shard: the shard, `I/N`; None for the whole.
        topic: the topic's name.
        client: librdkafka's properties.
        allow_expired: whether to go on where retention has deleted some of the offsets.
        idle_timeout: seconds without a record after which the reading is given up.
        timeout: seconds for the whole reading, None for no limit.

    Raises:
        InputError: no split, or one of another topic; or a shard that there isn't.

    """
    if file is None:
        raise InputError(
            "A topic is divided into shards by a split, so that all see the same offsets.",
            f"Make one first: schemagen split {topic} --out split.json. Then give it: --split "
            "split.json.",
        )
    split = load_split(file)
    if split.topic != topic:
        raise InputError(
            f"{file} is a split of topic {split.topic}, not of {topic}.",
            "Name the other topic, or give the other split.",
        )
    return SplitSource(
        client,
        split,
        None if shard is None else parse_shard(shard),
        allow_expired=allow_expired,
        idle_timeout=idle_timeout,
        timeout=timeout,
    )


def split_of(
    source: KafkaSource, client: Mapping[str, str], kinds: KindSettings, reading: RegistryReading
) -> TopicSplit:
    """Fix what the machines read of a topic, and what tells the kinds of its events.

    Each machine would find that in its own first records otherwise, and they need not agree.

    Args:
        source: the topic, and how to sample it.
        client: librdkafka's properties.
        kinds: what is said of the kinds of events; what isn't is found in the first records.
        reading: how the topic's values are read.

    Raises:
        InputError, SourceError: as `KafkaSource.batches`, or of a registry.

    """
    split = make_split(source, client)
    fields = kinds.fields
    if fields is None:
        fields = _found(kinds, reading.of(SplitSource(client, split)).batches())
    return replace(split, kind=tuple(map(render, fields)))


def shared_kinds(kinds: KindSettings, source: Source) -> KindSettings:
    """Return what tells the kinds of events in a source, the same for all who share the reading.

    Args:
        kinds: what is said of the kinds of events.
        source: what this machine reads.

    Raises:
        SourceError: the first file can't be read.

    """
    if kinds.fields is not None:
        return kinds
    if isinstance(source, RegistrySource):
        source = source.source
    if isinstance(source, ShardedFiles):
        return replace(kinds, fields=_found(kinds, source.whole.batches()))
    if isinstance(source, SplitSource) and source.kind is not None:
        return replace(kinds, fields=tuple(map(keys_of, source.kind)))
    return kinds


def _found(kinds: KindSettings, batches: Generator[Batch, None, None]) -> KindFields:
    """Return what tells kinds by the first records."""
    finder = KindFinder(kinds)
    with closing(batches):
        for batch in batches:
            if finder.take(batch):
                break
    return finder.fields()
