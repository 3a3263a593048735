"""The part of a file that lies behind windows: tables, the streams over their topics, and queries.

A row that DuckDB made for the stream that a table reads goes through its windows, each change goes
through the queries behind them, and what these write into that stream again comes next. So one
pass over the rows, in the order of arrival, is the whole run.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.deploy.detections import rule_column
from schemagen.deploy.labels import rule_of
from schemagen.ksqldb.names import stored
from schemagen.replay.results import NoticeKind, ReplayNotice, Row
from schemagen.replay.row_expressions import THROWN, condition, evaluator
from schemagen.replay.translation.code import UnsupportedError
from schemagen.replay.windows import WindowStore, windowed_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from schemagen.replay.results import Result
    from schemagen.replay.row_expressions import Evaluate
    from schemagen.replay.script import ScriptStream
    from schemagen.replay.windows import Change, WindowedTable


@dataclass(frozen=True, slots=True)
class RowQuery:
    """INSERT INTO … SELECT behind windows.

    Attributes:
        target: the stream that it writes into.
        source: the stream that it reads.
        line: where the statement begins, counted from 1.
        rule: the rule that its comments name, empty where they name none.
        rule_column: the column in which its rows name their rules, empty where none does.
        where: its condition; None for every row.
        exploded: the columns that are exploded.
        columns: its columns by stored names, in order.

    """

    target: str
    source: str
    line: int
    rule: str
    rule_column: str
    where: Callable[[Change], bool] | None
    exploded: frozenset[str]
    columns: Mapping[str, Evaluate]

    def rows(self, change: Change) -> list[dict[str, Any]]:
        """Return what it makes of a row: as many as the longest of the exploded arrays has."""
        if self.where is not None and not self.where(change):
            return []
        # What explodes comes first: most rows make none.
        lists = {name: _value(self.columns[name], change) or [] for name in self.exploded}
        longest = max(map(len, lists.values())) if lists else 1
        if not longest:
            return []
        made = {
            name: None if name in lists else _value(make, change)
            for name, make in self.columns.items()
        }
        return [
            made | {name: each[n] if n < len(each) else None for name, each in lists.items()}
            for n in range(longest)
        ]


def _value(make: Evaluate, change: Change) -> Any:
    try:
        return make(change)
    except THROWN:
        return None


class WindowQueries:
    """What of a file lies behind windows."""

    def __init__(self) -> None:
        self._tables: dict[str, WindowedTable] = {}
        self._queries: list[RowQuery] = []
        self._over: dict[str, str] = {}

    @property
    def targets(self) -> set[str]:
        """The streams that its queries write into."""
        return {query.target for query in self._queries}

    @property
    def sources(self) -> set[str]:
        """The streams that its tables read."""
        return {table.source for table in self._tables.values()}

    def reads(self, stream: str) -> bool:
        """Return whether a stream is one over the topic of a table."""
        return stream in self._over

    def take_table(
        self, statement: exp.Expr, line: int, streams: Mapping[str, ScriptStream]
    ) -> None:
        """Take a windowed table.

        Raises:
            UnsupportedError: the replay can't run it.

        """
        table = windowed_table(statement, line)
        if table.source not in streams:
            raise UnsupportedError(f"the stream {table.source}, which no statement before it makes")
        self._tables[table.name] = table

    def take_stream(self, stream: ScriptStream) -> None:
        """Note a stream, which may be one over the topic of a table."""
        for table in self._tables.values():
            if stream.topic == table.topic:
                self._over[stream.name] = table.name

    def take_query(self, statement: exp.Expr, line: int, target: ScriptStream | None) -> None:
        """Take a query over the topic of a table.

        Raises:
            UnsupportedError: the replay can't run it.

        """
        if not isinstance(statement, exp.Insert) or target is None:
            raise UnsupportedError("another query behind windows than INSERT INTO a stream")
        select = statement.args["expression"]
        for key in ("joins", "windows", "group", "having", "limit", "distinct", "options"):
            if select.args.get(key):
                raise UnsupportedError(f"the clause {key} behind windows")
        columns: dict[str, Evaluate] = {}
        exploded = set()
        for node in select.expressions:
            if not isinstance(node, exp.Alias):
                raise UnsupportedError("a column without a name behind windows")
            written = node.args["alias"]
            name = stored(str(written.this), quoted=bool(written.args.get("quoted")))
            inner = node.this
            if isinstance(inner, exp.Anonymous) and str(inner.this).upper() == "EXPLODE":
                exploded.add(name)
                inner = inner.expressions[0]
            columns[name] = evaluator(inner)
        if list(columns) != list(target.scope.columns):
            raise UnsupportedError("INSERT INTO with other columns than the stream has")
        where = select.args.get("where")
        self._queries.append(
            RowQuery(
                target.name,
                _source(select),
                line,
                rule_of(statement),
                rule_column(statement),
                None if where is None else condition(where.this),
                frozenset(exploded),
                columns,
            )
        )

    def opened(self) -> list[WindowStore]:
        """Return the windows of its tables, none of them begun."""
        return [WindowStore(self._tables[name]) for name in sorted(self._tables)]

    def run(
        self, result: Result, streams: Mapping[str, ScriptStream], stores: Sequence[WindowStore]
    ) -> None:
        """Run it over the rows that a result has of the streams that the tables read.

        Args:
            result: what came of the queries before the windows.
            streams: the streams of the file.
            stores: the windows, as the rows before have left them.

        """
        for name in sorted(self.sources):
            own = [each for each in stores if each.table.source == name]
            _Pass(self, streams[name], own, result).run()

    def unfed(self, filled: Collection[str]) -> list[ReplayNotice]:
        """List the tables over streams of events: only rows that queries write come to windows.

        Args:
            filled: the streams that queries over single events write into.

        """
        what = "The statement was not run: the replay doesn't know windows over events themselves."
        return [
            ReplayNotice(NoticeKind.NOT_RUN, what, table.name, table.line, fatal=True)
            for table in self._tables.values()
            if table.source not in {*filled, *self.targets}
        ]

    def behind(self, table: WindowedTable) -> list[RowQuery]:
        """List the queries over the topic of a table."""
        over = {stream for stream, name in self._over.items() if name == table.name}
        return [query for query in self._queries if query.source in over]


class _Pass:
    """One pass over the rows of the stream that tables read."""

    def __init__(
        self,
        queries: WindowQueries,
        source: ScriptStream,
        stores: Sequence[WindowStore],
        result: Result,
    ) -> None:
        self._source = source
        self._result = result
        self._behind = [(store, queries.behind(store.table)) for store in stores]

    def run(self) -> None:
        result, name = self._result, self._source.name
        # What chains write comes behind the row that made it, before the next one.
        given, result.rows[name] = result.rows.get(name, []), []
        for row in given:
            waiting = deque([row])
            while waiting:
                waiting += self._take(waiting.popleft())

    def _take(self, row: Row) -> list[Row]:
        result, name = self._result, self._source.name
        result.rows[name].append(row)
        time = row.timestamp if self._source.time is None else self._source.time.read(row.values)
        if time is None:
            return []
        fed = []
        partition = result.events[row.event].partition
        for store, queries in self._behind:
            for change in store.take({**row.values, "ROWTIME": time}, time, partition):
                for query in queries:
                    for values in query.rows(change):
                        made = Row(values, row.event, self._rule(query, values), time)
                        if query.target == name:
                            store.fed.append(time)
                            fed.append(made)
                        else:
                            result.rows.setdefault(query.target, []).append(made)
        return fed

    @staticmethod
    def _rule(query: RowQuery, values: dict[str, Any]) -> str:
        named = values.get(query.rule_column) if query.rule_column else None
        if isinstance(named, dict):
            named = named.get("id")
        return named if isinstance(named, str) else query.rule


def _source(select: exp.Expr) -> str:
    table = select.args["from_"].this.this
    return stored(str(table.this), quoted=bool(table.args.get("quoted")))


def source_of(statement: exp.Expr) -> str:
    """Return the stored name of the stream that a query reads; empty for other sources."""
    table = statement.args["expression"].args["from_"].this
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        return ""
    return _source(statement.args["expression"])
