"""Where the time of one process goes, from bytes to merged counts."""

from __future__ import annotations

import gc
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import orjson

from schemagen.profile.profile import Profile
from schemagen.profile.profiler import parts, steady_memory
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource

if TYPE_CHECKING:
    from pathlib import Path

PASSES = 5
STEPS = {
    "read and frame": "read the file, cut it into records",
    "parse": "orjson makes objects of the records",
    "checks": "no key and no digit was lost, the record is an object",
    "profile": "count every value of every path",
    "free": "give the objects' memory back",
}


def breakdown(file: Path, messages: int) -> list[str]:
    """Measure each step of each batch several times and take the least, as a table.

    The least of several is what the step takes when nothing else disturbs it.
    """
    least: dict[tuple[str, int], float] = {}
    profile = Profile()
    with steady_memory():
        for _ in range(PASSES):
            for step, number, seconds in _steps(file, profile):
                least[step, number] = min(seconds, least.get((step, number), seconds))
    totals: dict[str, float] = defaultdict(float)
    for (step, _), seconds in least.items():
        totals[step] += seconds
    whole = sum(totals.values())
    rows = ["| step | µs a message | share | what it does |", "|---|---:|---:|---|"]
    for step, what in STEPS.items():
        each = totals[step] / messages * 1e6
        rows.append(f"| {step} | {each:.2f} | {totals[step] / whole:.0%} | {what} |")
    rows.append(f"| all | {whole / messages * 1e6:.2f} | 100% | |")
    return rows


def _steps(file: Path, profile: Profile) -> list[tuple[str, int, float]]:
    clock = time.perf_counter
    taken = []
    decoder = Decoder()
    batches = (part for batch in FileSource([str(file)]).batches() for part in parts(batch))
    number = 0
    while True:
        started = clock()
        part = next(batches, None)
        taken.append(("read and frame", number, clock() - started))
        if part is None:
            return taken
        # Parsed and dropped, to know what of the decoding are the checks.
        started = clock()
        for raw in part.values:
            orjson.loads(raw)  # type: ignore[arg-type]  # files have no tombstones
        parsed = clock() - started
        gc.disable()
        started = clock()
        rows = decoder.decode(part)
        decoded = clock()
        profile.add(rows)
        added = clock()
        del rows
        taken += [
            ("free", number, clock() - added),
            ("profile", number, added - decoded),
            ("parse", number, parsed),
            ("checks", number, decoded - started - parsed),
        ]
        gc.enable()
        number += 1
