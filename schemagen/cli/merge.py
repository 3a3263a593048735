"""`schemagen merge`: join evidence files of parts of one topic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument

from schemagen.errors import InputError
from schemagen.options.common import ProjectFlags, ReportFlags
from schemagen.options.groups import flag, option, option_group
from schemagen.options.maps import MapFlags
from schemagen.options.sampling import max_bad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.kinds import KindFields


@option_group("Options")
class MergeFlags:
    """What is merged, and what is accepted."""

    topic: str | None = option(
        "-t --topic TOPIC", "The topic's name. [default: the one that the files name]"
    )
    schema: Path | None = option(
        "--schema FILE",
        "Write the schema to this file, and the evidence beside it. "
        "[default: schemas/TOPIC.schema.json]",
    )
    prune: bool = flag(
        "--prune", "Remove from the schema what is surely gone; without this option it is kept."
    )
    partial: bool = flag(
        "--partial", "Merge shards although some are missing; they can be merged into it later."
    )
    allow_overlap: bool = flag(
        "--allow-overlap",
        "Accept the same offsets twice, as from another cluster or a recreated topic; and shards "
        "of different divisions of the same files.",
    )
    max_bad: str | None = max_bad()


def merge(
    files: Annotated[
        list[Path],
        Argument(
            metavar="FILE...",
            help="Evidence files, as `schemagen infer` writes them, or folders of such files.",
        ),
    ],
    flags: MergeFlags = MergeFlags(),
    maps: MapFlags = MapFlags(),
    output: ReportFlags = ReportFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Join evidence of partitions, files, machines or days into one, in any order.

    Nothing is lost: evidence of all shards gives the schema and evidence that one `schemagen infer`
    over the whole would have written, to the byte. A missing shard is an error. So are parts of a
    topic that have read the same offsets, for their records would count twice.

    \b
    Examples:
      schemagen merge monday.evidence.json tuesday.evidence.json
      schemagen merge parts

    """
    from schemagen.cli.results import check_bad, write_results
    from schemagen.options.values import maybe_share
    from schemagen.profile.evidence import load_evidence, merge_evidence
    from schemagen.workspace.paths import once
    from schemagen.workspace.topic import open_workspace

    names: set[str] = set()
    told: set[KindFields] = set()

    def each() -> Iterator[Evidence]:
        for path in once(_expanded(files)):
            part = load_evidence(path)
            names.add(part.name)
            if part.profile.messages:
                told.add(part.profile.kinds.fields)
            yield part

    tolerated = maybe_share(flags.max_bad, "--max-bad")
    whole = merge_evidence(each(), "", partial=flags.partial, allow_overlap=flags.allow_overlap)
    if flags.topic is None and len(names) > 1:
        raise InputError(
            f"The files are evidence of several topics: {', '.join(sorted(names))}.",
            "Give the files of one. If all are to be one topic, name it: --topic NAME.",
        )
    workspace = open_workspace(project.config, flags.topic or min(names), flags.schema)
    whole.name = workspace.topic.name
    policy = maps.policy(workspace.topic)
    for source in whole.sources:
        if source.get("complete") is False:
            output.note(f"Not complete: {source.get('reason', 'a part is missing')}.", "yellow")
    if len(told) > 1:
        output.note(
            "The parts tell kinds of events by different fields, so the whole tells none: make "
            "them again with the same --kind.",
            "yellow",
        )
    write_results(whole, policy, output, workspace.schema_file, prune=flags.prune)
    check_bad(whole, tolerated)


def _expanded(paths: list[Path]) -> Iterator[Path]:
    """Yield the files, and those of the folders."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.glob("*.evidence.json"))
        if not found:
            raise InputError(
                f"The folder {path} has no evidence file.", "Their names end in .evidence.json."
            )
        yield from found
