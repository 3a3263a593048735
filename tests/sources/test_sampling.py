from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.sources.sampling import Block, SampleLayout, apportion, lay_out, refill, unread

STRATEGIES = st.sampled_from(["spread", "head", "tail"])
SPANS = st.tuples(st.integers(0, 10**12), st.integers(0, 10**7)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)
WATERMARKS = st.dictionaries(st.integers(0, 5_000), SPANS, max_size=40)
BUDGETS = st.one_of(st.none(), st.integers(1, 50), st.integers(1, 100_000))


def available(watermarks):
    return sum(high - low for low, high in watermarks.values())


@given(WATERMARKS, STRATEGIES, BUDGETS)
def test_the_budget_is_the_smaller_of_what_is_asked_and_what_is_there(watermarks, strategy, most):
    layout = lay_out(watermarks, strategy=strategy, max_messages=most)
    there = available(watermarks)
    assert layout.budget == (there if most is None else min(most, there))


@given(WATERMARKS, STRATEGIES, BUDGETS)
def test_blocks_are_disjoint_and_within_the_watermarks(watermarks, strategy, most):
    blocks = lay_out(watermarks, strategy=strategy, max_messages=most).blocks
    assert list(blocks) == sorted(blocks)
    for block in blocks:
        low, high = watermarks[block.partition]
        assert low <= block.start < block.end <= high
        assert 1 <= block.budget <= block.end - block.start
    for before, after in pairwise(blocks):
        assert before.partition != after.partition or before.end <= after.start


@given(WATERMARKS, STRATEGIES, BUDGETS)
def test_every_partition_with_records_gets_some(watermarks, strategy, most):
    filled = {number for number, (low, high) in watermarks.items() if low < high}
    blocks = lay_out(watermarks, strategy=strategy, max_messages=most).blocks
    layout = {block.partition for block in blocks}
    assert layout <= filled
    assert len(layout) == min(len(filled), len(filled) if most is None else most)


@given(SPANS, st.integers(2, 100_000), st.integers(1, 60))
def test_a_spread_reads_the_head_and_the_tail_of_each_partition(span, most, partitions):
    watermarks = dict.fromkeys(range(partitions), span)
    blocks = lay_out(watermarks, strategy="spread", max_messages=most * partitions).blocks
    for partition in range(partitions):
        mine = [block for block in blocks if block.partition == partition]
        if mine:
            assert mine[0].start == span[0]
            assert mine[-1].start + mine[-1].budget == mine[-1].end == span[1]


@given(st.integers(1_000, 10**9), st.integers(100, 100_000), st.integers(1, 30))
def test_a_spread_is_no_prefix_its_blocks_are_evenly_spaced(size, share, partitions):
    watermarks = dict.fromkeys(range(partitions), (0, size))
    blocks = lay_out(watermarks, strategy="spread", max_messages=share * partitions).blocks
    mine = [block for block in blocks if block.partition == 0]
    if len(mine) == 1:
        assert mine[0].budget == size
        return
    assert len(mine) >= min(4, size - share + 1)
    gaps = [after.start - before.start - before.budget for before, after in pairwise(mine)]
    assert max(gaps) - min(gaps) <= 1
    budgets = [block.budget for block in mine]
    assert max(budgets) - min(budgets) <= 1


@given(WATERMARKS, STRATEGIES, BUDGETS)
def test_the_same_arguments_give_the_same_plan(watermarks, strategy, most):
    backwards = dict(reversed(watermarks.items()))
    first = lay_out(watermarks, strategy=strategy, max_messages=most)
    assert lay_out(backwards, strategy=strategy, max_messages=most) == first


@given(WATERMARKS, STRATEGIES, BUDGETS)
def test_rounds_hold_each_block_once_and_a_partition_once_a_round(watermarks, strategy, most):
    layout = lay_out(watermarks, strategy=strategy, max_messages=most)
    rounds = list(layout.rounds())
    assert sorted(block for one in rounds for block in one) == list(layout.blocks)
    for one in rounds:
        assert len({block.partition for block in one}) == len(one) > 0


def test_all_of_a_topic_is_one_round():
    layout = lay_out({0: (0, 10**9), 1: (5, 7)}, strategy="spread", max_messages=None)
    assert layout.blocks == (Block(0, 0, 10**9, 10**9), Block(1, 5, 7, 2))
    assert len(list(layout.rounds())) == 1


def test_head_may_go_on_past_holes_and_tail_ends_at_the_end():
    assert lay_out({0: (10, 99)}, strategy="head", max_messages=5).blocks == (Block(0, 10, 99, 5),)
    assert lay_out({0: (10, 99)}, strategy="tail", max_messages=5).blocks == (Block(0, 94, 99, 5),)


def test_only_the_chosen_partitions_are_planned():
    watermarks = {0: (0, 10), 1: (0, 10), 2: (0, 10)}
    layout = lay_out(watermarks, strategy="spread", max_messages=None, partitions=[2, 0])
    assert [block.partition for block in layout.blocks] == [0, 2]


def test_an_empty_topic_gives_an_empty_plan():
    assert lay_out({}, strategy="spread", max_messages=5) == SampleLayout(())
    assert lay_out({0: (7, 7)}, strategy="tail", max_messages=None) == SampleLayout(())


def test_the_default_sample_of_few_partitions_looks_at_many_places():
    one = lay_out({0: (0, 10**6)}, strategy="spread", max_messages=10_000)
    assert len(one.blocks) == 32
    many = lay_out(dict.fromkeys(range(500), (0, 10**6)), strategy="spread", max_messages=10_000)
    assert len(many.blocks) == 1_000
    assert len(list(many.rounds())) == 2


@given(st.lists(st.integers(1, 10**9), max_size=60), st.integers(0, 10**9))
def test_shares_sum_up_and_no_share_passes_its_size(sizes, total):
    shares = apportion(sizes, total)
    assert sum(shares) == min(total, sum(sizes))
    assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))
    if total >= len(sizes):
        assert all(shares)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30), st.integers(1, 10**6))
def test_a_larger_size_never_gets_less(sizes, total):
    pairs = sorted(zip(sizes, apportion(sizes, total), strict=True))
    assert all(share <= after + 1 for (_, share), (_, after) in pairwise(pairs))


def test_shares_are_proportional_beyond_the_one_that_each_gets():
    assert apportion([1_001, 3_001, 6_001], 103) == [11, 31, 61]
    assert apportion([1, 1, 1_000_001], 10) == [1, 1, 8]
    assert apportion([5, 9, 7], 2) == [0, 1, 1]


@given(SPANS, st.data())
def test_what_is_unread_and_what_was_read_make_up_the_span(span, data):
    low, high = span
    cuts = sorted(data.draw(st.lists(st.integers(low, high), max_size=10)))
    ranges = [(a, b) for a, b in pairwise(cuts) if a < b][::2]
    left = unread(span, data.draw(st.permutations(ranges)))
    both = sorted([*left, *ranges])
    assert all(a < b for a, b in both)
    assert sum(b - a for a, b in both) == high - low
    assert all(before[1] <= after[0] for before, after in pairwise(both))


GAPS = st.dictionaries(
    st.integers(0, 50),
    st.lists(st.integers(0, 10**6), max_size=8, unique=True).map(
        lambda cuts: list(pairwise(sorted(cuts)))[::2]
    ),
    max_size=10,
)


@given(GAPS, STRATEGIES, st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_refill_looks_only_into_gaps_for_what_is_missing(
    gaps, strategy, missing, found, looked_at
):
    layout = refill(gaps, strategy=strategy, missing=missing, found=found, looked_at=looked_at)
    size = sum(end - start for ranges in gaps.values() for start, end in ranges)
    assert layout.budget == min(missing, size)
    for block in layout.blocks:
        assert 1 <= block.budget <= block.end - block.start
        assert any(a <= block.start < block.end <= b for a, b in gaps[block.partition])


def follow(block, records):
    """Read a block as the reader does: return the records and where it stopped."""
    inside = [offset for offset in records[block.partition] if block.start <= offset < block.end]
    taken = inside[: block.budget]
    return taken, (taken[-1] + 1 if len(taken) == block.budget else block.end)


@given(
    st.dictionaries(
        st.integers(0, 5),
        st.tuples(st.sets(st.integers(0, 3_000), max_size=300), st.integers(0, 500)),
        min_size=1,
        max_size=4,
    ),
    STRATEGIES,
    st.integers(1, 400),
)
def test_holes_never_shrink_the_sample_and_rounds_come_to_an_end(topic, strategy, most):
    records = {number: sorted(offsets) for number, (offsets, _) in topic.items()}
    spans = {
        number: (0, max(offsets, default=-1) + 1 + trailing)
        for number, (offsets, trailing) in topic.items()
    }
    layout = lay_out(spans, strategy=strategy, max_messages=most)
    wanted, found = layout.budget, []
    ranges = {number: [] for number in spans}
    for _ in range(200):
        for block in layout.blocks:
            taken, stop = follow(block, records)
            found += [(block.partition, offset) for offset in taken]
            ranges[block.partition].append((block.start, stop))
        if len(found) == wanted:
            break
        layout = refill(
            {number: unread(span, ranges[number]) for number, span in spans.items()},
            strategy=strategy,
            missing=wanted - len(found),
            found=len(found),
            looked_at=sum(b - a for pairs in ranges.values() for a, b in pairs),
        )
        if not layout.blocks:
            break
    else:
        pytest.fail("the rounds don't end")
    assert len(set(found)) == len(found)
    assert len(found) == min(wanted, sum(map(len, records.values())))
