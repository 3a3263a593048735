"""What was worked out before, kept in the user's cache folder: quick to have again, safe to delete.

A file holds JSON values by their keys, for one context: all that decides them beside the key. It is
written whole and renamed, so that commands may run side by side, and carries a checksum. Files that
are broken, of another context, or that somebody else can write to are passed over.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import zstandard

OFF = "SCHEMAGEN_CACHE"
"""The variable that switches the cache off where it is `0`."""
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading a value raises that is not as it was written."""
_ENDING = ".cache"
_MOST_FILES = 24
_MOST_BYTES = 256 << 20
_MOST_OF_FILE = 256 << 20
"""Bytes of a file's values: what one holds more is not written, and not read."""
_MOST_ENTRIES = 20_000
_LEFT_OVER = 3600
"""After so many seconds a file that was not renamed belongs to a command that has died."""
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path | None:
    """Return the cache folder, by the XDG base directories; None where there is none to use."""
    if os.environ.get(OFF) == "0":
        return None
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        base = Path(named) if named and Path(named).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return base / "schemagen"


class Cache:
    """Values by their keys.

    Args:
        name: the beginning of the file's name.
        context: all that decides the values beside their keys.
        folder: where the file lies; None for a cache that keeps nothing.

    """

    def __init__(self, name: str, context: str, folder: Path | None) -> None:
        self._context = hashlib.sha256(context.encode("utf-8", "backslashreplace")).hexdigest()
        self._file = None if folder is None else folder / f"{name}-{self._context[:32]}{_ENDING}"
        self._old = {} if self._file is None else _read(self._file, self._context)
        self._used: dict[str, Any] = {}
        self._is_changed = False

    def get(self, key: str) -> Any:
        """Return the value of a key; None where there is none."""
        if key not in self._used and key in self._old:
            self._used[key] = self._old.pop(key)
        return self._used.get(key)

    def put(self, key: str, value: Any) -> None:
        """Keep a value, which JSON must have a form for."""
        self._used[key] = value
        self.changed()

    def changed(self) -> None:
        """Note that a value was changed in its place."""
        self._is_changed = True

    def save(self, *, forget: bool = False) -> None:
        """Write what was used, and of the rest as much as there is room for; never an error.

        Args:
            forget: whether to leave out what was not used.

        """
        if self._file is None:
            return
        with suppress(OSError, TypeError, ValueError):
            if self._is_changed:
                _write(self._file, self._context, {**self._used, **({} if forget else self._old)})
                self._is_changed = False
            else:
                os.utime(self._file)


def _read(file: Path, context: str) -> dict[str, Any]:
    """Read a file of ours; nothing where it is not one, or not safe."""
    try:
        if not _is_own(file.parent.stat(), stat.S_ISDIR):
            return {}
        # Opening a pipe could wait for ever, and a link leads anywhere.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(file, flags), "rb") as opened:
            if not _is_own(os.fstat(opened.fileno()), stat.S_ISREG):
                return {}
            data = opened.read(_MOST_OF_FILE)
        digest, _, packed = data.partition(b"\n")
        if digest.decode() != hashlib.sha256(packed).hexdigest():
            return {}
        text = zstandard.ZstdDecompressor().decompress(packed, max_output_size=_MOST_OF_FILE)
        found = orjson.loads(text)
        held: dict[str, Any] = found["values"] if found["context"] == context else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zstandard.ZstdError):
        return {}
    return held if isinstance(held, dict) else {}


def _is_own(status: os.stat_result, is_kind: Any) -> bool:
    """Tell whether something is of a kind, the user's own, and nobody else can write to it."""
    owner = getattr(os, "geteuid", lambda: status.st_uid)()
    return is_kind(status.st_mode) and status.st_uid == owner and not status.st_mode & _OTHERS_WRITE


def _write(file: Path, context: str, values: dict[str, Any]) -> None:
    kept = dict(list(values.items())[:_MOST_ENTRIES])
    text = orjson.dumps({"context": context, "values": kept})
    if len(text) > _MOST_OF_FILE:
        return
    packed = zstandard.ZstdCompressor(level=1).compress(text)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=_ENDING)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(hashlib.sha256(packed).hexdigest().encode() + b"\n" + packed)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _tidy(file.parent)


def _tidy(folder: Path) -> None:
    """Take away the files that were used longest ago, where there are too many or too large."""
    found = []
    for file in folder.glob(f"*{_ENDING}"):
        with suppress(OSError):
            found.append((file.stat(), file))
    room, kept = _MOST_BYTES, 0
    for status, file in sorted(found, key=lambda one: (-one[0].st_mtime, one[1].name)):
        is_left_over = file.name.startswith(".")
        if is_left_over and time.time() - status.st_mtime < _LEFT_OVER:
            continue
        room -= status.st_size
        kept += 1
        if is_left_over or room < 0 or kept > _MOST_FILES:
            with suppress(OSError):
                file.unlink()
