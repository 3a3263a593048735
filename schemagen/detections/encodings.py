"""The modifiers that encode, corrected where pySigma 1.x departs from Sigma's appendix.

pySigma keeps the back-slash of an escaped wildcard when it encodes, counts characters in place of
bytes when it cuts base64 to what no neighbour can change, and writes the mark of `utf16` as UTF-8.
Here `wide` and its like give one character a byte, and base64 encodes exactly these bytes.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from sigma.modifiers import (
    SigmaBase64Modifier,
    SigmaBase64OffsetModifier,
    SigmaUTF16BEModifier,
    SigmaUTF16Modifier,
    SigmaWideModifier,
)
from sigma.rule import SigmaDetection
from sigma.types import SigmaExpansion, SigmaString

if TYPE_CHECKING:
    from sigma.rule import SigmaDetectionItem, SigmaRule
    from sigma.types import SigmaStringPartType


def _spread(value: SigmaString, encoding: str, mark: bytes = b"") -> SigmaString:
    parts: list[SigmaStringPartType] = [mark.decode("latin-1")] if mark else []
    parts += [
        part.encode(encoding).decode("latin-1") if isinstance(part, str) else part
        for part in value.s
    ]
    spread = SigmaString()
    spread.s = parts
    return spread


class _Wide(SigmaWideModifier):
    def modify(self, val: SigmaString) -> SigmaString:
        return _spread(val, "utf-16-le")


class _BigEndian(SigmaUTF16BEModifier):
    def modify(self, val: SigmaString) -> SigmaString:
        return _spread(val, "utf-16-be")


class _Marked(SigmaUTF16Modifier):
    def modify(self, val: SigmaString) -> SigmaString:
        return _spread(val, "utf-16-le", b"\xff\xfe")


_WIDE = (_Wide, _BigEndian, _Marked)


def _bytes(value: SigmaString, applied: list[type]) -> bytes:
    text = "".join(part for part in value.s if isinstance(part, str))
    return text.encode("latin-1" if set(applied) & set(_WIDE) else "utf-8")


class _Base64(SigmaBase64Modifier):
    def modify(self, val: SigmaString) -> SigmaString:
        encoded = base64.b64encode(_bytes(val, list(self.applied_modifiers)))
        return SigmaString(encoded.decode())


class _Base64Offset(SigmaBase64OffsetModifier):
    def modify(self, val: SigmaString) -> SigmaExpansion:
        data = _bytes(val, list(self.applied_modifiers))
        parts = []
        for offset in range(3):
            encoded = base64.b64encode(bytes(offset) + data).decode()
            # A digit is six bits; kept are those of which all bits are the value's own.
            first, last = -(-8 * offset // 6), 8 * (offset + len(data)) // 6
            parts.append(SigmaString(encoded[first:last]))
        return SigmaExpansion(list(parts))


_CORRECTED: dict[type, type] = {
    SigmaWideModifier: _Wide,
    SigmaUTF16BEModifier: _BigEndian,
    SigmaUTF16Modifier: _Marked,
    SigmaBase64Modifier: _Base64,
    SigmaBase64OffsetModifier: _Base64Offset,
}


def correct(rule: SigmaRule) -> None:
    """Encode the values of a rule anew, in place; before any pipeline alters them."""
    for detection in rule.detection.detections.values():
        _correct(detection)


def _correct(detection: SigmaDetection) -> None:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            _correct(item)
        elif not _CORRECTED.keys().isdisjoint(item.modifiers) and item.original_value is not None:
            _encode(item)


def _encode(item: SigmaDetectionItem) -> None:
    item.modifiers = [_CORRECTED.get(modifier, modifier) for modifier in item.modifiers]
    item.value = item.original_value.copy() if item.original_value else []
    item.apply_modifiers()
