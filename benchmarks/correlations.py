"""How fast correlations are replayed: a million events through the windows of the statements."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from measuring import SCHEMAGEN, Result, measure

START = 1_760_000_000_000
RULES = """
title: Logon Failed
id: 0f8c9a57-6e51-4b7e-9a55-8f4d3f0a7c01
name: failed
logsource: {category: test}
detection: {s: {kind: failed}, condition: s}
---
title: Logon
id: 0f8c9a57-6e51-4b7e-9a55-8f4d3f0a7c02
name: logon
logsource: {category: test}
detection: {s: {kind: logon}, condition: s}
---
title: Password Spraying
id: 0f8c9a57-6e51-4b7e-9a55-8f4d3f0a7c03
name: spraying
correlation:
    {type: value_count, rules: [failed], group-by: [ip], timespan: 5m,
     condition: {field: user, gte: 5}}
---
title: Many Failed Logons
id: 0f8c9a57-6e51-4b7e-9a55-8f4d3f0a7c04
correlation:
    {type: event_count, rules: [failed], group-by: [ip], timespan: 10m, condition: {gte: 20}}
---
title: Logon after Password Spraying
id: 0f8c9a57-6e51-4b7e-9a55-8f4d3f0a7c05
correlation:
    {type: temporal_ordered, rules: [spraying, logon], group-by: [ip], timespan: 10m}
"""
CONFIG = """
[topics.events]
event_time = "time"
rules = ["rules.yml"]
pipelines = ["none"]
logsource = "assumed"
"""


def correlation_rates(folder: Path, cases: list[tuple[int, float]]) -> list[str]:
    """Replay events and return a table of seconds and memory.

    Args:
        folder: where files may be written.
        cases: how many events, and the share of them that counts for correlations.

    """
    (folder / "rules.yml").write_text(RULES)
    (folder / "schemagen.toml").write_text(CONFIG)
    script = str(folder / "stream.sql")
    rows = ["| events | that count | CPU s | peak MiB |", "|---:|---:|---:|---:|"]
    for count, share in cases:
        events = folder / "events.ndjson"
        write_logons(events, count, share)
        common = ["-q", "--config", str(folder / "schemagen.toml")]
        made = ["infer", "--from", str(events), "events", "--max-messages", "10000"]
        subprocess.run([SCHEMAGEN, *made, *common], check=True, cwd=folder)
        subprocess.run([SCHEMAGEN, "ddl", "--out", script, *common], check=True, cwd=folder)
        result = Result()
        measure([SCHEMAGEN, "test", "--sql", script, "--events", str(events)], result)
        rows.append(f"| {count:,} | {share:.0%} | {result.cpu[0]:.0f} | {result.peak[0]:,.0f} |")
        events.unlink()
    return rows


def write_logons(path: Path, count: int, share: float) -> None:
    """Write events in order, a hundred a second, of five thousand sources."""
    chance = random.Random(1)  # noqa: S311 - the same events each time
    at = START
    with path.open("w") as file:
        for _ in range(count):
            at += chance.randrange(20)
            moment = datetime.fromtimestamp(at // 1000, UTC)
            drawn = chance.random()
            event = {
                "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03}Z",
                "host": f"host{chance.randrange(500)}",
                "kind": "failed" if drawn < share else "logon" if drawn < share * 1.2 else "other",
                "ip": f"10.0.{chance.randrange(20)}.{chance.randrange(250)}",
                "user": f"user{chance.randrange(300)}",
            }
            file.write(json.dumps(event) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        CASES = [(100_000, 0.1), (1_000_000, 0.1), (1_000_000, 1.0)]
        sys.stdout.write("\n".join(correlation_rates(Path(name), CASES)) + "\n")
