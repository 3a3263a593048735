"""Whole records of which ksqlDB makes no row, or a row that lacks something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.drift.context import blinded_by
from schemagen.drift.findings import Finding, FindingClass, Observation
from schemagen.drift.statistics import Proportion, chance_of_more
from schemagen.sources.decode_statistics import DecodeError, DecodeWarning
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.context import FindingContext
    from schemagen.sources.decode_statistics import DecodeStatistics

_CLASSES: dict[FindingClass, Sequence[DecodeError | DecodeWarning]] = {
    FindingClass.DROPS: [error for error in DecodeError if error.bad],
    FindingClass.ALTERS: [
        DecodeWarning.TRAILING_DATA,
        DecodeWarning.DUPLICATE_KEYS,
        DecodeWarning.LONE_SURROGATE,
    ],
}
"""What comes of records: whole ones are dropped, or values in them are not as they were sent."""


@dataclass(frozen=True, slots=True)
class RecordLoss:
    """Records of one fault.

    Attributes:
        kind: the class of the finding that they belong to.
        fault: the fault.
        chance: how likely chance alone makes them as frequent as they are; None where there were
            none before, which is a fact.

    """

    kind: FindingClass
    fault: DecodeError | DecodeWarning
    chance: float | None

    def is_certain(self, level: float) -> bool:
        """Check whether they are new, or surely more than before."""
        return self.chance is None or self.chance <= level


def record_losses(context: FindingContext) -> list[RecordLoss]:
    """List the faults of the records that were read."""
    now = context.now.decoding
    before = None if context.before is None else context.before.decoding
    return [
        RecordLoss(kind, fault, _chance(fault, before, now))
        for kind, faults in _CLASSES.items()
        for fault in faults
        if now.counts.get(fault)
    ]


def _chance(
    fault: DecodeError | DecodeWarning, before: DecodeStatistics | None, now: DecodeStatistics
) -> float | None:
    if before is None or not before.counts.get(fault):
        return None
    return chance_of_more(
        Proportion(now.counts[fault], now.records), Proportion(before.counts[fault], before.records)
    )


def record_findings(context: FindingContext, certain: Sequence[RecordLoss]) -> list[Finding]:
    """Make the findings of records, one a class."""
    found = []
    for kind in _CLASSES:
        faults = [loss.fault for loss in certain if loss.kind is kind]
        if faults:
            found.append(_finding(context, kind, faults))
    return found


def _finding(
    context: FindingContext, kind: FindingClass, faults: Sequence[DecodeError | DecodeWarning]
) -> Finding:
    now = context.now.decoding
    count = sum(now.counts[each] for each in faults)
    hints = dict.fromkeys(each.hint for each in faults if each.hint)
    before = None
    if context.before is not None:
        old = context.before.decoding
        before = Observation(sum(old.counts.get(each, 0) for each in faults), old.records)
    blinded = context.all_detections if kind is FindingClass.DROPS else ()
    return Finding(
        topic=context.topic,
        kind=kind,
        path=(),
        what="; ".join(_counted(each, now) for each in faults),
        remedy=" ".join(hints) or "Find the producer of such records.",
        count=count,
        of=now.records,
        before=before,
        now=Observation(count, now.records),
        blinded=blinded_by(blinded, count, now.records),
    )


def _counted(fault: DecodeError | DecodeWarning, tally: DecodeStatistics) -> str:
    where = tally.firsts[fault].written()
    text = f"{fault.label} in {counted(tally.counts[fault], 'record')}"
    return f"{text}, the first at {where}" if where else text


def known_loss_remarks(context: FindingContext, findings: Sequence[Finding]) -> list[str]:
    """Count the records that are dropped as before: not a finding, but a loss all the same."""
    now = context.now.decoding
    found = any(each.kind is FindingClass.DROPS and not each.path for each in findings)
    if found or not now.bad:
        return []
    records = counted(now.records, "record")
    return [f"{now.bad:,} of {records} could not be read and are dropped, as before."]
