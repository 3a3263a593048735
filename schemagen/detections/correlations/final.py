"""Correlations that only the end of a window can tell: counts that must stay low.

    …_MATCHES ─► …_FINAL_x (a table, EMIT FINAL) ─ its topic ─► …_FINAL_x_ENDED ─► …_CORRELATED

That fewer than three events came in five minutes is true at the first of them, so that these look
at windows side by side, each when it is over. That takes a table of its own for each rule: of the
forms that the engine was seen to run right, this is the only one. A window is told at the next
event that counts, but for a gap in event time that is longer than RETENTION: where the server keeps
no cache, or was restarted in the gap, the window is gone by then, without a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.correlations.final_rules import SIGNS
from schemagen.detections.correlations.items import comments
from schemagen.detections.correlations.state import PLACE
from schemagen.detections.correlations.trees import dot, format_time, null, struct, text_map
from schemagen.detections.envelope import alias, column, stream
from schemagen.detections.predicates import equal
from schemagen.ksqldb.dialect import (
    call,
    create_stream,
    nodes,
    parse_expression,
    with_properties,
)
from schemagen.ksqldb.names import string_literal
from schemagen.ksqldb.types import BIGINT, VARCHAR, Array, Field, Map, Struct

if TYPE_CHECKING:
    from schemagen.detections.correlations.bound import BoundCorrelation

GRACE = 10 * 60_000
"""How late an event may be and still count, milliseconds: so long, too, each alert waits."""

_DAY = 86_400_000
_GAP = 8
"""How many days may lie between two events that count: a week and its weekends."""


def final_statements(
    each: BoundCorrelation, target: str, topic: str, *, events: str
) -> list[exp.Expr]:
    """Make the statements of one such correlation.

    Args:
        each: the correlation.
        target: the alerts stream, with which the names of all streams begin.
        topic: its topic, in the same way.
        events: the topic of the events.

    """
    short = re.sub(r"[^A-Za-z0-9]", "", each.rule.id)[:8]
    name, own = f"{target}_FINAL_{short}".upper(), f"{topic}_final_{short}".lower()
    ended = f"{name}_ENDED"
    states = create_stream(ended, _ENDED, {"KAFKA_TOPIC": own, "VALUE_FORMAT": "JSON"})
    alerts = exp.Insert(
        this=stream(f"{target}_CORRELATED"),
        properties=with_properties({"QUERY_ID": re.sub(r"[^A-Z0-9_]", "_", f"{name}_ALERTS")}),
        expression=_alerts(each, ended, events),
    )
    alerts.comments = comments(each)
    return [_table(each, name, own, f"{target}_MATCHES"), states, alerts]


def _table(each: BoundCorrelation, name: str, topic: str, matches: str) -> exp.Create:
    hit = column("hit")
    last = struct(
        {
            "k": dot(hit.copy(), "k"),
            "host": column("host"),
            "fields": dot(hit.copy(), "fields"),
            "source": column("source"),
        }
    )
    count = exp.Anonymous(this="COUNT", expressions=[exp.Star()])
    having = " AND ".join(
        f"COUNT(*) {SIGNS[sign]} {int(bound)}" for sign, bound in each.rule.bounds.given().items()
    )
    select = exp.Select(
        expressions=[
            alias(dot(hit.copy(), "k"), "kk"),
            alias(call("LATEST_BY_OFFSET", column("ROWTIME", quoted=False)), "t"),
            alias(call("LATEST_BY_OFFSET", last), "e"),
            alias(count, "n"),
        ],
        from_=exp.From(this=stream(matches)),
        windows=[
            nodes.StreamWindow(
                kind="TUMBLING",
                size=_length(each.rule.timespan, "SECOND"),
                retention=_length((each.rule.timespan // _DAY + _GAP) * _DAY, "DAY"),
                grace=_length(GRACE, "MINUTE"),
            )
        ],
        where=exp.Where(this=equal(dot(hit.copy(), "c"), string_literal(each.rule.id))),
        group=exp.Group(expressions=[dot(hit.copy(), "k")]),
        having=exp.Having(this=parse_expression(having)),
        options=[nodes.Emit(this="FINAL")],
    )
    made = exp.Create(
        this=stream(name),
        kind="TABLE",
        properties=with_properties(
            {"KAFKA_TOPIC": topic, "KEY_FORMAT": "JSON", "VALUE_FORMAT": "JSON"}
        ),
        expression=select,
    )
    made.comments = [f"{each.rule.title}: told when a window is over."]
    return made


def _alerts(each: BoundCorrelation, ended: str, events: str) -> exp.Select:
    rule = each.rule
    start = f"(`t` - `t` % {rule.timespan})"
    tags = [string_literal(tag) for tag in rule.tags]
    source = dot(column("e"), "source")
    groups = [parse_expression(f"`e`->`k`[{n}]") for n in range(1, len(rule.group_by) + 1)]
    place = struct(
        {
            "topic": string_literal(events),
            "partition": dot(source.copy(), "partition"),
            "offset": dot(source.copy(), "offset"),
        }
    )
    value = struct(
        {
            "id": string_literal(rule.id),
            "title": string_literal(rule.title),
            "level": null(VARCHAR) if rule.level is None else string_literal(rule.level),
            "tags": exp.Array(expressions=tags) if tags else null(Array(VARCHAR)),
            "fields": dot(column("e"), "fields"),
            "correlation": struct(
                {
                    "group": text_map(rule.group_by, groups),
                    "count": parse_expression("CAST(`n` AS INT)"),
                    "first": _time(start),
                    "last": _time("`t`"),
                    "events": exp.Array(expressions=[place]),
                }
            ),
        }
    )
    return exp.Select(
        expressions=[
            alias(_time(f"{start} + {rule.timespan}"), "time"),
            alias(dot(column("e"), "host"), "host"),
            alias(value, "rule"),
            alias(source, "source"),
        ],
        from_=exp.From(this=stream(ended)),
    )


def _time(milliseconds: str) -> exp.Expr:
    return format_time(parse_expression(f"FROM_UNIXTIME({milliseconds})"))


def _length(milliseconds: int, unit: str) -> exp.Interval:
    number = milliseconds // {"SECOND": 1000, "MINUTE": 60_000, "DAY": _DAY}[unit]
    return exp.Interval(
        this=exp.Literal.number(number), unit=exp.Var(this=unit + "S" * (number != 1))
    )


_LAST = Struct(
    (
        Field("k", quoted=True, type=Array(VARCHAR)),
        Field("host", quoted=True, type=VARCHAR),
        Field("fields", quoted=True, type=Map(VARCHAR)),
        Field("source", quoted=True, type=PLACE),
    )
)
_ENDED = (
    Field("t", quoted=True, type=BIGINT),
    Field("e", quoted=True, type=_LAST),
    Field("n", quoted=True, type=BIGINT),
)
"""The columns of the windows that are over: the last event's time, the event, the count."""
