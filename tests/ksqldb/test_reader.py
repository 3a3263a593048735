"""What ksqlDB makes of one message."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal

import pytest

from schemagen.ksqldb.reader import RecordDroppedError, RowReader, as_text
from schemagen.ksqldb.types import parse_type


def read(declared, value):
    return RowReader(parse_type(declared)).read(value)


@pytest.mark.parametrize(
    ("declared", "value", "row"),
    [
        ("INT", 2147483648, -2147483648),
        ("INT", 4294967301, 5),
        ("INT", 1.9, 1),
        ("INT", -1.9, -1),
        ("BIGINT", 9223372036854775808, -9223372036854775808),
        ("BIGINT", 18446744073709551615, -1),
        ("BIGINT", -9223372036854776000.0, 9223372036854775616),
        ("BIGINT", Decimal("1e400"), 0),
        ("BIGINT", Decimal("1e-400"), 0),
        ("DOUBLE", "1d", 1.0),
        ("DOUBLE", 9007199254740993, 9007199254740992.0),
        ("DECIMAL(5, 2)", 12.5, Decimal("12.5")),
        ("BYTES", "TWFu", b"Man"),
        ("TIMESTAMP", "17", 17),
        ("ARRAY<VARCHAR>", [1, None, ["a", None]], ["1", None, "[a, null]"]),
        ("MAP<VARCHAR, BIGINT>", {"Key": "7"}, {"Key": 7}),
    ],
)
def test_values_come_out_as_java_makes_them(declared, value, row):
    assert read(declared, value) == row


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as is", "as is"),
        (True, "true"),
        (7, "7"),
        (1.5, "1.5"),
        (Decimal("1e3"), "1E+3"),
        (Decimal("1.10"), "1.10"),
        ({"b": 1, "a": [True, None, "x"]}, '{"b":1,"a":[true,null,"x"]}'),
        ({"é": "ü\n"}, '{"é":"ü\\n"}'),
        (["a", 1, None, {"k": 1}], '[a, 1, null, {"k":1}]'),
        ([], "[]"),
    ],
)
def test_varchar_takes_everything_as_text(value, text):
    assert as_text(value) == text
    assert read("VARCHAR", value) == text


def test_the_exact_key_wins_even_when_it_is_null():
    assert read("STRUCT<id BIGINT>", {"ID": None, "id": 7}) == {"ID": None}


def test_else_the_last_spelling_in_the_message_wins():
    assert read("STRUCT<id BIGINT>", {"id": 1, "Id": 2}) == {"ID": 2}
    assert read("STRUCT<id BIGINT>", {"Id": 2, "id": 1}) == {"ID": 1}


def test_a_quoted_name_reads_its_own_spelling_only():
    assert read("STRUCT<`id` BIGINT>", {"ID": 1}) == {"id": None}
    assert read("STRUCT<`ID` BIGINT>", {"id": 1}) == {"ID": 1}


def test_a_dropped_record_tells_where():
    with pytest.raises(RecordDroppedError) as dropped:
        read("STRUCT<a STRUCT<b ARRAY<BIGINT>>>", {"a": {"b": [1, "x"]}})
    assert dropped.value.steps == ("a", "b", 1)


def test_altered_values_tell_where():
    reader = RowReader(parse_type("STRUCT<a INT, b VARCHAR, c VARCHAR>"))
    reader.read({"a": 1.5, "b": ["x"], "c": []})
    assert reader.altered == [("a",), ("b",)]


def test_one_reader_reads_the_same_keys_in_any_order():
    reader = RowReader(parse_type("STRUCT<id BIGINT, n INT>"))
    assert reader.read({"id": 1, "Id": 2}) == {"ID": 2, "N": None}
    assert reader.read({"Id": 2, "id": 1}) == {"ID": 1, "N": None}
    for message in ({"id": "x", "n": "y"}, {"n": "y", "id": "x"}):
        with pytest.raises(RecordDroppedError) as dropped:
            reader.read(message)
        assert dropped.value.steps == (next(iter(message)),)


def test_a_reader_tells_whether_it_made_text():
    reader = RowReader(parse_type("STRUCT<a VARCHAR, b STRUCT<c VARCHAR>>"))
    for message, made in [({"a": "1"}, False), ({"b": {"c": 1}}, True), ({"a": None}, False)]:
        reader.read(message)
        assert reader.wrote_text is made


def test_keys_that_are_data_are_not_remembered():
    reader = RowReader(parse_type("STRUCT<a VARCHAR>"))
    tracemalloc.start()
    for number in range(50):
        keys = {f"{number}-{key}": 1 for key in range(600)}
        assert reader.read(keys | {"A": str(number)}) == {"A": str(number)}
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 500_000
