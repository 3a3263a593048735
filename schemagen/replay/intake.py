"""What streams make of events, one event after another: rows, or why there is none.

A message is large and a row is little, so that no message is kept; nor is a row that no query of
the stream can let through (`possible.py`), which are most. What ksqlDB drops is told of all.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.ksqldb.reader import RecordDroppedError, RowReader
from schemagen.ksqldb.types import kind_of
from schemagen.replay.events import each_message, event_at, exact
from schemagen.replay.loading import RowValues
from schemagen.replay.possible import PossibleRows, narrowed
from schemagen.replay.results import Dropped, NamedEvents, without_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.replay.events import UnreadableRecord
    from schemagen.replay.loading import SourceRow
    from schemagen.replay.plan import QueryProgram
    from schemagen.replay.results import Event
    from schemagen.replay.script import ScriptStream
    from schemagen.sources.records import Batch


@dataclass(slots=True)
class TakenRows:
    """What a stream made of some events.

    Attributes:
        rows: the rows that a query may let through.
        dropped: the events that ksqlDB drops.
        altered: the events whose texts hold halves of surrogate pairs, as indexes.

    """

    rows: list[SourceRow] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    altered: list[int] = field(default_factory=list)

    def add(self, later: TakenRows, first: int) -> None:
        """Add what it made of other events, of which the first has this index."""
        self.rows += [(index + first, values, time) for index, values, time in later.rows]
        for each in later.dropped:
            self.dropped.append(Dropped(each.event + first, each.stream, each.path, each.reason))
        self.altered += [index + first for index in later.altered]


@dataclass(slots=True)
class TakenEvents:
    """What was made of events in a row.

    Attributes:
        first: the index of the first of them.
        count: how many they are.
        events: those that the streams name, by index.
        streams: what the streams made of them, by name.
        unreadable: the records among them that are no events.

    """

    first: int = 0
    count: int = 0
    events: dict[int, Event] = field(default_factory=dict)
    streams: dict[str, TakenRows] = field(default_factory=dict)
    unreadable: list[UnreadableRecord] = field(default_factory=list)

    def add(self, later: TakenEvents) -> None:
        """Add what was made of the events behind these, which were counted from 0."""
        first = self.first + self.count
        for index, event in later.events.items():
            own = index + first
            self.events[own] = event if event.offset is not None else replace(event, offset=own)
        for name, rows in later.streams.items():
            self.streams.setdefault(name, TakenRows()).add(rows, first)
        self.count += later.count

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(len(each.rows) for each in self.streams.values())

    def named(self) -> NamedEvents:
        """Return the events as a result has them."""
        return NamedEvents(self.first + self.count, self.events)


class Intake:
    """Reads events for the streams that queries read.

    Args:
        programs: the queries.
        every: whether each event is kept; else those that a stream names are.
        messages: whether the events that are kept have their messages.

    """

    def __init__(
        self, programs: Sequence[QueryProgram], *, every: bool = False, messages: bool = False
    ) -> None:
        self._every = every or messages
        self._messages = messages
        self._by_topic: dict[str, list[_StreamIntake]] = {}
        # Of a stream that is declared twice, the first declaration counts.
        sources = {made.query.source.name: made.query.source for made in reversed(programs)}
        for stream in sources.values():
            if stream.topic is not None:
                readers = [each for each in programs if each.query.source is stream]
                own = _StreamIntake(stream, readers)
                self._by_topic.setdefault(stream.topic, []).append(own)

    def take(self, events: Iterable[Event]) -> TakenEvents:
        """Read events."""
        made, count = TakenEvents(), 0
        for index, event in enumerate(events):
            count += 1
            streams = self._by_topic.get(event.topic, ()) if event.message is not None else ()
            is_named = self._every
            for each in streams:
                is_named |= each.take(index, event.message, event.raw, event.timestamp)
            if is_named:
                made.events[index] = event if self._messages else without_message(event)
        return self._handed_over(made, count)

    def read(self, batch: Batch, topic: str) -> TakenEvents:
        """Read records as events of a topic; most are none that a stream names."""
        made, count = TakenEvents(), 0
        streams, time = self._by_topic.get(topic, ()), 0
        for at, message, raw in each_message(batch, made.unreadable):
            if batch.origins:
                time = batch.origins[at].timestamp or 0
            is_named = self._every
            for each in streams:
                is_named |= each.take(count, message, raw, time)
            if is_named:
                event = event_at(batch, at, topic, message, raw)
                made.events[count] = event if self._messages else without_message(event)
            count += 1
        return self._handed_over(made, count)

    def _handed_over(self, made: TakenEvents, count: int) -> TakenEvents:
        made.count = count
        for streams in self._by_topic.values():
            made.streams |= {each.name: each.hand_over() for each in streams}
        return made


class _StreamIntake:
    def __init__(self, stream: ScriptStream, readers: Sequence[QueryProgram]) -> None:
        self.name = stream.name
        self._time = stream.time
        also = set() if stream.time is None else {(stream.time.column,)}
        self._values = RowValues(stream.scope)
        self._wide = RowReader(narrowed(stream.struct, {*self._values.paths, *also}))
        self._possible = _possible(stream, readers)
        self._narrow = None if self._possible is None else RowReader(self._possible.narrow)
        self._taken = TakenRows()

    def hand_over(self) -> TakenRows:
        """Hand over what was made of the events so far, and begin anew."""
        taken, self._taken = self._taken, TakenRows()
        return taken

    def take(self, index: int, message: Any, raw: bytes | None, timestamp: int) -> bool:
        """Read an event; tell whether it is named."""
        try:
            row, is_wide = self._read(message, raw)
        except RecordDroppedError as error:
            reason = f"a value there can't be read as {kind_of(error.declared)}"
            return self._drop(index, error.steps, reason)
        of_time = self._time
        time = timestamp if of_time is None else of_time.read(row)
        if time is None:
            steps = () if of_time is None else (of_time.column,)
            return self._drop(index, steps, "the event time is missing or doesn't parse")
        if raw is None and _holds_half_pair(message):
            self._taken.altered.append(index)
        elif not is_wide and self._possible is not None and not self._possible.has(row):
            return False
        if not is_wide:
            row = self._read_wide(message, raw)
        self._taken.rows.append((index, self._values.of(row), time))
        return True

    def _read(self, message: Any, raw: bytes | None) -> tuple[dict[str, Any], bool]:
        """Read a row, and tell whether it has all: else only what tells whether it can pass."""
        if self._narrow is not None:
            row = self._narrow.read(message)
            if not self._narrow.wrote_text:
                return row, False
        return self._read_wide(message, raw), True

    def _read_wide(self, message: Any, raw: bytes | None) -> dict[str, Any]:
        row: dict[str, Any] = self._wide.read(message)
        # How a number is written matters where it becomes text.
        return self._wide.read(exact(message, raw)) if self._wide.wrote_text else row

    def _drop(self, event: int, steps: Sequence[str | int], reason: str) -> bool:
        path = "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
        self._taken.dropped.append(Dropped(event, self.name, path, reason))
        return True


def _possible(stream: ScriptStream, readers: Iterable[QueryProgram]) -> PossibleRows | None:
    """Return what tells which rows a query can let through; None where that can be any."""
    weak = [made.weak for made in readers]
    also = () if stream.time is None else (stream.time.column,)
    found = PossibleRows(weak, stream.struct, also)
    return None if found.is_sure else found


def _holds_half_pair(message: Any) -> bool:
    try:
        orjson.dumps(message, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):
        return _has_surrogate(message)
    return False


def _has_surrogate(value: Any) -> bool:
    """Tell whether a text or key within a message can't be written as UTF-8."""
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, dict):
            rest += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            rest += each
        elif isinstance(each, str) and not each.isascii():
            try:
                each.encode()
            except UnicodeEncodeError:
                return True
    return False
