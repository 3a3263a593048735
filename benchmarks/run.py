"""Speed and memory of `schemagen infer` beside its peers, as ratios of the same run.

Every run is a process of its own, in turn, so that drift of the machine meets all alike. Writes
benchmarks/RESULTS.md.

    python benchmarks/run.py [--events FILE_OR_FOLDER] [--megabytes 800] [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from contenders import CONTENDERS
from correlations import correlation_rates
from detection_shape import detection_shape
from kafka_rate import kafka_rates
from measuring import (
    SCHEMAGEN,
    Result,
    event_lines,
    infer_command,
    measure,
    peak_of_all,
    write_events,
)
from rule_speed import rule_speed

from accelerator import accelerator_speed

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
REAL_EVENTS = ROOT.parent / "shared" / "data" / "winlogbeat"
REAL_RULES = REAL_EVENTS.parent / "sigma" / "rules" / "windows"
STATUSES = ("BOUND", "RARE", "NEVER", "UNFILTERED", "UNBOUND", "TYPE-CLASH", "UNSUPPORTED")
SAMPLES = ROOT / "samples" / "wineventlogs.ndjson"
ONE, ALL = "schemagen infer --jobs 1", "schemagen infer"
GENSON, POLARS = "genson + orjson", "polars-genson"
KAFKA_MEGABYTES = 400
"""So much that start-up and connecting, a fifth of a second together, are not what is measured."""


ABOUT_SHAPE = (
    "What SigmaHQ's Windows rules beside the events become (docs/detections.md): persistent "
    "queries, the bytes of their text, the largest record of one with its plan (1,048,576 pass), "
    "calls of functions, those in the WHERE that every event meets, the share of the events that "
    "are candidates, and the bytes written for one in relation to its own."
)

ABOUT_ACCELERATOR = (
    "The accelerator (docs/accelerator.md) with the same rules: what its function takes of a real "
    "event in processor time (no more than 15 \u00b5s is wanted), and what all queries together "
    "are predicted to take, reading included, with it and without."
)


def compare(file: Path, messages: int, runs: int, folder: Path) -> list[str]:
    """Run every contender in turn and return the rows of a table, and the two ratios that count."""
    script = [sys.executable, str(HERE / "contenders.py")]
    commands = {
        ONE: infer_command(folder, "--from", str(file), "--jobs", "1"),
        ALL: infer_command(folder, "--from", str(file)),
        **{name: [*script, name, str(file)] for name in CONTENDERS},
    }
    results = {name: Result() for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            # The first round warms the caches and does not count.
            measure(command, results[name] if run else Result())
    base = results[ONE].seconds
    rows = ["| contender | messages/s | s | CPU s | peak MiB | speed, ours with one process = 1 |"]
    rows.append("|---|---:|---:|---:|---:|---:|")
    rows += [
        f"| {name} | {messages / result.seconds:,.0f} | {result.seconds:.2f} | "
        f"{statistics.median(result.cpu):.2f} | {statistics.median(result.peak):,.0f} | "
        f"{base / result.seconds:.2f} |"
        for name, result in results.items()
    ]
    rows += [""] + [
        f"* {ours}: {results[peer].seconds / results[ours].seconds:.2f} times as fast as {peer};"
        f" it had {results[ours].processors:.1f} processors on average."
        for ours, peer in ((ONE, GENSON), (ALL, POLARS))
    ]
    return rows


def memory(source: Path, folder: Path, counts: list[int]) -> list[str]:
    """Show that memory does not grow with the number of messages."""
    rows = ["| messages | one process, MiB | all processes together, MiB |", "|---:|---:|---:|"]
    for count in counts:
        peaks = []
        for jobs in (["--jobs", "1"], []):
            command = infer_command(folder, "--from", "-", *jobs)
            peaks.append(peak_of_all(command, _pieces(source, count)))
        rows.append(f"| {count:,} | {peaks[0]:,.0f} | {peaks[1]:,.0f} |")
    return rows


def _pieces(source: Path, count: int) -> Iterator[bytes]:
    """Repeat events until there are as many as wanted, a thousand at a time."""
    repeated = chain.from_iterable(repeat(list(event_lines(source))))
    for start in range(0, count, 1_000):
        yield b"".join(next(repeated) for _ in range(min(1_000, count - start)))


def rule_statuses(events: Path, folder: Path) -> list[str]:
    """Bind all real rules to the real events, and return the statuses and the time as a table."""
    real_rules = events.parent / "sigma" / "rules"
    if not real_rules.is_dir():
        return []
    rows = ["| events | rules | " + " | ".join(STATUSES) + " | s |"]
    rows.append("|---|" + "---:|" * (len(STATUSES) + 2))
    for pipeline, pattern in (("winlogbeat7", "[!w]*.ndjson"), ("winlogbeat6", "winlogbeat6*")):
        files = [f"--from={file}" for file in sorted(events.glob(pattern))]
        config = folder / "schemagen.toml"
        config.write_text(f'[topics.t]\npipelines = ["{pipeline}"]\nrules = ["{real_rules}"]\n')
        common = ["--config", str(config), "--schema", str(folder / f"{pipeline}.schema.json")]
        subprocess.run([SCHEMAGEN, "infer", *files, "t", "-q", *common], check=True)
        start = time.perf_counter()
        done = subprocess.run(
            [SCHEMAGEN, "rules", "--format", "json", "-q", *common],
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
    parser.add_argument("--rules", type=Path, default=REAL_RULES)
    parser.add_argument("--sigma", type=Path, default=os.environ.get("SIGMA"))
    parser.add_argument("--megabytes", type=float, default=800)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--memory", type=int, nargs="*", default=[200_000, 2_000_000])
    given = parser.parse_args()
    source = given.events or (REAL_EVENTS if REAL_EVENTS.is_dir() else SAMPLES)
    what = "real Winlogbeat events" if source.name == REAL_EVENTS.name else source.name
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "events.ndjson"
        messages, different = write_events(source, given.megabytes, file)
        size = file.stat().st_size / 1e6
        table = compare(file, messages, given.runs, folder)

        from breakdown import breakdown  # noqa: PLC0415 - as large as what it measures

        flat = memory(source, folder, given.memory) if given.memory else []
        some, _ = write_events(source, min(KAFKA_MEGABYTES, given.megabytes), file)
        steps = breakdown(file, some)
        kafka = kafka_rates(file, some, given.runs, folder, ROOT / "tests" / "realkafka")
        file.unlink()
        statuses = rule_statuses(source, folder)
        shaped = detection_shape(source)
        accelerated = accelerator_speed(source)
        quick = rule_speed(source, given.rules, given.runs, given.sigma)
        replayed = correlation_rates(folder, [(100_000, 0.1), (1_000_000, 0.1), (1_000_000, 1.0)])
    packages = ("schemagen", "genson", "orjson", "duckdb", "polars-genson", "polars")
    command = shlex.join(["python", "benchmarks/run.py", *_told(sys.argv[1:])])
    report = [
        "# Results",
        "",
        f"Made by `make bench` (`{command}`) on {os.cpu_count()} cores, Python "
        f"{sys.version.split()[0]}, "
        + ", ".join(f"{package} {version(package)}" for package in packages)
        + f". schemagen is {'' if _compiled() else 'not '}compiled.",
        "",
        (
            f"{messages:,} messages ({size:,.0f} MB: {different:,} {what}, repeated), whole"
            f" processes, medians of {given.runs} runs in turn. Peers infer types only; schemagen"
            " counts presence, kinds, ranges, lengths and formats of every path as well. The peak"
            " is that of the largest process."
        ),
        "",
        *table,
        "",
        (
            f"Where the time of one process goes, start-up and writing apart ({some:,} messages;"
            " of each step of each batch the least of several passes):"
        ),
        "",
        *steps,
        "",
    ]
    if flat:
        report += ["Memory does not grow with the number of messages:", "", *flat, ""]
    report += [
        f"From a real Apache Kafka ({some:,} messages, whole processes, all of the topic):",
        "",
        *kafka,
        "",
    ]
    report += [
        (
            "Events replayed through three correlations, one a chain, by `schemagen test` (whole"
            " processes, one processor; an event that counts does so for two of them, each in two"
            " windows):"
        ),
        "",
        *replayed,
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
    if quick:
        report += ["How long rules take, beside others that do the like:", "", *quick, ""]
    if shaped:
        report += [ABOUT_SHAPE, "", *shaped, ""]
    if accelerated:
        report += [ABOUT_ACCELERATOR, "", *accelerated, ""]
    text = "\n".join(report)
    print(text)
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")


def _compiled() -> bool:
    """Return whether this is a build whose counting is compiled (setup.py)."""
    spec = find_spec("schemagen.profile.columns")
    return spec is not None and not str(spec.origin).endswith(".py")


def _told(arguments: list[str]) -> list[str]:
    """Shorten paths to their names: where they lie on this machine says nothing."""
    return [Path(word).name if "/" in word else word for word in arguments]


if __name__ == "__main__":
    main()
