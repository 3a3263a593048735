"""A baseline of some events, as the commands make it, and what drift says of others."""

from __future__ import annotations

import random
from pathlib import Path

import orjson

from schemagen.drift.compare import Baseline, DriftOptions, compare
from schemagen.drift.declared import declared_stream, read_declared
from schemagen.profile.collect import collect
from schemagen.profile.evidence import Evidence
from schemagen.profile.kinds import EventKinds
from schemagen.profile.profile import Node, Profile
from schemagen.project import AlertsConfig, TopicConfig
from schemagen.schema.build import build_schema
from schemagen.schema.maps import MapPolicy, collapsed
from schemagen.schema.shape import copied
from schemagen.sources.memory import MemorySource
from schemagen.workspace.drift import plan_from
from schemagen.workspace.files import TopicFiles, inferred_files
from schemagen.workspace.statements import detect, detections_over
from schemagen.workspace.stream import stream_options

TOPIC, STREAM = "events", "EVENTS"
SAMPLE_RULES = Path(__file__).parents[1] / "samples" / "rules"


def evidence(messages, fields=()):
    """Profile messages, their kinds told by some fields; with raw records, as the commands do."""
    if any(isinstance(message, bytes | None) for message in messages):
        return collect(MemorySource(messages), TOPIC)
    found = Evidence(TOPIC, Profile(EventKinds(fields)))
    for start in range(0, len(messages), 500):
        found.profile.add(messages[start : start + 500])
    found.decoding.records = found.decoding.used = len(messages)
    return found


def schema_of(seen):
    return build_schema(collapsed(seen.profile.root, MapPolicy()), TOPIC)


def topic(rules=None, **settings):
    """Return what the project file could say of the topic."""
    alerts = AlertsConfig("ALERTS", "alerts")
    return TopicConfig(TOPIC, stream=STREAM, alerts=alerts, rules=tuple(rules or ()), **settings)


def baseline(messages, fields=(), **settings):
    """Commit what is inferred from messages, with detections compiled from rules."""
    seen = evidence(messages, fields)
    files = inferred_files(seen, topic(**settings), Path())
    made = detect(files, stream_options(files))
    declared = declared_stream(made.stream.statement, [made.stream.statement, *made.statements])
    return Baseline(["schema"], declared, files.shape, seen)


def compiled(columns, seen, event_time=None, **settings):
    """Compile rule files to statements over columns."""
    files = TopicFiles(Path(), topic(**settings), Node(), seen, [])
    return detections_over(files, STREAM, columns, event_time)


def by_hand(sql, messages=None):
    """Take a statement that somebody wrote; with messages, evidence of them beside it."""
    seen = None if messages is None else evidence(messages)
    known = None if seen is None else copied([seen.profile.root])
    return Baseline(["stream.sql"], read_declared(sql, "stream.sql", TOPIC), known, seen)


def drift(base, messages, **settings):
    fields = () if base.evidence is None else base.evidence.profile.kinds.fields
    return compare(TOPIC, base, evidence(messages, fields), DriftOptions(**settings))


def mended(base, messages, found, recompile=None):
    """Plan the way to what was found."""
    return plan_from(base, topic(), evidence(messages), found, recompile)


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
