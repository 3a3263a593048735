"""Rules compiled and bound as the commands do it, and their statements run on events."""

from __future__ import annotations

import uuid
from pathlib import Path

from sigma.exceptions import SigmaRuleLocation

from schemagen.choices import Matching
from schemagen.detections.checks import read_rule
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.envelope import AlertSource
from schemagen.detections.loaded import LoadedRule
from schemagen.ksqldb.dialect import create_stream, write_expression, write_script
from schemagen.ksqldb.types import parse_type
from schemagen.project import AlertsConfig, TopicConfig
from schemagen.replay.engine import Replay
from schemagen.replay.results import Event, NoticeKind
from schemagen.workspace.rules import DEFAULT_RARE, topic_binder
from schemagen.workspace.statements import alerts_over

COLUMNS = """
  S VARCHAR, T VARCHAR, N BIGINT, D DOUBLE, B BOOLEAN,
  A ARRAY<VARCHAR>, NA ARRAY<BIGINT>, M MAP<VARCHAR, VARCHAR>, J VARCHAR,
  R STRUCT<X VARCHAR, `x.y` VARCHAR>, RA ARRAY<STRUCT<K VARCHAR, V BIGINT>>
"""
STREAM, TOPIC = "EVENTS", "events"


def struct(columns):
    return parse_type(f"STRUCT<{columns}>")


def loaded(detection, title="A rule", rule_id="", logsource=None, **more):
    """Return a rule as the loader does; a detection without a condition is a single selection."""
    if "condition" not in detection:
        detection = {"selection": detection, "condition": "selection"}
    data = {
        "title": title,
        "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, title + repr(detection))),
        "logsource": logsource or {"category": "test"},
        "detection": detection,
        **more,
    }
    rule = read_rule(data, SigmaRuleLocation("rules/rule.yml", 1))
    return LoadedRule(
        path=Path("rules/rule.yml"),
        line=1,
        id=rule_id or data["id"],
        title=title,
        level=data.get("level"),
        status=data.get("status"),
        tags=tuple(data.get("tags", ())),
        logsource=rule.logsource,
        fields=tuple(data.get("fields", ())),
        data=data,
        conditions=[condition.parsed for condition in rule.detection.parsed_condition],
    )


def settings(layout=None, matching=Matching.SAFE, **more):
    """Return what the project file could say of the topic."""
    alerts = AlertsConfig("ALERTS", "alerts", layout, Matching(matching))
    return TopicConfig(TOPIC, stream=STREAM, alerts=alerts, **more)


def binder(columns=COLUMNS, evidence=None, pipelines=("none",), rare=DEFAULT_RARE, **more):
    topic = settings(pipelines=tuple(pipelines), **more)
    return topic_binder(topic, struct(columns), evidence, rare)


def bound(detection, columns=COLUMNS, **options):
    return binder(columns, **options).bind(loaded(detection))


def predicate(detection, columns=COLUMNS, **options):
    """Return the predicate of a rule as text; None where there is none."""
    found = bound(detection, columns, **options)
    return None if found.predicate is None else write_expression(found.predicate)


def alerts(rules, columns, layout=None, **more):
    """Return the statements that make alerts of rules bound to columns."""
    origin = AlertSource(STREAM, TOPIC, ColumnIndex(columns))
    return alerts_over(settings(layout, **more), origin, rules)


def script(rules, columns=COLUMNS, layout="bundle", **options):
    """Return the whole file: the events' stream and the statements that make alerts."""
    fields = struct(columns)
    source = create_stream(STREAM, fields.fields, {"KAFKA_TOPIC": TOPIC, "VALUE_FORMAT": "JSON"})
    return write_script([source, *alerts(rules, fields, layout, **options)])


def run(sql, events):
    """Run a file on events; nothing may fail."""
    found = Replay(sql, "stream.sql").run(
        [Event(TOPIC, message, "events", n) for n, message in enumerate(events, 1)]
    )
    wrong = [finding.what for finding in found.findings if finding.kind is not NoticeKind.REGEX]
    assert not wrong, wrong
    assert not found.dropped, found.dropped
    return found


def fired(rules, events, columns=COLUMNS, layout="bundle", **options):
    """Return the events that each rule alerts on, as indexes by the rule's id."""
    return run(script(rules, columns, layout, **options), events).fired()


def fires(detection, event, columns=COLUMNS, **options):
    """Return whether a rule alerts on an event."""
    found = bound(detection, columns, **options)
    if not found.deployable:
        return False
    return bool(fired([found], [event], columns, "streams"))
