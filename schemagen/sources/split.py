"""A split: which offsets of a topic to read, fixed once for all who share the work.

Machines that each asked the cluster themselves would see other watermarks, and a record that
arrives in between would be read twice or never. So one asks, writes the answer down, and all divide
that (`schemagen.sources.shards.divide`).

A split holds whole, half-open ranges of offsets, and every record in them is read. Offsets are not
a count of records: a split for 10,000 records of a topic with holes (compaction, transactions)
finds fewer, because no shard knows what the others found and could make up for a hole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schemagen import __version__
from schemagen.errors import InputError
from schemagen.files import read_json, to_json, write_text
from schemagen.sources.sampling import joined
from schemagen.sources.shards import Ranges, divide, fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.sources.sampling import SampleLayout, Watermarks
    from schemagen.sources.shards import Shard

FORMAT = 1
"""The version of the file's form; a reader refuses a newer one."""

_PARTITION = re.compile(r"0|[1-9]\d{0,9}")
_STRATEGIES = ("all", "spread", "head", "tail")


@dataclass(frozen=True)
class TopicSplit:
    """What to read of a topic.

    Attributes:
        topic: its name.
        topic_id: the id that the cluster gave it when it was made, None where the cluster has none:
            a topic that was deleted and created again has another.
        strategy: `all`, or how the sample is spread: `spread`, `head` or `tail`.
        max_messages: how many records the sample was to have, None for all.
        since, until: the times that it was limited to, ISO 8601, None for no limit.
        watermarks: the offsets that there were, of all partitions that were to be read.
        ranges: the offsets to read, of the partitions that have some.
        kind: the fields that tell the kinds of its events, by their paths: found once, for all who
            share the work; None where the split doesn't say.

    """

    topic: str
    topic_id: str | None
    strategy: str
    max_messages: int | None
    since: str | None
    until: str | None
    watermarks: Watermarks
    ranges: Ranges
    kind: tuple[str, ...] | None = None

    @cached_property
    def fingerprint(self) -> str:
        """A short name of the split, the same for splits that say the same."""
        return fingerprint(to_json(self._content(), sort_keys=True))

    @property
    def offsets(self) -> int:
        """How many offsets there are to read."""
        return sum(end - start for spans in self.ranges.values() for start, end in spans)

    def share(self, shard: Shard | None) -> Ranges:
        """Return the ranges that a shard reads, or all of them."""
        return dict(self.ranges) if shard is None else divide(self.ranges, shard)

    def to_json(self) -> dict[str, Any]:
        """Return the split as JSON-ready values."""
        return {"schemagen": {"version": __version__, "split": FORMAT}, **self._content()}

    def _content(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "topic_id": self.topic_id,
            "strategy": self.strategy,
            "max_messages": self.max_messages,
            "since": self.since,
            "until": self.until,
            **({} if self.kind is None else {"kind": list(self.kind)}),
            "partitions": {
                str(number): {
                    "low": low,
                    "high": high,
                    "ranges": [list(span) for span in self.ranges.get(number, [])],
                }
                for number, (low, high) in sorted(self.watermarks.items())
            },
        }


def ranges_of(sample: SampleLayout) -> Ranges:
    """Turn a sample's blocks into ranges: of each block as many offsets as it asks for records."""
    spans: Ranges = {}
    for block in sample.blocks:
        spans.setdefault(block.partition, []).append((block.start, block.start + block.budget))
    return {
        partition: [(start, end) for start, end in joined(ranges)]
        for partition, ranges in spans.items()
    }


def save_split(path: Path, split: TopicSplit) -> None:
    """Write a split file.

    Raises:
        InputError: it can't be written.

    """
    write_text(path, to_json(split.to_json()))


def load_split(path: Path) -> TopicSplit:
    """Read a split file, also one of a version before 0.3, which called it a plan.

    Raises:
        InputError: it can't be read, is not a split, or has a newer form.

    """
    data = read_json(path)
    try:
        header = data["schemagen"]
        form = header["split"] if "split" in header else header["plan"]
        if form != FORMAT:
            raise InputError(
                f"{path} has the split form {form}, this version reads form {FORMAT}.",
                "Make it again with `schemagen split`, or use the version that wrote it.",
            )
        partitions = {_number(name): entry for name, entry in data["partitions"].items()}
        watermarks = {number: _span(entry) for number, entry in partitions.items()}
        return TopicSplit(
            topic=_text(data["topic"]),
            topic_id=_text_or_none(data["topic_id"]),
            strategy=_one_of(data["strategy"], _STRATEGIES),
            max_messages=None if data["max_messages"] is None else _whole(data["max_messages"]),
            since=_text_or_none(data["since"]),
            until=_text_or_none(data["until"]),
            watermarks=watermarks,
            ranges={
                number: ranges
                for number, entry in partitions.items()
                if (ranges := _ranges(entry["ranges"], watermarks[number]))
            },
            kind=tuple(map(_text, data["kind"])) if "kind" in data else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{path} is not a split file of schemagen.",
            "`schemagen split TOPIC --out FILE` makes one.",
        ) from error


def _ranges(data: Any, within: tuple[int, int]) -> list[tuple[int, int]]:
    """Read ranges that are sorted, disjoint, not empty and within the watermarks."""
    position, high = within
    ranges = []
    for start, end in data:
        if not position <= _whole(start) < _whole(end) <= high:
            raise ValueError(data)
        ranges.append((start, end))
        position = end
    return ranges


def _span(entry: Any) -> tuple[int, int]:
    low, high = _whole(entry["low"]), _whole(entry["high"])
    if low > high:
        raise ValueError(entry)
    return low, high


def _number(name: str) -> int:
    if not _PARTITION.fullmatch(name):
        raise ValueError(name)
    return int(name)


def _whole(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise TypeError(number)
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _one_of(value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(value)
    return _text(value)
