"""Speed and memory of `schemagen infer` beside its peers, as ratios of the same run.

Every run is a process of its own, in turn, so that drift of the machine meets all alike. Writes
benchmarks/RESULTS.md.

    python benchmarks/run.py [--events FILE_OR_FOLDER] [--megabytes 200] [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from contenders import CONTENDERS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
REAL_EVENTS = ROOT.parent / "shared" / "data" / "winlogbeat"
REAL_RULES = ROOT.parent / "shared" / "data" / "sigma" / "rules"
STATUSES = ("BOUND", "RARE", "NEVER", "UNBOUND", "TYPE-CLASH", "UNSUPPORTED")
SAMPLES = ROOT / "samples" / "wineventlogs.ndjson"
OURS = "schemagen infer"


@dataclass
class Result:
    """The runs of one contender: seconds of wall clock and of processor, mebibytes at the peak."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)


def measure(command: list[str], result: Result) -> None:
    """Run a command once and add what the operating system says of it."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()}")
    result.wall.append(time.perf_counter() - start)
    result.cpu.append(usage.ru_utime + usage.ru_stime)
    result.peak.append(usage.ru_maxrss / 1024)


def events(source: Path, megabytes: float, target: Path) -> int:
    """Repeat the events of a file or folder until the target is large enough; count them."""
    files = sorted(source.glob("*.ndjson")) if source.is_dir() else [source]
    lines = [line for file in files for line in file.read_bytes().splitlines(keepends=True)]
    block = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)
    times = max(1, -int(-megabytes * 1e6 // len(block)))
    with target.open("wb") as file:
        for _ in range(times):
            file.write(block)
    return len(lines) * times


def infer_command(file: Path, folder: Path, limit: str = "all") -> list[str]:
    """Give the command that infers a schema of a file."""
    schemagen = str(Path(sys.executable).parent / "schemagen")
    schema = str(folder / "bench.schema.json")
    return [schemagen, "infer", "--from", str(file), "bench", "--schema", schema, "--quiet",
            "--max-messages", limit]  # fmt: skip


def compare(file: Path, messages: int, runs: int, folder: Path) -> list[str]:
    """Run every contender in turn and give the rows of a table."""
    results = {name: Result() for name in (OURS, *CONTENDERS)}
    for run in range(runs + 1):
        for name, result in results.items():
            command = [sys.executable, str(HERE / "contenders.py"), name, str(file)]
            if name == OURS:
                command = infer_command(file, folder)
            # The first round warms the caches and does not count.
            measure(command, result if run else Result())
    base = statistics.median(results[OURS].wall)
    rows = ["| contender | messages/s | s | CPU s | peak MiB | speed, ours = 1 |"]
    rows.append("|---|---:|---:|---:|---:|---:|")
    for name, result in results.items():
        wall = statistics.median(result.wall)
        rows.append(
            f"| {name} | {messages / wall:,.0f} | {wall:.2f} | "
            f"{statistics.median(result.cpu):.2f} | {statistics.median(result.peak):,.0f} | "
            f"{base / wall:.2f} |"
        )
    return rows


def memory(source: Path, folder: Path, counts: list[int]) -> list[str]:
    """Show that memory does not grow with the number of messages."""
    file = folder / "memory.ndjson"
    total = events(source, 0, file)
    size = file.stat().st_size / 1e6
    events(source, size * max(counts) / total * 1.02, file)
    rows = ["| messages | peak MiB | s |", "|---:|---:|---:|"]
    for count in counts:
        result = Result()
        measure(infer_command(file, folder, str(count)), result)
        rows.append(f"| {count:,} | {result.peak[0]:,.0f} | {result.wall[0]:.1f} |")
    return rows


def rule_statuses(folder: Path) -> list[str]:
    """Bind all real rules to the real events, and give the statuses and the time as a table."""
    if not REAL_RULES.is_dir():
        return []
    schemagen = str(Path(sys.executable).parent / "schemagen")
    rows = ["| events | rules | " + " | ".join(STATUSES) + " | s |"]
    rows.append("|---|" + "---:|" * (len(STATUSES) + 2))
    for pipeline, pattern in (("winlogbeat7", "[!w]*.ndjson"), ("winlogbeat6", "winlogbeat6*")):
        files = [f"--from={file}" for file in sorted(REAL_EVENTS.glob(pattern))]
        config = folder / "schemagen.toml"
        config.write_text(f'[topics.t]\npipelines = ["{pipeline}"]\nrules = ["{REAL_RULES}"]\n')
        common = ["--config", str(config), "--schema", str(folder / f"{pipeline}.schema.json")]
        subprocess.run([schemagen, "infer", *files, "t", "-q", *common], check=True)
        start = time.perf_counter()
        done = subprocess.run(
            [schemagen, "rules", "--format", "json", "-q", *common],
            check=True,
            capture_output=True,
        )
        seconds = time.perf_counter() - start
        totals = json.loads(done.stdout)["totals"]
        counts = " | ".join(f"{totals[status]:,}" for status in STATUSES)
        rows.append(f"| {pipeline} | {sum(totals.values()):,} | {counts} | {seconds:.0f} |")
    return rows


def main() -> None:
    """Run everything and write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=Path)
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--memory", type=int, nargs="*", default=[100_000, 1_000_000])
    given = parser.parse_args()
    source = given.events or (REAL_EVENTS if REAL_EVENTS.is_dir() else SAMPLES)
    what = "real Winlogbeat events" if source == REAL_EVENTS else source.name
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "events.ndjson"
        messages = events(source, given.megabytes, file)
        size = file.stat().st_size / 1e6
        table = compare(file, messages, given.runs, folder)
        file.unlink()
        flat = memory(source, folder, given.memory) if given.memory else []
        statuses = rule_statuses(folder)
    packages = ("schemagen", "genson", "orjson", "duckdb", "polars-genson", "polars")
    report = [
        "# Results",
        "",
        f"Made by `make bench` on {os.cpu_count()} cores, Python {sys.version.split()[0]}, "
        + ", ".join(f"{package} {version(package)}" for package in packages)
        + ".",
        "",
        (
            f"{messages:,} messages ({size:,.0f} MB, {what}), whole processes, medians of "
            f"{given.runs} runs in turn. Peers infer types only; schemagen counts presence, kinds, "
            "ranges, lengths and formats of every path as well."
        ),
        "",
        *table,
        "",
        "Memory does not grow with the number of messages:",
        "",
        *flat,
        "",
    ]
    if statuses:
        report += [
            (
                "Sigma rules of SigmaHQ (Windows process creation, security and network "
                "connections, AWS CloudTrail) bound to the real events: the status says whether "
                "these events can match the rule."
            ),
            "",
            *statuses,
            "",
        ]
    text = "\n".join(report)
    print(text)
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
