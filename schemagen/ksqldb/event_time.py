"""The event time of a stream: which column, which pattern, and what it reads from a row.

A row whose time is missing or does not parse is dropped, so the column must have been there, with a
time that one pattern reads, in every message (`LoggingTimestampExtractor`). A pattern is one of
Java's `DateTimeFormatter`; what its optional parts take was tried with ksqlDB's own parser.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from schemagen.errors import InputError
from schemagen.ksqldb.names import fold
from schemagen.ksqldb.time_patterns import has_zone, read_time, reads, time_pattern
from schemagen.ksqldb.types import BIGINT, TIMESTAMP, VARCHAR, Field
from schemagen.profile.formats import DATE_TIME, INT53
from schemagen.profile.profile import INTEGER, NULL, STRING, Node
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemagen.ksqldb.statements import PropertyValue
    from schemagen.ksqldb.types import KsqlType

_PATTERN = re.compile(
    r"(?P<head>.*:ss)(?P<fraction>[.,]S+)?(?P<zone> ?(?:X+(?:'\['VV'\]')?|VV))?\Z"
)

EPOCH_MILLISECONDS = range(10**11, 10**14)
"""Milliseconds since 1970 of the years 1973 to 5138; seconds or microseconds are outside."""

_DIGITS = range(12, 15)
"""How many digits such milliseconds have."""


@dataclass(frozen=True, slots=True)
class EventTimeProperties:
    """What the WITH clause says about the event time.

    Attributes:
        column: the column.
        pattern: the value of TIMESTAMP_FORMAT, None where the column holds milliseconds.
        unjudged: how many texts the pattern may or may not read.

    """

    column: Field
    pattern: str | None
    unjudged: int = 0

    def remarks(self) -> list[str]:
        """List what a reader of the statement should know about the event time, sentences."""
        if self.pattern is None:
            return []
        found = []
        if self.unjudged:
            texts = counted(self.unjudged, "text")
            found.append(f"it isn't known here whether TIMESTAMP_FORMAT reads {texts}")
        if not has_zone(self.pattern):
            found.append("the times have no zone: ksqlDB reads them in the server's time zone")
        return found

    def properties(self) -> dict[str, str]:
        """Give the properties of the WITH clause; a quoted column keeps its back-ticks in them."""
        name = f"`{self.column.name}`" if self.column.quoted else self.column.name
        out = {"TIMESTAMP": name}
        if self.pattern is not None:
            out["TIMESTAMP_FORMAT"] = self.pattern
        return out


def event_time(
    name: str, columns: Sequence[Field], root: Node, pattern: str | None = None
) -> EventTimeProperties:
    """Find how a stream reads its event time from a top-level column.

    Args:
        name: the key of the messages that holds it.
        columns: the columns of the stream.
        root: what was seen of the messages.
        pattern: the TIMESTAMP_FORMAT that somebody chose; without one, it is found.

    Raises:
        InputError: ksqlDB would drop records for it: with the reason and counts.

    """
    column = next((field for field in columns if field.name == name), None)
    if column is None:
        raise InputError(
            f"event_time {name!r} is not a column of the stream.",
            "ksqlDB takes a top-level column only; for a nested time make a second stream that "
            "selects it: CREATE STREAM t WITH (TIMESTAMP='TS') AS SELECT a->b AS ts … FROM s.",
        )
    node = root.fields[name]
    messages = root.total
    missing = messages - node.total + node.count(NULL)
    if missing:
        raise InputError(
            f"event_time {name!r} is missing or null in {missing:,} of {messages:,} messages: "
            "ksqlDB would drop those.",
            "Leave event_time out to use the time that Kafka keeps for each record.",
        )
    if column.type in {BIGINT, TIMESTAMP} and node.types() <= {INTEGER, STRING}:
        _check_milliseconds(name, node)
        return EventTimeProperties(column, None)
    if column.type != VARCHAR or node.types() != {STRING}:
        raise InputError(
            f"event_time {name!r} holds neither text nor whole numbers only.",
            "ksqlDB reads an event time from text in one pattern, or from milliseconds.",
        )
    if pattern is not None:
        return EventTimeProperties(column, pattern, _unjudged(name, node, pattern))
    return EventTimeProperties(column, _pattern_of(name, node))


def _unjudged(name: str, node: Node, pattern: str) -> int:
    """Count the texts that a pattern may or may not read.

    Raises:
        InputError: it does not read some that were seen.

    """
    unread, unjudged = 0, 0
    for form, count in node.formats.items():
        known = None
        if form.startswith(DATE_TIME):
            known = reads(pattern, form.removeprefix(DATE_TIME))
        unread += count if known is False else 0
        unjudged += count if known is None else 0
    if unread:
        raise InputError(
            f"TIMESTAMP_FORMAT {pattern!r} does not read {unread:,} of {node.total:,} times that "
            f"{name!r} held: ksqlDB would drop those records.",
            "Leave TIMESTAMP_FORMAT out to have one found that reads all of them.",
        )
    return unjudged


def _check_milliseconds(name: str, node: Node) -> None:
    numbers, texts = node.integers, node.text
    inside = all(
        value is None or value in EPOCH_MILLISECONDS for value in (numbers.least, numbers.greatest)
    )
    # Of a text its form and its length are known.
    inside &= node.formats.keys() <= {INT53}
    inside &= all(length in {None, *_DIGITS} for length in (texts.least, texts.greatest))
    if not inside:
        raise InputError(
            f"event_time {name!r} holds numbers that are not milliseconds since 1970.",
            "ksqlDB reads milliseconds only; seconds and microseconds must be converted first.",
        )


def _pattern_of(name: str, node: Node) -> str:
    unread = sum(n for form, n in node.formats.items() if not form.startswith(DATE_TIME))
    lengths = node.text
    if node.formats.keys() == {INT53} and {lengths.least, lengths.greatest} <= {*_DIGITS}:
        raise InputError(
            f"event_time {name!r} holds text of milliseconds, and is declared VARCHAR.",
            "Declare it BIGINT: `types` of the topic in schemagen.toml.",
        )
    if unread:
        raise InputError(
            f"event_time {name!r} holds {counted(unread, 'text')} (of {node.total:,}) that no "
            "pattern known here reads as a time: ksqlDB would drop those records.",
            "Leave event_time out to use the time that Kafka keeps for each record, or set a "
            "pattern of your own: `--with TIMESTAMP_FORMAT=PATTERN`.",
        )
    pattern = common_pattern(form.removeprefix(DATE_TIME) for form in node.formats)
    if pattern is None:
        forms = ", ".join(sorted(form.removeprefix(DATE_TIME) for form in node.formats))
        raise InputError(
            f"event_time {name!r} holds times in forms that no one pattern reads: {forms}.",
            "Leave event_time out to use the time that Kafka keeps for each record.",
        )
    return pattern


def common_pattern(patterns: Iterable[str]) -> str | None:
    """Find one pattern that reads all that the given patterns read, None where there is none.

    Where fractions differ, those of any length up to the longest are read, the longest first:
    writers that leave zeros out at the end write all of them. A zone is either in all or in none,
    since without one the server's own would be taken.
    """
    wanted = sorted(set(patterns))
    if len(wanted) == 1:
        return wanted[0]
    parts = [_PATTERN.match(pattern) for pattern in wanted]
    # `d` reads a day of two digits, too.
    heads = {part["head"].replace("EEE, dd ", "EEE, d ") for part in parts if part}
    zones = {part["zone"] or "" for part in parts if part}
    if None in parts or len(heads) != 1 or ("" in zones and len(zones) > 1):
        return None
    fractions = {part["fraction"] or "" for part in parts if part}
    return heads.pop() + _common_fraction(fractions) + _common_zone(zones)


def _common_fraction(fractions: set[str]) -> str:
    if len(fractions) == 1:
        return fractions.pop()
    longest = Counter[str]()
    for fraction in filter(None, fractions):
        longest[fraction[0]] = max(longest[fraction[0]], len(fraction) - 1)
    return "".join(
        f"[{mark}{'S' * length}]"
        for mark, most in sorted(longest.items())
        for length in range(most, 0, -1)
    )


def _common_zone(zones: set[str]) -> str:
    """`X` takes Z and +02, `XX` Z and +0200, `XXX` Z and +02:00, `VV` Z and names."""
    wide = {zone for zone in zones if not {f"{zone}X", f"{zone}XX"} & zones or zone.strip() != "X"}
    if len(wide) == 1:
        return wide.pop()
    return "".join(f"[{zone}]" for zone in sorted(wide, reverse=True))


# -- what a statement declares --------------------------------------------------------------------


class DeclaredTime(NamedTuple):
    """What TIMESTAMP and TIMESTAMP_FORMAT in WITH say.

    Attributes:
        column: the stored name of the column.
        pattern: the TIMESTAMP_FORMAT, None where there is none.

    """

    column: str
    pattern: str | None


def declared_time(properties: Mapping[str, PropertyValue]) -> DeclaredTime | None:
    """Read what WITH says about the event time; None where it says nothing.

    A name in back-ticks keeps its case; one without is folded.
    """
    name, pattern = properties.get("TIMESTAMP"), properties.get("TIMESTAMP_FORMAT")
    if name is None:
        return None
    written = str(name)
    quoted = len(written) > 1 and written[0] == written[-1] == "`"
    return DeclaredTime(
        written[1:-1] if quoted else fold(written), None if pattern is None else str(pattern)
    )


@dataclass(frozen=True, slots=True)
class EventTimeReader:
    """Reads the event time of rows.

    Attributes:
        column: the column, by its stored name.
        pattern: what reads a text; None where the column holds milliseconds.

    """

    column: str
    pattern: re.Pattern[str] | None

    def read(self, row: Mapping[str, Any]) -> int | None:
        """Return the milliseconds since 1970; None where ksqlDB drops the row."""
        value = row.get(self.column)
        if value is None:
            return None
        milliseconds = int(value) if self.pattern is None else read_time(self.pattern, value)
        return milliseconds if milliseconds is not None and milliseconds >= 0 else None


def event_time_reader(declared: DeclaredTime, columns: Mapping[str, KsqlType]) -> EventTimeReader:
    """Return what reads the event time of a stream's rows.

    Args:
        declared: what its statement says.
        columns: the types of its columns by their stored names.

    Raises:
        InputError: ksqlDB would refuse it.
        UnknownPatternError: the pattern has letters that aren't known here.

    """
    column_type = columns.get(declared.column)
    if column_type is None:
        raise InputError("TIMESTAMP names no column.")
    if declared.pattern is None:
        if column_type not in {BIGINT, TIMESTAMP}:
            raise InputError("TIMESTAMP names a column that needs a TIMESTAMP_FORMAT.")
        return EventTimeReader(declared.column, None)
    if column_type != VARCHAR:
        raise InputError("TIMESTAMP_FORMAT is for a column of VARCHAR.")
    return EventTimeReader(declared.column, time_pattern(declared.pattern))
