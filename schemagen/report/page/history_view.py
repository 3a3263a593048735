"""Evidence of a topic over time: presence of fields, and shares of kinds of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.profile.paths import ANY_KEY, render
from schemagen.report.page.charts import Spark, nice, spark
from schemagen.report.page.sample_view import newest
from schemagen.report.page.schema_view import presence_at, short_kind
from schemagen.report.page.texts import name
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class HistoryView:
    """What changed over several samples.

    Attributes:
        when: what each sample is called: its newest record's time, else its messages.
        fields: those whose presence changed most.
        kinds: the kinds of events, those whose share changed most first.
        fresh: fields that the last sample has and the first lacks.
        gone: fields that the first has and the last lacks.
        top: the share at the top of the charts of kinds, for people.

    """

    when: list[str]
    fields: list[Spark]
    kinds: list[Spark]
    fresh: list[str]
    gone: list[str]
    top: str


def by_time(history: Sequence[Evidence]) -> list[Evidence]:
    """Sort samples by the time of their newest record, those without one in their order."""
    return sorted(history, key=lambda each: newest(each.sources))


def history_view(history: Sequence[Evidence]) -> HistoryView | None:
    """Lay out samples, the oldest first; None for fewer than two."""
    if len(history) < 2:  # noqa: PLR2004 - one sample is no history
        return None
    roots = [each.profile.root for each in history]
    paths = sorted(
        {
            path
            for root in roots
            for path, _ in root.walk()
            if path and all(isinstance(step, str) for step in path) and ANY_KEY not in path
        },
        key=render,
    )
    shares = {path: [presence_at(root, path) for root in roots] for path in paths}
    changed = sorted(shares, key=lambda path: (-_swing(shares[path]), render(path)))
    tops = _tops([path for path in changed if _swing(shares[path]) > 0], shares)
    kinds = _kinds(history)
    top = min(nice(max((max(each) for each in kinds.values()), default=1.0)), 1.0)
    return HistoryView(
        [_when(each) for each in history],
        [spark(text, line) for text, line in _together(tops, shares)[:_SHOWN]],
        [spark(short_kind(kind), line, top) for kind, line in kinds.items()],
        [name(render(p)) for p in tops if not shares[p][0] and shares[p][-1]],
        [name(render(p)) for p in tops if shares[p][0] and not shares[p][-1]],
        f"{top * 100:g} %",
    )


def _together(
    paths: list[Path], shares: dict[Path, list[float]]
) -> list[tuple[str, Sequence[float]]]:
    """Put the fields of one object together whose presence is the same all the time."""
    found: dict[tuple[Path, tuple[float, ...]], list[str]] = {}
    for path in paths:
        found.setdefault((path[:-1], tuple(shares[path])), []).append(name(render(path)))
    return [
        (names[0] + (f" and {len(names) - 1:,} more" if len(names) > 1 else ""), line)
        for (_, line), names in found.items()
    ]


def _kinds(history: Sequence[Evidence]) -> dict[str, list[float]]:
    """Give the shares of the most common kinds over time."""
    counts = [each.profile.kinds for each in history]
    names = sorted({kind for each in counts for kind in each.counts})
    shares = {
        kind: [each.counts.get(kind, 0) / max(each.messages, 1) for each in counts]
        for kind in names
    }
    ordered = sorted(names, key=lambda kind: (-max(shares[kind]), kind))
    return {kind: shares[kind] for kind in ordered[:_SHOWN]}


def _tops(paths: list[Path], shares: dict[Path, list[float]]) -> list[Path]:
    """Leave out what only goes where the object around it goes."""
    return [path for path in paths if shares.get(path[:-1]) != shares[path]]


def _swing(shares: Sequence[float]) -> float:
    return max(shares) - min(shares)


def _when(evidence: Evidence) -> str:
    moment = newest(evidence.sources)
    return (
        moment[:16].replace("T", " ") if moment else counted(evidence.profile.messages, "message")
    )
