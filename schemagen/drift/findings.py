"""What a comparison finds: classes in the order of what they cost, and their lasting names.

A finding is one root cause at one place. Its class says what ksqlDB does about it, by the model of
the deserialiser, not how large the change is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from schemagen.profile.paths import render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemagen.profile.paths import Path
    from schemagen.project import WaiverConfig


class FindingClass(StrEnum):
    """The class of a finding, the gravest first; the names are stable: waivers key on them."""

    DROPS = "drops"
    """Whole records are dropped, and only the processing log says so."""
    FORMAT = "format"
    """A time in another form: an event time that can't be read drops the record."""
    ALTERS = "alters"
    """Values are read as something else, silently."""
    BLINDS = "blinds"
    """A field that detections can't match without is gone, or holds what they can't match."""
    MISSES = "misses"
    """Fields that the stream doesn't read."""
    WIDER = "wider"
    """More forms of values than before, all of which the declared type keeps."""
    NARROWER = "narrower"
    """Fewer forms of values than before."""
    RARER = "rarer"
    """A field is in fewer of its objects than before, or in none."""
    COMMONER = "commoner"
    """A field is in more of its objects than before."""
    WAIVER = "waiver"
    """A waiver that has expired, or that nothing needs."""


GRAVITY = {kind: place for place, kind in enumerate(FindingClass)}
"""The place of each class in the order, 0 for the gravest."""

DEFAULT_FAIL_ON = frozenset(
    {FindingClass.DROPS, FindingClass.FORMAT, FindingClass.ALTERS, FindingClass.BLINDS}
)
"""The classes that cost records, values or alerts."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen at the place of a finding, before or now.

    Attributes:
        count: how many of `of` hold it; what that is, the finding's sentence says.
        of: how many were looked at: the objects around the field, or all values, or all records.
        types: values by JSON type (`integer`, `string`, …); empty where nothing was seen.

    """

    count: int
    of: int
    types: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share, 0 to 1; 0 where nothing was looked at."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, order=True)
class AffectedDetection:
    """A detection that a finding concerns.

    Attributes:
        name: a rule's title, or the stream or query that a statement makes.
        id: a rule's id; empty for a statement.
        level: a rule's level; empty for a statement, or where the rule has none.
        partly: it still matches, in another kind of events or by another branch, or because only
            some of what is there is concerned.
        before, now: how many events it could see before and can see now, at most, of the events
            that it looks at; None where that was not counted.

    """

    name: str
    id: str = ""
    level: str = ""
    partly: bool = False
    before: Observation | None = field(default=None, compare=False)
    now: Observation | None = field(default=None, compare=False)


def distinct(affected: Iterable[AffectedDetection]) -> tuple[AffectedDetection, ...]:
    """Return each detection once, by name; one that is wholly blind somewhere is wholly blind.

    A correlation comes once for each of its rules: without one of them it can't match.
    """
    found: dict[tuple[str, str, str], AffectedDetection] = {}
    for each in affected:
        key = (each.name, each.id, each.level)
        if key not in found or found[key].partly:
            found[key] = each
    return tuple(sorted(found.values()))


@dataclass(frozen=True, slots=True)
class LostAlerts:
    """Alerts that a detection would have raised on the sample, had the drift not been.

    Attributes:
        detection: the detection.
        lost: how many events it did not alert on.
        of: how many it would have.

    """

    detection: AffectedDetection
    lost: int
    of: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One root cause at one place.

    Attributes:
        topic: the topic's name.
        kind: its class.
        path: where in the messages; empty for the record as a whole.
        what: what happened, one sentence without its full stop, no value of a message.
        remedy: what to do about it, one sentence.
        count: how many records, values or objects of the fresh sample it concerns: those that are
            dropped or altered, that lack a field, that have a new one.
        of: how many were looked at.
        exact: whether `count` is exact; else it is the most that it can be.
        values: whether values were counted, where the class alone would say objects.
        declared: the declared type there, as SQL; empty where nothing is declared.
        before, now: what was seen there, None where nothing is known.
        blinded: detections that do not see what they should any more, by name.
        related: paths of the same cause: the new name of a field, the new fields of an object.
        events: the kind of events that it is about, where it is about one as a whole.
        waiver: why it is accepted, None where it isn't.

    """

    topic: str
    kind: FindingClass
    path: Path
    what: str
    remedy: str
    count: int
    of: int
    exact: bool = True
    values: bool = False
    declared: str = ""
    before: Observation | None = None
    now: Observation | None = None
    blinded: Sequence[AffectedDetection] = ()
    related: Sequence[Path] = ()
    events: str = ""
    waiver: WaiverConfig | None = None

    @property
    def place(self) -> str:
        """The path as it is written; `(record)` for the record as a whole, or the kind of it."""
        if self.events:
            return f"(kind {self.events})"
        return render(self.path) if self.path else "(record)"

    @property
    def unit(self) -> str:
        """What `count` and `of` count: `records`, `values`, or the `objects` around a field."""
        if self.kind is FindingClass.DROPS or not self.path:
            return "records"
        if self.values or self.kind is FindingClass.ALTERS:
            return "values"
        return "records" if self.kind is FindingClass.FORMAT else "objects"

    @property
    def fingerprint(self) -> str:
        """A name of the finding that stays the same over samples and commits, 16 hex digits.

        It rests on the topic, the class and the path alone: counts change from sample to sample.
        """
        text = f"{self.topic}\0{self.kind}\0{self.place}"
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Drift:
    """What came of a comparison.

    Attributes:
        topic: the topic's name.
        baselines: what was compared with, as it was named: files, or files of a git revision.
        findings: the gravest first, then by path.
        messages_before: how many messages the committed evidence knows, None without evidence.
        messages: how many messages the fresh sample has.
        records: how many records were read for it.
        tests: how many comparisons of shares were made.
        unsure: how many shares differ, but by no more than chance explains.
        confidence: how sure it is, 0 to 1, that chance alone makes none of them a finding.
        fail_on: the classes that matter.
        remarks: what else there is to know, sentences.
        lost: the alerts that the drift cost on records of the sample; None where they were not run.
        replayed: on how many of the records they were run.

    """

    topic: str
    baselines: Sequence[str]
    findings: Sequence[Finding]
    messages_before: int | None
    messages: int
    records: int
    tests: int
    unsure: int
    confidence: float
    fail_on: frozenset[FindingClass] = DEFAULT_FAIL_ON
    remarks: Sequence[str] = ()
    lost: Sequence[LostAlerts] | None = None
    replayed: int = 0

    def fails(self, finding: Finding) -> bool:
        """Check whether a finding fails: its class matters, and it is not waived."""
        return finding.kind in self.fail_on and finding.waiver is None

    @property
    def failing(self) -> list[Finding]:
        """The findings that matter."""
        return [finding for finding in self.findings if self.fails(finding)]
