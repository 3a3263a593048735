"""The statements of a topic: its stream, and the detections that read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.cli.stream import bind_rules
from schemagen.detections.alerts import AlertOptions, detection_statements
from schemagen.detections.envelope import AlertSource
from schemagen.detections.needs import add_missing, needed_globs
from schemagen.detections.references import ColumnIndex
from schemagen.ksqldb.choose import ColumnRemark
from schemagen.ksqldb.ddl import StreamDdl, comment_block, stream_ddl
from schemagen.ksqldb.dialect import write_script
from schemagen.report.rules import problem_line
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlglot import exp

    from schemagen.choices import Layout, Matching
    from schemagen.cli.stream import BoundRules, TopicFiles
    from schemagen.detections.bound import BoundRule
    from schemagen.ksqldb.ddl import StreamOptions
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.paths import Path as FieldPath


@dataclass(frozen=True, slots=True)
class DetectionOptions:
    """How the detections are made.

    Attributes:
        paths: rule files and folders, None for those of the project file.
        layout: how the alerts are laid out, None for what fits.
        matching: `safe` or `like`, None for what the project file says.
        add_missing: declare fields that rules need and no sampled message has.
        only_needed: declare nothing but what the rules and their alerts read.

    """

    paths: Sequence[Path] | None = None
    layout: Layout | None = None
    matching: Matching | None = None
    add_missing: bool = False
    only_needed: bool = False


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
    def left_out(self) -> list[BoundRule]:
        """The rules that have no detection."""
        return [bound for bound in self.rules.bound if not bound.deployable]

    def remarks(self) -> list[str]:
        """Say how many rules became detections, and of the others why they did not."""
        loaded = self.rules.loaded
        if not self.rules.bound and not loaded.errors:
            return []
        total = len(self.rules.bound) + len(loaded.errors)
        written = len(self.rules.bound) - len(self.left_out)
        lines = [f"{written:,} of {counted(total, 'rule')} written as detections."]
        for bound in self.left_out:
            level = f" ({bound.rule.level})" if bound.rule.level else ""
            why = " ".join(bound.reasons)
            lines.append(f"Left out: {bound.rule.title}{level}, {bound.status}: {why}")
        return lines + [f"Left out: {problem_line(problem)}" for problem in loaded.errors]

    def sql(self) -> str:
        """Write everything as one script; the rules that are left out are named at its end."""
        parts = [self.stream.sql()]
        if self.statements:
            parts.append(write_script(self.statements))
        if self.left_out or self.rules.loaded.errors:
            parts.append(comment_block(self.remarks()))
        return "\n".join(parts)


def detect(files: TopicFiles, options: StreamOptions, wanted: DetectionOptions) -> Detections:
    """Declare a topic's stream and compile its rules to detections over it.

    Raises:
        UsageError: see `stream_ddl`; or a rule's path or a pipeline doesn't exist.

    """
    made = stream_ddl(files.shape, files.evidence, options)
    rules = _bind(files, made, wanted)
    if wanted.add_missing:
        added = set(add_missing(files.shape, rules.bound))
        made = _marked(stream_ddl(files.shape, files.evidence, options), added)
        rules = _bind(files, made, wanted)
    origin = _origin(files, options, made)
    if wanted.only_needed:
        needed = replace(options.policy, include=needed_globs(rules.bound, origin))
        options = replace(options, policy=needed)
        made = stream_ddl(files.shape, files.evidence, options)
        rules = _bind(files, made, wanted)
        origin = _origin(files, options, made)
    return Detections(made, rules, _statements(files, origin, rules, wanted))


def detections_over(
    files: TopicFiles,
    stream: str,
    columns: Struct,
    event_time: str | None,
    wanted: DetectionOptions,
) -> list[exp.Expression]:
    """Compile a topic's rules to detections over a stream that is declared already.

    Args:
        files: the topic.
        stream: the stream's name.
        columns: its columns.
        event_time: the path of the event time; None for the time that ksqlDB has of the record.
        wanted: how the detections are made; what it says of columns doesn't count.

    Raises:
        UsageError: a rule's path or a pipeline doesn't exist.

    """
    rules = bind_rules(files, columns, wanted.paths, matching=wanted.matching)
    origin = AlertSource(stream, files.topic.name, ColumnIndex(columns, files.evidence), event_time)
    return _statements(files, origin, rules, wanted)


def _statements(
    files: TopicFiles, origin: AlertSource, rules: BoundRules, wanted: DetectionOptions
) -> list[exp.Expression]:
    alerts = files.topic.alerts
    options = AlertOptions(
        stream=alerts.stream or f"{origin.stream}_ALERTS",
        topic=alerts.topic or f"{origin.topic}_alerts",
        layout=wanted.layout or alerts.layout,
        matching=wanted.matching or alerts.matching,
    )
    return detection_statements(rules.bound, origin, options)


def _bind(files: TopicFiles, made: StreamDdl, wanted: DetectionOptions) -> BoundRules:
    return bind_rules(files, made.columns, wanted.paths, matching=wanted.matching)


def _origin(files: TopicFiles, options: StreamOptions, made: StreamDdl) -> AlertSource:
    columns = ColumnIndex(made.columns, files.evidence)
    return AlertSource(options.name, options.topic, columns, options.event_time)


def _marked(made: StreamDdl, added: set[FieldPath]) -> StreamDdl:
    """Say of the fields that were added for rules that nobody has seen them."""
    why = "a rule needs it, no sampled message has it"
    remarks = [
        ColumnRemark(remark.path, "added", why) if remark.path in added else remark
        for remark in made.remarks
    ]
    return replace(made, remarks=remarks)
