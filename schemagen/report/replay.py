"""What `schemagen test` prints: of cases, and of events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemagen.report.junit import JUnitCase, Suite, junit_xml
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.replay.cases import CaseResult, Outcome
    from schemagen.replay.events import Unreadable
    from schemagen.replay.results import Finding, Result

SHOWN = 3
"""How many places of a finding are shown."""


def case_lines(results: Sequence[CaseResult]) -> Iterator[tuple[str, str]]:
    """Write what came of the cases, one line a rule and one a case that is to be seen.

    Yields:
        The line, and its style.

    """
    for result in results:
        head = f"{result.file.rule}  {result.file.path}"
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
    yield (
        f"{rules}, {counted(len(cases), 'case')}: {lost:,} failed ({counted(failed, 'case')})",
        "bold",
    )


def _case_line(result: CaseResult, outcome: Outcome) -> str:
    wanted = "must alert" if outcome.case.expected else "must not alert"
    place = f"{result.file.path}:{outcome.case.line}"
    return f"{outcome.case.name} ({place}), {wanted}: {outcome.reason}"


def case_report(results: Sequence[CaseResult]) -> dict[str, Any]:
    """Say for machines what came of the cases; no values of events."""
    return {
        "passed": all(result.passed for result in results),
        "rules": [
            {
                "rule": result.file.rule,
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


def case_junit(results: Sequence[CaseResult]) -> str:
    """Write the cases as JUnit XML: a suite a rule."""
    suites = []
    for result in results:
        path = str(result.file.path)
        cases = [JUnitCase("the statements", problem, path) for problem in result.problems]
        cases += [
            JUnitCase(each.case.name, "" if each.passed else each.reason, path, each.case.line)
            for each in result.outcomes
        ]
        suites.append(Suite(result.file.rule, cases))
    return junit_xml("schemagen test", suites)


def event_lines(
    result: Result, unreadable: Sequence[Unreadable], *, values: bool
) -> Iterator[tuple[str, str]]:
    """Write which rule fired how often, and what was lost or couldn't be run.

    Args:
        result: what came of the run.
        unreadable: the records that are no events.
        values: whether to show the rows that were written.

    """
    fired = result.fired()
    width = max((len(rule) for rule in fired), default=0)
    for rule, events in sorted(fired.items(), key=lambda each: (-len(each[1]), each[0])):
        yield f"{rule:<{width}}  {counted(len(events), 'event')}  {_places(result, events)}", ""
    if values:
        for stream, rows in result.rows.items():
            for row in rows:
                text = json.dumps(row.values, ensure_ascii=False, default=str)
                yield f"{stream} {result.events[row.event].place} {text}", "dim"
    for finding in result.findings:
        yield finding_line(result, finding), "red" if finding.fatal else "yellow"
    for dropped in result.dropped[:SHOWN]:
        place = result.events[dropped.event].place
        yield (
            f"{place} is dropped by {dropped.stream} at {dropped.path}: {dropped.reason}",
            "yellow",
        )
    for record in unreadable[:SHOWN]:
        yield f"{record.source}:{record.position} is no event: {record.reason}", "yellow"
    lost = len(result.dropped) + len(unreadable)
    heard = f"{counted(len(result.events), 'event')}, {counted(len(fired), 'rule')} fired"
    yield f"{heard}, {lost:,} dropped", "bold"


def finding_line(result: Result, finding: Finding) -> str:
    """Write a finding: where, which rule, what, and with which events."""
    where = finding.stream + (f" (line {finding.line})" if finding.line else "")
    rule = f" {finding.rule}" if finding.rule and finding.rule != finding.stream else ""
    events = ""
    if finding.events:
        events = f" {counted(len(finding.events), 'event')}: {_places(result, finding.events)}"
    return f"{where}{rule}: {finding.what}{events}"


def _places(result: Result, events: Sequence[int]) -> str:
    shown = ", ".join(result.events[index].place for index in events[:SHOWN])
    return f"{shown}, …" if len(events) > SHOWN else shown


def event_report(
    result: Result, unreadable: Sequence[Unreadable], *, values: bool
) -> dict[str, Any]:
    """Say for machines what fired; rows only where values may be shown."""
    report: dict[str, Any] = {
        "events": len(result.events),
        "fired": {
            rule: [result.events[index].place for index in events]
            for rule, events in result.fired().items()
        },
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
                {"event": result.events[row.event].place, "rule": row.rule, "values": row.values}
                for row in rows
            ]
            for stream, rows in result.rows.items()
        }
    return report
