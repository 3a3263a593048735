"""One run of a file's queries over events, in DuckDB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb

from schemagen.replay.functions.register import register
from schemagen.replay.loading import LoadedTable, load
from schemagen.replay.results import NoticeKind, ReplayNotice, Result, Row
from schemagen.replay.translation.code import unless
from schemagen.replay.translation.sql import NULL, Sql, all_of, case, not_true, number, select
from schemagen.replay.translation.values import reader_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from schemagen.replay.intake import TakenRows
    from schemagen.replay.loading import SourceRow
    from schemagen.replay.plan import QueryProgram
    from schemagen.replay.script import ScriptStream
    from schemagen.replay.translation.code import Code, EvaluationError
    from schemagen.replay.translation.context import ExplodedItem, Explosion

_RULE = "rule"
"""The column of our alerts that names the rule; what reads them may hand it on."""

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
        self._made = 0

    def run_all(self) -> None:
        waiting = list(self._programs)
        while waiting:
            written = {made.query.target for made in waiting}
            ready = [made for made in waiting if made.query.source.name not in written]
            if not ready:
                for made in waiting:
                    self._not_run(made, "streams that feed each other")
                return
            for made in ready:
                try:
                    self._run(made)
                except duckdb.Error as error:
                    # Its text can show values.
                    self._not_run(made, f"what DuckDB refuses ({type(error).__name__})")
            # To compare programs is to compare all the trees in them.
            done = set(map(id, ready))
            waiting = [made for made in waiting if id(made) not in done]

    def _not_run(self, made: QueryProgram, reason: str) -> None:
        what = f"The statement was not run: the replay doesn't know {reason}."
        self._find(made, ReplayNotice(NoticeKind.NOT_RUN, what, fatal=True))

    # -- the rows of a stream ------------------------------------------------------------------

    def _table(self, stream: ScriptStream) -> LoadedTable:
        loaded = self._tables.get(stream.name)
        if loaded is None:
            rows = list(self._source_rows(stream))
            loaded = load(self._connection, self._name("s"), stream.scope, rows)
            self._tables[stream.name] = loaded
        return loaded

    def _name(self, letter: str) -> str:
        self._made += 1
        return f"{letter}{self._made}"

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

    # -- one query -----------------------------------------------------------------------------

    def _run(self, made: QueryProgram) -> None:
        for remark in dict.fromkeys(made.remarks):
            notice = ReplayNotice(NoticeKind.REGEX, remark.what, rule=remark.rule)
            self._find(made, replace(notice, fatal=remark.fatal))
        table = self._table(made.query.source)
        target = self._result.rows.setdefault(made.query.target, [])
        rows = self._filtered(made, table)
        if not rows:
            # To plan expressions of hundreds of rules takes longer than to evaluate them.
            return
        order = "i"
        if made.explosions:
            rows, order = self._exploded(made, rows), "i, j"
        outputs = []
        for place, (name, code) in enumerate(made.columns.items()):
            self._report_errors(made, rows, code, f"column {name!a}")
            outputs.append(f"{unless(code.error, code.sql, NULL)} AS o{place}")
        found = self._fetch(select(["i", *outputs], rows, order=order))
        readers = [
            (place, name, reader_of(code.type))
            for place, (name, code) in enumerate(made.columns.items())
            if code.type is not None
        ]
        for index, *values in found:
            row = {name: read(values[place]) for place, name, read in readers}
            event, time = table.origin[index]
            target.append(Row(row, event, self._rule(made, row), time))

    def _filtered(self, made: QueryProgram, table: LoadedTable) -> str:
        """Return what stands for the rows that pass the WHERE in a FROM; empty where none does."""
        where = made.where
        if where is None or not table.origin:
            return table.name if table.origin else ""
        self._report_checks(made, table.name, where.checks)
        condition = where.sql
        if where.error is not None:
            self._report(made, table.name, where.error, _causes(where, "WHERE"), made.query.rule)
            condition = all_of([condition, not_true(where.error)])
        passed, count = self._stored(select(["i"], table.name, where=condition))
        if not count:
            return ""
        joined = f"{table.name} SEMI JOIN {passed} USING (i)"
        return f"({select([f'{table.name}.*'], joined)})"

    def _exploded(self, made: QueryProgram, rows: str) -> str:
        """Return what stands for the elements of the table functions, `u0` and so on, in a FROM."""
        if len(made.explosions) == 1 and made.explosions[0].code is None:
            return self._hits(made, rows, made.explosions[0])
        lists = []
        for explosion in made.explosions:
            code = explosion.as_array()
            self._report_errors(made, rows, code, "EXPLODE")
            lists.append(unless(code.error, code.sql, NULL))
        named = [f"{sql} AS l{place}" for place, sql in enumerate(lists)]
        elements = [f"unnest(l{place}) AS u{place}" for place in range(len(lists))]
        longest = f"greatest({', '.join(f'len(l{place})' for place in range(len(lists)))})"
        elements.append(f"unnest(range(0, {longest})) AS j")
        return self._stored(select(["*", *elements], f"({select(['*', *named], rows)})"))[0]

    def _hits(self, made: QueryProgram, rows: str, explosion: Explosion) -> str:
        """Find the rows in which an item is not NULL, and evaluate that item only."""
        items = explosion.items
        places = self._possible(rows, items)
        for each in (items[place] for place in places):
            self._report_checks(made, rows, (*each.hit.checks, *each.value.checks))
        hits = [(items[place].hit.sql, place) for place in places]
        found, _ = self._stored(_places(rows, hits))
        taken = sorted(place for (place,) in self._fetch(select(["DISTINCT j"], found)))
        values = [(Sql(f"(j = {place})"), items[place].value.sql) for place in taken]
        element = case(values, NULL) if values else items[0].value.sql
        return f"({select(['*', f'{element} AS u0'], f'{rows} JOIN {found} USING (i)')})"

    def _possible(self, rows: str, items: Sequence[ExplodedItem]) -> list[int]:
        """List the places of the items that are not NULL in a row, as far as a glance tells."""
        glances = [
            (each.glance, place) for place, each in enumerate(items) if each.glance is not None
        ]
        looked = self._fetch(select(["DISTINCT j"], f"({_places(rows, glances)})"))
        sure = {place for place, each in enumerate(items) if each.glance is None}
        return sorted(sure | {place for (place,) in looked})

    def _stored(self, select: str) -> tuple[str, int]:
        """Make a table of a SELECT; return its name, and how many rows it has."""
        name = self._name("t")
        ((count,),) = self._fetch(f"CREATE TABLE {name} AS {select}")
        return name, count

    def _rule(self, made: QueryProgram, row: dict[str, Any]) -> str:
        named = row.get(made.query.rule_column or _RULE)
        if isinstance(named, dict):
            named = named.get("id")
        if isinstance(named, str):
            return named
        # What feeds another query is not an alert, unless it says so.
        feeds = made.query.target in self._read_on or not made.query.alerts
        own = "" if feeds else made.query.target
        return made.query.rule or own

    # -- errors --------------------------------------------------------------------------------

    def _report_errors(self, made: QueryProgram, rows: str, code: Code, part: str) -> None:
        self._report_checks(made, rows, code.checks)
        if code.error is not None:
            self._report(made, rows, code.error, _causes(code, part), made.query.rule)

    def _report_checks(
        self, made: QueryProgram, rows: str, checks: Sequence[EvaluationError]
    ) -> None:
        for check in checks:
            self._report(made, rows, check.sql, f"{_capital(check.what)}.", check.rule)

    def _report(self, made: QueryProgram, rows: str, error: Sql, what: str, rule: str) -> None:
        found = self._fetch(select(["DISTINCT i"], rows, where=error))
        if found:
            origin = self._table(made.query.source).origin
            events = tuple(sorted({origin[index][0] for (index,) in found}))
            self._find(made, ReplayNotice(NoticeKind.ERROR, what, rule=rule, events=events))

    def _find(self, made: QueryProgram, finding: ReplayNotice) -> None:
        of = made.query
        rule = finding.rule or of.rule
        self._result.findings.append(replace(finding, stream=of.target, line=of.line, rule=rule))

    def _fetch(self, select: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(select).fetchall()


def _places(rows: str, conditions: Sequence[tuple[Sql, int]]) -> str:
    """Write a SELECT of the rows in which a condition holds, and the condition's number as j."""
    numbers = ", ".join(case([(condition, number(n))], NULL) for condition, n in conditions)
    every = select(["i", f"unnest([{numbers}]) AS j"], rows)
    return select(["i", "j"], f"({every})", where="j IS NOT NULL")


def _causes(code: Code, part: str) -> str:
    return f"An error in {part}: {'; or '.join(code.causes) or 'unknown'}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
