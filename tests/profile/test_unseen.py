"""How likely is the next message to show something new?"""

from __future__ import annotations

import random

import pytest

from schemagen.profile.profile import Profile
from schemagen.profile.unseen import coverage


def profiled(messages):
    profile = Profile()
    profile.add(messages)
    return profile


def test_without_messages_everything_is_still_to_come():
    assert coverage(Profile()).unseen == 1.0


def test_where_nothing_was_seen_once_the_bound_is_three_in_n():
    result = coverage(profiled([{"a": 1}] * 1000))
    assert result.unseen == 0
    assert result.unseen_upper == pytest.approx(0.003)


def test_what_was_seen_once_tells_how_much_was_not_seen():
    result = coverage(profiled([{"a": 1}] * 98 + [{"a": 1, "b": 1}, {"a": 1, "c": 1}]))
    assert result.once == 2
    assert result.unseen == pytest.approx(0.02)
    assert result.unseen_upper > result.unseen


def test_an_object_seen_once_counts_once_however_much_is_in_it():
    inside = {f"k{i}": {"x": [1, 2]} for i in range(40)}
    result = coverage(profiled([{"a": 1}] * 99 + [{"a": 1, "new": inside}]))
    assert result.once == 1


def test_two_items_of_one_array_are_one_message():
    result = coverage(profiled([{"a": [{}]}] * 99 + [{"a": [{"k": 1}, {"k": 2}]}]))
    assert result.once == 1


def test_a_new_kind_at_a_known_path_is_a_new_structure():
    assert coverage(profiled([{"a": 1}] * 99 + [{"a": "x"}])).once == 1


def test_the_upper_bound_holds_for_nineteen_samples_of_twenty():
    """Messages whose one key follows a heavy-tailed law: compare with the truth."""
    rng = random.Random(7)
    weights = [1 / (i + 1) for i in range(400)]
    total = sum(weights)
    held = 0
    for _ in range(200):
        keys = rng.choices(range(400), weights, k=300)
        seen = set(keys)
        truth = sum(w for i, w in enumerate(weights) if i not in seen) / total
        held += truth <= coverage(profiled([{f"k{k}": 1} for k in keys])).unseen_upper
    assert held >= 186
