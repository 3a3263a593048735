"""How long events take to run through all rules, beside Zircolite: same events, same rules.

Two things would make a peer look fast that is not: that it drops the events, and that the time of
reading the rules hides that of the events. So both must find alerts of the same rules, and the time
of the events is what many more of them take beyond those of one round, in which each kind of event
and each alert is already there.

Zircolite is on no package index: ZIRCOLITE names its zircolite.py, and ZIRCOLITE_PYTHON a Python
that has what it needs, where that is not this one.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import SCHEMAGEN, Result, event_lines, measure

if TYPE_CHECKING:
    from collections.abc import Callable

MORE = 25_000
MISSING = (
    "Zircolite was NOT measured: ZIRCOLITE names no zircolite.py (github.com/wagga40/Zircolite)."
)
ABOUT = (
    "{:,} events, then {:,} more of the same, and {:,} rules; seconds of whole processes, medians "
    "of {} runs in turn. Evaluations are events times rules a second: of all events, and by what "
    "the {:,} take beyond the {:,}. Both take what they have made of the rules before, but for "
    "their first lines; Zircolite drops events by channel and id before it looks at them, but for "
    "its last line:"
)
FEWER = (
    "Alerts differ in {} of these rules, ours to Zircolite's: {}. It looks for processes in "
    "Sysmon's events only, and not in Security's 4688."
)
_HEAD = (
    "| what | rules that alert | alerts | CPU s | wall s | CPU s of all | wall s of all "
    "| of all | beyond | beyond, of CPU |"
)


@dataclass
class _Contender:
    """A command that takes events as its last argument, and what it found: alerts by rule."""

    command: list[str]
    found: Callable[[], dict[str, int]]
    few: Result = field(default_factory=Result)
    all: Result = field(default_factory=Result)
    alerts: dict[str, int] = field(default_factory=dict)


def replay_speed(events: list[Path], folder: Path, runs: int) -> list[str]:
    """Run the statements of all rules over many events, and Zircolite over the same.

    Args:
        events: the files of the real events.
        folder: `all.sql`, `schemagen.toml` and `rules` lie there.
        runs: how often each is run.

    """
    lines = [line for file in events for line in event_lines(file)]
    few, all_ = folder / "few.ndjson", folder / "all.ndjson"
    few.write_bytes(b"".join(lines))
    all_.write_bytes(b"".join(islice(cycle(lines), len(lines) + MORE)))
    rules = sum(1 for _ in (folder / "rules").rglob("*.yml"))
    ours = {
        "schemagen test --no-cache": _ours(folder, "--no-cache"),
        "schemagen test": _ours(folder),
        "schemagen test --jobs 1": _ours(folder, "--jobs=1"),
    }
    peers = _zircolite(folder)
    contenders = {**ours, **peers}
    for each in contenders.values():
        measure([*each.command, str(few)], Result())
        each.found()
    for _ in range(runs):
        for each in contenders.values():
            measure([*each.command, str(few)], each.few)
            each.alerts = each.found()
            measure([*each.command, str(all_)], each.all)
    rows = [
        ABOUT.format(len(lines), MORE, rules, runs, MORE, len(lines)),
        "",
        _HEAD,
        f"|---|{'---:|' * 9}",
        *(_row(what, each, len(lines) * rules, MORE * rules) for what, each in contenders.items()),
    ]
    return [*rows, *_differences(contenders)] if peers else [*rows, "", MISSING]


def _row(what: str, of: _Contender, few: int, more: int) -> str:
    numbers = [
        statistics.median(times) for times in (of.few.cpu, of.few.wall, of.all.cpu, of.all.wall)
    ]
    cpu, wall = (max(numbers[n + 2] - numbers[n], 1e-3) for n in (0, 1))
    seconds = " | ".join(f"{number:.2f}" for number in numbers)
    return (
        f"| {what} | {len(of.alerts)} | {sum(of.alerts.values()):,} | {seconds} "
        f"| {(few + more) / numbers[3]:,.0f} | {more / wall:,.0f} | {more / cpu:,.0f} |"
    )


def _differences(contenders: dict[str, _Contender]) -> list[str]:
    """Say how alerts differ; a contender that alerts for other rules evaluates others."""
    ours, _, _, *others = contenders.values()
    for what, each in contenders.items():
        if not each.alerts or each.alerts.keys() != ours.alerts.keys():
            sys.exit(f"{what} alerts for other rules: {sorted(each.alerts)}")
    fewer = {
        rule: (count, others[0].alerts[rule])
        for rule, count in ours.alerts.items()
        if count != others[0].alerts[rule]
    }
    if not fewer:
        return []
    return [
        "",
        FEWER.format(len(fewer), ", ".join(f"{own} to {its}" for own, its in fewer.values())),
    ]


def _ours(folder: Path, *more: str) -> _Contender:
    out = folder / "ours.json"
    command = [SCHEMAGEN, "test", "--config", str(folder / "schemagen.toml"), "-q"]
    options = ["--sql", str(folder / "all.sql"), "--format", "json", "--out", str(out), *more]

    def found() -> dict[str, int]:
        fired = json.loads(out.read_text())["fired"]
        return {rule: len(places) for rule, places in fired.items()}

    return _Contender([*command, *options, "--events"], found)


def _zircolite(folder: Path) -> dict[str, _Contender]:
    program = Path(os.environ.get("ZIRCOLITE", ""))
    if not program.is_file():
        print(MISSING, file=sys.stderr)
        return {}
    out = folder / "zircolite.json"
    own = os.environ.get("ZIRCOLITE_PYTHON", sys.executable)
    config = ["-c", str(program.parent / "config" / "config.yaml"), "-q"]
    base = [own, str(program), "-j", *config, "-o", str(out), "-l", str(folder / "log")]
    sigma = ["-r", str(folder / "rules"), "-p", "sysmon", "-p", "windows-logsources"]
    few = str(folder / "few.ndjson")
    # It writes the rules that it has converted into the folder that it is run in.
    subprocess.run([*base, *sigma, "-sr", "-e", few], cwd=folder, check=True, capture_output=True)
    (converted,) = folder.glob("ruleset-*.json")
    ready = ["-r", str(converted)]

    def found() -> dict[str, int]:
        alerts = {each["id"]: each["count"] for each in json.loads(out.read_text())}
        out.unlink()
        return alerts

    return {
        "Zircolite, converting rules": _Contender([*base, *sigma, "-e"], found),
        "Zircolite": _Contender([*base, *ready, "-e"], found),
        "Zircolite, every event looked at": _Contender(
            [*base, *ready, "--no-event-filter", "-e"], found
        ),
    }
