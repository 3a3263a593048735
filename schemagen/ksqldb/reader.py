"""What ksqlDB's JSON deserialiser makes of one message: the row, what it alters, or why it fails.

The same model as `deserializer.py`, for values instead of counts, and written apart from it: each
is the test of the other. Rules read in `KsqlJsonDeserializer`, `JsonSerdeUtils` and `DecimalUtil`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from schemagen.ksqldb.deserializer import TIME_MAX
from schemagen.ksqldb.types import VARCHAR, Array, Map, Scalar, Struct
from schemagen.profile.formats import (
    INT32,
    INT53,
    INT64,
    INTEGER_TEXT,
    JAVA_DOUBLE,
    LOOSE_INT32,
    LOOSE_INT64,
    NUMBER,
    classify,
)
from schemagen.profile.numbers import EXACT_MAX, kept_by_double

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemagen.ksqldb.types import KsqlType

Steps = tuple[str | int, ...]
"""Where in a message: keys and 0-based indexes."""


class RecordDroppedError(Exception):
    """A value can't be coerced, so ksqlDB drops the whole record.

    Attributes:
        steps: where in the message.
        declared: the type that the value was read as.

    """

    def __init__(self, declared: KsqlType) -> None:
        super().__init__("record dropped")
        self.steps: Steps = ()
        self.declared = declared

    def inside(self, step: str | int) -> RecordDroppedError:
        """Return the error as it is for what the value lies in."""
        self.steps = (step, *self.steps)
        return self


class RowReader:
    """Reads messages as rows of one declared type."""

    def __init__(self, declared: KsqlType) -> None:
        self._notes = _Notes()
        self._read = _reader(declared, self._notes)

    @property
    def altered(self) -> list[Steps]:
        """Where values of the message read last were read as something else, silently."""
        return [tuple(reversed(steps)) for steps in self._notes.altered]

    @property
    def wrote_text(self) -> bool:
        """Whether text was made of a value of the message read last that is none."""
        return self._notes.wrote_text

    def read(self, message: Any) -> Any:
        """Read one decoded message.

        Args:
            message: JSON values as decoded, numbers with a fraction as float or, where their exact
                text matters, as Decimal.

        Returns:
            Objects as dicts, by the stored names for STRUCT and by the keys for MAP; arrays as
            lists; TIMESTAMP, DATE and TIME as their number; NULL as None.

        Raises:
            RecordDroppedError: the record would be dropped.

        """
        self._notes.begin()
        try:
            return self._read(message)
        except RecordDroppedError:
            # Which of several values is told of goes by the order of the keys.
            self._notes.begin(in_order=True)
            return self._read(message)


_Read = Callable[[Any], Any]


class _Notes:
    """What is to be known of how a message was read.

    Attributes:
        altered: where values were altered, each as its steps from the inside out.
        wrote_text: whether text was made of a value that is none.
        in_order: whether the keys of objects are to be read in their order.

    """

    __slots__ = ("altered", "in_order", "wrote_text")

    def __init__(self) -> None:
        self.altered: list[list[str | int]] = []
        self.begin()

    def begin(self, *, in_order: bool = False) -> None:
        self.altered.clear()
        self.wrote_text = False
        self.in_order = in_order


def _reader(declared: KsqlType, notes: _Notes) -> _Read:
    """Make what reads the values of a type: most fields of most messages are missing or text."""
    if isinstance(declared, Scalar):
        return _text_reader(notes) if declared.name == "VARCHAR" else _scalar(declared, notes)
    if isinstance(declared, Array):
        return _array(declared, notes)
    return _map(declared, notes) if isinstance(declared, Map) else _struct(declared, notes)


def _text_reader(notes: _Notes) -> _Read:
    def read(value: Any) -> Any:
        if value is None or type(value) is str:
            return value
        if isinstance(value, list) and value:
            notes.altered.append([])
        notes.wrote_text = True
        return as_text(value)

    return read


def _scalar(declared: Scalar, notes: _Notes) -> _Read:
    coerce = _COERCE[declared.name]
    is_whole = declared.name in {"INT", "BIGINT"}

    def read(value: Any) -> Any:
        if value is None or (is_whole and type(value) is int and -(2**31) <= value < 2**31):
            return value
        result, is_altered = coerce(declared, value)
        if result is None:
            raise RecordDroppedError(declared)
        if is_altered:
            notes.altered.append([])
        return result

    return read


def _within(read: _Read, value: Any, step: str | int, notes: _Notes) -> Any:
    """Read a part of a value, and say where in it something was altered or can't be read."""
    before = len(notes.altered)
    try:
        result = read(value)
    except RecordDroppedError as error:
        raise error.inside(step) from None
    if len(notes.altered) != before:
        _lead_on(notes.altered[before:], step)
    return result


def _lead_on(altered: list[list[str | int]], step: str | int) -> None:
    for steps in altered:
        steps.append(step)


def _array(declared: Array, notes: _Notes) -> _Read:
    inner = _reader(declared.item, notes)

    def read(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, list):
            raise RecordDroppedError(declared)
        return [_within(inner, item, place, notes) for place, item in enumerate(value)]

    return read


def _map(declared: Map, notes: _Notes) -> _Read:
    inner = _reader(declared.value, notes)

    def read(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise RecordDroppedError(declared)
        return {key: _within(inner, item, key, notes) for key, item in value.items()}

    return read


def _struct(declared: Struct, notes: _Notes) -> _Read:
    text = _text_reader(notes)
    readers = {
        field.stored: text if field.type == VARCHAR else _reader(field.type, notes)
        for field in declared.fields
    }
    plans, altered = _Plans(readers), notes.altered

    def read(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise RecordDroppedError(declared)
        if not readers:
            return {}
        row = dict.fromkeys(readers)
        before, key = len(altered), ""
        try:
            for name, key, inner in plans.made(value) if notes.in_order else plans.of(value):
                item = value[key]
                if inner is text and type(item) is str:
                    row[name] = item
                elif item is not None:
                    row[name] = inner(item)
                    if len(altered) != before:
                        _lead_on(altered[before:], key)
                        before = len(altered)
        except RecordDroppedError as error:
            raise error.inside(key) from None
        return row

    return read


_Plan = list[tuple[str, str, _Read]]
"""The fields of a STRUCT that an object has: the stored name, the key, what reads the value."""
_MANY_PLANS = 1000
"""The objects of a topic have few sets of keys; so many are remembered."""
_MANY_KEYS = 500
"""Where an object has more keys than this, they are data, and hardly come again."""


class _Plans:
    """How the objects at one place are read, remembered by their keys."""

    def __init__(self, readers: Mapping[str, _Read]) -> None:
        self._readers = readers
        self._foldable = {name for name in readers if name == name.upper()}
        self._known: dict[frozenset[str], _Plan] = {}

    def of(self, value: Mapping[str, Any]) -> _Plan:
        """Return how an object is read, whatever the order of its keys."""
        if len(value) > _MANY_KEYS:
            return self.made(value)
        keys = frozenset(value)
        plan = self._known.get(keys)
        if plan is None:
            plan = self.made(value)
            folded = self._folded_keys(value)
            # Of keys that differ only in case the last one counts.
            if len(folded) == len(dict(folded)):
                if len(self._known) >= _MANY_PLANS:
                    self._known.clear()
                self._known[keys] = plan
        return plan

    def made(self, value: Mapping[str, Any]) -> _Plan:
        """Return how an object is read: fields of the very name come first."""
        readers = self._readers
        plan = [(key, key, readers[key]) for key in value if key in readers]
        # A later key replaces an earlier one that differs only in case.
        folded = dict(self._folded_keys(value))
        return [*plan, *((name, key, readers[name]) for name, key in folded.items())]

    def _folded_keys(self, value: Mapping[str, Any]) -> list[tuple[str, str]]:
        """List the keys that name a field only by another case, each behind that field's name."""
        pairs = [(key.upper(), key) for key in value]
        return [pair for pair in pairs if pair[0] in self._foldable and pair[0] not in value]


def as_text(value: Any) -> str:
    """Give the text that a VARCHAR column gets (`KsqlJsonDeserializer.processString`)."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _json_text(value)
    if isinstance(value, list):
        return "[" + ", ".join("null" if v is None else as_text(v) for v in value) + "]"
    return _number_text(value)


def _number_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(Decimal(repr(value)))
    return str(value)


def _json_text(value: Any) -> str:
    """Write JSON as Jackson does: compact, keys in their order, numbers exact."""
    if isinstance(value, dict):
        inner = (f"{quoted(key)}:{_json_text(each)}" for key, each in value.items())
        return "{" + ",".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json_text, value)) + "]"
    if isinstance(value, str):
        return quoted(value)
    return "null" if value is None else _number_text(value)


def quoted(text: str) -> str:
    """Write a text as JSON, as Jackson does: the digits of its escapes are capitals."""
    written = json.encoder.encode_basestring(text)
    if _CONTROL.search(text) is None:
        return written
    return _ESCAPE.sub(
        lambda found: found[0] if found[1] is None else f"\\u00{found[1].upper()}", written
    )


_CONTROL = re.compile(r"[\x00-\x1f]")
_ESCAPE = re.compile(r"\\(?:u00([0-9a-f]{2})|[^u])")
"""One escape in JSON: by a number, or by a letter."""


_Coerced = tuple[Any, bool]
_REFUSED: _Coerced = (None, False)


def _boolean(_: Scalar, value: Any) -> _Coerced:
    return (value, False) if isinstance(value, bool) else _REFUSED


def _integer(bits: int, *text_classes: str) -> Callable[[Scalar, Any], _Coerced]:
    span, half = 2**bits, 2 ** (bits - 1)

    def coerce(_: Scalar, value: Any) -> _Coerced:
        if isinstance(value, str):
            return (int(value), False) if classify(value) in text_classes else _REFUSED
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return _REFUSED
        if isinstance(value, float) and abs(value) > EXACT_MAX:
            # What was written is the shortest text of the double, not the integer that it holds.
            value = Decimal(repr(value))
        # Java cuts the fraction off and keeps the low bits.
        wrapped = (_whole_part(value) + half) % span - half
        return wrapped, wrapped != value

    return coerce


def _whole_part(value: float | Decimal) -> int:
    """Cut the fraction off; of a power of ten that has no low bits, zero stands for all of it."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if value.adjusted() < 0 or (isinstance(exponent, int) and exponent >= 64):  # noqa: PLR2004
            return 0
    return int(value)


_int32 = _integer(32, INT32, LOOSE_INT32)
_int64 = _integer(64, INT32, LOOSE_INT32, INT53, INT64, LOOSE_INT64)


def _time(declared: Scalar, value: Any) -> _Coerced:
    result, altered = _int64(declared, value)
    return (result, altered) if result is not None and 0 <= result <= TIME_MAX else _REFUSED


def _double(_: Scalar, value: Any) -> _Coerced:
    if isinstance(value, bool):
        return _REFUSED
    if isinstance(value, str):
        return _double_of_text(value)
    if not isinstance(value, int | float | Decimal):
        return _REFUSED
    return _nearest(Decimal(value) if isinstance(value, int) else value)


def _double_of_text(text: str) -> _Coerced:
    name = classify(text)
    if name == JAVA_DOUBLE:
        return float(text.strip().rstrip("dDfF").replace("Infinity", "inf")), False
    if name == NUMBER:
        return float(text), False
    return _nearest(Decimal(text)) if name in INTEGER_TEXT else _REFUSED


def _nearest(value: Decimal | float) -> _Coerced:
    if isinstance(value, float):
        return value, False
    return float(value), not kept_by_double(value)


def _decimal(declared: Scalar, value: Any) -> _Coerced:
    scale = declared.scale or 0
    if isinstance(value, str):
        if classify(value) not in INTEGER_TEXT | {NUMBER}:
            return _REFUSED
    elif isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return _REFUSED
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    fits = abs(exact) < Decimal(10) ** ((declared.precision or 0) - scale)
    # Nothing is rounded: digits beyond the scale are an error.
    return (exact, False) if fits and _scale(exact) <= scale else _REFUSED


def _scale(value: Decimal) -> int:
    """Count the digits after the point that are not trailing zeros."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not value:
        return 0
    digits = "".join(map(str, value.as_tuple().digits))
    return max(-(exponent + len(digits) - len(digits.rstrip("0"))), 0)


def _bytes(_: Scalar, value: Any) -> _Coerced:
    if not isinstance(value, str):
        return _REFUSED
    try:
        return base64.b64decode(value, validate=True), False
    except (binascii.Error, ValueError):
        return _REFUSED


_COERCE: dict[str, Callable[[Scalar, Any], _Coerced]] = {
    "BOOLEAN": _boolean,
    "INT": _int32,
    "BIGINT": _int64,
    "DOUBLE": _double,
    "DECIMAL": _decimal,
    "TIMESTAMP": _int64,
    "DATE": _int64,
    "TIME": _time,
    "BYTES": _bytes,
}
