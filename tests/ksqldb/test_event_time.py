"""The event time of a stream."""

from __future__ import annotations

import pytest

from schemagen.errors import InputError
from schemagen.ksqldb.choose import ColumnPolicy, choose_columns
from schemagen.ksqldb.event_time import common_pattern, event_time
from schemagen.ksqldb.time_patterns import read_time, time_pattern
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


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([{"a": 1}], "is no column"),
        ([{"t": "2024-05-06T07:08:09Z"}, {"a": 1}], "missing or null in 1 of 2"),
        ([{"t": "2024-05-06T07:08:09Z"}, {"t": None}], "missing or null in 1 of 2"),
        ([{"t": "2024-05-06T07:08:09Z"}, {"t": "yesterday"}], r"holds 1 texts \(of 2\)"),
        ([{"t": 1_700_000_000}], "no milliseconds"),
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
        (["yyyy HH:mm:ssX", "yyyy HH:mm:ss.SSSX"], "yyyy HH:mm:ss[.SSS]X"),
        (["yyyy HH:mm:ss.SSSX", "yyyy HH:mm:ss.SSSSSSXXX"], "yyyy HH:mm:ss[.SSSSSS][.SSS]XXX"),
        (
            ["yyyy HH:mm:ss.SX", "yyyy HH:mm:ss.SXX", "yyyy HH:mm:ss.SXXX"],
            "yyyy HH:mm:ss.S[XXX][XX]",
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
