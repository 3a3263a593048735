"""What ksqlDB's JSON deserialiser does to the values of a profile, given the declared types.

Rules read in ksqlDB 8.5 (`KsqlJsonDeserializer`, `JsonSerdeUtils`, `DecimalUtil`). One value that
can't be coerced throws for the whole record: the row is dropped, and only the processing log says
so. Which type to declare, the proof under a statement and how grave a drift is are all the same
question, and `judge` answers it. `reader.py` is the same model for one value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from schemagen.ksqldb.types import Array, Map, Scalar, kind_of
from schemagen.profile import formats as f
from schemagen.profile.paths import ANY_KEY, ITEMS, Path
from schemagen.profile.profile import (
    ARRAY,
    BOOLEAN,
    INTEGER,
    JSON_TYPES,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Node,
)
from schemagen.words import format_word, kind_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemagen.ksqldb.types import KsqlType, Struct

FLATTENED = "array flattened to text that is not JSON"
"""The cause of the one loss of VARCHAR."""
TIME_MAX = 86_400_000
"""Milliseconds of a day: what TIME takes at most."""


class Effect(StrEnum):
    """What happens to a value that is not kept."""

    DROPS = "dropped"
    """The whole record is dropped."""
    ALTERS = "altered"
    """The record is read with another value, silently."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Values at one path that a declared type does not keep.

    Attributes:
        path: where.
        effect: what happens to them.
        count: how many values; where `exact` is false, how many at most.
        cause: why, a short phrase.
        exact: whether the profile can tell the count exactly.

    """

    path: Path
    effect: Effect
    count: int
    cause: str
    exact: bool = True


def judge(declared: KsqlType, node: Node, path: Path = ()) -> list[Loss]:
    """Tell which of the values seen at a path a declared type loses; an empty list is the proof.

    JSON null and a missing key are NULL for every type. Keys that a STRUCT doesn't declare are not
    read, and that is not a loss of this path.
    """
    return list(_losses(declared, node, path))


def _losses(declared: KsqlType, node: Node, path: Path) -> Iterator[Loss]:
    if isinstance(declared, Scalar):
        yield from _scalar_losses(declared, node, path)
    elif isinstance(declared, Array):
        yield from _dropped_kinds(declared, node, path, ARRAY)
        if node.items is not None:
            yield from _losses(declared.item, node.items, (*path, ITEMS))
    else:
        yield from _dropped_kinds(declared, node, path, OBJECT)
        if isinstance(declared, Map):
            for key, child in node.fields.items():
                yield from _losses(declared.value, child, (*path, key))
            if node.any_key is not None:
                yield from _losses(declared.value, node.any_key, (*path, ANY_KEY))
        else:
            yield from _struct_losses(declared, node, path)


def _struct_losses(declared: Struct, node: Node, path: Path) -> Iterator[Loss]:
    keys = KeyIndex(node.fields)
    for field in declared.fields:
        for key in keys.read_by(field.stored):
            yield from _losses(field.type, node.fields[key], (*path, key))
        if node.any_key is not None:
            # Any of the keys may be this one: what they hold together is the most it can lose.
            for loss in _losses(field.type, node.any_key, (*path, ANY_KEY)):
                yield replace(loss, exact=False)


class KeyIndex:
    """Which keys of an object a column or STRUCT field reads (`KsqlJsonDeserializer`).

    The key spelled as the stored name is read first; where a record has none, the stored name is
    looked up among its keys in upper case. So an unquoted name, stored in upper case, reads any
    spelling, and so does a quoted one without lower-case letters.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = frozenset(keys)
        self._by_upper: dict[str, list[str]] = {}
        for key in sorted(self._keys):
            self._by_upper.setdefault(key.upper(), []).append(key)

    def read_by(self, stored: str) -> list[str]:
        """List the keys that the name reads, the exact one first."""
        exact = [stored] if stored in self._keys else []
        return exact + [key for key in self._by_upper.get(stored, []) if key != stored]

    def variants(self, key: str) -> list[str]:
        """List the keys that differ from this one at most in case, itself included."""
        return self._by_upper.get(key.upper(), [])


def _dropped_kinds(declared: KsqlType, node: Node, path: Path, *kept: str) -> Iterator[Loss]:
    """Report every kind of value but NULL that a type can't be made from."""
    for kind in JSON_TYPES:
        count = node.count(kind)
        if count and kind != NULL and kind not in kept:
            cause = f"{kind_word(kind)} where {kind_of(declared)} is declared"
            yield Loss(path, Effect.DROPS, count, cause)


def _scalar_losses(declared: Scalar, node: Node, path: Path) -> Iterator[Loss]:
    if declared.name == "VARCHAR":
        flattened = node.count(ARRAY) - node.items_length.empty
        if flattened:
            yield Loss(path, Effect.ALTERS, flattened, FLATTENED)
        return
    kept = {"BOOLEAN": (BOOLEAN,), "BYTES": (STRING,)}.get(declared.name, (INTEGER, NUMBER, STRING))
    yield from _dropped_kinds(declared, node, path, *kept)
    number_losses = _NUMBER_LOSSES.get(declared.name)
    found = [*(number_losses(declared, node) if number_losses else ()), *_text(declared, node)]
    for effect, count, cause, exact in found:
        if count:
            yield Loss(path, effect, count, cause, exact)


_Found = tuple[Effect, int, str, bool]


def _int(declared: Scalar, node: Node) -> Iterator[_Found]:
    wide = declared.name != "INT"
    integers, numbers = node.integers, node.numbers
    bits = 64 if wide else 32
    wrapped = integers.beyond64 if wide else integers.beyond32
    yield Effect.ALTERS, wrapped, f"integer beyond {bits} bits wraps", True
    whole = numbers.whole64 if wide else numbers.whole32
    yield Effect.ALTERS, node.count(NUMBER) - whole, "fraction cut off, or beyond the range", True


def _double(_: Scalar, node: Node) -> Iterator[_Found]:
    rounded = node.integers.inexact + node.numbers.inexact
    yield Effect.ALTERS, rounded, "more digits than a double holds", True


def _decimal(declared: Scalar, node: Node) -> Iterator[_Found]:
    scale = declared.scale or 0
    digits = (declared.precision or 0) - scale
    integers, numbers = node.integers, node.numbers
    bound = 10**digits
    if integers.least is not None and integers.greatest is not None:
        low, high = integers.least > -bound, integers.greatest < bound
        count = 0 if low and high else node.count(INTEGER)
        yield Effect.DROPS, count, f"integer of more than {digits} digits", count == 1
    if node.count(NUMBER) and (numbers.integer_digits > digits or numbers.scale > scale):
        yield Effect.DROPS, node.count(NUMBER), "number that does not fit", node.count(NUMBER) == 1


def _time(declared: Scalar, node: Node) -> Iterator[_Found]:
    yield from _int(declared, node)
    least, greatest = node.integers.least, node.integers.greatest
    if least is not None and greatest is not None and not 0 <= least <= greatest <= TIME_MAX:
        yield Effect.DROPS, node.count(INTEGER), "not within a day", node.count(INTEGER) == 1
    low, high = node.numbers.least, node.numbers.greatest
    if low is not None and high is not None and not 0 <= low <= high <= TIME_MAX:
        yield Effect.DROPS, node.count(NUMBER), "not within a day", node.count(NUMBER) == 1


_NUMBER_LOSSES = {
    "INT": _int,
    "BIGINT": _int,
    "DOUBLE": _double,
    "DECIMAL": _decimal,
    "TIMESTAMP": _int,
    "DATE": _int,
    "TIME": _time,
}

_TEXT_OF_INT32 = frozenset({f.INT32, f.LOOSE_INT32})
_TEXT_OF_INT64 = _TEXT_OF_INT32 | {f.INT53, f.INT64, f.LOOSE_INT64}
_TEXT_KEPT = {
    "INT": _TEXT_OF_INT32,
    "BIGINT": _TEXT_OF_INT64,
    "DATE": _TEXT_OF_INT64,
    "TIMESTAMP": _TEXT_OF_INT64,
    "TIME": frozenset[str](),
    "DOUBLE": _TEXT_OF_INT32 | {f.INT53, f.NUMBER, f.JAVA_DOUBLE},
    "BYTES": frozenset({f.BASE64, f.BASE64_LIKE, f.EMPTY}),
}
"""Text that each type reads without loss, by format class (`JsonSerdeUtils`)."""

_DIGITS_OF_TEXT = {f.INT32: 10, f.INT53: 16, f.INT64: 19}
"""The most digits that canonical text of a class can have."""

_TEXT_UNSURE = {
    "TIME": _TEXT_OF_INT32,
    "DECIMAL": f.INTEGER_TEXT | {f.NUMBER},
    "BYTES": frozenset({f.INT32, f.INT53, f.INT64, f.BOOLEAN, f.HEX, f.BIG_INTEGER}),
}
"""Text of which the class alone can't tell whether it is read: counted as dropped, at most."""


def _text(declared: Scalar, node: Node) -> Iterator[_Found]:
    if declared.name == "BOOLEAN":
        return
    digits = (declared.precision or 0) - (declared.scale or 0)
    kept = _TEXT_KEPT.get(declared.name, frozenset())
    for name, count in sorted(node.formats.items()):
        if name in kept or (
            declared.name == "DECIMAL" and _DIGITS_OF_TEXT.get(name, digits + 1) <= digits
        ):
            continue
        if declared.name == "DOUBLE" and name in f.INTEGER_TEXT:
            yield Effect.ALTERS, count, "text of more digits than a double holds", False
            continue
        exact = name not in _TEXT_UNSURE.get(declared.name, frozenset())
        yield Effect.DROPS, count, f"text ({_class(name)}) that is no {declared.name}", exact


def _class(name: str) -> str:
    return "date and time" if name.startswith(f.DATE_TIME) else format_word(name)
