"""Objects that are really maps: their keys are data, such as a user's name or an address.

Such an object must not become a STRUCT: every new key would be a new column that nobody declared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemagen.profile.formats import DATA_LIKE, classify
from schemagen.profile.paths import ANY_KEY, ITEMS, Path, matches
from schemagen.profile.profile import MAX_KEYS, NULL, OBJECT, Node
from schemagen.schema.shape import copied

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALIKE = 0.95
"""The share of keys whose values must be of the commonest kinds."""
_DATA_LIKE_SHARE = 0.8
"""From this share of keys on that are numbers, addresses or ids, the keys are data."""


@dataclass(frozen=True, slots=True)
class MapPolicy:
    """When an object counts as a map.

    Attributes:
        min_keys: the fewest distinct keys.
        max_presence: the greatest share of the objects that any of its keys may be in, 0 to 1.
        min_new: the least estimated share of the objects that bring a key never seen before, 0 to
            1: the keys seen once over the objects seen. The fields of a wide event recur; the keys
            of a map keep coming.
        force: globs of paths that are maps whatever was seen.
        why: what makes these maps.
        forbid: globs of paths that are never maps.

    """

    min_keys: int = 50
    max_presence: float = 0.2
    min_new: float = 0.05
    force: Sequence[str] = field(default=())
    why: str = "declared a map in the configuration"
    forbid: Sequence[str] = field(default=())


def map_reason(node: Node, path: Path, policy: MapPolicy) -> str | None:
    """Return why the objects at a path are maps, None where they are not.

    The message itself is never one: a stream needs columns.
    """
    if not path or OBJECT not in node.types():
        return None
    if matches(path, policy.force):
        return policy.why
    if node.any_key is not None:
        return f"more than {MAX_KEYS:,} distinct keys"
    if matches(path, policy.forbid) or len(node.fields) < policy.min_keys:
        return None
    return _reason_from_keys(node, policy)


def _reason_from_keys(node: Node, policy: MapPolicy) -> str | None:
    objects = node.count(OBJECT)
    keys = len(node.fields)
    seen = [child.total for child in node.fields.values()]
    if max(seen) > policy.max_presence * objects or not _alike(node):
        return None
    data_like = sum(1 for key in node.fields if classify(key) in DATA_LIKE)
    if data_like >= _DATA_LIKE_SHARE * keys:
        return f"{keys:,} distinct keys, {data_like:,} of them numbers, addresses or ids"
    once = seen.count(1)
    if once >= policy.min_new * objects:
        return f"{keys:,} distinct keys in {objects:,} objects, {once:,} of them seen once"
    return None


def _alike(node: Node) -> bool:
    kinds = [child.types() - {NULL} for child in node.fields.values()]
    commonest = max(set(kinds), key=lambda each: (kinds.count(each), sorted(each)))
    fitting = sum(1 for each in kinds if each <= commonest)
    return fitting >= _ALIKE * len(kinds)


def collapse_maps(node: Node, policy: MapPolicy, path: Path = ()) -> dict[Path, str]:
    """Collapse every object at or below `node` that counts as a map; return the reasons by path.

    Args:
        node: what was seen at a path; it is changed.
        policy: when an object counts as a map.
        path: the path.

    """
    reasons: dict[Path, str] = {}
    _collapse(node, path, policy, reasons)
    return reasons


def collapsed(root: Node, policy: MapPolicy) -> Node:
    """Return a copy of a profile's root with its maps collapsed."""
    copy = copied([root])
    collapse_maps(copy, policy)
    return copy


def _collapse(node: Node, path: Path, policy: MapPolicy, reasons: dict[Path, str]) -> None:
    reason = map_reason(node, path, policy)
    if reason is not None:
        reasons[path] = reason
        _collapse(node.collapse(), (*path, ANY_KEY), policy, reasons)
    for key, child in node.fields.items():
        _collapse(child, (*path, key), policy, reasons)
    if node.items is not None:
        _collapse(node.items, (*path, ITEMS), policy, reasons)
