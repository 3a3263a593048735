"""How the columns of a topic are chosen, by its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.choices import Integers, Quote
from schemagen.errors import InputError
from schemagen.ksqldb.choose import MAX_STRUCT_DEPTH, ColumnPolicy
from schemagen.ksqldb.types import parse_type
from schemagen.schema.declared import declared_types
from schemagen.schema.maps import MapPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.ksqldb.types import KsqlType
    from schemagen.project import TopicConfig
    from schemagen.sources.registry.source import RegistrySchema


def column_policy(topic: TopicConfig, registry: RegistrySchema | None = None) -> ColumnPolicy:
    """Return how types and names are chosen.

    Args:
        topic: the topic's settings.
        registry: what its schema says of a registry.

    Raises:
        InputError: a type of the project file can't be read, or ksqlDB can't read it so.

    """
    return ColumnPolicy(
        fit_integers=topic.integers == Integers.FIT,
        # An event in an alert has the names that columns are kept by: only back-ticks keep case.
        quote_all=topic.quote == Quote.ALL or topic.alerts.event,
        hints=_hints(topic),
        declared=_declared(registry),
        include=topic.include,
        exclude=topic.exclude,
        min_presence=topic.min_presence or 0.0,
        depth=topic.depth or MAX_STRUCT_DEPTH,
    )


def _declared(registry: RegistrySchema | None) -> Mapping[str, KsqlType]:
    if registry is None or registry.document is None:
        return {}
    types = declared_types(registry.document)
    known = {text: parse_type(text, "The schema") for text in set(types.values())}
    return {path: known[text] for path, text in types.items()}


def map_policy(topic: TopicConfig) -> MapPolicy:
    """Return when the keys of an object are data."""
    return MapPolicy(force=topic.maps, forbid=topic.not_maps)


def _hints(topic: TopicConfig) -> Mapping[str, KsqlType]:
    hints = {}
    for path, text in topic.types.items():
        try:
            hints[path] = parse_type(text)
        except InputError as error:
            raise InputError(
                f"schemagen.toml, types of topic {topic.name}, {path}: {error.what}", error.hint
            ) from error
    return hints
