"""One run of a file's queries over events, in DuckDB."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

import duckdb

from schemagen.replay.functions.register import register
from schemagen.replay.loading import LoadedTable, load
from schemagen.replay.query_run import QueryRun, refusal
from schemagen.replay.results import NoticeKind, ReplayNotice, Result

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from schemagen.replay.intake import TakenRows
    from schemagen.replay.loading import SourceRow
    from schemagen.replay.plan import QueryProgram
    from schemagen.replay.script import ScriptStream

_OPTIMIZERS = {"unused_columns", "column_lifetime"}
"""What pays for expressions this large: the other optimizers of DuckDB take longer than the run."""


def run_all(
    programs: Sequence[QueryProgram],
    taken: Mapping[str, TakenRows],
    result: Result,
    windowed: Collection[str] = (),
) -> None:
    """Run queries, each behind all that write into the stream it reads.

    Args:
        programs: the queries.
        taken: what the streams that are read made of the events, by their names.
        result: what the rows and findings are added to.
        windowed: the streams that windows read.

    """
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        register(connection)
        known = connection.execute("SELECT name FROM duckdb_optimizers()").fetchall()
        disabled = ",".join(name for (name,) in known if name not in _OPTIMIZERS)
        connection.execute(f"SET disabled_optimizers = '{disabled}'")
        _Run(connection, taken, result, programs, windowed).run_all()


class _Run:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        taken: Mapping[str, TakenRows],
        result: Result,
        programs: Sequence[QueryProgram],
        windowed: Collection[str],
    ) -> None:
        self._connection = connection
        self._taken = taken
        self._result = result
        self._programs = programs
        self._tables: dict[str, LoadedTable] = {}
        self._read_on = {made.query.source.name for made in programs} | set(windowed)
        self._numbers = count(1)

    def run_all(self) -> None:
        waiting = list(self._programs)
        # DuckDB plans what many rules ask in one thread, and that takes most of the time.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            while waiting:
                written = {made.query.target for made in waiting}
                ready = [made for made in waiting if made.query.source.name not in written]
                if not ready:
                    for made in waiting:
                        what = "streams that feed each other"
                        self._result.findings.append(refusal(made.query, what))
                    return
                runs = [self._query_run(made) for made in ready]
                for made, run in zip(ready, pool.map(QueryRun.run, runs), strict=True):
                    self._result.rows.setdefault(made.query.target, []).extend(run.rows)
                    self._result.findings += run.findings
                # To compare programs is to compare all the trees in them.
                done = set(map(id, ready))
                waiting = [made for made in waiting if id(made) not in done]

    def _query_run(self, made: QueryProgram) -> QueryRun:
        feeds = made.query.target in self._read_on
        run = QueryRun(self._connection.cursor(), made, self._numbers, feeds=feeds)
        try:
            run.table = self._table(made.query.source)
        except duckdb.Error as error:
            run.refuse_by(error)
        return run

    # -- the rows of a stream ------------------------------------------------------------------

    def _table(self, stream: ScriptStream) -> LoadedTable:
        loaded = self._tables.get(stream.name)
        if loaded is None:
            rows = list(self._source_rows(stream))
            loaded = load(self._connection, f"s{next(self._numbers)}", stream.scope, rows)
            self._tables[stream.name] = loaded
        return loaded

    def _source_rows(self, stream: ScriptStream) -> Iterator[SourceRow]:
        """Yield the event's index, the event, the row, and its time."""
        if stream.topic is not None:
            yield from self._read_rows(stream)
        for row in self._result.rows.get(stream.name, ()):
            yield row.event, self._result.events[row.event], row.values, row.timestamp

    def _read_rows(self, stream: ScriptStream) -> Iterator[SourceRow]:
        taken = self._taken[stream.name]
        self._result.dropped += taken.dropped
        for index, row, time in taken.rows:
            yield index, self._result.events[index], row, time
        if taken.altered:
            what = "Texts hold halves of surrogate pairs, which are replaced in the replay."
            events = tuple(taken.altered)
            notice = ReplayNotice(NoticeKind.ALTERED, what, stream.name, events=events)
            self._result.findings.append(notice)
