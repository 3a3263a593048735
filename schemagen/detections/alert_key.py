"""The key of alerts and their whole event, put into the queries that make them.

ksqlDB makes a key of any expression, but beside EXPLODE only of a column: there it gives what it
partitions by a name of its own, and refuses the query ("Logical and Physical schemas do not
match"). A key leaves the value, so that what the value shows of it is a copy, by AS_VALUE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.envelope import EVENT, KEY, alias
from schemagen.ksqldb.dialect import call, nodes

if TYPE_CHECKING:
    from collections.abc import Iterable


def add_key(select: exp.Select, key: exp.Expr) -> None:
    """Let the rows of a query have a key, which stands first among its columns."""
    for projection in select.expressions:
        if isinstance(projection, exp.Alias) and projection.this == key:
            projection.set("this", call("AS_VALUE", key.copy()))
    select.set("expressions", [alias(key.copy(), KEY.name), *select.expressions])
    options = select.args.get("options") or []
    select.set("options", [nodes.PartitionBy(expressions=[key.copy()]), *options])


def add_event(select: exp.Select, event: exp.Expr) -> None:
    """Let the rows of a query hold the whole event, as their last column."""
    select.append("expressions", alias(event.copy(), EVENT.name))


def has_key(statements: Iterable[exp.Expr]) -> bool:
    """Tell whether the alerts of statements have a key."""
    return any(
        isinstance(option, nodes.PartitionBy)
        for select in _alerting(statements)
        for option in select.args.get("options") or []
    )


def has_event(statements: Iterable[exp.Expr]) -> bool:
    """Tell whether the alerts of statements hold their events."""
    return any(
        isinstance(each, exp.Alias) and each.alias == EVENT.name
        for select in _alerting(statements)
        for each in select.expressions[-1:]
    )


def _alerting(statements: Iterable[exp.Expr]) -> Iterable[exp.Select]:
    found = (each.args.get("expression") for each in statements)
    return (each for each in found if isinstance(each, exp.Select))
