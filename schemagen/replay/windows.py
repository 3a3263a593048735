"""Windows, as ksqlDB keeps them: hopping or tumbling, with grace, one change at a time.

Events are taken in the order of arrival. A window takes none once the greatest time that was seen
is past its end and its grace (`KStreamWindowAggregate.java`); then it is forgotten, so that memory
holds what is open. Each change of a window is one record of the table's topic: so it is with the
cache off, which the emitted statements ask for.
"""

from __future__ import annotations

import bisect
import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.ksqldb.dialect import nodes, properties, stream_name
from schemagen.ksqldb.names import stored
from schemagen.replay.row_expressions import condition, evaluator
from schemagen.replay.translation.code import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from schemagen.replay.row_expressions import Evaluate

_UNITS = {
    "MILLISECOND": 1,
    "SECOND": 1000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": 86_400_000,
}
_DAY = _UNITS["DAY"]

Change = dict[str, Any]
"""A record of a table's topic: its value by stored names."""

_Newest = tuple[list[Any], list[Any]]
"""The values that are kept, negative so that they rise, and the rows of each."""


@dataclass(frozen=True, slots=True)
class WindowedTable:
    """CREATE TABLE … AS SELECT … WINDOW … GROUP BY.

    Attributes:
        name: the table's name.
        topic: its topic.
        source: the stored name of the stream that it reads.
        line: where the statement begins, counted from 1.
        size: how long a window is, milliseconds.
        advance: how far apart windows begin, milliseconds.
        grace: how long after its end a window takes events, milliseconds.
        keys: what groups rows.
        values: what the value of a change is made of, by stored names.
        is_final: whether a window is told of once, when it is over (EMIT FINAL).
        where: which rows count; None for all.
        having: which windows are told of; None for all.

    """

    name: str
    topic: str
    source: str
    line: int
    size: int
    advance: int
    grace: int
    keys: Sequence[Evaluate]
    values: dict[str, Aggregate]
    is_final: bool = False
    where: Callable[[Change], bool] | None = None
    having: Having | None = None

    @property
    def columns(self) -> dict[str, Aggregate]:
        """All that a window keeps: the values, and what HAVING asks for."""
        return self.values if self.having is None else {**self.values, **self.having.aggregates}


@dataclass(frozen=True, slots=True)
class Having:
    """Which windows are told of.

    Attributes:
        aggregates: what is compared, by names that no column has.
        holds: the condition over their results.

    """

    aggregates: dict[str, Aggregate]
    holds: Callable[[Change], bool]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A column of a windowed table.

    Attributes:
        value: what of a row counts.
        start: makes the state of a new window.
        add: gives the state after such a value; the state may be changed in place.
        result: gives what is written of a state.

    """

    value: Evaluate
    start: Callable[[int], Any]
    add: Callable[[Any, Any], Any]
    result: Callable[[Any], Any] = lambda state: state


def windowed_table(statement: exp.Expr, line: int) -> WindowedTable:
    """Read a windowed table.

    Raises:
        UnsupportedError: it has a part that the replay doesn't know.

    """
    select = statement.args["expression"]
    windows = select.args.get("windows") or []
    group = select.args.get("group")
    if not windows or group is None:
        raise UnsupportedError("CREATE TABLE … AS SELECT without windows")
    if select.args.get("joins"):
        raise UnsupportedError("JOIN of a windowed table")
    options = select.args.get("options") or ()
    if any(not isinstance(option, nodes.Emit) for option in options):
        raise UnsupportedError("PARTITION BY of a windowed table")
    is_final = any(str(option.this).upper() == "FINAL" for option in options)
    having, where = select.args.get("having"), select.args.get("where")
    if having is not None and not is_final:
        raise UnsupportedError("HAVING of a windowed table without EMIT FINAL")
    window = windows[0]
    if window.args["kind"] not in {"HOPPING", "TUMBLING"}:
        raise UnsupportedError(f"WINDOW {window.args['kind']}")
    size = _milliseconds(window.args["size"])
    advance = window.args.get("advance")
    grace = window.args.get("grace")
    grouped = [each.sql() for each in group.expressions]
    source = select.args["from_"].this.this
    found = properties(statement)
    name = stream_name(statement)
    return WindowedTable(
        name,
        str(found.get("KAFKA_TOPIC") or name),
        stored(str(source.this), quoted=bool(source.args.get("quoted"))),
        line,
        size,
        size if advance is None else _milliseconds(advance),
        # The default (`StreamAggregateBuilder.java`).
        max(_DAY - size, 0) if grace is None else _milliseconds(grace),
        [evaluator(each) for each in group.expressions],
        dict(_columns(select.expressions, grouped)),
        is_final,
        None if where is None else condition(where.this),
        None if having is None else _having(having.this),
    )


def _having(node: exp.Expr) -> Having:
    """Read a HAVING over aggregates: what they are, and the condition over their results."""
    written = node.copy()
    found: dict[str, Aggregate] = {}
    for call in list(written.find_all(exp.Anonymous)):
        name = f"\0{len(found)}"
        found[name] = _aggregate(call)
        call.replace(exp.Column(this=exp.Identifier(this=name, quoted=True)))
    return Having(found, condition(written))


def _milliseconds(interval: exp.Interval) -> int:
    unit = str(interval.args["unit"].this).upper().removesuffix("S")
    return int(str(interval.this.this)) * _UNITS[unit]


def _columns(
    projections: Sequence[exp.Expr], grouped: Sequence[str]
) -> Iterator[tuple[str, Aggregate]]:
    for node in projections:
        if not isinstance(node, exp.Alias):
            raise UnsupportedError("a column of a windowed table without a name")
        written = node.args["alias"]
        name = stored(str(written.this), quoted=bool(written.args.get("quoted")))
        # What groups rows is the key, and not in the value.
        if node.this.sql() not in grouped:
            yield name, _aggregate(node.this)


# -- aggregates -----------------------------------------------------------------------------------


def _aggregate(node: exp.Expr) -> Aggregate:
    if isinstance(node, exp.Column) and str(node.this.this).upper() == "WINDOWSTART":
        return Aggregate(lambda _: None, lambda start: start, lambda state, _: state)
    if not isinstance(node, exp.Anonymous):
        raise UnsupportedError(f"{type(node).__name__} as a column of a windowed table")
    name, arguments = str(node.this).upper(), node.expressions
    if name == "AS_VALUE" and len(arguments) == 1:
        return _latest(evaluator(arguments[0]))
    if name == "LATEST_BY_OFFSET" and len(arguments) == 1:
        return _latest(evaluator(arguments[0]))
    if name == "COUNT" and len(arguments) == 1:
        return _count(arguments[0])
    if name == "TOPK" and len(arguments) > 1:
        *values, number = arguments
        if not isinstance(number, exp.Literal) or number.args.get("is_string"):
            raise UnsupportedError("TOPK with a number that is not a constant")
        return _newest([evaluator(each) for each in values], int(str(number.this)))
    raise UnsupportedError(f"{name} of a windowed table")


def _latest(value: Evaluate) -> Aggregate:
    return Aggregate(value, lambda _: None, lambda state, found: state if found is None else found)


def _count(node: exp.Expr) -> Aggregate:
    value = (lambda _: True) if isinstance(node, exp.Star) else evaluator(node)
    return Aggregate(value, lambda _: 0, lambda state, found: state + (found is not None))


def _newest(values: Sequence[Evaluate], most: int) -> Aggregate:
    """Keep the greatest of a value; among equals those that came first (`TopkKudaf.java`)."""
    first, others = values[0], [(f"col{n}", each) for n, each in enumerate(values[1:])]

    def value(row: Change) -> tuple[Any, Any]:
        key = first(row)
        if key is None or not others:
            return key, key
        return key, {"sort_col": key, **{name: other(row) for name, other in others}}

    def add(state: _Newest, found: tuple[Any, Any]) -> _Newest:
        key, kept = found
        keys, rows = state
        if key is None or (len(keys) == most and -key >= keys[-1]):
            return state
        place = bisect.bisect_right(keys, -key)
        keys.insert(place, -key)
        rows.insert(place, kept)
        if len(keys) > most:
            keys.pop()
            rows.pop()
        return state

    return Aggregate(value, lambda _: ([], []), add, lambda state: list(state[1]))


# -- running --------------------------------------------------------------------------------------


@dataclass(slots=True)
class WindowStore:
    """The open windows of one table.

    Attributes:
        table: the table.
        time: the greatest time of a row that was seen, milliseconds.
        late: how many times a row came too late for a window.
        fed: the times of the rows that queries behind it wrote into the stream that it reads.

    """

    table: WindowedTable
    time: int = -1
    late: int = 0
    fed: list[int] = field(default_factory=list)
    _newest: dict[int, int] = field(default_factory=dict)
    _counted: Counter[tuple[int, int]] = field(default_factory=Counter)
    _open: dict[tuple[int, Any], dict[str, Any]] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)
    _groups: dict[int, set[Any]] = field(default_factory=dict)

    @property
    def left_behind(self) -> int:
        """How many of `fed` no window would take if they came behind all other rows.

        That is what happens to them where a server reads many events at once.
        """
        return sum(self._closes(time) <= self.time for time in self.fed)

    @property
    def overtaken(self) -> int:
        """How many rows no window would take if they came behind those of the other partitions.

        Where a server reads many events at once, it is through with one partition before another.
        """
        others = {
            own: max((time for each, time in self._newest.items() if each != own), default=-1)
            for own in self._newest
        }
        return sum(count for (own, closes), count in self._counted.items() if closes <= others[own])

    def _closes(self, time: int) -> int:
        """Tell when the last of the windows closes that a row of a time is in."""
        table = self.table
        return time - time % table.advance + table.size + table.grace

    def take(self, row: Change, time: int, partition: int = 0) -> list[Change]:
        """Take a row.

        Args:
            row: by stored names, ROWTIME among them.
            time: its time, milliseconds.
            partition: that of the event which it is of.

        Returns:
            The changes of the table, the earliest window first.

        """
        table = self.table
        if table.where is not None and not table.where(row):
            return []
        keys = [key(row) for key in table.keys]
        if None in keys:
            return []
        group = tuple(map(_hashable, keys))
        self.time = max(self.time, time)
        self._newest[partition] = max(self._newest.get(partition, -1), time)
        self._counted[partition, self._closes(time)] += 1
        changes = self._forget()
        values = {name: each.value(row) for name, each in table.columns.items()}
        first = max(0, (time - table.size + table.advance) // table.advance) * table.advance
        for start in range(first, time + 1, table.advance):
            if start + table.size + table.grace <= self.time:
                self.late += 1
                continue
            change = self._change(start, group, values)
            if not table.is_final:
                changes.append(change)
        return changes

    def _change(self, start: int, group: Any, values: Change) -> Change:
        key = (start, group)
        state = self._open.get(key)
        columns = self.table.columns
        if state is None:
            state = self._open[key] = {name: each.start(start) for name, each in columns.items()}
            if start not in self._groups:
                self._groups[start] = set()
                heapq.heappush(self._starts, start)
            self._groups[start].add(group)
        change = {}
        for name, each in columns.items():
            now = state[name] = each.add(state[name], values[name])
            change[name] = each.result(now)
        return change

    def _forget(self) -> list[Change]:
        """Forget the windows that are over; return those that are told of then."""
        table, told = self.table, []
        while self._starts and self._starts[0] + table.size + table.grace <= self.time:
            start = heapq.heappop(self._starts)
            for group in sorted(self._groups.pop(start), key=repr):
                state = self._open.pop((start, group))
                if table.is_final:
                    results = {
                        name: each.result(state[name]) for name, each in table.columns.items()
                    }
                    if table.having is None or table.having.holds(results):
                        told.append({name: results[name] for name in table.values})
        return told


def _hashable(key: Any) -> Any:
    """Return what stands for a key among keys: lists and dicts have no hash."""
    if isinstance(key, list):
        return tuple(map(_hashable, key))
    if isinstance(key, dict):
        return tuple((name, _hashable(value)) for name, value in sorted(key.items()))
    return key
