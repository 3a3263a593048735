"""The curve of what smaller samples would have shown."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.profile.accumulation import accumulated, curve, occurrences
from schemagen.profile.profile import Profile


def profile_of(messages):
    profile = Profile()
    profile.add(messages)
    return profile


MESSAGES = [{"a": 1}, {"a": 1, "b": "x"}, {"a": "y", "c": {"d": 1}}, {"a": 1}]


def _seen(messages):
    """Count the structures of some messages by the definition: pairs of a path and a type."""
    return {
        (path, kind)
        for message in messages
        for path, node in profile_of([message]).root.walk()
        for kind in node.by_type()
    }


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_it_is_the_mean_over_all_samples_of_the_size(size):
    every = list(combinations(MESSAGES, size))
    mean = sum(len(_seen(chosen)) for chosen in every) / len(every)
    structures = occurrences(profile_of(MESSAGES).root)
    assert accumulated(structures, len(MESSAGES), size) == pytest.approx(mean)


@given(
    st.dictionaries(st.integers(1, 10_000), st.integers(1, 50), min_size=1, max_size=8),
    st.integers(0, 10**7),
)
def test_it_never_falls_and_ends_at_what_was_seen(structures, more):
    messages = max(structures) + more
    points = curve(structures, messages)
    sizes, found = zip(*points, strict=True)
    assert list(sizes) == sorted(set(sizes))
    assert all(b >= a - 1e-3 for a, b in pairwise(found))
    assert points[-1] == (messages, sum(structures.values()))
    assert all(0 <= each <= sum(structures.values()) + 1e-3 for each in found)


def test_nothing_read_has_no_curve():
    assert curve(occurrences(Profile().root), 0) == []
