"""YAML that people wrote: read within bounds, with the line of everything in it.

Rule files come from anywhere, so nothing in one may cost more than its own size: the bytes, the
depth and the number of nodes (with what aliases repeat) are bounded, and a key that stands twice
is an error, since YAML would drop the first of the two without a word.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 4 << 20
"""The largest known rule, of 4,432 values, takes some 200 KB."""

MAX_NODES = 250_000
"""Nodes of all documents of a file, those that an alias repeats counted each time."""

MAX_DEPTH = 64
"""The deepest construct of Sigma takes five."""


class UnreadableError(Exception):
    """The file itself can't be read, or not as text.

    Args:
        reason: one clause without the path.

    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BrokenYamlError(Exception):
    """The text is not YAML, or exceeds the bounds.

    Args:
        reason: one clause without the place.
        line: counted from 1; None where the parser doesn't say.
        column: counted from 1; None where the parser doesn't say.

    """

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One YAML document of a file.

    Args:
        value: what it says, as Python values; None where it is empty.
        node: the same as the parser saw it, with the places.

    """

    value: Any
    node: yaml.Node

    @property
    def line(self) -> int:
        """The line that its content starts on, counted from 1."""
        return int(self.node.start_mark.line) + 1

    def line_of(self, *path: str | int) -> int:
        """Find the line of a key or of a list's element.

        Args:
            path: keys and indices from the top; where a step isn't there, the line of the last
                one that is.

        """
        node, line = self.node, self.line
        for step in path:
            if isinstance(node, yaml.MappingNode):
                found = [(key, item) for key, item in node.value if key.value == str(step)]
                if not found:
                    break
                key, node = found[0]
                line = int(key.start_mark.line) + 1
            elif (
                isinstance(node, yaml.SequenceNode)
                and isinstance(step, int)
                and step < len(node.value)
            ):
                node = node.value[step]
                line = int(node.start_mark.line) + 1
            else:
                break
        return line


class _Loader(yaml.CSafeLoader):
    """PyYAML's safe loader, quicker with text, which is most of a rule."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 (PyYAML's signature)
        if node.tag == "tag:yaml.org,2002:str" and isinstance(node, yaml.ScalarNode):
            return node.value
        return super().construct_object(node, deep)


def read_text(path: Path) -> str:
    """Read a file as UTF-8, a byte order mark taken off.

    Raises:
        UnreadableError: it can't be opened, is not a regular file, is too large or is not UTF-8.

    """
    try:
        status = path.stat()
        # Opening a pipe or a device could wait for ever.
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("it is not a regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(error.strerror or "it can't be opened") from error
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"it is larger than {MAX_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"it is not UTF-8 text (byte {error.start})") from error


def parse(text: str) -> list[YamlDocument]:
    """Parse all YAML documents of a text, with the safe types only.

    Raises:
        BrokenYamlError: a syntax error, an unknown tag, a key that stands twice, or too much.

    """
    loader = _Loader(text)
    documents = []
    try:
        budget = MAX_NODES
        while loader.check_node():
            node = cast("yaml.Node", loader.get_node())
            budget -= _measure(node, {}, 0)
            if budget < 0:
                raise BrokenYamlError(
                    f"more than {MAX_NODES:,} values, counting what aliases repeat",
                    *_place(node.start_mark),
                )
            documents.append(YamlDocument(_construct(loader, node), node))
    except yaml.MarkedYAMLError as error:
        reason = error.problem or error.context or "it can't be parsed"
        raise BrokenYamlError(
            " ".join(reason.split()), *_place(error.problem_mark or error.context_mark)
        ) from error
    except yaml.YAMLError as error:
        raise BrokenYamlError(" ".join(str(error).split())) from error
    except RecursionError as error:
        raise BrokenYamlError("it is nested too deeply") from error
    finally:
        loader.dispose()
    return documents


def _place(mark: yaml.Mark | None) -> tuple[int | None, int | None]:
    return (None, None) if mark is None else (mark.line + 1, mark.column + 1)


def _measure(node: yaml.Node, sizes: dict[int, int], depth: int) -> int:
    """Count the nodes of a tree whose aliases are written out, and check it on the way."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    known = sizes.get(id(node))
    if known is not None:
        return known
    if depth > MAX_DEPTH:
        # An alias within what it refers to is as deep as one likes.
        raise BrokenYamlError("it is nested too deeply", *_place(node.start_mark))
    if isinstance(node, yaml.MappingNode):
        _check_keys(node)
        children = [value for _, value in node.value]
    else:
        children = node.value
    size = 1 + len(node.value)
    for child in children:
        size += _measure(child, sizes, depth + 1)
    sizes[id(node)] = size
    return size


def _check_keys(node: yaml.MappingNode) -> None:
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BrokenYamlError("a key must be a plain text", *_place(key.start_mark))
        identity = (key.tag, key.value)
        if identity in seen:
            raise BrokenYamlError(f"the key `{key.value}` stands twice", *_place(key.start_mark))
        seen.add(identity)


def _construct(loader: _Loader, node: yaml.Node) -> Any:
    try:
        return loader.construct_document(node)
    except (ValueError, TypeError, OverflowError) as error:
        # YAML takes `2024-13-45` for a date before it finds that there is none, and says no line.
        for scalar in _scalars(node):
            try:
                yaml.SafeLoader("").construct_object(scalar)
            except (ValueError, TypeError, OverflowError, yaml.YAMLError):
                raise BrokenYamlError(
                    f"a value can't be read: {error}", *_place(scalar.start_mark)
                ) from error
        raise BrokenYamlError(
            f"a value can't be read: {error}", *_place(node.start_mark)
        ) from error


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield from _scalars(value)
    else:
        for child in node.value:
            yield from _scalars(child)
