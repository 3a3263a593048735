"""The replay: the statements of an emitted file, run in DuckDB over events."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.detections import detections_of
from schemagen.deploy.labels import RuleLabel, rule_of
from schemagen.deploy.queries import PROCESSING_LOG, query_of, reads_log
from schemagen.errors import InputError
from schemagen.ksqldb.limits import violations
from schemagen.ksqldb.scripts import cut, is_query, read_statements, target_of, text_of
from schemagen.memory import without_collections
from schemagen.replay.intake import Intake, TakenEvents
from schemagen.replay.kept import KnownQuery
from schemagen.replay.plan import QueryProgram, fit_target, plan
from schemagen.replay.results import (
    NamedEvents,
    NoticeKind,
    ReplayNotice,
    Result,
)
from schemagen.replay.run import QueryRunner, StreamReaders
from schemagen.replay.script import (
    ScriptStream,
    SkippedStatement,
    declared_stream,
    is_ignored,
    query,
)
from schemagen.replay.side_by_side import read_side_by_side
from schemagen.replay.translation.code import EngineRefusalError, UnsupportedError
from schemagen.replay.translation.scope import ColumnScope
from schemagen.replay.window_notices import window_notices
from schemagen.replay.window_queries import WindowQueries, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from schemagen.replay.events import UnreadableRecord
    from schemagen.replay.jar_check import JarCheck
    from schemagen.replay.kept import KeptQueries
    from schemagen.replay.results import Event
    from schemagen.sources.records import Batch


GROUP = 1_000
"""So many events are taken in together."""
ROWS = 50_000
"""So many rows that can pass are in memory at once; more are run part by part."""
EVENTS = 250_000
"""A part ends earlier where so many events are kept."""


class Replay:
    """The statements of one file.

    Args:
        sql: the text of the file.
        origin: where it is from, for messages.
        kept: what is known of its queries from the last run; None for nothing.

    Attributes:
        streams: all its streams by name.
        rules: the rules that the file names, and the streams of its queries that name none.
        labels: what rules are called, by their ids; nothing of those that have no title.
        jar: the jar of the accelerator that is asked, too; None for none.

    Raises:
        InputError: the text isn't ksqlDB's SQL.

    """

    def __init__(self, sql: str, origin: str = "", kept: KeptQueries | None = None) -> None:
        self.streams: dict[str, ScriptStream] = {}
        self.rules: set[str] = set()
        self.labels: dict[str, RuleLabel] = {}
        self.jar: JarCheck | None = None
        self._programs: list[QueryProgram] = []
        self._skipped: list[SkippedStatement] = []
        self._logged: set[str] = set()
        self._windows = WindowQueries()
        with without_collections():
            if kept is None:
                for statement, line in read_statements(sql, origin):
                    self._take(statement, line, text_of(statement, sql))
                return
            for text, before in cut(sql):
                if not self._is_known(kept, text, before):
                    self._read(kept, text, before, sql, origin)

    @property
    def topics(self) -> list[str]:
        """The topics that events can be given for, in the order of the statements.

        Not those of streams that other statements of the file insert into: these are its results.
        """
        filled = {made.query.target for made in self._programs}
        filled |= {skipped.target for skipped in self._skipped} | self._windows.targets
        filled |= self._logged
        read = (
            stream
            for name, stream in self.streams.items()
            if name not in filled and not self._windows.reads(name)
        )
        return list(dict.fromkeys(stream.topic for stream in read if stream.topic is not None))

    @property
    def programs(self) -> Sequence[QueryProgram]:
        """Its queries over single events, translated."""
        return self._programs

    def knows(self, rule: str) -> bool:
        """Tell whether the file has the rule, or a query that makes a stream of this name."""
        return rule in self.rules

    def run(self, events: Iterable[Event]) -> Result:
        """Run all queries over events.

        Args:
            events: messages of the topics that the file reads; others change nothing. Where more
                than `ROWS` of them can pass, only alerts and the events that they name are kept.

        """
        intake = Intake(self._programs, every=True, messages=self._asks_jar())
        return self._run(map(intake.take, _groups(iter(events))), self._runner(between=True))

    def run_records(
        self,
        batches: Iterable[Batch],
        topic: str,
        unreadable: list[UnreadableRecord],
        *,
        jobs: int = 1,
        only_alerts: bool = False,
    ) -> Result:
        """Run all queries over records; see `run`.

        Args:
            batches: the records.
            topic: the topic that they are messages of.
            unreadable: what the records are added to that are none.
            jobs: how many processes read them (`side_by_side.py`).
            only_alerts: whether the result has no rows that only feed other queries, and of the
                events only those that something is said of.

        Raises:
            SourceError: the records can't be read.

        """
        asks_jar = self._asks_jar()
        intake = Intake(self._programs, every=not only_alerts, messages=asks_jar)
        read = partial(intake.read, topic=topic)
        runner = self._runner(between=asks_jar or not only_alerts)

        def taken() -> Iterator[TakenEvents]:
            for made in read_side_by_side(read, batches, jobs):
                unreadable.extend(made.unreadable)
                yield made

        return self._run(taken(), runner)

    def _asks_jar(self) -> bool:
        return self.jar is not None and any(map(self.jar.asks, self._programs))

    def _runner(self, *, between: bool) -> QueryRunner:
        sources = {made.query.source.name for made in self._programs}
        readers = StreamReaders(sources, self._windows.sources, between)
        return QueryRunner(self._programs, readers)

    def _run(self, taken: Iterable[TakenEvents], runner: QueryRunner) -> Result:
        skipped = [
            ReplayNotice(NoticeKind.NOT_RUN, s.what, s.target, s.line, s.rule, fatal=True)
            for s in self._skipped
        ]
        filled = {made.query.target for made in self._programs}
        skipped += self._windows.unfed(filled | {s.target for s in self._skipped})
        stores = self._windows.opened()
        result = Result(NamedEvents(), findings=skipped)
        for part, is_only in _parts(taken):
            found = result if is_only else Result(NamedEvents())
            found.events = part.named()
            runner.run(part, found)
            self._check_by_jar(found)
            self._windows.run(found, self.streams, stores)
            if not is_only:
                result.take(found)
        result.findings += window_notices(stores)
        return result

    def _check_by_jar(self, result: Result) -> None:
        if self.jar is not None:
            for made in self._programs:
                result.findings += self.jar.check(made, result)

    # -- reading the statements ----------------------------------------------------------------

    def _is_known(self, kept: KeptQueries, text: str, before: int) -> bool:
        """Take what became of a statement in the last run; return whether that is known."""
        known = kept.get(text, before, self.streams)
        if known is None or self._windows.reads(known.made.query.source.name):
            return False
        self._name(known.made.query.rule, known.labels)
        self._add(known.made)
        return True

    def _read(self, kept: KeptQueries, text: str, before: int, sql: str, origin: str) -> None:
        """Read a text of a file, and keep what becomes of its statement."""
        try:
            statements = read_statements(text, origin)
        except InputError:
            # The line in the message is to be that of the file.
            read_statements(sql, origin)
            raise
        known = len(self._programs)
        for statement, line in statements:
            labels = self._take(statement, before + line, text_of(statement, text))
            if len(statements) == 1 and len(self._programs) > known:
                made = self._programs[-1]
                inserts = isinstance(statement, exp.Insert)
                target = self.streams[made.query.target] if inserts else None
                kept.put(text, before, KnownQuery(made, labels), target)

    def _name(self, rule: str, labels: Sequence[RuleLabel]) -> None:
        self.rules |= {rule, *(each.id for each in labels)} - {""}
        self.labels |= {each.id: each for each in labels if each.id and each.title}

    def _take(self, statement: exp.Expression, line: int, text: str) -> Sequence[RuleLabel]:
        """Take a statement; return the rules that it names."""
        if is_ignored(statement):
            return ()
        rule = rule_of(statement)
        found = query_of(statement)
        held = [] if found is None else detections_of(found)
        labels = [each.label for each in held if each.label is not None]
        self._name(rule, labels)
        reason = ""
        try:
            reason = self._taken(statement, line, text)
        except EngineRefusalError as error:
            reason = f"ksqlDB refuses it: {error.reason}"
        except UnsupportedError as error:
            reason = f"the replay doesn't know {error.reason}"
        except InputError as error:
            reason = f"ksqlDB refuses it: {error.what.rstrip('.')}"
        except RecursionError:
            reason = "the replay doesn't know so deep a nesting"
        if reason:
            what = f"The statement was not run: {reason}."
            self._skipped.append(SkippedStatement(target_of(statement), line, what, rule))
        return labels

    def _taken(self, statement: exp.Expression, line: int, text: str) -> str:
        """Take a statement for the run; return why it can't be, a clause, empty where it can."""
        refused = violations(statement, text)
        if refused:
            return f"ksqlDB refuses it: {'; '.join(each.what for each in refused)}"
        if is_query(statement) and statement.args.get("kind") == "TABLE":
            self._windows.take_table(statement, line, self.streams)
        elif is_query(statement) and self._windows.reads(source_of(statement)):
            target = self.streams.get(target_of(statement))
            self._windows.take_query(statement, line, target)
        elif self._is_logged(statement):
            self._logged.add(target_of(statement))
        elif is_query(statement):
            self._take_query(statement, line)
        elif isinstance(statement, exp.Create):
            stream = declared_stream(statement)
            self.streams[stream.name] = stream
            self._windows.take_stream(stream)
        else:
            return f"the replay doesn't know the statement {type(statement).__name__}"
        return ""

    def _is_logged(self, statement: exp.Expression) -> bool:
        """Tell whether a query is fed by the server's own log: no event ever comes from there."""
        found = query_of(statement)
        return found is not None and reads_log(found) and PROCESSING_LOG not in self.streams

    def _take_query(self, statement: exp.Expression, line: int) -> None:
        made = plan(query(statement, line, self.streams))
        target = self.streams.get(made.query.target)
        if isinstance(statement, exp.Insert):
            if target is None:
                raise EngineRefusalError(
                    "no statement before it makes the stream of its INSERT INTO"
                )
            made = fit_target(made, target.scope.columns)
        elif target is not None:
            raise EngineRefusalError("there is a stream of this name already")
        self._add(made)

    def _add(self, made: QueryProgram) -> None:
        name = made.query.target
        if name not in self.streams:
            self.streams[name] = ScriptStream(name, None, [], ColumnScope(made.types))
        made.query.source.scope.take(made.scope)
        self.rules.add(made.query.rule or name)
        self._programs.append(made)


def _groups(events: Iterator[Event]) -> Iterator[list[Event]]:
    while group := list(islice(events, GROUP)):
        yield group


def _parts(taken: Iterable[TakenEvents]) -> Iterator[tuple[TakenEvents, bool]]:
    """Join what is run together; and tell of each part whether it is the only one."""
    part = TakenEvents()
    for each in taken:
        if part.rows >= ROWS or len(part.events) >= EVENTS:
            yield part, False
            part = TakenEvents(part.first + part.count)
        part.add(each)
    yield part, part.first == 0
