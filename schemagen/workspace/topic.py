"""Which topic a command works on, and where its files are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.errors import InputError
from schemagen.files import evidence_path, read_json
from schemagen.project import Project, TopicConfig, load
from schemagen.topics import NAME_HINT, is_topic_name

if TYPE_CHECKING:
    from pathlib import Path

SCHEMAS = "schemas"
"""The folder of the schema files, beside schemagen.toml."""

STATEMENTS = "stream.sql"
"""The file of statements, beside schemagen.toml."""

_SUFFIX = ".schema.json"


@dataclass(frozen=True, slots=True)
class Workspace:
    """One topic of a project.

    Attributes:
        project: the project.
        topic: what the project file says of the topic, with what options say instead.
        schema_file: the path of its schema; there need not be a file.

    """

    project: Project
    topic: TopicConfig
    schema_file: Path

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.project.root

    @property
    def evidence_file(self) -> Path:
        """The path of the evidence beside the schema; there need not be a file."""
        return evidence_path(self.schema_file)

    @property
    def statements_file(self) -> Path:
        """The path of the topic's statements; there need not be a file."""
        return self.topic.out or self.root / STATEMENTS

    def having(self, topic: TopicConfig) -> Workspace:
        """Return the workspace with other settings of its topic."""
        return replace(self, topic=topic)


def open_workspace(
    config: Path | None = None, topic: str | None = None, schema: Path | None = None
) -> Workspace:
    """Load the project file, and find the topic.

    Args:
        config: the file that the user named, None to search for one.
        topic: the topic that the user named; None for the only one in the project file, the one
            that the named schema is of, or the only one that has a schema.
        schema: the schema file that the user named, None for the topic's own.

    Raises:
        InputError: the project file is broken, or there is not just one topic.

    """
    project = load(config)
    name = topic or _only_topic(project, schema)
    if not is_topic_name(name):
        raise InputError(f"{name!a} can't be the name of a topic.", NAME_HINT)
    return _workspace(project, name, schema)


def open_workspaces(config: Path | None = None) -> list[Workspace]:
    """Load the project file, and find all topics: those of the file, else those with a schema.

    Raises:
        InputError: the project file is broken, or there is no topic.

    """
    project = load(config)
    return [_workspace(project, name, None) for name in _topics(project, None)]


def _workspace(project: Project, name: str, schema: Path | None) -> Workspace:
    known = project.topics.get(name) or TopicConfig(name=name)
    return Workspace(project, known, schema or project.root / SCHEMAS / f"{name}{_SUFFIX}")


def _only_topic(project: Project, schema: Path | None) -> str:
    known = _topics(project, schema)
    if len(known) > 1:
        raise InputError(
            f"No topic was named, and there are {len(known):,}: {', '.join(known)}.",
            "Name one, as TOPIC or with --topic.",
        )
    return known[0]


def _topics(project: Project, schema: Path | None) -> list[str]:
    known = sorted(project.topics) or _with_schema(project, schema)
    if not known:
        raise InputError(
            "No topic was named, and there is none in schemagen.toml or schemas/.",
            "Name it, as TOPIC or with --topic.",
        )
    return known


def _with_schema(project: Project, schema: Path | None) -> list[str]:
    """List the topics that have a schema: that of the named file, else those of the folder."""
    if schema is not None:
        document = read_json(schema) if schema.is_file() else None
        title = document.get("title") if isinstance(document, dict) else None
        return [title] if isinstance(title, str) else []
    files = (project.root / SCHEMAS).glob(f"*{_SUFFIX}")
    return sorted(file.name.removesuffix(_SUFFIX) for file in files)
