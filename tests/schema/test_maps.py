"""Which objects are maps."""

from __future__ import annotations

import random

from schemagen.profile.profile import Profile
from schemagen.schema.maps import MapPolicy, collapse_maps


def reasons(messages, **policy):
    profile = Profile()
    profile.add(messages)
    return collapse_maps(profile.root, MapPolicy(**policy))


def test_keys_that_keep_coming_make_a_map():
    messages = [{"by_user": {f"user-{i}": 1}} for i in range(200)]
    assert reasons(messages) == {
        ("by_user",): "200 distinct keys in 200 objects, 200 of them seen once"
    }


def test_keys_that_are_addresses_make_a_map_even_when_they_recur():
    messages = [{"by_host": {f"192.0.2.{i % 60}": 1}} for i in range(2000)]
    assert list(reasons(messages)) == [("by_host",)]


def test_ten_thousand_dynamic_keys_are_one_map():
    messages = [{"m": {f"k{i}": "v" for i in range(10_000)}}]
    assert reasons(messages) == {("m",): "more than 2,000 distinct keys"}


def test_the_many_recurring_fields_of_events_are_no_map():
    rng = random.Random(1)
    kinds = [[f"Field{kind}_{i}" for i in range(8)] for kind in range(30)]
    messages = [{"event_data": dict.fromkeys(rng.choice(kinds), "v")} for _ in range(2000)]
    assert reasons(messages) == {}


def test_values_of_different_kinds_are_no_map():
    messages = [{"m": {f"k{i}": i if i % 2 else "text"}} for i in range(200)]
    assert reasons(messages) == {}


def test_a_key_that_is_often_there_is_a_field():
    messages = [{"m": {"id": "x", f"k{i}": "v"}} for i in range(200)]
    assert reasons(messages) == {}


def test_thresholds_are_the_users():
    messages = [{"m": {f"k{i}": 1}} for i in range(20)]
    assert reasons(messages) == {}
    assert list(reasons(messages, min_keys=10)) == [("m",)]
    assert reasons(messages, min_keys=10, min_new=1.1) == {}


def test_paths_can_be_forced_and_forbidden():
    small = [{"a": {"m": {"k": 1}}}] * 3
    assert reasons(small, force=["a.m"]) == {("a", "m"): "declared a map in the configuration"}
    many = [{"m": {f"k{i}": 1}} for i in range(200)]
    assert reasons(many, forbid=["m"]) == {}


def test_the_message_itself_is_never_a_map():
    assert reasons([{f"k{i}": 1} for i in range(200)], force=["*"]) == {}


def test_maps_inside_arrays_and_maps_are_found():
    messages = [{"list": [{f"u{i}": {f"v{i}": 1}}]} for i in range(100)]
    assert [len(path) for path in reasons(messages)] == [2, 3]
