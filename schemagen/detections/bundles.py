"""Bundles: queries of many rules each, every rule isolated from the errors of the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections import envelope
from schemagen.detections.envelope import alias, column, comments
from schemagen.detections.logic import disjunction, operands_of
from schemagen.detections.packing import PackedRule, pack, source_name
from schemagen.detections.predicates import is_not_null
from schemagen.ksqldb.dialect import call, with_properties, write_expression
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.envelope import AlertSource
    from schemagen.detections.packing import Bundle

_HIT = "HIT"


def few_rules(rules: Sequence[BoundRule], origin: AlertSource, alerts: str) -> list[exp.Expression]:
    """Write rules as bundles that read the events themselves.

    Args:
        rules: bound rules that are deployed.
        origin: the stream of the events.
        alerts: the alerts stream.

    """
    known = {bound.rule.id: bound for bound in rules}
    items = {key: bundle_item(bound) for key, bound in known.items()}
    made: list[exp.Expression] = []
    for bundle in packed(rules, items):
        where = any_events([known[key].events for key in bundle.keys])
        own = [origin.time(), origin.host(), origin.source()]
        chosen = [items[key] for key in bundle.keys]
        made.append(bundle_query(bundle, chosen, own, origin.stream, alerts, where))
    return made


def bundle_item(bound: BoundRule) -> exp.Expr:
    """Make what a bundle evaluates of a rule: NULL where the rule doesn't match, or fails."""
    if bound.predicate is None:
        raise ValueError("a rule without a predicate can't be deployed")
    branch = exp.If(this=bound.predicate.copy(), true=envelope.rule_value(bound))
    item = exp.Case(ifs=[branch])
    item.comments = comments(bound)
    return item


def packed(rules: Sequence[BoundRule], items: dict[str, exp.Expr]) -> list[Bundle]:
    """Pack rules into bundles by what they are written as."""
    return pack(
        [
            PackedRule(
                bound.rule.id,
                source_name(bound.rule.logsource),
                len(write_expression(items[bound.rule.id]).encode()),
            )
            for bound in rules
        ]
    )


def bundle_query(  # noqa: PLR0913, PLR0917 - what a statement is made of
    bundle: Bundle,
    items: Sequence[exp.Expr],
    envelope_values: Sequence[exp.Expr],
    source: str,
    alerts: str,
    where: exp.Expr | None,
) -> exp.Insert:
    """Make the query of a bundle.

    Args:
        bundle: the bundle.
        items: its rules.
        envelope_values: the time, the host and the source of an alert.
        source: the stream that it reads.
        alerts: the stream that it writes into.
        where: what picks the events.

    """
    hit = exp.Identifier(this=_HIT, quoted=False)
    hits = call(
        "FILTER",
        exp.Array(expressions=list(items)),
        exp.Lambda(this=is_not_null(hit), expressions=[hit.copy()]),
    )
    time, host, place = envelope_values
    projections: list[exp.Expr] = [
        alias(time, "time"),
        alias(host, "host"),
        alias(call("EXPLODE", hits), "rule"),
        alias(place, "source"),
    ]
    statement = insert_into(
        alerts, f"{alerts}_{bundle.name}", select_from(projections, source, where)
    )
    statement.comments = [f"{bundle.name}: {counted(len(items), 'rule')}."]
    return statement


def envelope_columns() -> list[exp.Expr]:
    """Make references to the time, the host and the source where a stream has them."""
    return [column(name) for name in ("time", "host", "source")]


def insert_into(alerts: str, name: str, query: exp.Select) -> exp.Insert:
    """Make an INSERT INTO under an id of its own.

    So a query can be found and terminated, whatever was deployed before.
    """
    identifier = re.sub(r"[^A-Za-z0-9_]", "_", name).upper()
    return exp.Insert(
        this=envelope.stream(alerts),
        properties=with_properties({"QUERY_ID": identifier}),
        expression=query,
    )


def select_from(
    projections: Sequence[exp.Expr], source: str, condition: exp.Expr | None
) -> exp.Select:
    """Make a SELECT."""
    select = exp.Select(expressions=list(projections), from_=exp.From(this=envelope.stream(source)))
    if condition is not None:
        select.set("where", exp.Where(this=condition.copy()))
    return select


def any_events(conditions: Sequence[exp.Expr | None]) -> exp.Expr | None:
    """Join the conditions that pick kinds of events; None where every event is meant."""
    distinct: dict[str, exp.Expr] = {}
    for condition in conditions:
        if condition is None:
            return None
        for part in operands_of(exp.Or, condition):
            inner = part.unnest()
            distinct.setdefault(write_expression(inner), inner.copy())
    return disjunction([part for _, part in sorted(distinct.items())])
