"""The stream that reads a topic, by the topic's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.choices import ValueFormat
from schemagen.errors import InputError
from schemagen.ksqldb.choose import choose_columns
from schemagen.ksqldb.ddl import StreamDdl, StreamOptions, stream_ddl, stream_name_for
from schemagen.workspace.columns import column_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.ksqldb.types import Struct
    from schemagen.project import TopicConfig
    from schemagen.workspace.files import TopicFiles


_PROPERTIES = ("PARTITIONS", "REPLICAS", "RETENTION_MS", "KEY_FORMAT", "KEY_DELIMITER")
"""What a user may add to WITH: the rest follows from the topic, or would void the proof."""


def with_properties(pairs: Sequence[str]) -> dict[str, str | int | bool]:
    """Read `NAME=VALUE` pairs for the WITH clause, in which numbers are not texts.

    Raises:
        InputError: a pair that can't be read, or a property that can't be set.

    """
    properties: dict[str, str | int | bool] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        name = name.strip().upper()
        if not sign or not name.replace("_", "").isalnum():
            raise InputError(f"--with {pair!r} is not NAME=VALUE.", "Write --with PARTITIONS=6.")
        if name not in _PROPERTIES:
            raise InputError(
                f"--with can't set {name}.",
                f"It sets {', '.join(_PROPERTIES)}; the event time is --event-time.",
            )
        properties[name] = int(value) if value.isascii() and value.isdigit() else value
    return properties


def stream_name(topic: TopicConfig) -> str:
    """Return the name of a topic's stream."""
    return topic.stream or stream_name_for(topic.name)


def sql_format(files: TopicFiles) -> str:
    """Return the VALUE_FORMAT of a topic's values."""
    return (files.registry.format if files.registry else ValueFormat.JSON).upper()


def stream_options(
    files: TopicFiles,
    properties: Mapping[str, str | int | bool] | None = None,
    *,
    or_replace: bool = False,
    source: bool = False,
) -> StreamOptions:
    """Return how a topic's stream is declared.

    Args:
        files: the topic.
        properties: further properties of the WITH clause.
        or_replace: whether the stream replaces one of its name.
        source: whether it is a source stream, which can only be read.

    Raises:
        InputError: a type of the project file can't be read.

    """
    topic = files.topic
    return StreamOptions(
        name=stream_name(topic),
        topic=topic.name,
        event_time=topic.event_time,
        properties=properties or {},
        or_replace=or_replace,
        source=source,
        caveats=files.losses,
        policy=column_policy(topic, files.registry),
        value_format=sql_format(files),
    )


def choose(files: TopicFiles) -> Struct:
    """Choose the columns of a topic's stream.

    Raises:
        InputError: a type of the project file can't be read.

    """
    return choose_columns(
        files.shape, column_policy(files.topic, files.registry), files.evidence
    ).columns


def declare(files: TopicFiles, options: StreamOptions | None = None) -> StreamDdl:
    """Declare a topic's stream.

    Args:
        files: the topic.
        options: how the stream is declared, None for what the topic's settings say.

    Raises:
        InputError: see `stream_ddl`.

    """
    return stream_ddl(files.shape, files.evidence, options or stream_options(files))
