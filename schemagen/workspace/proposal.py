"""A project file for a topic that was looked at: what it says, and why, in its comments."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.detections.pipelines.recognised import recognise
from schemagen.errors import InputError
from schemagen.ksqldb.ddl import stream_name_for
from schemagen.ksqldb.event_time import event_time
from schemagen.profile.collect import collect
from schemagen.profile.paths import render
from schemagen.project import TopicConfig
from schemagen.project.tables import dotted
from schemagen.words import counted
from schemagen.workspace.event_time import proposed_event_time
from schemagen.workspace.files import inferred_files
from schemagen.workspace.kinds import kind_settings
from schemagen.workspace.stream import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from schemagen.detections.pipelines.recognised import KnownEvents
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.evidence import Evidence
    from schemagen.profile.nodes import Node
    from schemagen.sources.records import Source

_FOLDERS = ("rules", "sigma", "sigma-rules")
"""Where rules lie in a project, the likeliest first."""

_COMMENT = 44
"""The column in which comments begin."""


@dataclass(frozen=True, slots=True)
class TopicProposal:
    """What a project file could say of a topic.

    Attributes:
        topic: the topic's name.
        messages: how many messages were looked at.
        stream: the stream's name.
        event_time: the field that is the event time, None for none.
        pipelines: what maps the fields of rules; none where nothing is known.
        events: what the fields look like, where they are known.
        kind: the fields that tell kinds of events.
        rules: the folder with rules, None where there is none.
        alerts: the stream and the topic of the alerts.
        columns: the columns of the stream.
        shape: what was seen.

    """

    topic: str
    messages: int
    stream: str
    event_time: str | None
    pipelines: Sequence[str]
    events: Sequence[KnownEvents]
    kind: Sequence[str]
    rules: str | None
    alerts: tuple[str, str]
    columns: Struct = field(repr=False)
    shape: Node = field(repr=False)

    def check_event_time(self, name: str) -> str:
        """Return a field that the user names as the event time.

        Raises:
            InputError: ksqlDB can't read it as one in every message.

        """
        event_time(name, self.columns.fields, self.shape)
        return name


def look_at(topic: str, source: Source, on_progress: Callable[[Evidence], None]) -> Evidence:
    """Read what a project file is proposed from.

    Raises:
        InputError: there is no message.
        SourceError: the source can't be read.

    """
    kinds = kind_settings(TopicConfig(name=topic))
    seen = collect(source, topic, kinds=kinds, on_progress=on_progress)
    if not seen.profile.messages:
        raise InputError(
            f"There is no message in {topic}: {seen.decoding.records:,} records were read.",
            f"See what they are: schemagen infer {topic}.",
        )
    return seen


def propose(evidence: Evidence, root: Path) -> TopicProposal:
    """Propose what the project file says of a topic.

    Args:
        evidence: what was seen of the topic.
        root: the folder of the project file.

    """
    topic = evidence.name
    files = inferred_files(evidence, TopicConfig(name=topic), root)
    columns = choose(files)
    stream = stream_name_for(topic)
    found = recognise(files.shape)
    return TopicProposal(
        topic,
        evidence.profile.messages,
        stream,
        proposed_event_time(columns.fields, files.shape),
        tuple(each.pipeline for each in found),
        found,
        tuple(render(path) for path in files.kinds.fields),
        next((f"{name}/" for name in _FOLDERS if (root / name).is_dir()), None),
        (f"{stream}_ALERTS", f"{topic}_alerts"),
        columns,
        files.shape,
    )


def project_text(proposal: TopicProposal, servers: str | None, registry: str | None = None) -> str:
    """Write a project file.

    Args:
        proposal: what it says of the topic.
        servers: the brokers, None where files were read.
        registry: the Schema Registry that was asked, None where none was.

    """
    stream, topic = proposal.alerts
    lines = [
        "# What schemagen knows of this project: docs/configuration.md has every key. Paths start",
        "# from the folder of this file.",
        "",
        "[kafka]",
        _entry("bootstrap.servers", _text(servers or "localhost:9092"), "", used=bool(servers)),
        '# "sasl.password" = "${KAFKA_PASSWORD}"  # any property of librdkafka; secrets so only',
        "",
        *([f"[registry]\nurl = {_text(registry)}", ""] if registry else ()),
        f"[{dotted(('topics', proposal.topic))}]",
        _entry("stream", _text(proposal.stream), "the stream's name in ksqlDB"),
        _event_time(proposal),
        _pipelines(proposal),
        _kind(proposal),
        _rules(proposal),
        _entry("alerts", f"{{ stream = {_text(stream)}, topic = {_text(topic)} }}", ""),
        "",
        "# [ksqldb]",
        '# url = "http://localhost:8088"  # for apply and status',
    ]
    return "\n".join(lines) + "\n"


def next_commands(proposal: TopicProposal, files: Sequence[str] = ()) -> list[str]:
    """List the commands that come next, each with what it does."""
    source = "".join(f" --from {file}" for file in files)
    return [
        f"schemagen infer {proposal.topic}{source}   # the schema, to review and commit",
        "schemagen rules   # which Sigma rules can match here",
        "schemagen ddl --out stream.sql   # the stream, and the rules as detections",
        f"schemagen test --events {files[0] if files else 'FILE'}   # what alerts on these events",
        "schemagen apply --dry-run   # what a ksqlDB server would do",
    ]


def _event_time(proposal: TopicProposal) -> str:
    seen = counted(proposal.messages, "message")
    if proposal.event_time is None:
        why = f"no field at the top is a time in each of {seen}: the record's own time counts"
        return _entry("event_time", '"@timestamp"', why, used=False)
    return _entry("event_time", _text(proposal.event_time), f"a time in each of {seen}")


def _pipelines(proposal: TopicProposal) -> str:
    if not proposal.pipelines:
        why = "where the events have Sigma's fields; they look like none that is known"
        return _entry("pipelines", '["winlogbeat"]', why, used=False)
    known = {each.pipeline: each.title for each in proposal.events}
    titles = [known[each] for each in proposal.pipelines if each in known]
    why = f"the fields look like {' and '.join(titles)}" if titles else ""
    return _entry("pipelines", _texts(proposal.pipelines), why)


def _kind(proposal: TopicProposal) -> str:
    if not proposal.kind:
        return _entry("kind", "[]", "no field tells kinds of events", used=False)
    return _entry("kind", _texts(proposal.kind), "what tells kinds of events")


def _rules(proposal: TopicProposal) -> str:
    if proposal.rules is None:
        return _entry("rules", '["rules/"]', "Sigma rules, files or folders", used=False)
    return _entry("rules", _texts([proposal.rules]), "Sigma rules, files or folders")


def _entry(key: str, value: str, why: str, *, used: bool = True) -> str:
    line = f"{'' if used else '# '}{dotted((key,))} = {value}"
    return f"{line:<{_COMMENT - 1}} # {why}" if why else line


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _texts(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
