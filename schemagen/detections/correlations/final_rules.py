"""Which correlations only the end of a window can tell."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from schemagen.detections.correlation_rules import CorrelationType

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemagen.detections.correlation_rules import LoadedCorrelation

SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "=", "neq": "<>"}
"""The bounds of Sigma as SQL writes them."""

_LOW = {"gt", "gte", "eq"}


_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
    "eq": operator.eq, "neq": operator.ne,
}  # fmt: skip


def is_final(rule: LoadedCorrelation) -> bool:
    """Tell whether a correlation counts events and has no bound that an event could reach."""
    given = rule.bounds.given().keys()
    if rule.type != CorrelationType.EVENT_COUNT or not given:
        return False
    return "neq" in given or not _LOW & given


def why_never(rule: LoadedCorrelation) -> str:
    """Return why such a correlation can't alert, a sentence; empty where it can.

    A window is there only for a group that had an event in it.
    """
    given = rule.bounds.given()
    most = int(max(given.values())) + 2
    holds = any(
        all(_HOLDS[sign](n, bound) for sign, bound in given.items()) for n in range(1, most)
    )
    return "" if holds else "A group that had no event at all is not known: it would never alert."
