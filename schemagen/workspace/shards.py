"""A reading that several machines share: its sources, and where each machine's part goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.sources.shards import parse_shard
from schemagen.sources.split import load_split
from schemagen.sources.split_source import SplitSource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
