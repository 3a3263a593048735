"""Records that are dropped, or read with a wrong time, for their event time.

A row whose time is missing, unreadable or negative is dropped (`LoggingTimestampExtractor`, and
Kafka Streams for a negative time). A number in another unit than milliseconds is kept, and is wrong
by a factor of 1,000: seconds become a day of 1970, which retention deletes; microseconds lie
thousands of years ahead, which a broker refuses (`message.timestamp.after.max.ms`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.drift.context import FindingContext, blinded_by
from schemagen.drift.findings import Finding, FindingClass, Observation
from schemagen.ksqldb.deserializer import KeyIndex
from schemagen.ksqldb.event_time import EPOCH_MILLISECONDS
from schemagen.ksqldb.time_patterns import reads
from schemagen.ksqldb.types import render
from schemagen.profile.formats import DATE_TIME, INT32, INTEGER_TEXT, LOOSE_INT32
from schemagen.profile.profile import INTEGER, NULL, NUMBER, STRING, Node
from schemagen.schema.shape import copied
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.declared import Declared


_LONG = len(str(EPOCH_MILLISECONDS.stop))
"""From so many digits on a number is too great for milliseconds."""


@dataclass(frozen=True, slots=True)
class EventTimeLosses:
    """The records whose event time is lost or wrong.

    Attributes:
        missing: how many have none.
        unreadable: how many have one that the declared pattern or type doesn't read; None where the
            pattern has parts that aren't known here.
        forms: the forms of those.
        misplaced: how many have a number that is not in milliseconds since 1970.
        exact: whether `misplaced` is exact; else it is the most that it can be.
        units: what those numbers look like, phrases.
        key: the key that the time is read from.
        node: what was seen there.

    """

    missing: int = 0
    unreadable: int | None = 0
    forms: Sequence[str] = ()
    misplaced: int = 0
    exact: bool = True
    units: Sequence[str] = ()
    key: str = ""
    node: Node | None = None

    @property
    def count(self) -> int:
        """How many records are dropped or wrong."""
        return self.missing + (self.unreadable or 0) + self.misplaced


def event_time_losses(declared: Declared, root: Node) -> EventTimeLosses:
    """Count the messages whose event time a stream loses or reads wrongly."""
    if declared.time_column is None or root.any_key is not None:
        return EventTimeLosses()
    keys = KeyIndex(root.fields).read_by(declared.time_column)
    node = copied(root.fields[key] for key in keys)
    missing = root.total - (node.total - node.count(NULL))
    key = keys[0] if keys else declared.time_column
    if declared.time_pattern is None:
        misplaced, exact, units = _misplaced(node)
        return EventTimeLosses(
            missing, misplaced=misplaced, exact=exact, units=units, key=key, node=node
        )
    unreadable, forms = 0, []
    for form, count in sorted(node.formats.items()):
        pattern = form.removeprefix(DATE_TIME)
        known = reads(declared.time_pattern, pattern) if form.startswith(DATE_TIME) else False
        if known is None:
            return EventTimeLosses(missing, None, key=key, node=node)
        if not known:
            unreadable += count
            forms.append(pattern)
    others = {name: n for name, n in node.by_type().items() if name not in {STRING, NULL}}
    return EventTimeLosses(
        missing, unreadable + sum(others.values()), [*forms, *others], key=key, node=node
    )


def _misplaced(node: Node) -> tuple[int, bool, list[str]]:
    """Count the numbers that are not in milliseconds, whether exactly, and what they look like.

    What is not a number is judged by the declared type, with the other values (`value_losses`).
    """
    found = [_integers(node), _numbers(node), _texts(node)]
    units = dict.fromkeys(unit for _, _, units in found for unit in units)
    return sum(n for n, _, _ in found), all(exact for _, exact, _ in found), list(units)


_Found = tuple[int, bool, list[str]]


def _integers(node: Node) -> _Found:
    least, greatest = node.integers.least, node.integers.greatest
    if least is None or greatest is None:
        return 0, True, []
    early, late = least < EPOCH_MILLISECONDS.start, greatest >= EPOCH_MILLISECONDS.stop
    units = [*_units(least), *_units(greatest)]
    every = node.count(INTEGER)
    if not early and not late:
        return 0, True, []
    if greatest < EPOCH_MILLISECONDS.start or least >= EPOCH_MILLISECONDS.stop:
        return every, True, units
    # Seconds and 0 need 32 bits and milliseconds more, so that those are counted apart. Between
    # 2^31 and 10^11 lie the seconds after 2038 and the milliseconds before 1973: nobody sends them.
    within32 = every - node.integers.beyond32
    if early and not late and within32:
        return within32, True, units
    return every - 1, every == 2, units  # noqa: PLR2004 - one of two is right and the other isn't


def _numbers(node: Node) -> _Found:
    least, greatest, every = node.numbers.least, node.numbers.greatest, node.count(NUMBER)
    if least is None or greatest is None:
        return 0, True, []
    if least >= EPOCH_MILLISECONDS.start and greatest < EPOCH_MILLISECONDS.stop:
        return 0, True, []
    return every, every == 1, [*_units(least), *_units(greatest)]


def _texts(node: Node) -> _Found:
    """Judge numbers in text by their class and length: seconds are the texts of 32 bits."""
    short = sum(node.formats[form] for form in (INT32, LOOSE_INT32))
    long = sum(node.formats[form] for form in INTEGER_TEXT - {INT32, LOOSE_INT32})
    units = ["seconds"] if short else []
    least, greatest = node.text.least or 0, node.text.greatest or 0
    if not long or greatest < _LONG:
        return short, True, units
    return short + long, least >= _LONG, [*units, "microseconds"]


def _units(value: float) -> list[str]:
    """List what a number looks like, none where it is in milliseconds."""
    if value < 0:
        return ["negative"]
    if value < EPOCH_MILLISECONDS.start // 1_000:
        return ["0 or near it"]
    if value < EPOCH_MILLISECONDS.start:
        return ["seconds"]
    if value < EPOCH_MILLISECONDS.stop:
        return []
    return ["microseconds" if value < EPOCH_MILLISECONDS.stop * 1_000 else "nanoseconds"]


def event_time_findings(context: FindingContext) -> list[Finding]:
    """Find the records that are dropped or read wrongly for their event time, in one finding."""
    declared, messages = context.declared, context.now.profile.messages
    lost = event_time_losses(declared, context.now.profile.root)
    causes = _causes(lost)
    if not causes:
        return []
    column = declared.type_at((lost.key,))
    before = None
    if context.before is not None:
        seen = context.before.profile
        before = Observation(event_time_losses(declared, seen.root).count, seen.messages)
    return [
        Finding(
            topic=context.topic,
            kind=FindingClass.FORMAT,
            path=(lost.key,),
            what=f"the event time is {' and '.join(causes)}",
            remedy=_remedy(lost),
            count=lost.count,
            of=messages,
            exact=lost.exact,
            declared="" if column is None else render(column),
            before=before,
            now=Observation(lost.count, messages, {} if lost.node is None else lost.node.by_type()),
            blinded=blinded_by(context.timed, lost.count, messages),
        )
    ]


def _causes(lost: EventTimeLosses) -> list[str]:
    causes = [f"missing or null in {counted(lost.missing, 'message')}"] if lost.missing else []
    if lost.unreadable:
        forms = ", ".join(lost.forms)
        causes.append(f"not read in {counted(lost.unreadable, 'message')} ({forms})")
    if lost.misplaced:
        most = "" if lost.exact else "at most "
        causes.append(
            f"not in milliseconds in {most}{counted(lost.misplaced, 'message')} "
            f"({', '.join(lost.units)})"
        )
    return causes


def _remedy(lost: EventTimeLosses) -> str:
    form = (
        "declare a TIMESTAMP_FORMAT that reads all forms."
        if lost.unreadable
        else "make a second stream that converts it."
    )
    if not lost.unreadable and not lost.misplaced:
        return (
            "Have the producers send the time in every message; or leave TIMESTAMP out, so that "
            "the record's own time counts."
        )
    return (
        "Have the producers write the time as before; or leave TIMESTAMP out, so that the record's "
        f"own time counts, or {form}"
    )


def event_time_remarks(context: FindingContext) -> list[str]:
    """List what keeps the event time from being judged."""
    declared, root = context.declared, context.now.profile.root
    if declared.time_column is not None and root.any_key is not None:
        return ["The event time was not judged: the messages have too many keys to count each."]
    if event_time_losses(declared, root).unreadable is not None:
        return []
    unknown = f"TIMESTAMP_FORMAT '{declared.time_pattern}' has parts that aren't known here"
    return [f"The event time was not judged: {unknown}."]
