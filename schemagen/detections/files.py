"""Which files hold rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.detections.problems import Problem, ProblemKind
from schemagen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SUFFIXES = (".yml", ".yaml")
TEST_SUFFIXES = tuple(f".test{suffix}" for suffix in SUFFIXES)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file to load rules from.

    Args:
        path: where it is, beginning with the path that was given.
        name: its path below the given folder with `/` between the parts; the bare file name where
            the file itself was given. It doesn't change when the folder is checked out elsewhere.

    """

    path: Path
    name: str


@dataclass(slots=True)
class _Search:
    files: list[RuleFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)


def find_rule_files(paths: Sequence[Path]) -> tuple[list[RuleFile], list[Problem]]:
    """Find the rule files in what was given, each once, in an order that doesn't change.

    Folders are searched to the bottom for `*.yml` and `*.yaml`, sorted by name; hidden entries
    (`.github`) and test cases (`*.test.yml`) are passed over. A file that is given itself is taken
    whatever its name, test cases aside. Links are followed, but no folder is entered twice.

    Args:
        paths: files and folders, taken in this order.

    Returns:
        The files, and what was unreadable on the way.

    Raises:
        InputError: a given path doesn't exist.

    """
    search = _Search()
    for path in paths:
        if not _exists(path):
            raise InputError(
                f"There is no rule file or folder {path}.",
                "Give the path of a Sigma rule file or of a folder with rules.",
            )
        if _is_folder(path):
            # A folder may be given inside one that was searched already, so folders are told
            # apart within one search only; a file is taken once over all of them.
            _walk(path, "", search, set())
        elif path.name.endswith(TEST_SUFFIXES):
            reason = "It holds test cases, not rules."
            search.problems.append(Problem(path, None, ProblemKind.NOT_A_RULE, reason, remark=True))
        else:
            _take(path, path.name, search)
    return search.files, search.problems


def _take(path: Path, name: str, search: _Search) -> None:
    try:
        real = path.resolve()
    except (OSError, RuntimeError):
        # A link to itself: opening it will tell.
        real = path.absolute()
    if real not in search.seen:
        search.seen.add(real)
        search.files.append(RuleFile(path, name))


def _walk(folder: Path, prefix: str, search: _Search, entered: set[Path]) -> None:
    try:
        real = folder.resolve()
        if real in entered:
            return
        entered.add(real)
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it can't be opened"
        reason = f"The folder can't be read: {reason}."
        search.problems.append(Problem(folder, None, ProblemKind.UNREADABLE, reason))
        return
    for entry in _visible(entries):
        if _is_folder(entry):
            _walk(entry, f"{prefix}{entry.name}/", search, entered)
        elif entry.name.endswith(SUFFIXES) and not entry.name.endswith(TEST_SUFFIXES):
            _take(entry, prefix + entry.name, search)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # What is forbidden is there; reading it will tell.
        return True


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _visible(entries: list[Path]) -> Iterator[Path]:
    return (entry for entry in entries if not entry.name.startswith("."))
