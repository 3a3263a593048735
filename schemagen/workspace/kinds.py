"""What tells the kinds of a topic's events: options, the project file, the committed schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.errors import InputError
from schemagen.files import read_json
from schemagen.profile.kind_fields import KindSettings
from schemagen.profile.kinds import MOST_FIELDS, MOST_KINDS
from schemagen.profile.paths import keys_of
from schemagen.schema.build import KIND
from schemagen.sources.registry.places import KEYWORD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schemagen.profile.kinds import KindFields
    from schemagen.project import TopicConfig


def kind_settings(
    topic: TopicConfig, schema_file: Path | None = None, given: Sequence[str] = ()
) -> KindSettings:
    """Return what is said of the kinds of a topic's events.

    Args:
        topic: the topic's settings.
        schema_file: the committed schema, which says what told them last time; there need not be
            one.
        given: the fields that the user named.

    Raises:
        InputError: a field can't be read, or there are too many.

    """
    if len(given) > MOST_FIELDS:
        raise InputError(
            f"--kind was given {len(given)} times, and kinds are told by one field or two.",
            "Name the field that says most.",
        )
    most = topic.max_kinds or MOST_KINDS
    if given:
        return KindSettings(_fields(given, "--kind"), most=most)
    if topic.kind is not None:
        return KindSettings(_fields(topic.kind, f"`kind` of topic {topic.name}"), most=most)
    return KindSettings(kept=_kept(schema_file), most=most)


def _fields(texts: Sequence[str], origin: str) -> KindFields:
    found = []
    for text in texts:
        try:
            found.append(keys_of(text))
        except ValueError:
            raise InputError(
                f"{origin}: {text!a} is not the path of a field.",
                "Write its keys with dots between them, such as winlog.event_id.",
            ) from None
    return tuple(found)


def _kept(schema_file: Path | None) -> KindFields:
    """Return what told kinds last time, nothing where that can't be read: it is found again."""
    if schema_file is None or not schema_file.exists():
        return ()
    document: Any = read_json(schema_file)
    notes = document.get(KEYWORD) if isinstance(document, dict) else None
    texts = notes.get(KIND) if isinstance(notes, dict) else None
    if not isinstance(texts, list) or len(texts) > MOST_FIELDS:
        return ()
    try:
        return tuple(keys_of(str(text)) for text in texts)
    except ValueError:
        return ()
