"""What a replay takes and gives."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


# Not frozen: there are very many, and it takes three times as long.
@dataclass(slots=True)
class Event:
    """A message of a topic.

    Attributes:
        topic: the topic.
        message: as decoded; numbers with a fraction as Decimal where their exact text matters.
        source: where it is from: a file's name, or what stands for it.
        position: where in the source, such as the line, counted from 1.
        timestamp: the record's own time, milliseconds since 1970.
        partition: the record's partition.
        offset: its offset there; None where nothing says so, and events are counted.
        raw: its text, where the message may lack how numbers are written in it (`exactly`); the
            text holds no half of a surrogate pair then.

    """

    topic: str
    message: Any
    source: str = ""
    position: int = 0
    timestamp: int = 0
    partition: int = 0
    offset: int | None = 0
    raw: bytes | None = None

    @property
    def place(self) -> str:
        """Where it is from, for people."""
        return f"{self.source}:{self.position}" if self.source else str(self.position)


def without_message(event: Event) -> Event:
    """Return what says where an event is from, and not what it says."""
    place = event.source, event.position, event.timestamp, event.partition, event.offset
    return Event(event.topic, None, *place)


class NoticeKind(StrEnum):
    """What sort of finding it is; the names are stable."""

    NOT_RUN = "not-run"
    """A statement that the replay can't run: what it would do isn't known."""
    ERROR = "error"
    """An error while evaluating, which ksqlDB tells only its processing log."""
    REGEX = "regex"
    """A regular expression that Java refuses, that can't be replayed, or that may differ."""
    ALTERED = "altered"
    """Texts with halves of surrogate pairs, which are replaced here."""
    LATE = "late"
    """Rows that came after the grace of a window: it doesn't count them."""


@dataclass(frozen=True, slots=True)
class ReplayNotice:
    """Something that a reader of the results must know.

    Attributes:
        kind: what sort.
        what: one sentence, without values of events.
        stream: the stream that the statement writes into.
        line: the line that the statement begins on; 0 where it concerns none.
        rule: the rule, empty where it isn't known or concerns all.
        events: the events that it happened with, as indexes.
        fatal: whether results are missing for it.

    """

    kind: NoticeKind
    what: str
    stream: str = ""
    line: int = 0
    rule: str = ""
    events: tuple[int, ...] = ()
    fatal: bool = False

    @property
    def said(self) -> tuple[object, ...]:
        """All of it but the events."""
        return self.kind, self.what, self.stream, self.line, self.rule, self.fatal


class NamedEvents(Sequence[Event]):
    """As many events as there were; not all of very many are kept.

    Those that something is said of always are. Others must not be asked for: that is a KeyError.

    Args:
        count: how many there were.
        kept: those that are kept, by their indexes.

    """

    def __init__(self, count: int = 0, kept: Mapping[int, Event] | None = None) -> None:
        self._count = count
        self._kept = dict(kept or {})

    def add(self, later: NamedEvents, named: Iterable[int]) -> None:
        """Add those behind these, which are counted on; some are kept, without their messages."""
        for index in named:
            self._kept[index] = without_message(later[index])
        self._count = len(later)

    def kept(self) -> Iterable[tuple[int, Event]]:
        """Give those that are kept, with their indexes."""
        return self._kept.items()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        places = range(self._count)[index]
        if isinstance(places, range):
            return [self._kept[place] for place in places]
        return self._kept[places]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a stream that a query made.

    Attributes:
        values: as the serialiser writes them: by the stored names, NULL as None.
        event: the event that it comes from, an index.
        rule: the rule that it is an alert of.
        timestamp: its time, milliseconds since 1970.

    """

    values: dict[str, Any]
    event: int
    rule: str
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class Dropped:
    """An event that a stream never sees.

    Attributes:
        event: its index.
        stream: the stream.
        path: where in the message the value is that can't be read.
        reason: one clause.

    """

    event: int
    stream: str
    path: str
    reason: str


@dataclass(slots=True)
class Result:
    """What came of a run.

    Attributes:
        events: the events, of which those are kept that the rest names.
        rows: the rows by the stream that they were written into.
        dropped: the events that were lost on the way in.
        findings: what a reader must know.

    """

    events: NamedEvents
    rows: dict[str, list[Row]] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    findings: list[ReplayNotice] = field(default_factory=list)

    def take(self, part: Result) -> None:
        """Add what came of a later part of the events: its alerts, and the events that it names.

        Rows that no rule made are left out: of a million events they would fill the memory.
        """
        for stream, rows in part.rows.items():
            alerts = [row for row in rows if row.rule]
            if alerts:
                self.rows.setdefault(stream, []).extend(alerts)
        self.dropped += part.dropped
        known = {notice.said: place for place, notice in enumerate(self.findings)}
        for notice in part.findings:
            place = known.get(notice.said)
            if place is None:
                self.findings.append(notice)
            else:
                before = self.findings[place]
                self.findings[place] = replace(before, events=(*before.events, *notice.events))
        named = {row.event for rows in part.rows.values() for row in rows if row.rule}
        named |= {each.event for each in part.dropped}
        named |= {event for notice in part.findings for event in notice.events}
        self.events.add(part.events, named)

    def fired(self) -> dict[str, list[int]]:
        """Give the events that each rule alerted on, as indexes, in order, each once."""
        found: dict[str, set[int]] = {}
        for rows in self.rows.values():
            for row in rows:
                if row.rule:
                    found.setdefault(row.rule, set()).add(row.event)
        return {rule: sorted(events) for rule, events in sorted(found.items())}


def as_json(value: Any) -> Any:
    """Return a value of a row in a form that JSON has, as ksqlDB's serialiser writes it.

    Bytes are base64, NaN and the infinities their names. A decimal is a number where a double keeps
    all of its digits, and else their text: other readers of JSON would round it in silence.
    """
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return _scalar_as_json(value)


def _scalar_as_json(value: Any) -> bool | int | float | str | None:
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, date | time):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _decimal(value: Decimal) -> float | int | str:
    if not value.is_finite():
        return str(value)
    near = float(value)
    if math.isfinite(near) and Decimal(repr(near)) == value:
        return int(value) if value == value.to_integral_value() and abs(near) < _EXACT else near
    return f"{value:f}"


_EXACT = 2**53
"""Below this each whole number is a double."""
