"""What `infer` and `show` report of evidence: what is unseen, what was not read, the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.profile.paths import render
from schemagen.profile.unseen import coverage, kind_coverage
from schemagen.report.fields import FieldRow, field_rows
from schemagen.report.kinds import kind_list
from schemagen.words import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.profile import Node, Profile
    from schemagen.schema.results import SavedSchema


_TOO_UNSURE = 0.3
"""From this upper bound on, a chance says nothing that anybody could go by."""


def unseen_sentence(evidence: Evidence, root: Node) -> str:
    """Write how complete the sample is; `root` is the profile's, its maps folded."""
    sure = coverage(evidence.profile, root)
    if sure.unseen_upper > _TOO_UNSURE:
        seen = evidence.profile.messages
        return (
            f"{counted(seen, 'message')} {'is' if seen == 1 else 'are'} too few to tell how likely "
            "the next one shows a field or type not seen here."
        )
    return (
        f"The next message shows a field or type not seen here with a chance of about "
        f"{percent(sure.unseen)}, at most {percent(sure.unseen_upper)} (95 % sure; "
        f"{sure.once:,} of {counted(sure.structures, 'structure')} "
        f"{'was' if sure.once == 1 else 'were'} seen once)."
    )


def record_lines(evidence: Evidence) -> list[str]:
    """Write which records could not be read, or were read with a warning, and what to do."""
    tally = evidence.decoding
    lines = []
    for kind, count in tally.counts.items():
        where = tally.firsts[kind].written()
        line = f"{kind.label}: {count:,} of {counted(tally.records, 'record')}"
        line += f", the first at {where}. " if where else ". "
        lines.append(line + " ".join(filter(None, [kind.explanation, kind.hint])))
    if tally.schema_ids:
        lines.append(f"Schema ids seen: {', '.join(map(str, sorted(tally.schema_ids)))}.")
    return lines


def inference_report(
    evidence: Evidence, root: Node, saved: SavedSchema, written: Sequence[str]
) -> dict[str, Any]:
    """Report for machines what `infer` found: counts, the estimate of what is unseen, the fields.

    Args:
        evidence: what was seen.
        root: schema and evidence joined.
        saved: what was written of it.
        written: the files, as they are shown.

    """
    sure = coverage(evidence.profile, saved.seen)
    return {
        "topic": evidence.name,
        "messages": evidence.profile.messages,
        "records": evidence.decoding.to_json(),
        "unseen": {
            "structures": sure.structures,
            "seen_once": sure.once,
            "chance": round(sure.unseen, 6),
            "upper_95": round(sure.unseen_upper, 6),
        },
        "event_kinds": kind_report(evidence.profile),
        "fields": field_list(field_rows(root, saved.maps, evidence.profile.root)),
        "gone": [render(path) for path in saved.gone],
        "pruned": saved.pruned,
        "written": list(written),
    }


def kind_report(profile: Profile) -> dict[str, Any] | None:
    """Report the kinds of events for machines; None where none are told apart."""
    kinds = profile.kinds
    if not kinds.fields:
        return None
    sure = kind_coverage(kinds)
    return {
        "fields": list(map(render, kinds.fields)),
        "unseen": {"chance": round(sure.unseen, 6), "upper_95": round(sure.unseen_upper, 6)},
        "kinds": kind_list(kinds, profile.root),
    }


def field_list(rows: Sequence[FieldRow]) -> list[dict[str, Any]]:
    """Report fields for machines, each before what is inside it."""
    return [
        {
            "path": render(row.path),
            "kinds": row.kinds,
            "null": row.nulls,
            "presence": round(row.presence, 6),
            "conflict": row.conflict,
            "remarks": row.remarks,
        }
        for top in rows
        for row in top.walk()
    ]
