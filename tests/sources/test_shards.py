"""Shards: equal parts that nothing falls between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemagen.errors import InputError, SourceError
from schemagen.sources.provenance import join_sources
from schemagen.sources.shards import MAX_SHARDS, Shard, ShardedFiles, divide, parse_shard


@st.composite
def planned(draw):
    """Ranges as a plan has them: sorted and disjoint, touching or apart, of some partitions."""
    ranges = {}
    for partition in draw(st.sets(st.integers(0, 9), max_size=4)):
        spans, position = [], draw(st.integers(0, 5))
        for gap, size in draw(
            st.lists(st.tuples(st.integers(0, 3), st.integers(1, 40)), min_size=1, max_size=5)
        ):
            spans.append((position + gap, position + gap + size))
            position += gap + size
        ranges[partition] = spans
    return ranges


def offsets(ranges):
    return [
        (partition, offset)
        for partition, spans in ranges.items()
        for start, end in spans
        for offset in range(start, end)
    ]


@given(planned(), st.integers(1, 60))
def test_the_shards_are_all_of_it_once_in_order_and_of_equal_size(ranges, count):
    shares = [offsets(divide(ranges, Shard(index, count))) for index in range(count)]
    assert [offset for share in shares for offset in share] == sorted(offsets(ranges))
    sizes = list(map(len, shares))
    assert max(sizes) - min(sizes) <= 1


@given(planned(), st.integers(1, 20))
def test_a_share_has_no_empty_ranges_and_no_empty_partitions(ranges, count):
    for index in range(count):
        share = divide(ranges, Shard(index, count))
        assert all(spans for spans in share.values())
        assert all(start < end for spans in share.values() for start, end in spans)


def test_four_shards_of_four_equal_partitions_read_one_each():
    ranges = {number: [(0, 100)] for number in range(4)}
    assert [divide(ranges, Shard(index, 4)) for index in range(4)] == [
        {number: [(0, 100)]} for number in range(4)
    ]


def test_more_shards_than_offsets_leave_some_empty():
    shares = [divide({0: [(7, 9)]}, Shard(index, 16)) for index in range(16)]
    assert sum(1 for share in shares if share) == 2


def test_shards_are_numbered_from_0():
    assert parse_shard("0/16") == Shard(0, 16)
    assert parse_shard(" 15 / 16 ") == Shard(15, 16)
    with pytest.raises(InputError) as caught:
        parse_shard("16/16")
    assert "the last of 16 is 15/16" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "3", "3/", "/3", "-1/3", "3/0", "0/0", "a/b", "1/2/3", "1.0/2", "3/16x", "+1/2",
             f"0/{MAX_SHARDS + 1}"]
)  # fmt: skip
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(InputError):
        parse_shard(text)


def test_labels_sort_as_the_shards_do():
    labels = [Shard(index, 2_000).label for index in range(2_000)]
    assert labels == sorted(labels)
    assert Shard(3, 16).label == "003-of-016"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(5):
        lines = [f'{{"n": {number}}}'] * (number + 1)
        (tmp_path / f"{number}.ndjson").write_text("\n".join(lines))
    return [f"{number}.ndjson" for number in range(5)]


def read(source):
    values = [value for batch in source.batches() for value in batch.values]
    return values, source.provenance()


@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_every_file_is_read_by_one_shard(files, count):
    parts = [read(ShardedFiles(files, Shard(index, count))) for index in range(count)]
    assert sorted(value for values, _ in parts for value in values) == sorted(
        b'{"n": %d}' % number for number in range(5) for _ in range(number + 1)
    )
    (whole,) = join_sources([told for _, told in parts])
    assert whole == {
        "kind": "files",
        "files": [{"path": name, "records": number + 1} for number, name in enumerate(files)],
        "skipped": 0,
        "complete": True,
    }


def test_the_files_of_a_folder_are_divided_and_what_was_skipped_counted_once(files, tmp_path):
    (tmp_path / "notes.txt").write_text("no records")
    parts = [read(ShardedFiles(["."], Shard(index, 2))) for index in range(2)]
    (whole,) = join_sources([told for _, told in parts])
    assert whole["skipped"] == 1
    assert [file["path"] for file in whole["files"]] == files


def test_another_list_of_files_is_another_division(files):
    parts = [
        read(ShardedFiles(files, Shard(0, 2)))[1],
        read(ShardedFiles(files[1:], Shard(1, 2)))[1],
    ]
    with pytest.raises(InputError, match=r"Of the 2 parts of the files 1 is missing: 1/2\."):
        join_sources(parts)


def test_standard_input_and_missing_files_are_refused(files):
    with pytest.raises(InputError, match="Standard input can't be divided"):
        ShardedFiles([*files, "-"], Shard(0, 2))
    with pytest.raises(SourceError, match=r"gone\.ndjson can't be read"):
        ShardedFiles([*files, "gone.ndjson"], Shard(0, 2))
