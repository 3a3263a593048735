"""Writing statements that are handed to people: none that the engine is known to refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.ksqldb.dialect import properties, write
from schemagen.ksqldb.limits import SHARE, violations
from schemagen.ksqldb.scripts import target_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlglot import exp


def emitted(statements: Iterable[exp.Expr]) -> str:
    """Write statements as `write_script` does, each held against the engine's limits.

    Raises:
        InputError: the engine would refuse one.

    """
    written = []
    for each in statements:
        text = write(each)
        found = violations(each, text, share=SHARE)
        if found:
            raise InputError(
                f"ksqlDB would refuse the statement of {_name(each)}: {found[0].what}.",
                "Nothing was written. Leave out the rule whose values are so many "
                "(--without-rule), or split it.",
            )
        written.append(text)
    return "\n\n".join(written) + "\n" if written else ""


def _name(statement: exp.Expr) -> str:
    """Name a statement by its QUERY_ID, or by what it makes."""
    return str(properties(statement).get("QUERY_ID") or target_of(statement) or "a setting")
