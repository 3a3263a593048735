"""Correlations compiled and replayed as the commands do it, and the truth told by definition."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rule_writing import write

from schemagen.choices import CorrelationWindows
from schemagen.detections.binding import Binder
from schemagen.detections.correlations.binding import bind_correlations
from schemagen.detections.correlations.statements import (
    CorrelationOptions,
    correlation_statements,
)
from schemagen.detections.envelope import AlertSource
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.rules import load_rules
from schemagen.ksqldb.dialect import create_stream, parse_script, write_script
from schemagen.ksqldb.types import parse_type
from schemagen.replay.engine import Replay
from schemagen.replay.results import Event, NoticeKind

COLUMNS = """
  `time` VARCHAR, `host` VARCHAR, `kind` VARCHAR, `kinds` VARCHAR, `g` VARCHAR, `g2` VARCHAR,
  `user` VARCHAR, `src` VARCHAR, `dst` VARCHAR, `v` VARCHAR, `n` BIGINT, `d` DOUBLE, `x` VARCHAR,
  `list` ARRAY<VARCHAR>
"""
START = 1_760_000_000_000


def rule_id(name):
    """Give the id of a rule or correlation of a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def base(name, **more):
    """Give a rule that matches the events whose kind is its name."""
    return {
        "title": f"Kind {name}",
        "id": rule_id(name),
        "name": name,
        "logsource": {"category": "test"},
        "detection": {"s": {"kind": name}, "condition": "s"},
        **more,
    }


def correlation(kind, rules, *, name="c", timespan="5m", group_by=("g",), **more):
    section = {"type": kind, "rules": list(rules), "timespan": timespan}
    if group_by:
        section["group-by"] = list(group_by)
    head = {key: more.pop(key) for key in ("level", "tags", "fields", "status") if key in more}
    return {"title": f"About {name}", "id": rule_id(name), "name": name, **head} | {
        "correlation": section | {key.replace("_", "-"): value for key, value in more.items()}
    }


def load(tmp_path, *documents):
    return load_rules([write(tmp_path / "rules.yml", *documents)])


def bind(tmp_path, *documents, columns=COLUMNS, evidence=None, windows="trailing"):
    """Give the correlations of some rules, bound; nothing may be wrong with the files."""
    loaded = load(tmp_path, *documents)
    chosen = [replace(each, windows=CorrelationWindows(windows)) for each in loaded.correlations]
    loaded = replace(loaded, correlations=tuple(chosen))
    assert not loaded.errors, loaded.errors
    binder = Binder([load_pipeline("none")], parse_type(f"STRUCT<{columns}>"), evidence)
    return bind_correlations(loaded, [binder.bind(rule) for rule in loaded.rules], binder), binder


def script(tmp_path, *documents, columns=COLUMNS, windows="trailing"):
    """Give the whole file; what is written reads back as it was."""
    correlations, binder = bind(tmp_path, *documents, columns=columns, windows=windows)
    bad = [each for each in correlations if not each.deployable]
    assert not bad, [(each.rule.title, each.reasons) for each in bad]
    source = create_stream(
        "EVENTS",
        binder.columns.columns.fields,
        {
            "KAFKA_TOPIC": "events",
            "VALUE_FORMAT": "JSON",
            "TIMESTAMP": "`time`",
            "TIMESTAMP_FORMAT": "yyyy-MM-dd'T'HH:mm:ss.SSSX",
        },
    )
    origin = AlertSource("EVENTS", "events", binder.columns, "time", hosts=("host",))
    made = correlation_statements(correlations, origin, CorrelationOptions("ALERTS", "alerts"))
    text = write_script([source, *made])
    assert write_script(parse_script(text)) == text
    return text


def when(milliseconds):
    moment = datetime.fromtimestamp((START + milliseconds) // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{(START + milliseconds) % 1000:03}Z"


def event(at, kind="a", **fields):
    """Give an event; its time is in milliseconds."""
    return {"time": when(at), "kind": kind, "g": "one", **fields}


def run(text, events, partitions=None):
    """Run a file on events, of partition 0 where no partitions are given; nothing may fail."""
    found = Replay(text, "stream.sql").run(
        [
            Event("events", each, "events", n, partition=partition, offset=n - 1)
            for n, (each, partition) in enumerate(
                zip(events, partitions or [0] * len(events), strict=True), 1
            )
        ]
    )
    wrong = [each.what for each in found.findings if each.kind is not NoticeKind.LATE]
    assert not wrong, wrong
    return found


def fired(tmp_path, documents, events, rule="c"):
    """Give the events that a correlation alerts at, as indexes."""
    return run(script(tmp_path, *documents), events).fired().get(rule_id(rule), [])


# -- the truth ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hit:
    """An event that counts: its time, the place of its rule, its value, its number."""

    at: int
    slot: int = 1
    value: str | None = None
    number: int | None = None


def alerting(hits, span, holds):
    """Give the hits, by place, that make a condition true: by the definition, without windows.

    Args:
        hits: what counts, in the order of arrival; of one group.
        span: milliseconds.
        holds: tells whether the condition holds over a list of hits.

    """
    found = []
    for place, hit in enumerate(hits):
        arrived = hits[: place + 1]
        ends = {each.at for each in arrived if hit.at <= each.at <= hit.at + span}
        for end in ends:
            inside = [n for n, each in enumerate(arrived) if end - span <= each.at <= end]
            with_it = [arrived[n] for n in inside]
            without = [arrived[n] for n in inside if n != place]
            if holds(with_it) and not holds(without):
                found.append(place)
                break
    return found


def alerting_side_by_side(hits, span, holds):
    """Give the hits, by place, that make a condition true over the one of the windows, side by side
    since 1970, that they are in; the times of the hits count from `START`.
    """
    found = []
    for place, hit in enumerate(hits):
        number = (START + hit.at) // span
        inside = [n for n in range(place + 1) if (START + hits[n].at) // span == number]
        without = [hits[n] for n in inside if n != place]
        if holds([hits[n] for n in inside]) and not holds(without):
            found.append(place)
    return found


def in_order(hits, steps):
    """Tell whether hits have each step behind the one before, or at the same time."""
    reached = 0
    for hit in sorted(hits, key=lambda each: (each.at, each.slot)):
        if hit.slot == reached + 1:
            reached += 1
    return reached >= steps


def percentile(hits, percent):
    """Give the nearest-rank percentile of the numbers."""
    numbers = sorted(hit.number for hit in hits if hit.number is not None)
    rank = -(-percent * len(numbers) // 100)
    return numbers[max(rank, 1) - 1] if numbers else None
