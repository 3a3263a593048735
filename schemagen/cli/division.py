"""What `infer` does to read a split, or a shard of a split or of files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemagen.cli import sampling
from schemagen.errors import UsageError
from schemagen.sources.shards import ShardedFiles, parse_shard
from schemagen.sources.split import load_split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.project import Project
    from schemagen.sources.split_source import SplitSource

PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Division:
    """The options that divide a reading, as they were given: see `schemagen.cli.sampling`."""

    split: Path | None
    shard: str | None
    parts: Path | None
    allow_expired: bool

    def __bool__(self) -> bool:
        return self.split is not None or self.shard is not None

    def refuse(self, options: Mapping[str, Any]) -> None:
        """Refuse options that a divided reading has no use for.

        Raises:
            UsageError: one of them was given.

        """
        sampling.refuse(
            {"--parts": self.parts and not self.shard}, "is for shards.", "Add --shard I/N."
        )
        sampling.refuse(
            {"--allow-expired": self.allow_expired and not self.split},
            "is for a split.",
            "Add --split FILE.",
        )
        if not self:
            return
        hint = "Leave it out; `schemagen split` takes the options that say what is read."
        given = dict(options)
        sampling.refuse(
            {"--schema": given.pop("--schema")},
            "has no meaning with --shard: a shard's evidence is but a part, without a schema.",
            "Leave it out, or name the folder for the parts: --parts FOLDER.",
        )
        # Where the reading stops would depend on what this shard alone has seen.
        stops = "--until-unseen-below"
        sampling.refuse(
            {stops: given.pop(stops)}, "is not for a split or a shard: all of it is read.", hint
        )
        if self.split:
            sampling.refuse(given, "is not for a split: what is read is fixed in it.", hint)
        else:
            sampling.refuse(given, "is not for shards of files: all of them are read.", hint)

    def part(self, project: Project, topic: str) -> Path | None:
        """Give the path of the shard's evidence file, None for no shard."""
        if self.shard is None:
            return None
        name = f"{topic}-{parse_shard(self.shard).label}.evidence.json"
        return (self.parts or project.root / PARTS) / name

    def files(self, paths: Sequence[str]) -> ShardedFiles:
        """Make the source of a shard of files.

        Raises:
            UsageError: a split, which files have no use for; or a shard that there isn't.
            SourceError: a path doesn't exist, or a folder has no file to read.

        """
        sampling.refuse(
            {"--split": self.split},
            "is for topics, not for files.",
            "Leave it out, or leave --from out.",
        )
        return ShardedFiles(paths, parse_shard(self.shard or ""))

    def topic(
        self, name: str, client: Mapping[str, str], *, idle_timeout: float, timeout: float | None
    ) -> SplitSource:
        """Make the source of a split, or of a shard of it.

        Args:
            name: the topic's name.
            client: librdkafka properties.
            idle_timeout: seconds without a record after which the reading is given up.
            timeout: seconds for the whole reading, None for no limit.

        Raises:
            UsageError: no split, or one of another topic; or a shard that there isn't.

        """
        if self.split is None:
            raise UsageError(
                "A topic is divided into shards by a split, so that all see the same offsets.",
                f"Make one first: schemagen split {name} --out split.json. Then give it: --split "
                "split.json.",
            )
        from schemagen.sources.split_source import SplitSource

        split = load_split(self.split)
        if split.topic != name:
            raise UsageError(
                f"{self.split} is a split of topic {split.topic}, not for {name}.",
                "Name the other topic, or give the other split.",
            )
        return SplitSource(
            client,
            split,
            None if self.shard is None else parse_shard(self.shard),
            allow_expired=self.allow_expired,
            idle_timeout=idle_timeout,
            timeout=timeout,
        )


def split_topic(split: Path | None) -> str | None:
    """Return the topic that a split file is for, None without one.

    Raises:
        UsageError: it is not a split file.

    """
    return None if split is None else load_split(split).topic
