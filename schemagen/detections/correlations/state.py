"""The streams between the events and the alerts of correlations, and what their columns hold."""

from __future__ import annotations

from schemagen.detections.envelope import ENVELOPE
from schemagen.ksqldb.types import BIGINT, DOUBLE, INT, VARCHAR, Array, Field, KsqlType, Map, Struct


def _field(name: str, declared: KsqlType) -> Field:
    return Field(name, quoted=True, type=declared)


def _struct(**fields: KsqlType) -> Struct:
    return Struct(tuple(_field(name, declared) for name, declared in fields.items()))


PLACE = _struct(topic=VARCHAR, partition=INT, offset=BIGINT)
"""Where an event's record is."""

HIT = _struct(c=VARCHAR, k=Array(VARCHAR), s=INT, v=VARCHAR, n=DOUBLE, fields=Map(VARCHAR))
"""That an event counts for a correlation: its id, the group, the place of the rule that matched
among the correlation's, the value, the number, and the fields that an alert shows."""

MATCHES = (
    _field("t", BIGINT),
    _field("host", VARCHAR),
    _field("hit", HIT),
    _field("source", PLACE),
)
"""The columns of the matches: one row for each correlation that an event counts for."""

LAST = _struct(
    s=INT,
    v=VARCHAR,
    n=DOUBLE,
    k=Array(VARCHAR),
    host=VARCHAR,
    fields=Map(VARCHAR),
    source=PLACE,
)
"""The event that came last into a window."""

KEPT_EVENT = _struct(sort_col=BIGINT, col0=INT, col1=VARCHAR, col2=DOUBLE, col3=INT, col4=BIGINT)
"""An event that a window keeps: time, place of the rule, value, number, partition, offset. The
names are those that TOPK gives its arguments (`TopkKudaf.java`)."""

STATES = (
    _field("c", VARCHAR),
    _field("ws", BIGINT),
    _field("t", BIGINT),
    _field("e", LAST),
    _field("a", Array(KEPT_EVENT)),
)
"""The columns of the states: one row for each change of a group's window."""

TIMES = _field("b", Array(BIGINT))
"""The newest times of a group, where a correlation counts more events than are kept whole."""

EVIDENCE = _struct(
    group=Map(VARCHAR),
    count=INT,
    first=VARCHAR,
    last=VARCHAR,
    events=Array(_struct(topic=VARCHAR, partition=INT, offset=BIGINT)),
)
"""What an alert says of the events that made it."""


def alert_columns() -> tuple[Field, ...]:
    """Return the columns of the alerts of correlations: the envelope, the evidence in `rule`."""
    found = []
    for field in ENVELOPE:
        if field.name == "rule" and isinstance(field.type, Struct):
            inner = (*field.type.fields, _field("correlation", EVIDENCE))
            found.append(_field("rule", Struct(inner)))
        else:
            found.append(field)
    return tuple(found)
