"""The lines of fields in the text of a schema file, for annotations beside them.

JSON is nearly YAML, and PyYAML's composer keeps line marks where Python's JSON reader keeps none.
What differs is made equal first, without moving a line.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

import yaml

from schemagen.profile.paths import ANY_KEY, ITEMS, Path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ESCAPE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.", re.DOTALL)
"""One escape of JSON, a surrogate pair as one, so that an escaped backslash begins none."""

_UNREAD = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What YAML refuses, or takes for a line break, where JSON has it as it is."""


def field_lines(text: str) -> dict[Path, int]:
    """Find the lines, from 1, of all fields of a schema file.

    Args:
        text: the file's text; any text will do, even one that is not JSON.

    Returns:
        The line of the key that describes each field. The message itself is on line 1. What can't
        be read has no lines but that one.

    """
    lines: dict[Path, int] = {(): 1}
    try:
        root = yaml.compose(_readable(text), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return lines
    # The first in, the first out: of a field in several branches the first is found.
    waiting: deque[tuple[Path, yaml.Node | None]] = deque([((), root)])
    while waiting:
        path, node = waiting.popleft()
        for step, line, inner in _steps(node):
            below = (*path, *step)
            lines.setdefault(below, line)
            waiting.append((below, inner))
    return lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a field, or else of what is nearest around it, by `field_lines`."""
    path = tuple(_seen(step) if isinstance(step, str) else step for step in path)
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _steps(node: yaml.Node | None) -> Iterator[tuple[Path, int, yaml.Node]]:
    """Yield the steps from a schema to the schemas in it; a branch of anyOf is not a step."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        line = key.start_mark.line + 1
        match key.value:
            case "properties" if isinstance(value, yaml.MappingNode):
                for name, inner in value.value:
                    if isinstance(name, yaml.ScalarNode):
                        yield (_seen(name.value),), name.start_mark.line + 1, inner
            case "items":
                yield (ITEMS,), line, value
            case "additionalProperties" if isinstance(value, yaml.MappingNode):
                yield (ANY_KEY,), line, value
            case "anyOf" if isinstance(value, yaml.SequenceNode):
                for branch in value.value:
                    yield (), line, branch
            case _:
                pass


def _readable(text: str) -> str:
    return _ESCAPE.sub(_escape, _UNREAD.sub("\ufffd", text.removeprefix("\ufeff")))


def _escape(match: re.Match[str]) -> str:
    """Write what is not ASCII as its letter: YAML knows no escapes of surrogate pairs."""
    text = match[0]
    if text[1] != "u":
        return text
    try:
        letter = bytes.fromhex(text.replace("\\u", "")).decode("utf-16-be", "surrogatepass")
    except ValueError:
        return text
    return _seen(letter) if letter > "~" else text


def _seen(key: str) -> str:
    """Write a key as it is found in what `_readable` makes."""
    return _UNREAD.sub("\ufffd", key)
