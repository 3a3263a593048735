"""A comparison as workflow commands."""

from __future__ import annotations

import re

import pytest
from drift_samples import DRIFTS, HOSTILE, PLACES, WAIVER, drift, finding
from hypothesis import given

from schemagen.drift.findings import FindingClass
from schemagen.report.drift_github import github_commands

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def _at(_finding):
    return "schemas/a,b: c.schema.json", 17


def _commands(made, locate=_at):
    """Read the lines as the runner does, by the documented rules."""
    text = github_commands(made, locate)
    assert text.endswith("\n")
    commands = []
    for line in text[:-1].split("\n"):
        name, properties, message = COMMAND.fullmatch(line).groups()
        pairs = dict(each.split("=", 1) for each in properties.split(","))
        commands.append((name, {k: _read(v) for k, v in pairs.items()}, _read(message)))
    return commands


def _read(text):
    for escape, letter in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, letter)
    return text


def test_a_failing_finding_is_an_error_beside_its_field():
    (name, properties, message), last = _commands(drift(finding()))
    assert name == "error"
    assert properties == {
        "file": "schemas/a,b: c.schema.json",
        "line": "17",
        "title": "drops: event.code",
    }
    assert message == (
        "winlogbeat: Texts have come where the declared type takes whole numbers. "
        "Concerned: 12 of 4,000 records (0.30%). Declare the field as VARCHAR."
    )
    assert last[0] == "notice"
    assert "1 finding: 1 drops; 1 fails." in last[2]


def test_without_a_place_there_is_no_file():
    (_, properties, _), _ = _commands(drift(finding()), lambda _: None)
    assert properties == {"title": "drops: event.code"}


def test_errors_come_first_then_warnings_and_the_gravest_first():
    findings = [
        finding(FindingClass.RARER),
        finding(FindingClass.ALTERS),
        finding(FindingClass.BLINDS),
        finding(FindingClass.DROPS, ("waived",), waiver=WAIVER),
        finding(FindingClass.DROPS),
    ]
    made = drift(*findings, fail_on=frozenset({FindingClass.DROPS, FindingClass.RARER}))
    commands = _commands(made)
    assert [(name, each["title"].split(":")[0]) for name, each, _ in commands] == [
        ("error", "drops"),
        ("error", "rarer"),
        ("warning", "alters"),
        ("warning", "blinds"),
        ("notice", "drops"),
        ("notice", "schemagen drift"),
    ]
    assert "Accepted by soc@example.org until 2030-01-31" in commands[4][2]


def test_the_end_says_how_many_are_not_shown():
    made = drift(*(finding(path=(f"f{n}",)) for n in range(2_000)), finding(FindingClass.MISSES))
    commands = _commands(made)
    assert len(commands) == 2_002
    assert "GitHub shows the first 10 of 2,000 errors; the log has all." in commands[-1][2]


def test_without_findings_there_is_one_notice():
    ((name, _, message),) = _commands(drift())
    assert (name, message) == (
        "notice",
        "winlogbeat: no drift in 4,000 messages against schemas/winlogbeat.schema.json.",
    )


@given(DRIFTS, PLACES)
def test_a_line_is_one_command_whatever_the_texts(made, where):
    assert len(_commands(made, lambda _: where)) == max(len(made.findings) + 1, 1)
    github_commands(made, lambda _: where).encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_starts_a_command_of_its_own(text):
    made = finding(path=(text,), what=text, remedy=text, declared=text)
    remarks = [text, text]
    written = github_commands(drift(made, topic=text, remarks=remarks), lambda _: (text or "f", 1))
    # Also for a reader that breaks lines where Python does, at more than LF.
    lines = written.splitlines()
    assert len(lines) == 2
    assert all(re.match("::(error|notice) ", line) for line in lines)
