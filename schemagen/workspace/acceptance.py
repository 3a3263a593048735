"""What becomes of a committed schema that a fresh sample updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.drift.accept import updated
from schemagen.files import evidence_path
from schemagen.profile.evidence import load_evidence
from schemagen.schema.build import noted_as_gone
from schemagen.schema.shape import shape

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.profile import Node
    from schemagen.schema.document import Schema
    from schemagen.schema.maps import MapPolicy
    from schemagen.schema.results import AcceptedFields


def acceptance(
    evidence: Evidence, policy: MapPolicy, schema_file: Path, *, prune: bool = False
) -> Callable[[Node, Schema], AcceptedFields]:
    """Return what joins a fresh sample with what is committed.

    Args:
        evidence: what the sample has shown.
        policy: when the keys of an object are data.
        schema_file: the committed schema, whose evidence is read now: both are about to be written.
        prune: leave out what is surely gone.

    Raises:
        InputError: the committed evidence can't be read.

    """
    beside = evidence_path(schema_file)
    before = load_evidence(beside) if beside.exists() else None

    def accept(collapsed: Node, committed: Schema) -> AcceptedFields:
        known = shape(committed, None if before is None else before.profile.root)
        noted = noted_as_gone(committed)
        return updated(evidence, collapsed, known, before, policy, prune=prune, noted=noted)

    return accept
