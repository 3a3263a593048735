"""`schemagen merge`: join evidence files of parts of one topic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from schemagen.cli.options import ConfigOption, Format, FormatOption, NoColorOption, QuietOption
from schemagen.errors import UsageError


def merge(
    files: Annotated[
        list[Path], typer.Argument(help="Evidence files, as `schemagen infer` writes them.")
    ],
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic",
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
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002 - the option's name
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Join evidence of partitions, files, machines or days into one, without loss, in any order.

    Writes the schema and the evidence of the whole, the same as one `schemagen infer` over all of
    it would have written. The parts must not overlap: a record in two of them counts twice.

    \b
    Examples:
      schemagen merge monday.evidence.json tuesday.evidence.json
      schemagen merge parts/*.evidence.json --topic wineventlogs

    """
    from schemagen.cli.common import Voice, project_and_topic, schema_path
    from schemagen.cli.results import write_results
    from schemagen.profile.evidence import load_evidence, merge_evidence
    from schemagen.schema.maps import MapPolicy

    parts = [load_evidence(path) for path in files]
    names = sorted({part.name for part in parts})
    if topic is None and len(names) > 1:
        raise UsageError(
            f"The files are evidence of several topics: {', '.join(names)}.",
            "Name the topic that the whole is: --topic NAME.",
        )
    project, known = project_and_topic(config, topic or names[0])
    policy = MapPolicy(force=known.maps, forbid=known.not_maps)
    voice = Voice(format, quiet, no_color)
    write_results(
        merge_evidence(parts, known.name), policy, voice, schema_path(project, known.name, schema)
    )
