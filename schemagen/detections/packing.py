"""Packing rules into bundles, so that a new rule changes one of them.

The rules of a log source are one bundle while they fit it. Beyond that they are split in two by the
first bit of a hash of their ids, each half by the next bit, and so on. Where a rule goes depends on
nothing but its id and how full its part is: a new rule changes the bundle it goes to, and where
that one overflows, it alone is split. Log sources with few rules share bundles, whole, split by a
hash of the log source in the same way.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sigma.rule import SigmaLogSource

MAX_BYTES = 200_000
"""The text of a bundle's rules. ksqlDB keeps a statement together with its plan, which repeats the
expressions, in one record of at most 1 MB by default."""

MAX_RULES = 250
"""The rules of a bundle: each is some classes of generated code."""

_SMALL = 0.2
"""A log source that fills less of a bundle than this shares one."""
_BITS = 64


@dataclass(frozen=True, slots=True)
class PackedRule:
    """A rule to be packed.

    Args:
        key: its id.
        source: its log source, for people.
        size: its text, in bytes.

    """

    key: str
    source: str
    size: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """Rules that one query evaluates.

    Args:
        name: the log source and the bits of the hash; of letters, digits and underscores.
        keys: the ids, sorted.

    """

    name: str
    keys: tuple[str, ...]


def pack(items: Sequence[PackedRule]) -> list[Bundle]:
    """Pack rules into bundles, sorted by name."""
    sources: dict[str, list[PackedRule]] = {}
    for item in items:
        sources.setdefault(item.source, []).append(item)
    bundles: list[Bundle] = []
    shared: list[PackedRule] = []
    for source, group in sources.items():
        if _filled(group) < _SMALL and len(sources) > 1:
            shared += group
        else:
            bundles += _split(source, group, lambda item: item.key, "")
    if shared:
        bundles += _split("shared", shared, lambda item: item.source, "")
    return sorted(bundles, key=lambda bundle: bundle.name)


def _filled(items: Sequence[PackedRule]) -> float:
    return max(sum(item.size for item in items) / MAX_BYTES, len(items) / MAX_RULES)


def _split(
    name: str, items: list[PackedRule], key: Callable[[PackedRule], str], bits: str
) -> list[Bundle]:
    if _filled(items) <= 1 or len(bits) == _BITS or len({key(item) for item in items}) == 1:
        keys = tuple(sorted(item.key for item in items))
        return [Bundle("_".join(filter(None, [_word(name), bits])), keys)]
    halves: dict[str, list[PackedRule]] = {}
    for item in items:
        halves.setdefault(bits + _hash(key(item))[len(bits)], []).append(item)
    return [
        bundle for more, half in sorted(halves.items()) for bundle in _split(name, half, key, more)
    ]


def _hash(key: str) -> str:
    digest = hashlib.sha256(key.encode("utf-8", "backslashreplace")).digest()
    return f"{int.from_bytes(digest[: _BITS // 8]):0{_BITS}b}"


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").upper() or "RULES"


def source_name(logsource: SigmaLogSource) -> str:
    """Name a log source."""
    parts = (logsource.product, logsource.category, logsource.service)
    return " ".join(part.strip().lower() for part in parts if part) or "any"
