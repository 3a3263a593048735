"""`schemagen merge`: join evidence files of parts of one topic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemagen.cli.options import ConfigOption, Format, FormatOption, NoColorOption, QuietOption
from schemagen.cli.sampling import (
    MAP_MAX_PRESENCE,
    MAP_MIN_KEYS,
    MAP_MIN_NEW,
    MapMaxPresenceOption,
    MapMinKeysOption,
    MapMinNewOption,
    MapOption,
    MaxBadOption,
    NoMapOption,
    map_policy,
)
from schemagen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemagen.profile.evidence import Evidence


def merge(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Evidence files, as `schemagen infer` writes them, or folders of such files.",
        ),
    ],
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic",
            "-t",
            metavar="TOPIC",
            help="The topic's name. [default: the one that the files name]",
            show_default=False,
        ),
    ] = None,
    schema: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="The schema file to write; the evidence goes beside it. "
            "[default: schemas/TOPIC.schema.json]",
            show_default=False,
        ),
    ] = None,
    partial: Annotated[
        bool,
        typer.Option(
            "--partial",
            help="Merge shards although some are missing; they can be merged into it later.",
        ),
    ] = False,
    allow_overlap: Annotated[
        bool,
        typer.Option(
            "--allow-overlap",
            help="Take the same offsets of a topic twice: from another cluster, or from a topic "
            "that was made anew. So it takes another division of files of the same names.",
        ),
    ] = False,
    max_bad: MaxBadOption = None,
    map_paths: MapOption = None,
    no_map_paths: NoMapOption = None,
    map_min_keys: MapMinKeysOption = MAP_MIN_KEYS,
    map_max_presence: MapMaxPresenceOption = MAP_MAX_PRESENCE,
    map_min_new: MapMinNewOption = MAP_MIN_NEW,
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002 - the option's name
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Join evidence of partitions, files, machines or days into one, without loss, in any order.

    Writes the schema and the evidence of the whole. Of shards they are the same to the byte as one
    `schemagen infer` over all of it would have written; it is an error if one is missing. Parts
    of a topic that have read the same offsets are refused, for their records would count twice.

    \b
    Examples:
      schemagen merge monday.evidence.json tuesday.evidence.json
      schemagen merge parts

    """
    from schemagen.cli.common import Output, once, project_and_topic, schema_path, share
    from schemagen.cli.results import check_bad, write_results
    from schemagen.profile.evidence import load_evidence, merge_evidence

    names: set[str] = set()

    def parts() -> Iterator[Evidence]:
        for path in once(_expanded(files)):
            part = load_evidence(path)
            names.add(part.name)
            yield part

    tolerated = None if max_bad is None else share(max_bad, "--max-bad")
    whole = merge_evidence(parts(), "", partial=partial, allow_overlap=allow_overlap)
    if topic is None and len(names) > 1:
        raise UsageError(
            f"The files are evidence of several topics: {', '.join(sorted(names))}.",
            "Give the files of one. If all are to be one topic, name it: --topic NAME.",
        )
    project, known = project_and_topic(config, topic or min(names))
    whole.name = known.name
    policy = map_policy(known, map_paths, no_map_paths, map_min_keys, map_max_presence, map_min_new)
    voice = Output(format, quiet, no_color)
    for source in whole.sources:
        if source.get("complete") is False:
            voice.note(f"Not complete: {source.get('reason', 'a part is missing')}.", "yellow")
    write_results(whole, policy, voice, schema_path(project, known.name, schema))
    check_bad(whole, tolerated)


def _expanded(paths: list[Path]) -> Iterator[Path]:
    """Give the files, and those of the folders."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.glob("*.evidence.json"))
        if not found:
            raise UsageError(
                f"The folder {path} has no evidence file.", "Their names end in .evidence.json."
            )
        yield from found
