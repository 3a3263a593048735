"""How the columns of a topic are chosen, by its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.choices import Integers, Quote
from schemagen.errors import InputError
from schemagen.ksqldb.choose import MAX_STRUCT_DEPTH, ColumnPolicy
from schemagen.ksqldb.types import parse_type
from schemagen.schema.maps import MapPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.ksqldb.types import KsqlType
    from schemagen.project import TopicConfig


def column_policy(topic: TopicConfig) -> ColumnPolicy:
    """Return how types and names are chosen.

    Raises:
        InputError: a type of the project file can't be read.

    """
    return ColumnPolicy(
        fit_integers=topic.integers == Integers.FIT,
        quote_all=topic.quote == Quote.ALL,
        hints=_hints(topic),
        include=topic.include,
        exclude=topic.exclude,
        min_presence=topic.min_presence or 0.0,
        depth=topic.depth or MAX_STRUCT_DEPTH,
    )


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
