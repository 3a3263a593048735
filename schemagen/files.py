"""Reading and writing the files that the tool owns."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from schemagen.errors import InputError


def evidence_path(schema: Path) -> Path:
    """Give the path of the evidence file that lies beside a schema file."""
    return schema.with_name(
        schema.name.removesuffix(".json").removesuffix(".schema") + ".evidence.json"
    )


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, making its folder where needed.

    Raises:
        InputError: the file can't be written.

    """
    try:
        # A link stays a link; a device or a pipe is written to, not replaced.
        path = path.resolve()
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            # A temporary file is private; the finished one is as any file of the user's.
            umask = os.umask(0)
            os.umask(umask)
            Path(temporary).chmod(0o666 & ~umask)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"Can't write {path}: {error.strerror}.") from error


def read_text(path: Path) -> str:
    """Read a file of ours.

    Raises:
        InputError: it is missing, can't be read or is not UTF-8.

    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"Can't read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text (byte {error.start}).",
            "Save it as UTF-8; the `>` of Windows PowerShell writes UTF-16.",
        ) from error


def to_json(data: Any, *, sort_keys: bool = False) -> str:
    """Write JSON as our files have it: indented, one final newline, the same for the same data."""
    text = json.dumps(data, indent=2, sort_keys=sort_keys, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # A key with half of a surrogate pair has no UTF-8 but an escape.
        text = json.dumps(data, indent=2, sort_keys=sort_keys, ensure_ascii=True)
    return text + "\n"


def read_json(path: Path) -> Any:
    """Read a JSON file of ours.

    Raises:
        InputError: it can't be read or is not JSON.

    """
    return parse_json(read_text(path), str(path))


def parse_json(text: str, origin: str) -> Any:
    """Read JSON that a file of ours held.

    Args:
        text: the text.
        origin: where it is from, for messages.

    Raises:
        InputError: it is not JSON.

    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(
            f"{origin} is not valid JSON{where}.",
            "Undo what was edited there, or make the file anew.",
        ) from error
