"""Format classes of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.profile import formats
from schemagen.profile.formats import classify


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        ("svchost.exe", "text"),
        ("C:\\Windows\\System32\\svchost.exe", "text"),
        ("7", "int32"),
        ("-2147483648", "int32"),
        ("2147483648", "int53"),
        ("9007199254740992", "int53"),
        ("9007199254740993", "int64"),
        ("9223372036854775807", "int64"),
        ("9223372036854775808", "big-integer"),
        ("18446744073709551615", "big-integer"),
        ("007", "loose-int32"),
        ("+7", "loose-int32"),
        ("-0", "loose-int32"),
        ("09007199254740993", "loose-int64"),
        ("1.5", "number"),
        ("-1e3", "number"),
        (".5", "number"),
        ("1.", "number"),
        ("NaN", "java-double"),
        (" 1.5 ", "java-double"),
        ("1d", "java-double"),
        ("-Infinity", "java-double"),
        ("true", "boolean"),
        ("0x3e7", "hex"),
        ("192.0.2.1", "ipv4"),
        ("256.0.2.1", "text"),
        ("::1", "ipv6"),
        ("::", "ipv6"),
        ("fe80:0:0:0:e086:822b:9735:45c8", "ipv6"),
        ("fe80::1%eth0", "ipv6"),
        ("::ffff:192.0.2.1", "ipv6"),
        ("1:2:3", "text"),
        (":::", "text"),
        ("1::2::3", "text"),
        ("5770385f-c22a-43e0-bf4c-06f5698ffbd9", "uuid"),
        ("{5770385f-c22a-43e0-bf4c-06f5698ffbd9}", "guid"),
        ("S-1-5-21-3623811015-3361044348-30300820-1013", "sid"),
        ("00:00:5E:00:53:01", "mac"),
        ("2024-05-06", "date"),
        ("2024-13-06", "text"),
        ("07:08:09", "time"),
        ("TWFuIGlzIGRpc3Rpbmd1aXNoZWQ=", "base64"),
        ("TWFuIGlzIGRpc3Rpbmd1aXNoZWQ", "text"),
        ("User", "base64-like"),
        ("٣٤", "text"),
    ],
)
def test_a_text_has_one_class(text, expected):
    assert classify(text) == expected


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("2024-05-06T07:08:09.123Z", "yyyy-MM-dd'T'HH:mm:ss.SSSX"),
        ("2024-05-06T07:08:09Z", "yyyy-MM-dd'T'HH:mm:ssX"),
        ("2024-05-06T07:08:09.123456+0000", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXX"),
        ("2024-05-06T07:08:09.1+02:00", "yyyy-MM-dd'T'HH:mm:ss.SXXX"),
        ("2024-05-06T07:08:09+02", "yyyy-MM-dd'T'HH:mm:ssX"),
        ("2024-05-06 07:08:09.620", "yyyy-MM-dd HH:mm:ss.SSS"),
        ("06/May/2024:07:08:09 +0000", "dd/MMM/yyyy:HH:mm:ss Z"),
        ("2024-05-06 07:08:09,620", "yyyy-MM-dd HH:mm:ss,SSS"),
        ("2024/05/06 07:08:09", "yyyy/MM/dd HH:mm:ss"),
        ("2024-05-06 07:08:09 UTC", "yyyy-MM-dd HH:mm:ss VV"),
        ("2024-05-06 07:08:09.5 +0200", "yyyy-MM-dd HH:mm:ss.S XX"),
        ("2024-05-06 07:08:09 +02:00", "yyyy-MM-dd HH:mm:ss XXX"),
        ("2024-05-06 07:08:09 Z", "yyyy-MM-dd HH:mm:ss X"),
        ("2024-05-06t07:08:09.1z", "yyyy-MM-dd'T'HH:mm:ss.SX"),
        ("2024-05-06 07:08:09 America/New_York", "yyyy-MM-dd HH:mm:ss VV"),
        ("2024-05-06T07:08:09+02:00[Europe/Berlin]", "yyyy-MM-dd'T'HH:mm:ssXXX'['VV']'"),
        ("2024-05-06T07:08:09.1Z[UTC]", "yyyy-MM-dd'T'HH:mm:ss.SX'['VV']'"),
        ("2024-05-06 07:08:09 utc", "yyyy-MM-dd HH:mm:ss VV"),
        ("Mon, 06 May 2024 07:08:09 GMT", "EEE, dd MMM yyyy HH:mm:ss VV"),
        ("Mon, 6 May 2024 07:08:09 +0200", "EEE, d MMM yyyy HH:mm:ss XX"),
    ],
)
def test_a_date_time_is_classed_by_the_java_pattern_that_reads_it(text, pattern):
    assert classify(text) == formats.DATE_TIME + pattern


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-06T24:00:00Z",
        "2024-05-06T07:08:60Z",
        "2024-02-32T00:00:00Z",
        "2024-05-06T07:08:09-18:30",
        "2024-05/06 07:08:09",
        "2024-05-06 07:08:09 CEST",
        "2024-05-06 07:08:09 Europe/Nowhere",
        "2024-05-06T07:08:09[Europe/Berlin]",
        "Mon, 06 May 2024 07:08:09",
        # Java has no full names of weekdays here, and takes another day for the first of a week.
        "Monday, 06-May-24 07:08:09 GMT",
        "2024-W19-1T07:08:09Z",
    ],
)
def test_what_java_would_not_read_is_no_date_time(text):
    assert classify(text) == "text"


@given(st.integers())
def test_canonical_text_of_an_integer_is_classed_by_its_width(value):
    name = classify(str(value))
    if -(2**31) <= value < 2**31:
        assert name == "int32"
    elif abs(value) <= 2**53:
        assert name == "int53"
    else:
        assert name in {"int64", "big-integer"}
        assert (name == "int64") == (-(2**63) <= value < 2**63)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_text_of_a_double_is_a_number(value):
    assert classify(repr(value)) == "number"


@given(st.text())
def test_any_text_has_a_class(text):
    assert classify(text)


def test_the_cache_holds_short_texts_and_not_too_many(monkeypatch):
    monkeypatch.setattr(formats, "_MAX_CLASSES", 3)
    cache = formats.FormatCache()
    for text in ("a", "7", "b", "7", "c", "d"):
        assert cache[text] == classify(text)
        assert len(cache) <= 3
    kept = set(formats._CLASSES)
    classify("x" * 10_000)
    assert set(formats._CLASSES) == kept


@pytest.mark.parametrize(
    "text",
    [
        "1601-01-01T00:00:00.000Z",
        "1969-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "2025-02-30T00:00:00Z",
        "30/Feb/2025:10:00:00 +0000",
        "Tue, 06 May 2024 07:08:09 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
    ],
)
def test_a_time_that_ksqldb_drops_or_moves_is_no_event_time(text):
    assert classify(text) == formats.OTHER_DATE_TIME
