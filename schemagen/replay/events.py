"""Events for a replay: from files, or as people write them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from schemagen.replay.results import Event
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileReading, FileSource
from schemagen.sources.records import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.sources.records import RecordOrigin, RecordValue

_TEXT_MATTERS = re.compile(rb"\d\.\d*0(?![\d.])|\d[eE][+-]?\d|-0(?![\d.])")
"""Numbers whose text a float doesn't keep; ksqlDB does, in a column of text."""


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A record that is not a JSON object: no stream ever sees it.

    Attributes:
        source: the file.
        position: the line, counted from 1.
        reason: one clause.

    """

    source: str
    position: int
    reason: str


_AS_THEY_ARE = FileReading()


def read_events(
    paths: Sequence[str], topic: str, reading: FileReading = _AS_THEY_ARE
) -> tuple[list[Event], list[UnreadableRecord]]:
    """Read files of events as messages of a topic.

    Args:
        paths: what `FileSource` takes: files, folders, `-`.
        topic: the topic that they stand for.
        reading: how the files are read.

    Returns:
        The events, and what is none.

    Raises:
        SourceError: a file can't be read.

    """
    return events_of(FileSource(list(paths), reading=reading).batches(), topic)


def events_of(batches: Iterable[Batch], topic: str) -> tuple[list[Event], list[UnreadableRecord]]:
    """Read records as messages of a topic; see `read_events`."""
    bad: list[UnreadableRecord] = []
    return list(each_event(batches, topic, bad)), bad


def each_event(
    batches: Iterable[Batch], topic: str, bad: list[UnreadableRecord]
) -> Iterator[Event]:
    """Yield records as messages of a topic; what is none goes into `bad` on the way.

    Where a file says where a record was in Kafka, that is its time, partition and offset.
    """
    count = 0
    for batch in batches:
        origins: Sequence[RecordOrigin | None] = batch.origins or [None] * len(batch.values)
        for position, raw, origin in zip(batch.positions, batch.values, origins, strict=True):
            message, reason = decode_exactly(raw)
            if message is None:
                bad.append(UnreadableRecord(batch.source, position, reason))
            else:
                event = Event(topic, message, batch.source, position, offset=count)
                yield event if origin is None else _placed(event, origin)
                count += 1


def _placed(event: Event, origin: RecordOrigin) -> Event:
    """Return an event with what is known of where it was."""
    return replace(
        event,
        timestamp=event.timestamp if origin.timestamp is None else origin.timestamp,
        partition=event.partition if origin.partition is None else origin.partition,
        offset=event.offset if origin.offset is None else origin.offset,
    )


def decode_exactly(raw: RecordValue) -> tuple[dict[str, Any] | None, str]:
    """Decode one record; numbers keep their text.

    Returns:
        The object, or None and what the record is instead.

    """
    decoder = Decoder()
    rows = decoder.decode(Batch("", None, [0], [raw]))
    if not rows:
        fault = next(iter(decoder.decoding.counts), None)
        return None, getattr(fault, "label", "no JSON object")
    message = rows[0]
    if isinstance(raw, bytes) and _TEXT_MATTERS.search(raw):
        try:
            exact = json.JSONDecoder(parse_float=Decimal).raw_decode(
                raw.decode("utf-8-sig").lstrip()
            )
        except (ValueError, RecursionError):
            return message, ""
        if isinstance(exact[0], dict):
            return exact[0], ""
    return message, ""
