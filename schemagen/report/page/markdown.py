"""A report of a topic in short, for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.profile.unseen import coverage
from schemagen.report import drift_phrases as phrases
from schemagen.report.attack.coverage import can_match
from schemagen.report.markdown import cell, code, heading, line, row
from schemagen.report.page.coverage import Coverage, coverage_of
from schemagen.report.page.rule_view import unlocking
from schemagen.report.page.sample_view import span
from schemagen.report.rules import totals
from schemagen.words import counted, percent, printable

if TYPE_CHECKING:
    from schemagen.report.page.model import TopicReport

_FIELDS = 5
_FINDINGS = 10


def report_markdown(report: TopicReport) -> str:
    """Write what a report comes to: rules, techniques, what is missing, what changed."""
    covered = coverage_of(report)
    parts = [f"## {code(phrases.plain(report.topic, 250))}", "", *_head(report, covered)]
    if report.rules.all:
        parts += ["", *_tactics(covered)]
    missing = unlocking(report.rules.rules, _FIELDS)
    if missing:
        parts += ["", *heading(["missing field", "rules", "looked for at"])]
        parts += [
            row([code(each["field"]), each["rules"], _cell(", ".join(each["paths"]))])
            for each in missing
        ]
    return "\n".join([*parts, *_drift(report)]) + "\n"


def _head(report: TopicReport, covered: Coverage) -> list[str]:
    lines = []
    evidence = report.evidence
    if evidence is not None:
        sure = coverage(evidence.profile, report.seen)
        when = span(report.sources())
        lines.append(
            f"{counted(evidence.profile.messages, 'message')}{f', {line(when)}' if when else ''}; "
            f"the next one shows something new with a chance of about {percent(sure.unseen)}."
        )
    rules = report.rules.all
    if rules:
        counts = totals(rules)
        able = sum(can_match(each.status) for each in rules)
        states = ", ".join(f"{n:,} {status}" for status, n in counts.items() if n)
        lines.append(f"**{able:,} of {counted(len(rules), 'rule')} can match** ({states}).")
        lines.append(
            f"{covered.covered:,} of {counted(covered.techniques, 'ATT&CK technique')} have a rule "
            "that can."
        )
    if report.replay is not None:
        fired, events = len(report.fired()), len(report.replay.result.events)
        lines.append(f"{counted(fired, 'rule')} fired on {counted(events, 'event')}.")
    return [f"* {each}" for each in lines]


def _tactics(covered: Coverage) -> list[str]:
    lines = heading(["tactic", "techniques", "that can match", "rules that fired"])
    lines += [
        row(
            [
                _cell(column.name),
                len(column.cells),
                column.covered,
                sum(each.fired_whole for each in column.cells) or "",
            ]
        )
        for column in covered.columns
        if column.cells
    ]
    return lines


def _drift(report: TopicReport) -> list[str]:
    if report.drift is None:
        return []
    found = report.drift.found
    lines = ["", f"**Drift: {phrases.verdict(found)}.**", ""]
    failing = phrases.ordered(found.failing)
    lines += [
        f"* {each.kind} {code(phrases.plain(each.place, 200))}: {line(phrases.sentence(each.what))}"
        for each in failing[:_FINDINGS]
    ]
    if len(failing) > _FINDINGS:
        lines.append(f"* and {len(failing) - _FINDINGS:,} more")
    return lines


def _cell(text: str) -> str:
    return cell(printable(text))
