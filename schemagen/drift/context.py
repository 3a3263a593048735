"""What findings are made from, and which detections can't see what they could."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from schemagen.drift.event_counts import ProfiledEvents
from schemagen.drift.findings import Observation, distinct
from schemagen.drift.kind_events import KindEvents, known_of
from schemagen.drift.scopes import within
from schemagen.drift.verdict import ConditionJudge
from schemagen.drift.visibility import visible
from schemagen.ksqldb.types import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.drift.declared import Declared
    from schemagen.drift.findings import AffectedDetection
    from schemagen.drift.kinds import ComparedKinds
    from schemagen.drift.scopes import Steps
    from schemagen.drift.sight import DeployedDetection
    from schemagen.drift.text_forms import TextForm
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path


@dataclass(frozen=True, slots=True)
class FindingContext:
    """What findings are made from.

    Attributes:
        topic: the topic's name.
        declared: the stream.
        detections: the detections over it.
        before: the committed evidence, None without it.
        now: the fresh evidence.
        gone: what is surely in no event any more.
        kinds: the kinds of events of both samples; None where they are not compared.
        typed: the places, as they are written, whose values are what a registry's schema says, and
            declared so: JSON's rules don't hold there.

    """

    topic: str
    declared: Declared
    detections: Sequence[DeployedDetection]
    before: Evidence | None
    now: Evidence
    gone: Sequence[Steps] = ()
    kinds: ComparedKinds | None = None
    typed: frozenset[str] = frozenset()
    _counts: dict[int, tuple[Observation, Observation]] = field(default_factory=dict)
    _kinds: dict[tuple[int, str], tuple[KindEvents, Sequence[ConditionJudge]]] = field(
        default_factory=dict
    )

    @property
    def all_detections(self) -> tuple[AffectedDetection, ...]:
        """All detections, by name: none of them sees a record that is dropped."""
        return distinct(each.affected() for each in self.detections)

    def hidden_by(self, path: Path) -> tuple[AffectedDetection, ...]:
        """List the detections that don't see a record in which a value can't be read."""
        return distinct(each.affected() for each in self.detections if each.is_hidden_by(path))

    @property
    def timed(self) -> tuple[AffectedDetection, ...]:
        """The detections that don't see a record whose event time can't be read."""
        return distinct(each.affected() for each in self.detections if each.watches is None)

    def count_inside(self, steps: Steps) -> int:
        """Count the detections that look at something inside of a place in the columns."""
        return sum(
            any(within(read, steps) and read != steps for read in each.reads)
            for each in self.detections
        )

    def inside(self, path: Path) -> list[Steps]:
        """Return what lies inside a path: the fields of a STRUCT, else what detections read there.

        In a lambda, the name of a field of an array's elements doesn't show where it lies, so that
        all fields are returned.
        """
        steps = self.declared.steps(path)
        if steps is None:
            return []
        declared = self.declared.type_at(path)
        fields = declared.fields if isinstance(declared, Struct) else ()
        reads = {each for detection in self.detections for each in detection.reads}
        found = {(*steps, field.stored) for field in fields}
        return sorted(found or {r for r in reads if within(r, steps) and r != steps}, key=str)

    def without_gone(self, gone: Sequence[Steps]) -> FindingContext:
        """Return the same, with what is surely in no event any more."""
        return replace(self, gone=gone, _counts={}, _kinds={})

    # -- blind detections ---------------------------------------------------------------------

    def blinded_at(self, path: Path) -> tuple[AffectedDetection, ...]:
        """List the detections that see less where they can't use what is at a path."""
        steps = self.declared.steps(path)
        return () if steps is None else self._blinded([steps])

    def blinded_inside(self, path: Path) -> tuple[AffectedDetection, ...]:
        """List the detections that see less where they can't use what lies inside a path."""
        return self._blinded(self.inside(path))

    def blinded_by_form(
        self, path: Path, form: TextForm, instead: TextForm | None = None
    ) -> tuple[AffectedDetection, ...]:
        """List the detections that see less where the text at a path has a form.

        Args:
            path: where.
            form: the form that it has.
            instead: the form of what they could match there; None for any text.

        """
        steps = self.declared.steps(path)
        if steps is None:
            return ()
        now = ConditionJudge(values={steps: form})
        before = ConditionJudge() if instead is None else ConditionJudge(values={steps: instead})
        return distinct(
            each.affected(partly=each.may_match(now))
            for each in self.detections
            if steps in each.reads and each.sees_less(now, before)
        )

    def _blinded(self, lost: Sequence[Steps]) -> tuple[AffectedDetection, ...]:
        found = (each.without(*lost) for each in self.detections)
        return distinct(affected for affected in found if affected is not None)

    # -- events -------------------------------------------------------------------------------

    def lacking(self, *lost: Steps) -> tuple[AffectedDetection, ...]:
        """List the detections that see less where something is missing, with the events they see.

        Args:
            lost: what is missing, in some or in all events.

        """
        found = []
        for each in self.detections:
            affected = each.without(*lost)
            if affected is None:
                continue
            if self.before is not None:
                before, now = self._visible(each)
                affected = replace(affected, partly=now.count > 0, before=before, now=now)
            found.append(affected)
        return distinct(found)

    def tells_kinds(self, path: Path) -> bool:
        """Check whether what tells the kinds of events lies at a path or in it."""
        if self.before is None:
            return False
        return any(each[: len(path)] == path for each in self.before.profile.kinds.fields)

    def losing_kind(self, kind: str) -> tuple[AffectedDetection, ...]:
        """List the detections that could see events of a kind that there are none of now."""
        if self.before is None:
            return ()
        found = (
            self._counted(each)
            for each in self.detections
            if self._seen_of_kind(each, kind, self.before).count
        )
        return distinct(found)

    def blind_to_kind(self, kind: str, like: str | None = None) -> tuple[AffectedDetection, ...]:
        """List the detections that can see no event of a kind that came, and could see others.

        The events of the kind count among those that they look at: nobody knows what they are.

        Args:
            kind: the kind.
            like: the kind that these events likely are of; None where they may be of any.

        """
        if self.kinds is None or self.before is None:
            return ()
        found = []
        for each in self.detections:
            if self._seen_of_kind(each, kind, self.now).count:
                continue
            if like is not None and not self._seen_of_kind(each, like, self.before).count:
                continue
            seen_before, seen_now = self._visible(each)
            before = self._with_all_of(kind, each, self.before, seen_before)
            now = self._with_all_of(kind, each, self.now, seen_now)
            if before.count:
                affected = each.affected(partly=now.count > 0)
                found.append(replace(affected, before=before, now=now))
        return distinct(found)

    def _with_all_of(
        self, kind: str, detection: DeployedDetection, evidence: Evidence, seen: Observation
    ) -> Observation:
        """Count all events of a kind among those that a detection looks at."""
        if self.kinds is None:
            return seen
        counts = self.kinds.before if evidence is self.before else self.kinds.now
        known = self._seen_of_kind(detection, kind, evidence).of
        return Observation(seen.count, seen.of + counts.get(kind, 0) - known)

    def _counted(self, detection: DeployedDetection) -> AffectedDetection:
        before, now = self._visible(detection)
        return replace(detection.affected(partly=now.count > 0), before=before, now=now)

    def _visible(self, detection: DeployedDetection) -> tuple[Observation, Observation]:
        """Count the events that a detection could see before and can see now."""
        key = id(detection)
        if key not in self._counts:
            self._counts[key] = (
                self._seen_by(detection, self.before),
                self._seen_by(detection, self.now),
            )
        return self._counts[key]

    def _seen_by(self, detection: DeployedDetection, evidence: Evidence | None) -> Observation:
        if evidence is None:
            return Observation(0, 0)
        if self.kinds is not None:
            counts = self.kinds.before if evidence is self.before else self.kinds.now
            parts = [self._seen_of_kind(detection, kind, evidence) for kind in counts]
            return Observation(sum(one.count for one in parts), sum(one.of for one in parts))
        events = ProfiledEvents(self.declared.columns, evidence.profile.root)
        known = ConditionJudge(self.gone if evidence is self.now else ())
        return Observation(visible(detection.conditions, events, known), events.total)

    def _seen_of_kind(
        self, detection: DeployedDetection, kind: str, evidence: Evidence
    ) -> Observation:
        """Count the events of a kind that a detection can see, of those that it is about."""
        if self.kinds is None:
            return Observation(0, 0)
        key = (id(evidence), kind)
        if key not in self._kinds:
            lost = self.gone if evidence is self.now else ()
            events = KindEvents(self.kinds, kind, self.declared.columns, evidence.profile.root)
            judges = [known_of(self.kinds.fields, kind, self.declared, each) for each in ((), lost)]
            self._kinds[key] = events, judges
        events, (named, judge) = self._kinds[key]
        if not detection.may_match(named):
            return Observation(0, 0)
        return Observation(visible(detection.conditions, events, judge), events.total)


def blinded_by(
    detections: Iterable[AffectedDetection], count: int, of: int
) -> tuple[AffectedDetection, ...]:
    """Mark detections as partly blind where only some of what is there blinds them."""
    return tuple(replace(each, partly=each.partly or count < of) for each in detections)
