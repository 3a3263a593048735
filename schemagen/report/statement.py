"""The report of `ddl` for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.ksqldb.dialect import write
from schemagen.profile.paths import render
from schemagen.words import counted, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.deploy.former import FormerDetection
    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.ksqldb.ddl import StreamDdl


_NAMED = 5
"""How many detections a message names."""


def fewer_line(fewer: Sequence[FormerDetection], file: str) -> str:
    """Write which detections a file loses."""
    names = ", ".join(printable(each.name) for each in fewer[:_NAMED])
    rest = f" and {len(fewer) - _NAMED:,} more" if len(fewer) > _NAMED else ""
    return f"{file} loses {counted(len(fewer), 'detection')} that it holds now: {names}{rest}."


def ddl_report(
    made: StreamDdl,
    out: str | None,
    left_out: Sequence[BoundRule | BoundCorrelation] = (),
    dropped: Sequence[FormerDetection] = (),
) -> dict[str, Any]:
    """Report what `ddl` made: the statement, its proof, and the remarks about its fields.

    Args:
        made: the stream's statement.
        out: the file that was written, None for standard output.
        left_out: the rules that have no detection.
        dropped: the detections that the file held and holds no more.

    """
    return {
        "statement": write(made.statement),
        "out": out,
        "proof": {
            "messages": made.proof.messages,
            "dropped_at_most": made.proof.dropped_at_most,
            "altered": made.proof.altered,
            "sentence": made.proof.sentence(),
        },
        "losses": [
            {
                "path": render(loss.path),
                "effect": str(loss.effect),
                "count": loss.count,
                "exact": loss.exact,
                "cause": loss.cause,
            }
            for loss in made.proof.losses
        ],
        "remarks": [
            {"path": render(remark.path), "what": remark.what, "why": remark.why}
            for remark in made.remarks
        ],
        "rules_left_out": [
            {
                "id": bound.rule.id,
                "title": bound.rule.title,
                "level": bound.rule.level,
                "status": str(bound.status),
                "reasons": list(bound.reasons),
            }
            for bound in left_out
        ],
        "detections_dropped": [
            {"id": each.id or None, "title": each.name, "level": each.level or None}
            for each in dropped
        ],
    }
