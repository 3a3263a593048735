"""What rules cost a ksqlDB server, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.detections.cost import (
    DEAR,
    RuleCost,
    candidates_seen,
    predicted,
    query_costs,
    rule_cost,
)
from schemagen.ksqldb.watched import CANDIDATES
from schemagen.words import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.detections.bound import BoundRule

_MOST = 20
"""So many of the dearest rules are shown."""


def cost_report(rules: Sequence[BoundRule], statements: Sequence[exp.Expr]) -> dict[str, Any]:
    """Return what the rules and the queries of some statements cost, for machines.

    Args:
        rules: bound rules.
        statements: what they became.

    """
    queries = query_costs(statements)
    return {
        "rules": [
            {
                "id": bound.rule.id,
                "title": bound.rule.title,
                "microseconds": round(cost.microseconds, 1),
                "calls": cost.calls,
                "regexes": cost.regexes,
                "class": "kind" if cost.by_kind else "needle",
            }
            for bound, cost in _dearest_first(rules)
        ],
        "queries": [
            {"name": q.name, "bytes": q.size, "calls": q.calls, "calls_in_where": q.condition}
            for q in queries
        ],
        "microseconds_an_event": round(predicted(queries), 1),
        "candidates": candidates_seen(queries)
        if queries and queries[0].name.endswith(CANDIDATES)
        else None,
    }


def _dearest_first(rules: Sequence[BoundRule]) -> list[tuple[BoundRule, RuleCost]]:
    costs = [(bound, rule_cost(bound)) for bound in rules if bound.deployable]
    return sorted(costs, key=lambda pair: (-pair[1].microseconds, pair[0].rule.id))


def cost_lines(rules: Sequence[BoundRule], statements: Sequence[exp.Expr]) -> list[str]:
    """Write what the rules and the queries of some statements cost.

    Args:
        rules: bound rules.
        statements: what they became.

    """
    costs = _dearest_first(rules)
    dear = sum(cost.microseconds > DEAR for _, cost in costs)
    lines = ["   us  calls  regexes  class   rule"]
    lines += [
        f"{cost.microseconds:5.0f}  {cost.calls:5}  {cost.regexes:7}  "
        f"{'kind  ' if cost.by_kind else 'needle'}  {bound.rule.title}"
        for bound, cost in costs[:_MOST]
    ]
    by_kind = sum(cost.by_kind for _, cost in costs)
    lines.append(
        f"{counted(len(costs), 'rule')}, {counted(sum(c.calls for _, c in costs), 'call')}; "
        f"{dear:,} cost more than {DEAR:.0f} us where they are reached; {by_kind:,} of the class "
        "kind: no text tells their events, each of their kinds passes."
    )
    lines += ["", "  bytes  calls  in WHERE  query"]
    queries = query_costs(statements)
    lines += [f"{q.size:7,}  {q.calls:5}  {q.condition:8}  {q.name}" for q in queries]
    microseconds = predicted(queries)
    size, calls = sum(q.size for q in queries), sum(q.calls for q in queries)
    lines.append(
        f"{len(queries)} persistent queries, {size:,} bytes, {calls:,} calls. "
        "A managed ksqlDB takes 20 queries."
    )
    if queries:
        lines.append(
            f"About {microseconds:,.0f} us an event, {1e6 / microseconds:,.0f} events a second and "
            f"core, where {percent(candidates_seen(queries))} of the events are candidates."
            if queries[0].name.endswith(CANDIDATES)
            else f"At most about {microseconds:,.0f} us an event."
        )
    return lines
