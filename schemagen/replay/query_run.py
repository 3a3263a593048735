"""One query over the rows of its source, in DuckDB."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb

from schemagen.replay.glanced import Glance, numbered
from schemagen.replay.loading import MadeTable
from schemagen.replay.results import NoticeKind, ReplayNotice, Row
from schemagen.replay.translation.code import unless
from schemagen.replay.translation.sql import NULL, Sql, all_of, case, not_true, select
from schemagen.replay.translation.values import reader_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemagen.replay.loading import LoadedTable
    from schemagen.replay.plan import QueryProgram
    from schemagen.replay.script import PersistentQuery
    from schemagen.replay.translation.code import Code, EvaluationError
    from schemagen.replay.translation.context import Explosion

_RULE = "rule"
"""The column of our alerts that names the rule; what reads them may hand it on."""


def refusal(query: PersistentQuery, reason: str) -> ReplayNotice:
    """Say that a query was not run: the replay doesn't know something."""
    what = f"The statement was not run: the replay doesn't know {reason}."
    return ReplayNotice(NoticeKind.NOT_RUN, what, query.target, query.line, query.rule, fatal=True)


class QueryRun:
    """One run of one query.

    Args:
        connection: DuckDB, for this query alone; others may run at the same time.
        made: the query.
        numbers: numbers for the names of tables, none of them twice.
        is_read: whether another query reads what it writes.
        is_windowed: whether a window does.

    Attributes:
        table: the rows of its source; it isn't run without them.
        rows: what it makes; None where that is not to be handed out.
        made: the table of what it makes, where another query reads it; None where that is nothing.
        findings: what there is to say of it.

    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        made: QueryProgram,
        numbers: Iterator[int],
        *,
        is_read: bool,
        is_windowed: bool,
    ) -> None:
        self._connection = connection
        self._made = made
        self._numbers = numbers
        self._is_read = is_read
        self._feeds = is_read or is_windowed
        self.table: LoadedTable | None = None
        self.rows: list[Row] | None = None
        self.made: MadeTable | None = None
        self.findings: list[ReplayNotice] = []

    @property
    def names_rules(self) -> bool:
        """Whether its rows name the rules that they are alerts of."""
        query = self._made.query
        return bool(query.rule) or (query.rule_column or _RULE) in self._made.columns

    def run(self) -> QueryRun:
        """Run it, and return it; what DuckDB refuses is a finding."""
        for remark in dict.fromkeys(self._made.remarks):
            notice = ReplayNotice(NoticeKind.REGEX, remark.what, rule=remark.rule)
            self._find(replace(notice, fatal=remark.fatal))
        try:
            if self.table is not None:
                self._run(self.table)
        except duckdb.Error as error:
            self.refuse_by(error)
        return self

    def refuse_by(self, error: duckdb.Error) -> None:
        """Say that DuckDB refused it; the error's text can show values."""
        what = f"what DuckDB refuses ({type(error).__name__})"
        self.findings.append(refusal(self._made.query, what))

    def _run(self, table: LoadedTable) -> None:
        made = self._made
        rows = self._filtered(table)
        if not rows:
            # To plan expressions of hundreds of rules takes longer than to evaluate them.
            return
        order = "i"
        if made.explosions:
            rows, order = self._exploded(rows), "i, j"
        outputs = []
        for place, (name, code) in enumerate(made.columns.items()):
            self._report_errors(rows, code, f"column {name!a}")
            outputs.append(f"{unless(code.error, code.sql, NULL)} AS o{place}")
        found = select(["i", *outputs], rows, order=order)
        if self._is_read:
            stored, _ = self._stored(found)
            of_rows = [table.origin[index] for (index,) in self._fetch(select(["i"], stored))]
            columns = {
                name: (f"o{place}", code.type)
                for place, (name, code) in enumerate(made.columns.items())
                if code.type is not None
            }
            self.made = MadeTable(stored, columns, of_rows)
            found = select(["*"], stored)
        if self.rows is not None:
            self.rows += self._read(found, table)

    def _read(self, found: str, table: LoadedTable) -> Iterator[Row]:
        readers = [
            (place, name, reader_of(code.type))
            for place, (name, code) in enumerate(self._made.columns.items())
            if code.type is not None
        ]
        for index, *values in self._fetch(found):
            row = {name: read(values[place]) for place, name, read in readers}
            event, time = table.origin[index]
            yield Row(row, event, self._rule(row), time)

    def _filtered(self, table: LoadedTable) -> str:
        """Return what stands for the rows that pass the WHERE in a FROM; empty where none does."""
        where = self._made.where
        if where is None or not table.origin:
            return table.name if table.origin else ""
        self._report_checks(table.name, where.checks)
        condition = where.sql
        if where.error is not None:
            self._report(table.name, where.error, _causes(where, "WHERE"))
            condition = all_of([condition, not_true(where.error)])
        passed, count = self._stored(select(["i"], table.name, where=condition))
        if not count:
            return ""
        joined = f"{table.name} SEMI JOIN {passed} USING (i)"
        return f"({select([f'{table.name}.*'], joined)})"

    def _exploded(self, rows: str) -> str:
        """Return what stands for the elements of the table functions, `u0` and so on, in a FROM."""
        explosions = self._made.explosions
        if len(explosions) == 1 and explosions[0].code is None:
            return self._hits(rows, explosions[0])
        lists = []
        for explosion in explosions:
            code = explosion.as_array()
            self._report_errors(rows, code, "EXPLODE")
            lists.append(unless(code.error, code.sql, NULL))
        named = [f"{sql} AS l{place}" for place, sql in enumerate(lists)]
        elements = [f"unnest(l{place}) AS u{place}" for place in range(len(lists))]
        longest = f"greatest({', '.join(f'len(l{place})' for place in range(len(lists)))})"
        elements.append(f"unnest(range(0, {longest})) AS j")
        return self._stored(select(["*", *elements], f"({select(['*', *named], rows)})"))[0]

    def _hits(self, rows: str, explosion: Explosion) -> str:
        """Find the rows in which an item is not NULL, and evaluate that item only."""
        items = explosion.items
        glance = Glance(items)
        texts = self._stored(glance.texts(rows))[0] if glance.columns else ""
        seen, _ = self._stored(*glance.seen(rows, texts))
        possible = sorted(place for (place,) in self._fetch(select(["DISTINCT j"], seen)))
        sure = [place for place, each in enumerate(items) if each.glance is None]
        for each in (items[place] for place in sorted([*possible, *sure])):
            self._report_checks(rows, (*each.hit.checks, *each.value.checks))
        # Most rows hold no text that any of the rules looks for.
        seen_rows = f"({select(['*'], f'{rows} SEMI JOIN {seen} USING (i)')})"
        asked = [(seen_rows, possible), (rows, sure)]
        selects = [
            numbered(where, [(items[place].hit.sql, place) for place in places])
            for where, places in asked
            if places
        ]
        found, _ = self._stored(" UNION ALL ".join(selects) or numbered(rows, []))
        taken = sorted(place for (place,) in self._fetch(select(["DISTINCT j"], found)))
        values = [(Sql(f"(j = {place})"), items[place].value.sql) for place in taken]
        element = case(values, NULL) if values else items[0].value.sql
        return f"({select(['*', f'{element} AS u0'], f'{rows} JOIN {found} USING (i)')})"

    def _stored(self, select: str, given: Mapping[str, Any] | None = None) -> tuple[str, int]:
        """Make a table of a SELECT; return its name, and how many rows it has."""
        name = f"t{next(self._numbers)}"
        ((count,),) = self._fetch(f"CREATE TABLE {name} AS {select}", given)
        return name, count

    def _rule(self, row: dict[str, Any]) -> str:
        query = self._made.query
        named = row.get(query.rule_column or _RULE)
        if isinstance(named, dict):
            named = named.get("id")
        if isinstance(named, str):
            return named
        # What feeds another query is not an alert, unless it says so.
        own = "" if self._feeds or not query.alerts else query.target
        return query.rule or own

    # -- errors --------------------------------------------------------------------------------

    def _report_errors(self, rows: str, code: Code, part: str) -> None:
        self._report_checks(rows, code.checks)
        if code.error is not None:
            self._report(rows, code.error, _causes(code, part))

    def _report_checks(self, rows: str, checks: Sequence[EvaluationError]) -> None:
        for check in checks:
            self._report(rows, check.sql, f"{_capital(check.what)}.", check.rule)

    def _report(self, rows: str, error: Sql, what: str, rule: str = "") -> None:
        found = self._fetch(select(["DISTINCT i"], rows, where=error))
        if found and self.table is not None:
            events = tuple(sorted({self.table.origin[index][0] for (index,) in found}))
            self._find(ReplayNotice(NoticeKind.ERROR, what, rule=rule, events=events))

    def _find(self, finding: ReplayNotice) -> None:
        of = self._made.query
        rule = finding.rule or of.rule
        self.findings.append(replace(finding, stream=of.target, line=of.line, rule=rule))

    def _fetch(self, select: str, given: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(select, given or None).fetchall()


def _causes(code: Code, part: str) -> str:
    return f"An error in {part}: {'; or '.join(code.causes) or 'unknown'}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
