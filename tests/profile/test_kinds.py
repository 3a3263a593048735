"""Kinds of events: counted at each path, and folded by a rule that shows no division of work."""

from __future__ import annotations

import json
import pickle
import random
from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import BATCHES

from schemagen.profile import columns
from schemagen.profile import nodes as module
from schemagen.profile.codec import node_to_json, profile_from_json, profile_to_json
from schemagen.profile.kinds import OTHER, EventKinds, name_hash, part_name, written
from schemagen.profile.profile import Profile
from schemagen.profile.unseen import kind_coverage

NAMES = st.sampled_from(["Security", "System", "", "x" * 129, "two\nlines", "4688"])
VALUES = st.one_of(
    NAMES,
    st.sampled_from([4688, 1, 1.0, True, None, 1.5, [1], {"a": 1}, [], 10**30, Decimal("1e400")]),
    st.sampled_from(["n1", "n2", "n3", "n4", "n5", "n6"]),
)
INNER = st.one_of(VALUES, st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=3))
MESSAGES = st.lists(
    st.one_of(
        st.fixed_dictionaries({"k": VALUES, "o": INNER}),
        st.fixed_dictionaries({"k": VALUES, "l": VALUES, "m": INNER, "n": INNER}),
        st.fixed_dictionaries({"o": st.fixed_dictionaries({"k": VALUES, "l": VALUES})}),
        st.dictionaries(st.sampled_from(["k", "l", "o", "p", "q"]), INNER, max_size=4),
    ),
    max_size=40,
)
FIELDS = st.sampled_from(
    [(("k",),), (("k",), ("l",)), (("o", "k"), ("o", "l")), (("k",), ("o", "k")), (("o.k",),)]
)


def profiled(messages, fields, most=500, size=None):
    profile = Profile(EventKinds(fields, most))
    step = size or max(len(messages), 1)
    for start in range(0, len(messages), step):
        profile.add(messages[start : start + step])
    return profile


def as_bytes(profile):
    return json.dumps(profile_to_json(profile), sort_keys=True)


def at(message, path):
    for key in path:
        message = message.get(key) if isinstance(message, dict) else None
    return message


def name_of(value):
    """Give the name of a value by the definition: none is empty, and None is not a name."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if len(value) <= 128 and "\n" not in value else None
    if isinstance(value, dict | list):
        return None
    whole = abs(value) < 10**18 and value == int(value)
    return str(int(value)) if whole else None


def kinds_of(messages, fields, most):
    names = [[name_of(at(message, path)) for path in fields] for message in messages]
    found = [OTHER if None in each else "\n".join(each) for each in names]
    none = "\n" * (len(fields) - 1)
    told = sorted(set(found) - {none, OTHER}, key=name_hash)[:most]
    return [kind if kind in {*told, none, OTHER} else OTHER for kind in found]


def paths_of(value, path=()):
    for key, inner in value.items():
        if inner is not None:
            yield (*path, key)
        if isinstance(inner, dict):
            yield from paths_of(inner, (*path, key))


def by_the_definition(messages, fields, most):
    """Count by kind the messages, and those that have each path."""
    matrix = defaultdict(Counter)
    for message, kind in zip(messages, kinds_of(messages, fields, most), strict=True):
        for path in {(), *paths_of(message)}:
            matrix[path][kind] += 1
    return {path: dict(counts) for path, counts in matrix.items()}


def told_by(profile):
    walked = profile.root.walk()
    return {path: node.kinds for path, node in walked if node.kinds}


def pieces_of(messages, rng):
    pieces = [[], [], []]
    for message in messages:
        rng.choice(pieces).append(message)
    return pieces


@given(MESSAGES, FIELDS, st.sampled_from([1, 2, 4, 500]), st.integers(1, 9))
def test_each_path_is_counted_by_kind_as_the_definition_has_it(messages, fields, most, size):
    messages *= 2
    profile = profiled(messages, fields, most, size)
    assert told_by(profile) == by_the_definition(messages, fields, most)
    assert profile.kinds.counts == dict(Counter(kinds_of(messages, fields, most)))


@given(MESSAGES, FIELDS, st.sampled_from([1, 2, 4, 500]), st.integers(0, 1000))
def test_no_division_of_the_work_shows(messages, fields, most, seed):
    rng = random.Random(seed)
    whole = as_bytes(profiled(messages, fields, most))
    merged = Profile(EventKinds(fields, most))
    for piece in pieces_of(rng.sample(messages, len(messages)), rng):
        part = profiled(piece, fields, most, rng.choice([1, 3, 50]))
        if rng.random() < 0.5:
            part = pickle.loads(pickle.dumps(part))
        if rng.random() < 0.5:
            part = profile_from_json(json.loads(as_bytes(part)))
        merged.merge(part)
    assert as_bytes(merged) == whole
    merged.add(messages)
    assert as_bytes(merged) == as_bytes(profiled(messages * 2, fields, most))


@given(BATCHES, BATCHES, BATCHES, FIELDS)
def test_the_laws_hold_with_kinds_and_where_objects_are_folded(one, two, three, fields):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_KEYS", 2)
        patch.setattr(columns, "_LEAST_GROUP", 1)
        left = profiled(one, fields, 2)
        left.merge(profiled(two, fields, 2))
        left.merge(profiled(three, fields, 2))
        inner = profiled(three, fields, 2)
        inner.merge(profiled(two, fields, 2))
        inner.merge(profiled(one, fields, 2))
        assert as_bytes(left) == as_bytes(inner) == as_bytes(profiled(one + two + three, fields, 2))


@given(MESSAGES, FIELDS)
def test_the_rest_of_the_profile_is_as_without_kinds(messages, fields):
    plain = Profile()
    plain.add(messages)
    root = profiled(messages, fields).root
    assert node_to_json(root) == node_to_json(plain.root)


def test_below_folded_objects_and_inside_arrays_nothing_is_counted_by_kind():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_KEYS", 3)
        messages = [{"k": "a", "m": {f"x{n}": {"y": 1}}, "l": [{"z": n}]} for n in range(9)]
        profile = profiled(messages, (("k",),))
    told = told_by(profile)
    assert told.keys() == {(), ("k",), ("m",), ("l",)}
    assert told["m",] == {"a": 9}


def test_beyond_the_bound_the_kinds_with_the_smallest_hashes_are_told_apart():
    names = [f"kind {n}" for n in range(50)]
    profile = profiled([{"k": name} for name in names], (("k",),), 10)
    kept = sorted(names, key=name_hash)[:10]
    assert profile.kinds.counts == {**dict.fromkeys(kept, 1), OTHER: 40}
    assert profile.kinds.is_folded


def test_memory_is_bounded_where_every_message_brings_a_new_kind():
    profile = Profile(EventKinds((("id",),), 100))
    for start in range(0, 40_000, 500):
        profile.add([{"id": f"id {start + n}", "a": 1} for n in range(500)])
    assert len(profile.kinds.counts) == 101
    assert profile.kinds.messages == 40_000


def test_kinds_that_are_folded_on_the_way_are_folded_at_each_path():
    messages = [{"id": f"id {n % 700}", "a": 1, f"b{n % 7}": n} for n in range(3_000)]
    profile = profiled(messages, (("id",),), 20, 100)
    assert told_by(profile) == by_the_definition(messages, (("id",),), 20)
    assert as_bytes(profile) == as_bytes(profiled(messages[::-1], (("id",),), 20))


def test_profiles_that_tell_kinds_by_different_fields_tell_none_together():
    one, two = profiled([{"k": "a"}], (("k",),)), profiled([{"l": "a"}], (("l",),))
    one.merge(two)
    assert one.kinds.fields == ()
    assert all(node.kinds is None for _, node in one.root.walk())
    one.merge(profiled([{"k": "a"}], (("k",),)))
    assert one.kinds.fields == ()
    one.add([{"k": "a"}])
    plain = Profile()
    plain.add([{"k": "a"}, {"l": "a"}, {"k": "a"}, {"k": "a"}])
    assert as_bytes(one) == as_bytes(plain)


def test_a_profile_of_no_message_takes_on_what_the_other_tells():
    empty = profiled([], (("x",),))
    empty.merge(profiled([{"k": "a"}], (("k",),)))
    assert as_bytes(empty) == as_bytes(profiled([{"k": "a"}], (("k",),)))


def test_old_evidence_without_kinds_is_read_and_merged():
    plain = Profile()
    plain.add([{"k": "a"}])
    old = profile_from_json(json.loads(as_bytes(plain)))
    assert old.kinds.fields == ()
    old.merge(profiled([{"k": "a"}], (("k",),)))
    assert (old.messages, old.kinds.counts) == (2, {})


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Security", "Security"),
        (4688, "4688"),
        ("4688", "4688"),
        (4688.0, "4688"),
        (None, ""),
        ("", ""),
        (1.5, None),
        ("x" * 129, None),
        ("two\nlines", None),
        ("\u2028", None),
        ("\ud800", None),
        ([1], None),
        ({}, None),
        (10**18, None),
        (Decimal("1e999999"), None),
    ],
)
def test_names_are_short_texts_and_whole_numbers(value, name):
    assert part_name(value) == name


def test_how_kinds_are_written():
    assert written("Security\n4688") == "Security 4688"
    assert written("Security\n") == "Security -"
    assert written("\n") == written("") == "none"
    assert written(OTHER) == "other"


@pytest.mark.parametrize(
    "broken",
    [
        {"fields": [], "most": 5, "names": {"a": 1}},
        {"fields": [["k"], ["l"], ["m"]], "most": 5, "names": {"a": 1}},
        {"fields": [["k"]], "most": -1, "names": {"a": 1}},
        {"fields": [["k"]], "most": 0, "names": {"a": 1}},
        {"fields": [["k"]], "most": 5, "names": {"a": 2}},
        {"fields": [["k"]], "most": 5, "names": {"a": "1"}},
        {"fields": [["k"]], "most": 5},
        7,
    ],
)
def test_broken_kinds_are_refused(broken):
    data = profile_to_json(profiled([{"k": "a"}], (("k",),)))
    data["kinds"] = broken
    with pytest.raises(ValueError, match=r"profile|kinds|count"):
        profile_from_json(data)


@pytest.mark.parametrize("pairs", ["0", "0:x", "7:1", "0:1:2", 5])
def test_broken_counts_by_kind_are_refused(pairs):
    data = profile_to_json(profiled([{"k": "a"}, {"j": 1}], (("k",),)))
    data["root"]["object"]["fields"]["k"]["kinds"] = pairs
    with pytest.raises(ValueError, match=r"profile|unpack|literal"):
        profile_from_json(data)


def test_kinds_seen_once_tell_how_many_were_not_seen():
    messages = [{"k": "a"}] * 8 + [{"k": "b"}, {"k": "c"}]
    sure = kind_coverage(profiled(messages, (("k",),)).kinds)
    assert (sure.structures, sure.once, sure.unseen) == (3, 2, 0.2)
    assert sure.unseen_upper > 0.2
