"""A topic's schema and evidence as columns of a stream, and its rules bound to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.choices import Integers, Logsource, Quote
from schemagen.cli.common import project_and_topic, relative, schema_path, share
from schemagen.detections.binding import Binder, BindOptions
from schemagen.detections.pipelines import SigmaPipeline, load_pipeline
from schemagen.detections.rules import load_rules
from schemagen.errors import UsageError
from schemagen.files import evidence_path
from schemagen.ksqldb.choose import MAX_STRUCT_DEPTH, ColumnPolicy
from schemagen.ksqldb.types import parse_type
from schemagen.profile.evidence import load_evidence
from schemagen.schema.document import load_schema
from schemagen.schema.maps import MapPolicy
from schemagen.schema.shape import shape
from schemagen.sources.decode_statistics import DecodeWarning
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.choices import Matching
    from schemagen.detections.bound import BoundRule
    from schemagen.detections.rules import RuleSet
    from schemagen.ksqldb.types import KsqlType, Struct
    from schemagen.profile.profile import Node
    from schemagen.project import TopicConfig
    from schemagen.sources.decode_statistics import DecodeStatistics


@dataclass(frozen=True, slots=True)
class TopicFiles:
    """What lies in the project's folder about one topic.

    Attributes:
        root: the project's folder.
        topic: what the project file says of it.
        shape: its schema and evidence joined.
        evidence: what was seen of its messages, None where there is no evidence file.
        losses: what ksqlDB loses of the sampled records whatever is declared, sentences.

    """

    root: Path
    topic: TopicConfig
    shape: Node
    evidence: Node | None
    losses: list[str]


@dataclass(frozen=True, slots=True)
class BoundRules:
    """Rules as they were read, and what came of binding each of them.

    Attributes:
        loaded: the rules, and what could not be read.
        bound: one for each rule, in the same order.

    """

    loaded: RuleSet
    bound: list[BoundRule]


def topic_files(config: Path | None, topic: str | None, schema: Path | None) -> TopicFiles:
    """Load a topic's schema and evidence.

    Raises:
        UsageError: there is no schema, or a file is broken.

    """
    project, known = project_and_topic(config, topic)
    schema_file = schema_path(project, known.name, schema)
    if not schema_file.exists():
        raise UsageError(
            f"There is no schema at {relative(schema_file)}.",
            f"Make it first: schemagen infer {known.name}",
        )
    document = load_schema(schema_file)
    evidence_file = evidence_path(schema_file)
    if not evidence_file.exists():
        return TopicFiles(project.root, known, shape(document, None), None, [])
    evidence = load_evidence(evidence_file)
    if evidence.name != known.name:
        raise UsageError(
            f"{relative(evidence_file)} is evidence of the topic {evidence.name}.",
            f"Make it again: schemagen infer {known.name}",
        )
    seen = evidence.profile.root
    lines = loss_lines(evidence.decoding)
    return TopicFiles(project.root, known, shape(document, seen), seen, lines)


def policy_of(
    known: TopicConfig,
    *,
    integers: Integers | None = None,
    quote: Quote | None = None,
    include: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    min_presence: str | None = None,
    depth: int | None = None,
) -> ColumnPolicy:
    """Put together how types and names are chosen: the flags, then the project file.

    Raises:
        UsageError: a type of the project file or the share can't be read.

    """
    return ColumnPolicy(
        fit_integers=(integers or known.integers) == Integers.FIT,
        quote_all=(quote or known.quote) == Quote.ALL,
        hints=_hints(known),
        include=include or known.include,
        exclude=exclude or known.exclude,
        min_presence=(
            (known.min_presence or 0.0)
            if min_presence is None
            else share(min_presence, "--min-presence")
        ),
        depth=depth or known.depth or MAX_STRUCT_DEPTH,
    )


def maps_of(known: TopicConfig) -> MapPolicy:
    """Tell when the keys of an object are data, as the project file has it."""
    return MapPolicy(force=known.maps, forbid=known.not_maps)


def bind_rules(
    files: TopicFiles,
    columns: Struct,
    paths: Sequence[Path] | None,
    *,
    matching: Matching | None = None,
    rare: float = 0.001,
) -> BoundRules:
    """Load the rules of a topic and bind them to its columns.

    Args:
        files: the topic.
        columns: the columns of its stream.
        paths: rule files and folders, None for those of the project file.
        matching: how texts are compared, None for what the project file says.
        rare: the share of events below which a needed field makes a rule RARE.

    Raises:
        UsageError: a path or a pipeline doesn't exist.

    """
    loaded = _from_root(load_rules(list(paths or files.topic.rules)), files.root)
    pipelines = [load_pipeline(name) for name in files.topic.pipelines or ("none",)]
    if files.topic.logsource == Logsource.ASSUMED:
        pipelines = [
            each if isinstance(each, SigmaPipeline) else each.without_conditions()
            for each in pipelines
        ]
    options = BindOptions(
        matching=matching or files.topic.alerts.matching,
        rare=rare,
        keywords=files.topic.keywords,
    )
    binder = Binder(pipelines, columns, files.evidence, options)
    return BoundRules(loaded, [binder.bind(rule) for rule in loaded.rules])


_LOSSY = (DecodeWarning.TRAILING_DATA, DecodeWarning.DUPLICATE_KEYS, DecodeWarning.LONE_SURROGATE)


def loss_lines(tally: DecodeStatistics) -> list[str]:
    """Say what ksqlDB loses of the records that were read, whatever is declared."""
    lines = []
    if tally.bad:
        records = counted(tally.records, "record")
        lines.append(f"{tally.bad:,} of {records} read give no message: ksqlDB drops them.")
    lossy = [kind for kind in _LOSSY if tally.counts.get(kind)]
    return lines + [
        f"{counted(tally.counts[kind], 'record')}: {kind.label}. {kind.explanation}"
        for kind in lossy
    ]


def _from_root(loaded: RuleSet, root: Path) -> RuleSet:
    """Write the paths from the project's folder: the same on every machine."""
    base = root.resolve()

    def inside(path: Path) -> Path:
        whole = path.resolve()
        return whole.relative_to(base) if whole.is_relative_to(base) else path

    rules = tuple(replace(rule, path=inside(rule.path)) for rule in loaded.rules)
    problems = tuple(replace(each, path=inside(each.path)) for each in loaded.problems)
    return replace(loaded, rules=rules, problems=problems)


def _hints(known: TopicConfig) -> Mapping[str, KsqlType]:
    hints = {}
    for path, text in known.types.items():
        try:
            hints[path] = parse_type(text)
        except UsageError as error:
            raise UsageError(
                f"schemagen.toml, types of topic {known.name}, {path}: {error.what}", error.hint
            ) from error
    return hints
