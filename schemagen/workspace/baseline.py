"""What a fresh sample is compared with: files of the project, or of a revision in git."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.script import MANIFEST, manifest_names
from schemagen.drift.compare import Baseline
from schemagen.drift.declared import (
    Declared,
    declared_stream,
    declares,
    format_of,
    read_declared,
)
from schemagen.errors import InputError
from schemagen.files import evidence_path, parse_json
from schemagen.ksqldb.scripts import is_query, read_statements, target_of
from schemagen.profile.evidence import Evidence
from schemagen.profile.kind_fields import KindSettings
from schemagen.profile.kinds import EventKinds
from schemagen.profile.profile import Node
from schemagen.project.git import FileSpec, parse_spec
from schemagen.report.lines import field_lines, line_of
from schemagen.schema.declared import registry_of
from schemagen.schema.document import check_schema
from schemagen.schema.maps import collapse_maps
from schemagen.schema.shape import copied, shape
from schemagen.workspace.columns import map_policy
from schemagen.workspace.files import TopicFiles, loss_lines
from schemagen.workspace.paths import relative
from schemagen.workspace.statements import detections_over
from schemagen.workspace.stream import declare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schemagen.drift.findings import Finding
    from schemagen.project import TopicConfig
    from schemagen.report.drift_phrases import Locate
    from schemagen.sources.registry.source import RegistrySchema
    from schemagen.workspace.topic import Workspace


@dataclass(frozen=True, slots=True)
class CommittedTopic:
    """What is committed about a topic.

    Attributes:
        baseline: what is compared with.
        files: the topic with what is committed, for its rules.
        file: the file in which findings are shown, as it is named from here: the schema, else the
            statements.
        schema_text: the text of the schema, empty without one.
        line: the line of the statement that declares the stream, without a schema.

    """

    baseline: Baseline
    files: TopicFiles
    file: str | None
    schema_text: str = ""
    line: int = 1

    @property
    def kinds(self) -> KindSettings:
        """What tells the kinds of a fresh sample: what told those of the baseline."""
        known = self.files.kinds
        return KindSettings(known.fields, most=known.most)

    def locator(self) -> Locate:
        """Return what finds the file and line at which a finding is shown."""
        lines = field_lines(self.schema_text)

        def locate(finding: Finding) -> tuple[str, int] | None:
            if self.file is None:
                return None
            return self.file, line_of(lines, finding.path) if self.schema_text else self.line

        return locate


def committed(
    workspace: Workspace,
    against: Sequence[str] = (),
    *,
    stream: str | None = None,
    rules: Sequence[Path] | None = None,
) -> CommittedTopic:
    """Load what a topic is compared with.

    Args:
        workspace: the topic.
        against: what the user named; nothing for the files of the project.
        stream: the stream's name, None for the only one over the topic.
        rules: rule files and folders to compile, None for the queries of the file of statements or,
            where it has none, the rules of the project file.

    Raises:
        InputError: there is nothing to compare with, or a file is broken.

    """
    topic = workspace.topic
    specs = [parse_spec(text) for text in against] or _defaults(workspace)
    by_use = _sorted(specs)
    schema, sql = by_use.get("schema"), by_use.get("sql")
    evidence = _evidence(by_use.get("evidence"), schema, topic)
    seen = None if evidence is None else evidence.profile.root
    schema_text = "" if schema is None else schema.read()
    known: Node | None = None
    registry: RegistrySchema | None = None
    if schema is not None:
        document = check_schema(parse_json(schema_text, str(schema)), str(schema))
        known, registry = shape(document, seen), registry_of(document, str(schema))
    elif seen is not None:
        known = copied([seen])
        collapse_maps(known, map_policy(topic))
    files = TopicFiles(
        workspace.root,
        topic,
        known or Node(),
        seen,
        [] if evidence is None else loss_lines(evidence.decoding),
        EventKinds() if evidence is None else evidence.profile.kinds,
        registry,
    )
    declared = _declared(files, known, sql, stream)
    detections = None
    # A file's own queries are what runs; where it has none, or there is no file, the rules are.
    if rules or (topic.rules and not any(map(is_query, declared.script))):
        compiled = replace(files, topic=replace(topic, rules=tuple(rules or topic.rules)))
        time = declared.time_column
        detections = detections_over(
            compiled, declared.stream, declared.columns, time, format_of(declared.statement)
        )
        if sql is None:
            declared = declared_stream(declared.statement, [*declared.script, *detections])
    names = [_name(spec) for spec in specs]
    baseline = Baseline(names, declared, known, evidence, detections, registry)
    shown = schema or sql
    file = None if shown is None else relative(shown.path)
    # Where there is a schema, findings are shown in it, and the statements needn't be read again.
    line = _line(declared, sql) if schema is None else 1
    return CommittedTopic(baseline, files, file, schema_text, line)


def _defaults(workspace: Workspace) -> list[FileSpec]:
    schema, topic = FileSpec(workspace.schema_file), workspace.topic
    if not schema.exists():
        raise InputError(
            f"There is no schema at {relative(schema.path)} to compare with.",
            f"Make it first: schemagen infer {topic.name}; or name a file: --against FILE.",
        )
    statements = FileSpec(workspace.statements_file)
    # One file may serve several topics, or not this one.
    is_ours = statements.exists() and declares(
        _statements(statements), _name(statements), topic.name
    )
    return [schema, statements] if is_ours else [schema]


def _statements(spec: FileSpec) -> str:
    """Read the statements of a file, or of a folder by its manifest, also of a git revision."""
    if spec.is_folder:
        spec = replace(spec, path=spec.path / MANIFEST)
    if spec.path.name != MANIFEST:
        return spec.read()
    names = manifest_names(spec.read(), str(spec))
    return "\n".join(spec.beside(name).read() for name in names)


def _sorted(specs: Sequence[FileSpec]) -> dict[str, FileSpec]:
    """Sort the files by what their names say they are."""
    found: dict[str, FileSpec] = {}
    for spec in specs:
        name = spec.path.name.lower()
        use = "schema"
        if name.endswith((".sql", ".ksql")) or name == MANIFEST or spec.is_folder:
            use = "sql"
        elif name.endswith(".evidence.json"):
            use = "evidence"
        if use in found:
            raise InputError(
                f"--against names two files of one kind: {found[use]} and {spec}.",
                "One schema, one file of statements and one evidence file at most.",
            )
        found[use] = spec
    return found


def _evidence(
    named: FileSpec | None, schema: FileSpec | None, topic: TopicConfig
) -> Evidence | None:
    """Read the evidence that was named, or that lies beside the schema."""
    spec = named
    if spec is None and schema is not None:
        beside = schema.beside(evidence_path(schema.path).name)
        spec = beside if beside.exists() else None
    if spec is None:
        return None
    evidence = Evidence.from_json(parse_json(spec.read(), str(spec)), str(spec))
    if evidence.name != topic.name:
        raise InputError(
            f"{spec} is evidence of the topic {evidence.name}, not of {topic.name}.",
            "Name the schema of this topic: --against FILE.",
        )
    return evidence


def _declared(
    files: TopicFiles, known: Node | None, sql: FileSpec | None, stream: str | None
) -> Declared:
    topic = files.topic
    if sql is not None:
        return read_declared(_statements(sql), _name(sql), topic.name, stream)
    if known is None:
        raise InputError(
            "There is no schema and no statement to compare with.",
            "Name one: --against schemas/TOPIC.schema.json, or --against stream.sql.",
        )
    named = replace(files, topic=replace(topic, stream=stream or topic.stream))
    statement = declare(named).statement
    return declared_stream(statement, [statement])


def _line(declared: Declared, sql: FileSpec | None) -> int:
    """Find the line on which the stream is declared, 1 where no file declares it."""
    if sql is None:
        return 1
    found = 1
    for statement, line in read_statements(_statements(sql), _name(sql)):
        if isinstance(statement, exp.Create) and target_of(statement) == declared.stream:
            found = line
    return found


def _name(spec: FileSpec) -> str:
    return relative(spec.path) if spec.revision is None else str(spec)
