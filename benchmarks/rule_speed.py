"""How long rules take, beside those who do the like: pySigma's SQLite backend, and Zircolite.

    python benchmarks/rule_speed.py [--events FOLDER] [--rules FOLDER] [--runs 3]

Zircolite is on no package index: ZIRCOLITE names its zircolite.py, and ZIRCOLITE_PYTHON a Python
that has what it needs, where that is not this one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path

from measuring import SCHEMAGEN, Result, event_lines, measure

REPLAYED = 25_000
_CONVERT = "--convert"
_TOML = '[topics.t]\npipelines = ["winlogbeat7"]\nrules = ["rules"]\nstream = "EVENTS"\n'
MISSING = (
    "Zircolite was NOT measured: ZIRCOLITE names no zircolite.py (github.com/wagga40/Zircolite)."
)
ABOUT_RULES = (
    "{:,} rules, CPU seconds of whole processes; the peer is pySigma's text backend for SQLite "
    "(pysigma-backend-sqlite {}), which has no cache:"
)
ABOUT_REPLAY = (
    "{:,} events and the same rules, CPU seconds; evaluations are events times rules by the time "
    "beyond that of one event, in which rules and statements are read:"
)


def rule_speed(events: Path, rules: Path, runs: int = 3) -> list[str]:
    """Measure the commands and their peers in turn, and return a table; none without rules.

    Args:
        events: the folder of the real events.
        rules: the rules.
        runs: how often each is run.

    """
    if not rules.is_dir():
        return []
    with tempfile.TemporaryDirectory() as name:
        return [*_compiling(events, rules, runs, Path(name)), "", *_replaying(events, Path(name))]


def _compiling(events: Path, rules: Path, runs: int, folder: Path) -> list[str]:
    config = folder / "schemagen.toml"
    config.write_text(_TOML)
    shutil.copytree(rules, folder / "rules")
    changing = min((folder / "rules").rglob("*.yml"), key=lambda file: file.stat().st_size)
    common = ["--config", str(config), "-q"]
    files = [f"--from={file}" for file in sorted(events.glob("[!w]*.ndjson"))]
    infer = [SCHEMAGEN, "infer", *files, "t", *common]
    measure(infer, Result())
    commands = {
        "rules": [SCHEMAGEN, "rules", *common],
        "ddl": [SCHEMAGEN, "ddl", "t", "--out", str(folder / "all.sql"), *common],
    }
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    results: dict[str, Result] = {}
    convert = [sys.executable, __file__, _CONVERT, str(folder / "rules")]
    for run in range(runs):
        measure(convert, results.setdefault("pySigma, SQLite", Result()))
        for command, line in commands.items():
            measure([*line, "--no-cache"], results.setdefault(f"{command} --no-cache", Result()))
            shutil.rmtree(folder / "cache", ignore_errors=True)
            measure(line, results.setdefault(f"{command}, the cache empty", Result()))
            with changing.open("a") as file:
                file.write(f"# {run}\n")
            measure(line, results.setdefault(f"{command}, one rule changed", Result()))
    base = statistics.median(results["pySigma, SQLite"].cpu)
    count = sum(1 for _ in (folder / "rules").rglob("*.yml"))
    rows = [
        ABOUT_RULES.format(count, version("pysigma-backend-sqlite")),
        "",
        "| what | CPU s | the peer = 1 |",
        "|---|---:|---:|",
    ]
    for what, result in results.items():
        seconds = statistics.median(result.cpu)
        rows.append(f"| {what} | {seconds:.1f} | {seconds / base:.2f} |")
    return rows


def _replaying(events: Path, folder: Path) -> list[str]:
    """Run the statements of all rules over many events, and Zircolite over the same."""
    lines = b"".join(islice(cycle(list(event_lines(events))), REPLAYED))
    many, few = folder / "many.ndjson", folder / "few.ndjson"
    many.write_bytes(lines)
    few.write_bytes(lines[: lines.index(b"\n") + 1])
    common = ["--config", str(folder / "schemagen.toml"), "-q"]
    ours = [SCHEMAGEN, "test", "--sql", str(folder / "all.sql"), *common, "--events"]
    contenders = {"schemagen test": ours}
    zircolite = Path(os.environ.get("ZIRCOLITE", ""))
    if zircolite.is_file():
        own = os.environ.get("ZIRCOLITE_PYTHON", sys.executable)
        ruleset = ["-r", str(folder / "rules"), "-p", "sysmon", "-p", "windows-logsources"]
        out = ["-o", str(folder / "found.json"), "-l", str(folder / "log"), "-q", "-n"]
        config = ["-c", str(zircolite.parent / "config" / "config.yaml")]
        contenders["Zircolite"] = [own, str(zircolite), "-j", *ruleset, *config, *out, "-e"]
    else:
        print(MISSING, file=sys.stderr)
    count = sum(1 for _ in (folder / "rules").rglob("*.yml"))
    rows = [
        ABOUT_REPLAY.format(REPLAYED),
        "",
        "| what | CPU s | one event | evaluations/s |",
        "|---|---:|---:|---:|",
    ]
    for what, command in contenders.items():
        one, all_ = Result(), Result()
        measure([*command, str(few)], one)
        measure([*command, str(many)], all_)
        rate = REPLAYED * count / max(all_.cpu[0] - one.cpu[0], 1e-3)
        rows.append(f"| {what} | {all_.cpu[0]:.1f} | {one.cpu[0]:.1f} | {rate:,.0f} |")
    return rows if len(contenders) > 1 else [*rows, "", MISSING]


def convert(folder: Path) -> None:
    """Convert rules as pySigma's backend does; one that it can't convert stops no other."""
    from sigma.backends.sqlite import sqliteBackend  # noqa: PLC0415 - the peer's own process
    from sigma.collection import SigmaCollection  # noqa: PLC0415

    backend, failed = sqliteBackend(), 0
    for file in sorted(folder.rglob("*.yml")):
        try:
            backend.convert(SigmaCollection.from_yaml(file.read_text(encoding="utf-8")))
        except Exception:  # noqa: BLE001 - whatever it raises
            failed += 1
    print(f"{failed} rules could not be converted.")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--events", type=Path, default=beside / "winlogbeat")
    parser.add_argument("--rules", type=Path, default=beside / "sigma" / "rules" / "windows")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(_CONVERT, type=Path)
    given = parser.parse_args()
    if given.convert is not None:
        convert(given.convert)
    else:
        print("\n".join(rule_speed(given.events, given.rules, given.runs)))


if __name__ == "__main__":
    main()
