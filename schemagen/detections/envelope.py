"""What an alert carries: the fixed columns of the alerts stream, and the fields that matched.

The columns are back-ticked, so that the keys of an alert keep their spelling. All that differs from
rule to rule is one STRUCT, so that a query of many rules makes it as one value and needs no second
query to take it apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.references import Each
from schemagen.ksqldb.dialect import call
from schemagen.ksqldb.names import needs_quotes, string_literal
from schemagen.ksqldb.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INT,
    VARCHAR,
    Array,
    Field,
    Map,
    Scalar,
    Struct,
)
from schemagen.ksqldb.types import to_sqlglot as type_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.bound import BoundField, BoundRule
    from schemagen.detections.column_index import ColumnIndex
    from schemagen.detections.references import Reference
    from schemagen.ksqldb.types import KsqlType

_TAGS = Array(VARCHAR)
_FIELDS = Map(VARCHAR)
_JOINED = (VARCHAR, BOOLEAN, INT, BIGINT, DOUBLE)
HOSTS = (
    "host.hostname",
    "host.name",
    "winlog.computer_name",
    "agent.hostname",
    "beat.hostname",
    "computer_name",
    "Computer",
    "ComputerName",
    "Hostname",
)
"""Where the name of the host may be, the best first."""

_NULLS = r'(?<=\{)(?:"[^"\\]*":null,?)+|,"[^"\\]*":null'
"""Fields of JSON text that are null. A quote within a text has a backslash before it: there no
field begins."""

_TIME_FORMAT = "yyyy-MM-dd'T'HH:mm:ss.SSSX"


def _field(name: str, declared: KsqlType) -> Field:
    return Field(name, quoted=True, type=declared)


ENVELOPE = (
    _field("time", VARCHAR),
    _field("host", VARCHAR),
    _field(
        "rule",
        Struct(
            (
                _field("id", VARCHAR),
                _field("title", VARCHAR),
                _field("level", VARCHAR),
                _field("tags", _TAGS),
                _field("fields", _FIELDS),
            )
        ),
    ),
    _field(
        "source",
        Struct((_field("topic", VARCHAR), _field("partition", INT), _field("offset", BIGINT))),
    ),
)
"""The columns of the alerts stream, in their order."""

KEY = _field("key", VARCHAR)
"""The column of an alert's key, where it has one."""

EVENT = _field("event", VARCHAR)
"""The column of the whole event as JSON text, the last one, where it is asked for."""


@dataclass(frozen=True, slots=True)
class AlertSource:
    """Where the events are from.

    Args:
        stream: the stream's name.
        topic: its topic.
        columns: its columns.
        event_time: the path of the event time; None for the time that ksqlDB has of the record.
        hosts: where the name of the host may be, the best first.
        value_format: the format of the topic's values.

    """

    stream: str
    topic: str
    columns: ColumnIndex
    event_time: str | None = None
    hosts: Sequence[str] = HOSTS
    value_format: str = "JSON"

    def made_as(self) -> dict[str, str]:
        """Return the format of a stream that is made of this one: what is written is JSON.

        A stream made by a query has the format of its source, unless it is named.
        """
        return {} if self.value_format == "JSON" else {"VALUE_FORMAT": "JSON"}

    def time(self) -> exp.Expr:
        """Make the event time, as text."""
        reference = self.columns.first(self.event_time) if self.event_time else None
        value = None if reference is None else as_text(reference)
        if value is not None:
            return value
        time = call("FROM_UNIXTIME", column("ROWTIME", quoted=False))
        text = exp.Literal.string(_TIME_FORMAT)
        return call("FORMAT_TIMESTAMP", time, text, exp.Literal.string("UTC"))

    def host(self) -> exp.Expr:
        """Make the name of the host, NULL where no field holds it."""
        found = self.named_host()
        return _null(VARCHAR) if found is None else found

    def named_host(self) -> exp.Expr | None:
        """Make the name of the host; None where no field holds it.

        What a forwarder tells of its own machine, others' events lack: then the next field holds.
        """
        found = (as_text(one) for path in self.hosts for one in self.columns.find(path))
        texts = [text for text in found if text is not None]
        if len(texts) < 2:  # noqa: PLR2004 - COALESCE takes two
            return texts[0] if texts else None
        return call("COALESCE", *texts)

    def event(self) -> exp.Expr:
        """Make the whole event as JSON text, each column under the name that it is kept by.

        What a STRUCT declares and the event has not would be null: it is taken out of the text.
        """
        fields = {
            each.stored: column(each.name, quoted=each.quoted)
            for each in self.columns.columns.fields
        }
        text = call("TO_JSON_STRING", _struct(**fields))
        return call("REGEXP_REPLACE", text, string_literal(_NULLS), string_literal(""))

    def source(self) -> exp.Expr:
        """Make the place of the event's record."""
        return _struct(
            topic=string_literal(self.topic),
            partition=column("ROWPARTITION", quoted=False),
            offset=column("ROWOFFSET", quoted=False),
        )


def column(name: str, *, quoted: bool = True) -> exp.Column:
    """Make a reference to a column."""
    return exp.Column(this=exp.Identifier(this=name, quoted=quoted))


def alias(node: exp.Expr, name: str, *, quoted: bool = True) -> exp.Alias:
    """Name an expression of a SELECT."""
    return exp.Alias(this=node, alias=exp.Identifier(this=name, quoted=quoted))


def stream(name: str) -> exp.Table:
    """Make the name of a stream."""
    return exp.Table(this=exp.Identifier(this=name, quoted=needs_quotes(name)))


def rule_value(bound: BoundRule) -> exp.Expr:
    """Make what an alert says of its rule."""
    rule = bound.rule
    tags = [string_literal(tag) for tag in rule.tags]
    return _struct(
        id=string_literal(rule.id),
        title=string_literal(rule.title),
        level=_null(VARCHAR) if rule.level is None else string_literal(rule.level),
        tags=exp.Array(expressions=tags) if tags else _null(_TAGS),
        fields=_matched(bound),
    )


def _matched(bound: BoundRule) -> exp.Expr:
    names: list[exp.Expr] = []
    values: list[exp.Expr] = []
    for field in shown(bound):
        texts = [text for one in field.references if (text := as_text(one)) is not None]
        if texts:
            names.append(string_literal(field.name))
            values.append(texts[0] if len(texts) == 1 else call("COALESCE", *texts))
    if not names:
        return _null(_FIELDS)
    return exp.Map(keys=exp.Array(expressions=names), values=exp.Array(expressions=values))


def shown(bound: BoundRule) -> list[BoundField]:
    """Give the fields that an alert of a rule shows: those the author names, else those it uses."""
    wanted = [found for name in bound.rule.fields if (found := bound.field(name)) is not None]
    wanted = [field for field in wanted if field.references]
    return wanted or [field for field in bound.fields if field.references]


def shown_value(field: BoundField) -> exp.Expr | None:
    """Make the value of a field as its columns have it; None where it is inside arrays."""
    found = [one for one in field.references if one.value() is not None]
    if not found:
        return None
    if len({one.whole_type() for one in found}) == 1:
        values = [value for one in found if (value := one.value()) is not None]
    else:
        values = [text for one in found if (text := as_text(one)) is not None]
    return values[0] if len(values) == 1 else call("COALESCE", *values)


def as_text(reference: Reference) -> exp.Expr | None:
    """Make the value at a reference as text, an array with commas.

    Returns:
        None where ksqlDB makes no text of it: objects, what is inside arrays, and bytes.

    """
    value, declared = reference.value(), reference.whole_type()
    if value is None or declared == VARCHAR:
        return value
    last = reference.hops[-1]
    if isinstance(declared, Array) and declared.item in _JOINED and isinstance(last, Each):
        if declared.item != VARCHAR:
            item = exp.Identifier(this=last.parameter, quoted=False)
            text = exp.Cast(this=item, to=type_tree(VARCHAR))
            value = call("TRANSFORM", value, exp.Lambda(this=text, expressions=[item.copy()]))
        return call("ARRAY_JOIN", value, exp.Literal.string(", "))
    if isinstance(declared, Scalar) and declared.name != "BYTES":
        return exp.Cast(this=value, to=type_tree(VARCHAR))
    return None


def _struct(**fields: exp.Expr) -> exp.Struct:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.Identifier(this=name, quoted=True), expression=value)
            for name, value in fields.items()
        ]
    )


def _null(declared: Scalar | Array | Map) -> exp.Expr:
    return exp.Cast(this=exp.Null(), to=type_tree(declared))


def comments(bound: BoundRule) -> list[str]:
    """Say which rule it is and how it is bound."""
    rule = bound.rule
    level = rule.level or "no level"
    status = rule.status or "no status"
    lines = [
        rule.title,
        f"id: {rule.id}",
        f"{level}, {status}, {rule.path}:{rule.line}",
        f"{bound.status}: {', '.join(bound.sources)}",
    ]
    lines += [*bound.reasons, *bound.remarks]
    return [re.sub(r"\s+", " ", line) for line in lines]
