"""Why a rule matches an event or doesn't: each part of its condition, evaluated as ksqlDB does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigma.exceptions import SigmaError
from sqlglot import exp

from schemagen.detections.bound import BoundRule
from schemagen.detections.correlations.bound import BoundCorrelation
from schemagen.detections.envelope import alias, as_text, stream
from schemagen.detections.predicates import IncomparableError
from schemagen.detections.values import UnsupportedValueError
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import create_stream, write_script
from schemagen.replay.engine import Replay
from schemagen.replay.results import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.binding import Binder
    from schemagen.detections.parts import ConditionPart

_TOPIC = "events"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What came of a part of a condition.

    Attributes:
        text: what it asks.
        holds: whether it is true of the event; None where nothing is asked.
        value: the value of the field that it looks at, as text; None where it isn't there.
        looks_at: whether it looks at a field that the columns have.
        parts: what it is made of.

    """

    text: str
    holds: bool | None
    value: str | None = None
    looks_at: bool = False
    parts: tuple[Explanation, ...] = ()


def explain(
    bound: BoundRule | BoundCorrelation, binder: Binder, message: dict[str, Any]
) -> Explanation:
    """Find which parts of a rule's condition hold of an event.

    Args:
        bound: the rule, or a correlation: then whether the event counts for it.
        binder: what bound it.
        message: the event.

    Raises:
        InputError: the rule can't be evaluated, with the reason.

    """
    if isinstance(bound, BoundRule):
        parts = _take_apart(bound, binder)
        return _evaluated([_Asked(bound.rule.title, _any(parts), parts)], binder, message)[0]
    return _of_correlation(bound, binder, message)


def _of_correlation(
    bound: BoundCorrelation, binder: Binder, message: dict[str, Any]
) -> Explanation:
    """Find for which of a correlation's rules an event counts."""
    found = []
    for member in bound.members:
        if member.base is None or not member.usable:
            found.append(Explanation(member.reason, holds=False))
        elif isinstance(member.base, BoundCorrelation):
            inner = _of_correlation(member.base, binder, message)
            text = f"{member.base.rule.title}, whose alerts count"
            found.append(Explanation(text, holds=inner.holds, parts=inner.parts))
        else:
            parts = _take_apart(member.base, binder)
            needed = (*bound.rule.group_by, *bound.rule.value_fields)
            fields = [
                _Asked(
                    f"`{name}` is there", _is_there(member.fields[name]), (), member.fields[name]
                )
                for name in needed
            ]
            rule = _Asked(member.base.rule.title, _any(parts), parts)
            made = _evaluated([rule, *fields], binder, message)
            holds = all(each.holds for each in made)
            found.append(Explanation(member.reference, holds=holds, parts=tuple(made)))
    counts = any(each.holds for each in found)
    return Explanation(f"it counts for {bound.rule.title}", holds=counts, parts=tuple(found))


def _take_apart(bound: BoundRule, binder: Binder) -> tuple[ConditionPart, ...]:
    try:
        return tuple(binder.take_apart(bound.rule))
    except (SigmaError, UnsupportedValueError, IncomparableError) as error:
        why = str(error.args[0] if error.args else error).rstrip(".")
        raise InputError(f"{bound.rule.title} can't be evaluated: {why}.") from None


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    predicate: exp.Expr
    parts: Sequence[ConditionPart] = ()
    value: exp.Expr | None = None


def _any(parts: Sequence[ConditionPart]) -> exp.Expr:
    found = parts[0].predicate.copy()
    for each in parts[1:]:
        found = exp.Or(this=found, expression=each.predicate.copy())
    return found


def _is_there(value: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))


def _evaluated(
    asked: Sequence[_Asked], binder: Binder, message: dict[str, Any]
) -> list[Explanation]:
    """Evaluate parts in one statement: a column for what each asks, and one for its value."""
    columns: list[exp.Expr] = []

    def number(node: exp.Expr) -> str:
        name = f"P{len(columns)}"
        columns.append(alias(node, name))
        return name

    def planned(part: ConditionPart) -> tuple[ConditionPart, str, str, list[Any]]:
        value = next((text for one in part.references if (text := as_text(one)) is not None), None)
        return (
            part,
            number(_answer(part.predicate)),
            "" if value is None else number(value.copy()),
            [planned(each) for each in part.parts],
        )

    plans = [
        (
            each,
            number(_answer(each.predicate)),
            "" if each.value is None else number(each.value.copy()),
            [planned(part) for part in each.parts],
        )
        for each in asked
    ]
    row = _row(columns, binder, message)

    def made(plan: tuple[Any, str, str, list[Any]]) -> Explanation:
        part, answer, value, inner = plan
        return Explanation(
            part.text,
            holds=row[answer] == "yes",
            value=row[value] if value else None,
            looks_at=bool(value),
            parts=tuple(made(each) for each in inner),
        )

    return [made(each) for each in plans]


def _answer(predicate: exp.Expr) -> exp.Expr:
    yes = exp.If(this=predicate.copy(), true=exp.Literal.string("yes"))
    return exp.Case(ifs=[yes], default=exp.Literal.string("no"))


def _row(columns: list[exp.Expr], binder: Binder, message: dict[str, Any]) -> dict[str, Any]:
    fields = binder.columns.columns.fields
    source = create_stream("EVENTS", fields, {"KAFKA_TOPIC": _TOPIC, "VALUE_FORMAT": "JSON"})
    select = exp.Select(expressions=columns, from_=exp.From(this=stream("EVENTS")))
    query = exp.Create(this=stream("PARTS"), kind="STREAM", expression=select)
    result = Replay(write_script([source, query])).run([Event(_TOPIC, message)])
    if result.dropped:
        dropped = result.dropped[0]
        raise InputError(f"ksqlDB drops this event at {dropped.path}: {dropped.reason}.")
    rows = result.rows.get("PARTS", [])
    if not rows:
        why = " ".join(each.what for each in result.findings) or "no row came of it"
        raise InputError(f"The event can't be evaluated: {why}")
    return rows[0].values
