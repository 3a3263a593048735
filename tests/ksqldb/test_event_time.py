"""The event time of a stream."""

from __future__ import annotations

import pytest

from schemagen.errors import InputError
from schemagen.ksqldb.choose import ColumnPolicy, choose_columns
from schemagen.ksqldb.event_time import common_pattern, event_time
from schemagen.ksqldb.time_patterns import read_time, time_pattern
from schemagen.ksqldb.types import BIGINT, TIMESTAMP
from schemagen.profile.profile import Profile


def properties(name, *messages):
    profile = Profile()
    profile.add(list(messages))
    columns = choose_columns(profile.root, ColumnPolicy()).columns.fields
    return event_time(name, columns, profile.root).properties()


def test_a_quoted_column_keeps_its_back_ticks_inside_the_text():
    assert properties("@timestamp", {"@timestamp": "2024-05-06T07:08:09.123Z"}) == {
        "TIMESTAMP": "`@timestamp`",
        "TIMESTAMP_FORMAT": "yyyy-MM-dd'T'HH:mm:ss.SSSX",
    }


def test_milliseconds_need_no_pattern():
    assert properties("ts", {"ts": 1_700_000_000_000}) == {"TIMESTAMP": "ts"}


def found(name, *messages, pattern=None, **hints):
    profile = Profile()
    profile.add(list(messages))
    columns = choose_columns(profile.root, ColumnPolicy(hints=hints)).columns.fields
    return event_time(name, columns, profile.root, pattern)


@pytest.mark.parametrize("declared", [BIGINT, TIMESTAMP])
def test_text_of_milliseconds_is_read_where_the_column_is_declared_so(declared):
    one = found("ts", {"ts": "1700000000000"}, {"ts": 1_700_000_000_001}, ts=declared)
    assert one.properties() == {"TIMESTAMP": "ts"}


@pytest.mark.parametrize(
    "text", ["1700000000", "1700000000000000", "-1700000000", "1700000000000.5"]
)
def test_text_of_another_unit_is_refused(text):
    with pytest.raises(InputError, match="not milliseconds"):
        found("ts", {"ts": text}, {"ts": "1700000000000"}, ts=BIGINT)


def test_a_pattern_that_somebody_chose_is_held_against_the_times_seen():
    times = [{"t": "2024-05-06T07:08:09.123Z"}, {"t": "2024-05-06T07:08:09.1Z"}]
    chosen = "yyyy-MM-dd'T'HH:mm:ss[.SSS][.S]X"
    assert found("t", *times, pattern=chosen).properties()["TIMESTAMP_FORMAT"] == chosen
    with pytest.raises(InputError, match="does not read 1 of 2 times"):
        found("t", *times, pattern="yyyy-MM-dd'T'HH:mm:ss.SSSX")


def test_what_is_not_known_of_a_chosen_pattern_is_said():
    one = found("t", {"t": "6.5.24 7h"}, pattern="d.M.yy H'h'")
    assert one.properties()["TIMESTAMP_FORMAT"] == "d.M.yy H'h'"
    assert "it isn't known here whether TIMESTAMP_FORMAT reads 1 text" in one.remarks()


def test_times_without_a_zone_are_remarked():
    (remark,) = found("t", {"t": "2024-05-06 07:08:09,123"}).remarks()
    assert "no zone" in remark
    assert found("t", {"t": "2024-05-06 07:08:09 UTC"}).remarks() == []
    assert found("t", {"t": 1_700_000_000_000}).remarks() == []


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([{"a": 1}], "is not a column"),
        ([{"t": "2024-05-06T07:08:09Z"}, {"a": 1}], "missing or null in 1 of 2"),
        ([{"t": "2024-05-06T07:08:09Z"}, {"t": None}], "missing or null in 1 of 2"),
        ([{"t": "2024-05-06T07:08:09Z"}, {"t": "yesterday"}], r"holds 1 text \(of 2\)"),
        ([{"t": 1_700_000_000}], "not milliseconds"),
        ([{"t": "1700000000123"}], "text of milliseconds, and is declared VARCHAR"),
        ([{"t": "1700000000"}], r"holds 1 text \(of 1\)"),
        ([{"t": "1700000000.123"}], r"holds 1 text \(of 1\)"),
        ([{"t": "1700000000123"}, {"t": ""}], r"holds 2 texts \(of 2\)"),
        ([{"t": True}], "neither text nor whole numbers"),
        ([{"t": "2024-05-06T07:08:09Z"}, {"t": "2024-05-06 07:08:09"}], "no one pattern reads"),
    ],
)
def test_a_time_for_which_records_would_be_dropped_is_refused(messages, says):
    with pytest.raises(InputError, match=says):
        properties("t", *messages)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["yyyy HH:mm:ssX"], "yyyy HH:mm:ssX"),
        (["yyyy HH:mm:ssX", "yyyy HH:mm:ss.SSSX"], "yyyy HH:mm:ss[.SSS][.SS][.S]X"),
        (["yyyy HH:mm:ss.SX", "yyyy HH:mm:ss.SSSXXX"], "yyyy HH:mm:ss[.SSS][.SS][.S]XXX"),
        (["yyyy HH:mm:ss,SS", "yyyy HH:mm:ss.S"], "yyyy HH:mm:ss[,SS][,S][.S]"),
        (["yyyy HH:mm:ss X", "yyyy HH:mm:ssX"], "yyyy HH:mm:ss[X][ X]"),
        (["yyyy HH:mm:ss XX", "yyyy HH:mm:ss X", "yyyy HH:mm:ss VV"], "yyyy HH:mm:ss[ XX][ VV]"),
        (["EEE, dd MMM HH:mm:ss VV", "EEE, d MMM HH:mm:ss VV"], "EEE, d MMM HH:mm:ss VV"),
        (
            ["yyyy HH:mm:ss.SX", "yyyy HH:mm:ss.SXX", "yyyy HH:mm:ss.SXXX"],
            "yyyy HH:mm:ss.S[XXX][XX]",
        ),
        (
            ["yyyy HH:mm:ssXXX'['VV']'", "yyyy HH:mm:ss.SXXX'['VV']'"],
            "yyyy HH:mm:ss[.S]XXX'['VV']'",
        ),
        (["yyyy HH:mm:ss", "yyyy HH:mm:ssX"], None),
        (["yyyy'T'HH:mm:ssX", "yyyy HH:mm:ssX"], None),
        (["dd/MMM/yyyy:HH:mm:ss Z", "yyyy HH:mm:ssX"], None),
    ],
)
def test_one_pattern_is_found_for_several_forms(patterns, expected):
    assert common_pattern(patterns) == expected


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2024-02-28", 1_709_078_400_000),
        ("2024-02-29", 1_709_164_800_000),
        ("2024-02-30", 1_709_164_800_000),
        ("2023-02-31", 1_677_542_400_000),
        ("2024-02-32", None),
        ("2024-02-00", None),
        ("2024-13-01", None),
    ],
)
def test_a_day_that_a_month_lacks_is_its_last_one_as_java_reads_it(text, milliseconds):
    assert read_time(time_pattern("yyyy-MM-dd"), text) == milliseconds


@pytest.mark.parametrize(
    ("pattern", "text", "milliseconds"),
    [
        ("yyyy-MM-dd HH:mm:ss,SSS", "2024-05-01 10:00:00,123", 1_714_557_600_123),
        ("EEE, dd MMM yyyy HH:mm:ss VV", "Wed, 01 May 2024 10:00:00 GMT", 1_714_557_600_000),
        ("EEE, dd MMM yyyy HH:mm:ss VV", "wed, 01 may 2024 10:00:00 gmt", 1_714_557_600_000),
        ("EEE, dd MMM yyyy HH:mm:ss XX", "Thu, 01 May 2024 10:00:00 +0000", None),
        ("EEE, d MMM yyyy HH:mm:ss XX", "Wed, 1 May 2024 10:00:00 +0200", 1_714_550_400_000),
        ("yyyy-MM-dd HH:mm:ss VV", "2024-05-01 10:00:00 UTC", 1_714_557_600_000),
        ("yyyy-MM-dd HH:mm:ss XX", "2024-05-01 10:00:00 +0200", 1_714_550_400_000),
        ("dd/MMM/yyyy:HH:mm:ss Z", "01/May/2024:10:00:00 +0200", 1_714_550_400_000),
        ("yyyy-MM-dd'T'HH:mm:ss[.SSS][.SS][.S]X", "2024-05-01T10:00:00.1Z", 1_714_557_600_100),
        ("yyyy-MM-dd'T'HH:mm:ss[.SSS][.SS][.S]X", "2024-05-01T10:00:00Z", 1_714_557_600_000),
        ("yyyy-MM-dd'T'HH:mm:ssX", "2024-05-01t10:00:00z", 1_714_557_600_000),
        ("yyyy-MM-dd HH:mm:ss VV", "2025-03-11 08:01:12 America/New_York", 1_741_694_472_000),
        ("yyyy-MM-dd HH:mm:ss VV", "2025-03-11 08:01:12 america/new_york", 1_741_694_472_000),
        ("yyyy-MM-dd HH:mm:ss VV", "2025-03-11 08:01:12 Europe/Nowhere", None),
        (
            "yyyy-MM-dd'T'HH:mm:ssXXX'['VV']'",
            "2025-03-11T08:01:12+01:00[Europe/Berlin]",
            1_741_676_472_000,
        ),
        ("yyyy-MM-dd'T'HH:mm:ssXXX'['VV']'", "2025-03-11T08:01:12Z[UTC]", 1_741_680_072_000),
    ],
)
def test_times_are_read_as_java_17_was_seen_to_read_them(pattern, text, milliseconds):
    assert read_time(time_pattern(pattern), text) == milliseconds
