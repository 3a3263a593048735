"""Numbers of a rule as the YAML has them.

pySigma makes floats of integers that a float rounds, and integers of large floats: of 1.0e300 one
with 301 digits, of which nobody wrote more than the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaNumber

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sigma.rule import SigmaRule

_EXACT = 2**53
"""Below this no float has digits that nobody wrote."""


def restore_numbers(rule: SigmaRule, data: Mapping[str, Any]) -> None:
    """Put the numbers of a rule's YAML into its values, in place; before a pipeline alters them.

    Args:
        rule: pySigma's rule.
        data: the YAML that it was made of.

    """
    definitions = data["detection"]
    for name, detection in rule.detection.detections.items():
        _restore(detection, definitions[name])


def _restore(part: SigmaDetection | SigmaDetectionItem, definition: Any) -> None:
    if isinstance(part, SigmaDetectionItem):
        written = definition if isinstance(definition, list) else [definition]
        _put(part.original_value or [], written)
        return
    inner: Iterable[Any] = [definition]
    if isinstance(definition, dict):
        inner = definition.values()
    elif isinstance(definition, list) and len(definition) == len(part.detection_items):
        nested = any(isinstance(item, SigmaDetection) for item in part.detection_items)
        inner = definition if nested else [definition]
    for item, own in zip(part.detection_items, inner, strict=True):
        _restore(item, own)


def _put(values: Iterable[Any], written: Iterable[Any]) -> None:
    for value, number in zip(values, written, strict=True):
        # The values that modifiers made hold this very object.
        if isinstance(value, SigmaNumber) and (
            type(number) is int or (type(number) is float and abs(number) >= _EXACT)
        ):
            value.number = number
