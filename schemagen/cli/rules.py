"""`schemagen rules`: report whether each Sigma rule can match on this topic."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from schemagen.cli.each import for_each
from schemagen.errors import EXIT_FINDINGS, InputError
from schemagen.options.common import AllOption, OutputFlags, ProjectFlags, SchemaOption, TopicOption
from schemagen.options.groups import flag, option, option_group
from schemagen.options.rules import RuleFlags, StatusFlags
from schemagen.options.sampling import FileFlags
from schemagen.options.values import refuse, share, words

if TYPE_CHECKING:
    from schemagen.workspace.files import TopicFiles
    from schemagen.workspace.topic import Workspace


class RulesFormat(StrEnum):
    """How `rules` reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@option_group("Output")
class RulesOutputFlags(OutputFlags):
    """How the command reports."""

    format: RulesFormat = option("--format", "How to report.", default=RulesFormat.TEXT)


@option_group("Options")
class ExplainFlags(FileFlags):
    """Why one rule matches one event or doesn't."""

    explain: str | None = option(
        "--explain RULE",
        "Show which conditions of a rule or correlation, by id, name or title, hold of the event.",
    )
    event: str | None = option("--event FILE:LINE", "The event that --explain looks at.")
    show_values: bool = flag("--show-values", "With --explain, show the values of the event.")


def rules(
    paths: Annotated[
        list[Path] | None,
        Argument(
            metavar="[PATH]...",
            help="Rule files and folders. [default: those of schemagen.toml]",
        ),
    ] = None,
    topic: TopicOption = None,
    schema: SchemaOption = None,
    all_topics: AllOption = False,
    chosen: RuleFlags = RuleFlags(),
    status: StatusFlags = StatusFlags(),
    reason: ExplainFlags = ExplainFlags(),
    output: RulesOutputFlags = RulesOutputFlags(),
    project: ProjectFlags = ProjectFlags(),
) -> None:
    """Report whether each Sigma rule can match on this topic, and why not.

    BOUND: it can. RARE: a field it needs is hardly ever there. NEVER: no sampled event was of its
    kind. UNFILTERED: the topic lacks a field by which it leaves events out. UNBOUND: the topic
    lacks a field it needs. TYPE-CLASH: the type of a column can't be compared. UNSUPPORTED: ksqlDB
    can't express the rule.

    \b
    Examples:
      schemagen rules
      schemagen rules rules/windows --topic wineventlogs --fail-on unbound
      schemagen rules --format markdown > rules.md
      schemagen rules --explain 'Log Cleared' --event events.ndjson:7
      schemagen rules --cost

    """
    from schemagen.workspace.topic import open_workspace, open_workspaces

    def judge(workspace: Workspace) -> None:
        _judge(workspace, paths, chosen, status, reason, output)

    if not all_topics:
        judge(open_workspace(project.config, topic, schema))
        return
    given = {"--topic": topic, "--schema": schema, "--explain": reason.explain}
    given["--format json"] = "json" if output.format is RulesFormat.JSON else None
    refuse(given, "is for one topic.", "Leave it out, or name the topic instead of --all.")
    for_each(open_workspaces(project.config), judge, output)


def _judge(
    workspace: Workspace,
    paths: list[Path] | None,
    chosen: RuleFlags,
    status: StatusFlags,
    reason: ExplainFlags,
    output: RulesOutputFlags,
) -> None:
    from schemagen.files import to_json
    from schemagen.report.correlations import (
        correlations_markdown,
        correlations_report,
        correlations_text,
    )
    from schemagen.report.costs import cost_lines, cost_report
    from schemagen.report.rules import (
        acceptance_lines,
        problem_line,
        rules_markdown,
        rules_report,
        rules_text,
    )
    from schemagen.workspace.files import load_files
    from schemagen.workspace.rules import STATUSES, bind_rules
    from schemagen.workspace.statements import statements_of
    from schemagen.workspace.stream import choose

    wanted = words(status.fail_on, "--fail-on", STATUSES)
    settings = chosen.over(workspace.topic)
    settings = replace(settings, rules=tuple(paths or settings.rules))
    files = chosen.known(load_files(workspace.having(settings)))
    if not settings.rules:
        raise InputError(
            "No rules were named.",
            "Name files or folders, or give the topic `rules` in schemagen.toml.",
        )
    if (reason.explain is None) != (reason.event is None):
        raise InputError(
            "--explain and --event go together.", "Name the rule and the event: --event FILE:LINE."
        )
    if reason.explain is not None and reason.event is not None:
        _explain(files, reason.explain, reason.event, reason, output)
        return
    refuse(reason.file_options, "is for the file of --event.", "Leave it out.")
    found = bind_rules(files, choose(files), share(status.rare, "--rare"))
    found.remember()
    problems = found.loaded.problems
    output.notes(found.remarks())
    for problem in problems:
        output.note(problem_line(problem), "yellow" if problem.remark else "red")
    output.notes(acceptance_lines(found.all, found.acceptance), "yellow")
    if output.format is RulesFormat.MARKDOWN:
        sys.stdout.write(rules_markdown(found.bound, problems))
        sys.stdout.write(correlations_markdown(found.correlations))
    elif output.format is RulesFormat.JSON:
        report = rules_report(found.bound, problems)
        report["correlations"] = correlations_report(found.correlations)
        if status.cost:
            report["cost"] = cost_report(found.bound, statements_of(files, found))
        sys.stdout.write(to_json(report))
    elif status.cost:
        output.show("\n".join(cost_lines(found.bound, statements_of(files, found))))
    else:
        output.show(rules_text(found.bound))
        output.show(correlations_text(found.correlations))
    if found.has_any(wanted):
        raise typer.Exit(EXIT_FINDINGS)


def _explain(
    files: TopicFiles, name: str, event: str, how: ExplainFlags, output: RulesOutputFlags
) -> None:
    from schemagen.files import to_json
    from schemagen.report.explanation import explanation_report, explanation_text
    from schemagen.workspace.explain import explain_event

    found = explain_event(files, name, event, how.reading(output.note))
    if output.format is RulesFormat.JSON:
        sys.stdout.write(to_json(explanation_report(found, values=how.show_values)))
    else:
        output.show(explanation_text(found, values=how.show_values))
