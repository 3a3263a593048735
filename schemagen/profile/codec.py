"""The profile as JSON: what the evidence file holds. The same profile gives the same bytes."""

from __future__ import annotations

from collections import Counter
from math import inf, isinf
from typing import TYPE_CHECKING, Any

from schemagen.profile.kinds import MOST_FIELDS, EventKinds
from schemagen.profile.numbers import IntegerStatistics, NumberStatistics
from schemagen.profile.profile import JSON_TYPES, Lengths, Node, Profile, restored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def profile_to_json(profile: Profile) -> dict[str, Any]:
    """Return the profile as JSON-ready values; zeros and what was never seen are left out."""
    kinds = profile.kinds
    out: dict[str, Any] = {"messages": profile.messages}
    if not kinds.fields or not profile.messages:
        return out | {"root": node_to_json(profile.root)}
    numbers = {kind: number for number, kind in enumerate(sorted(kinds.counts))}
    return out | {
        "kinds": {
            "fields": [list(path) for path in kinds.fields],
            "most": kinds.most,
            "names": {kind: kinds.counts[kind] for kind in numbers},
        },
        "root": node_to_json(profile.root, numbers, kinds.counts),
    }


def profile_from_json(data: Any) -> Profile:
    """Read back what `profile_to_json` gave.

    Raises:
        ValueError: the data is not a profile.

    """
    try:
        kinds = _kinds_from_json(data["kinds"]) if "kinds" in data else EventKinds()
        names = sorted(kinds.counts) if kinds.fields else None
        root = node_from_json(data["root"], repeated=False, names=names, around=kinds.counts)
        profile = restored(_count(data["messages"]), root, kinds)
        if root.total != profile.messages or (names is not None and kinds.messages != root.total):
            raise ValueError("not the profile of as many messages as it says")
    except (KeyError, TypeError, AttributeError, RecursionError, IndexError) as error:
        raise ValueError("not a profile") from error
    return profile


def _kinds_from_json(data: Any) -> EventKinds:
    fields = tuple(tuple(map(str, path)) for path in data["fields"])
    if not 0 < len(fields) <= MOST_FIELDS or not all(fields) or not data["most"]:
        raise ValueError("kinds without fields")
    kinds = EventKinds(fields, _count(data["most"]))
    kinds.counts = {str(kind): _count(n) for kind, n in data["names"].items()}
    return kinds


def node_to_json(
    node: Node, numbers: Mapping[str, int] | None = None, around: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Return one node and all below it as JSON-ready values.

    Args:
        node: the node.
        numbers: the numbers of the kinds of events; None where they are not counted.
        around: the messages by kind that have the object around: a node with the same ones says
            nothing of them.

    """
    out: dict[str, Any] = {}
    for kind, n in zip(JSON_TYPES, node.counts, strict=True):
        if n:
            out[kind] = {"count": n}
    if numbers is not None and node.kinds != around:
        out["kinds"] = _kinds_to_json(node, numbers)
    if node.messages != node.counts:
        out["messages"] = {k: n for k, n in zip(JSON_TYPES, node.messages, strict=True) if n}
    _describe_scalars(node, out)
    if "array" in out:
        items = {} if node.items is None else node_to_json(node.items)
        out["array"] |= {"length": _range(node.items_length), "items": items}
        if node.items_length.empty:
            out["array"]["empty"] = node.items_length.empty
    if "object" in out:
        out["object"] |= _objects_to_json(node, numbers)
    return out


def _describe_scalars(node: Node, out: dict[str, Any]) -> None:
    if "integer" in out:
        out["integer"] |= _integers_to_json(node.integers)
    if "number" in out:
        out["number"] |= _numbers_to_json(node.numbers)
    if "string" in out:
        out["string"] |= {"formats": dict(node.formats), "length": _range(node.text)}
        if node.content is not None:
            out["string"]["content"] = node_to_json(node.content)


def _kinds_to_json(node: Node, numbers: Mapping[str, int]) -> str:
    """Write the messages by kind in one line, of which there are many."""
    found = sorted((numbers[kind], n) for kind, n in (node.kinds or {}).items())
    return " ".join(f"{number}:{n}" for number, n in found)


def _objects_to_json(node: Node, numbers: Mapping[str, int] | None) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if node.any_key is not None:
        out["folded"] = node_to_json(node.any_key)
    else:
        around = node.kinds or {}
        out["fields"] = {k: node_to_json(v, numbers, around) for k, v in node.fields.items()}
    if node.empty_objects:
        out["empty"] = node.empty_objects
    return out


def node_from_json(
    data: Any,
    *,
    repeated: bool,
    names: Sequence[str] | None = None,
    around: Mapping[str, int] | None = None,
) -> Node:
    """Read back what `node_to_json` gave; `names` are the kinds of events by their numbers."""
    node = Node(repeated=repeated)
    if names is not None and around is not None:
        node.kinds = _counts_by_kind(data["kinds"], names) if "kinds" in data else dict(around)
    node.counts[:] = [_count(data[kind]["count"]) if kind in data else 0 for kind in JSON_TYPES]
    if repeated:
        messages = data.get("messages")
        node.messages[:] = (
            node.counts if messages is None else [_count(messages.get(k, 0)) for k in JSON_TYPES]
        )
    if "integer" in data:
        node.integers = _integers_from_json(data["integer"])
    if "number" in data:
        node.numbers = _numbers_from_json(data["number"])
    if "string" in data:
        formats = {str(k): _count(n) for k, n in data["string"]["formats"].items()}
        node.formats = Counter(formats)
        _set_range(node.text, data["string"]["length"])
        if "content" in data["string"]:
            node.content = node_from_json(data["string"]["content"], repeated=repeated)
    if "array" in data:
        _set_range(node.items_length, data["array"]["length"])
        node.items_length.empty = _count(data["array"].get("empty", 0))
        node.items = node_from_json(data["array"]["items"], repeated=True)
    if "object" in data:
        _read_objects(node, data["object"], names)
    return node


def _counts_by_kind(text: str, names: Sequence[str]) -> dict[str, int]:
    pairs = (pair.split(":") for pair in text.split())
    return {names[_count(int(number))]: _count(int(n)) for number, n in pairs}


def _read_objects(node: Node, data: Any, names: Sequence[str] | None) -> None:
    node.empty_objects = _count(data.get("empty", 0))
    if "folded" in data:
        node.any_key = node_from_json(data["folded"], repeated=node.repeated)
    else:
        fields = data["fields"].items()
        node.fields = {
            k: node_from_json(v, repeated=node.repeated, names=names, around=node.kinds)
            for k, v in fields
        }


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a count that is not a number")
    return value


def _range(lengths: Lengths) -> list[int | None]:
    return [lengths.least, lengths.greatest]


def _set_range(lengths: Lengths, pair: Any) -> None:
    lengths.least, lengths.greatest = _whole_range(pair)


def _whole_range(pair: Any) -> tuple[int, int]:
    least, greatest = pair
    if type(least) is not int or type(greatest) is not int or least > greatest:
        raise ValueError("a range that is none")
    return least, greatest


def _integers_to_json(integers: IntegerStatistics) -> dict[str, Any]:
    out: dict[str, Any] = {"range": [integers.least, integers.greatest]}
    for name in ("beyond32", "beyond64", "inexact"):
        if getattr(integers, name):
            out[name] = getattr(integers, name)
    return out


def _integers_from_json(data: Any) -> IntegerStatistics:
    integers = IntegerStatistics()
    integers.least, integers.greatest = _whole_range(data["range"])
    for name in ("beyond32", "beyond64", "inexact"):
        setattr(integers, name, _count(data.get(name, 0)))
    return integers


_NUMBER_COUNTS = ("whole32", "whole64", "inexact", "integer_digits", "scale")


def _numbers_to_json(numbers: NumberStatistics) -> dict[str, Any]:
    out: dict[str, Any] = {"range": [_finite(numbers.least), _finite(numbers.greatest)]}
    for name in _NUMBER_COUNTS:
        if getattr(numbers, name):
            out[name] = getattr(numbers, name)
    return out


def _numbers_from_json(data: Any) -> NumberStatistics:
    numbers = NumberStatistics()
    numbers.least, numbers.greatest = least, greatest = tuple(map(_infinite, data["range"]))
    if not least <= greatest:
        raise ValueError("a range that is none")
    for name in _NUMBER_COUNTS:
        setattr(numbers, name, _count(data.get(name, 0)))
    return numbers


def _finite(bound: float | None) -> float | str | None:
    """JSON has no infinity."""
    if bound is None or not isinf(bound):
        return bound
    return "inf" if bound > 0 else "-inf"


def _infinite(bound: float | str) -> float:
    # `float` would read other texts too.
    return {"inf": inf, "-inf": -inf}[bound] if isinstance(bound, str) else float(bound)
