"""Messages inside JSON documents of a tool's own: from each document one message.

What a document must have to be an envelope is its whole shape, for any event can have a field that
is called `payload`: all keys that the tool always writes, of the right kind, and no others than it
knows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.jackson import examine
from schemagen.sources.records import RecordOrigin
from schemagen.sources.slicing import members, unescaped
from schemagen.sources.winlogbeat import event_of, is_dumped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemagen.sources.records import RecordValue

_UNREAD = ...
"""Stands for a value that can't be read."""


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _any(_: Any) -> bool:
    return True


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) or value is _UNREAD


@dataclass(frozen=True, slots=True)
class Envelope:
    """A form of document that holds one message.

    Attributes:
        title: what wrote it.
        member: the key that the message stands at.
        needed: what the keys hold that are always there.
        allowed: the other keys there can be.
        origin: the keys of the topic, partition, offset, time and key; empty without any.

    """

    title: str
    member: str
    needed: Mapping[str, Callable[[Any], bool]]
    allowed: frozenset[str]
    origin: tuple[str, str, str, str, str] | None = None

    def fits(self, document: Any) -> bool:
        """Return whether a document is such an envelope, as a whole."""
        return (
            type(document) is dict
            and document.keys() <= self.allowed
            and all(key in document and fits(document[key]) for key, fits in self.needed.items())
        )

    def open(self, raw: bytes) -> tuple[RecordValue, RecordOrigin | None]:
        """Return the message in a document, and where it was in Kafka."""
        document = _read(raw)
        if not self.fits(document):
            # What is broken is said to be broken.
            broken = examine(raw).value is None
            return (raw if broken else DecodeError.NOT_ENVELOPED), None
        return self._message(raw, document), self._where(document)

    def _message(self, raw: bytes, document: dict[str, Any]) -> RecordValue:
        value = document.get(self.member)
        if isinstance(value, str):
            try:
                return value.encode()
            except UnicodeEncodeError:
                value = _UNREAD
        if value is None:
            return None
        # As it is written there: nothing is lost by reading it here.
        text = (members(raw) or {})[self.member]
        return unescaped(text) if text.startswith(b'"') else text

    def _where(self, document: dict[str, Any]) -> RecordOrigin | None:
        if self.origin is None:
            return None
        topic, partition, offset, time, key = self.origin
        return RecordOrigin(
            document[topic],
            document[partition],
            document[offset],
            _time(document.get(time)),
            document.get(key) is not None,
        )


def _time(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _read(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except ValueError:
        found = members(raw)
        return found and {key: _loosely(text) for key, text in found.items()}


def _loosely(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _UNREAD


@dataclass(frozen=True, slots=True)
class EventEnvelope(Envelope):
    """An event of Windows as evtx_dump writes it, which becomes one of Winlogbeat."""

    def fits(self, document: Any) -> bool:
        """Return whether a document is such an event."""
        return is_dumped(document)

    def _message(self, raw: bytes, document: dict[str, Any]) -> RecordValue:
        del raw  # the event is made of what was read
        return event_of(document)


def _envelope(
    title: str,
    member: str,
    needed: Mapping[str, Callable[[Any], bool]],
    allowed: str = "",
    **more: Any,
) -> Envelope:
    return Envelope(title, member, needed, frozenset((member, *needed, *allowed.split())), **more)


KCAT = _envelope(
    "kcat -J",
    "payload",
    {
        "topic": _is_text,
        "partition": _is_whole,
        "offset": _is_whole,
        "key": _any,
        "payload": _any,
    },
    "tstype ts broker headers key_schema_id value_schema_id key_len payload_len",
    origin=("topic", "partition", "offset", "ts", "key"),
)
RPK = _envelope(
    "rpk topic consume",
    "value",
    {"topic": _is_text, "partition": _is_whole, "offset": _is_whole, "timestamp": _is_whole},
    "key headers key_size",
    origin=("topic", "partition", "offset", "timestamp", "key"),
)
HIT = _envelope(
    "Elasticsearch hits",
    "_source",
    {"_index": _is_text, "_source": _is_object},
    "_id _type _score _version _routing _ignored _seq_no _primary_term _shard _node _explanation"
    " _nested _parent fields sort highlight inner_hits matched_queries ignored_field_values found",
)
DUMPED = EventEnvelope("evtx_dump", "Event", {}, frozenset())
