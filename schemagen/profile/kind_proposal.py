"""Finding what tells kinds of unknown events: fields with few names that decide the keys.

How much a field decides is by how much it makes the presence of keys certain: of the variance of
their presence the share that is gone among messages of one name each, less what as many names would
take by chance.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from schemagen.profile.formats import PLAIN, classify
from schemagen.profile.kinds import part_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemagen.profile.kinds import KindFields
    from schemagen.profile.paths import Path

_LEAST_MESSAGES = 20
_LEAST_SHARE = 0.95
_MOST_NAMES = 50
_MESSAGES_A_NAME = 4
_MOST_KEYS = 60
_DEPTH = 2
_MOST_MESSAGES = 300
_DECIDES = 0.5
_DECIDES_MORE = 0.1
"""So much more must two fields decide than one."""

_NAME = re.compile(r"[A-Za-z_][\w .:/-]*\Z")
_NUMBER = re.compile(r"[0-9]{1,5}\Z")
_NUMBERED = re.compile(r"(?i)(id|uid|code|type|class|kind)\Z")
"""Only in fields that end so is a number a name; elsewhere it is a count, or a port."""
_WHO = re.compile(r"(?i)user|host|mail|addr|account|owner|author|login|actor|principal|secret")
"""Fields with such keys say who or where, which is not a kind, and nothing to be kept."""


def proposed_fields(messages: Sequence[dict[str, Any]]) -> KindFields:
    """Return the field or the two fields that tell kinds best; none where no field tells them."""
    if len(messages) < _LEAST_MESSAGES:
        return ()
    messages = messages[:_MOST_MESSAGES]
    scalars, having = _taken_apart(messages)
    varying = _varying(having, len(messages))
    candidates = {
        path: names for path, names in scalars.items() if _may_tell(path, names, len(messages))
    }
    if not varying or not candidates:
        return ()
    scores = {path: _decided(names, varying, path) for path, names in candidates.items()}
    first = _best(scores, candidates)
    pairs = {
        path: [f"{one}\n{two}" for one, two in zip(candidates[first], names, strict=True)]
        for path, names in candidates.items()
        if path != first
    }
    pairs = {path: names for path, names in pairs.items() if len(set(names)) <= 2 * _MOST_NAMES}
    both = {path: _decided(names, varying, path) for path, names in pairs.items()}
    if both:
        second = _best(both, pairs)
        if both[second] >= max(_DECIDES, scores[first] + _DECIDES_MORE):
            return (first, second)
    return (first,) if scores[first] >= _DECIDES else ()


def _best(scores: Mapping[Path, float], names: Mapping[Path, Sequence[str]]) -> Path:
    """Return what decides most; of what decides nearly as much, that with the fewest names."""
    most = max(scores.values())
    near = [path for path, score in scores.items() if score >= most - _DECIDES_MORE / 2]
    return min(near, key=lambda path: (len(set(names[path])), len(path), path))


def _taken_apart(
    messages: Sequence[dict[str, Any]],
) -> tuple[dict[Path, list[str]], dict[Path, list[int]]]:
    """Return the names of each scalar, by message, and the messages that have each path."""
    names: dict[Path, list[str]] = {}
    having: dict[Path, list[int]] = {}
    for number, message in enumerate(messages):
        for path, value in _paths(message, ()):
            having.setdefault(path, []).append(number)
            own = names.setdefault(path, [])
            own += [""] * (number - len(own))
            name = None if isinstance(value, dict | list | bool) else part_name(value)
            own.append("\n" if name is None else name)
    whole = {path: own + [""] * (len(messages) - len(own)) for path, own in names.items()}
    return whole, having


def _paths(value: dict[str, Any], path: Path) -> Iterator[tuple[Path, Any]]:
    for key, inner in value.items():
        if inner is None:
            continue
        yield (*path, key), inner
        if type(inner) is dict and len(path) < _DEPTH:
            yield from _paths(inner, (*path, key))


def _varying(having: Mapping[Path, list[int]], n: int) -> dict[Path, list[int]]:
    """Return the paths whose presence varies most, and the messages that have them."""
    variance = {path: len(own) * (n - len(own)) for path, own in having.items()}
    paths = sorted(variance, key=lambda path: (-variance[path], path))[:_MOST_KEYS]
    return {path: having[path] for path in paths if variance[path]}


def _may_tell(path: Path, names: Sequence[str], n: int) -> bool:
    found = Counter(names)
    missing = found.pop("", 0)
    return (
        missing <= (1 - _LEAST_SHARE) * n
        and 1 < len(found) <= min(_MOST_NAMES, n // _MESSAGES_A_NAME)
        and not any(_WHO.search(str(key)) for key in path)
        and all(_is_name(name, str(path[-1])) for name in found)
    )


def _is_name(name: str, key: str) -> bool:
    if _NUMBER.match(name):
        return _NUMBERED.search(key) is not None
    return _NAME.match(name) is not None and classify(name) in PLAIN


def _decided(names: Sequence[str], varying: Mapping[Path, list[int]], itself: Path) -> float:
    """Return how much of the presence of keys some names decide, 0 to 1, less what chance does."""
    sizes = Counter(names)
    n, groups = len(names), len(sizes)
    whole = within = 0.0
    for path, own in varying.items():
        if path == itself:
            continue
        whole += len(own) - len(own) ** 2 / n
        found = Counter(map(names.__getitem__, own))
        within += sum(count - count**2 / sizes[name] for name, count in found.items())
    if not whole or n <= groups:
        return 0.0
    return 1 - within / whole * (n - 1) / (n - groups)
