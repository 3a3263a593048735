"""The specification: what is written is read again, and what is broken is refused."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemagen.accelerator.conditions import (
    Asked,
    AskedForm,
    Fixed,
    GivenText,
    JoinedTexts,
    Joint,
    KindPlace,
    Negated,
    RuleTable,
    TabledRule,
    Way,
)
from schemagen.accelerator.wire import BrokenSpecificationError, pack, unpack

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
WAYS = st.builds(
    Way, st.lists(st.tuples(TEXTS, st.booleans()), min_size=1, max_size=3).map(tuple)
) | st.builds(GivenText, st.integers(0, 300))
PLACES = WAYS | st.builds(JoinedTexts, st.lists(WAYS, min_size=1, max_size=3).map(tuple))
FORMS = [AskedForm.EQUALS, AskedForm.STARTS, AskedForm.ENDS, AskedForm.CONTAINS]
OF_TEXTS = st.builds(
    Asked,
    st.sampled_from(FORMS),
    PLACES,
    st.booleans(),
    st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
)
TESTS = (
    OF_TEXTS
    | st.builds(
        Asked,
        st.just(AskedForm.EXPRESSION),
        PLACES,
        st.booleans(),
        st.tuples(TEXTS),
        needed=st.lists(OF_TEXTS, max_size=2).map(tuple),
    )
    | st.builds(
        Asked,
        st.just(AskedForm.NUMBERS),
        PLACES,
        numbers=st.lists(NUMBERS, min_size=1, max_size=3).map(tuple),
    )
    | st.builds(Asked, st.sampled_from([AskedForm.MISSING, AskedForm.TRUTH]), PLACES, st.booleans())
)
CONDITIONS = st.recursive(
    TESTS | st.builds(Fixed, st.sampled_from([True, False, None])),
    lambda inner: (
        st.builds(Joint, st.booleans(), st.lists(inner, max_size=4).map(tuple))
        | st.builds(Negated, inner)
    ),
    max_leaves=12,
)


@st.composite
def tables(draw):
    is_text = draw(st.booleans())
    kind = draw(st.none() | st.builds(KindPlace, PLACES, st.just(is_text), st.just(is_text)))
    one = TEXTS if is_text else NUMBERS
    kinds = st.none() if kind is None else st.none() | st.lists(one, max_size=4).map(tuple)
    rule = st.builds(TabledRule, TEXTS, TEXTS, CONDITIONS, kinds)
    return RuleTable(tuple(draw(st.lists(rule, max_size=6))), kind)


@settings(max_examples=max(20, settings().max_examples // 3))
@given(tables())
def test_what_is_written_is_read_again(table):
    assert unpack(pack(table)) == table


@cache
def many(count=4_000):
    place = Way((("IMAGE", False),))
    texts = (f"\\{n * 7919 % 104729}-{n}.exe" for n in range(count))
    rules = [
        TabledRule(f"{n:08x}", "#G", Asked(AskedForm.ENDS, place, lowered=True, texts=(text,)))
        for n, text in enumerate(texts)
    ]
    return RuleTable(tuple(rules))


def test_pieces_are_constants_that_java_can_hold():
    pieces = pack(many(14_000))
    assert len(pieces) > 1
    assert all(len(piece.encode()) <= 60_000 for piece in pieces)
    assert all(piece.isascii() and "'" not in piece and "$" not in piece for piece in pieces)


def test_texts_and_tests_that_rules_share_are_written_once():
    shared = Asked(AskedForm.CONTAINS, Way((("IMAGE", False),)), texts=("a text of some length",))
    one = RuleTable((TabledRule("1", "#G", shared),))
    rules = tuple(TabledRule(str(n), "#G", shared) for n in range(1_000))
    assert len("".join(pack(RuleTable(rules)))) < len("".join(pack(one))) + 3_500


@pytest.mark.parametrize(
    "breaking",
    [
        lambda pieces: pieces[:-1],
        lambda pieces: pieces[1:],
        lambda pieces: [pieces[1], pieces[0], *pieces[2:]],
        lambda pieces: [pieces[0][:-1], *pieces[1:]],
        lambda pieces: [*pieces[:-1], pieces[-1] + "A"],
        lambda pieces: [pieces[0].replace("S1:", "S2:"), *pieces[1:]],
        lambda pieces: [*pack(many(5))[:1], *pieces[1:]],
        lambda _: ["S1:nonsense"],
        lambda _: [""],
        lambda _: [],
    ],
)
def test_a_specification_that_is_cut_off_altered_or_mixed_is_refused(breaking):
    pieces = pack(many(14_000))
    assert len(pieces) > 2
    with pytest.raises(BrokenSpecificationError):
        unpack(breaking(pieces))
