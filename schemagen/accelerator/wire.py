"""The specification as text: tables of texts, places and tests, packed, in pieces with a checksum.

Whole numbers are written seven bits a byte, the low ones first; a number that may be negative is
doubled first. What refers to a text or a test is 0 for the first one that nothing referred to yet,
which is most often meant and packs well; else it is the number of the thing, counted from 1.

A piece is `S1:checksum:number/count:text`, so that one which is cut off, altered, missing or out of
place is refused. The other side is `Specification.java`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from typing import TYPE_CHECKING, TypeVar

from schemagen.accelerator.conditions import (
    Asked,
    AskedForm,
    Fixed,
    GivenText,
    JoinedTexts,
    Joint,
    KindPlace,
    Negated,
    RuleTable,
    TabledRule,
    ValuePlace,
    Way,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from schemagen.accelerator.conditions import RuleCondition

_T = TypeVar("_T")

_MARK = "S1"
_PIECE = 59_900
"""The text of one piece: with what stands before it, a literal of at most 60,000 bytes."""
_LARGEST = 64 << 20
"""What a specification holds at most, in bytes."""
_CONSTANTS = (False, True, None)
_ALL, _ANY, _NOT, _TEST = 3, 4, 5, 6


class BrokenSpecificationError(ValueError):
    """A specification can't be read; the message is a clause."""


def pack(table: RuleTable) -> list[str]:
    """Write rules as the pieces of a specification: the same for the same rules."""
    packed = base64.b64encode(zlib.compress(_Writer(table).written(), 9)).decode()
    parts = [packed[start : start + _PIECE] for start in range(0, len(packed), _PIECE)]
    mark = f"{_MARK}:{checksum(packed)}"
    return [f"{mark}:{n}/{len(parts)}:{part}" for n, part in enumerate(parts, 1)]


def checksum(packed: str) -> str:
    """Return what tells a specification from others."""
    return hashlib.sha256(packed.encode()).hexdigest()[:16]


def unpack(pieces: Sequence[str]) -> RuleTable:
    """Read the pieces of a specification.

    Raises:
        BrokenSpecificationError: a piece is missing, cut off or altered.

    """
    body, sums = "", set()
    for place, piece in enumerate(pieces, 1):
        mark, *rest = piece.split(":", 3)
        if mark != _MARK or len(rest) != 3:  # noqa: PLR2004 - checksum, place, text
            raise BrokenSpecificationError(f"a piece doesn't begin with {_MARK}")
        if rest[1] != f"{place}/{len(pieces)}":
            raise BrokenSpecificationError(f"piece {place} is missing, or not in its place")
        sums.add(rest[0])
        body += rest[2]
    if sums != {checksum(body)}:
        raise BrokenSpecificationError("its checksum is another, so it is cut off or altered")
    try:
        data = base64.b64decode(body, validate=True)
        return _Reader(zlib.decompressobj().decompress(data, _LARGEST)).table()
    except (zlib.error, binascii.Error, LookupError, ValueError, RecursionError) as error:
        raise BrokenSpecificationError("it can't be read") from error


class _References:
    """References to the things of a table, which are met in their order as a rule."""

    def __init__(self) -> None:
        self._next = 0

    def written(self, number: int) -> bytes:
        is_next = number == self._next
        self._next = max(self._next, number + 1)
        return _number(0 if is_next else number + 1)

    def read(self, reference: int) -> int:
        number = reference - 1 if reference else self._next
        self._next = max(self._next, number + 1)
        return number


class _Writer:
    """Writes in the order of reading; only the texts, which stand first, are known last."""

    def __init__(self, table: RuleTable) -> None:
        self._table = table
        self._texts: dict[str, int] = {}
        self._text_references = _References()
        self._test_references = _References()
        self._tests: dict[Asked, int] = {}
        self._places: dict[ValuePlace, int] = {}
        for rule in table.rules:
            self._collect(rule.condition)
        for test in self._tests:
            self._collect_place(test.place)
        if table.kind is not None:
            self._collect_place(table.kind.place)

    def _collect(self, condition: RuleCondition) -> None:
        if isinstance(condition, Joint):
            for part in condition.parts:
                self._collect(part)
        elif isinstance(condition, Negated):
            self._collect(condition.part)
        elif isinstance(condition, Asked):
            for each in condition.needed:
                self._collect(each)
            self._tests.setdefault(condition, len(self._tests))

    def _collect_place(self, place: ValuePlace) -> None:
        if isinstance(place, JoinedTexts):
            for each in place.places:
                self._collect_place(each)
        self._places.setdefault(place, len(self._places))

    def written(self) -> bytes:
        rest = [
            _number(len(self._places)),
            *map(self._place, self._places),
            _number(len(self._tests)),
            *map(self._test, self._tests),
            self._kind(),
            _number(len(self._table.rules)),
            *map(self._rule, self._table.rules),
        ]
        texts = [text.encode() for text in self._texts]
        return b"".join(
            [_number(len(texts)), *(_number(len(text)) + text for text in texts), *rest]
        )

    def _place(self, place: ValuePlace) -> bytes:
        if isinstance(place, Way):
            steps = b"".join(self._text(name) + _number(is_key) for name, is_key in place.steps)
            return _number(0) + _number(len(place.steps)) + steps
        if isinstance(place, GivenText):
            return _number(1) + _number(place.index)
        inner = b"".join(_number(self._places[each]) for each in place.places)
        return _number(2) + _number(len(place.places)) + inner

    def _test(self, test: Asked) -> bytes:
        made = _number(test.form * 2 + test.lowered) + _number(self._places[test.place])
        if test.form is AskedForm.EXPRESSION:
            needed = b"".join(_number(self._tests[each]) for each in test.needed)
            return made + self._text(test.texts[0]) + _number(len(test.needed)) + needed
        if test.form <= AskedForm.CONTAINS:
            return made + _number(len(test.texts)) + b"".join(map(self._text, test.texts))
        if test.form is AskedForm.NUMBERS:
            return made + _number(len(test.numbers)) + b"".join(map(_signed, test.numbers))
        return made

    def _kind(self) -> bytes:
        kind = self._table.kind
        if kind is None:
            return _number(0)
        return _number(1 + kind.is_text + kind.lowered) + _number(self._places[kind.place])

    def _rule(self, rule: TabledRule) -> bytes:
        made = self._text(rule.key) + self._text(rule.group)
        kinds = [] if rule.kinds is None else list(rule.kinds)
        made += _number(0 if rule.kinds is None else len(kinds) + 1)
        for each in kinds:
            made += self._text(each) if isinstance(each, str) else _signed(each)
        return made + self._condition(rule.condition)

    def _condition(self, condition: RuleCondition) -> bytes:
        if isinstance(condition, Fixed):
            return _number(_CONSTANTS.index(condition.value))
        if isinstance(condition, Joint):
            parts = b"".join(map(self._condition, condition.parts))
            form = _ALL if condition.is_all else _ANY
            return _number(form) + _number(len(condition.parts)) + parts
        if isinstance(condition, Negated):
            return _number(_NOT) + self._condition(condition.part)
        return _number(_TEST) + self._test_references.written(self._tests[condition])

    def _text(self, text: str) -> bytes:
        return self._text_references.written(self._texts.setdefault(text, len(self._texts)))


def _number(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def _signed(value: int) -> bytes:
    return _number(value * 2 if value >= 0 else -value * 2 - 1)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._texts: list[str] = []
        self._places: list[ValuePlace] = []
        self._tests: list[Asked] = []
        self._is_text = False
        self._text_references = _References()
        self._test_references = _References()

    def table(self) -> RuleTable:
        self._texts = self._many(self._utf8)
        for _ in range(self._number()):
            self._places.append(self._place())
        for _ in range(self._number()):
            self._tests.append(self._test())
        kind = self._kind()
        rules = tuple(self._many(self._rule))
        if self._at != len(self._data):
            raise BrokenSpecificationError("something stands behind its end")
        return RuleTable(rules, kind)

    def _kind(self) -> KindPlace | None:
        form = self._number()
        if not form:
            return None
        self._is_text = form > 1
        return KindPlace(self._places[self._number()], form > 1, form > 2)  # noqa: PLR2004 - lowered

    def _rule(self) -> TabledRule:
        key, group = self._text(), self._text()
        count = self._number()
        kinds = None
        if count:
            read = self._text if self._is_text else self._signed
            kinds = tuple(read() for _ in range(count - 1))
        return TabledRule(key, group, self._condition(), kinds)

    def _condition(self) -> RuleCondition:
        form = self._number()
        if form < _ALL:
            return Fixed(_CONSTANTS[form])
        if form in {_ALL, _ANY}:
            return Joint(form == _ALL, tuple(self._many(self._condition)))
        if form == _NOT:
            return Negated(self._condition())
        return self._tests[self._test_references.read(self._number())]

    def _test(self) -> Asked:
        form, lowered = divmod(self._number(), 2)
        asked, place = AskedForm(form), self._places[self._number()]
        texts: tuple[str, ...] = ()
        numbers: tuple[int, ...] = ()
        needed: tuple[Asked, ...] = ()
        if asked is AskedForm.EXPRESSION:
            texts = (self._text(),)
            needed = tuple(self._many(lambda: self._tests[self._number()]))
        elif asked <= AskedForm.CONTAINS:
            texts = tuple(self._many(self._text))
        elif asked is AskedForm.NUMBERS:
            numbers = tuple(self._many(self._signed))
        return Asked(asked, place, bool(lowered), texts, numbers, needed)

    def _place(self) -> ValuePlace:
        form = self._number()
        if form == 0:
            return Way(tuple(self._many(lambda: (self._text(), bool(self._number())))))
        if form == 1:
            return GivenText(self._number())
        inner = [self._places[number] for number in self._many(self._number)]
        return JoinedTexts(tuple(each for each in inner if not isinstance(each, JoinedTexts)))

    def _many(self, read: Callable[[], _T]) -> list[_T]:
        count = self._number()
        if count > len(self._data) - self._at:
            raise BrokenSpecificationError("it ends too early")
        return [read() for _ in range(count)]

    def _text(self) -> str:
        return self._texts[self._text_references.read(self._number())]

    def _utf8(self) -> str:
        size = self._number()
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def _signed(self) -> int:
        value = self._number()
        return -(value + 1) // 2 if value % 2 else value // 2

    def _number(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the last one
                return value
            shift += 7
