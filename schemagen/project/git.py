"""Files as they were in git: `.git#main:schemas/t.schema.json`."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from schemagen.errors import InputError
from schemagen.files import read_text

_SIGN = "#"


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A file that a user named, in the work tree or in a revision of a repository.

    Attributes:
        path: the file; in a revision relative to the top of the repository.
        revision: a branch, tag or commit; None for the file as it lies there.
        repository: the folder of the repository, or its .git.

    """

    path: Path
    revision: str | None = None
    repository: Path = Path()

    def __str__(self) -> str:
        """Write it as a user does."""
        if self.revision is None:
            return str(self.path)
        return f"{self.repository}{_SIGN}{self.revision}:{self.path.as_posix()}"

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of the work tree; of a revision its files are named."""
        return self.revision is None and self.path.is_dir()

    def beside(self, name: str) -> FileSpec:
        """Return the file of another name in the same place."""
        return replace(self, path=self.path.with_name(name))

    def exists(self) -> bool:
        """Return whether there is such a file.

        Raises:
            InputError: git isn't there.

        """
        if self.revision is None:
            return self.path.exists()
        return _git(self, "cat-file", "-e", self._object()).returncode == 0

    def read(self) -> str:
        """Return the text of the file.

        Raises:
            InputError: it can't be read, or is not UTF-8.

        """
        if self.revision is None:
            return read_text(self.path)
        found = _git(self, "cat-file", "blob", self._object())
        if found.returncode:
            raise InputError(
                f"{self} is not in git: {_reason(found.stderr)}.",
                "Paths start at the top of the repository; in CI fetch the branch first.",
            )
        try:
            return found.stdout.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{self} is not UTF-8 text (byte {error.start}).", "Commit it as UTF-8."
            ) from error

    def _object(self) -> str:
        return f"{self.revision}:{PurePosixPath(self.path.as_posix())}"


def parse_spec(text: str) -> FileSpec:
    """Read `FILE`, or `REPOSITORY#REVISION:FILE`.

    A file whose name has the sign is meant where it is there.

    Raises:
        InputError: no file is named, or a repository without a revision or a file, or one that is
            not on this machine.

    """
    if "://" in text:  # not shown: such an address may hold a password
        raise InputError(
            "A baseline is read from files and local repositories, not from an address.",
            "Clone the repository, then write FOLDER#REVISION:FILE.",
        )
    if not Path(text).name:
        raise InputError(f"{text!a} names no file.", "Name a schema or a file of statements.")
    repository, sign, rest = text.partition(_SIGN)
    if not sign or Path(text).exists():
        return FileSpec(Path(text))
    revision, colon, path = rest.removeprefix("branch=").removeprefix("tag=").partition(":")
    if not (colon and path and revision) or revision.startswith("-") or "\0" in text:
        raise InputError(
            f"{text!a} names no file of a git revision.",
            "Write REPOSITORY#REVISION:FILE, such as .git#main:schemas/t.schema.json.",
        )
    return FileSpec(Path(path), revision, Path(repository or "."))


def _git(spec: FileSpec, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    folder = spec.repository
    place = ["--git-dir", str(folder)] if (folder / "HEAD").is_file() else ["-C", str(folder)]
    if folder == Path(".git"):
        place = []  # the repository that the current folder is in, also from below its top
    try:
        return subprocess.run(  # noqa: S603 - no shell, and the revision can't be an option
            ["git", *place, *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise InputError(
            f"git can't be run to read {spec}: {error.strerror}.", "Install git, or name a file."
        ) from error


def _reason(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ").rstrip(".") if lines else "no reason was given"
