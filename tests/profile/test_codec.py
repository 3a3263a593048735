"""The profile as JSON."""

from __future__ import annotations

import json
from math import nan

import pytest
from hypothesis import given
from strategies import BATCHES

from schemagen.profile.codec import profile_from_json, profile_to_json
from schemagen.profile.profile import Profile


def profiled(messages):
    profile = Profile()
    profile.add(messages)
    return profile


@given(BATCHES)
def test_what_is_written_reads_back_the_same(messages):
    written = json.dumps(profile_to_json(profiled(messages)), sort_keys=True)
    again = profile_to_json(profile_from_json(json.loads(written)))
    assert json.dumps(again, sort_keys=True) == written


@given(BATCHES, BATCHES)
def test_a_profile_read_back_merges_like_the_original(one, two):
    direct = profiled(one)
    direct.merge(profiled(two))
    stored = profile_from_json(json.loads(json.dumps(profile_to_json(profiled(one)))))
    stored.merge(profile_from_json(json.loads(json.dumps(profile_to_json(profiled(two))))))
    assert json.dumps(profile_to_json(stored), sort_keys=True) == json.dumps(
        profile_to_json(direct), sort_keys=True
    )


def test_the_form_is_strict_json():
    written = json.dumps(profile_to_json(profiled([{"a": 1e308}, {"a": 5e-324}])), allow_nan=False)
    assert json.loads(written)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"messages": -1, "root": {}},
        {"messages": 1, "root": 3},
        {"messages": 1, "root": {"string": {"count": "many"}}},
        {"messages": 1, "root": {"object": {"count": 1, "fields": []}}},
        {"messages": True, "root": {}},
        {"messages": 0, "root": {"integer": {"count": 0, "range": ["a", "b"]}}},
        {"messages": 0, "root": {"integer": {"count": 0, "range": [2, 1]}}},
        {"messages": 0, "root": {"number": {"count": 0, "range": ["nan", 1.0]}}},
        {"messages": 0, "root": {"number": {"count": 0, "range": [None, 1.0]}}},
        {"messages": 0, "root": {"number": {"count": 0, "range": [nan, nan]}}},
        {"messages": 0, "root": {"number": {"count": 0, "range": [1.5, 0.5]}}},
        {"messages": 0, "root": {"string": {"count": 0, "formats": {}, "length": [0, {}]}}},
        {"messages": 0, "root": {"array": {"count": 0, "items": {}, "length": [0, None]}}},
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(ValueError, match=r"."):
        profile_from_json(data)
