"""`schemagen report`: a topic on one page, for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemagen.cli.each import for_each
from schemagen.options.common import AllOption, ProjectFlags, SchemaOption, TopicArgument
from schemagen.options.report import ContentFlags, PageFlags, ReportFormat
from schemagen.options.rules import RuleFlags
from schemagen.options.values import refuse

if TYPE_CHECKING:
    from schemagen.workspace.topic import Workspace


def report(
    topic: TopicArgument = None,
    schema: SchemaOption = None,
    all_topics: AllOption = False,
    content: ContentFlags = ContentFlags(),
    chosen: RuleFlags = RuleFlags(),
    output: PageFlags = PageFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Write a topic as one HTML page: coverage, schema, sample, drift, detections.

    The page loads nothing and has no value of a message, unless --show-values asks for the alerts.
    It ends with code 0 whatever it shows: `rules` and `drift` judge.

    \b
    Examples:
      schemagen report --out report.html
      schemagen report --events events.ndjson --navigator layer.json
      schemagen report --evidence sample.evidence.json --history 'evidence/*.json'
      schemagen report --format markdown >> "$GITHUB_STEP_SUMMARY"

    """
    from schemagen.workspace.topic import open_workspace, open_workspaces

    def write(workspace: Workspace) -> None:
        _write(workspace, content, chosen, output)

    if not all_topics:
        write(open_workspace(project.config, topic, schema))
        return
    given = {"TOPIC": topic, "--schema": schema, **content.one_topic, **output.files}
    refuse(given, "is for one topic.", "Leave it out, or name the topic instead of --all.")
    for_each(open_workspaces(project.config), write, output)


def _write(
    workspace: Workspace, content: ContentFlags, chosen: RuleFlags, output: PageFlags
) -> None:
    from dataclasses import replace
    from pathlib import Path

    from schemagen.files import write_text
    from schemagen.report.page.files import companions, written_report
    from schemagen.workspace.paths import relative
    from schemagen.workspace.report import gather

    settings = chosen.over(workspace.topic)
    settings = replace(settings, rules=tuple(content.rules or settings.rules))
    inputs = content.inputs(output, values=output.show_values)
    made = gather(workspace.having(settings), inputs, output.note)
    text = written_report(made, output.format)
    files = companions(made, output.navigator, output.dettect)
    if output.format is ReportFormat.MARKDOWN and output.out is None:
        sys.stdout.write(text)
    else:
        files[output.out or Path(f"{workspace.topic.name}.report.html")] = text
    for file, written in files.items():
        write_text(file, written)
        output.note(f"Report: {relative(file)} ({len(written.encode()):,} bytes)")
