"""A comparison as the comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from schemagen.report import drift_phrases as phrases
from schemagen.report.markdown import cell, code, heading, line, row
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.drift.findings import Drift, Finding

LIMIT = 65_536
"""The most characters that GitHub takes in a comment."""

_ROOM = 64_000
"""The bytes that are filled, counted as UTF-8, so never fewer than the characters."""

_TEXT = 400
"""The most characters of one text: one long name must not push the other findings out."""

_TOPIC = 249
"""The most characters of a topic's name; Kafka takes no more."""

_REMARKS = 10
"""How many remarks are shown."""

_HEAD = heading(["class", "where", "what", "how many", "blinded", "what to do"])
_WAIVED_HEAD = heading(["class", "where", "what", "how many", "accepted"])


def marker(topic: str) -> str:
    """Return the hidden first line of a topic's comment, by which a bot finds it again."""
    name = quote(topic[:_TOPIC], safe="", errors="backslashreplace")
    return f"<!-- schemagen drift {name} -->"


def drift_markdown(drift: Drift) -> str:
    """Write a comparison for a pull request, in fewer than 65,536 characters.

    What has no room is cut from the end, the least grave first, and a line says how many are not
    shown.
    """
    failing, others, waived = phrases.groups(drift)
    head = [
        marker(drift.topic),
        f"## {code(phrases.topic(drift))}: {phrases.verdict(drift)}",
        "",
    ]
    blind = phrases.blinded(failing)
    if blind:
        head += [f"**{cell(phrases.blind_count(blind)[:_TEXT])}.**", ""]
    tail = _tail(drift)
    room = _ROOM - _size([*head, *tail])
    body: list[str] = []
    for title, header, rows in (
        ("", _HEAD, [_open(finding) for finding in failing]),
        (f"{len(others):,} that do not fail", _HEAD, [_open(finding) for finding in others]),
        (f"{len(waived):,} accepted", _WAIVED_HEAD, [_waived(finding) for finding in waived]),
    ):
        if rows:
            lines = _table(title, header, rows, room)
            room -= _size(lines)
            body += lines
    return "\n".join([*head, *body, *tail]) + "\n"


def _table(title: str, header: Sequence[str], rows: Sequence[str], room: int) -> list[str]:
    """Write as many rows as there is room for, folded away under the title if there is one."""
    before = [f"<details><summary>{title}</summary>", ""] if title else []
    after = ["", "</details>", ""] if title else [""]
    # The longest that the line about rows without room can be.
    used = _size([*before, *header, *after, *_missing(len(rows))])
    shown = 0
    for each in rows:
        used += _size([each])
        if used > room:
            break
        shown += 1
    table = [*header, *rows[:shown]] if shown else []
    return [*before, *table, *_missing(len(rows) - shown), *after]


def _missing(count: int) -> list[str]:
    if not count:
        return []
    verb = "is" if count == 1 else "are"
    return ["", f"{counted(count, 'more finding')} {verb} not shown: the JSON report has all."]


def _open(finding: Finding) -> str:
    named = "<br>".join(_short(each) for each in phrases.detections(finding))
    what = _short(phrases.sentence(finding.what))
    if finding.declared:
        what += f" Declared: {code(phrases.declared(finding))}."
    if finding.related:
        what += f" See also: {_short(phrases.related(finding))}."
    remedy = _short(phrases.sentence(finding.remedy))
    return row([*_start(finding), what, cell(phrases.cost(finding)), named, remedy])


def _waived(finding: Finding) -> str:
    what = _short(phrases.sentence(finding.what))
    why = _short(phrases.accepted(finding))
    return row([*_start(finding), what, cell(phrases.cost(finding)), why])


def _start(finding: Finding) -> tuple[str, str]:
    return str(finding.kind), code(_cut(phrases.place(finding)))


def _tail(drift: Drift) -> list[str]:
    lines = []
    if drift.findings:
        lines += [phrases.summary(drift), "", cell(phrases.statistics(drift))]
    else:
        lines.append(line(_cut(phrases.no_drift(drift))))
    notes = phrases.notes(drift)
    rest = len(notes) - _REMARKS
    remarks = [f"* {line(_cut(each))}" for each in notes[:_REMARKS]]
    if rest > 0:
        remarks.append(f"* and {counted(rest, 'more remark')}")
    return [*lines, "", *remarks] if remarks else lines


def _short(text: str) -> str:
    return cell(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)
