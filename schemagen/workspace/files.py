"""The schema and the evidence of a topic, read together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.profile.evidence import load_evidence
from schemagen.profile.kinds import EventKinds
from schemagen.schema.build import build_schema
from schemagen.schema.declared import maps_of, registry_of
from schemagen.schema.document import load_schema
from schemagen.schema.maps import collapse_maps, collapsed
from schemagen.schema.shape import copied, shape
from schemagen.sources.decode_statistics import DecodeWarning
from schemagen.words import counted
from schemagen.workspace.columns import map_policy
from schemagen.workspace.paths import relative

if TYPE_CHECKING:
    from pathlib import Path

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path as FieldPath
    from schemagen.profile.profile import Node
    from schemagen.project import TopicConfig
    from schemagen.sources.decode_statistics import DecodeStatistics
    from schemagen.sources.registry.source import RegistrySchema
    from schemagen.workspace.topic import Workspace


@dataclass(frozen=True, slots=True)
class TopicFiles:
    """What is known about one topic.

    Attributes:
        root: the project's folder, in which paths of rules are written.
        topic: the topic's settings.
        shape: its schema and evidence joined.
        evidence: what was seen of its messages, None where there is no evidence file.
        losses: what ksqlDB loses of the sampled records whatever is declared, sentences.
        kinds: how many of its messages there are of each kind of event, where that is known.
        registry: what the schema says of a registry, None where the values are plain JSON.
        digest: what tells the files from others; empty where nothing shall be kept of what comes
            of them.

    """

    root: Path
    topic: TopicConfig
    shape: Node
    evidence: Node | None
    losses: list[str]
    kinds: EventKinds = field(default_factory=EventKinds)
    registry: RegistrySchema | None = None
    digest: str = ""


def load_files(workspace: Workspace) -> TopicFiles:
    """Read a topic's schema, and the evidence beside it where there is one.

    Raises:
        InputError: there is no schema, or a file is broken.

    """
    topic, file = workspace.topic, workspace.schema_file
    if not file.exists():
        raise InputError(
            f"There is no schema at {relative(file)}.",
            f"Make it first: schemagen infer {topic.name}",
        )
    document = load_schema(file)
    registry = registry_of(document, relative(file))
    if not workspace.evidence_file.exists():
        root, digest = shape(document, None), _digest(file)
        return TopicFiles(workspace.root, topic, root, None, [], registry=registry, digest=digest)
    evidence = load_evidence(workspace.evidence_file)
    if evidence.name != topic.name:
        raise InputError(
            f"{relative(workspace.evidence_file)} is evidence of the topic {evidence.name}.",
            f"Make it again: schemagen infer {topic.name}",
        )
    seen = evidence.profile.root
    losses = loss_lines(evidence.decoding)
    kinds = evidence.profile.kinds
    digest = _digest(file, workspace.evidence_file)
    root = shape(document, seen)
    return TopicFiles(workspace.root, topic, root, seen, losses, kinds, registry, digest)


def _digest(*files: Path) -> str:
    return " ".join(hashlib.sha256(each.read_bytes()).hexdigest() for each in files)


def inferred_files(evidence: Evidence, topic: TopicConfig, root: Path) -> TopicFiles:
    """Return what `load_files` reads of a topic after its evidence was written.

    Args:
        evidence: what was seen of the topic.
        topic: the topic's settings.
        root: the project's folder.

    """
    seen = evidence.profile.root
    schema = build_schema(collapsed(seen, map_policy(topic)), topic.name)
    losses = loss_lines(evidence.decoding)
    return TopicFiles(root, topic, shape(schema, seen), seen, losses, evidence.profile.kinds)


def map_reasons(files: TopicFiles) -> dict[FieldPath, str]:
    """Find why objects of a topic count as maps, by its settings; none without evidence."""
    if files.evidence is None:
        return {}
    policy = maps_of(map_policy(files.topic), files.registry)
    return dict(collapse_maps(copied([files.evidence]), policy))


_LOSSY = (DecodeWarning.TRAILING_DATA, DecodeWarning.DUPLICATE_KEYS, DecodeWarning.LONE_SURROGATE)


def loss_lines(tally: DecodeStatistics) -> list[str]:
    """Write what ksqlDB loses of the records that were read, whatever is declared."""
    lines = []
    if tally.bad:
        records = counted(tally.records, "record")
        lines.append(f"{tally.bad:,} of {records} could not be read: ksqlDB drops them.")
    lossy = [kind for kind in _LOSSY if tally.counts.get(kind)]
    return lines + [
        f"{counted(tally.counts[kind], 'record')}: {kind.label}. {kind.explanation}"
        for kind in lossy
    ]
