"""Classes of record values, and how many records of each were met."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from schemagen.errors import InputError

MAX_SCHEMA_IDS = 16


class _Text(NamedTuple):
    label: str
    explanation: str
    hint: str = ""
    bad: bool = True


class _RecordClass(StrEnum):
    """What errors and warnings share: the words that a report needs."""

    @property
    def label(self) -> str:
        """A few words for a table's row."""
        return _TEXTS[self].label

    @property
    def explanation(self) -> str:
        """What ksqlDB does with such a record, one sentence."""
        return _TEXTS[self].explanation

    @property
    def hint(self) -> str:
        """What to do about it, one sentence; empty where nothing needs to be done."""
        return _TEXTS[self].hint

    @property
    def bad(self) -> bool:
        """Whether such a record counts against `--max-bad`."""
        return _TEXTS[self].bad


class DecodeError(_RecordClass):
    """Why a record makes no row in ksqlDB.

    The limits are those of Jackson 2.15.2, ksqlDB's JSON reader (`StreamReadConstraints`).
    """

    TOMBSTONE = "tombstone"
    NULL = "null"
    EMPTY = "empty"
    SCHEMA_REGISTRY = "schema_registry"
    NOT_UTF8 = "not_utf8"
    INVALID_JSON = "invalid_json"
    NON_FINITE = "non_finite"
    NOT_AN_OBJECT = "not_an_object"
    TOO_DEEP = "too_deep"
    NUMBER_TOO_LONG = "number_too_long"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    STRING_TOO_LONG = "string_too_long"
    NOT_ENVELOPED = "not_enveloped"
    NOT_FRAMED = "not_framed"
    UNKNOWN_SCHEMA = "unknown_schema"
    NOT_OF_SCHEMA = "not_of_schema"


class DecodeWarning(_RecordClass):
    """What is remarkable about a record that gives a row all the same."""

    BYTE_ORDER_MARK = "byte_order_mark"
    TRAILING_DATA = "trailing_data"
    DUPLICATE_KEYS = "duplicate_keys"
    BIG_NUMBER = "big_number"
    LONE_SURROGATE = "lone_surrogate"


_DROPPED = "ksqlDB drops the record and reports it in its processing log only"

_TEXTS: dict[_RecordClass, _Text] = {
    DecodeError.TOMBSTONE: _Text(
        "no value (tombstone)", "A stream ignores a record without a value.", bad=False
    ),
    DecodeError.NULL: _Text("JSON null", "ksqlDB makes no row of a bare JSON null.", bad=False),
    DecodeError.EMPTY: _Text(
        "empty value",
        f"The value is there but holds nothing: {_DROPPED}.",
        "Find the producer that sends empty values; a deletion is a null value, not an empty one.",
    ),
    DecodeError.SCHEMA_REGISTRY: _Text(
        "Schema Registry framing",
        "The value starts with a zero byte and the id of a schema: with VALUE_FORMAT='JSON'"
        f" {_DROPPED}.",
        "Read the topic with --registry URL: its schema reads them. ksqlDB reads such values with"
        " VALUE_FORMAT='JSON_SR', 'AVRO' or 'PROTOBUF'.",
    ),
    DecodeError.NOT_UTF8: _Text(
        "not UTF-8",
        "The bytes are not UTF-8 text; values in UTF-16 or UTF-32, which ksqlDB could read, are"
        " counted here too.",
        "Have the producer write JSON in UTF-8.",
    ),
    DecodeError.INVALID_JSON: _Text(
        "not valid JSON",
        f"The value is cut off or isn't JSON by the letter (RFC 8259): {_DROPPED}.",
        "Look at the record at the place given; if all are like this, the topic holds no JSON.",
    ),
    DecodeError.NON_FINITE: _Text(
        "NaN or Infinity",
        f"NaN and Infinity are not JSON, though some producers write them: {_DROPPED}.",
        "Have the producer write null instead.",
    ),
    DecodeError.NOT_AN_OBJECT: _Text(
        "not a JSON object",
        "The value is valid JSON, but a list, a text, a number or a truth value: it has no fields"
        " to make columns of. An object that was encoded twice is a text.",
        "Have the producer send one object a record.",
    ),
    DecodeError.TOO_DEEP: _Text(
        "nested too deeply",
        f"Objects and lists are nested more than 1,000 deep: {_DROPPED}.",
        "Have the producer flatten the value, or send the inner part as text.",
    ),
    DecodeError.NUMBER_TOO_LONG: _Text(
        "number too long",
        f"A number has more than 1,000 digits: {_DROPPED}.",
        "Have the producer send such numbers as text.",
    ),
    DecodeError.NUMBER_OUT_OF_RANGE: _Text(
        "number out of range",
        "A number's exponent is beyond 32 bits, which no decimal number of Java can hold.",
        "Have the producer send such numbers as text.",
    ),
    DecodeError.STRING_TOO_LONG: _Text(
        "text too long",
        f"A text has more than 20,000,000 characters: {_DROPPED}.",
        "Have the producer leave such payloads out of the log.",
    ),
    DecodeError.NOT_ENVELOPED: _Text(
        "not in the file's envelope",
        "The file holds messages inside of other JSON or text, and here it has none, or not in"
        " that form.",
        "Look at the file at the place given; --from-format says how it is to be read.",
    ),
    DecodeError.NOT_FRAMED: _Text(
        "no Schema Registry framing",
        "The value doesn't start with a zero byte and the id of a schema, as values of this topic"
        f" do: {_DROPPED}.",
        "Find the producer that doesn't use the registry's serializer.",
    ),
    DecodeError.UNKNOWN_SCHEMA: _Text(
        "schema id that the registry doesn't know",
        f"The registry has no schema of the id in the value, or one of another format: {_DROPPED}.",
        "Find the producer: it may use another registry, or the schema was deleted.",
    ),
    DecodeError.NOT_OF_SCHEMA: _Text(
        "not of its schema",
        f"The bytes can't be read by the schema that the value names: {_DROPPED}.",
        "Find the producer: it writes other bytes than its schema says.",
    ),
    DecodeWarning.BYTE_ORDER_MARK: _Text(
        "byte order mark",
        "The value starts with a UTF-8 byte order mark, which ksqlDB skips.",
        bad=False,
    ),
    DecodeWarning.TRAILING_DATA: _Text(
        "data after the object",
        "More follows the first object: ksqlDB reads the first and ignores the rest in silence.",
        "Have the producer send one object a record: what follows the first is lost.",
        bad=False,
    ),
    DecodeWarning.DUPLICATE_KEYS: _Text(
        "a key twice in one object",
        "The same key comes more than once in an object: ksqlDB keeps the last value only.",
        "Find the producer: the earlier values are lost.",
        bad=False,
    ),
    DecodeWarning.BIG_NUMBER: _Text(
        "number beyond 64 bits",
        "An integer needs more than 64 bits, or a fraction has more digits than a DOUBLE keeps:"
        " only VARCHAR and DECIMAL hold it as it is.",
        bad=False,
    ),
    DecodeWarning.LONE_SURROGATE: _Text(
        "half a surrogate pair",
        "A text holds one half of a surrogate pair: ksqlDB reads it, and writes '?' in its place.",
        bad=False,
    ),
}


@dataclass(frozen=True, order=True, slots=True)
class RecordPosition:
    """Where a record lies: see `schemagen.sources.records.Batch`. A file's partition is -1."""

    source: str
    partition: int
    position: int

    def written(self) -> str:
        """Write it for people; empty where it isn't known.

        Lines and elements are numbered from 1: a record without a place has the number 0.
        """
        if self.partition >= 0:
            return f"{self.source} partition {self.partition} offset {self.position}"
        return f"{self.source} record {self.position}" if self.position else ""


@dataclass(slots=True)
class DecodeStatistics:
    """How many records of each class were met, and where the first of each lies.

    Tallies of parts can be merged in any order and grouping: "first" is the smallest place.

    Attributes:
        records: records met.
        used: records that gave a row.
        counts: records by class; a record has one error or none, and any number of warnings.
        firsts: the smallest place by class.
        schema_ids: the smallest ids found in Schema Registry framing, `MAX_SCHEMA_IDS` at most.

    """

    records: int = 0
    used: int = 0
    counts: dict[DecodeError | DecodeWarning, int] = field(default_factory=dict)
    firsts: dict[DecodeError | DecodeWarning, RecordPosition] = field(default_factory=dict)
    schema_ids: frozenset[int] = frozenset()

    @property
    def bad(self) -> int:
        """The records that ksqlDB would drop although they were meant to give a row."""
        return sum(count for kind, count in self.counts.items() if kind.bad)

    def count(self, kind: DecodeError | DecodeWarning, place: RecordPosition) -> None:
        """Count one record of a class."""
        self._add(kind, 1, place)

    def saw_schema_id(self, schema_id: int) -> None:
        """Keep the id of a schema, as long as there is room."""
        self.schema_ids = _smallest(self.schema_ids | {schema_id})

    def merge(self, other: DecodeStatistics) -> DecodeStatistics:
        """Return the statistics of both parts together."""
        merged = DecodeStatistics(
            self.records + other.records,
            self.used + other.used,
            dict(self.counts),
            dict(self.firsts),
            _smallest(self.schema_ids | other.schema_ids),
        )
        for kind, count in other.counts.items():
            merged._add(kind, count, other.firsts[kind])
        return merged

    def _add(self, kind: DecodeError | DecodeWarning, count: int, place: RecordPosition) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + count
        self.firsts[kind] = min(self.firsts.get(kind, place), place)

    def to_json(self) -> dict[str, Any]:
        """Return the statistics as JSON-ready data, the same for equal statistics."""
        return {
            "records": self.records,
            "used": self.used,
            "faults": {str(kind): self._entry(kind) for kind in DecodeError if kind in self.counts},
            "remarks": {
                str(kind): self._entry(kind) for kind in DecodeWarning if kind in self.counts
            },
            "schema_ids": sorted(self.schema_ids),
        }

    def _entry(self, kind: DecodeError | DecodeWarning) -> dict[str, Any]:
        first = self.firsts[kind]
        place: dict[str, Any] = {"source": first.source, "position": first.position}
        if first.partition >= 0:
            place["partition"] = first.partition
        return {"count": self.counts[kind], "first": place}

    @classmethod
    def from_json(cls, data: Any) -> DecodeStatistics:
        """Read what `to_json` gave.

        Raises:
            InputError: the data are not such statistics.

        """
        try:
            statistics = cls(
                _whole(data["records"]),
                _whole(data["used"]),
                schema_ids=_smallest(frozenset(map(_whole, data["schema_ids"]))),
            )
            kinds: tuple[tuple[type[DecodeError | DecodeWarning], str], ...] = (
                (DecodeError, "faults"),
                (DecodeWarning, "remarks"),
            )
            for kind, name in kinds:
                for key, entry in data[name].items():
                    statistics._add(kind(key), _whole(entry["count"]), _place(entry["first"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                "The evidence's counts of records do not have the form that this version writes.",
                "Make the evidence again with `schemagen infer`.",
            ) from error
        return statistics


def _place(data: Any) -> RecordPosition:
    source = data["source"]
    if not isinstance(source, str):
        raise TypeError(source)
    partition = _whole(data["partition"]) if "partition" in data else -1
    return RecordPosition(source, partition, _whole(data["position"]))


def _whole(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise TypeError(number)
    return number


def _smallest(ids: frozenset[int]) -> frozenset[int]:
    # The smallest, not the first met: only so is a merge the same in any order.
    return ids if len(ids) <= MAX_SCHEMA_IDS else frozenset(sorted(ids)[:MAX_SCHEMA_IDS])
