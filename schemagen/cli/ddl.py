"""`schemagen ddl`: the CREATE STREAM that reads a topic, with its proof and its detections."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from schemagen.cli.each import for_each
from schemagen.errors import EXIT_FINDINGS
from schemagen.options.common import (
    AllOption,
    Format,
    ProjectFlags,
    ReportFlags,
    SchemaOption,
    TopicArgument,
)
from schemagen.options.groups import option, option_group
from schemagen.options.rules import RuleFlags
from schemagen.options.statements import ColumnFlags, DetectionFlags, StreamFlags
from schemagen.options.values import refuse

if TYPE_CHECKING:
    from schemagen.workspace.topic import Workspace


@option_group("Output")
class DdlOutputFlags(ReportFlags):
    """Where the statements go."""

    out: Path | None = option(
        "-o --out FILE",
        "Write the statements to this file, or, without an ending such as .sql, as files of a "
        "folder; - for standard output. [default: `out` of schemagen.toml, otherwise standard "
        "output]",
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
            InputError: there is no such word.

        """
        if not self.fail_on:
            return set()
        from schemagen.options.values import words
        from schemagen.workspace.rules import STATUSES
        from schemagen.workspace.script import FEWER

        return words(self.fail_on, "--fail-on", [*STATUSES, FEWER])

    def file(self, workspace: Workspace) -> Path | None:
        """Return the file to write, None for standard output."""
        named = self.out or workspace.topic.out
        return None if str(named) == "-" else named


def ddl(
    topic: TopicArgument = None,
    schema: SchemaOption = None,
    all_topics: AllOption = False,
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
    from schemagen.workspace.topic import open_workspace, open_workspaces

    def write(workspace: Workspace) -> None:
        settings = rules.over(detections.over(columns.over(stream.over(workspace.topic))))
        _write(workspace.having(settings), stream, detections, rules, output)

    if not all_topics:
        write(open_workspace(project.config, topic, schema))
        return
    given = {"TOPIC": topic, "--schema": schema, "--stream": stream.stream, "--out": output.out}
    given["--format json"] = "json" if output.format is Format.JSON else None
    refuse(given, "is for one topic.", "Leave it out: schemagen.toml has `out` for each.")
    for_each(open_workspaces(project.config), write, output)


def _write(
    workspace: Workspace,
    stream: StreamFlags,
    detections: DetectionFlags,
    rules: RuleFlags,
    output: DdlOutputFlags,
) -> None:
    from schemagen.report.fields import field_rows
    from schemagen.report.statement import ddl_report, fewer_line
    from schemagen.report.tree import wide_line
    from schemagen.workspace.files import load_files
    from schemagen.workspace.paths import relative
    from schemagen.workspace.script import make_script
    from schemagen.workspace.stream import stream_options, with_properties

    wanted = output.failing()
    out = output.file(workspace)
    shown = None if out is None else relative(out)
    files = rules.known(load_files(workspace))
    options = stream_options(
        files,
        with_properties(stream.with_ or []),
        or_replace=stream.or_replace,
        source=stream.source_stream,
    )
    made = make_script(
        files, options, out, missing=detections.add_missing, only_needed=detections.only_needed
    )
    if made.fewer:
        output.note(fewer_line(made.fewer, shown or ""), "bold red")
    if made.has_any(wanted):
        output.notes(made.remarks(), "yellow")
        output.note("Nothing was written (--fail-on).", "bold red")
        raise typer.Exit(EXIT_FINDINGS)
    if out is not None:
        made.write(out)
    elif output.format is Format.TEXT:
        sys.stdout.write(made.sql())
    for line in made.remarks():
        output.note(line, style="yellow" if line.startswith("Left out") else "")
    if out is not None:
        output.notes([f"Statement: {shown}", *made.stream.comments()])
    output.notes(made.folder_lines(out))
    wide = None if workspace.topic.depth else wide_line(field_rows(files.shape, {}))
    if wide:
        output.note(wide)
    if made.event_time:
        output.note(
            f"{made.event_time} is a time in every message: --event-time {made.event_time} makes "
            "it the time of the stream's rows."
        )
    output.machine(ddl_report(made.stream, shown, made.left_out, made.fewer))
