"""What `schemagen test` prints: of cases, and of events."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from schemagen.replay.results import as_json
from schemagen.words import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from schemagen.deploy.labels import RuleLabel
    from schemagen.replay.cases import CaseResult, Outcome
    from schemagen.replay.events import UnreadableRecord
    from schemagen.replay.results import ReplayNotice, Result

SHOWN = 3
"""How many places of a finding are shown."""


def rule_names(rules: Iterable[str], labels: Mapping[str, RuleLabel]) -> dict[str, str]:
    """Return what people call rules.

    Args:
        rules: their ids, or the names of the streams that stand for them.
        labels: what they are called, by their ids.

    Returns:
        The titles by the ids, with the id behind where several have the same; the id itself for a
        rule without a title.

    """
    named = {rule: labels[rule].title if rule in labels else rule for rule in rules}
    often = Counter(named.values())
    return {rule: f"{name} {rule}" if often[name] > 1 else name for rule, name in named.items()}


def case_text(results: Sequence[CaseResult], labels: Mapping[str, RuleLabel]) -> Group:
    """Write what came of the cases, one line a rule and one a case that is to be seen."""
    return Group(*(Text(printable(text), style) for text, style in _case_lines(results, labels)))


def _case_lines(
    results: Sequence[CaseResult], labels: Mapping[str, RuleLabel]
) -> Iterator[tuple[str, str]]:
    names = rule_names((result.file.rule for result in results), labels)
    for result in results:
        level = _level(result.file.rule, labels)
        name = names[result.file.rule] + (f" ({level})" if level else "")
        head = f"{name}  {result.file.path}"
        if result.passed:
            yield f"pass  {head}  {counted(len(result.outcomes), 'case')}", "green"
        else:
            yield f"FAIL  {head}", "red"
        for problem in result.problems:
            yield f"        {problem}", "red"
        for outcome in result.outcomes:
            if not outcome.passed:
                yield f"        {_case_line(result, outcome)}", "red"
            elif outcome.reason:
                yield f"        {_case_line(result, outcome)} (as expected)", "yellow"
    cases = [outcome for result in results for outcome in result.outcomes]
    failed = sum(not outcome.passed for outcome in cases)
    rules = counted(len(results), "rule")
    lost = sum(not result.passed for result in results)
    verdict = f"{lost:,} failed" + (f" ({counted(failed, 'case')})" if failed else "")
    yield f"{rules}, {counted(len(cases), 'case')}: {verdict}", "bold"


def _level(rule: str, labels: Mapping[str, RuleLabel]) -> str:
    return labels[rule].level if rule in labels else ""


def _called(rule: str, labels: Mapping[str, RuleLabel]) -> dict[str, str | None]:
    """Report for machines what a rule is called; null what it lacks."""
    return {
        "title": labels[rule].title if rule in labels else None,
        "level": _level(rule, labels) or None,
    }


def _case_line(result: CaseResult, outcome: Outcome) -> str:
    wanted = "must alert" if outcome.case.expected else "must not alert"
    place = f"{result.file.path}:{outcome.case.line}"
    return f"{outcome.case.name} ({place}), {wanted}: {outcome.reason}"


def case_report(results: Sequence[CaseResult], labels: Mapping[str, RuleLabel]) -> dict[str, Any]:
    """Report for machines what came of the cases; no values of events."""
    return {
        "passed": all(result.passed for result in results),
        "rules": [
            {
                "rule": result.file.rule,
                **_called(result.file.rule, labels),
                "file": str(result.file.path),
                "passed": result.passed,
                "problems": list(result.problems),
                "cases": [
                    {
                        "name": outcome.case.name,
                        "line": outcome.case.line,
                        "expected": outcome.case.expected,
                        "fired": outcome.fired,
                        "passed": outcome.passed,
                        "reason": outcome.reason,
                    }
                    for outcome in result.outcomes
                ],
            }
            for result in results
        ],
    }


def case_junit(results: Sequence[CaseResult], labels: Mapping[str, RuleLabel]) -> str:
    """Write the cases as JUnit XML: a suite a rule."""
    # Python's XML takes as long to import as a thousand events to read.
    from schemagen.report.junit import JUnitCase, JUnitSuite, junit_xml  # noqa: PLC0415

    names = rule_names((result.file.rule for result in results), labels)
    suites = []
    for result in results:
        path = str(result.file.path)
        cases = [JUnitCase("the statements", problem, path) for problem in result.problems]
        cases += [
            JUnitCase(each.case.name, "" if each.passed else each.reason, path, each.case.line)
            for each in result.outcomes
        ]
        suites.append(JUnitSuite(names[result.file.rule], cases))
    return junit_xml("schemagen test", suites)


def event_text(
    result: Result,
    unreadable: Sequence[UnreadableRecord],
    labels: Mapping[str, RuleLabel],
    *,
    values: bool,
) -> Group:
    """Write which rule fired how often, and what was lost or couldn't be run.

    Args:
        result: what came of the run.
        unreadable: the records that are not events.
        labels: what the rules are called, by their ids.
        values: whether to show the rows that were written.

    """
    lines = _event_lines(result, unreadable, labels, values=values)
    table = _fired(result, labels)
    texts = [Text(printable(text), style) for text, style in lines]
    return Group(table, Text(), *texts) if table.row_count else Group(*texts)


def _fired(result: Result, labels: Mapping[str, RuleLabel]) -> Table:
    """Make the table of the rules that fired, those that did most often first."""
    fired = result.fired()
    names = rule_names(fired, labels)
    table = Table(box=None, pad_edge=False)
    table.add_column("level")
    table.add_column("rule", overflow="fold")
    table.add_column("events", justify="right")
    table.add_column("where", overflow="fold")
    for rule, events in sorted(fired.items(), key=lambda each: (-len(each[1]), names[each[0]])):
        table.add_row(
            Text(printable(_level(rule, labels))),
            Text(printable(names[rule])),
            f"{len(events):,}",
            Text(printable(_places(result, events))),
        )
    return table


def _event_lines(
    result: Result,
    unreadable: Sequence[UnreadableRecord],
    labels: Mapping[str, RuleLabel],
    *,
    values: bool,
) -> Iterator[tuple[str, str]]:
    if values:
        for stream, rows in result.rows.items():
            for row in rows:
                text = json.dumps(as_json(row.values), ensure_ascii=False)
                yield f"{stream} {result.events[row.event].place} {text}", "dim"
    for finding in result.findings:
        yield finding_line(result, finding, labels), "red" if finding.fatal else "yellow"
    for dropped in result.dropped[:SHOWN]:
        place = result.events[dropped.event].place
        yield (
            f"{place} is dropped by {dropped.stream} at {dropped.path}: {dropped.reason}",
            "yellow",
        )
    for record in unreadable[:SHOWN]:
        yield f"{record.source}:{record.position} is not an event: {record.reason}", "yellow"
    lost = len(result.dropped) + len(unreadable)
    heard = f"{counted(len(result.events), 'event')}, {counted(len(result.fired()), 'rule')} fired"
    yield f"{heard}, {lost:,} dropped", "bold"


def finding_line(result: Result, finding: ReplayNotice, labels: Mapping[str, RuleLabel]) -> str:
    """Write a finding: where, which rule, what, and with which events."""
    where = finding.stream + (f" (line {finding.line})" if finding.line else "")
    rule = ""
    if finding.rule and finding.rule != finding.stream:
        rule = f" {rule_names([finding.rule], labels)[finding.rule]}"
    events = ""
    if finding.events:
        events = f" {counted(len(finding.events), 'event')}: {_places(result, finding.events)}"
    return f"{where}{rule}: {finding.what}{events}"


def _places(result: Result, events: Sequence[int]) -> str:
    shown = ", ".join(result.events[index].place for index in events[:SHOWN])
    return f"{shown}, …" if len(events) > SHOWN else shown


def event_report(
    result: Result,
    unreadable: Sequence[UnreadableRecord],
    labels: Mapping[str, RuleLabel],
    *,
    values: bool,
) -> dict[str, Any]:
    """Report for machines what fired; rows only where values may be shown."""
    fired = result.fired()
    report: dict[str, Any] = {
        "events": len(result.events),
        "fired": {
            rule: [result.events[index].place for index in events] for rule, events in fired.items()
        },
        "rules": {rule: _called(rule, labels) for rule in fired},
        "findings": [
            {
                "kind": str(finding.kind),
                "what": finding.what,
                "stream": finding.stream,
                "line": finding.line,
                "rule": finding.rule,
                "events": len(finding.events),
                "fatal": finding.fatal,
            }
            for finding in result.findings
        ],
        "dropped": [
            {
                "event": result.events[each.event].place,
                "stream": each.stream,
                "path": each.path,
                "reason": each.reason,
            }
            for each in result.dropped
        ],
        "unreadable": [
            {"event": f"{each.source}:{each.position}", "reason": each.reason}
            for each in unreadable
        ],
    }
    if values:
        report["rows"] = {
            stream: [
                {
                    "event": result.events[row.event].place,
                    "rule": row.rule,
                    "values": as_json(row.values),
                }
                for row in rows
            ]
            for stream, rows in result.rows.items()
        }
    return report
