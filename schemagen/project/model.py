"""What a project file says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.choices import (
    AlertKey,
    CorrelationWindows,
    Integers,
    Layout,
    Logsource,
    Matching,
    Quote,
    ValueFormat,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    """Where the detections of a topic send their alerts.

    Attributes:
        stream: the stream's name in ksqlDB, None for the default.
        topic: the topic's name in Kafka, None for the default.
        layout: one stream a rule, one stream that all rules insert into, or all rules in few
            queries; None for the default.
        matching: `safe` compares texts by INSTR and the like, `like` by LIKE where it can.
        partitions: of the topic, if it has to be made; None for the default.
        replicas: in the same way.
        retention: how long the topic keeps alerts, milliseconds, in the same way.
        key: what the key of an alert is; None for the host where the topic is to have several
            partitions, and nothing else.
        event: whether an alert holds its whole event.

    """

    stream: str | None = None
    topic: str | None = None
    layout: Layout | None = None
    matching: Matching = Matching.SAFE
    partitions: int | None = None
    replicas: int | None = None
    retention: int | None = None
    key: AlertKey | None = None
    event: bool = False

    @property
    def keyed(self) -> bool:
        """Whether alerts have a key.

        In a topic of one partition they are in order anyhow, and the statements stay as they are.
        """
        if self.key is None:
            return (self.partitions or 1) > 1
        return self.key is AlertKey.HOST


@dataclass(frozen=True, slots=True)
class WaiverConfig:
    """A finding of `drift` that somebody has accepted, until a day.

    Attributes:
        owner: who answers for it.
        reason: why it is accepted.
        expires: the last day on which it holds.
        path: a glob of written paths, empty for any.
        finding: a class of findings or a fingerprint, empty for any.

    """

    owner: str
    reason: str
    expires: date
    path: str = ""
    finding: str = ""


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """Which rules of the named files are wanted; what is empty asks for nothing.

    Attributes:
        levels: levels; `high+` for high and what is graver.
        status: globs of statuses, such as `stable`.
        tags: globs of tags, with `attack.` or without.
        logsources: globs of log sources, as `windows/process_creation`.
        rules: globs of ids, titles or paths of the only rules to take.
        exclude: the same of rules to leave out.

    """

    levels: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    logsources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleWaiver:
    """A rule that may stay unable to match, until a day.

    Attributes:
        owner: who answers for it.
        reason: why it is accepted.
        expires: the last day on which it holds.
        rule: a glob of ids, titles or paths.
        status: the status that is accepted, empty for any.

    """

    owner: str
    reason: str
    expires: date
    rule: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """What the project says of one topic; all but the name has a default.

    Attributes:
        name: the topic's name in Kafka.
        stream: the stream's name in ksqlDB, None for the default.
        format: the format of its values, None to tell it from the first of them.
        subject: the subject of its schema in a registry, None for the default.
        event_time: the top-level field that holds the event time, None for the record's own time.
        rules: files and folders with Sigma rules.
        out: the file of its statements, None for the default.
        select: which of their rules are wanted.
        rule_waivers: rules that may stay unable to match for now.
        pipelines: names of pipelines, or paths of pipeline files; empty for what the fields of the
            topic look like.
        logsource: whether a rule's log source becomes conditions (channel, event id), or the topic
            is assumed to hold nothing but such events.
        alerts: where the alerts go.
        correlation_windows: over which spans of time correlations look.
        correlation_grace: how late an event may be and still count for them, milliseconds; None
            for the default.
        unwrap: fields whose texts are JSON objects, each of which becomes a stream of its own.
        rescue: whether a stream keeps the records that ksqlDB drops.
        accelerator: whether a function of the server evaluates the rules, from a jar.
        types: ksqlDB types by path, which win over the inferred ones; as text, not yet parsed.
        maps: globs of the objects whose keys are data.
        not_maps: globs of the objects whose keys are never data.
        include: globs of the only fields to declare, empty for all.
        exclude: globs of the fields not to declare.
        integers: whether all integers become BIGINT, or those that fit become INT.
        quote: whether all names get back-ticks, or those that need them.
        min_presence: the least share of its objects, 0 to 1, that a field must be in; None for any.
        depth: the deepest level of STRUCTs, None for the default.
        keywords: globs of the fields that rules without a field search in.
        kind: the one field or two that tell kinds of events, as they are written; empty to tell
            none apart, None to find them.
        max_kinds: how many kinds are told apart at most, None for the default.
        waivers: findings of `drift` that are accepted.

    """

    name: str
    stream: str | None = None
    format: ValueFormat | None = None
    subject: str | None = None
    event_time: str | None = None
    rules: tuple[Path, ...] = ()
    out: Path | None = None
    select: RuleSelection = RuleSelection()
    rule_waivers: tuple[RuleWaiver, ...] = ()
    pipelines: tuple[str, ...] = ()
    logsource: Logsource = Logsource.CHECKED
    alerts: AlertsConfig = AlertsConfig()
    correlation_windows: CorrelationWindows = CorrelationWindows.TRAILING
    correlation_grace: int | None = None
    unwrap: tuple[str, ...] = ()
    rescue: bool = False
    accelerator: bool = False
    types: Mapping[str, str] = field(default_factory=dict)
    maps: tuple[str, ...] = ()
    not_maps: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    integers: Integers = Integers.BIGINT
    quote: Quote = Quote.NEEDED
    min_presence: float | None = None
    depth: int | None = None
    keywords: tuple[str, ...] = ()
    kind: tuple[str, ...] | None = None
    max_kinds: int | None = None
    waivers: tuple[WaiverConfig, ...] = ()


@dataclass(frozen=True, slots=True)
class Project:
    """A project file, or what goes without one.

    Attributes:
        root: the folder that relative paths start from: the file's, else the current one.
        path: the file, None where there is none.
        kafka: librdkafka's properties as written, with `${NAME}` for variables of the environment:
            `schemagen.project.kafka_config` puts these in.
        registry: the connection to a Schema Registry as written:
            `schemagen.project.registry_config`.
        ksqldb: the connection to a ksqlDB server as written: `schemagen.project.server_config`.
        topics: by name.

    """

    root: Path
    path: Path | None = None
    kafka: Mapping[str, str] = field(default_factory=dict, repr=False)
    registry: Mapping[str, str] = field(default_factory=dict, repr=False)
    ksqldb: Mapping[str, str] = field(default_factory=dict, repr=False)
    topics: Mapping[str, TopicConfig] = field(default_factory=dict)
