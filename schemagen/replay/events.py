"""Events for a replay: from files, or as people write them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from schemagen.replay.results import Event
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource
from schemagen.sources.records import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


def read_events(paths: Sequence[str], topic: str) -> tuple[list[Event], list[UnreadableRecord]]:
    """Read files of events as messages of a topic.

    Args:
        paths: what `FileSource` takes: files, folders, `-`.
        topic: the topic that they stand for.

    Returns:
        The events, and what is none.

    Raises:
        SourceError: a file can't be read.

    """
    return events_of(FileSource(list(paths)).batches(), topic)


def events_of(batches: Iterable[Batch], topic: str) -> tuple[list[Event], list[UnreadableRecord]]:
    """Read records as messages of a topic; see `read_events`."""
    events: list[Event] = []
    bad: list[UnreadableRecord] = []
    for batch in batches:
        for position, raw in zip(batch.positions, batch.values, strict=True):
            message, reason = decode_exactly(raw)
            if message is None:
                bad.append(UnreadableRecord(batch.source, position, reason))
            else:
                events.append(Event(topic, message, batch.source, position, offset=len(events)))
    return events, bad


def decode_exactly(raw: bytes | None) -> tuple[dict[str, Any] | None, str]:
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
    if raw is not None and _TEXT_MATTERS.search(raw):
        try:
            exact = json.JSONDecoder(parse_float=Decimal).raw_decode(
                raw.decode("utf-8-sig").lstrip()
            )
        except (ValueError, RecursionError):
            return message, ""
        if isinstance(exact[0], dict):
            return exact[0], ""
    return message, ""
