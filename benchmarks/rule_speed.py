"""How long rules take, beside those who do the like: pySigma's SQLite backend, and Zircolite.

    python benchmarks/rule_speed.py [--events FOLDER] [--rules FOLDER] [--sigma FOLDER] [--runs 3]

SIGMA names a folder of more rules, such as all for Windows (rules/windows of SigmaHQ's repository),
for which the compiling is measured, too. replay_speed.py says what Zircolite needs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from measuring import SCHEMAGEN, Result, event_lines, measure
from replay_speed import replay_speed

_CONVERT = "--convert"
_TOML = '[topics.t]\npipelines = ["winlogbeat7"]\nrules = ["rules"]\nstream = "EVENTS"\n'
_SOME = 2_585
ABOUT_RULES = (
    "{:,} rules, seconds of whole processes, medians of {} runs in turn; the peer is the text "
    "backend of pySigma for SQLite (pysigma-backend-sqlite {}), which has no cache:"
)
MISSING = (
    "All rules for Windows were NOT measured: SIGMA names no folder (rules/windows of "
    "github.com/SigmaHQ/sigma)."
)


def rule_speed(events: Path, rules: Path, runs: int = 3, more: Path | None = None) -> list[str]:
    """Measure the commands and their peers in turn, and return tables; none without rules.

    Args:
        events: the folder of the real events.
        rules: the rules.
        runs: how often each is run.
        more: more rules, which are compiled only.

    """
    if not rules.is_dir():
        return []
    files = sorted(events.glob("[!w]*.ndjson"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [*_compiling(files, rules, runs, folder), ""]
        rows += [*replay_speed(files, folder, runs), ""]
    if more is None or not more.is_dir():
        print(MISSING, file=sys.stderr)
        return [*rows, MISSING]
    with tempfile.TemporaryDirectory() as name:
        return [*rows, *_compiling(files, more, runs, Path(name))]


def _compiling(events: list[Path], rules: Path, runs: int, folder: Path) -> list[str]:
    config = folder / "schemagen.toml"
    config.write_text(_TOML)
    shutil.copytree(rules, folder / "rules")
    changing = min((folder / "rules").rglob("*.yml"), key=lambda file: file.stat().st_size)
    common = ["--config", str(config), "-q"]
    files = [f"--from={file}" for file in events]
    infer = [SCHEMAGEN, "infer", *files, "t", *common]
    measure(infer, Result())
    statements, some = folder / "all.sql", folder / "some.ndjson"
    lines = (line for file in events for line in event_lines(file))
    some.write_bytes(b"".join(islice(lines, _SOME)))
    commands = {
        "rules": [SCHEMAGEN, "rules", *common],
        "ddl": [SCHEMAGEN, "ddl", "t", "--out", str(statements), *common],
    }
    test = [SCHEMAGEN, "test", "--sql", str(statements), "--events", str(some), *common]
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    results: dict[str, Result] = {}
    convert = [sys.executable, __file__, _CONVERT, str(folder / "rules")]
    for run in range(runs):
        measure(convert, results.setdefault("pySigma, SQLite", Result()))
        statements.unlink(missing_ok=True)
        for command, line in commands.items():
            measure([*line, "--no-cache"], results.setdefault(f"{command} --no-cache", Result()))
            shutil.rmtree(folder / "cache", ignore_errors=True)
            measure(line, results.setdefault(f"{command}, the cache empty", Result()))
            with changing.open("a") as file:
                file.write(f"# {run}\n")
            measure(line, results.setdefault(f"{command}, one rule changed", Result()))
        for again in ("", ", again"):
            measure(test, results.setdefault(f"test of {_SOME:,} events{again}", Result()))
    base = statistics.median(results["pySigma, SQLite"].cpu)
    count = sum(1 for _ in (folder / "rules").rglob("*.yml"))
    rows = [
        ABOUT_RULES.format(count, runs, version("pysigma-backend-sqlite")),
        "",
        "| what | CPU s | wall s | CPU, the peer = 1 |",
        "|---|---:|---:|---:|",
    ]
    for what, result in results.items():
        seconds = statistics.median(result.cpu)
        ratio = "" if what.startswith("test") else f"{seconds / base:.2f}"
        rows.append(f"| {what} | {seconds:.1f} | {result.seconds:.1f} | {ratio} |")
    return rows


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
    parser.add_argument("--sigma", type=Path, default=os.environ.get("SIGMA"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(_CONVERT, type=Path)
    given = parser.parse_args()
    if given.convert is not None:
        convert(given.convert)
    else:
        print("\n".join(rule_speed(given.events, given.rules, given.runs, given.sigma)))


if __name__ == "__main__":
    main()
