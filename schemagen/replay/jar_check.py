"""The accelerator's jar over the events of a replay: what both say must be the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from schemagen.accelerator.calls import FUNCTION, MATCHES, calls_of_function, table_of
from schemagen.accelerator.jar import java, packaged_jar, run_jar
from schemagen.ksqldb.names import stored
from schemagen.ksqldb.reader import RecordDroppedError, RowReader
from schemagen.replay.events import exactly
from schemagen.replay.results import NoticeKind, ReplayNotice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from schemagen.replay.plan import QueryProgram
    from schemagen.replay.results import Result

_UNDECIDED = 2
_SEVERAL = 5


@dataclass(frozen=True, slots=True)
class JarCheck:
    """Which jar is asked, and whether it must answer.

    Attributes:
        jar: the jar.

    """

    jar: Path

    @staticmethod
    def asks(made: QueryProgram) -> bool:
        """Tell whether the jar is asked about a query: whether it calls the function on events."""
        return _call(made) is not None

    def check(self, made: QueryProgram, result: Result) -> list[ReplayNotice]:
        """Ask the jar about the events of a query that calls the function.

        Returns:
            A notice where it says otherwise than the conditions; none for other queries.

        Raises:
            InputError: the jar doesn't run.

        """
        call = _call(made)
        if call is None:
            return []
        arguments = [*arguments_of(call.expressions, made, result)]
        pieces = [str(each.this) for each in call.expressions[2:]]
        answers = run_jar(self.jar, pieces, [given for _, given in arguments])
        own = {rule.key for rule in table_of(call.expressions).rules}
        said: dict[int, dict[str, int]] = {}
        for row in result.rows.get(made.query.target, ()):
            found = row.values[MATCHES].items()
            said.setdefault(row.event, {}).update((k, v) for k, v in found if k in own)
        other = [
            event
            for (event, _), answer in zip(arguments, answers, strict=True)
            if not _agree(answer, said.get(event, {}), own)
        ]
        if not other:
            return []
        what = (
            f"The accelerator's jar finds other rules than the conditions of {FUNCTION} in "
            f"{len(other):,} of {len(arguments):,} events."
        )
        events = tuple(other[:_SEVERAL])
        target, line = made.query.target, made.query.line
        return [ReplayNotice(NoticeKind.ERROR, what, target, line, events=events, fatal=True)]


def _call(made: QueryProgram) -> exp.Expr | None:
    """Return the call of the function on events; None where there is none."""
    select = made.query.select
    if select is None or made.query.source.topic is None:
        return None
    return next(calls_of_function(select), None)


def automatic_check() -> JarCheck | None:
    """Return the check by the jar of this installation; None without one, or without Java."""
    jar = packaged_jar()
    return None if jar is None or java() is None else JarCheck(jar)


def arguments_of(
    nodes: Sequence[exp.Expr], made: QueryProgram, result: Result
) -> Iterator[tuple[int, tuple[Any, list[str | None]]]]:
    """Yield what a call is given for each event that its stream reads, with the event's index."""
    source = made.query.source
    reader = RowReader(source.struct)
    texts = nodes[1].expressions if isinstance(nodes[1], exp.Array) else []
    for index, event in result.events.kept():
        if event.topic != source.topic or event.message is None:
            continue
        try:
            row = reader.read(exactly(event))
        except RecordDroppedError:
            continue
        yield index, (_value(nodes[0], row), [_as_text(_value(each, row)) for each in texts])


def _agree(answer: dict[str, int], said: dict[str, int], own: set[str]) -> bool:
    """Tell whether the jar says the same; what it leaves to the statement may be anything."""
    rules = {key: value for key, value in answer.items() if key in own}
    return all(value in {said.get(key), _UNDECIDED} for key, value in rules.items()) and (
        said.keys() <= rules.keys()
    )


def _value(node: exp.Expr, row: Any) -> Any:
    """Evaluate an argument: a way down columns and keys, or the text of what is there."""
    if isinstance(node, exp.Cast):
        return None if isinstance(node.this, exp.Null) else _value(node.this, row)
    if isinstance(node, exp.Column):
        name = node.this
        return row.get(stored(str(name.this), quoted=bool(name.args.get("quoted"))))
    above = _value(node.this, row)
    if above is None:
        return None
    if isinstance(node, exp.Dot):
        name = node.expression
        return above.get(stored(str(name.this), quoted=bool(name.args.get("quoted"))))
    return above.get(str(node.expressions[0].this))


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)
