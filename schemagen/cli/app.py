"""The application: its commands, and how every error becomes one clear sentence and a code."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from schemagen import __version__
from schemagen.cli.each import report
from schemagen.errors import EXIT_USAGE, SchemagenError
from schemagen.memory import search_rarely
from schemagen.options.groups import HELP_OPTIONS, command
from schemagen.report.streams import open_streams, silence

_COMMANDS = {
    "init": ("init:init", "Look at a topic; write the project file."),
    "infer": ("infer:infer", "Sample a topic or files; write the JSON Schema."),
    "show": ("show:show", "Show the fields of a topic again."),
    "ddl": ("ddl:ddl", "Write the CREATE STREAM, its proof, the detections."),
    "drift": ("drift:drift", "Compare a fresh sample with what is committed."),
    "rules": ("rules:rules", "Report whether each Sigma rule can match here."),
    "test": ("test:run_tests", "Run the emitted statements on sample events."),
    "apply": ("apply:apply", "Bring a ksqlDB server to what the statements say."),
    "status": ("status:status", "Report how deployed detections fare."),
    "accelerator": ("accelerator:accelerator", "Write the jar that evaluates rules on servers."),
    "rescue": ("rescue:rescue", "Report which records ksqlDB dropped, and why."),
    "destroy": ("destroy:destroy", "Take away what was deployed; topics stay."),
    "split": ("split:split", "Fix the offsets that several machines read."),
    "plan": ("split:split", ""),
    "merge": ("merge:merge", "Join the evidence of parts, files, machines, days."),
    "report": ("report:report", "Write a topic as one page: coverage, schema, drift."),
    "demo": ("demo:demo", "Show it all on sample events and a broker of its own."),
}
"""Name → module and function, and what the list of commands says; hidden without."""


class Commands(Mapping[str, Any]):
    """The commands by name, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        place, text = _COMMANDS[name]
        module, _, function = place.partition(":")
        made = command(getattr(import_module(f"schemagen.cli.{module}"), function))
        made.name, made.short_help, made.hidden = name, text, not text
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class Application(TyperGroup):
    """The application: its list of commands loads none of them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": Commands()})

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        """List the names of the commands."""
        return [name for name, (_, text) in _COMMANDS.items() if text]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in self.list_commands(ctx)])


app = typer.Typer(
    name="schemagen",
    cls=Application,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    # Plain help costs half of what panels do, and reads as well in a pipe.
    rich_markup_mode=None,
    context_settings=HELP_OPTIONS,
    help="From a Kafka topic of schemaless JSON logs to a ksqlDB stream that loses no record.",
    epilog="Exit codes: 0 fine, 1 findings, 2 usage or configuration, 3 source unreachable or "
    "unreadable.",
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"schemagen {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


_RECURSION = 5_000
"""Schemas nest a hundred levels, and the libraries that walk them take several frames a level."""


def run() -> None:
    """Run the application and end the process with the exit code of the design."""
    sys.setrecursionlimit(_RECURSION)
    search_rarely()
    open_streams()
    if not sys.warnoptions:
        # What libraries tell their developers is nothing that a user can act on.
        warnings.simplefilter("ignore")
    try:
        app()
    except SchemagenError as error:
        report(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does; nothing is left to be said to it.
        silence()
        sys.exit(0)
    except OSError as error:
        sys.stderr.write(f"Error: The output can't be written: {error.strerror}.\n")
        silence()
        sys.exit(EXIT_USAGE)
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            sys.stderr.write("Interrupted.\n")
        raise


_INTERRUPTED = 130
