"""Findings of whole records: those of which ksqlDB makes no row, or one that lacks something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.drift.context import blinded_by
from schemagen.drift.findings import Finding, FindingClass, Observation
from schemagen.drift.statistics import Proportion, Threshold, chance_of_more
from schemagen.sources.decode_statistics import DecodeError, DecodeWarning
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.drift.context import FindingContext
    from schemagen.sources.decode_statistics import DecodeStatistics

_LOSSY = (DecodeWarning.TRAILING_DATA, DecodeWarning.DUPLICATE_KEYS, DecodeWarning.LONE_SURROGATE)


def record_findings(context: FindingContext, threshold: Threshold) -> Iterator[Finding]:
    """Find the records of which ksqlDB makes no row, or one that lacks something."""
    bad = [fault for fault in DecodeError if fault.bad]
    yield from _of_records(context, threshold, FindingClass.DROPS, bad)
    yield from _of_records(context, threshold, FindingClass.ALTERS, _LOSSY)


def _of_records(
    context: FindingContext,
    threshold: Threshold,
    kind: FindingClass,
    classes: Sequence[DecodeError | DecodeWarning],
) -> Iterator[Finding]:
    now = context.now.tally
    before = None if context.before is None else context.before.tally
    more = [each for each in classes if _is_more(each, before, now, threshold)]
    if not more:
        return
    count = sum(now.counts[each] for each in more)
    hints = dict.fromkeys(each.hint for each in more if each.hint)
    old = None if before is None else sum(before.counts.get(each, 0) for each in more)
    yield Finding(
        topic=context.topic,
        kind=kind,
        path=(),
        what="; ".join(_told(each, now) for each in more),
        remedy=" ".join(hints) or "Find the producer of such records.",
        count=count,
        of=now.records,
        before=None if before is None or old is None else Observation(old, before.records),
        now=Observation(count, now.records),
        blinded=blinded_by(
            context.all_detections if kind is FindingClass.DROPS else (), count, now.records
        ),
    )


def _told(kind: DecodeError | DecodeWarning, tally: DecodeStatistics) -> str:
    where = tally.firsts[kind].written()
    text = f"{kind.label} in {counted(tally.counts[kind], 'record')}"
    return f"{text}, the first at {where}" if where else text


def known_losses(context: FindingContext, findings: Sequence[Finding]) -> list[str]:
    """Say how many records are dropped as before: no finding, but a loss all the same."""
    now = context.now.tally
    told = any(finding.kind is FindingClass.DROPS and not finding.path for finding in findings)
    if told or not now.bad:
        return []
    records = counted(now.records, "record")
    return [f"{now.bad:,} of {records} give no message and are dropped, as many did before."]


def _is_more(
    kind: DecodeError | DecodeWarning,
    before: DecodeStatistics | None,
    now: DecodeStatistics,
    threshold: Threshold,
) -> bool:
    """Tell whether there are such records that were not there before, or surely more of them."""
    count = now.counts.get(kind, 0)
    if before is None or not before.counts.get(kind, 0):
        return count > 0
    chance = chance_of_more(
        Proportion(count, now.records), Proportion(before.counts[kind], before.records)
    )
    return count > 0 and threshold.passes(chance)
