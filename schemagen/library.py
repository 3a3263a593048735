"""The library: from records to a schema, a stream, bound rules, alerts, and a comparison.

    sample = infer(events, "wineventlogs")
    stream = declare(sample, event_time="@timestamp")
    rules = bind_rules(stream, ["rules/"], pipelines=["winlogbeat"])
    alerts = run_statements(rules, events)
    found = compare(rules, infer(later, "wineventlogs"))

Each step takes what the one before returned and changes nothing of it. Errors that a user can mend
are `SchemagenError`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from schemagen.choices import Layout, Matching
from schemagen.drift import compare as drift
from schemagen.drift.declared import declared_stream
from schemagen.profile.collect import collect
from schemagen.profile.evidence import Evidence, load_evidence, merge_evidence, save_evidence
from schemagen.project.model import AlertsConfig, TopicConfig
from schemagen.replay.engine import Replay
from schemagen.schema.build import build_schema
from schemagen.schema.maps import collapsed
from schemagen.schema.results import check_messages
from schemagen.sources.files import FileSource
from schemagen.sources.kafka import KafkaSource
from schemagen.sources.memory import MemorySource
from schemagen.workspace.columns import map_policy
from schemagen.workspace.files import inferred_files
from schemagen.workspace.kinds import kind_settings
from schemagen.workspace.replay import topic_of
from schemagen.workspace.statements import Detections, detect
from schemagen.workspace.stream import declare as declare_stream
from schemagen.workspace.stream import stream_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.drift.findings import Drift
    from schemagen.ksqldb.ddl import StreamDdl
    from schemagen.ksqldb.types import Struct
    from schemagen.replay.events import UnreadableRecord
    from schemagen.replay.results import Result
    from schemagen.schema.document import Schema
    from schemagen.sources.records import Source
    from schemagen.workspace.files import TopicFiles

Records: TypeAlias = (
    "str | PathLike[str] | Topic | Source | Iterable[Mapping[str, Any] | bytes | None]"
)
"""A file or folder by its path, a topic, any source, or records: dicts, or values as bytes."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic to sample, strictly read only.

    Attributes:
        name: the topic's name.
        bootstrap_servers: `host:port`, several with commas between.
        properties: further properties of librdkafka.
        max_messages: how many records to read at most, None for all.

    """

    name: str
    bootstrap_servers: str
    properties: Mapping[str, str | int | bool] = field(default_factory=dict)
    max_messages: int | None = 10_000

    def source(self) -> Source:
        """Return the source that reads it."""
        config = {**self.properties, "bootstrap.servers": self.bootstrap_servers}
        return KafkaSource(config, self.name, max_messages=self.max_messages)


@dataclass(frozen=True)
class Sample:
    """What was seen in a sample: its profile with where it came from, and the schema.

    Attributes:
        evidence: the profile, the decode statistics and the provenance.
        settings: the topic's name, and which objects are maps.

    """

    evidence: Evidence
    settings: TopicConfig

    @property
    def messages(self) -> int:
        """How many messages were sampled."""
        return self.evidence.profile.messages

    @cached_property
    def schema(self) -> Schema:
        """The JSON Schema that every sampled message satisfies."""
        root = collapsed(self.evidence.profile.root, map_policy(self.settings))
        return build_schema(root, self.settings.name, kind=self.evidence.profile.kinds.fields)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the evidence file, for `merge` and for a later run."""
        save_evidence(Path(path), self.evidence)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Sample:
        """Read an evidence file.

        Raises:
            SchemagenError: it can't be read.

        """
        evidence = load_evidence(Path(path))
        return cls(evidence, TopicConfig(evidence.name))


@dataclass(frozen=True)
class DeclaredSample:
    """A stream that keeps what was sampled.

    Attributes:
        sample: what the types were chosen from.
        files: the same as the commands have it, with the settings of the stream.
        ddl: the statement, its columns, the proof and the remarks.

    """

    sample: Sample
    files: TopicFiles
    ddl: StreamDdl

    @property
    def topic(self) -> str:
        """The topic that the stream reads."""
        return self.files.topic.name

    @property
    def columns(self) -> Struct:
        """The columns with their types."""
        return self.ddl.columns

    @property
    def sql(self) -> str:
        """The statement, with its proof and remarks as comments."""
        return self.ddl.sql()


@dataclass(frozen=True)
class BoundDetections:
    """Rules bound to a stream, and the detections made of them.

    Attributes:
        stream: the stream.
        made: the rules as they were read, what could not be read, and the statements.

    """

    stream: DeclaredSample
    made: Detections

    @property
    def topic(self) -> str:
        """The topic that the detections read."""
        return self.stream.topic

    @property
    def rules(self) -> list[BoundRule]:
        """What came of each rule: its status, and why."""
        return self.made.rules.bound

    @property
    def correlations(self) -> list[BoundCorrelation]:
        """What came of each correlation: its status, and why."""
        return self.made.rules.correlations

    @property
    def sql(self) -> str:
        """The whole script."""
        return self.made.sql()


@dataclass(frozen=True)
class Replayed:
    """What came of a replay.

    Attributes:
        result: the rows of each stream, the events that ksqlDB would drop, and what a reader must
            know, such as a statement that could not be run.
        unreadable: the records that are not messages: no stream sees them.

    """

    result: Result
    unreadable: list[UnreadableRecord]

    @property
    def fired(self) -> dict[str, list[int]]:
        """The events that each rule alerted on: indexes by the rule's id, from 0."""
        return self.result.fired()


def infer(
    records: Records,
    topic: str | None = None,
    *,
    maps: Sequence[str] = (),
    not_maps: Sequence[str] = (),
    kind: Sequence[str] | None = None,
) -> Sample:
    """Profile records.

    Args:
        records: see `Records`.
        topic: the topic's name; by default that of a `Topic`, else `messages`.
        maps: globs of the objects whose keys are data.
        not_maps: globs of the objects whose keys are never data.
        kind: the field or the two that tell kinds of events; empty to tell none apart, None to
            find them in the first records.

    Raises:
        SchemagenError: the source can't be read, or not one record is a JSON object.

    """
    name = topic or (records.name if isinstance(records, Topic) else "messages")
    fields = None if kind is None else tuple(kind)
    settings = TopicConfig(name, maps=tuple(maps), not_maps=tuple(not_maps), kind=fields)
    evidence = collect(_source(records), name, kinds=kind_settings(settings))
    return Sample(check_messages(evidence, hint=""), settings)


def merge(first: Sample, *others: Sample) -> Sample:
    """Merge samples of one topic, in any order with the same result.

    Raises:
        SchemagenError: the same offsets were read twice, or parts of a split are missing.

    """
    parts = (_copy(sample.evidence) for sample in (first, *others))
    return replace(first, evidence=merge_evidence(parts, first.settings.name))


def declare(  # noqa: PLR0913 - each with its default
    sample: Sample,
    stream: str | None = None,
    *,
    event_time: str | None = None,
    types: Mapping[str, str] | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> DeclaredSample:
    """Declare a stream whose types keep every value of a sample.

    Args:
        sample: what was seen.
        stream: the stream's name; by default made of the topic's.
        event_time: the top-level field that holds the event time.
        types: types by path that win over what was seen, and are checked against it.
        include: globs of the only fields to declare.
        exclude: globs of fields to leave out.

    Raises:
        SchemagenError: a type loses what was seen, the event time can't be read, or a name has no
            safe form.

    """
    settings = replace(
        sample.settings,
        stream=stream,
        event_time=event_time,
        types=types or {},
        include=tuple(include),
        exclude=tuple(exclude),
    )
    files = inferred_files(sample.evidence, settings, Path())
    return DeclaredSample(sample, files, declare_stream(files))


def bind_rules(  # noqa: PLR0913 - each with its default
    stream: DeclaredSample,
    paths: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    pipelines: Sequence[str] = (),
    alerts: str | None = None,
    alerts_topic: str | None = None,
    layout: Layout | None = None,
    matching: Matching = Matching.SAFE,
) -> BoundDetections:
    """Bind Sigma rules to a stream, and compile those that can match to detections.

    Args:
        stream: the stream.
        paths: rule files and folders.
        pipelines: where the events have Sigma's fields, such as `winlogbeat`.
        alerts: the stream of alerts; by default the stream's name with `_ALERTS`.
        alerts_topic: its topic; by default the topic's name with `_alerts`.
        layout: how detections become queries; by default what fits their number.
        matching: how texts are compared.

    Raises:
        SchemagenError: a path or a pipeline doesn't exist.

    """
    named = [paths] if isinstance(paths, str | PathLike) else paths
    settings = replace(
        stream.files.topic,
        rules=tuple(Path(path) for path in named),
        pipelines=tuple(pipelines),
        alerts=AlertsConfig(alerts, alerts_topic, layout, matching),
    )
    files = replace(stream.files, topic=settings)
    return BoundDetections(stream, detect(files, stream_options(files)))


def run_statements(
    statements: str | DeclaredSample | BoundDetections, records: Records, topic: str | None = None
) -> Replayed:
    """Run statements over records with ksqlDB's semantics.

    Args:
        statements: a script, or what `declare` or `bind_rules` returned.
        records: see `Records`.
        topic: the topic that the records stand for; by default that of the statements, else of the
            only topic that the script reads.

    Raises:
        SchemagenError: the script isn't SQL of ksqlDB, or the records can't be read.

    """
    if isinstance(statements, str):
        script = statements
    else:
        script, topic = statements.sql, topic or statements.topic
    replay = Replay(script)
    batches = _source(records).batches()
    unreadable: list[UnreadableRecord] = []
    result = replay.run_records(batches, topic_of(replay, topic), unreadable)
    return Replayed(result, unreadable)


def compare(baseline: DeclaredSample | BoundDetections, sample: Sample) -> Drift:
    """Compare a fresh sample with a stream and its detections.

    Args:
        baseline: what `declare` or `bind_rules` returned.
        sample: the fresh sample.

    Returns:
        The findings, the gravest first: what is dropped, altered, no longer seen.

    """
    if isinstance(baseline, BoundDetections):
        stream, detections = baseline.stream, baseline.made.statements
    else:
        stream, detections = baseline, []
    statement, before = stream.ddl.statement, stream.sample.evidence
    declared = declared_stream(statement, [statement, *detections])
    known = drift.Baseline(["sample"], declared, stream.files.shape, before)
    settings = drift.DriftOptions(maps=map_policy(stream.files.topic))
    return drift.compare(stream.topic, known, sample.evidence, settings)


def _source(records: Records) -> Source:
    if isinstance(records, str | PathLike):
        return FileSource([fspath(records)])
    if isinstance(records, Topic):
        return records.source()
    if hasattr(records, "batches"):
        return cast("Source", records)
    return MemorySource(records)


def _copy(evidence: Evidence) -> Evidence:
    """Copy evidence: a merge uses up what it takes."""
    return Evidence.from_json(evidence.to_json(), evidence.name)
