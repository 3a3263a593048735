"""What the benchmarks share: running commands and making events."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from operator import truediv
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMAGEN = str(Path(sys.executable).parent / "schemagen")


@dataclass
class Result:
    """The runs of one command: seconds of wall clock and of processor, mebibytes at the peak.

    Those of child processes are counted in, but the peak is that of the largest process alone.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The median of the wall clock."""
        return statistics.median(self.wall)

    @property
    def processors(self) -> float:
        """How many processors it had on average: fewer than it can use on a busy machine."""
        return statistics.median(map(truediv, self.cpu, self.wall))


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


def peak_of_all(command: list[str], pieces: Iterable[bytes]) -> float:
    """Feed a command through its standard input; return the peak of all its processes together.

    It is the largest sum that was seen when looking after every piece, in mebibytes.
    """
    peak = 0
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        first = psutil.Process(process.pid)
        for piece in pieces:
            process.stdin.write(piece)
            family = [first, *first.children(recursive=True)]
            peak = max(peak, sum(each.memory_info().rss for each in family))
        process.stdin.close()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return peak / (1 << 20)


def event_lines(source: Path) -> Iterator[bytes]:
    """Read the events of a file or folder, one a line."""
    for path in sorted(source.glob("*.ndjson")) if source.is_dir() else [source]:
        with path.open("rb") as file:
            for line in file:
                if not line.isspace():
                    yield line if line.endswith(b"\n") else line + b"\n"


def write_events(source: Path, megabytes: float, target: Path) -> tuple[int, int]:
    """Repeat the events until the target is large enough; count them, and those of one round.

    They are not kept meanwhile: a process begins with the peak memory of the one that starts it.
    """
    count = of_one_round = size = 0
    with target.open("wb") as file:
        while size < megabytes * 1e6:
            for line in event_lines(source):
                file.write(line)
                size += len(line)
                count += 1
            of_one_round = of_one_round or count
    return count, of_one_round


def infer_command(folder: Path, *options: str) -> list[str]:
    """Return the command that infers a schema, quietly and into a folder of its own."""
    return [SCHEMAGEN, "infer", "bench", "--schema", str(folder / "bench.schema.json"), "--quiet",
            *options]  # fmt: skip
