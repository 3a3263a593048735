"""The application: its commands, and how every error becomes one clear sentence and a code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from schemagen import __version__
from schemagen.cli import ddl, demo, infer, merge, rules
from schemagen.cli import test as replay
from schemagen.errors import SchemagenError

app = typer.Typer(
    name="schemagen",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    # Plain help costs half of what panels do, and reads as well in a pipe.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From a Kafka topic of schemaless JSON logs to a ksqlDB stream that loses no record.",
    epilog="Exit codes: 0 fine, 1 findings, 2 usage or configuration, 3 source unreachable.",
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


app.command("infer")(infer.infer)
app.command("ddl")(ddl.ddl)
app.command("rules")(rules.rules)
app.command("test")(replay.run_tests)
app.command("merge")(merge.merge)
app.command("demo")(demo.demo)


def run() -> None:
    """Run the application and end the process with the exit code of the design."""
    try:
        app()
    except SchemagenError as error:
        _report(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does; nothing is left to be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _report(error: SchemagenError) -> None:
    sys.stderr.write(f"Error: {error.what}\n")
    if error.hint:
        sys.stderr.write(f"  {error.hint}\n")
