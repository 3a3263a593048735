"""Options that say what is replayed."""

from __future__ import annotations

from pathlib import Path

from schemagen.options.common import NO_CACHE
from schemagen.options.groups import flag, option, option_group
from schemagen.options.sampling import FileFlags


@option_group("Options")
class RunFlags(FileFlags):
    """What is run."""

    sql: Path | None = option(
        "--sql FILE",
        "Run the statements of this file. [default: those of the topics, `out` or stream.sql]",
    )
    events: list[str] | None = option(
        "--events FILE",
        "Show what fires on these events instead of running cases; as `infer --from`; repeatable.",
    )
    topic: str | None = option(
        "-t --topic TOPIC",
        "The topic of the --events. [default: the only one that the statements read]",
    )
    jobs: int | None = option(
        "-j --jobs N",
        "Read the --events in so many processes; the result is the same for any number. [default: "
        "1 for the first 2,000, then one per processor, 8 at most; always 1 off Linux]",
        min=1,
        max=256,
    )
    accelerator_jar: Path | None = option(
        "--accelerator-jar FILE",
        "Ask this jar of the accelerator, too: it must find what the conditions say. [default: "
        "that of this installation, if it has one and java is there]",
    )
    no_cache: bool = flag("--no-cache", NO_CACHE)
