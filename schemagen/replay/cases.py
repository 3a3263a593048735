"""Running test cases: what each rule made of the events that it was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.replay.case_files import CaseFile, DetectionCase, load_cases
from schemagen.replay.results import Event, NoticeKind, ReplayNotice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.replay.engine import Replay
    from schemagen.replay.results import Result

__all__ = ["CaseFile", "CaseResult", "DetectionCase", "Outcome", "load_cases", "run_cases"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case.

    Attributes:
        case: the case.
        fired: whether the rule alerted.
        passed: whether that was expected, and proves something.
        reason: why it didn't pass, or what is remarkable though it did; empty for nothing.

    """

    case: DetectionCase
    fired: bool
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of the cases of one rule.

    Attributes:
        file: the cases.
        outcomes: one a case.
        problems: what makes the whole rule fail: it isn't in the file, or couldn't be run.

    """

    file: CaseFile
    outcomes: tuple[Outcome, ...]
    problems: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all of it passed."""
        return not self.problems and all(outcome.passed for outcome in self.outcomes)


def run_cases(replay: Replay, cases: Sequence[CaseFile]) -> list[CaseResult]:
    """Run the cases of all rules: those of events that stand alone in one replay.

    Args:
        replay: the emitted statements.
        cases: what `load_cases` gave.

    Raises:
        InputError: a test file names no topic where there are several, or one that isn't read.

    """
    topics = [_topic(replay, file) for file in cases]
    alone = [
        (place, case)
        for place, file in enumerate(cases)
        for case in file.cases
        if not case.sequence
    ]
    outcomes: list[list[Outcome]] = [[] for _ in cases]
    result = _run(replay, alone, cases, topics, outcomes)
    problems = [dict.fromkeys(_problems(replay, result, file.rule)) for file in cases]
    for place, file in enumerate(cases):
        for number in sorted({case.sequence for case in file.cases} - {0}):
            own = [(place, case) for case in file.cases if case.sequence == number]
            result = _run(replay, own, cases, topics, outcomes)
            problems[place] |= dict.fromkeys(_problems(replay, result, file.rule))
    return [
        CaseResult(file, tuple(found), tuple(wrong))
        for file, found, wrong in zip(cases, outcomes, problems, strict=True)
    ]


def _run(
    replay: Replay,
    chosen: Sequence[tuple[int, DetectionCase]],
    files: Sequence[CaseFile],
    topics: Sequence[str],
    outcomes: Sequence[list[Outcome]],
) -> Result:
    """Run cases in one replay, and add what came of each to the outcomes of its file.

    Args:
        replay: the emitted statements.
        chosen: the cases, each with the place of its file.
        files: all files.
        topics: the topics that they are of.
        outcomes: of each file.

    """
    events = [
        Event(topics[place], case.message, str(files[place].path), case.line, offset=offset)
        for offset, (place, case) in enumerate(chosen)
    ]
    result = replay.run(events)
    fired = {rule: set(found) for rule, found in result.fired().items()}
    for index, (place, case) in enumerate(chosen):
        rule = files[place].rule
        alerts = index in fired.get(rule, set())
        outcomes[place].append(_outcome(result, rule, case, index, fired=alerts))
    return result


def _topic(replay: Replay, file: CaseFile) -> str:
    topics = replay.topics
    if file.topic is not None:
        if file.topic not in topics:
            raise InputError(
                f"{file.path}: the statements read no topic {file.topic!a}.",
                f"They read {', '.join(topics) or 'none'}.",
            )
        return file.topic
    if len(topics) != 1:
        raise InputError(
            f"{file.path}: the statements read {len(topics)} topics.", "Name one: `topic: NAME`."
        )
    return topics[0]


def _problems(replay: Replay, result: Result, rule: str) -> list[str]:
    own = [f for f in result.findings if f.fatal and f.rule in {rule, ""}]
    problems = [finding.what for finding in own]
    if not replay.knows(rule) and not any(finding.rule == rule for finding in own):
        problems.append("The statements have no such rule.")
    return list(dict.fromkeys(problems))


def _outcome(result: Result, rule: str, case: DetectionCase, index: int, *, fired: bool) -> Outcome:
    passed, reason = fired is case.expected, ""
    dropped = next((each for each in result.dropped if each.event == index), None)
    if dropped is not None and not fired:
        # That such an event doesn't alert says nothing about the rule.
        reason = f"ksqlDB drops the record at {dropped.path}: {dropped.reason}"
        passed = False
    elif not fired:
        errors = [f.what for f in result.findings if _concerns(f, rule, index)]
        reason = " ".join(dict.fromkeys(errors))
    if not passed and not reason:
        reason = "it alerts" if fired else "it doesn't alert"
    return Outcome(case, fired, passed, reason)


def _concerns(finding: ReplayNotice, rule: str, index: int) -> bool:
    return (
        finding.kind is NoticeKind.ERROR and finding.rule in {rule, ""} and index in finding.events
    )
