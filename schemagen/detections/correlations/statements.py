"""The statements that evaluate correlations: four queries, whatever their number.

    events ─ matches ─► …_MATCHES ─► …_WINDOWS (a table) ─ its topic ─► …_STATES ─► alerts
                            ▲                                              │
                            └───────────────── chains ─────────────────────┘

Rules stand in the three queries that INSERT; the table never changes with them. Readers come before
what they read from is filled, so that no row is missed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlglot import exp

from schemagen.detections.alert_topic import AS_IT_COMES, AlertTopic
from schemagen.detections.correlations.bound import BoundCorrelation
from schemagen.detections.correlations.final import final_statements
from schemagen.detections.correlations.final_rules import is_final
from schemagen.detections.correlations.items import (
    alert_items,
    chain_item,
    match_items,
    spoken,
)
from schemagen.detections.correlations.state import MATCHES, STATES, TIMES, alert_columns
from schemagen.detections.correlations.support import (
    TIMES_KEPT,
    counts_times,
    events_kept,
    span_served,
)
from schemagen.detections.correlations.trees import dot, format_time, struct
from schemagen.detections.envelope import alias, column, stream
from schemagen.detections.logic import conjunction, disjunction
from schemagen.detections.packing import PackedRule, pack
from schemagen.detections.predicates import equal, is_not_null
from schemagen.ksqldb.dialect import (
    call,
    create_stream,
    nodes,
    with_properties,
    write_expression,
)
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.detections.envelope import AlertSource

GRACE = 24 * 3_600_000
"""How late an event may be and still count, milliseconds. A server that reads a backlog at once is
through with it before the alert of one correlation comes to count for another: a day of it may be
read. Only counts that must stay low have a grace of their own, for which their alerts wait."""

AHEAD = 5 * 60_000
"""How far in the future an event may be: one beyond would close everybody's windows."""

CACHE = "cache.max.bytes.buffering"
"""With any but 0 the table's topic has only some of its states, and alerts are lost."""

_HIT = "HIT"
_MILLISECONDS = (("DAY", 86_400_000), ("HOUR", 3_600_000), ("MINUTE", 60_000))


@dataclass(frozen=True, slots=True)
class CorrelationOptions:
    """Where the alerts of correlations go.

    Args:
        stream: the alerts stream; the names of what correlations need begin with it.
        topic: its topic: alerts of correlations go there, too.
        made: how the topics are made that aren't there; only alerts are kept so long.
        grace: how late an event may be and still count, milliseconds; whole minutes.

    """

    stream: str
    topic: str
    made: AlertTopic = AS_IT_COMES
    grace: int = GRACE


def correlation_statements(
    correlations: Sequence[BoundCorrelation], origin: AlertSource, options: CorrelationOptions
) -> list[exp.Expression]:
    """Make the statements that evaluate correlations.

    Args:
        correlations: bound correlations; those that can't work are left out.
        origin: the stream that they were bound to.
        options: where the alerts go.

    Returns:
        The statements, in the order in which they must be run; none without correlations.

    """
    chosen = sorted(
        (each for each in correlations if each.deployable), key=lambda each: each.rule.id
    )
    return _Statements(chosen, origin, options).all() if chosen else []


def silenced(correlations: Iterable[BoundCorrelation]) -> set[str]:
    """Name the rules that alert in correlations only, by their ids.

    A rule alerts on its own, too, where one of its correlations says so (`generate`), where it is
    in none, and where none of its correlations can work: alerts never vanish for a rule that can't.
    """
    by_rule: dict[str, list[bool]] = {}
    for each in correlations:
        if each.deployable:
            for member in each.usable:
                if member.base is not None:
                    by_rule.setdefault(member.base.rule.id, []).append(each.rule.generate)
    return {rule for rule, generates in by_rule.items() if not any(generates)}


class _Statements:
    def __init__(
        self,
        correlations: Sequence[BoundCorrelation],
        origin: AlertSource,
        options: CorrelationOptions,
    ) -> None:
        self._all = correlations
        self._final = [each for each in correlations if is_final(each.rule)]
        self._origin = origin
        self._options = options
        rules = [each.rule for each in correlations if not is_final(each.rule)]
        self._kept = events_kept(rules)
        self._longest = span_served(rules)
        self._counts_times = any(map(counts_times, rules))
        self._silent = silenced(correlations)

    def all(self) -> list[exp.Expression]:
        windows = [
            nodes.SetProperty(this=exp.Literal.string(CACHE), expression=exp.Literal.string("0")),
            self._windows(),
            nodes.UnsetProperty(this=exp.Literal.string(CACHE)),
            self._states(),
        ]
        made = [
            self._matches_stream(),
            *(windows if len(self._final) < len(self._all) else ()),
            self._alerts_stream(),
            *self._alerts(),
            *self._chains(),
            *self._ends(),
            *self._matches(),
        ]
        return [cast("exp.Expression", each) for each in made]

    def _ends(self) -> list[exp.Expr]:
        """Make what tells counts that must stay low, when their windows are over."""
        return [
            statement
            for each in self._final
            if each.rule.id not in self._silent
            for statement in final_statements(
                each,
                self._options.stream,
                self._options.topic,
                events=self._origin.topic,
            )
        ]

    # -- streams and the table -----------------------------------------------------------------

    def _name(self, part: str) -> str:
        return f"{self._options.stream}_{part}"

    def _topic(self, part: str) -> str:
        return f"{self._options.topic}_{part.lower()}"

    def _matches_stream(self) -> exp.Expr:
        made = create_stream(
            self._name("MATCHES"),
            MATCHES,
            {
                "KAFKA_TOPIC": self._topic("MATCHES"),
                "VALUE_FORMAT": "JSON",
                **self._options.made.made(keeps=False),
                "TIMESTAMP": "`t`",
            },
        )
        made.comments = ["What correlations count: a row for each that an event counts for."]
        return made

    def _windows(self) -> exp.Expr:
        hit = column("hit")
        names = {name: dot(hit.copy(), name) for name in ("c", "k", "s", "v", "n", "fields")}
        last = struct(
            {
                **{name: names[name].copy() for name in ("s", "v", "n", "k")},
                "host": column("host"),
                "fields": names["fields"].copy(),
                "source": column("source"),
            }
        )
        newest = call(
            "TOPK",
            column("ROWTIME", quoted=False),
            names["s"].copy(),
            names["v"].copy(),
            names["n"].copy(),
            dot(column("source"), "partition"),
            dot(column("source"), "offset"),
            exp.Literal.number(self._kept + 1),
        )
        times = [alias(_newest_times(names["s"]), "b")] if self._counts_times else []
        select = exp.Select(
            expressions=[
                alias(names["c"].copy(), "kc"),
                alias(names["k"].copy(), "kk"),
                alias(call("AS_VALUE", names["c"].copy()), "c"),
                alias(column("WINDOWSTART", quoted=False), "ws"),
                alias(call("LATEST_BY_OFFSET", column("ROWTIME", quoted=False)), "t"),
                alias(call("LATEST_BY_OFFSET", last), "e"),
                alias(newest, "a"),
                *times,
            ],
            from_=exp.From(this=stream(self._name("MATCHES"))),
            windows=[
                nodes.StreamWindow(
                    kind="HOPPING",
                    size=_interval(2 * self._longest),
                    advance=_interval(self._longest),
                    grace=_interval(self._options.grace),
                )
            ],
            group=exp.Group(expressions=[names["c"].copy(), names["k"].copy()]),
        )
        made = exp.Create(
            this=stream(self._name("WINDOWS")),
            kind="TABLE",
            properties=with_properties(
                {
                    "KAFKA_TOPIC": self._topic("WINDOWS"),
                    "KEY_FORMAT": "JSON",
                    "VALUE_FORMAT": "JSON",
                    "TIMESTAMP": "`t`",
                }
            ),
            expression=select,
        )
        made.comments = [
            f"The {self._kept} newest events of each group, over {spoken(2 * self._longest)}.",
            f"Events count that are up to {spoken(self._options.grace)} late.",
            "Rules don't stand here: it changes only with a longer timespan or a higher count.",
        ]
        return made

    def _states(self) -> exp.Expr:
        return create_stream(
            self._name("STATES"),
            (*STATES, TIMES) if self._counts_times else STATES,
            {"KAFKA_TOPIC": self._topic("WINDOWS"), "VALUE_FORMAT": "JSON", "TIMESTAMP": "`t`"},
        )

    def _alerts_stream(self) -> exp.Expr:
        made = create_stream(
            self._name("CORRELATED"),
            alert_columns(),
            {
                "KAFKA_TOPIC": self._options.topic,
                "VALUE_FORMAT": "JSON",
                **self._options.made.made(),
            },
        )
        made.comments = ["The alerts of correlations, in the topic of all alerts."]
        return made

    # -- the alerts ----------------------------------------------------------------------------

    def _alerts(self) -> list[exp.Expr]:
        items: dict[str, list[exp.Expr]] = {}
        for each in self._all:
            if each.rule.id not in self._silent and not is_final(each.rule):
                items[each.rule.id] = alert_items(
                    each, self._origin.topic, longest=self._longest, kept=self._kept
                )
        if not items:
            return []
        time = call("FROM_UNIXTIME", column("t"))
        projections = [
            alias(format_time(time), "time"),
            alias(dot(column("e"), "host"), "host"),
            None,
            alias(dot(column("e"), "source"), "source"),
        ]
        return self._inserts(
            "CORRELATED",
            "STATES",
            items=items,
            projections=projections,
            name="rule",
            query="ALERTS",
        )

    # -- what counts ---------------------------------------------------------------------------

    def _chains(self) -> list[exp.Expr]:
        items: dict[str, list[exp.Expr]] = {}
        for each in self._all:
            for member in each.usable:
                if isinstance(member.base, BoundCorrelation):
                    items.setdefault(each.rule.id, []).append(
                        chain_item(each, member, member.base, self._longest)
                    )
        if not items:
            return []
        projections = [
            alias(column("t"), "t"),
            alias(dot(column("e"), "host"), "host"),
            None,
            alias(dot(column("e"), "source"), "source"),
        ]
        return self._inserts(
            "MATCHES",
            "STATES",
            items=items,
            projections=projections,
            name="hit",
            query="CHAINS",
        )

    def _matches(self) -> list[exp.Expr]:
        items: dict[str, list[exp.Expr]] = {}
        events: list[exp.Expr | None] = []
        for each in self._all:
            plain = [
                (member, member.base)
                for member in each.usable
                if member.base is not None and not isinstance(member.base, BoundCorrelation)
            ]
            if plain:
                items[each.rule.id] = match_items(each, plain)
                events += [base.events for _, base in plain]
        projections = [
            alias(column("ROWTIME", quoted=False), "t"),
            alias(self._origin.host(), "host"),
            None,
            alias(self._origin.source(), "source"),
        ]
        ahead = exp.Add(this=call("UNIX_TIMESTAMP"), expression=exp.Literal.number(AHEAD))
        now = exp.LTE(this=column("ROWTIME", quoted=False), expression=ahead)
        kinds = _any_of(events)
        where = now if kinds is None else conjunction([now, kinds])
        return self._inserts(
            "MATCHES",
            self._origin.stream,
            items=items,
            projections=projections,
            name="hit",
            query="MATCHES",
            where=where,
        )

    def _inserts(  # noqa: PLR0913 - what the statements are made of
        self,
        target: str,
        source: str,
        *,
        items: dict[str, list[exp.Expr]],
        projections: list[exp.Alias | None],
        name: str,
        query: str,
        where: exp.Expr | None = None,
    ) -> list[exp.Expr]:
        """Make the queries of some items; more than one where they exceed what one may hold."""
        packed = [
            PackedRule(key, "", sum(len(write_expression(one).encode()) for one in each))
            for key, each in items.items()
        ]
        found: list[exp.Expr] = []
        for bundle in pack(packed):
            chosen = [item for key in bundle.keys for item in items[key]]
            hit = exp.Identifier(this=_HIT, quoted=False)
            hits = call(
                "FILTER",
                exp.Array(expressions=chosen),
                exp.Lambda(this=is_not_null(hit), expressions=[hit.copy()]),
            )
            columns = [
                alias(call("EXPLODE", hits), name) if each is None else each.copy()
                for each in projections
            ]
            source_name = self._name(source) if source == "STATES" else source
            select = exp.Select(expressions=columns, from_=exp.From(this=stream(source_name)))
            if where is not None:
                select.set("where", exp.Where(this=where.copy()))
            part = self._name(f"CORR_{query}") + bundle.name.removeprefix("RULES")
            identifier = re.sub(r"[^A-Za-z0-9_]", "_", part)
            made = exp.Insert(
                this=stream(self._name(target)),
                properties=with_properties({"QUERY_ID": identifier.upper()}),
                expression=select,
            )
            made.comments = [f"{_ABOUT[query]}: {counted(len(bundle.keys), 'correlation')}."]
            found.append(made)
        return found


_ABOUT = {
    "ALERTS": "The conditions of correlations",
    "CHAINS": "Alerts of correlations that count for others",
    "MATCHES": "What counts for correlations",
}


def _newest_times(slot: exp.Expr) -> exp.Expr:
    """Make the newest times of what counts for a large count: its matches have the place 0."""
    is_counted = equal(slot.copy(), exp.Literal.number(0))
    time = exp.Case(ifs=[exp.If(this=is_counted, true=column("ROWTIME", quoted=False))])
    return call("TOPK", time, exp.Literal.number(TIMES_KEPT))


def _any_of(conditions: Sequence[exp.Expr | None]) -> exp.Expr | None:
    """Join the conditions that pick kinds of events; None where every event is meant."""
    distinct: dict[str, exp.Expr] = {}
    for each in conditions:
        if each is None:
            return None
        distinct.setdefault(write_expression(each), each.copy())
    return disjunction([each for _, each in sorted(distinct.items())])


def _interval(milliseconds: int) -> exp.Interval:
    for unit, length in _MILLISECONDS:
        if milliseconds % length == 0:
            number = milliseconds // length
            return exp.Interval(
                this=exp.Literal.number(number), unit=exp.Var(this=unit + "S" * (number != 1))
            )
    raise ValueError("windows are whole minutes long")
