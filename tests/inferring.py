"""Rules over events from which the columns are inferred, as `infer`, `ddl` and `test` do it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from schemagen.library import declare, infer
from schemagen.project.model import AlertsConfig
from schemagen.replay.engine import Replay
from schemagen.replay.results import Event, NoticeKind
from schemagen.workspace.statements import detect
from schemagen.workspace.stream import stream_options

TOPIC = "events"


@dataclass
class Work:
    """What became of rules, by their titles."""

    bound: dict
    sql: str

    def fired(self, *events):
        """Give the indexes of the events that each rule alerts on, by its title."""
        given = [
            Event(TOPIC, json.loads(json.dumps(one)), "events", n) for n, one in numbered(events)
        ]
        found = Replay(self.sql, "stream.sql").run(given)
        assert not found.dropped, found.dropped
        wrong = [each.what for each in found.findings if each.kind is not NoticeKind.REGEX]
        assert not wrong, wrong
        titles = {one.rule.id: title for title, one in self.bound.items()}
        return {titles[rule]: where for rule, where in found.fired().items()}

    def one(self):
        """Give the only rule."""
        (found,) = self.bound.values()
        return found


def numbered(events):
    return enumerate(events, 1)


def rule_of(detection, title="rule", **more):
    """Give a rule's YAML as data; a detection without a condition is a single selection."""
    if "condition" not in detection:
        detection = {"selection": detection, "condition": "selection"}
    return {
        "title": title,
        "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, title)),
        "logsource": {"category": "test"},
        "detection": detection,
        **more,
    }


def work(  # noqa: PLR0913 - settings of a topic, each with its default
    folder, seen, *rules, pipelines=("none",), keywords=(), missing=False, layout=None
):
    """Infer columns from events, and compile rules over them.

    Args:
        folder: where rules, and pipelines given as data, are written.
        seen: the sampled events.
        rules: the rules' YAML as data.
        pipelines: names, or pySigma pipelines as data.
        keywords: globs of the paths that keywords are looked for in.
        missing: whether fields are declared that rules need.
        layout: how alerts are laid out.

    """
    for n, data in enumerate(rules):
        (Path(folder) / f"{n}.yml").write_text(
            yaml.safe_dump(data, sort_keys=False), encoding="utf-8"
        )
    names = []
    for n, given in enumerate(pipelines):
        names.append(given if isinstance(given, str) else str(Path(folder) / f"pipeline{n}.yaml"))
        if not isinstance(given, str):
            Path(names[-1]).write_text(yaml.safe_dump(given), encoding="utf-8")
    stream = declare(infer(seen, TOPIC))
    settings = replace(
        stream.files.topic,
        rules=tuple(Path(folder) / f"{n}.yml" for n in range(len(rules))),
        pipelines=tuple(names),
        keywords=tuple(keywords),
        alerts=AlertsConfig("ALERTS", "alerts", layout),
    )
    files = replace(stream.files, topic=settings)
    made = detect(files, stream_options(files), missing=missing)
    assert not made.rules.loaded.errors, made.rules.loaded.errors
    return Work({one.rule.title: one for one in made.rules.bound}, made.sql())


def alerts_on(folder, events, detection, **options):
    """Give the indexes of the events that a rule alerts on, the columns inferred from them all."""
    found = work(folder, events, rule_of(detection), **options)
    return found.fired(*events).get("rule", [])
