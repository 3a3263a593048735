"""Options that several commands share, in groups."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from schemagen.options.groups import GENERAL, flag, option, option_group
from schemagen.words import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console

    from schemagen.project import Project, ServerConfig, TopicConfig
    from schemagen.report.progress import ProgressLine
    from schemagen.sources.records import Source
    from schemagen.sources.registry.registry import Registry
    from schemagen.sources.registry.source import RegistryReading


class Format(StrEnum):
    """How a command reports."""

    TEXT = "text"
    JSON = "json"


TopicArgument = Annotated[
    str | None,
    Argument(metavar="[TOPIC]", help="The topic. [default: the only one there is]"),
]
TopicOption = Annotated[
    str | None,
    Option("--topic", "-t", metavar="TOPIC", help="The topic. [default: the only one there is]"),
]
AllOption = Annotated[bool, Option("--all", help="Do so for every topic of the project.")]
SchemaOption = Annotated[
    Path | None,
    Option(
        "--schema",
        metavar="FILE",
        help="The schema file. [default: schemas/TOPIC.schema.json]",
    ),
]

NO_CACHE = (
    "Work everything out anew, and keep nothing in the cache folder; SCHEMAGEN_CACHE=0 does the "
    "same."
)


@option_group(GENERAL)
class ProjectFlags:
    """Where the project is."""

    config: Path | None = option(
        "-c --config FILE",
        "The project file. [default: schemagen.toml in this folder or one above]",
    )


@option_group(GENERAL)
class OutputFlags:
    """Where a command speaks: results to standard output, all else to standard error."""

    quiet: bool = flag("-q --quiet", "Print errors only.")
    no_color: bool = flag("--no-color", "Print without colours. [env: NO_COLOR]")

    def console(self, *, stderr: bool = False) -> Console:
        """Make a console for people."""
        from schemagen.report.console import console

        return console(stderr=stderr, no_color=self.no_color)

    @property
    def shows(self) -> bool:
        """Whether anything is printed for people on standard output."""
        return not self.quiet

    def show(self, renderable: Any) -> None:
        """Print a result for people; nothing with `--quiet` or for machines."""
        if self.shows:
            from schemagen.report.console import Trimmed

            self.console().print(Trimmed(renderable))

    def note(self, text: str, style: str = "") -> None:
        """Print a remark beside the results."""
        if not self.quiet:
            from rich.text import Text

            from schemagen.report.console import Trimmed

            self.console(stderr=True).print(Trimmed(Text(printable(text), style=style)))

    def notes(self, texts: Iterable[str], style: str = "") -> None:
        """Print remarks beside the results."""
        for text in texts:
            self.note(text, style)


@option_group("Output")
class ReportFlags(OutputFlags):
    """How a command reports, to people or to machines."""

    format: Format = option("--format", "How to report.", default=Format.TEXT)

    @property
    def shows(self) -> bool:
        """Whether anything is printed for people on standard output."""
        return super().shows and self.format is Format.TEXT

    def machine(self, data: Any) -> None:
        """Print a result for machines."""
        if self.format is Format.JSON:
            from schemagen.files import to_json

            sys.stdout.write(to_json(data))


@option_group("Output")
class ProgressFlags:
    """Whether a command shows how far it has read."""

    progress: bool | None = option(
        "--progress/--no-progress",
        "Show the progress of reading on standard error. [default: on a terminal]",
    )

    def line(self, source: Source, *, quiet: bool) -> ProgressLine:
        """Return what shows how much of a source is read."""
        from schemagen.report.progress import ProgressLine

        return ProgressLine(source, quiet=quiet, shown=self.progress)


@option_group("Kafka")
class KafkaFlags:
    """How to reach the cluster."""

    bootstrap_servers: str | None = option(
        "-b --bootstrap-servers LIST",
        "The brokers, as host:port,host:port. [env: SCHEMAGEN_BOOTSTRAP_SERVERS]",
    )
    properties: list[str] | None = option(
        "-X --property KEY=VALUE",
        "A librdkafka property, such as security.protocol=SASL_SSL; repeatable.",
    )
    kafka_config: list[Path] | None = option(
        "-F --kafka-config FILE", "A client.properties file; repeatable, the last one wins."
    )

    def client(self, project: Project) -> dict[str, str]:
        """Return librdkafka's properties, secrets among them.

        The flags come first, then the files, the environment, the project file.
        """
        import os

        from schemagen.project import kafka_config

        return kafka_config(
            project,
            bootstrap=self.bootstrap_servers,
            overrides=self.properties or [],
            properties_files=self.kafka_config or [],
            environ=os.environ,
        )


@option_group("Kafka")
class ClusterFlags(KafkaFlags):
    """How to reach the cluster, and the registry of its schemas."""

    registry: str | None = option(
        "--registry URL",
        "The Schema Registry, for values in JSON_SR, Avro or Protobuf. [env: "
        "SCHEMAGEN_REGISTRY_URL]",
    )

    def reading(
        self, project: Project, topic: TopicConfig, remark: Callable[[str], None]
    ) -> RegistryReading:
        """Return how the values of a topic are read.

        Args:
            project: the project.
            topic: the topic's settings.
            remark: called with what there is to say of the values.

        """
        import os

        from schemagen.project import registry_config, registry_properties
        from schemagen.sources.registry.source import RegistryReading

        config = registry_config(project, url=self.registry, environ=os.environ)

        def opened(known: ServerConfig) -> Registry:
            from schemagen.sources.registry.registry import open_registry

            return open_registry(registry_properties(known), known.url)

        registry = None if config is None else partial(opened, config)
        return RegistryReading(topic.name, registry, topic.format, topic.subject, remark)
