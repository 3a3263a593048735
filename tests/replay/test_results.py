"""Values of rows in forms that JSON has."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.replay.results import Event, NamedEvents, as_json


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1.50"), 1.5),
        (Decimal(7), 7),
        (Decimal("-0.00"), 0),
        (Decimal(12345678901234567890), "12345678901234567890"),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (Decimal("1E+2"), 100),
        (Decimal("NaN"), "NaN"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (b"\x00\xff", "AP8="),
        (bytearray(b"ab"), "YWI="),
        (date(2024, 5, 6), "2024-05-06"),
        (time(7, 8, 9), "07:08:09"),
        (datetime(2024, 5, 6, tzinfo=UTC), "2024-05-06T00:00:00+00:00"),
        (9007199254740993, 9007199254740993),
        ({"a": [Decimal("2.5"), None, {"b": b""}]}, {"a": [2.5, None, {"b": ""}]}),
        (True, True),
        ("text", "text"),
        (None, None),
    ],
)
def test_a_value_has_the_form_that_the_serialiser_gives_it(value, written):
    assert as_json(value) == written
    assert type(as_json(value)) is type(written)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.binary(max_size=5)
    | st.dates()
    | st.times()
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(values)
def test_json_is_written_of_whatever_a_row_holds(value):
    json.dumps(as_json(value), allow_nan=False)


def test_events_are_a_sequence_of_which_some_are_kept():
    every = [Event("t", None, "f", n) for n in range(3)]
    events = NamedEvents(3, dict(enumerate(every)))
    assert list(events) == every
    assert (events[-1], events[1:], len(events)) == (every[2], every[1:], 3)
    with pytest.raises(IndexError):
        events[3]
    some = NamedEvents(5, {1: every[1]})
    assert some[1] is every[1]
    with pytest.raises(KeyError):
        some[0]
