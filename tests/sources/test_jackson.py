from __future__ import annotations

import json
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.sources.decode_statistics import DecodeError, DecodeWarning
from schemagen.sources.jackson import MAX_DEPTH, MAX_STRING, DecodedValue, examine, read_fraction

# What Jackson 2.15.2 did with these bytes was tried with Jackson itself:
# new ObjectMapper().enable(USE_BIG_DECIMAL_FOR_FLOATS).setNodeFactory(withExactBigDecimals(true)).


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (None, DecodeError.TOMBSTONE),
        (b"", DecodeError.EMPTY),
        (b" \r\n\t", DecodeError.EMPTY),
        (b"\xef\xbb\xbf", DecodeError.EMPTY),
        (b"null", DecodeError.NULL),
        (b" null\n", DecodeError.NULL),
        (b"null x", DecodeError.NULL),
        (b"null}", DecodeError.NULL),
        (b"\xef\xbb\xbfnull", DecodeError.NULL),
        (b"nullx", DecodeError.INVALID_JSON),
        (b"null1", DecodeError.INVALID_JSON),
        ("nullé".encode(), DecodeError.INVALID_JSON),
        (b"null\xff", DecodeError.NOT_UTF8),
        (b"[]", DecodeError.NOT_AN_OBJECT),
        (b'"text"', DecodeError.NOT_AN_OBJECT),
        (b"5", DecodeError.NOT_AN_OBJECT),
        (b"true", DecodeError.NOT_AN_OBJECT),
        (b'{"a":NaN}', DecodeError.NON_FINITE),
        (b'{"a":Infinity}', DecodeError.NON_FINITE),
        (b'{"a":[-Infinity]}', DecodeError.NON_FINITE),
        (b'{"a":01}', DecodeError.INVALID_JSON),
        (b'{"a":-01}', DecodeError.INVALID_JSON),
        (b'{"a":+1}', DecodeError.INVALID_JSON),
        (b'{"a":.5}', DecodeError.INVALID_JSON),
        (b'{"a":1.}', DecodeError.INVALID_JSON),
        (b'{"a":1e}', DecodeError.INVALID_JSON),
        (b'{"a":-}', DecodeError.INVALID_JSON),
        (b'{"a":0x10}', DecodeError.INVALID_JSON),
        (b'{"a":1,}', DecodeError.INVALID_JSON),
        (b'{"a":[1,]}', DecodeError.INVALID_JSON),
        (b'{"a":1 /* why */}', DecodeError.INVALID_JSON),
        (b"{'a':1}", DecodeError.INVALID_JSON),
        (b"{a:1}", DecodeError.INVALID_JSON),
        (b'{"a":"\x1f"}', DecodeError.INVALID_JSON),
        (b'{"a":"\n"}', DecodeError.INVALID_JSON),
        (b'{"a":"\\x"}', DecodeError.INVALID_JSON),
        (b'{"a":"\\u00zz"}', DecodeError.INVALID_JSON),
        (b'{"a":tru}', DecodeError.INVALID_JSON),
        (b'{"a":1]', DecodeError.INVALID_JSON),
        (b'{"a":"cut of', DecodeError.INVALID_JSON),
        (b'{"a":', DecodeError.INVALID_JSON),
        (b"\x0c{}", DecodeError.INVALID_JSON),
        (b"\xc2\xa0{}", DecodeError.INVALID_JSON),
        (b" \xef\xbb\xbf{}", DecodeError.INVALID_JSON),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", DecodeError.INVALID_JSON),
        (b"plain text", DecodeError.INVALID_JSON),
        (b'{"a":"\xff"}', DecodeError.NOT_UTF8),
        (b'{"a":"\xc3', DecodeError.NOT_UTF8),
        (b'{"a":"\xed\xa0\x80"}', DecodeError.NOT_UTF8),
        (b"\xff", DecodeError.NOT_UTF8),
        ('{"a":1}'.encode("utf-16"), DecodeError.NOT_UTF8),
        ('{"a":1}'.encode("utf-16-le"), DecodeError.NOT_UTF8),
        ('{"a":1}'.encode("utf-16-be"), DecodeError.NOT_UTF8),
        ('{"a":1}'.encode("utf-32"), DecodeError.NOT_UTF8),
        ('{"a":1}'.encode("utf-32-le"), DecodeError.NOT_UTF8),
        ('{"a":1}'.encode("utf-32-be"), DecodeError.NOT_UTF8),
        (b"\x00", DecodeError.INVALID_JSON),
        (b"\x00\x00\x00\x00", DecodeError.INVALID_JSON),
        (b"\x00\xff\xff\xff\xff{}", DecodeError.NOT_UTF8),
        (b'{"a":0e9999999999}', DecodeError.NUMBER_OUT_OF_RANGE),
        (b'{"a":1e-2147483648}', DecodeError.NUMBER_OUT_OF_RANGE),
        (b'{"a":1.5e-2147483647}', DecodeError.NUMBER_OUT_OF_RANGE),
        (b'{"a":0.0e-99999999999}', DecodeError.NUMBER_OUT_OF_RANGE),
        (b'{"a":' + b"9" * 1001 + b"}", DecodeError.NUMBER_TOO_LONG),
        (b'{"a":' + b"9" * 500 + b"." + b"9" * 501 + b"}", DecodeError.NUMBER_TOO_LONG),
        (b'{"a":1e' + b"0" * 998 + b"12}", DecodeError.NUMBER_TOO_LONG),
        (b'{"a":' + b"9" * 100_000 + b"}", DecodeError.NUMBER_TOO_LONG),
    ],
)
def test_what_gives_no_row_has_a_class(raw, error):
    assert examine(raw) == DecodedValue(error=error)


@pytest.mark.parametrize(
    ("raw", "value", "warnings"),
    [
        (b'{"a":1}', {"a": 1}, ()),
        (b' {"a" :\t1 }\r\n', {"a": 1}, ()),
        (b'{"a":-0,"b":-0.0,"c":1E+2}', {"a": 0, "b": -0.0, "c": 100.0}, ()),
        (b'{"a":"\\ud83d\\ude00 \\u0022 \\\\ud800"}', {"a": '😀 " \\ud800'}, ()),
        (b'{"a":"\x7f\xe2\x80\xa8\\u0000"}', {"a": "\x7f\u2028\x00"}, ()),
        (b'{"a":18446744073709551615}', {"a": 2**64 - 1}, ()),
        (b'{"a":18446744073709551616}', {"a": 2**64}, (DecodeWarning.BIG_NUMBER,)),
        (b'{"a":-9223372036854775808}', {"a": -(2**63)}, ()),
        (b'{"a":-9223372036854775809}', {"a": -(2**63) - 1}, (DecodeWarning.BIG_NUMBER,)),
        (b'{"a":1e400}', {"a": Decimal("1e400")}, (DecodeWarning.BIG_NUMBER,)),
        (b'{"a":1e-400}', {"a": Decimal("1e-400")}, (DecodeWarning.BIG_NUMBER,)),
        (b'{"a":2e-324}', {"a": Decimal("2e-324")}, (DecodeWarning.BIG_NUMBER,)),
        (b'{"a":1e-2147483647}', {"a": Decimal("1e-2147483647")}, (DecodeWarning.BIG_NUMBER,)),
        (b'{"a":0.30000000000000004}', {"a": 0.30000000000000004}, ()),
        (
            b'{"a":0.300000000000000041}',
            {"a": Decimal("0.300000000000000041")},
            (DecodeWarning.BIG_NUMBER,),
        ),
        (
            b'{"a":9007199254740993e0}',
            {"a": Decimal(9007199254740993)},
            (DecodeWarning.BIG_NUMBER,),
        ),
        (b'{"a":' + b"9" * 1000 + b"}", {"a": 10**1000 - 1}, (DecodeWarning.BIG_NUMBER,)),
        (b'{"a":1e' + b"0" * 997 + b"12}", {"a": 1e12}, ()),
        (b'{"a":1,"a":2}', {"a": 2}, (DecodeWarning.DUPLICATE_KEYS,)),
        (b'{"a":1,"\\u0061":2}', {"a": 2}, (DecodeWarning.DUPLICATE_KEYS,)),
        (b'{"x":[{"a":1,"a":2}]}', {"x": [{"a": 2}]}, (DecodeWarning.DUPLICATE_KEYS,)),
        (b'{"a":{"x":1},"a":2}', {"a": 2}, (DecodeWarning.DUPLICATE_KEYS,)),
        (b'{"a":"\\ud800"}', {"a": "\ud800"}, (DecodeWarning.LONE_SURROGATE,)),
        (b'{"a":"\\uDC00x"}', {"a": "\udc00x"}, (DecodeWarning.LONE_SURROGATE,)),
        (b'{"\\ud800\\ud83d\\ude00":1}', {"\ud800😀": 1}, (DecodeWarning.LONE_SURROGATE,)),
        (b'{"a":"\\udc00\\ud800"}', {"a": "\udc00\ud800"}, (DecodeWarning.LONE_SURROGATE,)),
        (b'{"a":1} xx', {"a": 1}, (DecodeWarning.TRAILING_DATA,)),
        (b'{"a":1}{"b":2}', {"a": 1}, (DecodeWarning.TRAILING_DATA,)),
        (b'{"a":1}\x00', {"a": 1}, (DecodeWarning.TRAILING_DATA,)),
        (b'{"a":1}\xff\xff', {"a": 1}, (DecodeWarning.TRAILING_DATA,)),
        (b'{"a":1} NaN', {"a": 1}, (DecodeWarning.TRAILING_DATA,)),
        (b'{"a":1} "\\ud800"', {"a": 1}, (DecodeWarning.TRAILING_DATA,)),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}, (DecodeWarning.BYTE_ORDER_MARK,)),
        (
            b'\xef\xbb\xbf{"a":"\\ud800","a":1e400}x',
            {"a": Decimal("1e400")},
            (
                DecodeWarning.BYTE_ORDER_MARK,
                DecodeWarning.TRAILING_DATA,
                DecodeWarning.DUPLICATE_KEYS,
                DecodeWarning.BIG_NUMBER,
                DecodeWarning.LONE_SURROGATE,
            ),
        ),
    ],
)
def test_what_gives_a_row_is_read_exactly(raw, value, warnings):
    reading = examine(raw)
    assert reading == DecodedValue(value, warnings=warnings)
    assert repr(reading.value) == repr(value)


def test_of_duplicate_keys_the_last_value_stands_at_the_first_one_s_place():
    assert list((examine(b'{"a":1,"b":2,"a":3}').value or {}).items()) == [("a", 3), ("b", 2)]


@pytest.mark.parametrize(
    ("raw", "schema_id"),
    [
        (b'\x00\x00\x00\x00\x01{"a":1}', 1),
        (b"\x00\x00\x01\x86\xa5\x00\x02\x06abc", 100_005),
        (b"\x00\x00\x00\x00\x07", 7),
        # These ids look like the start of UTF-32 and of UTF-16 text.
        (b"\x00\x00\x00\x7b\x00\x00\x00\x22\x05\x06\x07", 31_488),
        (b"\x00\x0a\x00\x01\x02\x03\x04", 0x0A000102),
    ],
)
def test_a_schema_registry_frame_is_told_by_its_zero_byte(raw, schema_id):
    assert examine(raw) == DecodedValue(error=DecodeError.SCHEMA_REGISTRY, schema_id=schema_id)


def nested(depth, oddity):
    return b'{"a":' * depth + oddity + b"}" * depth


@pytest.mark.parametrize("oddity", [b"1", b"18446744073709551616", b'"\\ud800"', b'{"x":1,"x":2}'])
@pytest.mark.parametrize("depth", [399, 401, MAX_DEPTH - 1])
def test_values_are_read_as_deep_as_jackson_reads_them(depth, oddity):
    value = examine(nested(depth, oddity)).value
    for _ in range(depth):
        value = value["a"]
    assert value == json.loads(oddity)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_024, 1_025, 200_000])
def test_deeper_values_are_too_deep_and_harm_nobody(depth):
    assert examine(nested(depth, b"1")).error is DecodeError.TOO_DEEP
    assert examine(b"[" * depth).error is DecodeError.TOO_DEEP
    assert examine(b'{"a":[' * depth + b"NaN").error is DecodeError.TOO_DEEP


def test_brackets_in_texts_and_behind_the_value_do_not_nest():
    text = b'{"a":"' + b'[{\\"' * 5_000 + b'"}'
    assert examine(text) == DecodedValue({"a": '[{"' * 5_000})
    assert examine(b'{"a":1}' + b"[" * 5_000).warnings == (DecodeWarning.TRAILING_DATA,)
    assert examine(b'{"a":[' + b"[]," * 5_000 + b"0]}").error is None


def test_the_recursion_limit_is_as_before():
    before = sys.getrecursionlimit()
    examine(nested(900, b"1e400"))
    examine(nested(900, b"oops"))
    assert sys.getrecursionlimit() == before


def test_long_texts_are_measured_as_java_does():
    assert examine(b'{"a":"' + b"\\n" * MAX_STRING + b'"}').error is None
    too_long = b'{"a":["' + b"x" * (MAX_STRING + 1) + b'"]}'
    assert examine(too_long) == DecodedValue(error=DecodeError.STRING_TOO_LONG)
    pairs = '{"a":"' + "😀" * (MAX_STRING // 2 + 1) + '"}'
    assert examine(pairs.encode()) == DecodedValue(error=DecodeError.STRING_TOO_LONG)


NUMBERS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?\Z").filter(
    lambda text: not text.lstrip("-").isdigit()
)


@given(NUMBERS)
def test_a_fraction_is_a_float_only_if_the_float_is_the_very_number(text):
    number = read_fraction(text)
    if isinstance(number, float):
        assert Decimal(repr(number)) == Decimal(text)
    else:
        assert number == Decimal(text)
        assert Decimal(repr(float(text))) != Decimal(text)


@given(st.binary(max_size=40))
def test_any_bytes_get_a_reading(raw):
    reading = examine(raw)
    assert (reading.value is None) != (reading.error is None)
