"""Paths into a message, and how they are written.

A path is a tuple of steps: a text for a key, `ITEMS` for the inside of an array, `ANY_KEY` for any
key of an object whose keys are not told apart. Written out it is `winlog.event_data.Image`,
`host.ip[]`, `labels.*`; a key that would be misread is quoted: `zeek."id.orig_h"`.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class PathStep(Enum):
    """A step that is not a key."""

    ITEMS = "[]"
    ANY_KEY = "*"


ITEMS = PathStep.ITEMS
ANY_KEY = PathStep.ANY_KEY

Path = tuple[str | PathStep, ...]

_PLAIN = re.compile(r"[\w@$%&+:/ -]+\Z")


def render(path: Path) -> str:
    """Write a path out; the message itself is `(message)`."""
    if not path:
        return "(message)"
    text = ""
    for step in path:
        if step is ITEMS:
            text += "[]"
        else:
            text += ("." if text else "") + ("*" if isinstance(step, PathStep) else _key(step))
    return text


def _key(key: str) -> str:
    if _PLAIN.match(key) and key == key.strip():
        return key
    # JSON's quoting keeps control characters and lone surrogates off the terminal.
    return json.dumps(key)


_STEP = re.compile(r'"(?:[^"\\]|\\.)*"|[^."]+')


def keys_of(text: str) -> tuple[str, ...]:
    """Read a path of keys alone as it is written, such as `winlog.event_id`.

    Raises:
        ValueError: it is not such a path.

    """
    steps = _STEP.findall(text)
    if not steps or ".".join(steps) != text or any("*" in step or "[]" in step for step in steps):
        raise ValueError("not a path of keys")
    return tuple(json.loads(step) if step.startswith('"') else step for step in steps)


def matches(path: Path, globs: Iterable[str]) -> bool:
    """Return whether a written path matches one of the globs (`*` and `?` cross the dots)."""
    text = render(path)
    return any(fits(text, glob) for glob in globs)


def fits(text: str, glob: str) -> bool:
    """Return whether a path, as it is written, fits a glob; one fits itself.

    `[]` is the inside of an array, where globs would begin a class of characters with it.
    """
    return text == glob or fnmatchcase(text, glob.replace("[]", "[[]]"))
