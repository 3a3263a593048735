"""The statements of a topic: its stream, and the detections that read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.choices import Layout
from schemagen.deploy.detections import layout_of
from schemagen.detections.alert_topic import AlertTopic
from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.column_index import ColumnIndex
from schemagen.detections.correlations.statements import (
    GRACE,
    CorrelationOptions,
    correlation_statements,
    silenced,
)
from schemagen.detections.envelope import AlertSource
from schemagen.detections.needs import add_missing, needed_globs
from schemagen.detections.shared_remarks import shared_remarks, without
from schemagen.ksqldb.choose import ColumnRemark
from schemagen.ksqldb.ddl import StreamDdl, comment_block
from schemagen.ksqldb.emitting import emitted
from schemagen.memory import without_collections
from schemagen.report.rules import problem_line, shared_lines
from schemagen.words import counted
from schemagen.workspace.rules import BoundRules, bind_rules
from schemagen.workspace.stream import choose, declare, sql_format, stream_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.ksqldb.ddl import StreamOptions
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.paths import Path as FieldPath
    from schemagen.project import TopicConfig
    from schemagen.workspace.files import TopicFiles


@dataclass(frozen=True, slots=True)
class Detections:
    """A stream with its detections.

    Attributes:
        stream: the statement that reads the topic.
        rules: the rules and what came of them.
        statements: what makes alerts, in the order in which it must be run.

    """

    stream: StreamDdl
    rules: BoundRules
    statements: list[exp.Expression]

    @property
    def left_out(self) -> list[BoundRule | BoundCorrelation]:
        """The rules and correlations that have no detection."""
        return [bound for bound in self.rules.all if not bound.deployable]

    def remarks(self) -> list[str]:
        """Write how many rules became detections, and of the others why they did not."""
        loaded = self.rules.loaded
        if not self.rules.all and not loaded.errors:
            return []
        total = len(self.rules.all) + len(loaded.errors)
        written = len(self.rules.all) - len(self.left_out)
        lines = self.rules.remarks()
        lines += [f"{written:,} of {counted(total, 'rule')} written as detections."]
        lines += shared_lines(self.rules.bound)
        for bound in self.left_out:
            level = f" ({bound.rule.level})" if bound.rule.level else ""
            why = " ".join(bound.reasons)
            lines.append(f"Left out: {bound.rule.title}{level}, {bound.status}: {why}")
        return lines + [f"Left out: {problem_line(problem)}" for problem in loaded.errors]

    def sql(self) -> str:
        """Write everything as one script, with what must be known of the rules at its end.

        Raises:
            InputError: the engine would refuse a statement.

        """
        parts = [self.stream.sql()]
        if self.statements:
            parts.append(emitted(self.statements))
        if self.left_out or self.rules.loaded.errors or shared_remarks(self.rules.bound):
            parts.append(comment_block(self.remarks()))
        return "\n".join(parts)


@without_collections()
def detect(
    files: TopicFiles,
    options: StreamOptions,
    *,
    missing: bool = False,
    only_needed: bool = False,
) -> Detections:
    """Declare a topic's stream and compile the topic's rules to detections over it.

    Args:
        files: the topic.
        options: how the stream is declared.
        missing: whether to declare fields that rules need and no sampled message has.
        only_needed: whether to declare nothing but what the rules and their alerts read.

    Raises:
        InputError: see `stream_ddl`; or a rule's path or a pipeline doesn't exist.

    """
    made = declare(files, options)
    rules = bind_rules(files, made.columns)
    if missing or only_needed:
        rules.remember()
    if missing:
        added = set(add_missing(files.shape, rules.bound))
        made = _marked(declare(files, options), added)
        rules = bind_rules(files, made.columns)
        rules.remember()
    if only_needed:
        origin = _origin(files, options, made)
        needed = needed_globs(rules.bound, origin, rules.correlations)
        options = replace(options, policy=replace(options.policy, include=needed))
        made = declare(files, options)
        rules = bind_rules(files, made.columns)
    origin = _origin(files, options, made)
    statements = alerts_over(files.topic, origin, rules.bound, rules.correlations)
    rules.remember()
    return Detections(made, rules, statements)


def detections_over(
    files: TopicFiles,
    stream: str,
    columns: Struct,
    event_time: str | None,
    value_format: str = "JSON",
) -> list[exp.Expression]:
    """Compile a topic's rules to detections over a stream that is declared already.

    Args:
        files: the topic.
        stream: the stream's name.
        columns: its columns.
        event_time: the path of the event time; None for the time that ksqlDB has of the record.
        value_format: the format of the stream's values.

    Raises:
        InputError: a rule's path or a pipeline doesn't exist.

    """
    index = ColumnIndex(columns, files.evidence)
    origin = AlertSource(stream, files.topic.name, index, event_time, value_format=value_format)
    rules = bind_rules(files, columns)
    return alerts_over(files.topic, origin, rules.bound, rules.correlations)


def statements_of(files: TopicFiles, rules: BoundRules) -> list[exp.Expression]:
    """Write the rules of a topic as detections over its stream as it would be declared.

    Args:
        files: the topic.
        rules: its rules, bound to the columns that would be chosen.

    """
    topic = files.topic
    index = ColumnIndex(choose(files), files.evidence)
    origin = AlertSource(
        stream_name(topic), topic.name, index, topic.event_time, value_format=sql_format(files)
    )
    return alerts_over(topic, origin, rules.bound, rules.correlations)


def alerts_over(
    topic: TopicConfig,
    origin: AlertSource,
    rules: Sequence[BoundRule],
    correlations: Sequence[BoundCorrelation] = (),
) -> list[exp.Expression]:
    """Write bound rules as detections over a stream that is declared already.

    Args:
        topic: the topic's settings.
        origin: the stream.
        rules: the rules, bound to its columns.
        correlations: the correlations of these rules.

    """
    alerts = topic.alerts
    options = AlertOptions(
        stream=alerts.stream or f"{origin.stream}_ALERTS",
        topic=alerts.topic or f"{origin.topic}_alerts",
        layout=alerts.layout,
        matching=alerts.matching,
        made=AlertTopic(alerts.partitions, alerts.replicas, alerts.retention),
        accelerated=topic.accelerator,
        key=alerts.keyed,
        event=alerts.event,
    )
    in_correlations = silenced(correlations)
    alone = [bound for bound in rules if bound.rule.id not in in_correlations]
    made = detection_statements(without(alone, shared_remarks(rules)), origin, options)
    # A rule's own stream has columns and partitions of its own: its topic is for nothing else.
    own = layout_of(made) is Layout.STREAMS
    target = CorrelationOptions(
        options.stream,
        f"{options.topic}_correlated" if own else options.topic,
        options.made,
        topic.correlation_grace or GRACE,
    )
    return [*made, *correlation_statements(correlations, origin, target)]


def _origin(files: TopicFiles, options: StreamOptions, made: StreamDdl) -> AlertSource:
    columns = ColumnIndex(made.columns, files.evidence)
    return AlertSource(
        options.name,
        options.topic,
        columns,
        options.event_time,
        value_format=options.value_format,
    )


def _marked(made: StreamDdl, added: set[FieldPath]) -> StreamDdl:
    """Remark on the fields that were added for rules that nobody has seen them."""
    why = "a rule needs it, no sampled message has it"
    remarks = [
        ColumnRemark(remark.path, "added", why) if remark.path in added else remark
        for remark in made.remarks
    ]
    return replace(made, remarks=remarks)
