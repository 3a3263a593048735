"""A script as it lies on disk: one file, or a folder of files with a manifest that orders them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from schemagen.deploy.detections import detections
from schemagen.deploy.queries import queries
from schemagen.errors import InputError
from schemagen.files import read_text
from schemagen.ksqldb.scripts import read_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp

    from schemagen.deploy.detections import ScriptDetection
    from schemagen.deploy.queries import ScriptQuery

MANIFEST = "manifest.txt"
"""The file of a folder that names the others, one a line, in the order in which they are run.

Lines that begin with `#`, and empty ones, are skipped.
"""


@dataclass(frozen=True, slots=True)
class ScriptStatement:
    """A statement of a script.

    Attributes:
        tree: the statement.
        origin: the file it stands in, for messages.
        line: the line that it begins on, from 1.

    """

    tree: exp.Expression
    origin: str
    line: int


@dataclass(frozen=True, slots=True)
class Script:
    """The statements of one or more files.

    Attributes:
        origin: where they are from, for messages.
        statements: the statements, in the order in which they are run.

    """

    origin: str
    statements: Sequence[ScriptStatement]

    @property
    def trees(self) -> list[exp.Expression]:
        """The statements as trees."""
        return [each.tree for each in self.statements]

    @property
    def queries(self) -> list[ScriptQuery]:
        """The persistent queries, in order."""
        return queries(self.trees)

    @property
    def detections(self) -> list[ScriptDetection]:
        """The detections, in order: each with its source, query id and columns."""
        return detections(self.trees)


def parse_text(sql: str, origin: str) -> Script:
    """Read a script from text.

    Args:
        sql: the text.
        origin: where it is from, for messages.

    Raises:
        InputError: ksqlDB would refuse the text.

    """
    placed = read_statements(sql, origin)
    return Script(origin, [ScriptStatement(tree, origin, line) for tree, line in placed])


def read_script(path: Path) -> Script:
    """Read a file of statements, or a folder of such files with a manifest.

    Raises:
        InputError: a file can't be read, a folder has no manifest, the manifest names something
            outside the folder or the same file twice, or ksqlDB would refuse a text.

    """
    files = manifest_files(path) if path.is_dir() else [path]
    parts = [parse_text(read_text(file), str(file)) for file in files]
    return Script(str(path), [each for part in parts for each in part.statements])


def statements_text(path: Path) -> str:
    """Read the text of a file of statements, or of a folder of them in the order of its manifest.

    Raises:
        InputError: see `read_script`.

    """
    files = manifest_files(path) if path.is_dir() else [path]
    return "\n".join(map(read_text, files))


def manifest_files(folder: Path) -> list[Path]:
    """List the files of a folder in the order of its manifest.

    Raises:
        InputError: see `read_script`.

    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise InputError(
            f"{folder} has no {MANIFEST}.",
            f"Name a file of statements, or a folder with {MANIFEST}.",
        )
    return [folder / name for name in manifest_names(read_text(manifest), str(manifest))]


def manifest_names(text: str, manifest: str) -> list[str]:
    """List the files that a manifest names, in their order.

    Args:
        text: the manifest.
        manifest: its name, for messages.

    Raises:
        InputError: it names something outside its folder, or the same file twice.

    """
    lines = [line.strip() for line in text.splitlines()]
    names = [line for line in lines if line and not line.startswith("#")]
    for name in names:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            raise InputError(f"{manifest} names {name!a}, which lies outside of its folder.")
        if names.count(name) > 1:
            raise InputError(f"{manifest} names {name!a} twice.", "A statement is run once.")
    return names
