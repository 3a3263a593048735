"""Objects with few keys that are data: between two samples every key was replaced by another.

`schemagen.schema.maps` knows a map by its many keys in one sample. A few host names or ids look
like fields there. They show that they are data when none of them is left and others of their form
came.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from schemagen.drift.path_comparison import present
from schemagen.profile.formats import DATA_LIKE, classify
from schemagen.profile.profile import NULL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemagen.profile.profile import Node

_FEWEST = 3
"""Fewer keys have no form in common that could not be chance."""
_KEYS_A_FORM = 2
"""So many keys share a form, on average. Fields that all got another number (`name_v1`, `user_v1`)
have each a form of its own: those were renamed."""

_DIGITS = re.compile(r"[0-9]+")


def churn_reason(before: Node, now: Node) -> str | None:
    """Return why the keys of an object are data, by what became of them; None where they are not.

    Args:
        before: the objects as they were.
        now: the objects as they are.

    Returns:
        A phrase without any of the keys. All keys of before are gone, all are numbers, addresses,
        ids or names with a number in them, the new ones are of the forms of the old ones, and the
        values of all are of one kind.

    """
    if before.any_key is not None or now.any_key is not None:
        return None
    old, new = _with_values(before), _with_values(now)
    if min(len(old), len(new)) < _FEWEST or not old.keys().isdisjoint(new):
        return None
    if len({node.types() - {NULL} for node in [*old.values(), *new.values()]}) > 1:
        return None
    forms, fresh = _forms(old), _forms(new)
    if forms is None or fresh is None or not fresh <= forms:
        return None
    return f"all {len(old):,} of before are gone, and {len(new):,} others of their form came"


def _with_values(node: Node) -> dict[str, Node]:
    return {key: child for key, child in node.fields.items() if present(child)}


def _forms(keys: Iterable[str]) -> set[str] | None:
    """Return the forms of keys that are data; None where one is not, or too few share a form."""
    forms = Counter(map(_form, keys))
    if "" in forms or forms.total() < _KEYS_A_FORM * len(forms):
        return None
    return set(forms)


def _form(key: str) -> str:
    """Return what a key has in common with its like; empty for one that may be a name."""
    kind = classify(key)
    if kind in DATA_LIKE:
        return kind
    return _DIGITS.sub("0", key) if _DIGITS.search(key) else ""
