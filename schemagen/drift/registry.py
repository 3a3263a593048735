"""What changed in the registry's schema of a topic, whether the sample shows it already or not.

ksqlDB's converter asks the schema, not the value: a field whose type a column doesn't read drops
each record of that version (`ConnectDataTranslator`), of JSON_SR as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.drift.declared import format_of
from schemagen.drift.findings import Finding, FindingClass
from schemagen.ksqldb.types import Array, Map, Scalar, Struct, render
from schemagen.profile.paths import render as written
from schemagen.schema.declared import part, places
from schemagen.sources.registry.places import DECLARED, KEYWORD, reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemagen.drift.context import FindingContext
    from schemagen.drift.findings import AffectedDetection
    from schemagen.ksqldb.types import KsqlType
    from schemagen.profile.paths import Path
    from schemagen.sources.registry.places import Schema
    from schemagen.sources.registry.source import RegistrySchema


def registry_findings(
    context: FindingContext, before: RegistrySchema | None, now: RegistrySchema | None
) -> list[Finding]:
    """Make the findings of a schema that is not what was committed.

    Args:
        context: what findings are made from.
        before: what the committed schema says of the registry.
        now: what the registry says.

    """
    stream = format_of(context.declared.statement)
    asked = now.format.upper() if now is not None else "JSON"
    # Where only files were read, nothing is known of the format.
    if now is not None and asked != stream:
        return [_other_format(context, asked, stream)]
    if now is None or now.latest is None:
        return []
    name = f"version {now.version} of {now.subject}"
    found = [*_unread(context, now, name)]
    known = None if before is None else before.document
    if known is not None and before is not None and before.version != now.version:
        found += _changed(context, known, now.latest, name)
    return found


def registry_remarks(
    before: RegistrySchema | None, now: RegistrySchema | None, found: list[Finding]
) -> list[str]:
    """Remark that the schema has a new version, where that alone is to be said."""
    if before is None or now is None or not before.version or before.version == now.version:
        return []
    what = "" if found else ": what the stream reads is as it was"
    news = f"{now.subject} has version {now.version} (id {now.schema_id})"
    known = f"the committed schema is of version {before.version} (id {before.schema_id})"
    return [f"{news}; {known}{what}."]


def typed_paths(context: FindingContext, known: RegistrySchema | None) -> frozenset[str]:
    """List the places that are declared as the registry's schema has them: nothing is lost there.

    Args:
        context: the stream.
        known: what is known of the registry's schema.

    """
    if known is None or known.document is None:
        return frozenset()
    return frozenset(
        written(path)
        for path, place in places(known.document)
        if _is_read(context.declared.type_at(path), place)
    )


def _other_format(context: FindingContext, asked: str, stream: str) -> Finding:
    return Finding(
        topic=context.topic,
        kind=FindingClass.DROPS,
        path=(),
        what=f"the values are {asked}, and the stream reads {stream}",
        remedy="Declare the stream anew: `schemagen infer`, then `schemagen ddl --out FILE`.",
        count=context.now.profile.messages,
        of=context.now.profile.messages,
        blinded=context.all_detections,
    )


def _unread(context: FindingContext, now: RegistrySchema, name: str) -> Iterator[Finding]:
    """Yield what columns don't read of a schema."""
    document = now.latest or {}
    for path, place in places(document):
        declared = context.declared.type_at(path)
        if declared is not None and not _is_read(declared, place):
            what = (
                f"{name} has it as {_kind(place)}, which a column of {_kind_of(declared)} doesn't "
                "read: each record of that version is dropped"
            )
            yield _finding(context, path, FindingClass.DROPS, what)


def _changed(context: FindingContext, before: Schema, now: Schema, name: str) -> Iterator[Finding]:
    """Yield the fields that a new version lacks, and those that it brings."""
    old, new = dict(places(before)), dict(places(now))
    for path in _outermost(old.keys() - new.keys()):
        blinded = context.blinded_at(path) or context.blinded_inside(path)
        kind = FindingClass.BLINDS if blinded else FindingClass.NARROWER
        yield _finding(context, path, kind, f"{name} has this field no more", blinded)
    for path in _outermost(new.keys() - old.keys()):
        if context.declared.type_at(path) is None:
            what = f"{name} has this field, and the stream doesn't read it"
            yield _finding(context, path, FindingClass.MISSES, what)


def _outermost(paths: set[Path]) -> list[Path]:
    """Leave out what lies inside of others."""
    return sorted(
        (each for each in paths if not any(each[:n] in paths for n in range(1, len(each)))), key=str
    )


def _finding(
    context: FindingContext,
    path: Path,
    kind: FindingClass,
    what: str,
    blinded: tuple[AffectedDetection, ...] | None = None,
) -> Finding:
    declared = context.declared.type_at(path)
    costs = kind in {FindingClass.DROPS, FindingClass.ALTERS}
    return Finding(
        topic=context.topic,
        kind=kind,
        path=path,
        what=what,
        remedy="Take the new version over: `schemagen infer`, then `schemagen ddl --out FILE`."
        if kind is not FindingClass.BLINDS
        else "Change the rules, or have the producers keep the field.",
        count=0,
        of=0,
        exact=False,
        declared="" if declared is None else render(declared),
        blinded=(context.hidden_by(path) if costs else ()) if blinded is None else blinded,
    )


def _kind(place: Schema) -> str:
    """Return what ksqlDB makes of a place, without its parts."""
    written_type = place.get(KEYWORD, {}).get(DECLARED)
    if isinstance(written_type, str):
        return written_type
    if part(place, "items") is not None:
        return "ARRAY"
    return "MAP" if part(place, "additionalProperties") is not None else "STRUCT"


def _kind_of(declared: KsqlType) -> str:
    if isinstance(declared, Scalar):
        return render(declared)
    return {Array: "ARRAY", Map: "MAP", Struct: "STRUCT"}[type(declared)]


def _is_read(declared: KsqlType | None, place: Schema) -> bool:
    return declared is not None and reads(_kind_of(declared), _kind(place))
