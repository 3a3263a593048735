"""What a deployment would do and has done, for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from schemagen.deploy.plan import Action
from schemagen.words import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.deploy.dry_run import DryRun
    from schemagen.deploy.execute import Execution
    from schemagen.deploy.plan import PlannedChange
    from schemagen.deploy.prepare import PreparedPlan
    from schemagen.deploy.requests import Request

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.REPLACE: ("~", "yellow"),
    Action.REBUILD: ("±", "yellow"),
    Action.TERMINATE: ("-", "red"),
    Action.DROP: ("-", "red"),
}

_SHOWN = 8
"""Detections that are named beside a change; the others are counted."""


def plan_text(prepared: PreparedPlan) -> Group:
    """Write what a plan does: each change with its reason, and what it costs."""
    changes = prepared.plan.changes
    version = prepared.state.info.version
    where = f"ksqlDB {version}" if version else "a server that has nothing yet; none was asked"
    lines = [Text(f"Deployment {prepared.deployment} on {where}")]
    moving = [each for each in changes if each.action is not Action.KEEP]
    if moving:
        lines.append(Text(""))
    for change in moving:
        lines += _change_lines(change, prepared.losses.get(change.name, ""))
    kept = Counter(each.kind for each in changes if each.action is Action.KEEP)
    if kept:
        named = ", ".join(counted(kept[kind], kind) for kind in sorted(kept))
        lines.append(Text(f"  = keep: {_plural(named)}", style="dim"))
    return Group(*lines, Text(""), Text(_summary(prepared), style="bold"))


def _change_lines(change: PlannedChange, loss: str) -> Iterator[Text]:
    sign, style = _SIGNS[change.action]
    what = f"{sign} {change.action:<9} {change.kind:<6} {change.name}"
    yield Text(f"  {printable(what)}: {printable(change.reason)}", style=style)
    names = list(dict.fromkeys(change.detections))
    if names:
        shown = ", ".join(names[:_SHOWN])
        more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield Text(f"      stops {counted(len(names), 'detection')}: {printable(shown)}{more}")
    if loss:
        yield Text(f"      {printable(loss)}")


def _summary(prepared: PreparedPlan) -> str:
    if not prepared.requests:
        return "Nothing to do: what is deployed is what is wanted."
    counts = Counter(each.action for each in prepared.plan.changes)
    words = [
        f"{counts[action]} to {action}"
        for action in Action
        if action is not Action.KEEP and counts[action]
    ]
    statements = counted(len(prepared.requests), "statement")
    return f"Plan: {', '.join(words)}; {statements}. No topic is deleted."


def refusal_text(tried: DryRun) -> Text:
    """Write what a server refuses of a plan, and of which statement."""
    about = f"the statement of {tried.request.name}" if tried.request else "a statement"
    why = "" if tried.refusal is None else tried.refusal.what.partition(": ")[2]
    return Text(
        printable(f"The server would refuse {about}: {why} Nothing was executed."), style="red"
    )


def step_text(number: int, of: int, request: Request) -> str:
    """Write which statement is sent."""
    return f"  {number}/{of} {request.verb} {request.name}"


def stopped_text(
    prepared: PreparedPlan, execution: Execution, silent: Sequence[str], rollback: str
) -> Group:
    """Write where a plan stopped: what was done, what does not run, how to go on or back.

    Args:
        prepared: the plan.
        execution: what came of it.
        silent: the queries that don't run now; empty also where the server can't be asked.
        rollback: the command that goes back.

    """
    stopped, error = execution.stopped_at, execution.error
    number = len(execution.done) + 1
    of = len(prepared.requests)
    lines = []
    if stopped is not None and error is not None:
        lines.append(
            Text(
                f"Stopped at statement {number} of {of}, {stopped.verb} {printable(stopped.name)}: "
                f"{printable(error.what)}",
                style="red",
            )
        )
    if execution.is_uncertain:
        lines.append(Text("It is not known whether the server executed it."))
    done = [f"{each.verb} {each.name}" for each in execution.done]
    lines.append(Text(f"Done: {printable(', '.join(done)) or 'nothing'}."))
    if silent:
        lines.append(Text(f"These queries do not run now: {', '.join(silent)}.", style="red"))
    lines += [
        Text("Go on: run the same command again; it does what is missing."),
        Text(f"Go back: {rollback}"),
    ]
    return Group(*lines)


def _plural(text: str) -> str:
    return text.replace("querys", "queries")
