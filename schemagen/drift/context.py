"""What findings are made from, and which detections lose sight of something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.drift.verdict import within
from schemagen.ksqldb.types import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.declared import Declared
    from schemagen.drift.findings import AffectedDetection
    from schemagen.drift.sight import DeployedDetection
    from schemagen.drift.verdict import Steps
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path


@dataclass(frozen=True, slots=True)
class FindingContext:
    """What findings are made from.

    Attributes:
        topic: the topic's name.
        declared: the stream.
        watches: the detections over it.
        before: the committed evidence, None without it.
        now: the fresh evidence.
        gone: all fields that are gone: of two branches that need one each, none may be left.

    """

    topic: str
    declared: Declared
    watches: Sequence[DeployedDetection]
    before: Evidence | None
    now: Evidence
    gone: Sequence[Steps] = ()

    @property
    def all_detections(self) -> tuple[AffectedDetection, ...]:
        """All detections, by name: none of them sees a record that is dropped."""
        return tuple(sorted(watch.detection() for watch in self.watches))

    def blinded_at(self, path: Path) -> tuple[AffectedDetection, ...]:
        """The detections that lose sight where a path of the messages gives them nothing."""
        steps = self.declared.steps(path)
        return () if steps is None else self._blinded(steps)

    def count_inside(self, steps: Steps) -> int:
        """Count the detections that look at something inside of a place in the columns."""
        return sum(
            any(within(read, steps) and read != steps for read in watch.reads)
            for watch in self.watches
        )

    def blinded_inside(self, path: Path) -> tuple[AffectedDetection, ...]:
        """The detections that lose sight where there is nothing to look into at a path."""
        return self._blinded(*self.inside(path))

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
        reads = {each for watch in self.watches for each in watch.reads}
        found = {(*steps, field.stored) for field in fields}
        return sorted(found or {r for r in reads if within(r, steps) and r != steps}, key=str)

    def _blinded(self, *lost: Steps) -> tuple[AffectedDetection, ...]:
        found = (watch.without(*lost, also=self.gone) for watch in self.watches)
        return tuple(sorted(detection for detection in found if detection is not None))


def blinded_by(
    detections: Sequence[AffectedDetection], count: int, of: int
) -> tuple[AffectedDetection, ...]:
    """Mark detections as partly blind where only some of what is there blinds them."""
    return tuple(replace(each, partly=each.partly or count < of) for each in detections)
