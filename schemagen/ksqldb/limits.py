"""What the real engine refuses of a statement that its grammar takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sqlglot import exp


class Violation(NamedTuple):
    """A limit that a statement breaks.

    Attributes:
        limit: its name, stable.
        what: a clause that says how it is broken; no value of the statement.

    """

    limit: str
    what: str


def violations(statement: exp.Expr) -> list[Violation]:
    """List the limits that a statement breaks; empty for one that the engine takes."""
    del statement
    return []
