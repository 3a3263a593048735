"""A comparison as workflow commands, which GitHub Actions shows as annotations of files.

The rules of escaping are those of GitHub's own toolkit: `%`, CR and LF in all texts, `:` and `,` in
properties too. A runner reads a line as a command if it starts with `::`, or has `##[` anywhere and
does not; so every line here is a command, and no text can add one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.report import drift_phrases as phrases
from schemagen.words import counted

if TYPE_CHECKING:
    from schemagen.drift.findings import Drift, Finding
    from schemagen.report.drift_phrases import Locate

SHOWN = 10
"""How many errors, and as many warnings and notices, GitHub shows of one step."""

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github_commands(drift: Drift, locate: Locate) -> str:
    """Write an annotation for each finding, the gravest first, then one line with the counts.

    Findings that fail are errors, the other grave ones warnings, and the rest, accepted ones too,
    notices.

    Args:
        drift: what came of the comparison.
        locate: where a finding is, None where it is nowhere in the repository.

    """
    by_command: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for finding in phrases.ordered(drift.findings):
        command = _command(drift, finding)
        title = f"{finding.kind}: {phrases.plain(finding.place, 200)}"
        text = " ".join(filter(None, [phrases.prose(finding), phrases.accepted(finding)]))
        where = locate(finding)
        line = _line(command, title, f"{phrases.topic(drift)}: {text}", where)
        by_command[command].append(line)
    return "".join(
        [
            *by_command["error"],
            *by_command["warning"],
            *by_command["notice"],
            _last(drift, by_command),
        ]
    )


def _command(drift: Drift, finding: Finding) -> str:
    if finding.waiver is not None:
        return "notice"
    return _COMMANDS[phrases.level(drift, finding)]


def _last(drift: Drift, by_command: dict[str, list[str]]) -> str:
    topic = phrases.topic(drift)
    if not drift.findings:
        return _line("notice", "schemagen drift", phrases.no_drift(drift))
    text = f"{topic}: {phrases.summary(drift)} {phrases.statistics(drift)}"
    counts = [
        counted(len(lines), command) for command, lines in by_command.items() if len(lines) > SHOWN
    ]
    if counts:
        text += f" GitHub shows the first {SHOWN} of {', of '.join(counts)}; the log has all."
    return _line(
        "notice",
        "schemagen drift",
        " ".join([text, *phrases.notes(drift)]),
    )


def _line(command: str, title: str, text: str, where: tuple[str, int] | None = None) -> str:
    properties = {"title": title}
    if where is not None:
        file, number = where
        properties = {"file": file, "line": str(number), **properties}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {written}::{_data(text)}\n"


def _data(text: str) -> str:
    text = text.encode(errors="backslashreplace").decode()
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
