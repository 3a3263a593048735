"""A baseline of some events, as the commands make it, and what drift says of others."""

from __future__ import annotations

import random
from pathlib import Path

import orjson

from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.binding import Binder
from schemagen.detections.envelope import AlertSource
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.references import ColumnIndex
from schemagen.detections.rules import load_rules
from schemagen.drift.compare import Baseline, DriftOptions, compare
from schemagen.drift.declared import declared_stream, read_declared
from schemagen.drift.evolution import ColumnEvolution, wanted_by
from schemagen.drift.plan import plan
from schemagen.ksqldb.choose import ColumnPolicy
from schemagen.ksqldb.ddl import StreamOptions, stream_ddl
from schemagen.profile.collect import collect
from schemagen.profile.evidence import Evidence
from schemagen.schema.build import build_schema
from schemagen.schema.maps import MapPolicy, collapse_maps
from schemagen.schema.shape import copied, shape
from schemagen.sources.records import Batch

TOPIC, STREAM = "events", "EVENTS"
SAMPLE_RULES = Path(__file__).parents[1] / "samples" / "rules"


class Memory:
    """A source of records that are here already."""

    def __init__(self, values):
        self.values = values

    def batches(self):
        for start in range(0, len(self.values), 500):
            part = self.values[start : start + 500]
            positions = range(start + 1, start + 1 + len(part))
            yield Batch("memory", None, positions, part)

    def provenance(self):
        return {"kind": "memory"}


def evidence(messages):
    """Profile messages; with raw records among them, as the commands do."""
    if any(isinstance(message, bytes | None) for message in messages):
        values = [orjson.dumps(m) if isinstance(m, dict) else m for m in messages]
        return collect(Memory(values), TOPIC)
    found = Evidence(TOPIC)
    for start in range(0, len(messages), 500):
        found.profile.add(messages[start : start + 500])
    found.decoding.records = found.decoding.used = len(messages)
    return found


def schema_of(seen):
    root = copied([seen.profile.root])
    collapse_maps(root, MapPolicy())
    return build_schema(root, TOPIC)


def baseline(messages, *, event_time=None, rules=None, pipelines=("none",), policy=None):
    """Commit what is inferred from messages, with detections compiled from rules."""
    seen = evidence(messages)
    root = seen.profile.root
    known = shape(schema_of(seen), root)
    options = StreamOptions(STREAM, TOPIC, event_time=event_time, policy=policy or ColumnPolicy())
    made = stream_ddl(known, root, options)
    detections = compiled(made.columns, root, rules, pipelines, event_time)
    declared = declared_stream(made.statement, [made.statement, *detections])
    return Baseline(["schema"], declared, known, seen)


def compiled(columns, root, rules, pipelines, event_time=None):
    """Compile rule files to statements over columns."""
    if rules is None:
        return []
    binder = Binder([load_pipeline(name) for name in pipelines], columns, root)
    bound = [binder.bind(rule) for rule in load_rules(rules).rules]
    origin = AlertSource(STREAM, TOPIC, ColumnIndex(columns, root), event_time)
    return detection_statements(bound, origin, AlertOptions("ALERTS", "alerts"))


def by_hand(sql, messages=None):
    """Take a statement that somebody wrote; with messages, evidence of them beside it."""
    seen = None if messages is None else evidence(messages)
    known = None if seen is None else copied([seen.profile.root])
    return Baseline(["stream.sql"], read_declared(sql, "stream.sql", TOPIC), known, seen)


def drift(base, messages, **settings):
    return compare(TOPIC, base, evidence(messages), DriftOptions(**settings))


def mended(base, messages, found, recompile=None):
    """Make the plan for what was found."""
    fresh = evidence(messages).profile.root
    before = [] if base.evidence is None else [base.evidence.profile.root]
    seen = copied([fresh, *before])
    mender = ColumnEvolution(wanted_by(found, base.declared), outside=base.declared.outside)
    columns = mender.columns(base.declared.columns, seen)
    detections = None if recompile is None else recompile(columns, seen)
    return plan(
        base.declared, columns, seen, detections=detections, left_out=[*mender.left_out.items()]
    )


def halves(messages, seed):
    shuffled = random.Random(seed).sample(messages, len(messages))
    middle = len(shuffled) // 2
    return shuffled[:middle], shuffled[middle:]


def copy_of(messages):
    return [orjson.loads(orjson.dumps(message)) for message in messages]


def said(found):
    """What was found, in short: class and place."""
    return [(str(finding.kind), finding.place) for finding in found.findings]


def only(found):
    (finding,) = found.findings
    return finding
