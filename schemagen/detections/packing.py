"""Packing rules into few bundles, so that a new rule changes one of them.

The rules of a log source that exceeds a bundle are dealt out to as few bundles as hold them, each
to the bundle for which a hash of its id and the bundle's number is the greatest: where one bundle
more is needed, it takes its share from the others and nothing else moves. Other log sources stay
whole and share bundles, the largest first; what their order rests on changes only where a log
source has grown by an eighth of a bundle.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigma.rule import SigmaLogSource

MAX_BYTES = 272_000
"""The text of a bundle's rules. ksqlDB keeps a statement together with its plan, which repeats the
text, in one record of at most 1 MiB: three times this, with what stands around the rules."""

MAX_RULES = 250
"""The rules of a bundle: each is some classes of generated code."""

_STEPS = 8
"""Into so many steps the fill of a bundle is told, so that small changes move nothing."""
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
    whole: dict[str, list[PackedRule]] = {}
    for source, group in sources.items():
        if _filled(group) > 1 or len(sources) == 1:
            bundles += _dealt(source, group)
        else:
            whole[source] = group
    return sorted([*bundles, *_shared(whole)], key=lambda bundle: bundle.name)


def _filled(items: Sequence[PackedRule]) -> float:
    return max(sum(item.size for item in items) / MAX_BYTES, len(items) / MAX_RULES)


def _dealt(source: str, items: Sequence[PackedRule]) -> list[Bundle]:
    """Deal the rules of one log source out to as few bundles as hold them."""
    least = max(1, ceil(_filled(items)))
    for count in range(least, len(items) + 1):
        groups: list[list[PackedRule]] = [[] for _ in range(count)]
        for item in items:
            groups[_place(item.key, count)].append(item)
        if all(_filled(group) <= 1 or len(group) == 1 for group in groups):
            break
    name = _word(source)
    return [
        _bundle(name if count == 1 else f"{name}_{number:02}", group)
        for number, group in enumerate(groups, 1)
        if group
    ]


def _place(key: str, count: int) -> int:
    return max(range(count), key=lambda number: _hash(f"{number} {key}"))


def _shared(sources: Mapping[str, list[PackedRule]]) -> list[Bundle]:
    """Put whole log sources into as few bundles as hold them."""
    steps = {source: ceil(_filled(group) * _STEPS) for source, group in sources.items()}
    bins: list[list[str]] = []
    for source in sorted(sources, key=lambda source: (-steps[source], source)):
        fitting = (
            each
            for each in bins
            if _filled([item for name in (*each, source) for item in sources[name]]) <= 1
        )
        found = next(fitting, None)
        if found is None:
            bins.append([source])
        else:
            found.append(source)
    made = []
    for number, names in enumerate(bins, 1):
        alone = (
            names[0] if len(names) == 1 else f"shared {number:02}" if len(bins) > 1 else "shared"
        )
        made.append(_bundle(_word(alone), [item for name in names for item in sources[name]]))
    return made


def _bundle(name: str, items: Sequence[PackedRule]) -> Bundle:
    return Bundle(name, tuple(sorted(item.key for item in items)))


def halves(sizes: Mapping[str, int], most: int) -> list[list[str]]:
    """Put things into groups of at most a size, so that a new one changes one group.

    Args:
        sizes: the sizes of the things, by their names.
        most: the size of a group; a thing that is larger is alone.

    """

    def split(names: list[str], bits: int) -> list[list[str]]:
        if sum(sizes[name] for name in names) <= most or len(names) == 1 or bits == _BITS:
            return [names] if names else []
        ones = [name for name in names if _hash(name)[bits] == "1"]
        zeros = [name for name in names if _hash(name)[bits] == "0"]
        return [*split(zeros, bits + 1), *split(ones, bits + 1)]

    return split(sorted(sizes), 0)


def _hash(key: str) -> str:
    digest = hashlib.sha256(key.encode("utf-8", "backslashreplace")).digest()
    return f"{int.from_bytes(digest[: _BITS // 8]):0{_BITS}b}"


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").upper() or "RULES"


def source_name(logsource: SigmaLogSource) -> str:
    """Name a log source."""
    parts = (logsource.product, logsource.category, logsource.service)
    return " ".join(part.strip().lower() for part in parts if part) or "any"
