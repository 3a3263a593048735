"""Reports for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.profile.paths import render
from schemagen.profile.unseen import coverage
from schemagen.report.fields import field_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path
    from schemagen.profile.profile import Node


def inference_report(
    evidence: Evidence, root: Node, maps: Mapping[Path, str], seen: Node, written: list[str]
) -> dict[str, Any]:
    """Say what `infer` found: counts, the estimate of what is still unseen, and the fields.

    `root` is schema and evidence joined, `seen` the profile's root with its maps folded.
    """
    sure = coverage(evidence.profile, seen)
    return {
        "topic": evidence.name,
        "messages": evidence.profile.messages,
        "records": evidence.tally.to_json(),
        "unseen": {
            "structures": sure.structures,
            "seen_once": sure.once,
            "chance": round(sure.unseen, 6),
            "upper_95": round(sure.unseen_upper, 6),
        },
        "fields": [
            {
                "path": render(row.path),
                "kinds": row.kinds,
                "null": row.nulls,
                "presence": round(row.presence, 6),
                "conflict": row.conflict,
                "remarks": row.remarks,
            }
            for top in field_rows(root, maps)
            for row in top.walk()
        ],
        "written": written,
    }
