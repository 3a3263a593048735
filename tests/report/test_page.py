"""What a page is made of: its texts, its drawings, its views."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.profile.evidence import Evidence
from schemagen.profile.profile import Profile
from schemagen.report.page.charts import LEVELS, heat_map, line_chart, nice, spark, stacked, steps
from schemagen.report.page.history_view import by_time, history_view
from schemagen.report.page.model import TopicReport
from schemagen.report.page.sample_view import SampleView, newest_day, span
from schemagen.report.page.texts import LONGEST_NAME, cleaned, name, packed, safe, script_json

_TEXT = st.text(st.characters(codec=None), max_size=40)
_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
)


@given(_DATA)
def test_data_in_a_script_can_neither_end_nor_leave_it(data):
    text = script_json(data)
    assert not set(text) & set("<>&\u2028\u2029\u202e")
    text.encode()
    assert json.loads(text) == cleaned(data)


@given(_DATA)
def test_what_is_packed_is_the_same_data(data):
    text = packed(data)
    assert json.loads(gzip.decompress(base64.b64decode(text))) == cleaned(data)
    assert packed(data) == text


@given(_TEXT)
def test_a_text_that_is_shown_hides_nothing(text):
    made = safe(text)
    made.encode()
    assert safe(made) == made
    assert not set(made) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u200b\u200e\ufeff\x00\x1b")


def test_a_name_is_one_line_of_bounded_length():
    assert name("a\nb\tc") == "a b c"
    assert len(name("n" * 10_000)) == LONGEST_NAME
    assert name("safe\u202eexe.fdp") == "safe\\u202eexe.fdp"


# -- drawings -------------------------------------------------------------------------------------


@given(st.floats(1e-3, 1e12))
def test_a_round_number_is_at_or_little_above(value):
    assert value <= nice(value) * 1.0000001
    assert nice(value) <= value * 1.6


@given(st.floats(0.1, 1e9))
def test_an_axis_has_a_few_marks_within_it(top):
    found = steps(top)
    assert found[0] == 0
    assert 2 <= len(found) <= 6
    assert found[-1] <= top * 1.0000001


def test_a_curve_stays_within_its_area():
    chart = line_chart([(0, 0.0), (1, 50.0), (10, 90.0)], 100, 40)
    assert chart.line == "M0.0 40.0L10.0 20.0L100.0 4.0"
    assert chart.end == (100.0, 4.0)
    assert [tick.label for tick in chart.up] == ["0", "25", "50", "75", "100"]


def test_a_heat_map_has_a_class_for_each_share_and_none_for_nothing():
    made = heat_map(["a", "b"], ["x", "y"], [[0.0, 0.001], [1.0, 0.5]])
    assert [level for level, _ in made.paths] == [1, 3, LEVELS]
    assert made.shares == [[-1, 1], [1000, 500]]


def test_one_share_alone_is_a_dash_and_many_are_a_line():
    assert spark("a", [0.5]).line == "M0.0 18.0L180 18.0"
    assert spark("a", [0.0, 1.0]).line == "M0.0 36.0L180.0 0.0"
    assert (spark("a", [0.25, 0.5], 0.5).end, spark("a", [0.25, 0.5]).first) == (
        (180.0, 0.0),
        "25.0%",
    )


def test_counts_side_by_side_fill_the_width():
    assert stacked([("a", 1), ("b", 0), ("c", 3)]) == [("a", 0.0, 25.0), ("c", 25.0, 75.0)]


# -- samples over time ----------------------------------------------------------------------------


def evidence(messages, day):
    made = Evidence("t", Profile())
    made.profile.add(messages)
    time = f"2025-03-{day:02}T08:00:00.000+00:00"
    part = {"low": 0, "high": 9, "ranges": [[0, 9]], "records": len(messages)}
    made.sources = [
        {"kind": "kafka", "partitions": {"0": {**part, "first_time": time, "last_time": time}}}
    ]
    return made


def test_history_shows_what_changed_the_oldest_first():
    old = evidence([{"a": 1, "gone": {"x": 1, "y": 1}}] * 4, 1)
    new = evidence([{"a": 1, "b": 1}] * 2 + [{"a": 1}] * 2, 9)
    view = history_view(by_time([new, old]))
    assert view.when == ["2025-03-01 08:00", "2025-03-09 08:00"]
    # What goes with the object around it is said once.
    assert [(each.name, each.first, each.last) for each in view.fields] == [
        ("gone", "100%", "0%"),
        ("b", "0%", "50.0%"),
    ]
    assert (view.fresh, view.gone) == (["b"], ["gone"])


@pytest.mark.parametrize("count", [0, 1])
def test_one_sample_is_no_history(count):
    assert history_view([evidence([{"a": 1}], 1)] * count) is None


def test_fields_that_change_alike_are_one_chart():
    old = evidence([{"o": {"a": 1, "b": 1, "c": 1}}] * 2, 1)
    new = evidence([{"o": {"c": 1}}] * 2, 2)
    assert [each.name for each in history_view([old, new]).fields] == ["o.a and 1 more"]


def test_a_partition_shows_what_was_read_of_it_and_how_fast_it_grows():
    made = evidence([{"a": 1}] * 30, 1)
    made.sources[0]["partitions"]["0"] = {
        "low": 100, "high": 500, "ranges": [[100, 110], [480, 500]], "records": 30,
        "first_time": "2025-03-01T08:00:00.000+00:00", "last_time": "2025-03-01T08:03:20.000+00:00",
    }  # fmt: skip
    report = TopicReport(topic="t", root=made.profile.root, evidence=made)
    (view,) = SampleView(report, made).partitions()
    assert view.spans == [(0.0, 2.5), (95.0, 5.0)]
    assert (view.offsets, view.rate) == ("100 to 500", "2.0 a second")
    assert (view.first, view.last) == ("2025-03-01 08:00:00 UTC", "2025-03-01 08:03:20 UTC")


def test_times_of_a_sample_are_those_of_its_records():
    sources = evidence([{"a": 1}], 9).sources
    assert span(sources) == "2025-03-09 08:00:00 UTC"
    assert newest_day(sources).isoformat() == "2025-03-09"
    assert (span([]), newest_day([{"kind": "files", "files": [{"path": "x"}]}])) == ("", None)
