"""`schemagen test`: run the emitted statements on sample events, in DuckDB."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemagen.cli.options import ConfigOption, NoColorOption, QuietOption
from schemagen.errors import EXIT_FINDINGS, UsageError
from schemagen.words import counted

if TYPE_CHECKING:
    from rich.console import Group

    from schemagen.cli.common import Output
    from schemagen.project import Project
    from schemagen.replay.case_files import CaseFile
    from schemagen.replay.engine import Replay
    from schemagen.replay.events import UnreadableRecord
    from schemagen.replay.results import Event

DEFAULT_SQL = "stream.sql"


class TestFormat(StrEnum):
    """How the command reports."""

    __test__ = False

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


def run_tests(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Test files, rule files or folders with both. [default: the rules of "
            "schemagen.toml]",
            show_default=False,
        ),
    ] = None,
    sql: Annotated[
        Path | None,
        typer.Option(
            "--sql",
            metavar="FILE",
            help="The emitted statements. [default: stream.sql beside schemagen.toml]",
            show_default=False,
        ),
    ] = None,
    events: Annotated[
        list[str] | None,
        typer.Option(
            "--events",
            metavar="FILE",
            help="Show what fires on these events instead of running cases; as `infer --from`; "
            "repeatable.",
            show_default=False,
        ),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic",
            "-t",
            metavar="TOPIC",
            help="The topic that --events stands for. [default: the only one that is read]",
            show_default=False,
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        TestFormat,
        typer.Option("--format", help="How to report.", rich_help_panel="Output"),
    ] = TestFormat.TEXT,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write the report to a file.",
            show_default=False,
            rich_help_panel="Output",
        ),
    ] = None,
    config: ConfigOption = None,
    quiet: QuietOption = False,
    no_color: NoColorOption = False,
    show_values: Annotated[
        bool,
        typer.Option(
            "--show-values",
            help="With --events, show the alerts themselves.",
            rich_help_panel="Output",
        ),
    ] = False,
) -> None:
    """Run the very statements that were emitted on sample events, with ksqlDB's semantics.

    The cases of a rule lie beside it in RULE.test.yml: events that must alert, and events that must
    not. Ends with code 1 when a case fails, or when a statement couldn't be run.

    \b
    Examples:
      schemagen test rules/ --sql stream.sql
      schemagen test --format junit --out report.xml
      schemagen test --events events.ndjson --sql stream.sql

    """
    from schemagen.cli.common import Output, relative
    from schemagen.cli.options import Format
    from schemagen.cli.sampling import refuse
    from schemagen.files import read_text
    from schemagen.project import load
    from schemagen.replay.engine import Replay

    if events:
        why = "is for cases, and --events shows what fires without any."
        refuse({"PATH": paths}, why, "Leave one of the two out.")
        refuse({"--format junit": format is TestFormat.JUNIT}, why, "Use --format json.")
    else:
        why = "is for --events only."
        refuse({"--topic": topic}, why, "A test file names its own: `topic: NAME`.")
        refuse({"--show-values": show_values}, why, "The events of a case stand in its file.")
    project = load(config)
    file = sql or project.root / DEFAULT_SQL
    if sql is None and not file.exists():
        raise UsageError(
            f"There is no {DEFAULT_SQL} here.",
            "Name the emitted statements: --sql FILE; `schemagen ddl --out FILE` writes them.",
        )
    replay = Replay(read_text(file), relative(file))
    voice = Output(Format.TEXT, quiet, no_color)
    if events:
        found, unreadable = _events(events, _topic(replay, topic), project.root)
        clean = _show_events(replay, found, unreadable, format, out, voice, values=show_values)
    else:
        cases = _cases(paths or _rule_paths(project), project.root)
        clean = _run_cases(replay, cases, format, out, voice)
    if not clean:
        raise typer.Exit(EXIT_FINDINGS)


def _rule_paths(project: Project) -> list[Path]:
    from schemagen.cli.common import as_named

    paths = [path for topic in project.topics.values() for path in topic.rules]
    if not paths:
        raise UsageError(
            "No rules and no test files were named.", "Name them: `schemagen test rules/`."
        )
    return [as_named(path, Path.cwd()) for path in paths]


def _cases(paths: list[Path], root: Path) -> list[CaseFile]:
    from schemagen.cli.common import as_named
    from schemagen.replay.cases import load_cases

    cases = load_cases(paths)
    if not cases:
        raise UsageError(
            f"There is no test file in {', '.join(map(str, paths))}.",
            "Cases lie beside a rule in RULE.test.yml; --events FILE needs none.",
        )
    return [replace(each, path=as_named(each.path, root)) for each in cases]


def _run_cases(
    replay: Replay, cases: list[CaseFile], format_: TestFormat, out: Path | None, voice: Output
) -> bool:
    from schemagen.replay.cases import run_cases
    from schemagen.report.replay import case_junit, case_report, case_text

    results = run_cases(replay, cases)
    if format_ is TestFormat.JUNIT:
        _write(case_junit(results, replay.labels), out)
    elif format_ is TestFormat.JSON:
        _write_json(case_report(results, replay.labels), out)
    else:
        _write_text(case_text(results, replay.labels), out, voice)
    return all(result.passed for result in results)


def _topic(replay: Replay, topic: str | None) -> str:
    """Find the topic that events stand for."""
    topics = replay.topics
    if topic is None and len(topics) != 1:
        raise UsageError(
            f"The statements read {counted(len(topics), 'topic')}: {', '.join(topics) or 'none'}.",
            "Name the one that the events are of: --topic NAME.",
        )
    if topic is not None and topic not in topics:
        raise UsageError(
            f"The statements read no topic {topic}.",
            f"They read {', '.join(topics) or 'none'}.",
        )
    return topic or topics[0]


def _events(files: list[str], topic: str, root: Path) -> tuple[list[Event], list[UnreadableRecord]]:
    from schemagen.cli.common import as_named
    from schemagen.replay.events import read_events

    found, unreadable = read_events(files, topic)
    names = {each.source for each in found} | {each.source for each in unreadable}
    named = {name: str(as_named(Path(name), root)) for name in names}
    return (
        [replace(each, source=named[each.source]) for each in found],
        [replace(each, source=named[each.source]) for each in unreadable],
    )


def _show_events(
    replay: Replay,
    events: list[Event],
    unreadable: list[UnreadableRecord],
    format_: TestFormat,
    out: Path | None,
    voice: Output,
    *,
    values: bool,
) -> bool:
    from schemagen.report.replay import event_report, event_text

    result = replay.run(events)
    if format_ is TestFormat.JSON:
        _write_json(event_report(result, unreadable, replay.labels, values=values), out)
    else:
        _write_text(event_text(result, unreadable, replay.labels, values=values), out, voice)
    return not any(finding.fatal for finding in result.findings)


def _write(text: str, out: Path | None) -> None:
    from schemagen.files import write_text

    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


def _write_json(data: Any, out: Path | None) -> None:
    from schemagen.files import to_json

    _write(to_json(data), out)


def _write_text(text: Group, out: Path | None, voice: Output) -> None:
    from schemagen.report.console import plain_text

    if out is not None:
        _write(plain_text(text), out)
    else:
        voice.show(text)
