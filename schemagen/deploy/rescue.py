"""Records that ksqlDB dropped: counted by reason and place, as a finding of a drift says it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.deploy.processing_log import NO_TIME, EntryKind
from schemagen.ksqldb.dialect import columns, properties
from schemagen.ksqldb.reader import RecordDroppedError, RowReader
from schemagen.ksqldb.types import Field, Struct, render
from schemagen.profile.paths import ITEMS
from schemagen.profile.paths import render as render_path
from schemagen.sources.jackson import examine

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from schemagen.deploy.catalog import Catalog, Relation
    from schemagen.deploy.processing_log import LogEntry
    from schemagen.sources.records import Source


@dataclass(frozen=True, slots=True, order=True)
class DropReason:
    """Why records were dropped.

    Attributes:
        topic: the topic; empty where the log does not say.
        path: where in the record; empty for the record as a whole.
        what: a clause.

    """

    topic: str
    path: str
    what: str


@dataclass(slots=True)
class DroppedRecords:
    """Records that were dropped for one reason.

    Attributes:
        reason: why.
        count: how many, each once however many queries read it.
        first: when the first one was met, in milliseconds since 1970.
        last: when the last one was.
        queries: the ids of the queries that dropped them.
        values: their values, as far as the log has them.
        places: where they lie in their topic: partition and offset, where that was looked up.

    """

    reason: DropReason
    count: int = 0
    first: int = 0
    last: int = 0
    queries: set[str] = field(default_factory=set)
    values: set[bytes] = field(default_factory=set)
    places: list[tuple[int, int]] = field(default_factory=list)


def dropped_records(
    entries: Iterable[LogEntry], catalog: Catalog, queries: Collection[str]
) -> list[DroppedRecords]:
    """Count dropped records by their reasons, the most first.

    Args:
        entries: the processing log.
        catalog: what is on the server.
        queries: the ids of the queries whose entries count.

    """
    found: dict[DropReason, DroppedRecords] = {}
    seen: dict[DropReason, dict[str, Counter[str]]] = {}
    readers: dict[str, RowReader | None] = {}
    for entry in entries:
        if entry.query not in queries:
            continue
        source = _source_of(entry, catalog)
        reason = _reason(entry, source, readers)
        known = found.setdefault(reason, DroppedRecords(reason, first=entry.time))
        known.first, known.last = min(known.first, entry.time), max(known.last, entry.time)
        known.queries.add(entry.query)
        if entry.value is not None:
            known.values.add(entry.value)
        seen.setdefault(reason, {}).setdefault(entry.query, Counter())[entry.record] += 1
    for reason, by_query in seen.items():
        # Every query that reads a topic logs each of its records: the most of any one is right.
        records = {record for counts in by_query.values() for record in counts}
        found[reason].count = sum(
            max(counts[record] for counts in by_query.values()) for record in records
        )
    return sorted(found.values(), key=lambda each: (-each.count, each.reason))


def locate(dropped: Iterable[DroppedRecords], source: Source) -> None:
    """Look dropped records up in their topic, by their values; the log does not say where they lie.

    Raises:
        SourceError: the topic can't be read.

    """
    wanted: dict[bytes, DroppedRecords] = {value: each for each in dropped for value in each.values}
    for batch in source.batches():
        for position, value in zip(batch.positions, batch.values, strict=True):
            known = wanted.get(value) if isinstance(value, bytes) else None
            if known is not None and batch.partition is not None:
                known.places.append((batch.partition, position))
    for each in wanted.values():
        each.places.sort()


def _source_of(entry: LogEntry, catalog: Catalog) -> Relation | None:
    """Find the declaration by which a query reads the record of an entry."""
    query = next((each for each in catalog.queries if each.id == entry.query), None)
    sources = () if query is None else sorted(query.sources)
    known = [catalog.relations[name] for name in sources if name in catalog.relations]
    same = [each for each in known if not entry.topic or each.topic == entry.topic]
    return same[0] if same else None


def _reason(
    entry: LogEntry, source: Relation | None, readers: dict[str, RowReader | None]
) -> DropReason:
    topic = entry.topic or ("" if source is None else source.topic)
    if entry.kind is EntryKind.FAILED:
        if entry.message.startswith(NO_TIME):
            return DropReason(
                topic, _time_column(source), "the event time is missing or unreadable"
            )
        return DropReason(topic, "", "an expression of the query fails")
    if entry.kind is not EntryKind.UNREADABLE:
        return DropReason(topic, "", "the row could not be written")
    if entry.value is not None:
        judged = _judged(entry.value, source, readers)
        if judged is not None:
            return DropReason(topic, *judged)
    what = f"a value can't be read as {entry.target}" if entry.target else "it can't be read"
    return DropReason(topic, entry.path, what)


def _judged(
    value: bytes, source: Relation | None, readers: dict[str, RowReader | None]
) -> tuple[str, str] | None:
    """Find by our own model of the deserialiser where and why a record is dropped."""
    decoded = examine(value)
    if decoded.error is not None:
        return "", f"it is not a JSON object ({str(decoded.error).replace('_', ' ')})"
    if source is None:
        return None
    if source.name not in readers:
        readers[source.name] = _reader(source)
    reader = readers[source.name]
    if reader is None:
        return None
    try:
        reader.read(decoded.value)
    except RecordDroppedError as error:
        steps = tuple(ITEMS if isinstance(step, int) else step for step in error.steps)
        kind = render(error.declared).partition("<")[0]
        return render_path(steps), f"a value can't be read as {kind}"
    return None


def _reader(source: Relation) -> RowReader | None:
    if source.tree is None or source.is_derived:
        return None
    fields = tuple(
        Field(each.name, each.quoted, each.type)
        for each in columns(source.tree)
        if not (each.is_key or each.is_header)
    )
    return RowReader(Struct(fields))


def _time_column(source: Relation | None) -> str:
    found: Mapping[str, object] = (
        {} if source is None or source.tree is None else properties(source.tree)
    )
    return str(found.get("TIMESTAMP") or "").strip("`")
