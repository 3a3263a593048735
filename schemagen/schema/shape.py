"""The committed schema and the evidence joined: what the types of a stream are chosen from.

The schema says which fields there are, in which order, and of which kinds; a team may have edited
it. The evidence says how often, how long, how large. The join is a profile node again: fields of
the schema alone count as seen once, so that what chooses types needs to know only profiles.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from schemagen.profile.numbers import EXACT_MAX, INT32_MAX, INT64_MAX
from schemagen.profile.profile import INTEGER, JSON_TYPES, NUMBER, STRING, Node
from schemagen.sources.registry.places import KEYWORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.schema.document import Schema


def shape(schema: Schema, evidence: Node | None, *, repeated: bool = False) -> Node:
    """Join a schema with what was seen at the same place.

    Args:
        schema: a schema as `build_schema` makes it; other keywords of JSON Schema are not read.
        evidence: what was seen there, its maps not collapsed; left unchanged. None: not known.
        repeated: the place lies inside an array.

    Returns:
        A node whose fields are those of the schema in its order. What the evidence has and the
        schema has not is left out; kinds that only the schema has count as seen once.

    """
    out = Node(repeated=repeated)
    branches = _branches(schema)
    notes = schema.get(KEYWORD, {})
    seen = evidence if evidence is not None else Node(repeated=repeated)
    _copy_scalars(out, seen)
    for branch in branches:
        kinds = _types(branch)
        if NUMBER in kinds and "integers" in notes:
            # JSON Schema has one word for both where integers and fractions are mixed.
            kinds = [*kinds, INTEGER]
        for kind in kinds:
            if not out.count(kind):
                _count_once(out, kind, notes)
        if "array" in _types(branch):
            out.items = shape(branch.get("items", {}), seen.items, repeated=True)
        if "object" in _types(branch):
            _shape_object(out, branch, seen)
        if isinstance(branch.get("contentSchema"), dict):
            inner = shape(branch["contentSchema"], seen.content, repeated=repeated)
            out.content = inner
    return out


def _shape_object(out: Node, branch: Schema, seen: Node) -> None:
    values = branch.get("additionalProperties")
    if isinstance(values, dict):
        below = _copy_folded(seen) if seen.fields or seen.any_key is not None else None
        out.any_key = shape(values, below, repeated=out.repeated)
        return
    for name, inner in branch.get("properties", {}).items():
        if isinstance(inner, dict):
            out.fields[name] = shape(inner, seen.fields.get(name), repeated=out.repeated)


def _branches(schema: Schema) -> list[Schema]:
    alternatives = schema.get("anyOf")
    return [b for b in alternatives if isinstance(b, dict)] if alternatives else [schema]


def _types(branch: Schema) -> list[str]:
    types = branch.get("type", [])
    return [types] if isinstance(types, str) else [str(t) for t in types if t in JSON_TYPES]


def _copy_scalars(out: Node, seen: Node) -> None:
    """Copy all but what lies below."""
    copy = Node(repeated=out.repeated)
    copy.counts[:] = seen.counts
    copy.messages[:] = seen.messages if out.repeated else seen.counts
    copy.integers, copy.numbers = seen.integers, seen.numbers
    copy.formats, copy.text, copy.items_length = seen.formats, seen.text, seen.items_length
    copy.empty_objects = seen.empty_objects
    copy.content = None if seen.content is None else copied([seen.content])
    out.merge(copy)


def _copy_folded(seen: Node) -> Node:
    return copied(below(seen))


def copied(nodes: Iterable[Node]) -> Node:
    """Merge copies of nodes, which stay as they are."""
    listed = list(nodes)
    out = Node(repeated=any(node.repeated for node in listed))
    for node in listed:
        _copy_scalars(out, node)
        items = [n for n in (out.items, node.items) if n is not None]
        out.items = copied(items) if items else None
        if out.any_key is not None or node.any_key is not None:
            out.any_key = copied([*below(out), *below(node)])
            out.fields = {}
            continue
        for key, child in node.fields.items():
            known = out.fields.get(key)
            out.fields[key] = copied([child] if known is None else [known, child])
    return out


def below(node: Node) -> list[Node]:
    """Return what was seen under the keys of an object, told apart or not."""
    return [*node.fields.values(), *([] if node.any_key is None else [node.any_key])]


def _count_once(node: Node, kind: str, notes: dict[str, Any]) -> None:
    """Count a kind that only the schema knows, as wide as the schema's notes say."""
    index = JSON_TYPES.index(kind)
    node.counts[index] = 1
    node.messages[index] = 1
    if kind == INTEGER:
        width = notes.get("integers", "int64")
        inexact = 1 if notes.get("inexact") else 0
        greatest = {"int32": 0, "uint64": 2**64 - 1, "beyond": 2**80}.get(width, INT32_MAX + 1)
        if inexact and greatest <= EXACT_MAX and width != "int32":
            greatest = INT64_MAX
        node.integers.add([greatest])
    elif kind == NUMBER:
        node.numbers.add([0.5])
        node.numbers.inexact += 1 if notes.get("inexact") else 0
    elif kind == STRING:
        node.formats = Counter(dict.fromkeys(notes.get("formats", ["text"]), 1))
