"""The statements of a file as streams and the queries between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlglot import exp

from schemagen.choices import ValueFormat
from schemagen.deploy.detections import rule_column
from schemagen.deploy.labels import rule_of
from schemagen.deploy.queries import query_of, shows_text
from schemagen.ksqldb.dialect import columns, nodes, properties, stream_name
from schemagen.ksqldb.event_time import declared_time, event_time_reader
from schemagen.ksqldb.names import stored
from schemagen.ksqldb.time_patterns import UnknownPatternError
from schemagen.ksqldb.types import Field, Struct
from schemagen.replay.translation.code import EngineRefusalError, UnsupportedError
from schemagen.replay.translation.scope import ColumnScope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.ksqldb.dialect import Column, PropertyValue
    from schemagen.ksqldb.event_time import EventTimeReader
    from schemagen.ksqldb.types import KsqlType

_IGNORED = (nodes.SetProperty, nodes.UnsetProperty, nodes.Verbatim, nodes.Explain)


@dataclass(slots=True)
class ScriptStream:
    """A stream of the file.

    Attributes:
        name: its name as ksqlDB keeps it.
        topic: the topic that its rows come from; None where a query makes them.
        declared: the columns read from the record's value.
        scope: all its columns, and what the queries ask for.
        time: how the event time is read from a message; None where it isn't.

    """

    name: str
    topic: str | None
    declared: list[Column]
    scope: ColumnScope
    time: EventTimeReader | None = None

    @property
    def struct(self) -> Struct:
        """The columns that are read from the record's value."""
        return Struct(tuple(Field(c.name, c.quoted, c.type) for c in self.declared))


@dataclass(slots=True)
class PersistentQuery:
    """A persistent query: CREATE STREAM … AS SELECT, or INSERT INTO … SELECT.

    Attributes:
        target: the stream that it writes into.
        source: the stream that it reads.
        select: its SELECT; None where the translation was kept from an earlier run.
        line: where the statement begins, counted from 1.
        rule: the rule that its comments name, empty where they name none.
        rule_column: the column in which its rows name their rules, empty where none does.
        alerts: whether its rows can be alerts.

    """

    target: str
    source: ScriptStream
    select: exp.Select | None
    line: int
    rule: str
    rule_column: str = ""
    alerts: bool = True


@dataclass(slots=True)
class SkippedStatement:
    """A statement that the replay can't run.

    Attributes:
        target: the stream that it would write into or make.
        line: where the statement begins, counted from 1.
        what: one sentence: why it isn't run.
        rule: the rule that its comments name, empty where they name none.

    """

    target: str
    line: int
    what: str
    rule: str


def is_ignored(statement: exp.Expr) -> bool:
    """Tell whether the statement changes nothing about what fires."""
    return isinstance(statement, _IGNORED)


def declared_stream(statement: exp.Create) -> ScriptStream:
    """Read a CREATE STREAM over a topic.

    Raises:
        UnsupportedError: the replay can't read such a stream.
        InputError: a column's type isn't known.

    """
    if statement.args.get("kind") != "STREAM":
        raise UnsupportedError("CREATE TABLE")
    found = properties(statement)
    topic = found.get("KAFKA_TOPIC")
    value_format = str(found.get("VALUE_FORMAT")).lower()
    if not isinstance(topic, str) or value_format not in set(ValueFormat):
        raise UnsupportedError("a stream without a topic, or in a format that is not read here")
    all_columns = columns(statement)
    if any(column.is_header for column in all_columns):
        raise UnsupportedError("a column of headers")
    if found.get("WRAP_SINGLE_VALUE") is False:
        raise UnsupportedError("WRAP_SINGLE_VALUE = false")
    types: dict[str, KsqlType] = {column.stored: column.type for column in all_columns}
    return ScriptStream(
        stream_name(statement),
        topic,
        [column for column in all_columns if not column.is_key],
        ColumnScope(types),
        _time(found, types),
    )


def _time(
    found: Mapping[str, PropertyValue], types: Mapping[str, KsqlType]
) -> EventTimeReader | None:
    declared = declared_time(found)
    if declared is None:
        return None
    try:
        return event_time_reader(declared, types)
    except UnknownPatternError as error:
        raise UnsupportedError(str(error)) from None


def _check_key(select: exp.Select, keys: list[exp.Expr]) -> None:
    """Refuse a PARTITION BY that the engine refuses; a key is a column like others here.

    Raises:
        EngineRefusalError: the engine refuses it.

    """
    shown = [each.this if isinstance(each, exp.Alias) else each for each in select.expressions]
    explodes = any(
        isinstance(each, exp.Anonymous) and str(each.this).upper() == "EXPLODE" for each in shown
    )
    for key in keys:
        if shown.count(key) != 1:
            raise EngineRefusalError("PARTITION BY takes what stands once among the columns")
        if explodes and not isinstance(key, exp.Column):
            raise EngineRefusalError("beside EXPLODE, PARTITION BY takes a column alone")


def query(
    statement: exp.Expression, line: int, streams: dict[str, ScriptStream]
) -> PersistentQuery:
    """Read a persistent query.

    Raises:
        UnsupportedError: it has a clause that the replay doesn't know, or reads what isn't there.

    """
    select = cast("exp.Select", statement.args["expression"])
    if isinstance(statement, exp.Create) and statement.args.get("kind") != "STREAM":
        raise UnsupportedError("CREATE TABLE … AS SELECT")
    clauses = {
        "joins": "JOIN",
        "windows": "WINDOW",
        "group": "GROUP BY",
        "having": "HAVING",
        "limit": "LIMIT",
        "distinct": "DISTINCT",
    }
    for key, clause in clauses.items():
        if select.args.get(key):
            raise UnsupportedError(clause)
    for option in select.args.get("options") or ():
        if isinstance(option, nodes.PartitionBy):
            _check_key(select, option.expressions)
        elif not isinstance(option, nodes.Emit):
            raise UnsupportedError("an option of SELECT")
    table = select.args["from_"].this
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise UnsupportedError("a source that is not a stream")
    name = stored(str(table.this.this), quoted=bool(table.this.args.get("quoted")))
    source = streams.get(name)
    if source is None:
        raise EngineRefusalError(f"no statement before it makes the stream {name} that it reads")
    found = query_of(statement)
    return PersistentQuery(
        stream_name(statement),
        source,
        select,
        line,
        rule_of(statement),
        rule_column(statement),
        found is None or not shows_text(found),
    )
