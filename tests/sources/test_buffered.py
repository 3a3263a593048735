"""A source whose first records are kept."""

from __future__ import annotations

import pytest

from schemagen.sources.buffered import BufferedSource
from schemagen.sources.memory import MemorySource


def read(source):
    return [value for batch in source.batches() for value in batch.values]


def values(count):
    return [b"%d" % n for n in range(count)]


@pytest.mark.parametrize(("most", "kept"), [(None, 1_200), (0, 0), (700, 700), (5_000, 1_200)])
def test_all_records_are_read_and_the_first_are_kept(most, kept):
    source = BufferedSource(MemorySource(values(1_200)), most)
    assert read(source) == values(1_200)
    assert source.count == kept
    assert [value for batch in source.buffered for value in batch.values] == values(kept)
    assert [n for batch in source.buffered for n in batch.positions] == list(range(1, kept + 1))
