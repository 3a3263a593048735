"""A stream as it is declared: its columns, its event time, and the statements beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.choices import ValueFormat
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import columns, nodes, parse_script, properties, stream_name
from schemagen.ksqldb.event_time import declared_time
from schemagen.ksqldb.names import fold, stored
from schemagen.ksqldb.paths import declared_path, type_at
from schemagen.ksqldb.types import Field, KsqlType, Map, Struct
from schemagen.ksqldb.watched import watched_name
from schemagen.profile.paths import ANY_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.scopes import Steps
    from schemagen.profile.paths import Path


FORMATS = tuple(each.upper() for each in ValueFormat)
"""The formats of values that are read here."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The stream over a topic.

    Attributes:
        stream: its name as ksqlDB keeps it.
        columns: the columns that are read from the record's value.
        statement: the statement that declares it.
        script: all statements of the file, in order; that one included.
        time_column: the stored name of the column of the event time, None where there is none.
        time_pattern: its TIMESTAMP_FORMAT, None where the column holds milliseconds.

    """

    stream: str
    columns: Struct
    statement: exp.Create
    script: Sequence[exp.Expr]
    time_column: str | None = None
    time_pattern: str | None = None

    @property
    def outside(self) -> frozenset[str]:
        """The stored names of the columns that are not read from the value: keys and headers."""
        return frozenset(
            stored(column.name, quoted=column.quoted)
            for column in columns(self.statement)
            if column.is_key or column.is_header
        )

    def steps(self, path: Path) -> Steps | None:
        """Return where the columns have what lies at a path of the messages; None for nowhere."""
        return declared_path(self.columns, path)

    def type_at(self, path: Path) -> KsqlType | None:
        """Return the type that a path of the messages is read as; None where it isn't read."""
        return type_at(self.columns, path)

    def without_keys(self, path: Path) -> Path:
        """Write ANY_KEY for the keys of maps on a path: they are data."""
        found: KsqlType | None = self.columns
        out: Path = ()
        for step in path:
            out = (*out, ANY_KEY if isinstance(found, Map) else step)
            found = None if found is None else type_at(found, [step])
        return out


def declared_stream(
    statement: exp.Create, script: Sequence[exp.Expr], origin: str = "The statement"
) -> Declared:
    """Read how a stream is declared.

    Raises:
        InputError: it does not read JSON, or it declares no column, or WRAP_SINGLE_VALUE is false.

    """
    found = properties(statement)
    name = stream_name(statement)
    value_format = format_of(statement)
    if value_format not in FORMATS:
        raise InputError(
            f"{origin}: {name} reads {value_format}, which can't be judged.",
            f"What can be judged is {', '.join(FORMATS)}.",
        )
    if found.get("WRAP_SINGLE_VALUE") is False:
        raise InputError(
            f"{origin}: {name} is declared with WRAP_SINGLE_VALUE = false.",
            "Its records are not objects, and only objects can be judged.",
        )
    fields = value_columns(statement)
    if not fields.fields:
        raise InputError(f"{origin}: {name} declares no column.", "Name a CREATE STREAM with some.")
    time = declared_time(found)
    declared = Declared(
        name,
        fields,
        statement,
        script,
        None if time is None else time.column,
        None if time is None else time.pattern,
    )
    if declared.time_column in declared.outside:
        # What keys and headers hold is not in the evidence.
        return replace(declared, time_column=None, time_pattern=None)
    return declared


def format_of(statement: exp.Create) -> str:
    """Return the format of the values that a declaration reads."""
    found = properties(statement)
    return str(found.get("VALUE_FORMAT", found.get("FORMAT", "")) or "JSON").upper()


def declares(sql: str, origin: str, topic: str) -> bool:
    """Check whether a file of statements declares a stream over a topic.

    Raises:
        InputError: the text is not SQL that ksqlDB reads.

    """
    return bool(_over(parse_script(sql, origin), topic))


def _over(script: Sequence[exp.Expr], topic: str) -> list[exp.Create]:
    """List the streams over a topic as they are after all statements, in order."""
    found: dict[str, exp.Create] = {}
    for each in script:
        if isinstance(each, exp.Create) and isinstance(each.this, exp.Schema):
            if properties(each).get("KAFKA_TOPIC") == topic:
                found[stream_name(each)] = each
        elif isinstance(each, nodes.AlterSource) and stream_name(each) in found:
            altered = found[stream_name(each)].copy()
            added = [column.copy() for column in each.expressions]
            altered.this.set("expressions", [*altered.this.expressions, *added])
            found[stream_name(each)] = altered
    return list(found.values())


def watched_in(script: Sequence[exp.Expr], stream: str) -> exp.Create | None:
    """Find the declaration beside a stream that detections read; None where there is none."""
    wanted = watched_name(stream)
    declared = (
        each
        for each in script
        if isinstance(each, exp.Create) and isinstance(each.this, exp.Schema)
    )
    return next((each for each in declared if stream_name(each) == wanted), None)


def value_columns(statement: exp.Create) -> Struct:
    """Return the columns that a declaration reads from the record's value."""
    return Struct(
        tuple(
            Field(column.name, column.quoted, column.type)
            for column in columns(statement)
            if not (column.is_key or column.is_header)
        )
    )


def _without_watched(over: Sequence[exp.Create]) -> list[exp.Create]:
    """Leave out the declarations that detections read beside others of the list."""
    watched = {watched_name(stream_name(each)) for each in over}
    return [each for each in over if stream_name(each) not in watched]


def read_declared(sql: str, origin: str, topic: str, stream: str | None = None) -> Declared:
    """Find the stream over a topic in a file of statements.

    Args:
        sql: the text.
        origin: where it is from, for messages.
        topic: the topic.
        stream: the stream's name, where several are over the topic.

    Raises:
        InputError: the text is not SQL that ksqlDB reads, or has no such stream, or several.

    """
    script = parse_script(sql, origin)
    over = [
        each
        for each in _over(script, topic)
        if stream is None or fold(stream_name(each)) == fold(stream)
    ]
    if stream is None:
        over = _without_watched(over)
    if not over:
        named = f" named {stream}" if stream else ""
        topics = sorted(
            str(properties(each).get("KAFKA_TOPIC"))
            for each in script
            if isinstance(each, exp.Create) and isinstance(each.this, exp.Schema)
        )
        raise InputError(
            f"{origin} declares no stream{named} over the topic {topic}.",
            f"It declares streams over {', '.join(topics)}." if topics else "",
        )
    if len(over) > 1:
        names = ", ".join(stream_name(each) for each in over)
        raise InputError(
            f"{origin} declares several streams over the topic {topic}: {names}.",
            "Name the one to judge: --stream NAME.",
        )
    return declared_stream(over[0], script, origin)
