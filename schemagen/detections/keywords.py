"""Keywords: values of a rule without a field, looked for anywhere in an event.

A keyword may stand anywhere in a text, unless a modifier says where. pySigma writes `|startswith`
as a wildcard at the end, as an author may who means nothing by it, so that such values are marked
while their modifiers are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigma.modifiers import SigmaEndswithModifier, SigmaStartswithModifier
from sigma.rule import SigmaDetection
from sigma.types import SigmaExpansion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sigma.rule import SigmaDetectionItem, SigmaRule
    from sigma.types import SigmaType

_MARK = "_schemagen_anchored"


def mark_anchored(rule: SigmaRule) -> None:
    """Mark the keywords that must stand at the start or end of a text, in place."""
    for detection in rule.detection.detections.values():
        for item in _items(detection):
            modifiers = {SigmaStartswithModifier, SigmaEndswithModifier}
            if item.field is None and modifiers & set(item.modifiers):
                _mark(item.value)


def is_anchored(value: SigmaType) -> bool:
    """Return whether a keyword must stand at the start or end of a text."""
    return getattr(value, _MARK, False)


def _items(detection: SigmaDetection) -> Iterable[SigmaDetectionItem]:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            yield from _items(item)
        else:
            yield item


def _mark(values: Iterable[SigmaType]) -> None:
    for value in values:
        if isinstance(value, SigmaExpansion):
            _mark(value.values)
        else:
            setattr(value, _MARK, True)
