"""Options that divide a reading among machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemagen.options.groups import flag, option, option_group
from schemagen.options.values import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping


@option_group("Shards")
class ShardFlags:
    """Which part of a divided reading this machine reads."""

    split: Path | None = option(
        "--split FILE", "Read exactly the offsets that `schemagen split` wrote to this file."
    )
    former_split: Path | None = option("--plan", "", hidden=True)
    """What `--split` was called before 0.3; hidden, and to go with 0.4."""
    shard: str | None = option(
        "--shard I/N",
        "Read only share I of N, numbered from 0: 0/16 to 15/16. Of a topic, a share of the "
        "split's offsets; of files, every N-th whole file. Writes only evidence, for `schemagen "
        "merge`.",
    )
    parts: Path | None = option(
        "--parts FOLDER",
        "Write a shard's evidence to this folder, as TOPIC-003-of-016.evidence.json. [default: "
        "parts]",
    )
    allow_expired: bool = flag(
        "--allow-expired",
        "Count offsets of the split that retention has deleted since, instead of giving up.",
    )

    @property
    def file(self) -> Path | None:
        """The split file, by the new name of the option or by its former one."""
        return self.split or self.former_split

    def __bool__(self) -> bool:
        return self.file is not None or self.shard is not None

    def named_topic(self) -> str | None:
        """Return the topic that the split file is for, None without one.

        Raises:
            InputError: it is not a split file.

        """
        if self.file is None:
            return None
        from schemagen.sources.split import load_split

        return load_split(self.file).topic

    def refuse(self, options: Mapping[str, Any]) -> None:
        """Refuse options that a divided reading has no use for.

        Raises:
            InputError: one of them was given.

        """
        refuse({"--parts": self.parts and not self.shard}, "is for shards.", "Add --shard I/N.")
        expired = self.allow_expired and not self.file
        refuse({"--allow-expired": expired}, "is for a split.", "Add --split FILE.")
        if not self:
            return
        hint = "Leave it out; `schemagen split` takes the options that say what is read."
        given = dict(options)
        refuse(
            {"--schema": given.pop("--schema")},
            "has no meaning with --shard: a shard's evidence is only a part, without a schema.",
            "Leave it out, or name the folder for the parts: --parts FOLDER.",
        )
        # Where the reading stops would depend on what this shard alone has seen.
        stops = "--until-unseen-below"
        refuse({stops: given.pop(stops)}, "is not for a split or a shard: all of it is read.", hint)
        if self.file:
            refuse(given, "is not for a split: what is read is fixed in it.", hint)
        else:
            refuse(given, "is not for shards of files: all of them are read.", hint)
