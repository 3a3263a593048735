"""Which alerts a drift has cost: the detections as they run and as planned, over the same records.

The replay runs both sets of statements. What the planned ones alert on, and the running ones do
not, is an alert that somebody would have seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.drift.findings import AffectedDetection, LostAlerts
from schemagen.drift.sight import deployed_detections
from schemagen.ksqldb.dialect import write_script
from schemagen.replay.engine import Replay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.drift.declared import Declared
    from schemagen.replay.results import Event, Result


def lost_alerts(
    declared: Declared, planned: Sequence[exp.Expr], events: Sequence[Event]
) -> tuple[list[LostAlerts], list[str]]:
    """Run what is deployed and what is planned over events, and compare the alerts.

    Args:
        declared: the stream, with all statements that run.
        planned: all statements as they run when the plan is done.
        events: the messages of the sample.

    Returns:
        The detections that lost alerts, the most first; and what could not be run, sentences.

    """
    running = Replay(write_script(declared.script), "what is deployed").run(events)
    mended = Replay(write_script(planned), "the plan").run(events)
    script = [*declared.script, *planned]
    names = {
        each.id or each.name: each.affected()
        for each in deployed_detections(script, declared.stream, declared.columns)
    }
    before, after = _alerts(running), _alerts(mended)
    lost = [
        LostAlerts(
            names.get(key, AffectedDetection(key)), len(found - before.get(key, set())), len(found)
        )
        for key, found in after.items()
        if found - before.get(key, set())
    ]
    wrong = {finding.what for result in (running, mended) for finding in result.findings
             if finding.fatal}  # fmt: skip
    return sorted(lost, key=lambda each: (-each.lost, each.detection)), sorted(wrong)


def _alerts(result: Result) -> dict[str, set[int]]:
    """Return the events that raised an alert, by rule; by stream where no rule is named."""
    found: dict[str, set[int]] = {}
    for stream, rows in result.rows.items():
        for row in rows:
            found.setdefault(row.rule or stream, set()).add(row.event)
    return found
