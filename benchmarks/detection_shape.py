"""What all rules of a folder become: queries, bytes, calls of functions, and who passes first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import orjson

from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.binding import Binder
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.cost import query_costs
from schemagen.detections.envelope import AlertSource
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.rules import load_rules
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.ksqldb.dialect import write, write_script
from schemagen.ksqldb.limits import record_bytes
from schemagen.profile.profile import Profile
from schemagen.replay.engine import Replay
from schemagen.replay.events import read_events
from schemagen.schema.build import build_schema
from schemagen.schema.shape import shape
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource

if TYPE_CHECKING:
    from pathlib import Path

    from sqlglot import exp

    from schemagen.detections.bound import BoundRule

_HEAD = (
    "| shape | rules | queries | bytes | largest record | calls | in the first WHERE "
    "| candidates | bytes written | replayed events/s |"
)
_BEFORE = (
    "| before: a slim stream of all values "
    "| 1,323 | 21 | 5,420,515 | 870,907 | 21,910 | | | 6.5 | |"
)
"""The shape that this one replaced, of the same rules; the bytes that it wrote are those of all of
SigmaHQ's Windows rules on the real engine."""


TOPIC = "t"


class RealDetections(NamedTuple):
    """The rules beside some events, bound to these.

    Attributes:
        stream: the declaration of the topic.
        bound: the rules.
        origin: where their events are.
        files: the files of the events.

    """

    stream: exp.Expression
    bound: list[BoundRule]
    origin: AlertSource
    files: list[str]


def real_detections(events: Path) -> RealDetections | None:
    """Bind the rules beside some events; None where there are none."""
    rules = events.parent / "sigma" / "rules" / "windows"
    if not rules.is_dir():
        return None
    files = sorted(map(str, events.glob("[!w]*.ndjson")))
    profile, decoder = Profile(), Decoder()
    for batch in FileSource(files).batches():
        profile.add(decoder.decode(batch))
    joined = shape(build_schema(profile.root, TOPIC), profile.root)
    made = stream_ddl(joined, profile.root, StreamOptions("EVENTS", TOPIC, "@timestamp"))
    binder = Binder([load_pipeline("winlogbeat7")], made.columns, profile.root)
    bound = [binder.bind(rule) for rule in load_rules([rules]).rules]
    index = ColumnIndex(made.columns, profile.root)
    origin = AlertSource("EVENTS", TOPIC, index, "@timestamp")
    return RealDetections(made.statement, bound, origin, files)


def detection_shape(events: Path) -> list[str]:
    """Compile the rules beside some events, run them over these, and return a table."""
    real = real_detections(events)
    if real is None:
        return []
    written = detection_statements(real.bound, real.origin, AlertOptions("ALERTS", "alerts"))
    queries = query_costs(written)
    largest = max(record_bytes(write(each)) for each in written)
    read, _ = read_events(real.files, TOPIC)
    replay = Replay(write_script([real.stream, *written]))
    start = time.perf_counter()
    rows = replay.run(read).rows["ALERTS_CANDIDATES"]
    rate = len(read) / (time.perf_counter() - start)
    size = sum(len(orjson.dumps(row.values)) for row in rows)
    whole = sum(len(orjson.dumps(each.message, default=str)) for each in read)
    first = next(each for each in queries if each.name == "ALERTS_CANDIDATES")
    deployed = sum(each.deployable for each in real.bound)
    row = (
        f"| first pass and bundles | {deployed:,} | {len(queries)} | "
        f"{sum(each.size for each in queries):,} | {largest:,} | "
        f"{sum(each.calls for each in queries):,} | {first.condition:,} | "
        f"{len(rows) / len(read):.1%} | {size / whole:.2f} | {rate:,.0f} |"
    )
    return [_HEAD, "|---|" + "---:|" * 9, row, _BEFORE]
