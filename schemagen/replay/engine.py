"""The replay: the statements of an emitted file, run in DuckDB over events."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from schemagen.deploy.detections import labels_in, rules_in
from schemagen.deploy.labels import RuleLabel, rule_of
from schemagen.errors import UsageError
from schemagen.ksqldb.reader import RecordDroppedError, RowReader
from schemagen.ksqldb.scripts import is_query, read_statements, target_of
from schemagen.ksqldb.types import Field, Struct, render
from schemagen.replay.code import UnsupportedError, chain, column, function, not_, unless
from schemagen.replay.functions import register
from schemagen.replay.loading import LoadedTable, load
from schemagen.replay.plan import QueryProgram, fit_target, plan
from schemagen.replay.results import Dropped, Event, NoticeKind, ReplayNotice, Result, Row
from schemagen.replay.scope import ColumnScope
from schemagen.replay.script import (
    ScriptStream,
    SkippedStatement,
    declared_stream,
    is_ignored,
    query,
)
from schemagen.replay.values import from_duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemagen.ksqldb.types import KsqlType
    from schemagen.replay.code import Code, EvaluationError

_RULE = "rule"
"""The column of our alerts that names the rule; what reads them may hand it on."""


class Replay:
    """The statements of one file.

    Args:
        sql: the text of the file.
        origin: where it is from, for messages.

    Attributes:
        streams: all its streams by name.
        rules: the rules that the file names, and the streams of its queries that name none.
        labels: what rules are called, by their ids; nothing of those that have no title.

    Raises:
        UsageError: the text isn't ksqlDB's SQL.

    """

    def __init__(self, sql: str, origin: str = "") -> None:
        self.streams: dict[str, ScriptStream] = {}
        self.rules: set[str] = set()
        self.labels: dict[str, RuleLabel] = {}
        self._plans: list[QueryProgram] = []
        self._skipped: list[SkippedStatement] = []
        for statement, line in read_statements(sql, origin):
            if not is_ignored(statement):
                self._take(statement, line)

    @property
    def topics(self) -> list[str]:
        """The topics that events can be given for, in the order of the statements.

        Not those of streams that other statements of the file insert into: these are its results.
        """
        filled = {made.query.target for made in self._plans} | {s.target for s in self._skipped}
        read = (stream for name, stream in self.streams.items() if name not in filled)
        return list(dict.fromkeys(stream.topic for stream in read if stream.topic is not None))

    def knows(self, rule: str) -> bool:
        """Tell whether the file has the rule, or a query that makes a stream of this name."""
        return rule in self.rules

    def run(self, events: Iterable[Event]) -> Result:
        """Run all queries over events.

        Args:
            events: messages of the topics that the file reads; others change nothing.

        """
        result = Result(list(events))
        result.findings += [
            ReplayNotice(NoticeKind.NOT_RUN, _sentence(s), s.target, s.line, s.rule, fatal=True)
            for s in self._skipped
        ]
        with duckdb.connect(config={"enable_external_access": "false"}) as connection:
            register(connection)
            _Run(self, connection, result).run_all(self._plans)
        return result

    # -- reading the statements ----------------------------------------------------------------

    def _take(self, statement: exp.Expression, line: int) -> None:
        rule = rule_of(statement)
        self.rules |= rules_in(statement)
        self.labels |= {each.id: each for each in labels_in(statement) if each.id and each.title}
        target = target_of(statement)
        try:
            if is_query(statement):
                self._take_query(statement, line)
            elif isinstance(statement, exp.Create):
                stream = declared_stream(statement)
                self.streams[stream.name] = stream
            else:
                reason = f"the statement {type(statement).__name__}"
                self._skipped.append(SkippedStatement(target, line, reason, rule))
        except UnsupportedError as error:
            self._skipped.append(SkippedStatement(target, line, error.reason, rule))
        except UsageError as error:
            self._skipped.append(SkippedStatement(target, line, error.what.rstrip("."), rule))
        except RecursionError:
            self._skipped.append(SkippedStatement(target, line, "too deep a nesting", rule))

    def _take_query(self, statement: exp.Expression, line: int) -> None:
        made = plan(query(statement, line, self.streams))
        target = self.streams.get(made.query.target)
        if isinstance(statement, exp.Insert):
            if target is None:
                raise UnsupportedError("INSERT INTO a stream that no statement before it makes")
            made = fit_target(made, dict(target.scope.columns))
        elif target is not None:
            raise UnsupportedError("a stream that there is already")
        else:
            name = made.query.target
            self.streams[name] = ScriptStream(name, None, [], ColumnScope(made.types))
        self.rules.add(made.query.rule or made.query.target)
        self._plans.append(made)


def _sentence(skipped: SkippedStatement) -> str:
    return f"The statement was not run: the replay doesn't know {skipped.reason}."


class _Run:
    """One run of all queries of a file."""

    def __init__(
        self, replay: Replay, connection: duckdb.DuckDBPyConnection, result: Result
    ) -> None:
        self._streams = replay.streams
        self._connection = connection
        self._result = result
        self._tables: dict[str, LoadedTable] = {}
        self._read_on: set[str] = set()

    def run_all(self, plans: list[QueryProgram]) -> None:
        """Run the queries, each behind all that write into the stream it reads."""
        self._read_on = {made.query.source.name for made in plans}
        waiting = list(plans)
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
            waiting = [made for made in waiting if made not in ready]

    def _not_run(self, made: QueryProgram, reason: str) -> None:
        of = made.query
        skipped = SkippedStatement(of.target, of.line, reason, of.rule)
        self._result.findings.append(
            ReplayNotice(
                NoticeKind.NOT_RUN, _sentence(skipped), of.target, of.line, of.rule, fatal=True
            )
        )

    # -- the rows of a stream ------------------------------------------------------------------

    def _table(self, stream: ScriptStream) -> LoadedTable:
        loaded = self._tables.get(stream.name)
        if loaded is None:
            rows = list(self._source_rows(stream))
            name = f"s{len(self._tables)}"
            loaded = load(self._connection, name, stream.scope, rows)
            self._tables[stream.name] = loaded
        return loaded

    def _source_rows(
        self, stream: ScriptStream
    ) -> Iterator[tuple[int, Event, dict[str, Any], int]]:
        """Yield the event's index, the event, the row, and its time."""
        if stream.topic is not None:
            yield from self._read_rows(stream)
        for row in self._result.rows.get(stream.name, ()):
            yield row.event, self._result.events[row.event], row.values, row.timestamp

    def _read_rows(self, stream: ScriptStream) -> Iterator[tuple[int, Event, dict[str, Any], int]]:
        fields = tuple(Field(c.name, c.quoted, c.type) for c in stream.declared)
        reader = RowReader(Struct(fields))
        altered = []
        for index, event in enumerate(self._result.events):
            if event.topic != stream.topic or event.message is None:
                continue
            try:
                row = reader.read(event.message)
            except RecordDroppedError as error:
                reason = f"a value there can't be read as {_kind(error.declared)}"
                dropped = Dropped(index, stream.name, _path(error.steps), reason)
                self._result.dropped.append(dropped)
                continue
            time: int | None = event.timestamp
            if stream.time is not None:
                time = stream.time.read(row)
                if time is None:
                    path = _path((stream.time.column,))
                    reason = "the event time is missing or doesn't parse"
                    self._result.dropped.append(Dropped(index, stream.name, path, reason))
                    continue
            if _holds_half_pair(event.message):
                altered.append(index)
            yield index, event, row, time or 0
        if altered:
            what = "Texts hold halves of surrogate pairs, which are replaced in the replay."
            self._result.findings.append(
                ReplayNotice(NoticeKind.ALTERED, what, stream.name, events=tuple(altered))
            )

    # -- one query -----------------------------------------------------------------------------

    def _run(self, made: QueryProgram) -> None:
        of = made.query
        for remark in dict.fromkeys(made.remarks):
            self._find(
                made,
                ReplayNotice(NoticeKind.REGEX, remark.what, rule=remark.rule, fatal=remark.fatal),
            )
        table = self._table(of.source)
        rows = self._filtered(made, table)
        if made.lists:
            rows = self._exploded(made, rows)
        outputs = [
            _named(unless(code.error, code.sql, exp.Null()), f"o{place}")
            for place, code in enumerate(made.columns.values())
        ]
        position = [column("i"), column("j")] if made.lists else [column("i")]
        for name, code in made.columns.items():
            self._report_errors(made, rows, code, f"column {name!a}")
        found = _select([column("i"), *outputs], rows).order_by(*position, copy=False)
        types = list(made.columns.items())
        target = self._result.rows.setdefault(of.target, [])
        for index, *values in self._fetch(found):
            row = {
                name: from_duckdb(code.type, value)
                for (name, code), value in zip(types, values, strict=True)
                if code.type is not None
            }
            event, time = table.origin[index]
            target.append(Row(row, event, self._rule(made, row), time))

    def _filtered(self, made: QueryProgram, table: LoadedTable) -> exp.Expr:
        source: exp.Expr = exp.to_table(table.name)
        where = made.where
        if where is None:
            return source
        self._report_checks(made, source, where.checks)
        condition = where.sql
        if where.error is not None:
            self._report(made, source, where.error, _causes(where, "WHERE"), made.query.rule)
            condition = chain(exp.And, [condition, not_(where.error)])
        return self._stored("m", _select([exp.Star()], source).where(condition, copy=False))

    def _exploded(self, made: QueryProgram, rows: exp.Expr) -> exp.Expr:
        lists = []
        for place, code in enumerate(made.lists):
            self._report_errors(made, rows, code, "EXPLODE")
            lists.append(_named(unless(code.error, code.sql, exp.Null()), f"l{place}"))
        listed = _select([exp.Star(), *lists], rows).subquery("a", copy=False)
        names = [column(f"l{place}") for place in range(len(lists))]
        elements = [
            _named(function("unnest", name), f"u{place}") for place, name in enumerate(names)
        ]
        longest = function("greatest", *(function("len", name) for name in names))
        places = function("range", exp.Literal.number(0), longest)
        elements.append(_named(function("unnest", places), "j"))
        return self._stored("e", _select([exp.Star(), *elements], listed))

    def _stored(self, name: str, select: exp.Select) -> exp.Expr:
        text = select.sql(dialect="duckdb", copy=False)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")
        return exp.to_table(name)

    def _rule(self, made: QueryProgram, row: dict[str, Any]) -> str:
        named = row.get(made.query.rule_column or _RULE)
        if isinstance(named, dict):
            named = named.get("id")
        if isinstance(named, str):
            return named
        # What feeds another query is no alert, unless it says so.
        own = "" if made.query.target in self._read_on else made.query.target
        return made.query.rule or own

    # -- errors --------------------------------------------------------------------------------

    def _report_errors(self, made: QueryProgram, rows: exp.Expr, code: Code, part: str) -> None:
        self._report_checks(made, rows, code.checks)
        if code.error is not None:
            self._report(made, rows, code.error, _causes(code, part), made.query.rule)

    def _report_checks(
        self, made: QueryProgram, rows: exp.Expr, checks: tuple[EvaluationError, ...]
    ) -> None:
        for check in checks:
            self._report(made, rows, check.sql, f"{_capital(check.what)}.", check.rule)

    def _report(
        self, made: QueryProgram, rows: exp.Expr, error: exp.Expr, what: str, rule: str
    ) -> None:
        found = _select([column("i")], rows).where(error, copy=False)
        indexes = sorted({index for (index,) in self._fetch(found)})
        if indexes:
            origin = self._table(made.query.source).origin
            events = tuple(sorted({origin[index][0] for index in indexes}))
            self._find(made, ReplayNotice(NoticeKind.ERROR, what, rule=rule, events=events))

    def _find(self, made: QueryProgram, finding: ReplayNotice) -> None:
        of = made.query
        rule = finding.rule or of.rule
        self._result.findings.append(replace(finding, stream=of.target, line=of.line, rule=rule))

    def _fetch(self, select: exp.Select) -> list[tuple[Any, ...]]:
        return self._connection.execute(select.sql(dialect="duckdb", copy=False)).fetchall()


def _select(columns: list[exp.Expr], source: exp.Expr) -> exp.Select:
    return exp.Select(expressions=columns, from_=exp.From(this=source))


def _named(sql: exp.Expr, name: str) -> exp.Expr:
    # sqlglot's own function copies the whole expression first.
    return exp.Alias(this=sql, alias=exp.to_identifier(name))


def _causes(code: Code, part: str) -> str:
    return f"An error in {part}: {'; or '.join(code.causes) or 'unknown'}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _kind(declared: KsqlType) -> str:
    return render(declared).partition("<")[0]


def _path(steps: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)


def _holds_half_pair(message: Any) -> bool:
    try:
        json.dumps(message, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False
