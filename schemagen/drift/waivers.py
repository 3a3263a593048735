"""Waivers: findings that somebody has accepted, with a reason, until a day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.drift.findings import GRAVITY, Drift, Finding, FindingClass
from schemagen.profile.paths import fits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from schemagen.project import WaiverConfig


def waive(drift: Drift, waivers: Sequence[WaiverConfig], today: date) -> Drift:
    """Mark the findings that are accepted, and add one for each waiver that is out of date.

    Args:
        drift: what was found.
        waivers: what is accepted.
        today: the day; a waiver holds until the end of its last one.

    Returns:
        The same with waivers beside the findings they cover; an expired waiver covers none. Of a
        waiver that has expired, or that covers nothing, there is a finding of its own.

    """
    findings = []
    used: set[int] = set()
    for finding in drift.findings:
        matching = [n for n, waiver in enumerate(waivers) if covers(waiver, finding)]
        used.update(matching)
        valid = [waivers[n] for n in matching if waivers[n].expires >= today]
        findings.append(replace(finding, waiver=valid[0]) if valid else finding)
    for number, waiver in enumerate(waivers):
        what = _stale(waiver, today, used=number in used)
        if what:
            findings.append(_about(drift, waiver, what))
    findings.sort(key=lambda each: (GRAVITY[each.kind], each.place))
    return replace(drift, findings=findings)


def covers(waiver: WaiverConfig, finding: Finding) -> bool:
    """Check whether a waiver is about a finding."""
    named = waiver.finding in {"", str(finding.kind), finding.fingerprint}
    return named and (not waiver.path or fits(finding.place, waiver.path))


def _stale(waiver: WaiverConfig, today: date, *, used: bool) -> str:
    if waiver.expires < today:
        return f"expired on {waiver.expires}" + ("" if used else ", and nothing needs it")
    return "" if used else "no finding needs it"


def _about(drift: Drift, waiver: WaiverConfig, what: str) -> Finding:
    name = " ".join(filter(None, [waiver.finding, waiver.path]))
    return Finding(
        topic=drift.topic,
        kind=FindingClass.WAIVER,
        path=(f"waiver {name}",),
        what=f"{what}; {waiver.owner}: {waiver.reason}",
        remedy=f"Ask {waiver.owner}, then renew the waiver or take it out of schemagen.toml.",
        count=0,
        of=0,
    )
