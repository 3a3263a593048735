"""Paths as they are shown, and lists of files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from schemagen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def relative(path: Path) -> str:
    """Write a path from the current folder, if it lies in it."""
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


def once(files: Iterable[Path]) -> Iterator[Path]:
    """Yield files of evidence, each of which may be there only once.

    Raises:
        InputError: one is named twice, perhaps by another path.

    """
    seen: set[str] = set()
    for path in files:
        # `Path.resolve` fails at a link to itself, which reading reports.
        file = os.path.realpath(path)
        if file in seen:
            raise InputError(
                f"{path} is named twice: its records would count twice.", "Name it once."
            )
        seen.add(file)
        yield path
