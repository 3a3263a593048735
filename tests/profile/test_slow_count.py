"""The fast profile, from bytes to evidence, is what a plain and slow count of the texts gives."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_count import slow_profile
from strategies import KEYS, VALUES

from schemagen.profile import budget, columns, nodes, texts
from schemagen.profile.codec import profile_from_json, profile_to_json
from schemagen.profile.collect import collect
from schemagen.profile.profile import Profile
from schemagen.profile.profiler import Profiler
from schemagen.sources.records import Batch

# Equal in Python, and of different kinds; texts of many classes that come at several paths.
EQUALS = st.sampled_from(
    [0, 1, True, False, None, 0.0, 1.0, "1", "", [], {}, [1], [True, 1.0], {"a": 1}, {"a": True}]
    + [Decimal(text) for text in ("1.00", "1e0", "0.1", "0.1000000000000000000001", "-0.0")]
    + [Decimal("-9223372036854776000.0"), Decimal("9223372036854775807.0"), Decimal("1e-400")]
    + ["x", "y", "7", "2024-05-06T07:08:09Z", "TWFuTWFuTWFuTWFuTWFu", "x" * 300, "TWFu" * 60]
)
INNER = st.one_of(EQUALS, VALUES, st.lists(st.dictionaries(KEYS, EQUALS, max_size=3), max_size=4))
SHAPES = [("a",), ("b", "a"), ("a", "b", "c"), ("a", "d"), ()]
OBJECTS = st.one_of(
    *(st.fixed_dictionaries(dict.fromkeys(keys, INNER)) for keys in SHAPES),
    st.fixed_dictionaries({"o": st.fixed_dictionaries({"k": INNER, "l": EQUALS})}),
    st.fixed_dictionaries({"m": st.dictionaries(KEYS, INNER, max_size=5)}),
)
MESSAGES = st.lists(st.one_of(OBJECTS, st.dictionaries(KEYS, INNER, max_size=5)), max_size=40)


def text_of(value, rng):
    """Write a value in one of the ways that JSON allows: any order of keys, blanks, escapes."""
    gap = rng.choice(["", "", " ", "\n\t "])
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        inner = (f"{json.dumps(k)}{gap}:{text_of(v, rng)}" for k, v in items)
        return "{" + f",{gap}".join(inner) + gap + "}"
    if isinstance(value, list):
        return "[" + f",{gap}".join(text_of(item, rng) for item in value) + gap + "]"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
        return json.dumps(value) if "\ud800" <= max(text, default="") <= "\udfff" else text
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def encoded(text):
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(json.loads(text)).encode()


def raws(messages, rng):
    return [encoded(text_of(message, rng)) for message in messages]


def profiled(values, rng):
    """Profile records in batches of any size."""
    profiler = Profiler("t")
    rest = list(values)
    while rest:
        size = rng.choice([1, 3, 10, 40])
        batch, rest = rest[:size], rest[size:]
        profiler.add(Batch("t", 0, range(len(batch)), batch))
    return profiler.evidence


def as_bytes(told):
    return json.dumps(told, sort_keys=True)


def check(values, seed):
    """Hold profiles of the records, in any order and division, against the slow count."""
    rng = random.Random(seed)
    expected = as_bytes(slow_profile(values))
    for _ in range(2):
        evidence = profiled(values, rng)
        assert (evidence.decoding.records, evidence.decoding.used) == (
            len(values),
            len(values),
        )
        assert as_bytes(profile_to_json(evidence.profile)) == expected
        values = rng.sample(values, len(values))
    merged = Profile()
    parts = [values[start::3] for start in range(3)]
    for part in rng.sample(parts, 3):
        one = profiled(part, rng).profile
        merged.merge(profile_from_json(json.loads(as_bytes(profile_to_json(one)))))
    assert as_bytes(profile_to_json(merged)) == expected


@given(MESSAGES, st.integers(0, 1000))
def test_any_messages_are_counted_as_the_slow_count_does(messages, seed):
    check(raws(messages * 2, random.Random(seed)), seed)


LIMITS = [(nodes, "MAX_KEYS", 3), (nodes, "MAX_KEYS", 1), (texts, "_MAX_TEXTS", 2)]
LIMITS += [(columns, "_MAX_SHAPES", 1), (budget, "_ROOM", 4), (columns, "_LEAST_GROUP", 1)]


@given(MESSAGES, st.integers(0, 1000), st.lists(st.sampled_from(LIMITS), min_size=1, max_size=3))
def test_so_they_are_beyond_every_limit(messages, seed, limits):
    with pytest.MonkeyPatch.context() as patch:
        for limit in limits:
            patch.setattr(*limit)
        check(raws(messages * 2, random.Random(seed)), seed)


@given(MESSAGES, st.integers(0, 1000), st.integers(0, 4))
def test_so_they_are_at_the_depth_where_nobody_looks_any_further(messages, seed, depth):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nodes, "MAX_DEPTH", depth)
        patch.setattr(columns, "MAX_DEPTH", depth)
        check(raws(messages, random.Random(seed)), seed)


HASH = hash


@given(MESSAGES, st.integers(0, 1000), st.sampled_from([1, 2]))
def test_so_they_are_where_sets_of_keys_have_the_same_hash(messages, seed, hashes):
    with pytest.MonkeyPatch.context() as patch:
        # What is compiled looks at no name of its module's.
        patch.setattr(
            "builtins.hash",
            lambda keys: len(keys) % hashes if type(keys) is frozenset else HASH(keys),
        )
        patch.setattr(columns, "_LEAST_GROUP", 1)
        check(raws(messages * 2, random.Random(seed)), seed)


def test_texts_that_change_their_class_after_a_thousand_others():
    words = [f"t{number}" for number in range(999)] + ["7", "t1", "007", "t2"] * 3
    words += [f"{number}" for number in range(400)] + ["t5"] * 90
    check([json.dumps({"a": text, "b": words[-n]}).encode() for n, text in enumerate(words)], 1)


def test_columns_that_mix_kinds_after_many_uniform_batches():
    rng = random.Random(3)
    plain = [{"s": "x", "o": {"k": "y", "l": 1}, "n": 1, "l": ["x"]}] * 600
    odd = ["x", "z", 1, True, 1.0, None, [], ["x"], {}, {"k": "y"}, {"k": "y", "l": "1"}]
    mixed = [{key: rng.choice(odd) for key in rng.sample("sonlm", 4)} for _ in range(200)]
    check(raws(plain + mixed + plain[:50], rng), 3)


def test_objects_of_more_keys_than_are_told_apart():
    rng = random.Random(4)
    messages = [
        {
            "m": {f"k{rng.randrange(2_100)}": {"a": n, f"i{n % 7}": [n, {"z": "x"}]}},
            "l": [{f"k{rng.randrange(2_050)}": [1, "x"]} for _ in range(3)],
        }
        for n in range(6_000)
    ]
    check(raws(messages, rng), 4)


def nested(depth, inner):
    return b'{"a":' * depth + inner + b"}" * depth


def test_depths_around_the_limit():
    values = [
        nested(depth, inner)
        for depth in (98, 99, 100, 101, 102, 250)
        for inner in (b"1", b'"x"', b"[]", b"[1]", b"{}", b'[{"a":{"b":1}}]', b'{"b":1}')
    ]
    values += [b'{"l":' + b"[" * depth + b"]" * depth + b"}" for depth in (98, 99, 100, 101, 300)]
    check(values, 5)


def test_a_record_of_twenty_megabytes():
    big = json.dumps({"a": "x" * 19_000_000, "l": list(range(200_000))}).encode()
    check([b'{"a":"x"}', big, b'{"a":"x","l":[]}'], 6)


class Rows:
    """Records from memory; a `schemagen.sources.records.Source`."""

    def __init__(self, values, size):
        self._values, self._size = values, size

    def batches(self):
        for start in range(0, len(self._values), self._size):
            values = self._values[start : start + self._size]
            yield Batch("t", 0, range(start, start + len(values)), values)

    def provenance(self):
        return {}


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_any_number_of_processes_counts_as_the_slow_count_does(jobs):
    rng = random.Random(7)
    odd = ["x", "7", 1, True, 1.0, Decimal("1.00"), Decimal("0.1000000000000000000001"), None, []]
    messages = [
        {"id": n, rng.choice("xyz"): rng.choice(odd), f"k{n % 2_500}": [{"a": rng.choice(odd)}]}
        for n in range(5_000)
    ]
    values = raws(messages, rng)
    evidence = collect(Rows(values, 333), "t", jobs=jobs)
    assert evidence.decoding.records == evidence.decoding.used == len(values)
    assert as_bytes(profile_to_json(evidence.profile)) == as_bytes(slow_profile(values))
