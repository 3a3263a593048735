"""A comparison for people at a terminal: the gravest first, the verdict on top and at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from schemagen.drift.findings import AffectedDetection, Drift, Finding, FindingClass
from schemagen.report import drift_phrases as phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderResult

_STYLES = {
    FindingClass.DROPS: "bold red",
    FindingClass.FORMAT: "bold red",
    FindingClass.ALTERS: "bold red",
    FindingClass.BLINDS: "bold magenta",
    FindingClass.MISSES: "yellow",
    FindingClass.WIDER: "cyan",
    FindingClass.NARROWER: "cyan",
    FindingClass.RARER: "yellow",
    FindingClass.COMMONER: "cyan",
    FindingClass.WAIVER: "yellow",
}

_INDENT = 10
"""Columns before the text of an entry; the longest label, `narrower`, fits."""

_NARROWEST = 20
"""Fewer columns than this for the text would make a column of letters."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A label and a text beside it that stays in its column when it is wrapped.

    A rich table would do the same, and fill every line of a pipe with blanks up to its longest.
    """

    label: Text
    body: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(options.max_width - _INDENT, _NARROWEST)
        for number, line in enumerate(self.body.wrap(console, width, overflow="fold")):
            head = self.label if not number else Text()
            line.rstrip()
            yield Text.assemble(head, " " * (_INDENT - head.cell_len), line)


def drift_text(drift: Drift, *, verbose: bool = False) -> Group:
    """Make what `drift` prints: findings that fail in full, the others, the accepted ones dimmed.

    With no finding it is one sentence, and remarks where there are any.

    Args:
        drift: what came of the comparison.
        verbose: show in full what does not fail, too; else it is one line a class.

    """
    if not drift.findings:
        lines = [phrases.no_drift(drift), *phrases.lost_alerts(drift)]
        return Group(*(Text(line, style="green") for line in lines), *_remarks(drift))
    failing, others, waived = phrases.groups(drift)
    style = "bold red" if failing else "bold green"
    parts: list[Text | _Entry] = [Text(f"{phrases.topic(drift)}: {phrases.verdict(drift)}", style)]
    blind = phrases.blinded(failing)
    if blind:
        parts.append(Text(phrases.blind_count(blind), style="bold magenta"))
    parts += [Text(text, style="bold magenta") for text in phrases.lost_alerts(drift)]
    parts.append(Text())
    told: dict[frozenset[AffectedDetection], str] = {}
    for finding in failing:
        parts += [*_full(finding, told), Text()]
    if others and verbose:
        parts += [Text("These do not fail:", style="bold"), Text()]
        for finding in others:
            parts += [*_full(finding, told), Text()]
    elif others:
        parts.append(Text("These do not fail (in full with --verbose):", style="bold"))
        parts += [
            _Entry(Text(str(kind), style=_STYLES[kind]), Text(line))
            for kind, line in phrases.folded(others)
        ]
        parts.append(Text())
    if waived:
        parts += [Text("These are accepted:", style="dim"), Text()]
        parts += [entry for finding in waived for entry in _waived(finding)]
        parts.append(Text())
    parts.append(Text(phrases.summary(drift), style="bold"))
    parts.append(Text(phrases.statistics(drift)))
    return Group(*parts, *_remarks(drift))


def _full(finding: Finding, told: dict[frozenset[AffectedDetection], str]) -> Iterator[_Entry]:
    """Write a finding; `told` has the places at which detections were already named."""
    head = Text(phrases.place(finding), style="bold")
    if finding.declared:
        head.append(f"  {phrases.declared(finding)}", style="not bold cyan")
    yield _Entry(Text(str(finding.kind), style=_STYLES[finding.kind]), head)
    what = Text(phrases.sentence(finding.what))
    cost = phrases.cost(finding)
    if cost:
        what.append(f" {cost[0].upper()}{cost[1:]}.", style="bold")
    yield _Entry(Text(), what)
    for label, seen in (("before", finding.before), ("now", finding.now)):
        if seen is not None:
            yield _Entry(Text(label, style="dim"), Text(phrases.sight(seen), style="dim"))
    if finding.related:
        yield _Entry(Text("see", style="dim"), Text(phrases.related(finding)))
    if finding.blinded:
        yield _Entry(Text("blinded", style="magenta"), Text(_blinded(finding, told)))
    if finding.remedy:
        yield _Entry(Text("do", style="green"), Text(phrases.sentence(finding.remedy)))
    yield _Entry(Text("id", style="dim"), Text(finding.fingerprint, style="dim"))


def _blinded(finding: Finding, told: dict[frozenset[AffectedDetection], str]) -> str:
    """List the detections; where records are dropped these are all, and once is enough."""
    names = frozenset(finding.blinded)
    place = told.setdefault(names, phrases.place(finding))
    if place != phrases.place(finding) and len(names) > 1:
        return f"the same {len(names):,} as at {place}"
    return "; ".join(phrases.detections(finding))


def _waived(finding: Finding) -> Iterator[_Entry]:
    yield _Entry(Text(str(finding.kind), style="dim"), Text(phrases.place(finding), style="dim"))
    text = " ".join(filter(None, [phrases.sentence(finding.what), phrases.cost(finding)]))
    yield _Entry(Text(), Text(text, style="dim"))
    yield _Entry(Text(), Text(phrases.accepted(finding), style="dim"))


def _remarks(drift: Drift) -> Iterator[Text]:
    for remark in drift.remarks:
        yield Text(phrases.sentence(remark), style="dim")
