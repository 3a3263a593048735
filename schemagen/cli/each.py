"""One command for all topics of a project."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from schemagen.errors import SchemagenError
from schemagen.words import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.options.common import OutputFlags
    from schemagen.workspace.topic import Workspace


def for_each(
    workspaces: Sequence[Workspace], run: Callable[[Workspace], None], output: OutputFlags
) -> None:
    """Run a command for each topic; what is wrong with one stops no other.

    Args:
        workspaces: the topics.
        run: the command.
        output: where each topic is named before it.

    Raises:
        typer.Exit: one of them did not end well: with the highest of the codes.

    """
    worst = 0
    for workspace in workspaces:
        output.note(f"Topic {workspace.topic.name}:", "bold")
        try:
            run(workspace)
        except SchemagenError as error:
            report(error)
            worst = max(worst, error.exit_code)
        except typer.Exit as end:
            worst = max(worst, end.exit_code)
    if worst:
        raise typer.Exit(worst)


def report(error: SchemagenError) -> None:
    """Print what is wrong and what to do about it."""
    sys.stderr.write(f"Error: {printable(error.what)}\n")
    if error.hint:
        sys.stderr.write(f"  {printable(error.hint)}\n")
