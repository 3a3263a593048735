"""A plan as data: what changes and why, and the statements that do it, in order.

What makes a plan, what shows it and what carries it out are apart: all three walk these steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from schemagen.ksqldb.ddl import comment_block
from schemagen.ksqldb.dialect import write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp


class Action(StrEnum):
    """What happens to a stream, a table or a query."""

    CREATE = "create"
    """It is not there yet."""
    REPLACE = "replace"
    """It is changed where it is; a query stops and starts again."""
    REBUILD = "rebuild"
    """It is taken down and made anew, for ksqlDB can't change it in place."""
    TERMINATE = "terminate"
    """A query ends for good."""
    DROP = "drop"
    """A stream or table goes; its topic stays."""
    KEEP = "keep"
    """Nothing happens."""


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What happens to one stream, table or query.

    Attributes:
        name: the stored name, or the query's id.
        kind: `stream`, `table` or `query`.
        action: what happens.
        reason: why, a clause.
        detections: what the detections are called that don't run meanwhile.

    """

    name: str
    kind: str
    action: Action
    reason: str = ""
    detections: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A statement of a plan.

    Attributes:
        name: the stream, table or query that it is about.
        statement: the statement; None for something that only a person can do.
        properties: what is set for it, by name.
        text: the statement as it is sent, where it must not be written anew; else empty.
        remarks: what to know about it, sentences.

    """

    name: str
    statement: exp.Expr | None
    properties: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The way from what is deployed to what is wanted.

    Attributes:
        changes: what happens, also what is kept, in the order of the steps.
        steps: the statements, in the order in which they must be run.
        blocked: what forbids to run it, sentences; none where it can be run.
        remarks: what to know beforehand, sentences.
        wanted: all statements as they stand when it is done.

    """

    changes: Sequence[PlannedChange] = ()
    steps: Sequence[Step] = ()
    blocked: Sequence[str] = ()
    remarks: Sequence[str] = ()
    wanted: Sequence[exp.Expr] = field(default=(), repr=False)

    def named(self, *actions: Action) -> list[PlannedChange]:
        """List the changes of some actions."""
        return [each for each in self.changes if each.action in actions]

    @property
    def replaces(self) -> bool:
        """Whether it only replaces and adds, and takes nothing down."""
        return bool(self.steps) and not self.named(Action.REBUILD, Action.DROP, Action.TERMINATE)

    @property
    def summary(self) -> str:
        """What it does, in a few words."""
        if not self.steps:
            return "nothing to change in ksqlDB"
        return "CREATE OR REPLACE" if self.replaces else "drop and create anew"

    def sql(self) -> str:
        """Write it as a script; its remarks are comments."""
        parts = [comment_block(list(self.remarks))] if self.remarks else []
        for step in self.steps:
            text = comment_block(list(step.remarks)) if step.remarks else ""
            parts.append(text + ("" if step.statement is None else write(step.statement) + "\n"))
        return "\n".join(parts)
