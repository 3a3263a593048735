"""The profile of some JSON texts, counted the plain way: slow, and without a line of the fast one.

It goes by the definition alone. All values of one path are gathered, each beside its owner, and
told in one go; what lies below is gathered from them. An owner is the message that the value came
in; under keys that aren't told apart it is the message together with the key.
"""

from __future__ import annotations

import json
from decimal import Decimal
from math import isinf

import orjson

from schemagen.profile import nodes
from schemagen.profile.formats import classify

_KINDS = ("null", "boolean", "integer", "number", "string", "array", "object")


def slow_profile(texts):
    """Give what `profile_to_json` gives for the objects that the texts are."""
    values = [(number, json.loads(text, parse_float=Fraction)) for number, text in enumerate(texts)]
    return {"messages": len(values), "root": _node(values, depth=0)}


class Fraction:
    """A number with a fraction or an exponent, as it is written."""

    def __init__(self, digits):
        self.exact = Decimal(digits)
        self.near = float(digits)


def _kind(value):
    if value is None:
        return "null"
    for kind, types in (
        ("boolean", bool),
        ("integer", int),
        ("number", Fraction),
        ("string", str),
        ("array", list),
        ("object", dict),
    ):
        if isinstance(value, types):
            return kind
    raise AssertionError(value)


def _node(pairs, depth):
    """Tell of all values of one path, each beside its owner."""
    told = {}
    owners = {}
    for kind in _KINDS:
        own = [(owner, value) for owner, value in pairs if _kind(value) == kind]
        if not own:
            continue
        told[kind] = {"count": len(own)}
        owners[kind] = len({owner for owner, _ in own})
        more = {
            "integer": _integers,
            "number": _numbers,
            "string": lambda own: _strings(own, depth),
            "array": lambda own: _arrays(own, depth),
            "object": lambda own: _objects(own, depth),
        }
        if kind in more:
            told[kind] |= more[kind](own)
    if owners != {kind: entry["count"] for kind, entry in told.items()}:
        told["messages"] = owners
    return told


def _without_zeros(counts):
    return {name: n for name, n in counts.items() if n}


def _rounded(value):
    try:
        return int(float(value)) != value
    except OverflowError:
        return True


def _integers(pairs):
    values = [value for _, value in pairs]
    return {"range": [min(values), max(values)]} | _without_zeros(
        {
            "beyond32": sum(not -(2**31) <= value < 2**31 for value in values),
            "beyond64": sum(not -(2**63) <= value < 2**63 for value in values),
            "inexact": sum(map(_rounded, values)),
        }
    )


def _numbers(pairs):
    values = [value for _, value in pairs]
    near = [value.near for value in values]
    shapes = [_shape(value.exact) for value in values]
    return {"range": [_bound(min(near)), _bound(max(near))]} | _without_zeros(
        {
            "whole32": sum(_is_whole(value.exact, 32) for value in values),
            "whole64": sum(_is_whole(value.exact, 64) for value in values),
            "inexact": sum(
                isinf(value.near) or not _is_a_double_in_digits(value) for value in values
            ),
            "integer_digits": max(before for before, _ in shapes),
            "scale": max(after for _, after in shapes),
        }
    )


def _is_a_double_in_digits(value):
    """Compare with what C prints of the double, from the fewest digits to 17, and with all."""
    printed = {Decimal("%.*g" % (digits, value.near)) for digits in range(1, 18)}  # noqa: UP031
    return value.exact in printed | {Decimal(value.near)}


def _bound(number):
    if isinf(number):
        return "inf" if number > 0 else "-inf"
    return number + 0.0


def _shape(exact):
    if not exact:
        return 0, 0
    _, digits, exponent = exact.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    stripped = text.rstrip("0")
    exponent += len(text) - len(stripped)
    return max(len(stripped) + exponent, 0), max(-exponent, 0)


def _is_whole(exact, bits):
    before, after = _shape(exact)
    return not after and before < 25 and -(2 ** (bits - 1)) <= int(exact) < 2 ** (bits - 1)


def _strings(pairs, depth):
    texts = [value for _, value in pairs]
    formats = {}
    for text in texts:
        name = classify(text)
        formats[name] = formats.get(name, 0) + 1
    told = {"formats": formats, "length": [min(map(len, texts)), max(map(len, texts))]}
    inside = [
        (owner, _with_fractions(orjson.loads(text)))
        for owner, text in pairs
        if classify(text) == "json-object"
    ]
    return told | ({"content": _node(inside, depth + 1)} if inside else {})


def _with_fractions(value):
    """Write the doubles of JSON that a text held as those of a message."""
    if isinstance(value, float):
        return Fraction(repr(value))
    if isinstance(value, list):
        return [_with_fractions(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_fractions(item) for key, item in value.items()}
    return value


def _arrays(pairs, depth):
    lengths = [len(value) for _, value in pairs]
    items = [(owner, item) for owner, value in pairs for item in value]
    told = {
        "length": [min(lengths), max(lengths)],
        "items": _node(items, depth + 1) if depth < nodes.MAX_DEPTH else {},
    }
    return told | _without_zeros({"empty": lengths.count(0)})


def _objects(pairs, depth):
    empty = _without_zeros({"empty": sum(not value for _, value in pairs)})
    if depth >= nodes.MAX_DEPTH:
        return {"fields": {}} | empty
    keys = {key for _, value in pairs for key in value}
    if len(keys) > nodes.MAX_KEYS:
        inner = [((owner, key), item) for owner, value in pairs for key, item in value.items()]
        return {"folded": _node(inner, depth + 1)} | empty
    fields = {
        key: _node([(owner, value[key]) for owner, value in pairs if key in value], depth + 1)
        for key in keys
    }
    return {"fields": fields} | empty
