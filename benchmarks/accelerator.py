"""What the accelerator's jar takes of an event, and what the whole is predicted to cost.

    python benchmarks/accelerator.py RULES EVENTS.ndjson...

The rules are Sigma's for Windows, the events Winlogbeat's. It needs Java, and the jar that
`make accelerator` builds. Printed are microseconds of processor time, the least of all rounds.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from schemagen.accelerator.calls import calls_of_function
from schemagen.accelerator.jar import java, packaged_jar, written_calls
from schemagen.choices import Layout
from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.binding import Binder
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.cost import predicted, query_costs
from schemagen.detections.envelope import AlertSource
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.rules import load_rules
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.ksqldb.dialect import write_script
from schemagen.profile.profile import Profile
from schemagen.replay.engine import Replay
from schemagen.replay.events import read_events
from schemagen.replay.jar_check import arguments_of
from schemagen.replay.results import Result
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource

TOPIC = "winlogbeat"
ROUNDS = 60


def statements(rules: Path, files: list[str]) -> list[object]:
    """Write the rules for the accelerator over the stream of the events."""
    profile, decoder = Profile(), Decoder()
    for batch in FileSource(files).batches():
        profile.add(decoder.decode(batch))
    joined = shape(build_schema(profile.root, TOPIC), profile.root)
    made = stream_ddl(joined, profile.root, StreamOptions("EVENTS", TOPIC))
    binder = Binder([load_pipeline("winlogbeat7")], made.columns, profile.root)
    bound = [binder.bind(rule) for rule in load_rules([rules]).rules]
    origin = AlertSource("EVENTS", TOPIC, ColumnIndex(made.columns, profile.root))
    options = AlertOptions("ALERTS", "alerts", Layout.BUNDLE, accelerated=True)
    print(f"{sum(each.deployable for each in bound):,} rules")
    return [made.statement, *detection_statements(bound, origin, options)]


def main() -> None:
    """Measure and print."""
    jar, program = packaged_jar(), java()
    if jar is None or program is None:
        sys.exit("There is no jar or no java: run `make accelerator`.")
    rules, *files = sys.argv[1:]
    made = statements(Path(rules), files)
    events, _ = read_events(files, TOPIC)
    replay = Replay(write_script(made), "benchmark")
    for query in replay.programs:
        for call in calls_of_function(query.query.select):
            pieces = [str(each.this) for each in call.expressions[2:]]
            given = [each for _, each in arguments_of(call.expressions, query, Result(events))]
            done = subprocess.run(
                [program, "-jar", str(jar), "--time", str(ROUNDS)],
                input=written_calls(pieces, given),
                capture_output=True,
                check=True,
            )
            least = float(done.stdout.decode().splitlines()[-1])
            size = sum(map(len, pieces))
            print(f"{query.query.target}: {len(given):,} events, {size:,} bytes of specification")
            print(f"the function: {least:.1f} us an event")
    print(f"predicted, the whole: {predicted(query_costs(made)):.0f} us an event")


if __name__ == "__main__":
    main()
