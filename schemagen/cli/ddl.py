"""`schemagen ddl`: the CREATE STREAM that reads a topic, with its proof and its detections."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from schemagen.cli.options import (
    Format,
    ProjectFlags,
    ReportFlags,
    SchemaOption,
    TopicArgument,
)
from schemagen.cli.rule_options import RuleFlags
from schemagen.cli.statement_options import ColumnFlags, DetectionFlags, StreamFlags
from schemagen.errors import EXIT_FINDINGS
from schemagen.option_groups import option, option_group
from schemagen.words import counted, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.deploy.detections import ScriptDetection

_FEWER = "fewer"
_NAMED = 5
"""How many detections a message names."""


@option_group("Output")
class DdlOutputFlags(ReportFlags):
    """Where the statements go."""

    out: Path | None = option(
        "-o --out FILE", "Write the statements to this file, not to standard output."
    )
    fail_on: str = option(
        "--fail-on LIST",
        "Write nothing and end with code 1 when a rule has one of these statuses, with `problems` "
        "when a rule file can't be read, with `fewer` when FILE holds detections that would not be "
        "written any more; such as fewer,unbound,unsupported.",
        default="",
        show_default=False,
    )

    def failing(self) -> set[str]:
        """Return what nothing is written for: statuses in lower case, `problems` and `fewer`.

        Raises:
            UsageError: there is no such word.

        """
        if not self.fail_on:
            return set()
        from schemagen.cli.values import words
        from schemagen.workspace.rules import STATUSES

        return words(self.fail_on, "--fail-on", [*STATUSES, _FEWER])


def ddl(
    topic: TopicArgument = None,
    schema: SchemaOption = None,
    stream: StreamFlags = StreamFlags(),
    columns: ColumnFlags = ColumnFlags(),
    detections: DetectionFlags = DetectionFlags(),
    rules: RuleFlags = RuleFlags(),
    output: DdlOutputFlags = DdlOutputFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Write the ksqlDB statement that reads a topic without losing a record.

    Each type is the first, from narrow to VARCHAR, that keeps every value seen. The proof stands
    under the statement, and with it every field that was widened, left out or quoted, and why.

    \b
    Examples:
      schemagen ddl wineventlogs --out stream.sql
      schemagen ddl wineventlogs --stream WINLOGEVENTS --integers fit
      schemagen ddl wineventlogs --include 'winlog.*' --include '@timestamp'

    """
    from schemagen.files import write_text
    from schemagen.report.statement import ddl_report
    from schemagen.workspace.event_time import proposed_event_time
    from schemagen.workspace.files import load_files
    from schemagen.workspace.paths import relative
    from schemagen.workspace.stream import declare, stream_options, with_properties
    from schemagen.workspace.topic import open_workspace
    from schemagen.workspace.written import dropped_detections, statements_in

    wanted = output.failing()
    workspace = open_workspace(project.config, topic, schema)
    settings = rules.over(detections.over(columns.over(stream.over(workspace.topic))))
    files = load_files(workspace.having(settings))
    options = stream_options(
        files,
        with_properties(stream.with_ or []),
        or_replace=stream.or_replace,
        source=stream.source_stream,
    )
    found = None
    if settings.rules:
        from schemagen.workspace.statements import detect
        from schemagen.workspace.written import keeping_layout

        found = detect(
            replace(files, topic=keeping_layout(settings, output.out)),
            options,
            missing=detections.add_missing,
            only_needed=detections.only_needed,
        )
    made = declare(files, options) if found is None else found.stream
    sql = made.sql() if found is None else found.sql()
    fewer = dropped_detections(statements_in(output.out), [] if found is None else found.statements)
    if fewer:
        output.note(_fewer(fewer, relative(output.out or Path())), "bold red")
    if (fewer and _FEWER in wanted) or (found is not None and found.rules.has_any(wanted)):
        output.notes([] if found is None else found.remarks(), "yellow")
        output.note("Nothing was written (--fail-on).", "bold red")
        raise typer.Exit(EXIT_FINDINGS)
    if output.out is not None:
        write_text(output.out, sql)
    elif output.format is Format.TEXT:
        sys.stdout.write(sql)
    for line in [] if found is None else found.remarks():
        output.note(line, style="yellow" if line.startswith("Left out") else "")
    out = None if output.out is None else relative(output.out)
    if out is not None:
        output.notes([f"Statement: {out}", *made.comments()])
    proposed = None if options.event_time else proposed_event_time(made.columns.fields, files.shape)
    if proposed:
        output.note(
            f"{proposed} is a time in every message: --event-time {proposed} makes it the time of "
            "the stream's rows."
        )
    output.machine(ddl_report(made, out, [] if found is None else found.left_out, fewer))


def _fewer(fewer: Sequence[ScriptDetection], file: str) -> str:
    names = ", ".join(printable(each.name) for each in fewer[:_NAMED])
    rest = f" and {len(fewer) - _NAMED:,} more" if len(fewer) > _NAMED else ""
    return f"{file} loses {counted(len(fewer), 'detection')} that it holds now: {names}{rest}."
