"""Events for a replay: from files, or as people write them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from schemagen.replay.results import Event
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileReading, FileSource
from schemagen.sources.records import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.sources.records import RecordValue

_TEXT_MATTERS = re.compile(rb"[:,\[\s]-?(?:\d+\.\d*0|\d+(?:\.\d+)?[eE][+-]?\d+)[,\]}\s]")
"""Numbers whose text a float doesn't keep; ksqlDB does, in a column of text."""
_ZERO_AT_END = re.compile(rb"\.\d*0[,\]}\s]")
_EXPONENT = re.compile(rb"0e-?0+[,\]}\s]")
_MARKS = bytes.maketrans(b"123456789E+", b"000000000e-")
"""With these, `_TEXT_MATTERS` is looked for in few texts: it takes ten times as long."""


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
    read = enumerate(each_event(batches, topic, bad))
    return [
        replace(
            event,
            message=exactly(event),
            offset=place if event.offset is None else event.offset,
            raw=None,
        )
        for place, event in read
    ], bad


def each_event(
    batches: Iterable[Batch], topic: str, bad: list[UnreadableRecord]
) -> Iterator[Event]:
    """Yield records as messages of a topic; what is none goes into `bad` on the way.

    How numbers are written isn't in the messages: it takes long, and few events are looked at so
    closely. See `exactly`.
    """
    for batch in batches:
        for at, message, raw in each_message(batch, bad):
            yield event_at(batch, at, topic, message, raw)


def each_message(
    batch: Batch, bad: list[UnreadableRecord]
) -> Iterator[tuple[int, dict[str, Any], bytes | None]]:
    """Yield the messages of a batch, with their places in it and their texts, see `Event`."""
    decoder = Decoder()
    for start in range(0, len(batch.values), _GROUP):
        values = batch.values[start : start + _GROUP]
        for at, (message, raw) in enumerate(_decoded(decoder, values), start):
            if isinstance(message, str):
                bad.append(UnreadableRecord(batch.source, batch.positions[at], message))
            else:
                yield at, message, raw


def event_at(
    batch: Batch, at: int, topic: str, message: dict[str, Any], raw: bytes | None
) -> Event:
    """Return the event of a record: where a file says where it was in Kafka, that is its place."""
    event = Event(topic, message, batch.source, batch.positions[at], offset=None, raw=raw)
    if batch.origins:
        origin = batch.origins[at]
        event.offset = origin.offset
        event.timestamp = origin.timestamp or 0
        event.partition = origin.partition or 0
    return event


_GROUP = 16
"""So many records are decoded together: a call for each is saved, and few are held at once."""
_Decoded = tuple[dict[str, Any] | str, "bytes | None"]
"""The object of a record, or what it is instead; and its text, see `Event`."""


def _decoded(decoder: Decoder, values: Sequence[RecordValue]) -> Iterable[_Decoded]:
    before = decoder.examined
    rows = decoder.decode(Batch("", None, range(len(values)), values))
    if decoder.examined == before:
        return zip(rows, cast("Sequence[bytes]", values), strict=True)
    return map(_decoded_one, values)


def _decoded_one(raw: RecordValue) -> _Decoded:
    decoder = Decoder()
    rows = decoder.decode(Batch("", None, [0], [raw]))
    if not rows:
        fault = next(iter(decoder.decoding.counts), None)
        return getattr(fault, "label", "no JSON object"), None
    if not isinstance(raw, bytes):
        return rows[0], None
    return (exact(rows[0], raw), None) if decoder.examined else (rows[0], raw)


def exactly(event: Event) -> Any:
    """Return the message of an event; numbers keep their text."""
    return exact(event.message, event.raw)


def exact(message: Any, raw: bytes | None) -> Any:
    """Return a message; numbers keep their text, where it is given."""
    if raw is None:
        return message
    is_suspect = _ZERO_AT_END.search(raw) or _EXPONENT.search(raw.translate(_MARKS))
    if is_suspect and _TEXT_MATTERS.search(raw):
        try:
            exact = json.JSONDecoder(parse_float=Decimal).raw_decode(
                raw.decode("utf-8-sig").lstrip()
            )
        except (ValueError, RecursionError):
            return message
        if isinstance(exact[0], dict):
            return exact[0]
    return message
