"""Statements as a folder: a file a log source and a manifest, so that a review sees what changed.

The file of a bundle's log source has all queries of it; each stream has a file of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.script import MANIFEST, manifest_names
from schemagen.errors import InputError
from schemagen.files import read_text, write_text
from schemagen.ksqldb.dialect import properties
from schemagen.ksqldb.emitting import emitted
from schemagen.ksqldb.scripts import target_of
from schemagen.ksqldb.sql import nodes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NUMBER = re.compile(r"_[0-9]+\Z")
_HEAD = "# The files of statements, in the order in which they are run."


def is_folder(out: Path) -> bool:
    """Tell whether this is a folder for statements: one that is there, or a name without ending."""
    return out.is_dir() or (not out.suffix and not out.exists())


def write_folder(
    folder: Path, first: str, statements: Sequence[exp.Expr], remarks: Sequence[str]
) -> None:
    """Write statements as files of a folder, and its manifest; what that named before goes.

    Args:
        folder: the folder.
        first: the text of the stream's statement.
        statements: the others, in order.
        remarks: what else there is to know, lines.

    Raises:
        InputError: a file can't be written, or the engine would refuse a statement.

    """
    files = {"stream.sql": first}
    for name, group in _grouped(statements):
        files[_free(name, files)] = emitted(group)
    manifest = folder / MANIFEST
    for old in _named(manifest) - files.keys():
        (folder / old).unlink(missing_ok=True)
    for name, text in files.items():
        write_text(folder / name, text)
    lines = [_HEAD, *files, *(f"# {remark}" for remark in remarks)]
    write_text(manifest, "\n".join(lines) + "\n")


def _grouped(statements: Sequence[exp.Expr]) -> list[tuple[str, list[exp.Expr]]]:
    """Group statements that follow each other and belong together, each group with its name."""
    groups: list[tuple[str, list[exp.Expr]]] = []
    settings: list[exp.Expr] = []
    for each in statements:
        if isinstance(each, nodes.SetProperty):
            settings.append(each)
            continue
        if isinstance(each, nodes.UnsetProperty) and groups:
            groups[-1][1].append(each)
            continue
        name = _name(each)
        if settings or not groups or groups[-1][0] != name:
            groups.append((name, []))
        groups[-1][1].extend([*settings, each])
        settings = []
    if settings:
        groups.append(("settings", settings))
    return groups


def _name(statement: exp.Expr) -> str:
    """Name the file of a statement: by the log source of a bundle, or by what it makes."""
    own = properties(statement).get("QUERY_ID") if isinstance(statement, exp.Insert) else None
    return _NUMBER.sub("", str(own or target_of(statement))).lower()


def _free(name: str, taken: dict[str, str]) -> str:
    numbers = (f"_{n}" if n else "" for n in range(len(taken) + 1))
    return next(found for n in numbers if (found := f"{name}{n}.sql") not in taken)


def _named(manifest: Path) -> set[str]:
    try:
        return set(manifest_names(read_text(manifest), str(manifest)))
    except InputError:
        return set()
