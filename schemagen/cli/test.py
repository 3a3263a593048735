"""`schemagen test`: run the emitted statements on sample events, in DuckDB."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from schemagen.errors import EXIT_FINDINGS
from schemagen.options.common import OutputFlags, ProjectFlags
from schemagen.options.groups import flag, option, option_group
from schemagen.options.replay import RunFlags
from schemagen.options.values import refuse

if TYPE_CHECKING:
    from rich.console import Group

    from schemagen.deploy.labels import RuleLabel
    from schemagen.project import Project
    from schemagen.replay.cases import CaseResult


class TestFormat(StrEnum):
    """How the command reports."""

    __test__ = False

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


@option_group("Output")
class TestOutputFlags(OutputFlags):
    """How the command reports."""

    __test__ = False

    format: TestFormat = option("--format", "How to report.", default=TestFormat.TEXT)
    out: Path | None = option("-o --out FILE", "Write the report to this file.")
    show_values: bool = flag("--show-values", "With --events, show the alerts themselves.")

    def write(self, report: str | Group) -> None:
        """Write a report to the file, or to standard output."""
        from schemagen.files import write_text
        from schemagen.report.console import plain_text

        if self.out is not None:
            write_text(self.out, report if isinstance(report, str) else plain_text(report))
        elif isinstance(report, str):
            sys.stdout.write(report)
        else:
            self.show(report)


def run_tests(
    paths: Annotated[
        list[Path] | None,
        Argument(
            metavar="[PATH]...",
            help="Test files, rule files or folders with both. [default: the rules of "
            "schemagen.toml]",
        ),
    ] = None,
    run: RunFlags = RunFlags(),
    output: TestOutputFlags = TestOutputFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Run the emitted statements on sample events, with ksqlDB's semantics.

    The cases of a rule lie beside it in RULE.test.yml: events that must alert, and events that must
    not. The command ends with code 1 when a case fails or a statement can't be run.

    \b
    Examples:
      schemagen test rules/ --sql stream.sql
      schemagen test --format junit --out report.xml
      schemagen test --events events.ndjson --sql stream.sql
      schemagen test --events Security.evtx

    """
    from schemagen.project import load

    if run.events:
        why = "is for cases, and --events shows what fires without any."
        refuse({"PATH": paths}, why, "Leave one of the two out.")
        refuse({"--format junit": output.format is TestFormat.JUNIT}, why, "Use --format json.")
        clean = _show_events(run, run.events, load(project.config), output)
    else:
        why = "is for --events only."
        refuse(run.file_options, why, "Leave it out.")
        refuse({"--jobs": run.jobs}, why, "Cases are few.")
        refuse({"--topic": run.topic}, why, "A test file names its own: `topic: NAME`.")
        refuse({"--show-values": output.show_values}, why, "The events of a case are in its file.")
        clean = _run_cases(run, paths, load(project.config), output)
    if not clean:
        raise typer.Exit(EXIT_FINDINGS)


def _run_cases(
    run: RunFlags, paths: list[Path] | None, project: Project, output: TestOutputFlags
) -> bool:
    from schemagen.files import to_json
    from schemagen.replay.cases import run_cases
    from schemagen.report.replay import case_junit, case_report, case_text
    from schemagen.workspace.replay import (
        cases_in,
        only_file,
        open_replay,
        rules_for,
        statement_files,
    )

    if paths or run.sql:
        named = only_file(project, run.sql)
        todo = [(named, paths or rules_for(project, None))]
    else:
        todo = [(file, rules_for(project, file)) for file in statement_files(project)]
    results: list[CaseResult] = []
    labels: dict[str, RuleLabel] = {}
    for file, rules in todo:
        replay = open_replay(file, run.accelerator_jar, cached=not run.no_cache)
        results += run_cases(replay, cases_in(project, rules))
        labels |= replay.labels
    if not results:
        output.note(
            "There is no case yet: cases lie beside a rule in RULE.test.yml. --events FILE shows "
            "what fires without any."
        )
    if output.format is TestFormat.JUNIT:
        output.write(case_junit(results, labels))
    elif output.format is TestFormat.JSON:
        output.write(to_json(case_report(results, labels)))
    else:
        output.write(case_text(results, labels))
    return all(result.passed for result in results)


def _show_events(
    run: RunFlags, files: list[str], project: Project, output: TestOutputFlags
) -> bool:
    from schemagen.files import to_json
    from schemagen.report.replay import event_report, event_text
    from schemagen.sources.files import FileSource
    from schemagen.workspace.replay import only_file, open_replay, run_files, topic_of

    file = only_file(project, run.sql, run.topic)
    replay = open_replay(file, run.accelerator_jar, cached=not run.no_cache)
    topic, source = topic_of(replay, run.topic), FileSource(files, reading=run.reading(output.note))
    result, unreadable = run_files(replay, source, topic, project.root, run.jobs)
    values = output.show_values
    if output.format is TestFormat.JSON:
        output.write(to_json(event_report(result, unreadable, replay.labels, values=values)))
    else:
        output.write(event_text(result, unreadable, replay.labels, values=values))
    return not any(finding.fatal for finding in result.findings)
