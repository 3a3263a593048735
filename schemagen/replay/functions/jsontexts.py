"""JSON in texts, as Jackson reads and writes it, and nested values as texts."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from schemagen.ksqldb.reader import as_text, quoted
from schemagen.ksqldb.types import Array, KsqlType, Map, Struct, parse_type

_MISSING = object()
_BLANKS = " \t\r\n"
_SEGMENT = re.compile(r'\.([\w:@]+)|\[(?:"((?:[^"\\]|\\["\\])*)"|(\w+))\]')


class InvalidPathError(ValueError):
    """A JSON path that ksqlDB refuses."""


@lru_cache(maxsize=1024)
def json_path(path: str) -> tuple[str, ...]:
    """Read a path such as `$.a["b"][0]` (`JsonPathTokenizer`).

    Raises:
        InvalidPathError: ksqlDB refuses it.

    """
    if not path.startswith("$"):
        raise InvalidPathError
    steps, at = [], 1
    while at < len(path):
        found = _SEGMENT.match(path, at)
        if found is None:
            raise InvalidPathError
        key = found[2]
        steps.append(found[1] or found[3] if key is None else re.sub(r"\\(.)", r"\1", key))
        at = found.end()
    return tuple(steps)


def _no_constant(_: str) -> None:
    raise ValueError


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)


def _read(text: str) -> Any:
    """Read the first value of a text; what follows an object, an array or a text is no matter.

    Raises:
        ValueError: Jackson doesn't read it.

    """
    start = text.lstrip(_BLANKS)
    if not start:
        return _MISSING
    try:
        value, end = _DECODER.raw_decode(start)
    except RecursionError:
        raise ValueError from None
    if not isinstance(value, dict | list | str) and start[end : end + 1].strip(_BLANKS):
        # A number or a word must end where it ends.
        raise ValueError
    return value


def _known(text: str) -> Any:
    """Read a text, `_MISSING` where it is empty or Jackson doesn't read it."""
    try:
        return _read(text)
    except ValueError:
        return _MISSING


def is_json(text: str) -> bool:
    """Tell whether ksqlDB can parse the text as JSON, or it is empty."""
    try:
        _read(text)
    except ValueError:
        return False
    return True


def is_json_value(text: str) -> bool:
    """`IS_JSON_STRING`: an empty text is not a value."""
    return _known(text) is not _MISSING


def extract_json_field(text: str, path: str) -> str | None:
    """`EXTRACTJSONFIELD` of valid JSON: texts as they are, anything else as JSON."""
    node = _known(text)
    steps = json_path(path)
    if node is _MISSING:
        return None if steps else ""
    for step in steps:
        if isinstance(node, list):
            index = int(step) if re.fullmatch(r"[+-]?[0-9]+", step) else -1
            node = node[index] if 0 <= index < len(node) else _MISSING
        else:
            node = node.get(step, _MISSING) if isinstance(node, dict) else _MISSING
        if node is _MISSING:
            return None
    return _shown(node)


def _shown(node: Any) -> str:
    return node if isinstance(node, str) else json_text(node)


def json_text(node: Any) -> str:
    """Write JSON as Jackson does: compact."""
    if isinstance(node, dict):
        return "{" + ",".join(f"{quoted(k)}:{json_text(v)}" for k, v in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(json_text, node)) + "]"
    if isinstance(node, str):
        return quoted(node)
    return "null" if node is None else as_text(node)


def array_length(text: str) -> int | None:
    """`JSON_ARRAY_LENGTH`; None for anything but an array."""
    node = _known(text)
    return len(node) if isinstance(node, list) else None


def keys(text: str) -> list[str] | None:
    """`JSON_KEYS`; None for anything but an object."""
    node = _known(text)
    return list(node) if isinstance(node, dict) else None


def records(text: str) -> dict[str, str] | None:
    """`JSON_RECORDS`: texts as they are, other values as JSON; None for anything but an object."""
    node = _known(text)
    return {k: _shown(v) for k, v in node.items()} if isinstance(node, dict) else None


def items(text: str) -> list[str] | None:
    """`JSON_ITEMS`; None where it throws, for anything but an array."""
    node = _known(text)
    return [json_text(item) for item in node] if isinstance(node, list) else None


def array_contains(text: str, wanted: str, kind: str) -> bool:
    """`JSON_ARRAY_CONTAINS`: an item of the array of just that type and value."""
    node = _known(text)
    if not isinstance(node, list):
        return False
    kinds: dict[str, type] = {"VARCHAR": str, "BOOLEAN": bool}
    expected = kinds.get(kind, int)
    return any(type(item) is expected and as_text(item) == wanted for item in node)


def concat(left: str, right: str) -> str | None:
    """`JSON_CONCAT` of two: objects are merged, anything else becomes one array."""
    first, second = _known(left), _known(right)
    if first is _MISSING or second is _MISSING:
        return None
    if isinstance(first, dict) and isinstance(second, dict):
        return json_text(first | second)
    lists = [node if isinstance(node, list) else [node] for node in (first, second)]
    return json_text([*lists[0], *lists[1]])


# -- nested values --------------------------------------------------------------------------------
#
# They come as JSON, whose objects have the numbered fields of DuckDB.


@lru_cache(maxsize=256)
def _type(written: str) -> KsqlType:
    return parse_type(written)


def nested_text(shown: str, written: str) -> str:
    """`CAST` of an ARRAY, MAP or STRUCT AS VARCHAR: Java's own text of it."""
    return _java_text(_type(written), json.loads(shown))


def _java_text(declared: KsqlType, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(declared, Array):
        return "[" + ", ".join(_java_text(declared.item, item) for item in value) + "]"
    if isinstance(declared, Map):
        pairs = (f"{key}={_java_text(declared.value, item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(declared, Struct):
        parts = [
            f"{field.stored}={_java_text(field.type, value[f'f{place}'])}"
            for place, field in enumerate(declared.fields)
            if value[f"f{place}"] is not None
        ]
        return "Struct{" + ",".join(parts) + "}"
    return as_text(value)


def to_json(shown: str, written: str) -> str:
    """`TO_JSON_STRING`: keys and fields in their order of names."""
    return json_text(_named(_type(written), json.loads(shown)))


def _named(declared: KsqlType, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(declared, Array):
        return [_named(declared.item, item) for item in value]
    if isinstance(declared, Map):
        return {key: _named(declared.value, value[key]) for key in sorted(value)}
    if isinstance(declared, Struct):
        named = {
            field.stored: _named(field.type, value[f"f{place}"])
            for place, field in enumerate(declared.fields)
        }
        return {key: named[key] for key in sorted(named)}
    return value
