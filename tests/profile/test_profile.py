"""The profile is a commutative monoid that depends on nothing but the set of messages."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from math import isinf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import BATCHES

from schemagen.profile import nodes as module
from schemagen.profile.codec import profile_to_json
from schemagen.profile.numbers import kept_by_double
from schemagen.profile.paths import ANY_KEY, ITEMS
from schemagen.profile.profile import Profile


def profiled(*batches):
    profile = Profile()
    for batch in batches:
        profile.add(batch)
    return profile


def as_bytes(profile):
    return json.dumps(profile_to_json(profile), sort_keys=True)


def node_at(profile, *path):
    return dict(profile.root.walk())[path]


def shuffled(value, rng):
    if isinstance(value, dict):
        items = [(key, shuffled(inner, rng)) for key, inner in value.items()]
        rng.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        return [shuffled(inner, rng) for inner in value]
    return value


@given(BATCHES, BATCHES)
def test_merge_is_commutative(one, two):
    left = profiled(one)
    left.merge(profiled(two))
    right = profiled(two)
    right.merge(profiled(one))
    assert as_bytes(left) == as_bytes(right)


@given(BATCHES, BATCHES, BATCHES)
def test_merge_is_associative(one, two, three):
    left = profiled(one)
    left.merge(profiled(two))
    left.merge(profiled(three))
    inner = profiled(two)
    inner.merge(profiled(three))
    right = profiled(one)
    right.merge(inner)
    assert as_bytes(left) == as_bytes(right)


@given(BATCHES)
def test_the_empty_profile_is_the_zero_of_merge(messages):
    left = profiled(messages)
    left.merge(Profile())
    right = Profile()
    right.merge(profiled(messages))
    assert as_bytes(left) == as_bytes(right) == as_bytes(profiled(messages))


@given(BATCHES, st.data())
def test_neither_division_nor_order_of_messages_nor_order_of_keys_shows(messages, data):
    rng = random.Random(data.draw(st.integers(0, 1000)))
    whole = as_bytes(profiled(messages))
    pieces = [[] for _ in range(3)]
    for message in messages:
        rng.choice(pieces).append(shuffled(message, rng))
    for piece in pieces:
        rng.shuffle(piece)
    one_by_one = profiled(*([message] for piece in pieces for message in piece))
    merged = Profile()
    for piece in pieces:
        merged.merge(profiled(piece))
    assert as_bytes(merged) == whole
    assert as_bytes(one_by_one) == whole


@given(messages=BATCHES, data=st.data())
def test_the_laws_hold_where_objects_are_folded(messages, data):
    rng = random.Random(data.draw(st.integers(0, 1000)))
    pieces = [[] for _ in range(3)]
    for message in messages:
        rng.choice(pieces).append(shuffled(message, rng))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_KEYS", 1)
        whole = as_bytes(profiled(messages))
        assert as_bytes(profiled(*([m] for p in pieces for m in p))) == whole
        merged = Profile()
        for piece in pieces:
            merged.merge(profiled(piece))
        assert as_bytes(merged) == whole


def test_counts_tell_presence_null_and_kind():
    profile = profiled([{"a": 1}, {"a": None}, {"a": "x"}, {}, {"a": 1.5}])
    node = node_at(profile, "a")
    assert profile.messages == 5
    assert node.total == 4
    assert [node.count(k) for k in ("integer", "null", "string", "number")] == [1, 1, 1, 1]


def test_true_is_no_integer_and_one_point_zero_is_a_number():
    node = node_at(profiled([{"a": True}, {"a": 1.0}]), "a")
    assert node.types() == {"boolean", "number"}
    assert node.numbers.whole32 == 1


def test_ranges_and_exactness_of_integers():
    node = node_at(profiled([{"a": n} for n in (0, 2**31, 2**53 + 1, 2**63, 2**64 - 1)]), "a")
    integers = node.integers
    assert (integers.least, integers.greatest) == (0, 2**64 - 1)
    assert (integers.beyond32, integers.beyond64, integers.inexact) == (4, 2, 2)


def test_a_number_with_more_digits_than_a_double_is_inexact():
    node = node_at(profiled([{"a": Decimal("0.1234567890123456789")}, {"a": 0.5}]), "a")
    assert node.numbers.inexact == 1
    assert node.numbers.scale == 19


def test_texts_that_are_json_objects_are_looked_into():
    texts = ['{"b":1}', '{"b":2,"c":{"d":"x"}}', "{broken}", '["b"]', "{}"]
    node = node_at(profiled([{"a": text} for text in texts]), "a")
    assert node.formats == {"json-object": 3, "text": 1, "json-array": 1}
    assert node.content.count("object") == 3
    assert node.content.fields["b"].count("integer") == 2
    assert node.content.fields["c"].fields["d"].count("string") == 1


def test_the_same_json_text_counts_each_time():
    node = node_at(profiled(*[[{"a": '{"b":1}'}] * 10] * 3), "a")
    assert node.content.fields["b"].count("integer") == 30


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1588207484.7373419", True),
        ("1588207484.7373418", False),
        ("0.10000000000000001", True),
        ("0.100000000000000011", False),
        ("0.10000000000000002", True),
        ("0.1000000000000000055511151231257827021181583404541015625", True),
        ("0.100000000000000005", False),
        ("1e400", False),
        ("1234567890.12345678", False),
    ],
)
def test_a_double_keeps_a_number_that_was_written_from_one(text, kept):
    assert kept_by_double(Decimal(text)) is kept


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([15, 17]))
def test_what_a_writer_of_doubles_writes_is_kept(value, digits):
    written = f"{value:.{digits - 1}e}"
    assert kept_by_double(Decimal(written)) or isinf(float(written))


def test_a_number_fits_64_bits_by_what_is_written_not_by_the_nearest_double():
    # The nearest double is -2^63, which would fit.
    numbers = profiled([{"a": -9223372036854776000.0}]).root.fields["a"].numbers
    assert numbers.whole64 == 0
    assert profiled([{"a": -9223372036854774784.0}]).root.fields["a"].numbers.whole64 == 1


def test_arrays_count_their_items_and_lengths():
    profile = profiled([{"a": []}, {"a": [1, "x"]}, {"a": [None]}])
    node = node_at(profile, "a")
    items = node_at(profile, "a", ITEMS)
    assert (node.items_length.least, node.items_length.greatest, node.items_length.empty) == (
        0,
        2,
        1,
    )
    assert items.total == 3


def test_inside_an_array_messages_are_counted_apart_from_occurrences():
    profile = profiled([{"a": [{"k": 1}, {"k": 2}]}, {"a": [{"k": 3}]}])
    node = node_at(profile, "a", ITEMS, "k")
    assert node.count("integer") == 3
    assert sum(node.messages) == 2


def test_an_object_with_too_many_keys_is_folded():
    messages = [{"m": {f"k{i}": i}} for i in range(module.MAX_KEYS + 1)]
    profile = profiled(messages)
    node = node_at(profile, "m")
    assert not node.fields
    assert node_at(profile, "m", ANY_KEY).count("integer") == module.MAX_KEYS + 1


def test_memory_is_bounded_when_every_message_brings_a_new_key():
    profile = Profile()
    for start in range(0, 20_000, 1_000):
        profile.add([{f"key{start + i}": {"inner": 1}} for i in range(1_000)])
    assert sum(1 for _ in profile.root.walk()) < 5


def test_deep_nesting_is_looked_at_only_so_far():
    value = 1
    for _ in range(900):
        value = [value]
    paths = list(profiled([{"a": value}]).root.walk())
    assert len(paths) <= module.MAX_DEPTH + 2


def test_no_value_is_kept():
    secret = "correct horse battery staple"
    assert secret not in as_bytes(profiled([{"password": secret, "list": [secret]}]))
