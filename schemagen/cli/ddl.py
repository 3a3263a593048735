"""`schemagen ddl`: the CREATE STREAM that reads a topic, with its proof."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemagen.choices import Integers, Layout, Matching, Quote
from schemagen.cli.options import (
    ConfigOption,
    Format,
    FormatOption,
    NoColorOption,
    QuietOption,
)
from schemagen.errors import UsageError

if TYPE_CHECKING:
    from schemagen.project import TopicConfig

_PROPERTIES = ("PARTITIONS", "REPLICAS", "RETENTION_MS", "KEY_FORMAT", "KEY_DELIMITER")
"""What a user may add to WITH: the rest follows from the topic, or would void the proof."""

_STREAM = "Stream"
_COLUMNS = "Columns"
_DETECTIONS = "Detections"


def ddl(
    topic: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOPIC]", help="The topic; by default the only one in schemagen.toml."
        ),
    ] = None,
    schema: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="The schema file. [default: schemas/TOPIC.schema.json]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write there, not to standard output.",
            show_default=False,
        ),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option(
            "--stream",
            metavar="NAME",
            help="The stream's name. [default: the topic's in upper case]",
            show_default=False,
            rich_help_panel=_STREAM,
        ),
    ] = None,
    or_replace: Annotated[
        bool,
        typer.Option("--or-replace", help="CREATE OR REPLACE STREAM.", rich_help_panel=_STREAM),
    ] = False,
    source_stream: Annotated[
        bool,
        typer.Option(
            "--source-stream",
            help="CREATE SOURCE STREAM: it can only be read.",
            rich_help_panel=_STREAM,
        ),
    ] = False,
    event_time: Annotated[
        str | None,
        typer.Option(
            "--event-time",
            metavar="FIELD",
            help="The top-level field that holds the event time.",
            show_default=False,
            rich_help_panel=_STREAM,
        ),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="NAME=VALUE",
            help="A further property of the WITH clause, such as PARTITIONS=6; repeatable.",
            show_default=False,
            rich_help_panel=_STREAM,
        ),
    ] = None,
    integers: Annotated[
        Integers | None,
        typer.Option(
            "--integers",
            help="bigint for every integer, or fit: INT where all seen fit 32 bits (INT wraps in "
            "silence). [default: bigint]",
            show_default=False,
            rich_help_panel=_COLUMNS,
        ),
    ] = None,
    quote: Annotated[
        Quote | None,
        typer.Option(
            "--quote",
            help="Back-ticks where needed, or around all names. [default: needed]",
            show_default=False,
            rich_help_panel=_COLUMNS,
        ),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include",
            metavar="GLOB",
            help="Only these fields, such as winlog.*; repeatable.",
            show_default=False,
            rich_help_panel=_COLUMNS,
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="GLOB",
            help="Without these fields; repeatable.",
            show_default=False,
            rich_help_panel=_COLUMNS,
        ),
    ] = None,
    min_presence: Annotated[
        str | None,
        typer.Option(
            "--min-presence",
            metavar="SHARE",
            help="Without fields that are in less than this share of their objects.",
            show_default=False,
            rich_help_panel=_COLUMNS,
        ),
    ] = None,
    depth: Annotated[
        int | None,
        typer.Option(
            "--depth",
            metavar="N",
            help="The deepest level of STRUCTs; deeper objects are read as their JSON text.",
            show_default=False,
            rich_help_panel=_COLUMNS,
            min=1,
        ),
    ] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            "--rules",
            metavar="PATH",
            help="Sigma rules, files or folders, to compile to detections; repeatable. "
            "[default: those of schemagen.toml]",
            show_default=False,
            rich_help_panel=_DETECTIONS,
        ),
    ] = None,
    no_rules: Annotated[
        bool,
        typer.Option(
            "--no-rules",
            help="The stream alone, whatever schemagen.toml says.",
            rich_help_panel=_DETECTIONS,
        ),
    ] = False,
    layout: Annotated[
        Layout | None,
        typer.Option(
            "--layout",
            help="streams: one for each rule; insert: one alerts stream, one query for each rule; "
            "bundle: one alerts stream, few queries. [default: streams for one rule, else bundle]",
            show_default=False,
            rich_help_panel=_DETECTIONS,
        ),
    ] = None,
    matching: Annotated[
        Matching | None,
        typer.Option(
            "--matching",
            help="safe, or like: plain LIKE, which misses other case, line breaks and missing "
            "fields. [default: safe]",
            show_default=False,
            rich_help_panel=_DETECTIONS,
        ),
    ] = None,
    add_missing: Annotated[
        bool,
        typer.Option(
            "--add-missing",
            help="Declare fields that rules need and the sample never showed, as VARCHAR.",
            rich_help_panel=_DETECTIONS,
        ),
    ] = False,
    only_needed: Annotated[
        bool,
        typer.Option(
            "--only-needed",
            help="Declare nothing but the fields that the rules and their alerts read.",
            rich_help_panel=_DETECTIONS,
        ),
    ] = False,
    config: ConfigOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002 - the option's name
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write the ksqlDB statement that reads a topic without losing a record.

    Types are the first, from narrow to VARCHAR, that keep every value seen. Under the statement
    stands the proof, and every field that was widened, left out or quoted, with the reason.

    \b
    Examples:
      schemagen ddl wineventlogs --out stream.sql
      schemagen ddl wineventlogs --stream WINLOGEVENTS --integers fit
      schemagen ddl wineventlogs --include 'winlog.*' --include '@timestamp'

    """
    from schemagen.cli.common import Output, relative
    from schemagen.cli.stream import policy_of, topic_files
    from schemagen.files import write_text
    from schemagen.ksqldb.ddl import StreamOptions, stream_ddl, stream_name_for
    from schemagen.report.statement import ddl_report

    voice = Output(format, quiet, no_color)
    files = topic_files(config, topic, schema)
    known = files.topic
    options = StreamOptions(
        name=stream or known.stream or stream_name_for(known.name),
        topic=known.name,
        event_time=event_time or known.event_time,
        properties=_properties(with_ or []),
        or_replace=or_replace,
        source=source_stream,
        caveats=files.losses,
        policy=policy_of(
            known,
            integers=integers,
            quote=quote,
            include=include,
            exclude=exclude,
            min_presence=min_presence,
            depth=depth,
        ),
    )
    found = None
    if (rules or known.rules) and not no_rules:
        from schemagen.cli.detect import DetectionOptions, detect

        wanted = DetectionOptions(
            paths=rules,
            layout=_layout_before(out, known) if layout is None else layout,
            matching=matching,
            add_missing=add_missing,
            only_needed=only_needed,
        )
        found = detect(files, options, wanted)
        made, sql = found.stream, found.sql()
        for line in found.remarks():
            voice.note(line, style="yellow" if line.startswith("Left out") else "")
    else:
        made = stream_ddl(files.shape, files.evidence, options)
        sql = made.sql()
    if out is not None:
        write_text(out, sql)
        voice.note(f"Statement: {relative(out)}")
        for line in made.comments():
            voice.note(line)
    elif format is Format.TEXT:
        sys.stdout.write(sql)
    left_out = [] if found is None else found.left_out
    voice.machine(ddl_report(made, None if out is None else relative(out), left_out))


def _layout_before(out: Path | None, topic: TopicConfig) -> Layout | None:
    """Give the layout that the file has which is about to be written again.

    One rule more or less must not change what the readers of the alerts get.
    """
    from schemagen.deploy.detections import layout_of
    from schemagen.files import read_text
    from schemagen.ksqldb.dialect import parse_script

    if out is None or not out.is_file() or topic.alerts.layout is not None:
        return None
    try:
        return layout_of(parse_script(read_text(out), str(out)))
    except UsageError:
        return None  # whatever it was, it is replaced


def _properties(given: list[str]) -> dict[str, str | int | bool]:
    """Read `NAME=VALUE` pairs for the WITH clause: numbers are no text there."""
    properties: dict[str, str | int | bool] = {}
    for pair in given:
        name, sign, value = pair.partition("=")
        if not sign or not name.strip().replace("_", "").isalnum():
            raise UsageError(f"--with {pair!r} is not NAME=VALUE.", "Write --with PARTITIONS=6.")
        if name.strip().upper() not in _PROPERTIES:
            raise UsageError(
                f"--with can't set {name.strip().upper()}.",
                f"It sets {', '.join(_PROPERTIES)}; the event time is --event-time.",
            )
        number = value.isascii() and value.isdigit()
        properties[name.strip().upper()] = int(value) if number else value
    return properties
