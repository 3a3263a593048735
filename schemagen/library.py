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

from schemagen.choices import Matching
from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.binding import Binder, BindOptions
from schemagen.detections.envelope import AlertSource
from schemagen.detections.pipelines import load_pipeline
from schemagen.detections.references import ColumnIndex
from schemagen.detections.rules import load_rules
from schemagen.drift import compare as drift
from schemagen.drift.declared import declared_stream
from schemagen.errors import UsageError
from schemagen.ksqldb.choose import ColumnPolicy
from schemagen.ksqldb.ddl import StreamDdl, StreamOptions, stream_ddl, stream_name_for
from schemagen.ksqldb.dialect import write_script
from schemagen.ksqldb.types import parse_type
from schemagen.profile.collect import collect
from schemagen.profile.evidence import Evidence, load_evidence, merge_evidence, save_evidence
from schemagen.replay.engine import Replay
from schemagen.replay.events import events_of
from schemagen.schema.build import build_schema
from schemagen.schema.maps import MapPolicy, collapse_maps
from schemagen.schema.results import check_messages
from schemagen.schema.shape import copied, shape
from schemagen.sources.files import FileSource
from schemagen.sources.kafka import KafkaSource
from schemagen.sources.memory import MemorySource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlglot import exp

    from schemagen.choices import Layout
    from schemagen.detections.bound import BoundRule
    from schemagen.detections.rules import RuleSet
    from schemagen.drift.findings import Drift
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.nodes import Node
    from schemagen.replay.events import UnreadableRecord
    from schemagen.replay.results import Result
    from schemagen.schema.document import Schema
    from schemagen.sources.records import Source


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
        maps: when the keys of an object are data.

    """

    evidence: Evidence
    maps: MapPolicy = field(default_factory=MapPolicy)

    @property
    def topic(self) -> str:
        """The topic's name."""
        return self.evidence.name

    @property
    def messages(self) -> int:
        """How many messages were sampled."""
        return self.evidence.profile.messages

    @cached_property
    def root(self) -> Node:
        """The profile's root, its maps folded."""
        folded = copied([self.evidence.profile.root])
        collapse_maps(folded, self.maps)
        return folded

    @cached_property
    def schema(self) -> Schema:
        """The JSON Schema that every sampled message satisfies."""
        return build_schema(self.root, self.topic)

    @cached_property
    def fields(self) -> Node:
        """Schema and evidence joined: what columns are chosen from."""
        return shape(self.schema, self.evidence.profile.root)

    def save(self, path: Path) -> None:
        """Write the evidence file, for `merge` and for a later run."""
        save_evidence(path, self.evidence)

    @classmethod
    def load(cls, path: Path, maps: MapPolicy | None = None) -> Sample:
        """Read an evidence file.

        Raises:
            SchemagenError: it can't be read.

        """
        return cls(load_evidence(path), maps or MapPolicy())


@dataclass(frozen=True)
class DeclaredSample:
    """A stream that keeps what was sampled.

    Attributes:
        sample: what the types were chosen from.
        options: how the stream is declared.
        ddl: the statement, its columns, the proof and the remarks.

    """

    sample: Sample
    options: StreamOptions
    ddl: StreamDdl

    @property
    def columns(self) -> Struct:
        """The columns with their types."""
        return self.ddl.columns

    @property
    def statements(self) -> list[exp.Expression]:
        """The statements in the order in which they must be run."""
        return [self.ddl.statement]

    @property
    def sql(self) -> str:
        """The statement, with its proof and remarks as comments."""
        return self.ddl.sql()


@dataclass(frozen=True)
class BoundDetections:
    """Rules bound to a stream, and the detections made of them.

    Attributes:
        stream: the stream.
        rules: what came of each rule: its status, and why.
        loaded: the rules as they were read, and what could not be read.
        detections: the statements that make alerts.

    """

    stream: DeclaredSample
    rules: list[BoundRule]
    loaded: RuleSet
    detections: list[exp.Expression]

    @property
    def statements(self) -> list[exp.Expression]:
        """The statements in the order in which they must be run."""
        return [*self.stream.statements, *self.detections]

    @property
    def sql(self) -> str:
        """The whole script."""
        return self.stream.sql + write_script(self.detections)


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


def infer(records: Records, topic: str | None = None, *, maps: MapPolicy | None = None) -> Sample:
    """Profile records.

    Args:
        records: see `Records`.
        topic: the topic's name; by default that of a `Topic`, else `messages`.
        maps: when the keys of an object are data.

    Raises:
        SchemagenError: the source can't be read, or not one record is a JSON object.

    """
    name = topic or (records.name if isinstance(records, Topic) else "messages")
    evidence = check_messages(collect(_source(records), name), hint="")
    return Sample(evidence, maps or MapPolicy())


def merge(first: Sample, *others: Sample) -> Sample:
    """Merge samples of one topic, in any order with the same result.

    Raises:
        SchemagenError: the same offsets were read twice, or parts of a split are missing.

    """
    parts = (_copy(sample.evidence) for sample in (first, *others))
    return replace(first, evidence=merge_evidence(parts, first.topic))


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
    hints = {path: parse_type(text) for path, text in (types or {}).items()}
    policy = ColumnPolicy(hints=hints, include=include, exclude=exclude)
    name = stream or stream_name_for(sample.topic)
    options = StreamOptions(name, sample.topic, event_time=event_time, policy=policy)
    made = stream_ddl(sample.fields, sample.evidence.profile.root, options)
    return DeclaredSample(sample, options, made)


def bind_rules(  # noqa: PLR0913 - each with its default
    stream: DeclaredSample,
    paths: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    pipelines: Sequence[str] = ("none",),
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
    loaded = load_rules([Path(fspath(path)) for path in named])
    root = stream.sample.evidence.profile.root
    found = [load_pipeline(name) for name in pipelines]
    binder = Binder(found, stream.columns, root, BindOptions(matching=matching))
    rules = [binder.bind(rule) for rule in loaded.rules]
    options = stream.options
    columns = ColumnIndex(stream.columns, root)
    source = AlertSource(options.name, options.topic, columns, options.event_time)
    wanted = AlertOptions(
        alerts or f"{options.name}_ALERTS",
        alerts_topic or f"{options.topic}_alerts",
        layout=layout,
        matching=matching,
    )
    return BoundDetections(stream, rules, loaded, detection_statements(rules, source, wanted))


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
    script = statements if isinstance(statements, str) else statements.sql
    run = Replay(script)
    if topic is None:
        topic = _only_topic(run) if isinstance(statements, str) else _options(statements).topic
    events, unreadable = events_of(_source(records).batches(), topic)
    return Replayed(run.run(events), unreadable)


def compare(baseline: DeclaredSample | BoundDetections, sample: Sample) -> Drift:
    """Compare a fresh sample with a stream and its detections.

    Args:
        baseline: what `declare` or `bind_rules` returned.
        sample: the fresh sample.

    Returns:
        The findings, the gravest first: what is dropped, altered, no longer seen.

    """
    stream = baseline.stream if isinstance(baseline, BoundDetections) else baseline
    before = stream.sample
    declared = declared_stream(stream.ddl.statement, baseline.statements)
    known = drift.Baseline(["sample"], declared, before.fields, before.evidence)
    return drift.compare(before.topic, known, sample.evidence, drift.DriftOptions())


def _only_topic(run: Replay) -> str:
    if len(run.topics) != 1:
        named = ", ".join(run.topics) or "no topic"
        raise UsageError(f"The statements read {named}.", "Say which: topic=...")
    return run.topics[0]


def _options(statements: DeclaredSample | BoundDetections) -> StreamOptions:
    stream = statements.stream if isinstance(statements, BoundDetections) else statements
    return stream.options


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
