"""Records from files: what to read, how much of it, and what was read."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemagen.errors import SourceError
from schemagen.sources.opening import STANDARD_INPUT, display_name, read_chunks
from schemagen.sources.origins import OriginTally
from schemagen.sources.recognition import read_head, recognise, unpacking
from schemagen.sources.records import Batch
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from schemagen.choices import FileFormat

_KINDS = (".json", ".ndjson", ".jsonl", ".log", ".csv", ".tsv", ".parquet", ".evtx")
_TEXT = ".txt"
_ARCHIVES = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class FileReading:
    """How files are read.

    Attributes:
        format: the format of all of them; None to recognise each by its first bytes.
        path: where in each message the messages are that are meant: keys, and through arrays;
            empty for the messages themselves.
        on_remark: called with what the files are, one line for each kind, when they were read.

    """

    format: FileFormat | None = None
    path: tuple[str, ...] = ()
    on_remark: Callable[[str], None] | None = None


_AS_THEY_ARE = FileReading()


@dataclass(slots=True)
class _File:
    """A file to read: where it lies, what it is, and how far it was read."""

    path: str
    records: int = 0
    complete: bool = False
    size: int = 0
    bytes_read: int = 0
    title: str = ""
    origins: OriginTally = field(default_factory=OriginTally)

    @property
    def source(self) -> str:
        """The path in a form that any report can hold."""
        return self.path if self.path == STANDARD_INPUT else display_name(self.path)

    def count_bytes(self, count: int) -> None:
        """Count bytes that were read, for who watches."""
        self.bytes_read += count


class FileSource:
    """Records from files and folders, in the order given; a `schemagen.sources.records.Source`.

    `schemagen.sources.recognition` tells what a file is. Of a folder the files are read that end
    in one of `_KINDS`, with or without `.gz` or `.zst`, and those in `.txt` that a tool wrote
    which is recognised; those of its subfolders too, sorted by path. A file that is named twice
    is read once.

    Args:
        paths: files, folders, or `-` for standard input.
        max_records: how many records to read at most, None for all: each file gives an equal
            share from its start, and what it lacks of that falls to the files behind it. Such a
            sample shows how the files begin; it says nothing of the rest.
        reading: how the files are read.

    Attributes:
        skipped: what was left out in the folders: hidden files, files of other kinds; and, each
            counted as one, hidden folders and links to folders, which could go round in circles.

    Raises:
        SourceError: a path doesn't exist, or a folder has no file to read.

    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        max_records: int | None = None,
        reading: FileReading = _AS_THEY_ARE,
    ) -> None:
        self.skipped = 0
        self._reading = reading
        self._max_records = max_records
        self._files: list[_File] = []
        seen: set[str] = set()
        for path in paths:
            for file in self._expand(path):
                same = file if file == STANDARD_INPUT else str(Path(file).resolve())
                if same not in seen:
                    seen.add(same)
                    self._files.append(_File(file, size=_size(file)))

    @property
    def paths(self) -> list[str]:
        """The files to read, in order."""
        return [file.path for file in self._files]

    def batches(self) -> Generator[Batch, None, None]:
        """Yield the records once.

        Raises:
            SourceError: a file can't be read, or ends where it shouldn't.

        """
        left = self._max_records
        try:
            for number, file in enumerate(self._files):
                share = None if left is None else -(-left // (len(self._files) - number))
                yield from _read(file, share, self._reading)
                if left is not None:
                    left -= file.records
        finally:
            self._say_what_they_are()

    def _say_what_they_are(self) -> None:
        if self._reading.on_remark is None:
            return
        titles = dict.fromkeys(file.title for file in self._files if file.title)
        for title in titles:
            files = [file for file in self._files if file.title == title]
            name = files[0].source if len(files) == 1 else counted(len(files), "file")
            records = counted(sum(file.records for file in files), "record")
            self._reading.on_remark(f"{name}: {title}, {records}")

    def share_read(self) -> float | None:
        """Return the share that has been read, by the files' sizes; None where they have none."""
        if self._max_records is not None:
            return sum(file.records for file in self._files) / self._max_records
        size = sum(file.size for file in self._files)
        return min(1.0, sum(file.bytes_read for file in self._files) / size) if size else None

    def provenance(self) -> dict[str, Any]:
        """Return what was read.

        Returns:
            `files` with the path (as given; within a folder, joined to it) and the records read of
            each, and where they were in Kafka if the file says so (`origin`); `complete`: whether
            that was all of every file; `skipped`: see the class.

        """
        return {
            "kind": "files",
            "files": [_account(file) for file in self._files],
            "skipped": self.skipped,
            "complete": all(file.complete for file in self._files),
        }

    def _expand(self, path: str) -> list[str]:
        if path == STANDARD_INPUT:
            return [path]
        try:
            if not Path(path).is_dir():
                Path(path).stat()
                return [path]
            files = sorted(self._files_in(path))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SourceError(
                f"{display_name(path)} can't be read: {reason}.",
                "Check the path. Several files: name their folder, or repeat the option for each.",
            ) from error
        if not files:
            raise SourceError(
                f"The folder {display_name(path)} has no file to read.",
                f"Files in folders must end in {', '.join(_KINDS)}, with or without"
                f" {' or '.join(_ARCHIVES)}; any other file can be named itself.",
            )
        return [str(file) for file in files]

    def _files_in(self, folder: str) -> Iterator[Path]:
        for parent, folders, files in os.walk(folder, onerror=_refuse):
            kept = [name for name in folders if not _is_passed_by(Path(parent, name))]
            self.skipped += len(folders) - len(kept)
            folders[:] = kept
            for file in (Path(parent, name) for name in files):
                if _is_wanted(file) and file.is_file():
                    yield file
                else:
                    self.skipped += 1


def _refuse(error: OSError) -> None:
    name = display_name(error.filename)
    raise SourceError(
        f"{name} can't be read: {error.strerror}.",
        "Make it readable, or name the files to read one by one.",
    ) from error


def _size(path: str) -> int:
    """Return a file's size in bytes, 0 where it has none, as a pipe."""
    try:
        return 0 if path == STANDARD_INPUT else Path(path).stat().st_size
    except (OSError, ValueError):
        return 0  # reading it will tell


def _is_passed_by(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.is_symlink()


def _is_wanted(file: Path) -> bool:
    if file.name.startswith("."):
        return False
    name = file.name.lower()
    for archive in _ARCHIVES:
        name = name.removesuffix(archive)
    return name.endswith(_KINDS) or (name.endswith(_TEXT) and _is_recognised(file))


def _is_recognised(file: Path) -> bool:
    """Return whether a file shows by its start that it was made from records."""
    with suppress(SourceError):
        if file.is_file():
            name = display_name(str(file))
            return bool(recognise(read_head(read_chunks(str(file))), name).title)
    return False


def _account(file: _File) -> dict[str, Any]:
    origin = file.origins.as_json()
    return {
        "path": file.source,
        "records": file.records,
        **({"origin": origin} if origin else {}),
    }


def _read(file: _File, share: int | None, reading: FileReading) -> Iterator[Batch]:
    """Yield at most `share` records; the file is complete if there was no further one."""
    chunks = read_chunks(file.path, file.count_bytes)
    name = display_name(file.path)
    head = read_head(chunks)
    way = unpacking(head, name, reading.format, reading.path)
    file.title = way.title
    for positions, values, origins in way.read(chain([head], chunks), name):
        remaining = len(values) if share is None else share - file.records
        if remaining > 0:
            batch = Batch(file.source, None, positions, values, origins).first(remaining)
            file.records += len(batch.values)
            file.origins.add(batch.origins)
            yield batch
        if remaining < len(values):
            return
    file.complete = True
