"""The sample of a topic for the page: where it came from, what is unread, how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from schemagen.profile.accumulation import accumulated, curve, occurrences
from schemagen.profile.unseen import coverage
from schemagen.report.inference import record_lines, unseen_sentence
from schemagen.report.kinds import kind_sentence
from schemagen.report.page.charts import LineChart, line_chart
from schemagen.report.page.texts import name
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.nodes import Node
    from schemagen.report.page.model import TopicReport

SHOWN = 24
"""So many partitions or files are listed."""
_CHART = (520, 180)
_SHORTEST = 10
"""Of fewer seconds no rate follows: a batch was written."""


@dataclass(frozen=True, slots=True)
class PartitionView:
    """A partition of a topic, and what was read of it.

    Attributes:
        number: the partition.
        records: how many records were read.
        offsets: where it begins and ends, for people.
        spans: the ranges that were read: start and width, of 100.
        first, last: the times of the oldest and the newest record, for people.
        rate: records a second over the time that was read, for people; empty where unknown.

    """

    number: str
    records: int
    offsets: str
    spans: list[tuple[float, float]]
    first: str
    last: str
    rate: str


class SampleView:
    """The sample of a report with evidence."""

    def __init__(self, report: TopicReport, evidence: Evidence) -> None:
        self._report = report
        self._evidence = evidence
        self._root: Node = report.seen or evidence.profile.root

    @property
    def records(self) -> int:
        """How many records were read."""
        return self._evidence.decoding.records

    @property
    def used(self) -> int:
        """How many of them are messages."""
        return self._evidence.decoding.used

    def partitions(self) -> list[PartitionView]:
        """List the partitions that were read, those with the most records first."""
        found = [
            _partition(number, read)
            for source in self._report.sources()
            for number, read in source.get("partitions", {}).items()
        ]
        return sorted(found, key=lambda each: (-each.records, each.number))

    def files(self) -> list[tuple[str, int]]:
        """List the files that were read, with how many records each had."""
        return [
            (name(str(file.get("path", ""))), int(file.get("records", 0)))
            for source in self._report.sources()
            for file in source.get("files", [])
        ]

    def whence(self) -> list[str]:
        """Say in sentences how the records were taken, and what is missing of them."""
        lines = []
        for source in self._report.sources():
            if source.get("kind") == "kafka":
                taken = {"spread": "spread over partitions and offsets", "all": "all there are"}
                how = str(source.get("strategy", ""))
                lines.append(f"Records of a Kafka topic, {taken.get(how, name(how))}.")
            if source.get("kind") == "files":
                count = len(source.get("files", []))
                lines.append(f"Records of {counted(count, 'file')}.")
            if source.get("reason"):
                lines.append(f"Not all that was planned was read: {name(str(source['reason']))}.")
        return list(dict.fromkeys(lines))

    def faults(self) -> list[str]:
        """Say what could not be read, and what to do about it."""
        return record_lines(self._evidence)

    def certainty(self) -> list[str]:
        """Say how sure the sample is, and how much surer it is for its size."""
        profile = self._evidence.profile
        lines = [unseen_sentence(self._evidence, self._root)]
        if profile.messages > 1:
            structures = occurrences(self._root)
            half = profile.messages // 2
            known = accumulated(structures, profile.messages, half)
            total = sum(structures.values())
            lines.append(
                f"Half as many messages, {half:,}, would have shown about {known:,.0f} of "
                f"{counted(total, 'structure')}."
            )
        if profile.kinds.fields:
            lines.append(kind_sentence(profile.kinds))
        return lines

    def chance(self) -> float:
        """How likely the next message shows something new, 0 to 1."""
        return coverage(self._evidence.profile, self._root).unseen

    def chart(self) -> LineChart | None:
        """Lay out the curve: structures seen by messages read; None for too few messages."""
        messages = self._evidence.profile.messages
        points = curve(occurrences(self._root), messages)
        if len(points) < 3:  # noqa: PLR2004 - a line is no curve
            return None
        return line_chart([(0, 0.0), *points], *_CHART)


def newest(sources: Sequence[dict[str, Any]]) -> str:
    """Return the time of the newest record of a sample, ISO 8601; empty where nobody knows."""
    return max((last for _, last in _times(sources)), default="")


def newest_day(sources: Sequence[dict[str, Any]]) -> date | None:
    """Return the day of the newest record; None where nobody knows."""
    moment = _moment(newest(sources))
    return None if moment is None else moment.date()


def span(sources: Sequence[dict[str, Any]]) -> str:
    """Write from when to when the records of a sample are; empty where nobody knows."""
    times = _times(sources)
    if not times:
        return ""
    first, last = min(one for one, _ in times), max(one for _, one in times)
    ends = dict.fromkeys([_shown(first), _shown(last)])
    return " to ".join(ends)


def _times(sources: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    parts = [each for source in sources for each in source.get("partitions", {}).values()]
    parts += [
        file["origin"]
        for source in sources
        for file in source.get("files", [])
        if isinstance(file.get("origin"), dict)
    ]
    pairs = [(each.get("first_time"), each.get("last_time")) for each in parts]
    return [(str(first), str(last)) for first, last in pairs if first and last]


def _partition(number: str, read: dict[str, Any]) -> PartitionView:
    low, high = int(read["low"]), int(read["high"])
    wide = max(high - low, 1)
    spans = [
        ((start - low) / wide * 100, max((end - start) / wide * 100, 0.4))
        for start, end in read["ranges"]
    ]
    first, last = _moment(read.get("first_time")), _moment(read.get("last_time"))
    rate = ""
    if first is not None and last is not None and read["ranges"]:
        offsets = max(end for _, end in read["ranges"]) - min(start for start, _ in read["ranges"])
        seconds = (last - first).total_seconds()
        rate = _rate(offsets / seconds) if seconds >= _SHORTEST else ""
    return PartitionView(
        name(number),
        int(read["records"]),
        f"{low:,} to {high:,}",
        spans,
        _shown(str(read.get("first_time") or "")),
        _shown(str(read.get("last_time") or "")),
        rate,
    )


def _rate(per_second: float) -> str:
    if per_second >= 1:
        return f"{per_second:,.1f} a second"
    return f"{per_second * 3600:,.1f} an hour"


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _shown(text: str) -> str:
    moment = _moment(text)
    return name(text) if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
