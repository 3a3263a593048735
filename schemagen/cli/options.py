"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a command reports."""

    TEXT = "text"
    JSON = "json"


class RulesFormat(StrEnum):
    """How `rules` reports."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


_KAFKA = "Kafka"
_OUTPUT = "Output"

BootstrapOption = Annotated[
    str | None,
    typer.Option(
        "--bootstrap-servers",
        "-b",
        metavar="LIST",
        help="Brokers, as host:port,host:port. [env: SCHEMAGEN_BOOTSTRAP_SERVERS]",
        show_default=False,
        rich_help_panel=_KAFKA,
    ),
]
PropertyOption = Annotated[
    list[str],
    typer.Option(
        "--property",
        "-X",
        metavar="KEY=VALUE",
        help="Any librdkafka property, such as security.protocol=SASL_SSL; repeatable.",
        show_default=False,
        rich_help_panel=_KAFKA,
    ),
]
KafkaConfigOption = Annotated[
    list[Path],
    typer.Option(
        "--kafka-config",
        "-F",
        metavar="FILE",
        help="A client.properties file; repeatable, a later one wins.",
        show_default=False,
        rich_help_panel=_KAFKA,
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="The project file; by default the schemagen.toml of this folder or one above.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option("--format", help="How to report.", rich_help_panel=_OUTPUT),
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print errors only.", rich_help_panel=_OUTPUT),
]
NoColorOption = Annotated[
    bool,
    typer.Option("--no-color", help="No colours. [env: NO_COLOR]", rich_help_panel=_OUTPUT),
]
