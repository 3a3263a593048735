"""Counting in columns gives what counting message by message would: nothing learnt ever shows."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from itertools import chain

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import BATCHES, VALUES

from schemagen.errors import InputError
from schemagen.profile import budget, columns, nodes, texts
from schemagen.profile.codec import profile_to_json
from schemagen.profile.profile import Profile


def as_bytes(profile):
    return json.dumps(profile_to_json(profile), sort_keys=True)


def profiled(*batches):
    profile = Profile()
    for batch in batches:
        profile.add(batch)
    return profile


def one_by_one(messages):
    """Merge what each message alone gives: no column ever has met anything."""
    profile = Profile()
    for message in messages:
        profile.merge(profiled([message]))
    return profile


def shuffled(value, rng):
    if isinstance(value, dict):
        items = [(key, shuffled(inner, rng)) for key, inner in value.items()]
        rng.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        return [shuffled(inner, rng) for inner in value]
    return value


# The same few sets of keys over and over, as a topic has them, with any values below.
SHAPES = [("a",), ("a", "b"), ("b", "a", "c"), ("a", "d"), ()]
SIMILAR = st.lists(
    st.one_of(
        *(st.fixed_dictionaries(dict.fromkeys(keys, VALUES)) for keys in SHAPES),
        st.fixed_dictionaries(
            {"a": st.sampled_from(["x", "y", "7", "x" * 300]), "b": st.sampled_from([1, True, 1.0])}
        ),
        st.fixed_dictionaries({"o": st.fixed_dictionaries({"k": VALUES, "l": VALUES})}),
    ),
    max_size=40,
)


@given(SIMILAR, st.integers(0, 1000))
def test_batches_of_similar_messages_count_as_each_message_does(messages, seed):
    rng = random.Random(seed)
    whole = as_bytes(one_by_one(messages))
    mixed = [shuffled(message, rng) for message in messages]
    rng.shuffle(mixed)
    cut = rng.randint(0, len(mixed))
    assert as_bytes(profiled(mixed)) == whole
    assert as_bytes(profiled(mixed[:cut], mixed[cut:])) == whole


FEW = [
    (columns, "_MAX_SHAPES", 1),
    (texts, "_MAX_TEXTS", 1),
    (budget, "_ROOM", 3),
    (budget, "_ROOM", 0),
]


@given(SIMILAR, st.sampled_from(FEW))
def test_neither_do_the_limits_of_what_is_learnt_show(messages, limit):
    whole = as_bytes(one_by_one(messages))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*limit)
        assert as_bytes(profiled(messages, messages)) == as_bytes(profiled(messages * 2))
        assert as_bytes(profiled(messages)) == whole


@given(BATCHES, BATCHES, BATCHES)
def test_a_profile_can_be_added_to_after_a_merge(one, two, three):
    profile = profiled(one)
    profile.merge(profiled(two))
    profile.add(three)
    assert as_bytes(profile) == as_bytes(profiled(one, two, three))


HASH = hash


@given(SIMILAR)
@example([{"a": {"b": 1, "c": 2}}] * 5 + [{"a": {"b": 1, "d": 2}}] * 5)
def test_sets_of_keys_of_the_same_hash_are_told_apart(messages):
    whole = as_bytes(one_by_one(messages))
    with pytest.MonkeyPatch.context() as patch:
        # What is compiled looks at no name of its module's.
        patch.setattr("builtins.hash", lambda keys: 7 if type(keys) is frozenset else HASH(keys))
        assert as_bytes(profiled(messages, messages)) == as_bytes(one_by_one(messages * 2))
        assert as_bytes(profiled(messages)) == whole


@pytest.mark.parametrize("first", ["1", "x", "", 1, True, 1.0, None, [], {}, [1], {"k": "1"}])
@pytest.mark.parametrize("then", [1, True, 1.0, Decimal(1), 0, False, None, "1", [], {}, ["1"]])
def test_equal_values_of_different_kinds_are_told_apart(first, then):
    messages = [{"a": first}] * 6
    mixed = [{"a": first}, {"a": then}] * 3
    profile = profiled(messages, mixed, [{"a": then}] * 6)
    assert as_bytes(profile) == as_bytes(one_by_one([*messages, *mixed, *[{"a": then}] * 6]))


# What tells of a message's sender is the same for many messages, and then another's, or odd.
SENDERS = [{"k": "x", "l": "7"}, {"k": "x", "l": "y"}, {"l": "7", "k": "y"}, {"k": "z", "l": ""}]
ODD = [{"k": "x"}, {"k": "x", "l": 7}, {"k": "x", "l": "7", "m": "x"}, {"k": "x", "n": "7"}, {}]
ODD += [{"k": None, "l": ["7"]}, {"k": "x", "l": {"7": "7"}}, {"k": "x" * 300, "l": "7"}]
RUNS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(SENDERS), st.sampled_from([*ODD, "x", None, [], 7])),
        st.integers(1, 9),
    ),
    max_size=12,
)
LIMITS = [(texts, "_MAX_TEXTS", 1), (texts, "_MAX_TEXTS", 1_000), (budget, "_ROOM", 5)]
LIMITS += [(columns, "_LEAST_GROUP", 1)]


@given(RUNS, st.integers(1, 6), st.sampled_from(LIMITS))
def test_objects_that_are_equal_for_a_while_count_as_each_does(runs, size, limit):
    messages = [{"o": value, "n": n} for value, count in runs for n in range(count)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*limit)
        batches = [messages[start : start + size] for start in range(0, len(messages), size)]
        assert as_bytes(profiled(*batches)) == as_bytes(one_by_one(messages))


@pytest.mark.parametrize("then", [*SENDERS, *ODD, "x", "7", None, [], 7])
@pytest.mark.parametrize("last", [True, False])
def test_objects_equal_to_those_before_are_told_from_others(then, last):
    same = [{"o": SENDERS[0]}] * 6
    mixed = [{"o": SENDERS[0]}, {"o": then}, {"o": SENDERS[0] if last else then}] * 3
    batches = [same, same, mixed, same, same, [{"o": then}] * 6, same]
    assert as_bytes(profiled(*batches)) == as_bytes(one_by_one(chain(*batches)))


def test_objects_of_the_same_number_of_other_keys_are_told_apart():
    one, two, three = ({"a": "x", key: "y"} for key in "bcd")
    batches = [[one] * 9, [two] * 9, [one, two] * 9, [three] * 2 + [one] * 9, [two] * 9 + [three]]
    assert as_bytes(profiled(*batches)) == as_bytes(one_by_one(chain(*batches)))


def test_a_text_is_learnt_for_its_own_path_only():
    profile = profiled([{"a": "x", "b": "7"}] * 9, [{"a": "7", "b": "x"}] * 9)
    assert as_bytes(profile) == as_bytes(
        one_by_one([{"a": "x", "b": "7"}, {"a": "7", "b": "x"}] * 9)
    )


def test_objects_that_share_no_set_of_keys_make_no_shapes():
    rng = random.Random(1)
    keys = [f"k{n}" for n in range(30)]
    messages = [dict.fromkeys(rng.sample(keys, 15), 1) for _ in range(300)]
    profile = profiled(messages)
    assert not profile._column._shapes
    assert as_bytes(profile) == as_bytes(one_by_one(messages))


def test_a_fold_forgets_the_sets_of_keys(monkeypatch):
    monkeypatch.setattr(nodes, "MAX_KEYS", 3)
    messages = [{"m": {"a": "x", "b": "y"}}] * 9 + [{"m": {f"k{n}": "x"}} for n in range(9)]
    profile = profiled(messages, messages)
    assert as_bytes(profile) == as_bytes(one_by_one(messages * 2))


def test_a_fold_forgets_the_set_of_keys_that_all_had_last(monkeypatch):
    monkeypatch.setattr(nodes, "MAX_KEYS", 3)
    alike = [{"m": {"a": "x", "b": "y"}}] * 9
    batches = [alike, alike, [{"m": {f"k{n}": "x"}} for n in range(9)], alike, alike]
    assert as_bytes(profiled(*batches)) == as_bytes(one_by_one(chain(*batches)))


# --- the bound of the whole profile ---------------------------------------------------------------


def hostile(number):
    """Objects in objects, each with as many keys as are still told apart."""
    return {"o": {f"k{n}": {f"i{number}-{n}": 1} for n in range(40)}}


def test_a_profile_of_too_many_paths_is_an_error_that_names_the_widest_object(monkeypatch):
    monkeypatch.setattr(nodes, "MAX_PATHS", 1_000)
    with pytest.raises(InputError) as caught:
        profiled(*([hostile(number)] for number in range(1_000)))
    assert "more than 1,000 distinct paths" in caught.value.what
    assert "; o alone has 40 different keys" in caught.value.what
    assert "--max-messages" in caught.value.hint


def test_so_is_a_merge(monkeypatch):
    parts = [profiled([hostile(n) for n in range(k, k + 10)]) for k in (0, 10, 20)]
    monkeypatch.setattr(nodes, "MAX_PATHS", 1_000)
    parts[0].merge(parts[1])
    with pytest.raises(InputError, match="distinct paths"):
        parts[0].merge(parts[2])


def test_below_the_bound_nothing_shows(monkeypatch):
    messages = [hostile(n) for n in range(20)]
    whole = as_bytes(one_by_one(messages))
    size = profiled(messages).root.size()
    monkeypatch.setattr(nodes, "MAX_PATHS", size)
    assert as_bytes(profiled(*([m] for m in reversed(messages)))) == whole


def test_what_is_folded_makes_room_again(monkeypatch):
    monkeypatch.setattr(nodes, "MAX_KEYS", 10)
    monkeypatch.setattr(nodes, "MAX_PATHS", 40)
    messages = [{"o": {f"k{n}": {"a": 1, "b": 2}}} for n in range(1_000)]
    profile = profiled(*([message] for message in messages))
    assert profile.root.size() < 10
