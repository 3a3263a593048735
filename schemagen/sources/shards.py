"""Shards: work that is divided over machines, so that each reads its own part of one whole.

Shards are numbered from 0, as Kubernetes numbers the pods of an indexed Job. Which shard reads what
depends on the number of shards and on the whole alone, which every shard must know to the letter:
a topic's split (`schemagen.sources.split`), or a list of files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from schemagen.errors import InputError
from schemagen.sources.files import FileReading, FileSource
from schemagen.sources.opening import STANDARD_INPUT, display_name

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from schemagen.sources.records import Batch

Ranges = dict[int, list[tuple[int, int]]]
"""Partition → half-open ranges of offsets, sorted and disjoint."""

MAX_SHARDS = 100_000
_SHARD = re.compile(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*")
_FINGERPRINT = 16
_AS_THEY_ARE = FileReading()


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several equal parts.

    Attributes:
        index: its number, from 0 to `of - 1`.
        of: how many there are.

    """

    index: int
    of: int

    @property
    def label(self) -> str:
        """Its name within a file's name: `003-of-016`."""
        width = max(3, len(str(self.of)))
        return f"{self.index:0{width}}-of-{self.of:0{width}}"

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


def parse_shard(text: str) -> Shard:
    """Read `3/16`: the shard number 3 of 16, which are numbered from 0 to 15.

    Raises:
        InputError: it has another form, or there is no such shard.

    """
    matched = _SHARD.fullmatch(text)
    if not matched:
        raise InputError(
            f"--shard {text!r} is not a shard.", "Write its number, from 0 on, of how many: 0/16."
        )
    shard = Shard(int(matched[1]), int(matched[2]))
    if not 1 <= shard.of <= MAX_SHARDS:
        raise InputError(f"--shard {text!r}: there can be 1 to {MAX_SHARDS:,} shards.")
    if shard.index >= shard.of:
        raise InputError(
            f"--shard {text!r}: there is no such shard.",
            f"Shards are numbered from 0: the last of {shard.of} is {shard.of - 1}/{shard.of}.",
        )
    return shard


def fingerprint(text: str) -> str:
    """Return a short name for what a text says, the same on every machine."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_FINGERPRINT]


def files_fingerprint(names: Iterable[str]) -> str:
    """Return the short name of a list of files, by their names in order."""
    return fingerprint("\0".join(names))


def divide(ranges: Mapping[int, Sequence[tuple[int, int]]], shard: Shard) -> Ranges:
    """Return a shard's share of ranges of offsets.

    All offsets, by partition and in order, are one row that is cut into equal parts: so a shard
    reads from few partitions, and the shares are alike whatever the sizes of the partitions are.

    Args:
        ranges: partition → half-open ranges, sorted and disjoint.
        shard: which part to give. Where there are more shards than offsets some are empty.

    """
    flat = [
        (partition, *span) for partition, spans in sorted(ranges.items()) for span in sorted(spans)
    ]
    total = sum(end - start for _, start, end in flat)
    first, last = (total * number // shard.of for number in (shard.index, shard.index + 1))
    share: Ranges = {}
    passed = 0
    for partition, start, end in flat:
        own = max(start, start + first - passed), min(end, start + last - passed)
        if own[0] < own[1]:
            share.setdefault(partition, []).append(own)
        passed += end - start
    return share


class ShardedFiles:
    """A shard's share of a list of files; a `schemagen.sources.records.Source`.

    Files are read whole, for a record's place is the number of its line: the shard number i of n
    reads the i-th file, the (i + n)-th and so on.

    Args:
        paths: as `FileSource` takes them, the same for every shard.
        shard: which files to read.
        reading: how the files are read.

    Attributes:
        whole: all of the files, for what every shard must find alike.

    Raises:
        InputError: standard input, which can't be divided.
        SourceError: a path doesn't exist, or a folder has no file to read.

    """

    def __init__(
        self, paths: Sequence[str], shard: Shard, reading: FileReading = _AS_THEY_ARE
    ) -> None:
        if STANDARD_INPUT in paths:
            raise InputError(
                "Standard input can't be divided into shards.", "Name files or folders."
            )
        whole = FileSource(paths)
        self._shard = shard
        self._skipped = whole.skipped
        self._names = [display_name(path) for path in whole.paths]
        self._own = FileSource(whole.paths[shard.index :: shard.of], reading=reading)
        self.whole = FileSource(whole.paths, reading=replace(reading, on_remark=None))

    def batches(self) -> Generator[Batch, None, None]:
        """Yield the records once.

        Raises:
            SourceError: a file can't be read, or ends where it shouldn't.

        """
        return self._own.batches()

    def share_read(self) -> float | None:
        """Return the share of the files that has been read."""
        return self._own.share_read()

    def provenance(self) -> dict[str, Any]:
        """Return what was read: as `FileSource`, with all files of all shards.

        `records` is missing where a file is another shard's; `shards` tells which this one is
        (`schemagen.sources.provenance`).
        """
        own = self._own.provenance()
        files: list[dict[str, Any]] = [{"path": name} for name in self._names]
        for file, read in zip(
            files[self._shard.index :: self._shard.of], own["files"], strict=True
        ):
            file.update(read)
        return {
            "kind": "files",
            "files": files,
            "skipped": self._skipped,
            "complete": own["complete"],
            "shards": {
                "plan": files_fingerprint(self._names),
                "of": self._shard.of,
                "read": [self._shard.index],
            },
        }
