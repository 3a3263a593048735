"""What ksqlDB could not read or compute: its processing log, read as a stream.

One entry a record and query, so that each record is there once for every query that reads it. An
entry says neither partition nor offset nor key of the record (seen on the real engine); with
`rows.include` it holds the record's value.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.deploy.queries import PROCESSING_LOG
from schemagen.ksqldb.dialect import write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemagen.deploy.catalog import Catalog
    from schemagen.deploy.server.client import KsqlClient

NO_TIME = "Failed to extract timestamp from row"
"""How ksqlDB begins to say that it finds no event time."""

_LOGGER = re.compile(r"processing\.(?P<query>[^.]+)\.(?P<rest>.*)")
_PATH = re.compile(r"path: (\$[^\s,]*)")
_TARGET = re.compile(r"(?:targetType|requiredType): (\w+)")


class EntryKind(StrEnum):
    """What an entry of the processing log is about."""

    UNREADABLE = "unreadable"
    """The value of a record can't be read by its declaration: the record is dropped."""
    FAILED = "failed"
    """An expression or the event time of a record fails."""
    UNWRITTEN = "unwritten"
    """A row could not be written into its topic."""
    OTHER = "other"


_KINDS = {
    0: EntryKind.UNREADABLE,
    1: EntryKind.FAILED,
    2: EntryKind.UNWRITTEN,
    3: EntryKind.UNWRITTEN,
}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry of the processing log.

    Attributes:
        query: the id of the query.
        kind: what it is about.
        time: when, in milliseconds since 1970.
        topic: the topic of the record; empty where the entry does not say.
        value: the record's value; None where the entry does not have it.
        message: what ksqlDB says. It can hold values: not to be shown.
        record: a hash of the record, the same for every query that reads it.

    """

    query: str
    kind: EntryKind
    time: int
    topic: str = ""
    value: bytes | None = None
    message: str = ""
    record: str = ""

    @property
    def path(self) -> str:
        """Where in the record, as ksqlDB says it: names as they are stored; empty for nowhere."""
        found = _PATH.search(self.message)
        return found[1].removeprefix("$").removeprefix(".") if found else ""

    @property
    def target(self) -> str:
        """The type that a value could not be read as; empty where ksqlDB does not say."""
        found = _TARGET.search(self.message)
        return found[1] if found else ""


def log_stream(catalog: Catalog) -> str | None:
    """Find the stream over the processing log; None where there is none."""
    if PROCESSING_LOG in catalog.relations:
        return PROCESSING_LOG
    named = (each for each in catalog.relations.values() if each.topic.endswith("processing_log"))
    return next((each.name for each in named), None)


def read_log(client: KsqlClient, stream: str, since: int = 0) -> Iterator[LogEntry]:
    """Yield the entries of the processing log from a time on.

    Args:
        client: the server.
        stream: the stream's stored name.
        since: milliseconds since 1970.

    Raises:
        ServerError: the server can't be reached, or refuses it.

    """
    for row in client.rows(_selected(stream, since)):
        entry = _entry(row)
        if entry is not None:
            yield entry


def _selected(stream: str, since: int) -> str:
    """Write the SELECT of the entries from a time on; without EMIT it ends with the last one."""
    when = exp.GTE(this=_column("TIME"), expression=exp.Literal.number(since))
    table = exp.Table(this=exp.Identifier(this=stream, quoted=True))
    select = exp.Select(
        expressions=[_column("LOGGER"), _column("TIME"), _column("MESSAGE")],
        from_=exp.From(this=table),
        where=exp.Where(this=when),
    )
    return write(select, pretty=False)


def _column(name: str) -> exp.Expr:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))


def _entry(row: Mapping[str, Any]) -> LogEntry | None:
    found = _LOGGER.fullmatch(str(row.get("LOGGER")))
    if found is None:
        return None
    message = _folded(row.get("MESSAGE"))
    kind = _KINDS.get(int(message.get("TYPE", -1) or 0), EntryKind.OTHER)
    parts = (
        "DESERIALIZATIONERROR", "RECORDPROCESSINGERROR", "PRODUCTIONERROR", "SERIALIZATIONERROR",
    )  # fmt: skip
    body = next((_folded(message.get(part)) for part in parts if message.get(part)), {})
    causes = body.get("CAUSE")
    record = str(body.get("RECORDB64") or body.get("RECORD") or "")
    texts = [str(body.get("ERRORMESSAGE") or ""), *map(str, causes or ())]
    return LogEntry(
        found["query"],
        kind,
        int(row.get("TIME") or 0),
        str(body.get("TOPIC") or ""),
        _value(body.get("RECORDB64")),
        "\n".join(texts),
        hashlib.sha256(record.encode()).hexdigest() if record else "",
    )


def _folded(data: Any) -> dict[str, Any]:
    return (
        {str(key).upper(): value for key, value in data.items()} if isinstance(data, dict) else {}
    )


def _value(text: Any) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except binascii.Error:
        return None
