"""One run of a file's queries over events, in DuckDB."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import duckdb

from schemagen.replay.functions.register import register
from schemagen.replay.loading import Loader
from schemagen.replay.query_run import QueryRun, refusal
from schemagen.replay.results import NoticeKind, ReplayNotice, Result

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from schemagen.replay.intake import TakenEvents
    from schemagen.replay.loading import LoadedTable, MadeTable, SourceRow
    from schemagen.replay.plan import QueryProgram
    from schemagen.replay.script import ScriptStream

_OPTIMIZERS = {"unused_columns", "column_lifetime"}
"""What pays for expressions this large: the other optimizers of DuckDB take longer than the run."""


@dataclass(frozen=True, slots=True)
class StreamReaders:
    """Who reads what queries write.

    Attributes:
        queries: the streams that queries read.
        windows: the streams that windows read.
        between: whether rows that only feed other queries are handed out, too.

    """

    queries: Collection[str]
    windows: Collection[str]
    between: bool


class QueryRunner:
    """Runs queries over one part of the events after another, each in a database of its own.

    Args:
        programs: the queries.
        readers: who reads what they write.

    """

    def __init__(self, programs: Sequence[QueryProgram], readers: StreamReaders) -> None:
        self._programs = programs
        self._readers = readers

    def run(self, part: TakenEvents, result: Result) -> None:
        """Run queries, each behind all that write into the stream it reads.

        Args:
            part: what the streams that are read made of the events.
            result: what the rows and findings are added to.

        """
        with _database() as connection:
            _PartRun(connection, self._programs, part, result, self._readers).run()


def _database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"enable_external_access": "false"})
    register(connection)
    known = connection.execute("SELECT name FROM duckdb_optimizers()").fetchall()
    disabled = ",".join(name for (name,) in known if name not in _OPTIMIZERS)
    connection.execute(f"SET disabled_optimizers = '{disabled}'")
    return connection


class _PartRun:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        programs: Sequence[QueryProgram],
        part: TakenEvents,
        result: Result,
        readers: StreamReaders,
    ) -> None:
        self._connection = connection
        self._taken = part.streams
        self._result = result
        self._programs = programs
        self._readers = readers
        self._loader = Loader(connection, result.events)
        self._tables: dict[str, LoadedTable] = {}
        self._made: dict[str, list[MadeTable]] = {}
        self._numbers = count(1)

    def run(self) -> None:
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
                    target = made.query.target
                    if run.made is not None:
                        self._made.setdefault(target, []).append(run.made)
                    if run.rows is not None:
                        self._result.rows.setdefault(target, []).extend(run.rows)
                    self._result.findings += run.findings
                # To compare programs is to compare all the trees in them.
                done = set(map(id, ready))
                waiting = [made for made in waiting if id(made) not in done]

    def _query_run(self, made: QueryProgram) -> QueryRun:
        target = made.query.target
        is_read, is_windowed = target in self._readers.queries, target in self._readers.windows
        cursor = self._connection.cursor()
        run = QueryRun(cursor, made, self._numbers, is_read=is_read, is_windowed=is_windowed)
        if self._readers.between or is_windowed or not is_read or run.names_rules:
            run.rows = []
        try:
            run.table = self._table(made.query.source)
        except duckdb.Error as error:
            run.refuse_by(error)
        return run

    # -- the rows of a stream ------------------------------------------------------------------

    def _table(self, stream: ScriptStream) -> LoadedTable:
        loaded = self._tables.get(stream.name)
        if loaded is None:
            name = f"s{next(self._numbers)}"
            rows = self._rows_read(stream)
            made = self._made.get(stream.name, [])
            loaded = self._loader.load(name, stream.scope, rows, made)
            self._tables[stream.name] = loaded
        return loaded

    def _rows_read(self, stream: ScriptStream) -> Sequence[SourceRow]:
        """Return the rows that the stream makes of events, and tell what is to be known of them."""
        taken = self._taken.get(stream.name)
        if taken is None:
            return ()
        self._result.dropped += taken.dropped
        if taken.altered:
            what = "Texts hold halves of surrogate pairs, which are replaced in the replay."
            events = tuple(taken.altered)
            notice = ReplayNotice(NoticeKind.ALTERED, what, stream.name, events=events)
            self._result.findings.append(notice)
        return taken.rows
