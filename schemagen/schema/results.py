"""From evidence to the two files of a topic: its schema and the evidence beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.errors import SourceError
from schemagen.files import evidence_path
from schemagen.profile.evidence import save_evidence
from schemagen.schema.build import build_schema
from schemagen.schema.declared import add_declared, maps_of, noted, registry_of
from schemagen.schema.document import keep_reviewed, load_schema, save_schema
from schemagen.schema.maps import collapse_maps
from schemagen.schema.shape import copied
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from schemagen.profile.evidence import Evidence
    from schemagen.profile.paths import Path as FieldPath
    from schemagen.profile.profile import Node
    from schemagen.schema.document import Schema
    from schemagen.schema.maps import MapPolicy
    from schemagen.sources.registry.source import RegistrySchema


@dataclass(frozen=True, slots=True)
class AcceptedFields:
    """A fresh sample joined with what is committed.

    Attributes:
        root: what the new schema is made of.
        gone: the committed fields that are surely gone; of an object that is gone, itself alone.
        pruned: whether `root` lacks them.

    """

    root: Node
    gone: Sequence[FieldPath]
    pruned: bool


@dataclass(frozen=True, slots=True)
class SavedSchema:
    """What was written.

    Attributes:
        schema_file, evidence_file: where.
        schema: the schema that was written.
        before: the schema that the file held before, None if there was none.
        maps: the objects that count as maps, and why.
        seen: the profile's root, these objects collapsed.
        unseen_fields: how many fields of the schema the evidence doesn't show.
        gone: the fields of the committed schema that are surely gone.
        pruned: whether these were removed.

    """

    schema_file: Path
    evidence_file: Path
    schema: Schema
    before: Schema | None
    maps: Mapping[FieldPath, str]
    seen: Node
    unseen_fields: int = 0
    gone: Sequence[FieldPath] = ()
    pruned: bool = False


def check_messages(evidence: Evidence, hint: str = "Nothing was written.") -> Evidence:
    """Return evidence of at least one message.

    Args:
        evidence: what was seen.
        hint: what else there is to say where there is none.

    Raises:
        SourceError: not one record was a JSON object.

    """
    if not evidence.profile.messages:
        read = evidence.decoding.records
        raise SourceError(
            f"{evidence.name}: of {counted(read, 'record')} read, none is a JSON object."
            if read
            else f"{evidence.name}: there was no record to read.",
            hint,
        )
    return evidence


def save_results(
    evidence: Evidence,
    policy: MapPolicy,
    schema_file: Path,
    accept: Callable[[Node, Schema], AcceptedFields] | None = None,
    registry: RegistrySchema | None = None,
) -> SavedSchema:
    """Write a topic's schema, and its evidence beside it.

    A schema file keeps what people have done to it: the order of fields, descriptions.

    Args:
        evidence: what was seen.
        policy: when the keys of an object are data.
        schema_file: the schema's file.
        accept: joins the profile's root, its maps collapsed, with the schema that the file holds;
            None for the profile alone.
        registry: what a registry says of the values; None for what the schema that is there says.

    Raises:
        SourceError: not one record was a JSON object; nothing is written.
        InputError: a file can't be written, or the schema that is there can't be read.

    """
    seen = root = copied([check_messages(evidence).profile.root])
    before = load_schema(schema_file) if schema_file.exists() else None
    if registry is None and before is not None:
        registry = registry_of(before, str(schema_file))
    maps = collapse_maps(seen, maps_of(policy, registry))
    gone: Sequence[FieldPath] = ()
    pruned = False
    if accept is not None and before is not None:
        accepted = accept(seen, before)
        root, gone, pruned = accepted.root, accepted.gone, accepted.pruned
    if registry is not None and registry.document is not None:
        root = copied([root])
        add_declared(root, registry.document)
    kept = () if pruned else gone
    schema = build_schema(root, evidence.name, seen, evidence.profile.kinds.fields, kept)
    if registry is not None:
        schema = noted(schema, registry)
    if before is not None:
        schema = keep_reviewed(schema, before)
    evidence_file = evidence_path(schema_file)
    save_schema(schema_file, schema)
    save_evidence(evidence_file, evidence)
    unseen_fields = sum(1 for _ in root.walk()) - sum(1 for _ in seen.walk())
    return SavedSchema(
        schema_file, evidence_file, schema, before, maps, seen, unseen_fields, gone, pruned
    )
