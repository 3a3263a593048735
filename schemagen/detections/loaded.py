"""A rule as it was loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sigma.exceptions import SigmaRuleLocation

from schemagen.detections.checks import read_rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigma.rule import SigmaLogSource, SigmaRule

    from schemagen.detections.compiler import Condition
    from schemagen.detections.filters import LoadedFilter
    from schemagen.detections.notes import RuleNotes


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule that means something certain.

    Args:
        path: the file.
        line: where the rule starts in it, counted from 1.
        id: the rule's id in lower case; derived where it has none (see `has_own_id`).
        title: the rule's title.
        level: `informational` to `critical`; None where the rule gives none that is known.
        status: `stable`, `test`, `experimental`, `deprecated`, `unsupported`; None as for level.
        tags: as the rule has them, for example `attack.t1059.001`.
        logsource: category, product and service.
        fields: the fields that the rule's author would show, Sigma names.
        data: the rule's YAML with global parts merged in and wrong metadata taken out.
        has_own_id: whether the id is the rule's own.
        name: the name that correlations and filters know it by; empty for none.
        conditions: pySigma's conditions, parsed; none where that is still to be done.
        filters: the filters that are applied to it.
        notes: what is known of it from the last run; None where nothing is kept.

    """

    path: Path
    line: int
    id: str
    title: str
    level: str | None
    status: str | None
    tags: tuple[str, ...]
    logsource: SigmaLogSource
    fields: tuple[str, ...]
    data: Mapping[str, Any]
    has_own_id: bool = True
    name: str = ""
    conditions: Sequence[Condition] = field(default=(), compare=False, repr=False)
    filters: tuple[LoadedFilter, ...] = ()
    notes: RuleNotes | None = field(default=None, compare=False, repr=False)

    def fresh(self) -> SigmaRule:
        """Make pySigma's rule, for a pipeline to alter in place."""
        return read_rule(self.data, SigmaRuleLocation(self.path, self.line))
