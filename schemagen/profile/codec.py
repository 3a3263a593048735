"""The profile as JSON: what the evidence file holds. The same profile gives the same bytes."""

from __future__ import annotations

from collections import Counter
from math import inf, isinf
from typing import Any

from schemagen.profile.numbers import IntegerStatistics, NumberStatistics
from schemagen.profile.profile import JSON_TYPES, Lengths, Node, Profile


def profile_to_json(profile: Profile) -> dict[str, Any]:
    """Return the profile as JSON-ready values; zeros and what was never seen are left out."""
    return {"messages": profile.messages, "root": node_to_json(profile.root)}


def profile_from_json(data: Any) -> Profile:
    """Read back what `profile_to_json` gave.

    Raises:
        ValueError: the data is not a profile.

    """
    profile = Profile()
    try:
        profile.messages = _count(data["messages"])
        profile.root = node_from_json(data["root"], repeated=False)
        if profile.root.total != profile.messages:
            raise ValueError("not the profile of as many messages as it says")
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a profile") from error
    return profile


def node_to_json(node: Node) -> dict[str, Any]:
    """Return one node and all below it as JSON-ready values."""
    out: dict[str, Any] = {}
    for kind, n in zip(JSON_TYPES, node.counts, strict=True):
        if n:
            out[kind] = {"count": n}
    if node.messages != node.counts:
        out["messages"] = {k: n for k, n in zip(JSON_TYPES, node.messages, strict=True) if n}
    if "integer" in out:
        out["integer"] |= _integers_to_json(node.integers)
    if "number" in out:
        out["number"] |= _numbers_to_json(node.numbers)
    if "string" in out:
        out["string"] |= {"formats": dict(node.formats), "length": _range(node.text)}
    if "array" in out:
        items = {} if node.items is None else node_to_json(node.items)
        out["array"] |= {"length": _range(node.items_length), "items": items}
        if node.items_length.empty:
            out["array"]["empty"] = node.items_length.empty
    if "object" in out:
        out["object"] |= _objects_to_json(node)
    return out


def _objects_to_json(node: Node) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if node.any_key is not None:
        out["folded"] = node_to_json(node.any_key)
    else:
        out["fields"] = {k: node_to_json(v) for k, v in node.fields.items()}
    if node.empty_objects:
        out["empty"] = node.empty_objects
    return out


def node_from_json(data: Any, *, repeated: bool) -> Node:
    """Read back what `node_to_json` gave."""
    node = Node(repeated=repeated)
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
    if "array" in data:
        _set_range(node.items_length, data["array"]["length"])
        node.items_length.empty = _count(data["array"].get("empty", 0))
        node.items = node_from_json(data["array"]["items"], repeated=True)
    if "object" in data:
        _read_objects(node, data["object"])
    return node


def _read_objects(node: Node, data: Any) -> None:
    node.empty_objects = _count(data.get("empty", 0))
    if "folded" in data:
        node.any_key = node_from_json(data["folded"], repeated=node.repeated)
    else:
        fields = data["fields"].items()
        node.fields = {k: node_from_json(v, repeated=node.repeated) for k, v in fields}


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
