from __future__ import annotations

import json
import math
import tracemalloc
from decimal import Decimal

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemagen.sources.decode import Decoder, _is_own_spelling, string_tokens
from schemagen.sources.decode_statistics import (
    DecodeError,
    DecodeStatistics,
    DecodeWarning,
    RecordPosition,
)
from schemagen.sources.jackson import MAX_DEPTH, MAX_STRING, examine
from schemagen.sources.records import Batch


def batch(*values, source="logs", partition=0, start=0):
    return Batch(source, partition, range(start, start + len(values)), values)


def decode(*values):
    decoder = Decoder()
    return decoder.decode(batch(*values)), decoder.decoding


# --- any JSON text, together with what it means --------------------------------------------------

BLANKS = st.text(" \t\r\n", max_size=2)


@st.composite
def string_texts(draw):
    """A JSON string's text and its meaning, each character in any of its spellings."""
    meaning = draw(st.text(max_size=5)) + draw(st.sampled_from(["", '"', "\\", '\\"', "é", "/"]))
    # One draw for all characters, two bits each: drawing is what takes the time.
    choice = draw(st.integers(0, 4**7))
    text = ""
    for char in meaning:
        unit = char.encode("utf-16-be").hex()
        spellings = ["".join(f"\\u{unit[i : i + 4]}" for i in range(0, len(unit), 4))]
        spellings.append(json.dumps(char)[1:-1])
        if char >= " " and char not in '"\\':
            spellings.append(char)
        if char == "/":
            spellings.append("\\/")
        text += spellings[choice % 4 % len(spellings)]
        choice //= 4
    half = draw(st.sampled_from(["", "", "", "", "", "d800", "DFFF", "dbFF"]))
    if half:
        text, meaning = f"{text}x\\u{half}", f"{meaning}x{chr(int(half, 16))}"
    return f'"{text}"', meaning


@st.composite
def number_texts(draw):
    text = draw(
        st.one_of(
            st.integers().map(str),
            st.integers(-(2**64) - 5, 2**64 + 5).map(str),
            st.sampled_from([2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1]).map(str),
            st.floats(allow_nan=False, allow_infinity=False).map(repr),
            st.floats(allow_nan=False, allow_infinity=False).map(
                lambda number: orjson.dumps(number).decode()
            ),
            st.builds(
                "{}.{:0{}}{}".format,
                st.integers(-(10**18), 10**18),
                st.integers(0, 10**9),
                st.integers(1, 18),
                st.sampled_from(["", "", "e5", "E+2", "e-7", "e-300", "e-330", "e310"]),
            ),
            st.builds(
                "{}{}{}".format,
                st.sampled_from(["1", "-9007199254740993", "0.0", "12345678901234567"]),
                st.sampled_from(["e", "E", "e+", "e-", "E-0"]),
                st.integers(0, 9999),
            ),
        )
    )
    if text.lstrip("-").isdigit():
        return text, int(text)
    near = float(text)
    return text, near if Decimal(repr(near)) == Decimal(text) else Decimal(text)


SCALAR_TEXTS = st.one_of(
    string_texts(),
    number_texts(),
    st.sampled_from([("null", None), ("true", True), ("false", False)]),
)


@st.composite
def array_texts(draw, inner):
    items = draw(st.lists(inner, max_size=3))
    blank = draw(BLANKS)
    text = ",".join(blank + text + blank for text, _ in items)
    return f"[{text}{blank}]", [meaning for _, meaning in items]


@st.composite
def object_texts(draw, inner):
    members = draw(st.lists(st.tuples(string_texts(), inner), max_size=4))
    if members and draw(st.integers(0, 3)) == 0:
        members.append((members[0][0], draw(inner)))
    blank = draw(BLANKS)
    text = ",".join(
        f"{blank}{key}{blank}:{blank}{value}{blank}" for (key, _), (value, _) in members
    )
    return f"{{{text}{blank}}}", {key: value for (_, key), (_, value) in members}


INNER = st.recursive(
    SCALAR_TEXTS, lambda inner: array_texts(inner) | object_texts(inner), max_leaves=6
)
MESSAGES = object_texts(INNER)


@given(BLANKS, MESSAGES, BLANKS)
@settings(max_examples=200)
def test_what_is_decoded_is_what_the_text_says(before, message, after):
    text, meaning = message
    rows, tally = decode((before + text + after).encode())
    assert repr(rows) == repr([meaning])
    assert tally.bad == 0


@given(MESSAGES)
def test_the_warnings_of_a_message_are_those_of_the_exact_reading(message):
    raw = message[0].encode()
    _, tally = decode(raw)
    assert sorted(tally.counts) == sorted(examine(raw).warnings)


@given(st.dictionaries(st.text(max_size=3), st.floats(1e-300, 1e300) | st.text(), max_size=4))
def test_messages_in_orjson_s_own_spelling_are_decoded_alike(value):
    assert decode(orjson.dumps(value))[0] == [value]


@given(st.lists(st.binary(max_size=60) | st.none(), max_size=5))
def test_any_bytes_are_decoded_or_counted(values):
    rows, tally = decode(*values)
    faults = sum(count for kind, count in tally.counts.items() if isinstance(kind, DecodeError))
    assert (tally.records, tally.used) == (len(values), len(rows))
    assert faults == len(values) - len(rows)


# Texts that joined by commas are as many objects as they are texts, and others.
TORN = [
    b'{"a":[{}',
    b"{}]},{}",
    b'{"a":1',
    b'"b":2},{}',
    b"{},{}",
    b"",
    b'{"a":1},',
    b'{"a":"',
    b'"}',
]
SPELLINGS = st.one_of(
    MESSAGES.map(lambda message: message[0].encode()),
    st.dictionaries(st.text(max_size=2), st.integers() | st.text(max_size=3))
    .map(json.dumps)
    .map(str.encode),
    st.sampled_from([b"{}", b'{"a":"x"}', b'{"a":1,"b":{"c":[1.5]}}', b'{"a":1,"a":2}']),
    st.sampled_from([*TORN, b" {}", b"{} ", b"[]", b"1", None, b'{"a":1e400}', b'{"a":1.50}']),
)


@given(
    st.lists(st.one_of(st.sampled_from([b"{}", b'{"a":"x"}', b'{"b":2}']), SPELLINGS), max_size=50)
)
@settings(max_examples=200)
@example([*TORN[:2], *[b"{}"] * 14])
@example([b'{"a":1}', b'{"a":1,"a":2}', b'{"a":1}'] * 20)
@example([b"{}"] * 40 + [b"{ }"] * 40 + [b"{}"] * 40)
@example([b'{"a":' * 254 + b"1" + b"}" * 254] * 20)
@example([b'{"a":"' + b"x" * 70_000 + b'"}'] * 16 + [b'{"a":1,"a":2}'] * 16)
def test_records_of_a_batch_are_decoded_as_each_by_itself(values):
    rows, tally = decode(*values)
    alone = DecodeStatistics()
    expected = []
    for position, value in enumerate(values):
        decoder = Decoder()
        expected += decoder.decode(batch(value, start=position))
        alone = alone.merge(decoder.decoding)
    assert repr(rows) == repr(expected)
    assert tally == alone


def test_large_records_are_not_joined_to_be_proved_together():
    values = [b'{"a":"' + b"x" * 1_000_000 + b'"}'] * 16
    read = [json.loads(value) for value in values]
    tracemalloc.start()
    try:
        assert not _is_own_spelling(values, read)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert _is_own_spelling([b'{"a":"x"}'] * 16, [{"a": "x"}] * 16)


@given(MESSAGES, st.data())
@settings(max_examples=150)
def test_a_message_with_a_byte_changed_is_read_as_by_the_exact_reader(message, data):
    raw = bytearray(message[0].encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(
        st.sampled_from(b'{}[]",:\\ 0eE+-.\x00\xff') | st.integers(0, 255)
    )
    reading = examine(bytes(raw))
    rows, tally = decode(bytes(raw))
    assert repr(rows) == repr([] if reading.value is None else [reading.value])
    assert set(tally.counts) == {*reading.warnings, *filter(None, [reading.error])}


# --- numbers that orjson would change in silence -------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        "123456789012.34567891",
        "12345678901234567.5",
        "9007199254740993.0",
        "9007199254740993e0",
        "9007199254740993E+1",
        "1e-400",
        "1E-324",
        "2e-324",
        "-1.5e-0400",
        "1e400",
        "-1e999",
        "0." + "0" * 400 + "1",
        "1" + "0" * 400,
    ],
)
@pytest.mark.parametrize("frame", ['{{"a":{}}}', '{{"a":[1, {} ]}}', '{{"x":"é","a":\n{}\t}}'])
def test_numbers_beyond_64_bits_and_doubles_are_kept_exactly(number, frame):
    (row,), tally = decode(frame.format(number).encode())
    value = row["a"][1] if isinstance(row["a"], list) else row["a"]
    assert not isinstance(value, float)
    assert Decimal(value) == Decimal(number)
    assert tally.counts == {DecodeWarning.BIG_NUMBER: 1}


@pytest.mark.parametrize(
    "number",
    [
        "9223372036854775807",
        "18446744073709551615",
        "-9223372036854775808",
        "1588388126493000000",
        "0.30000000000000004",
        "1588205002.1234567",
        "1.7976931348623157e308",
        "5e-324",
        "2.2250738585072014E-308",
        "1.10000000000000000000",
        "100000000000000000000.0",
    ],
)
def test_numbers_that_fit_are_no_remark(number):
    (row,), tally = decode(f'{{"a": {number} }}'.encode())
    assert Decimal(repr(row["a"])) == Decimal(number)
    assert tally.counts == {}


def test_digits_in_texts_are_only_digits():
    texts = ["10.0.18362.1.256.64.12", " 123456789012345678901234567890,", ": 1e-400 ", "[1e400,"]
    raw = json.dumps({"a": texts}).encode()
    assert decode(raw)[0] == [{"a": texts}]
    assert decode(raw)[1].counts == {}


def test_numbers_that_no_java_decimal_holds_are_bad_even_if_they_are_zero():
    rows, tally = decode(b'{"a":0e9999999999}', b'{"a":0.0E-9999999999}', b'{"a":0e+2147483648}')
    assert rows == []
    assert tally.counts == {DecodeError.NUMBER_OUT_OF_RANGE: 3}


# --- duplicate keys ------------------------------------------------------------------------------


def strings_in(value):
    if isinstance(value, dict):
        return len(value) + sum(map(strings_in, value.values()))
    if isinstance(value, list):
        return sum(map(strings_in, value))
    return isinstance(value, str)


@given(MESSAGES)
@settings(max_examples=150)
@example(('{"a":"\\\\"}', {"a": "\\"}))
@example(('{"a":"\\\\\\""}', {"a": '\\"'}))
@example(('{"\\u0022":1,"\\"":2}', {'"': 2}))
def test_an_object_has_a_string_for_each_token_unless_a_key_came_twice(message):
    text, meaning = message
    duplicates = DecodeWarning.DUPLICATE_KEYS in examine(text.encode()).warnings
    assert string_tokens(text.encode()) == strings_in(meaning) or duplicates
    assert string_tokens(text.encode()) > strings_in(meaning) or not duplicates


@given(st.lists(MESSAGES, max_size=3))
@settings(max_examples=40)
def test_string_tokens_of_several_texts_add_up(messages):
    texts = [text.encode() for text, _ in messages]
    assert string_tokens(b"\n".join(texts)) == sum(map(string_tokens, texts))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a":1,"b":{"c":[0,{"d":null,"d":""}]}}',
        b'{"a":"\\u0022","a":"x"}',
        b'{"a":"\\u0022\\u0022\\u0022\\u0022","b":1,"b":2}',
        b'{"\\u0061":1,"a":2}',
        b'{"a":{"x":"\\"\\"\\\\"},"a":{"y":"\\\\"}}',
        b'{"":1,"":2}',
        b'{"a":[{"x":"y"}],"a":[]}',
    ],
)
def test_duplicate_keys_are_remarked_and_the_last_value_is_taken(raw):
    rows, tally = decode(raw)
    assert rows == [json.loads(raw)]
    assert tally.counts == {DecodeWarning.DUPLICATE_KEYS: 1}


# --- size and depth ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("depth", "fault"),
    [(254, None), (255, None), (MAX_DEPTH, None), (MAX_DEPTH + 1, DecodeError.TOO_DEEP)]
    + [(depth, DecodeError.TOO_DEEP) for depth in (1_024, 1_025, 300_000)],
)
def test_values_are_read_to_the_depth_that_jackson_reads(depth, fault):
    raw = b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"
    rows, tally = decode(raw)
    assert len(rows) == (fault is None)
    assert tally.counts == ({} if fault is None else {fault: 1})


def test_wide_values_are_not_deep():
    raw = orjson.dumps({"a": [{"x": []}] * 5_000})
    rows, tally = decode(raw)
    assert (rows, tally.counts) == ([orjson.loads(raw)], {})


def test_messages_of_twenty_megabytes_are_decoded():
    raw = json.dumps({"a": ["x" * 1_000] * 21_000}).encode()
    rows, tally = decode(raw)
    assert rows == [json.loads(raw)]
    assert tally.bad == 0


def test_a_text_that_jackson_refuses_for_its_length_is_bad():
    _, tally = decode(b'{"a":"' + b"x" * (MAX_STRING + 1) + b'"}')
    assert tally.counts == {DecodeError.STRING_TOO_LONG: 1}


# --- the tally -----------------------------------------------------------------------------------


def test_records_are_counted_with_the_place_of_the_first():
    decoder = Decoder()
    rows = decoder.decode(batch(b"{}", None, b"", b'{"a":1} x', partition=3, start=40))
    rows += decoder.decode(batch(b"", b"{}", partition=1, start=90))
    assert rows == [{}, {"a": 1}, {}]
    tally = decoder.decoding
    assert (tally.records, tally.used, tally.bad) == (6, 3, 2)
    assert tally.firsts == {
        DecodeError.TOMBSTONE: RecordPosition("logs", 3, 41),
        DecodeError.EMPTY: RecordPosition("logs", 1, 90),
        DecodeWarning.TRAILING_DATA: RecordPosition("logs", 3, 43),
    }


def test_a_file_has_no_partition():
    decoder = Decoder()
    decoder.decode(Batch("a.ndjson", None, [7], [b"x"]))
    assert decoder.decoding.firsts[DecodeError.INVALID_JSON] == RecordPosition("a.ndjson", -1, 7)


def test_the_ids_of_schema_registry_frames_are_kept():
    _, tally = decode(b"\x00\x00\x00\x00\x09{}", b"\x00\x00\x00\x00\x02{}", b"{}")
    assert tally.schema_ids == {2, 9}
    assert tally.counts == {DecodeError.SCHEMA_REGISTRY: 2}


def test_positions_and_values_must_go_together():
    with pytest.raises(ValueError, match="2 positions of 1 values"):
        Decoder().decode(Batch("logs", 0, [1, 2], [b"{}"]))


def test_minus_zero_keeps_its_sign_as_a_fraction():
    (row,), _ = decode(b'{"a":-0.0,"b":-0}')
    assert math.copysign(1, row["a"]) == -1
    assert type(row["b"]) is int
