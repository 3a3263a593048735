"""What the accelerator's jar takes of an event, and what the whole is predicted to cost.

    python benchmarks/accelerator.py

It needs Java and Maven, which builds the jar. Microseconds are of processor time, the least of all
rounds over all events.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from detection_shape import TOPIC, RealDetections, real_detections

from schemagen.accelerator.calls import calls_of_function
from schemagen.accelerator.jar import JAR, java, written_calls
from schemagen.choices import Layout
from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.cost import predicted, query_costs
from schemagen.ksqldb.dialect import write_script
from schemagen.replay.engine import Replay
from schemagen.replay.events import read_events
from schemagen.replay.jar_check import arguments_of
from schemagen.replay.results import Result

if TYPE_CHECKING:
    from sqlglot import exp

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent / "accelerator"
REAL_EVENTS = HERE.parents[1] / "shared" / "data" / "winlogbeat"
ROUNDS = 60
_HEAD = (
    "| rules | events | specification, bytes | the function alone, \u00b5s an event "
    "| predicted, the whole, \u00b5s | predicted, pure SQL, \u00b5s |"
)


def accelerator_speed(events: Path) -> list[str]:
    """Run the jar over the events, with the rules beside them, and return a table."""
    real = real_detections(events)
    if real is None:
        return []
    program, maven = java(), shutil.which("mvn")
    if program is None or maven is None:
        told = "**Not measured: there is no Java or no Maven on this machine.**"
        print(told, file=sys.stderr)
        return [told]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "accelerator"
        shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("target"))
        command = [maven, "-q", "-B", "-DskipTests", "-f", str(folder / "pom.xml"), "package"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return _table(real, [program, "-jar", str(folder / "target" / JAR)])


def _table(real: RealDetections, command: list[str]) -> list[str]:
    pure, accelerated = (_statements(real, accelerated=wanted) for wanted in (False, True))
    events, _ = read_events(real.files, TOPIC)
    replay = Replay(write_script([real.stream, *accelerated]), "benchmark")
    least, size = 0.0, 0
    for query in replay.programs:
        for call in calls_of_function(query.query.select):
            pieces = [str(each.this) for each in call.expressions[2:]]
            given = [each for _, each in arguments_of(call.expressions, query, Result(events))]
            done = subprocess.run(
                [*command, "--time", str(ROUNDS)],
                input=written_calls(pieces, given),
                capture_output=True,
                check=True,
            )
            least += float(done.stdout.decode().splitlines()[-1])
            size += sum(map(len, pieces))
    deployed = sum(each.deployable for each in real.bound)
    costs = (f"{predicted(query_costs(made)):.0f}" for made in (accelerated, pure))
    row = f"| {deployed:,} | {len(events):,} | {size:,} | {least:.1f} | {' | '.join(costs)} |"
    return [_HEAD, "|---:" * 6 + "|", row]


def _statements(real: RealDetections, *, accelerated: bool) -> list[exp.Expression]:
    options = AlertOptions("ALERTS", "alerts", Layout.BUNDLE, accelerated=accelerated)
    return detection_statements(real.bound, real.origin, options)


if __name__ == "__main__":
    print("\n".join(accelerator_speed(REAL_EVENTS)))
