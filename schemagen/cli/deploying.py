"""What `apply` and `destroy` have in common: the plan is shown, and then carried out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import typer

from schemagen.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.deploy.dry_run import DryRun
    from schemagen.deploy.execute import Execution, Executor
    from schemagen.deploy.prepare import PreparedPlan
    from schemagen.deploy.requests import Request
    from schemagen.deploy.server.client import KsqlClient
    from schemagen.options.common import OutputFlags


def review(
    client: KsqlClient, tried: DryRun, output: OutputFlags, broker: dict[str, str] | None = None
) -> None:
    """Show a plan and what stands in its way; end the command where it can't be carried out."""
    from schemagen.deploy.dry_run import NOT_SEEN
    from schemagen.deploy.preflight import preflight
    from schemagen.deploy.topics import stamped_on_arrival
    from schemagen.report.deployment import plan_text, refusal_text

    output.show(plan_text(tried.prepared))
    stamped = None if broker is None else partial(stamped_on_arrival, broker)
    obstacles = preflight(client, tried.prepared, stamped)
    for each in obstacles:
        output.note(each.text, style="red" if each.is_fatal else "yellow")
    if tried.refusal is not None:
        output.note(str(refusal_text(tried)), style="red")
    if tried.refusal is not None or any(each.is_fatal for each in obstacles):
        raise typer.Exit(EXIT_FINDINGS)
    if tried.prepared.requests:
        output.note(f"The server has validated all statements. {NOT_SEEN}", style="dim")


def carry_out(
    client: KsqlClient,
    prepared: PreparedPlan,
    root: Path,
    broker: dict[str, str] | None,
    output: OutputFlags,
) -> None:
    """Write the way back, carry a plan out, see that it works, and report."""
    from schemagen.deploy.execute import Executor
    from schemagen.deploy.groups import group_places
    from schemagen.deploy.rollback import rollback_script
    from schemagen.files import write_text
    from schemagen.workspace.deployment import rollback_file
    from schemagen.workspace.paths import relative

    back = rollback_file(root, prepared.deployment)
    command = f"schemagen apply {relative(back)} --deployment {prepared.deployment}"
    remarks = [f"What ran before. To go back to it: {command}"]
    write_text(back, rollback_script(prepared.state.catalog, prepared.names, remarks))
    output.note(f"The way back: {relative(back)}")
    info = prepared.state.info
    places = None if broker is None else group_places(broker, info, prepared.places, root)
    executor = Executor(client, places)
    listener = _Progress(output, len(prepared.requests))
    execution = executor.run(prepared, listener)
    if execution.error is not None:
        _stopped(executor, prepared, execution, command, output)
    output.note("Waiting until each query has its place.")
    wrong = executor.verify(prepared, execution)
    output.notes(wrong, style="red")
    if wrong:
        raise typer.Exit(EXIT_FINDINGS)
    output.note(f"Done: {len(execution.done)} of {len(prepared.requests)} statements.", "green")


def _stopped(
    executor: Executor,
    prepared: PreparedPlan,
    execution: Execution,
    command: str,
    output: OutputFlags,
) -> None:
    """Report where a plan stopped, and end the command."""
    from schemagen.report.deployment import stopped_text

    missing = executor.missing(prepared)
    output.console(stderr=True).print(stopped_text(prepared, execution, missing, command))
    raise typer.Exit(EXIT_FINDINGS if execution.error is None else execution.error.exit_code)


class _Progress:
    """Writes each statement as it is sent."""

    def __init__(self, output: OutputFlags, of: int) -> None:
        self._output = output
        self._of = of

    def started(self, number: int, request: Request) -> None:
        """Write nothing: a statement is told of when it took effect."""

    def finished(self, number: int, request: Request, seconds: float) -> None:
        """Write which statement took effect."""
        from schemagen.report.deployment import step_text

        self._output.note(f"{step_text(number, self._of, request)} ({seconds:.1f} s)")
