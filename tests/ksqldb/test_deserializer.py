"""What the deserialiser does to the values of a profile, and that the reader does the same."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import VALUES

from schemagen.ksqldb.deserializer import Effect, KeyIndex, judge
from schemagen.ksqldb.reader import RecordDroppedError, RowReader
from schemagen.ksqldb.types import Array, Field, Map, Scalar, Struct, parse_type
from schemagen.profile.paths import render
from schemagen.profile.profile import Profile

DROPS, ALTERS = Effect.DROPS, Effect.ALTERS

SCALARS = [
    "BOOLEAN",
    "INT",
    "BIGINT",
    "DOUBLE",
    "DECIMAL(20, 0)",
    "DECIMAL(6, 2)",
    "VARCHAR",
    "TIMESTAMP",
    "DATE",
    "TIME",
    "BYTES",
]


def node_of(*values):
    profile = Profile()
    profile.add([{"v": value} for value in values])
    return profile.root.fields["v"]


def losses(text, *values):
    return [
        (loss.effect, loss.count, loss.exact) for loss in judge(parse_type(text), node_of(*values))
    ]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("BOOLEAN", True),
        ("INT", 5),
        ("INT", "5"),
        ("INT", "+5"),
        ("INT", 2.0),
        ("BIGINT", 2**63 - 1),
        ("BIGINT", "9223372036854775807"),
        ("DOUBLE", 2**53),
        ("DOUBLE", 1.5),
        ("DOUBLE", "1.5"),
        ("DOUBLE", " NaN "),
        ("DECIMAL(20, 0)", 2**64 - 1),
        ("DECIMAL(4, 2)", 12.25),
        ("DECIMAL(20, 0)", "7"),
        ("VARCHAR", "text"),
        ("VARCHAR", 1),
        ("VARCHAR", True),
        ("VARCHAR", {"a": [1]}),
        ("VARCHAR", []),
        ("TIMESTAMP", 1_700_000_000_000),
        ("TIMESTAMP", "1700000000000"),
        ("TIME", 86_400_000),
        ("BYTES", "TWFu"),
        ("ARRAY<BIGINT>", [1, None, "2"]),
        ("MAP<VARCHAR, BIGINT>", {"a": 1, "b": None}),
        ("STRUCT<a BIGINT>", {"a": 1, "undeclared": "x"}),
        ("STRUCT<a BIGINT>", {}),
    ],
)
def test_a_value_that_the_type_takes_is_kept(declared, value):
    assert losses(declared, value, None) == []


@pytest.mark.parametrize(
    ("declared", "value", "effect"),
    [
        ("BOOLEAN", "true", DROPS),
        ("BOOLEAN", 1, DROPS),
        ("INT", 1.5, ALTERS),
        ("INT", 2**31, ALTERS),
        ("INT", "2147483648", DROPS),
        ("INT", "1.0", DROPS),
        ("INT", "", DROPS),
        ("INT", True, DROPS),
        ("BIGINT", 2**63, ALTERS),
        ("BIGINT", 1e19, ALTERS),
        ("DOUBLE", 2**53 + 1, ALTERS),
        ("DOUBLE", True, DROPS),
        ("DOUBLE", "x", DROPS),
        ("DECIMAL(20, 0)", 10**20, DROPS),
        ("DECIMAL(20, 0)", 1.5, DROPS),
        ("DECIMAL(4, 2)", 100, DROPS),
        ("VARCHAR", [1], ALTERS),
        ("TIMESTAMP", "2024-05-06T07:08:09.123Z", DROPS),
        ("TIME", -1, DROPS),
        ("BYTES", "not base64!", DROPS),
        ("BYTES", 1, DROPS),
        ("ARRAY<BIGINT>", 1, DROPS),
        ("ARRAY<BIGINT>", {"a": 1}, DROPS),
        ("ARRAY<BIGINT>", ["x"], DROPS),
        ("MAP<VARCHAR, BIGINT>", [1], DROPS),
        ("MAP<VARCHAR, BIGINT>", {"a": "x"}, DROPS),
        ("STRUCT<a BIGINT>", "x", DROPS),
        ("STRUCT<a BIGINT>", "", DROPS),
        ("STRUCT<a BIGINT>", {"A": "x"}, DROPS),
    ],
)
def test_a_value_that_the_type_does_not_take_is_counted(declared, value, effect):
    assert losses(declared, value, None) == [(effect, 1, True)]


def test_losses_name_the_path_and_the_count():
    declared = parse_type("STRUCT<a STRUCT<b ARRAY<BIGINT>>>")
    found = judge(declared, node_of({"a": {"b": [1, "x", "y"]}}, {"a": {"b": "x"}}))
    assert [(render(loss.path), loss.count, loss.effect) for loss in found] == [
        ("a.b", 1, DROPS),
        ("a.b[]", 2, DROPS),
    ]


def test_an_unquoted_name_reads_any_spelling_and_a_quoted_one_only_its_own():
    keys = KeyIndex(["srcip", "srcIp", "SRCIP", "other"])
    assert keys.read_by("SRCIP") == ["SRCIP", "srcIp", "srcip"]
    assert keys.read_by("srcIp") == ["srcIp"]
    assert keys.variants("srcip") == ["SRCIP", "srcIp", "srcip"]
    assert keys.read_by("absent") == []


def struct_of(fields):
    return Struct(tuple(Field(name, quoted=True, type=inner) for name, inner in fields.items()))


TYPES = st.recursive(
    st.sampled_from(SCALARS).map(parse_type),
    lambda inner: st.one_of(
        inner.map(Array),
        inner.map(Map),
        st.dictionaries(
            st.sampled_from(["a", "b", "id", "ID", "event_data"]), inner, min_size=1, max_size=3
        ).map(struct_of),
    ),
    max_leaves=4,
)


def replay(declared, values):
    """Read each value alone, so that one loss hides no other; count losses by effect."""
    found = Counter()
    for value in values:
        reader = RowReader(declared)
        try:
            reader.read(value)
        except RecordDroppedError:
            found[DROPS] += 1
        found[ALTERS] += len(reader.altered)
    return found


@given(st.sampled_from(SCALARS), st.lists(VALUES, min_size=1, max_size=6))
def test_profile_and_reader_agree_on_every_scalar_type(declared, values):
    type_ = parse_type(declared)
    judged = judge(type_, node_of(*values))
    read = replay(type_, values)
    for effect in Effect:
        of_effect = [loss for loss in judged if loss.effect is effect]
        total = sum(loss.count for loss in of_effect)
        if all(loss.exact for loss in of_effect) and all(loss.exact for loss in judged):
            assert read[effect] == total
        else:
            assert read[DROPS] + read[ALTERS] <= sum(loss.count for loss in judged)


@given(TYPES, st.lists(VALUES, min_size=1, max_size=6))
def test_what_the_model_says_is_kept_is_kept(declared, values):
    if not judge(declared, node_of(*values)):
        assert not +replay(declared, values)


@given(TYPES, st.lists(VALUES, min_size=1, max_size=6))
def test_what_the_model_surely_loses_is_lost(declared, values):
    if any(loss.exact and loss.count for loss in judge(declared, node_of(*values))):
        assert +replay(declared, values)


def test_scalar_has_no_more_types_than_are_tested():
    assert {Scalar(name).name for name in SCALARS if "(" not in name} | {"DECIMAL"} == {
        "BOOLEAN", "INT", "BIGINT", "DOUBLE", "DECIMAL", "VARCHAR", "TIMESTAMP", "DATE", "TIME",
        "BYTES",
    }  # fmt: skip
