from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemagen.sources.origins import OriginTally
from schemagen.sources.records import RecordOrigin

ORIGINS = st.builds(
    RecordOrigin,
    st.sampled_from(["", "a", "b"]),
    st.none() | st.integers(0, 3),
    st.none() | st.integers(0, 2**63),
    st.none() | st.integers(0, 2**63),
    key=st.none() | st.booleans(),
)


def tally(*origins):
    found = OriginTally()
    found.add(origins)
    return found.as_json()


def test_topics_offsets_times_and_keys_are_told():
    assert tally(
        RecordOrigin("b", 10, 7, 1_700_000_000_000, key=True),
        RecordOrigin("a", 2, 9, 1_600_000_000_000, key=False),
        RecordOrigin("a", 10, 3, 1_650_000_000_000),
    ) == {
        "topics": ["a", "b"],
        "offsets": {"2": [9, 9], "10": [3, 7]},
        "first_time": "2020-09-13T12:26:40.000+00:00",
        "last_time": "2023-11-14T22:13:20.000+00:00",
        "keys": 1,
    }


def test_what_no_record_says_is_missing():
    assert tally() == tally(RecordOrigin()) == {}
    assert tally(RecordOrigin("a")) == {"topics": ["a"]}


@given(st.lists(ORIGINS, max_size=6), st.randoms())
def test_the_order_of_records_is_of_no_matter(origins, random):
    shuffled = random.sample(origins, len(origins))
    assert tally(*origins) == tally(*shuffled)
