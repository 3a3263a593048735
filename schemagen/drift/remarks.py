"""What a comparison could not be sure of, where a detection depends on it: sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.drift.changes import Change, ChangeKind
from schemagen.profile.paths import render as written
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.context import FindingContext
    from schemagen.drift.path_comparison import PathComparison
    from schemagen.profile.paths import Path

_NAMED = 8
"""How many of a kind are named, those that most detections need first."""


def uncertain_remarks(context: FindingContext, uncertain: Sequence[Change]) -> list[str]:
    """List the fields that detections need and the sample lacks, perhaps by chance."""
    found = []
    for change in uncertain:
        if change.what is ChangeKind.GONE:
            blinded = context.blinded_at(change.path)
        elif change.what is ChangeKind.EMPTIED:
            blinded = context.blinded_inside(change.path)
        else:
            continue
        found.append((len(blinded), change.path, _lacking(change)))
    return _most_needed(
        found,
        "{detections} can't match without {what}. That may be chance: take a larger sample to be "
        "sure.",
    )


def kept_remarks(context: FindingContext, kept: Sequence[PathComparison]) -> list[str]:
    """List the fields that detections need, and that only the schema still has."""
    return _most_needed(
        [(len(context.blinded_at(at.path)), at.path, f"`{written(at.path)}`") for at in kept],
        "{detections} can't match without {what}, which is in the schema and neither in the "
        "committed evidence nor in this sample: `infer` keeps what a sample does not show.",
    )


def indistinct_remarks(context: FindingContext, indistinct: Sequence[PathComparison]) -> list[str]:
    """List the objects with too many keys to count each where detections need some of them."""
    return _most_needed(
        [(context.count_inside(at.steps), at.path, _named(at.path)) for at in indistinct],
        "Whether the keys of {what} needed by {detections} are still there was not judged: there "
        "are too many keys to count each.",
    )


def _most_needed(found: Sequence[tuple[int, Path, str]], sentence: str) -> list[str]:
    """Write a sentence for each place that detections need, with how many do, and what it is."""
    needed = [each for each in found if each[0]]
    needed.sort(key=lambda each: (-each[0], written(each[1])))
    remarks = [
        sentence.format(detections=counted(count, "detection"), what=what)
        for count, _, what in needed[:_NAMED]
    ]
    rest = len(needed) - _NAMED
    return (
        [*remarks, f"The same is true of {counted(rest, 'more field')}."] if rest > 0 else remarks
    )


def _lacking(change: Change) -> str:
    """Write what a sample lacks, and how often it was there before."""
    seen = change.before
    before = "" if seen is None else f"{seen.count:,} of {seen.of:,}"
    if change.what is ChangeKind.EMPTIED:
        return (
            f"what was in {_named(change.path)}: this sample has {change.now.of:,}, all of them "
            f"empty; before, {before} held something"
        )
    return (
        f"`{written(change.path)}`, which is in none of {change.now.of:,} here and was in {before}"
    )


def _named(path: Path) -> str:
    return f"`{written(path)}`" if path else "the messages"
