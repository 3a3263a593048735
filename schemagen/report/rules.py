"""The status of rules: as a table for people, as JSON, and as Markdown for a review."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from schemagen.detections.bound import BoundRule, Status
from schemagen.detections.selection import logsource_text
from schemagen.detections.shared_remarks import shared_remarks, without
from schemagen.profile.kinds import written
from schemagen.report.markdown import cell, heading, line, row
from schemagen.words import counted, percent, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.detections.problems import Problem
    from schemagen.detections.selection import Acceptance

_STYLES = {
    Status.BOUND: "green",
    Status.RARE: "yellow",
    Status.NEVER: "yellow",
    Status.UNBOUND: "red",
    Status.UNFILTERED: "red",
    Status.TYPE_CLASH: "red",
    Status.UNSUPPORTED: "red",
}

_NO_TECHNIQUE = "(none)"


def status_style(status: Status) -> str:
    """Return the colour of a status."""
    return _STYLES[status]


def logsource_of(bound: BoundRule) -> str:
    """Write a rule's log source: `windows/process_creation`."""
    return logsource_text(bound.rule)


def techniques_of(bound: BoundRule) -> list[str]:
    """List the ATT&CK techniques that a rule's tags have: `T1059.001`."""
    tags = (tag.lower().removeprefix("attack.") for tag in bound.rule.tags)
    found = [tag.upper() for tag in tags if tag.startswith("t") and tag[1:2].isdigit()]
    return found or [_NO_TECHNIQUE]


def why(bound: BoundRule | BoundCorrelation) -> str:
    """Write in one line why a rule is not simply bound, or what else is to be known."""
    seen = sees(bound) if isinstance(bound, BoundRule) and bound.deployable else ""
    return " ".join(filter(None, [seen, *(bound.reasons or bound.remarks)]))


def sees(bound: BoundRule) -> str:
    """Write how many of the sampled events that a rule is about it can see at most.

    `Sees 12,034 of 13,280 process creation events, 90.6%.`; empty where kinds are not told apart,
    or no event is of a kind that it is about.
    """
    sight = bound.sight
    if sight is None or not sight.events:
        return ""
    source = bound.rule.logsource
    # Where nothing tells the events of a log source from others, it names none of them.
    noun = (bound.conditions and (source.category or source.service or source.product)) or ""
    events = " ".join([*noun.replace("_", " ").split(), "events"])
    share = percent(sight.visible / sight.events)
    return f"Sees {sight.visible:,} of {sight.events:,} {events}, {share}."


def _sight_report(bound: BoundRule) -> dict[str, Any] | None:
    sight = bound.sight
    if sight is None:
        return None
    return {
        "visible": sight.visible,
        "events": sight.events,
        "kinds": [written(kind) for kind in sight.kinds],
    }


def totals(rules: Iterable[BoundRule | BoundCorrelation]) -> dict[str, int]:
    """Count the rules by status, all statuses named."""
    counts = Counter(bound.status for bound in rules)
    return {str(status): counts[status] for status in Status}


def _groups(rules: Sequence[BoundRule]) -> dict[str, dict[str, list[BoundRule]]]:
    by_source: dict[str, list[BoundRule]] = {}
    by_technique: dict[str, list[BoundRule]] = {}
    for bound in rules:
        by_source.setdefault(logsource_of(bound), []).append(bound)
        for technique in techniques_of(bound):
            by_technique.setdefault(technique, []).append(bound)
    return {
        "log source": dict(sorted(by_source.items())),
        "ATT&CK technique": dict(sorted(by_technique.items())),
    }


def rules_table(rules: Sequence[BoundRule]) -> Table:
    """Make the table of rules, those that can't work first."""
    table = Table(box=None, pad_edge=False)
    for head in ("status", "level", "rule", "why"):
        table.add_column(head, overflow="fold")
    weight = {status: number for number, status in enumerate(reversed(Status))}
    for bound in sorted(without(rules, shared_remarks(rules)), key=lambda b: weight[b.status]):
        table.add_row(
            Text(str(bound.status), style=_STYLES[bound.status]),
            bound.rule.level or "",
            Text(printable(bound.rule.title)),
            Text(printable(why(bound)), style="dim"),
        )
    return table


def group_tables(rules: Sequence[BoundRule]) -> list[Table]:
    """Make the tables of totals by log source and by technique."""
    tables = []
    for name, groups in _groups(rules).items():
        table = Table(box=None, pad_edge=False)
        table.add_column(name)
        for status in Status:
            table.add_column(str(status), justify="right")
        for group, members in groups.items():
            numbers = (str(n or "") for n in totals(members).values())
            table.add_row(Text(printable(group)), *numbers)
        tables.append(table)
    return tables


def shared_lines(rules: Sequence[BoundRule]) -> list[str]:
    """Write once what is to be known of many rules."""
    found = shared_remarks(rules).items()
    return [f"Of {counted(count, 'rule')}: {remark}" for remark, count in found]


def rules_text(rules: Sequence[BoundRule]) -> Group:
    """Make the report for people: the rules, the tables of totals, and their sum."""
    counts = ", ".join(f"{n:,} {status}" for status, n in totals(rules).items() if n)
    parts: list[RenderableType] = [rules_table(rules)]
    shared = shared_lines(rules)
    if shared:
        parts += ["", *(Text(printable(line)) for line in shared)]
    for table in group_tables(rules):
        parts += ["", table]
    return Group(*parts, f"\n{counted(len(rules), 'rule')}: {counts}" if counts else "No rules.")


def acceptance_lines(rules: Sequence[BoundRule | BoundCorrelation], found: Acceptance) -> list[str]:
    """Write which rules may have their status, and which waivers are of no use."""
    lines = [
        f"Accepted until {waiver.expires}: {bound.rule.title}, {bound.status}. "
        f"{waiver.owner}: {waiver.reason}"
        for bound in rules
        if (waiver := found.accepted.get(bound.rule.id)) is not None
    ]
    return lines + [
        f"The waiver of {waiver.rule} {what}. {waiver.owner}: {waiver.reason}"
        for waiver, what in found.stale
    ]


def problem_line(problem: Problem) -> str:
    """Write what is wrong with a rule file: file, line, reason."""
    place = str(problem.path) + (f":{problem.line}" if problem.line is not None else "")
    return f"{place}: {problem.kind}: {problem.reason}"


def rules_report(rules: Sequence[BoundRule], problems: Sequence[Problem]) -> dict[str, Any]:
    """Return everything for machines."""
    return {
        "totals": totals(rules),
        "rules": [
            {
                "id": bound.rule.id,
                "title": bound.rule.title,
                "file": str(bound.rule.path),
                "line": bound.rule.line,
                "level": bound.rule.level,
                "logsource": logsource_of(bound),
                "techniques": [t for t in techniques_of(bound) if t != _NO_TECHNIQUE],
                "status": str(bound.status),
                "reasons": list(bound.reasons),
                "remarks": list(bound.remarks),
                "sources": list(bound.sources),
                "sees": _sight_report(bound),
                "filters": [each.title for each in bound.rule.filters],
                "unbound": [
                    {
                        "field": field.name,
                        "paths": list(field.paths),
                        "suggestions": list(field.suggestions),
                        "needed": field.needed,
                        "filters": field.filters,
                    }
                    for field in bound.unbound
                ],
            }
            for bound in rules
        ],
        "problems": [
            {
                "file": str(problem.path),
                "line": problem.line,
                "kind": str(problem.kind),
                "reason": problem.reason,
                "remark": problem.remark,
            }
            for problem in problems
        ],
    }


def _cell(text: str) -> str:
    # Markdown is looked at in terminals too.
    return cell(printable(text))


def rules_markdown(rules: Sequence[BoundRule], problems: Sequence[Problem]) -> str:
    """Write it for a pull request: totals, then the rules that are not simply bound."""
    counts = totals(rules)
    lines = [*heading(list(counts), len(counts)), row(counts.values())]
    for name, groups in _groups(rules).items():
        lines += ["", *heading([name, *counts], len(counts))]
        for group, members in groups.items():
            lines.append(row([_cell(group), *(n or "" for n in totals(members).values())]))
    rest = [bound for bound in rules if bound.status is not Status.BOUND]
    if rest:
        lines += ["", *heading(["status", "level", "rule", "why"])]
        lines += [
            row([bound.status, bound.rule.level or "", _cell(bound.rule.title), _cell(why(bound))])
            for bound in rest
        ]
    if problems:
        lines += ["", *(f"* {line(printable(problem_line(problem)))}" for problem in problems)]
    return "\n".join(lines) + "\n"
