"""What is wrong with rule files, and how bad it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class ProblemKind(StrEnum):
    """What sort of problem it is; the names are stable, reports may key on them."""

    UNREADABLE = "unreadable"
    """The file or folder can't be read, or is not UTF-8."""
    YAML = "yaml"
    """The file is not YAML, or exceeds the bounds."""
    NOT_A_RULE = "not-a-rule"
    """Sound YAML, but nothing of Sigma's."""
    INVALID = "invalid"
    """A rule that breaks Sigma's rules where it matters: its meaning is not certain."""
    UNSUPPORTED = "unsupported"
    """Sound Sigma that is not supported."""
    DUPLICATE_ID = "duplicate-id"
    """Two rules claim one id; of these the first is kept."""
    MISSING_ID = "missing-id"
    """A rule without an id; it gets one that stays while its file and title do."""
    METADATA = "metadata"
    """Wrong, but not in what the rule detects: the entry is dropped and the rule kept."""
    STATUS = "status"
    """The rule's author calls it deprecated or unsupported."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one file or rule.

    Args:
        path: the file, as it was given or found.
        line: counted from 1; None where it concerns the whole file.
        column: counted from 1; None where it isn't known.
        kind: what sort of problem.
        reason: one sentence; it may show what the rule says, which is not secret.
        title: the rule's title, empty where there is no rule or no title.
        remark: whether the rule is kept all the same.

    """

    path: Path
    line: int | None
    kind: ProblemKind
    reason: str
    column: int | None = None
    title: str = ""
    remark: bool = False
