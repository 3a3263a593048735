"""`schemagen test`: run the emitted statements on sample events, in DuckDB."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemagen.cli.options import ConfigOption, NoColorOption, QuietOption
from schemagen.errors import EXIT_FINDINGS, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.cli.common import Voice
    from schemagen.project import Project
    from schemagen.replay.engine import Replay

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
    from schemagen.cli.common import Voice
    from schemagen.cli.options import Format
    from schemagen.files import read_text
    from schemagen.project import load
    from schemagen.replay.engine import Replay

    project = load(config)
    file = sql or project.root / DEFAULT_SQL
    if sql is None and not file.exists():
        raise UsageError(
            f"There is no {DEFAULT_SQL} here.",
            "Name the emitted statements: --sql FILE; `schemagen ddl --out FILE` writes them.",
        )
    replay = Replay(read_text(file), str(file))
    voice = Voice(Format.TEXT, quiet, no_color)
    if events:
        if format is TestFormat.JUNIT:
            raise UsageError("--format junit is for cases, not for --events.", "Use json.")
        clean = _show_events(replay, events, topic, format, out, voice, values=show_values)
    else:
        clean = _run_cases(replay, paths or _rule_paths(project), format, out, voice)
    if not clean:
        raise typer.Exit(EXIT_FINDINGS)


def _rule_paths(project: Project) -> list[Path]:
    paths = [path for topic in project.topics.values() for path in topic.rules]
    if not paths:
        raise UsageError(
            "No rules and no test files were named.", "Name them: `schemagen test rules/`."
        )
    return paths


def _run_cases(
    replay: Replay, paths: list[Path], format_: TestFormat, out: Path | None, voice: Voice
) -> bool:
    from schemagen.replay.cases import load_cases, run_cases
    from schemagen.report.replay import case_junit, case_lines, case_report

    cases = load_cases(paths)
    if not cases:
        raise UsageError(
            f"There is no test file in {', '.join(map(str, paths))}.",
            "Cases lie beside a rule in RULE.test.yml; --events FILE needs none.",
        )
    results = run_cases(replay, cases)
    if format_ is TestFormat.JUNIT:
        _write(case_junit(results), out)
    elif format_ is TestFormat.JSON:
        _write_json(case_report(results), out)
    else:
        _write_lines(case_lines(results), out, voice)
    return all(result.passed for result in results)


def _show_events(
    replay: Replay,
    files: list[str],
    topic: str | None,
    format_: TestFormat,
    out: Path | None,
    voice: Voice,
    *,
    values: bool,
) -> bool:
    from schemagen.replay.events import read_events
    from schemagen.report.replay import event_lines, event_report

    topics = replay.topics
    if topic is None and len(topics) != 1:
        raise UsageError(
            f"The statements read {len(topics)} topics: {', '.join(topics) or 'none'}.",
            "Name the one that the events are of: --topic NAME.",
        )
    if topic is not None and topic not in topics:
        raise UsageError(
            f"The statements read no topic {topic}.",
            f"They read {', '.join(topics) or 'none'}.",
        )
    found, unreadable = read_events(files, topic or topics[0])
    result = replay.run(found)
    if format_ is TestFormat.JSON:
        _write_json(event_report(result, unreadable, values=values), out)
    else:
        _write_lines(event_lines(result, unreadable, values=values), out, voice)
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


def _write_lines(lines: Iterable[tuple[str, str]], out: Path | None, voice: Voice) -> None:
    if out is not None:
        _write("".join(f"{line}\n" for line, _ in lines), out)
        return
    from rich.text import Text

    for line, style in lines:
        voice.show(Text(line, style=style))
