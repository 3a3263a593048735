"""What to do first, by what a report shows: the few things that gain most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.profile.unseen import coverage
from schemagen.report import drift_phrases as phrases
from schemagen.report.page.rule_view import unlocking
from schemagen.words import counted, percent

if TYPE_CHECKING:
    from schemagen.report.page.model import TopicReport

_FINDINGS = 2
_FIELDS = 2
_UNSURE = 0.01
"""Above this chance of something new a larger sample is worth its time."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something to do.

    Attributes:
        what: what is so; one sentence.
        remedy: what to do about it; one sentence.
        section: the section of the page that has more of it.

    """

    what: str
    remedy: str
    section: str


def next_steps(report: TopicReport) -> list[NextStep]:
    """List what to do first: what costs records, then what keeps rules from matching."""
    return [
        *_drift(report),
        *_cases(report),
        *_files(report),
        *_fields(report),
        *_sample(report),
    ]


def _drift(report: TopicReport) -> list[NextStep]:
    if report.drift is None:
        return []
    failing = phrases.ordered(report.drift.found.failing)
    made = [
        NextStep(
            f"`{phrases.place(each)}`: {phrases.sentence(each.what)} "
            f"{phrases.sentence(phrases.cost(each))}",
            phrases.sentence(each.remedy),
            "drift",
        )
        for each in failing[:_FINDINGS]
    ]
    rest = len(failing) - _FINDINGS
    if rest > 0:
        made.append(NextStep(f"{counted(rest, 'further finding')} fail.", "", "drift"))
    return made


def _cases(report: TopicReport) -> list[NextStep]:
    failed = sum(not result.passed for result in report.cases)
    if not failed:
        return []
    return [
        NextStep(
            f"The test cases of {counted(failed, 'rule')} fail.",
            "`schemagen test` says why.",
            "detections",
        )
    ]


def _files(report: TopicReport) -> list[NextStep]:
    broken = sum(not each.remark for each in report.rules.problems)
    if not broken:
        return []
    return [
        NextStep(
            f"{counted(broken, 'rule')} could not be read.",
            "The reason of each is at the end of the detections.",
            "detections",
        )
    ]


def _fields(report: TopicReport) -> list[NextStep]:
    made = []
    for row in unlocking(report.rules.rules, _FIELDS):
        alone = f", {row['alone']:,} of them for that alone" if row["alone"] < row["rules"] else ""
        where = f" It is looked for at `{row['paths'][0]}`." if row["paths"] else ""
        near = f" A similar name is there: `{row['near'][0]}`." if row["near"] else ""
        made.append(
            NextStep(
                f"`{row['field']}` is missing: {counted(row['rules'], 'rule')} can't match{alone}.",
                f"Have the shipper send it, or map it by a pipeline.{where}{near}",
                "coverage",
            )
        )
    return made


def _sample(report: TopicReport) -> list[NextStep]:
    if report.evidence is None:
        return []
    sure = coverage(report.evidence.profile, report.seen)
    if sure.unseen <= _UNSURE:
        return []
    return [
        NextStep(
            f"The sample is small: the next message shows something new with a chance of about "
            f"{percent(sure.unseen)}.",
            "Sample more: `schemagen infer --max-messages N`, or `--until-unseen-below 1%`.",
            "sample",
        )
    ]
