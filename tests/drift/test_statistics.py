from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb, isclose, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.drift.statistics import (
    Proportion,
    chance_in_all,
    chance_of_fewer,
    chance_of_more,
    significance_level,
)


def exactly(now, before):
    """Fisher's one-sided test, by counting."""
    having, everything = now.count + before.count, now.of + before.of
    ways = sum(
        comb(now.of, k) * comb(before.of, having - k)
        for k in range(max(0, having - before.of), min(now.count, now.of, having) + 1)
    )
    return float(Fraction(ways, comb(everything, having)))


@st.composite
def shares(draw, most=60):
    of = draw(st.integers(1, most))
    return Proportion(draw(st.integers(0, of)), of)


@given(shares(), shares())
def test_the_chance_is_what_counting_gives(now, before):
    assert isclose(chance_of_fewer(now, before), exactly(now, before), rel_tol=1e-9, abs_tol=1e-12)


@given(shares(), shares())
def test_fewer_here_is_more_there(now, before):
    assert chance_of_more(now, before) == chance_of_fewer(before, now)
    # What has it fewer is what lacks it more.
    assert isclose(
        chance_of_fewer(now, before),
        chance_of_more(now.rest, before.rest),
        rel_tol=1e-9,
        abs_tol=1e-12,
    )


@given(shares(most=10**7), shares(most=10**7))
def test_it_is_a_probability_however_large_the_samples(now, before):
    assert 0.0 <= chance_of_fewer(now, before) <= 1.0


def test_two_in_a_hundred_may_be_missing_from_fifty():
    assert chance_of_fewer(Proportion(0, 50), Proportion(200, 10_000)) > 0.3


def test_but_hardly_from_a_thousand():
    assert chance_of_fewer(Proportion(0, 1_000), Proportion(200, 10_000)) < 1e-7


def test_one_event_in_ten_thousand_says_nothing():
    assert chance_of_more(Proportion(1, 10_000), Proportion(0, 10_000)) == pytest.approx(0.5)


@pytest.mark.parametrize(("now", "before"), [((0, 0), (5, 10)), ((3, 10), (0, 0))])
def test_nothing_says_nothing(now, before):
    assert chance_of_fewer(Proportion(*now), Proportion(*before)) == 1.0


def test_the_more_is_compared_the_surer_each_difference_must_be():
    assert significance_level(0.99, 1) == pytest.approx(0.01)
    assert significance_level(0.99, 1_000) == pytest.approx(0.00001)
    assert significance_level(0.99, 0) == pytest.approx(0.01)


def exactly_in_all(groups):
    """The chance that groups together lack as many now, or more, by counting."""
    ways = []
    for now, before in groups:
        lack, everything = now.rest.count + before.rest.count, now.of + before.of
        ways.append(
            [
                (k, Fraction(comb(now.of, k) * comb(before.of, lack - k), comb(everything, lack)))
                for k in range(max(0, lack - before.of), min(now.of, lack) + 1)
            ]
        )
    missing = sum(now.rest.count for now, _ in groups)
    together = (list(zip(*each, strict=True)) for each in product(*ways))
    return float(sum(prod(chances) for counts, chances in together if sum(counts) >= missing))


@given(st.lists(st.tuples(shares(most=12), shares(most=12)), min_size=1, max_size=3))
def test_several_groups_are_never_surer_than_counting_makes_them(groups):
    found = chance_in_all(groups)
    assert exactly_in_all(groups) <= found * (1 + 1e-9)
    assert found <= 1


def test_what_no_group_can_tell_all_together_can():
    groups = [(Proportion(18, 20), Proportion(20, 20))] * 10
    assert chance_of_fewer(*groups[0]) > 0.2
    assert 0.9 < chance_in_all(groups) / 0.5**20 < 1.1
    assert chance_in_all([*groups, *[(after, before) for before, after in groups]]) == 1.0


def test_groups_of_nothing_say_nothing():
    nothing = Proportion(0, 0)
    assert chance_in_all([]) == 1.0
    assert chance_in_all([(nothing, Proportion(3, 3)), (Proportion(0, 3), nothing)]) == 1.0
    assert chance_in_all([(Proportion(5, 5), Proportion(5, 5))]) == 1.0


def test_groups_can_be_large():
    groups = [(Proportion(10**6, 2 * 10**6), Proportion(2 * 10**6, 2 * 10**6))] * 400
    assert chance_in_all(groups) < 1e-300
