"""`schemagen rules`: can each Sigma rule work on this topic at all?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from schemagen.cli.options import ConfigOption, NoColorOption, QuietOption, RulesFormat
from schemagen.errors import EXIT_FINDINGS, UsageError


def rules(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...", help="Rule files and folders; by default those of schemagen.toml."
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic",
            "-t",
            metavar="TOPIC",
            help="The topic; by default the only one in schemagen.toml.",
            show_default=False,
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
    rare: Annotated[
        str,
        typer.Option(
            "--rare",
            metavar="SHARE",
            help="A rule that needs a field that fewer events than this have is RARE.",
        ),
    ] = "0.1%",
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="LIST",
            help="End with code 1 when a rule has one of these statuses, or `problems` when a file "
            "can't be read; such as unbound,type-clash,unsupported,problems.",
            show_default=False,
        ),
    ] = "",
    format: Annotated[  # noqa: A002 - the option's name
        RulesFormat, typer.Option("--format", help="How to report.")
    ] = RulesFormat.TEXT,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Tell of each Sigma rule whether it can work on this topic, and why not.

    BOUND it can; RARE a field it needs is hardly ever there; NEVER no sampled event was of its
    kind; UNBOUND the topic lacks a field it needs; TYPE-CLASH a column's type can't be compared;
    UNSUPPORTED ksqlDB can't express it.

    \b
    Examples:
      schemagen rules
      schemagen rules rules/windows --topic wineventlogs --fail-on unbound
      schemagen rules --format markdown > rules.md

    """
    from schemagen.cli.common import Output, share
    from schemagen.cli.options import Format
    from schemagen.cli.stream import bind_rules, policy_of, topic_files
    from schemagen.ksqldb.choose import choose_columns
    from schemagen.report.rules import (
        group_tables,
        problem_line,
        rules_markdown,
        rules_report,
        rules_table,
        totals,
    )
    from schemagen.words import counted

    wanted = _statuses(fail_on)
    machine = Format.JSON if format is RulesFormat.JSON else Format.TEXT
    voice = Output(machine, quiet, no_color)
    files = topic_files(config, topic, schema)
    if not paths and not files.topic.rules:
        raise UsageError(
            "No rules were named.",
            "Name files or folders, or give the topic `rules` in schemagen.toml.",
        )
    columns = choose_columns(files.shape, policy_of(files.topic), files.evidence).columns
    result = bind_rules(files, columns, paths, rare=share(rare, "--rare"))
    problems = result.loaded.problems
    for problem in problems:
        voice.note(problem_line(problem), style="yellow" if problem.remark else "red")
    if format is RulesFormat.MARKDOWN:
        sys.stdout.write(rules_markdown(result.bound, problems))
    elif format is RulesFormat.TEXT:
        voice.show(rules_table(result.bound))
        for table in group_tables(result.bound):
            voice.show("")
            voice.show(table)
        counts = ", ".join(f"{n:,} {status}" for status, n in totals(result.bound).items() if n)
        voice.show(f"\n{counted(len(result.bound), 'rule')}: {counts}" if counts else "No rules.")
    voice.machine(rules_report(result.bound, problems))
    failed = any(str(bound.status).lower() in wanted for bound in result.bound)
    if failed or ("problems" in wanted and result.loaded.errors):
        raise typer.Exit(EXIT_FINDINGS)


def _statuses(text: str) -> set[str]:
    """Read `--fail-on`."""
    from schemagen.detections.bound import Status

    wanted = {word.strip().lower() for word in text.split(",") if word.strip()}
    known = {str(status).lower() for status in Status} | {"problems"}
    unknown = wanted - known
    if unknown:
        raise UsageError(
            f"--fail-on does not know {', '.join(sorted(unknown))}.",
            f"It knows {', '.join(sorted(known))}.",
        )
    return wanted
