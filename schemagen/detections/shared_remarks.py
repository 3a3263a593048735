"""Remarks that many rules have: they are worth saying once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from schemagen.detections.bound import BoundRule

_MANY = 10


def shared_remarks(rules: Iterable[BoundRule]) -> dict[str, int]:
    """Find the remarks that more than ten rules have, each with how many have it."""
    counts = Counter(remark for rule in rules for remark in rule.remarks)
    return {remark: count for remark, count in counts.items() if count > _MANY}


def without(rules: Iterable[BoundRule], shared: Collection[str]) -> list[BoundRule]:
    """Return the rules without some of their remarks."""
    return [
        replace(rule, remarks=tuple(each for each in rule.remarks if each not in shared))
        for rule in rules
    ]
