"""Choose which offsets of a topic to read: a sample that is spread over it, its head, or its tail.

Offsets are not a count of records: compaction and transaction markers leave holes. So a block has a
budget of records and a range in which to look for them; what a block can't fill is handed on to the
offsets that are still unread (`refill`), as long as there are any.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from schemagen.choices import Strategy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

Watermarks = dict[int, tuple[int, int]]
"""Partition → (low, high): the first offset there is, and the one after the last."""


# A round (one block of every partition) costs a few round trips to the brokers, a block at least
# one batch as its producer made it, up to 1 MB: enough blocks to see every part of a topic, few
# enough to read them in a moment.
_BLOCKS_IN_ALL = 128
_BLOCKS_OF_A_PARTITION = range(4, 33)
_LEAST_RECORDS_OF_A_BLOCK = 10


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """Consecutive offsets of one partition to read records from.

    Attributes:
        partition: the partition's number.
        start: the first offset to read.
        end: the offset to stop before, at the latest: the next block's start, or the range's end.
        budget: how many records to take at most; less than `end - start` except where all is read.

    """

    partition: int
    start: int
    end: int
    budget: int


@dataclass(frozen=True, slots=True)
class SampleLayout:
    """Disjoint blocks, ordered by partition and offset."""

    blocks: tuple[Block, ...]

    @property
    def budget(self) -> int:
        """How many records the layout asks for."""
        return sum(block.budget for block in self.blocks)

    def rounds(self) -> Iterator[list[Block]]:
        """Yield the blocks in groups of at most one block a partition, to be read side by side."""
        waiting: dict[int, list[Block]] = {}
        for block in self.blocks:
            waiting.setdefault(block.partition, []).append(block)
        for number in range(max(map(len, waiting.values()), default=0)):
            yield [blocks[number] for blocks in waiting.values() if number < len(blocks)]


def lay_out(
    watermarks: Mapping[int, tuple[int, int]],
    *,
    strategy: Strategy,
    max_messages: int | None,
    partitions: Collection[int] | None = None,
) -> SampleLayout:
    """Lay out the sample; the same arguments make the same layout.

    The budget is shared out over the partitions by their number of offsets; every partition that is
    not empty gets some, if there is enough for one record each. `spread` reads the head, the tail
    and evenly spaced blocks between, `head` the oldest and `tail` the newest offsets.

    Args:
        watermarks: the offsets there are.
        strategy: see above.
        max_messages: how many records to read at most, None for all.
        partitions: the partitions to read, None for all of `watermarks`.

    """
    spans = {
        partition: span
        for partition, span in sorted(watermarks.items())
        if span[0] < span[1] and (partitions is None or partition in partitions)
    }
    sizes = [high - low for low, high in spans.values()]
    shares = apportion(sizes, sum(sizes) if max_messages is None else max_messages)
    blocks: list[Block] = []
    for (partition, (low, high)), share in zip(spans.items(), shares, strict=True):
        if share == 0:
            continue
        if strategy == Strategy.SPREAD:
            blocks += _spread(partition, low, high, share, of=len(spans))
        else:
            start = low if strategy == Strategy.HEAD else high - share
            blocks.append(Block(partition, start, high, share))
    return SampleLayout(tuple(blocks))


def refill(
    gaps: Mapping[int, Sequence[tuple[int, int]]],
    *,
    strategy: Strategy,
    missing: int,
    found: int,
    looked_at: int,
) -> SampleLayout:
    """Lay out how to make up for records that holes in the offsets have cost.

    Every round either finds all that is missing or uses up the range of a block that could not be
    filled, so repeated rounds come to an end.

    Args:
        gaps: partition → half-open ranges of offsets that were not read yet.
        strategy: as of the first layout; `tail` goes back from the end of each range.
        missing: how many records to find, at most.
        found: how many records reading has found so far.
        looked_at: in how many offsets; with `found` it tells `tail` how far to go back.

    """
    # Tenfold at most at once: few rounds even through a wide hole, and no leap to old records.
    offsets_a_record = min(looked_at / max(found, 1), 10 * looked_at / max(missing, 1))
    flat = [(partition, *gap) for partition, ranges in sorted(gaps.items()) for gap in ranges]
    shares = apportion([end - start for _, start, end in flat], missing)
    blocks = []
    for (partition, start, end), share in zip(flat, shares, strict=True):
        if share == 0:
            continue
        first = start
        if strategy == Strategy.TAIL:
            first = max(start, end - max(share, ceil(share * offsets_a_record)))
        blocks.append(Block(partition, first, end, share))
    return SampleLayout(tuple(blocks))


def unread(span: tuple[int, int], ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of a half-open range of offsets when disjoint `ranges` are taken out."""
    left = []
    position, high = span
    for start, end in sorted(ranges):
        if position < start:
            left.append((position, start))
        position = end
    return [*left, (position, high)] if position < high else left


def joined(ranges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Sort disjoint half-open ranges and make one of those that touch; empty ones are left out."""
    whole: list[list[int]] = []
    for start, end in sorted(ranges):
        if whole and whole[-1][1] == start:
            whole[-1][1] = end
        elif start < end:
            whole.append([start, end])
    return whole


def apportion(sizes: Sequence[int], total: int) -> list[int]:
    """Share `total` out in proportion to `sizes`, by largest remainders.

    A share is at most its size, and at least 1 where `total` allows, else the largest sizes get 1
    each. The shares sum to `total`, or to the sum of the sizes where that is less.

    Args:
        sizes: positive numbers.
        total: what to share out.

    """
    if total >= sum(sizes):
        return list(sizes)
    by_size = sorted(range(len(sizes)), key=lambda index: (-sizes[index], index))
    if total <= len(sizes):
        chosen = set(by_size[:total])
        return [int(index in chosen) for index in range(len(sizes))]
    # One for each, the rest by what a size has beyond that one: so no share can pass its size.
    rest, whole = total - len(sizes), sum(sizes) - len(sizes)
    parts = [divmod(rest * (size - 1), whole) for size in sizes]
    shares = [1 + quotient for quotient, _ in parts]
    by_remainder = sorted(range(len(sizes)), key=lambda index: (-parts[index][1], index))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return shares


def _spread(partition: int, low: int, high: int, share: int, *, of: int) -> Iterator[Block]:
    """Cut `share` records into blocks that are evenly spaced from `low` to `high`."""
    gap = high - low - share
    most = _BLOCKS_IN_ALL // of
    most = min(max(most, _BLOCKS_OF_A_PARTITION.start), _BLOCKS_OF_A_PARTITION.stop - 1)
    # Two at least, for the head and the tail, and no more than there are gaps to put between them.
    count = min(max(2, min(most, share // _LEAST_RECORDS_OF_A_BLOCK)), share, gap + 1)
    if count == 1:
        # One record of many is the newest one; all of them are one block in any case.
        yield Block(partition, high - share, high, share)
        return
    size, larger = divmod(share, count)
    starts = [
        low + size * number + min(number, larger) + gap * number // (count - 1)
        for number in range(count)
    ]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < count else high
        yield Block(partition, start, end, size + (number < larger))
