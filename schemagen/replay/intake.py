"""What streams make of events, one event after another: rows, or why there is none.

A message is large and a row is little, so that no message is kept; nor is a row that no query of
the stream can let through (`possible.py`), which are most. What ksqlDB drops is told of all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.ksqldb.reader import RecordDroppedError, RowReader
from schemagen.ksqldb.types import kind_of
from schemagen.replay.events import exactly
from schemagen.replay.possible import PossibleRows
from schemagen.replay.results import Dropped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.ksqldb.types import Struct
    from schemagen.replay.plan import QueryProgram
    from schemagen.replay.results import Event
    from schemagen.replay.script import ScriptStream


@dataclass(slots=True)
class TakenRows:
    """What a stream made of some events.

    Attributes:
        rows: the rows that a query may let through: the event's index, the row by stored names,
            and its time.
        dropped: the events that ksqlDB drops.
        altered: the events whose texts hold halves of surrogate pairs, as indexes.

    """

    rows: list[tuple[int, dict[str, Any], int]] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    altered: list[int] = field(default_factory=list)


class Intake:
    """Reads events for the streams that queries read.

    Args:
        programs: the queries.

    """

    def __init__(self, programs: Sequence[QueryProgram]) -> None:
        self._streams: dict[str, _StreamIntake] = {}
        self._by_topic: dict[str, list[_StreamIntake]] = {}
        for made in programs:
            stream = made.query.source
            if stream.topic is not None and stream.name not in self._streams:
                readers = [each for each in programs if each.query.source is stream]
                own = self._streams[stream.name] = _StreamIntake(stream, readers)
                self._by_topic.setdefault(stream.topic, []).append(own)

    def take(self, index: int, event: Event) -> None:
        """Read an event; its index is that among the events of this part."""
        if event.message is not None:
            for each in self._by_topic.get(event.topic, ()):
                each.take(index, event)

    @property
    def rows(self) -> int:
        """How many rows there are of the events so far."""
        return sum(each.rows for each in self._streams.values())

    def taken(self) -> dict[str, TakenRows]:
        """Hand over what was made of the events so far, by stream, and begin anew."""
        return {name: each.hand_over() for name, each in self._streams.items()}


class _StreamIntake:
    def __init__(self, stream: ScriptStream, readers: Sequence[QueryProgram]) -> None:
        self._stream = stream
        columns = stream.struct
        self._whole = RowReader(columns)
        self._possible = _possible(stream, columns, readers)
        self._narrow = None if self._possible is None else RowReader(self._possible.narrow)
        self._taken = TakenRows()

    @property
    def rows(self) -> int:
        return len(self._taken.rows)

    def hand_over(self) -> TakenRows:
        taken, self._taken = self._taken, TakenRows()
        return taken

    def take(self, index: int, event: Event) -> None:
        try:
            row, is_whole = self._read(event)
        except RecordDroppedError as error:
            reason = f"a value there can't be read as {kind_of(error.declared)}"
            self._drop(index, error.steps, reason)
            return
        of_time = self._stream.time
        time = event.timestamp if of_time is None else of_time.read(row)
        if time is None:
            steps = () if of_time is None else (of_time.column,)
            self._drop(index, steps, "the event time is missing or doesn't parse")
            return
        if event.raw is None and _holds_half_pair(event.message):
            self._taken.altered.append(index)
        elif not is_whole and self._possible is not None and not self._possible.has(row):
            return
        if not is_whole:
            row = self._whole.read(exactly(event))
        self._taken.rows.append((index, row, time))

    def _read(self, event: Event) -> tuple[dict[str, Any], bool]:
        """Read a row, and tell whether it is whole: else only what tells whether it can pass."""
        if self._narrow is not None:
            row = self._narrow.read(event.message)
            # How a number is written matters where it becomes text.
            if not self._narrow.wrote_text:
                return row, False
        return self._whole.read(exactly(event)), True

    def _drop(self, event: int, steps: Sequence[str | int], reason: str) -> None:
        path = "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
        self._taken.dropped.append(Dropped(event, self._stream.name, path, reason))


def _possible(
    stream: ScriptStream, columns: Struct, readers: Iterable[QueryProgram]
) -> PossibleRows | None:
    """Return what tells which rows a query can let through; None where that can be any."""
    weak = [made.weak for made in readers]
    found = PossibleRows(weak, columns, () if stream.time is None else (stream.time.column,))
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
