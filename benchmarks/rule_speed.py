"""How long rules take, beside those who do the like: pySigma's SQLite backend, and Zircolite.

    python benchmarks/rule_speed.py [--events FOLDER] [--rules FOLDER] [--runs 3]

replay_speed.py says what Zircolite needs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from measuring import SCHEMAGEN, Result, measure
from replay_speed import replay_speed

_CONVERT = "--convert"
_TOML = '[topics.t]\npipelines = ["winlogbeat7"]\nrules = ["rules"]\nstream = "EVENTS"\n'
ABOUT_RULES = (
    "{:,} rules, CPU seconds of whole processes; the peer is pySigma's text backend for SQLite "
    "(pysigma-backend-sqlite {}), which has no cache:"
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
    files = sorted(events.glob("[!w]*.ndjson"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            *_compiling(files, rules, runs, folder), "", *replay_speed(files, folder, runs)
        ]  # fmt: skip


def _compiling(events: list[Path], rules: Path, runs: int, folder: Path) -> list[str]:
    config = folder / "schemagen.toml"
    config.write_text(_TOML)
    shutil.copytree(rules, folder / "rules")
    changing = min((folder / "rules").rglob("*.yml"), key=lambda file: file.stat().st_size)
    common = ["--config", str(config), "-q"]
    files = [f"--from={file}" for file in events]
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
