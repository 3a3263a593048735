"""What the commands share: the project, the topic, the source, and how to speak."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemagen.cli.options import Format
from schemagen.errors import UsageError
from schemagen.project import Project, TopicConfig, kafka_config, load
from schemagen.words import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

SCHEMAS = "schemas"

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command speaks: results to standard output, all else to standard error."""

    format: Format = Format.TEXT
    quiet: bool = False
    no_color: bool = False

    def console(self, *, stderr: bool = False) -> Console:
        """Make a console for people."""
        from schemagen.report.console import console

        return console(stderr=stderr, no_color=self.no_color)

    def show(self, renderable: Any) -> None:
        """Print a result for people; nothing with `--quiet` or for machines."""
        if self.shows:
            from schemagen.report.console import Trimmed

            self.console().print(Trimmed(renderable))

    @property
    def shows(self) -> bool:
        """Whether anything is printed for people on standard output."""
        return not self.quiet and self.format is Format.TEXT

    def note(self, text: str, style: str = "") -> None:
        """Print a remark beside the results."""
        if not self.quiet:
            from rich.text import Text

            from schemagen.report.console import Trimmed

            self.console(stderr=True).print(Trimmed(Text(printable(text), style=style)))

    def machine(self, data: Any) -> None:
        """Print a result for machines."""
        if self.format is Format.JSON:
            from schemagen.files import to_json

            sys.stdout.write(to_json(data))


def project_and_topic(config: Path | None, topic: str | None) -> tuple[Project, TopicConfig]:
    """Load the project file and find the topic's part of it.

    Args:
        config: the file that the user named, None to search for one.
        topic: the topic that the user named, None for the only one in the file.

    Raises:
        UsageError: the file is broken, or no topic was named and the file has not just one.

    """
    project = load(config)
    if topic is None:
        if len(project.topics) != 1:
            known = ", ".join(sorted(project.topics))
            raise UsageError(
                "No topic was named.",
                f"Name one of {known}."
                if known
                else "Name it as TOPIC, or with --topic where that is an option.",
            )
        (topic,) = project.topics
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        raise UsageError(
            f"{topic!a} can't be the name of a topic.",
            "A topic's name has letters, digits, dots, underscores and hyphens, 249 at most.",
        )
    return project, project.topics.get(topic) or TopicConfig(name=topic)


def schema_path(project: Project, topic: str, named: Path | None = None) -> Path:
    """Give the path of a topic's schema file."""
    return named or project.root / SCHEMAS / f"{topic}.schema.json"


def once(files: Iterable[Path]) -> Iterator[Path]:
    """Give files of evidence, each of which may be there only once.

    Raises:
        UsageError: one is named twice, perhaps by another path.

    """
    seen: set[str] = set()
    for path in files:
        # `Path.resolve` fails at a link to itself, which reading will tell of.
        file = os.path.realpath(path)
        if file in seen:
            raise UsageError(
                f"{path} is named twice: its records would count twice.", "Name it once."
            )
        seen.add(file)
        yield path


def relative(path: Path) -> str:
    """Write a path as short as it can be said from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def as_named(path: Path, root: Path) -> Path:
    """Write a path as it was given; the same on every machine, if it lies in the project.

    Args:
        path: as given; an absolute one is written from here or, if it isn't below, from `root`.
        root: the project's folder.

    """
    if path.is_absolute():
        for base in (Path.cwd(), root):
            if path.is_relative_to(base):
                return path.relative_to(base)
    return path


def connection(
    project: Project,
    bootstrap: str | None,
    properties: Sequence[str],
    files: Sequence[Path],
) -> dict[str, str]:
    """Put the client's configuration together: flag, file, environment, project file."""
    return kafka_config(
        project,
        bootstrap=bootstrap,
        overrides=properties,
        properties_files=files,
        environ=os.environ,
    )


def share(text: str, option: str) -> float:
    """Read a share: `1%`, `0.1 %` or `0.01`.

    Raises:
        UsageError: it is no number between 0 and 1.

    """
    number, sign = text.strip().removesuffix("%").strip(), text.strip().endswith("%")
    try:
        value = float(number) / (100 if sign else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"{option} {text!r} is no share.", "Write 1% or 0.01.")
    # 99.9 % is 0.999, and not the double next to it.
    return round(value, 12)
