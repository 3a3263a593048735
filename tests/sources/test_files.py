from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from schemagen.errors import EXIT_SOURCE, SourceError
from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileSource


def lines(*numbers):
    return b"".join(b'{"n":%d}\n' % number for number in numbers)


def numbers(source):
    decoder = Decoder()
    return [row["n"] for batch in source.batches() for row in decoder.decode(batch)]


@pytest.fixture(autouse=True)
def _work_in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(path, data):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def test_records_come_with_the_path_as_given_and_their_lines():
    write("logs/a.ndjson", b'{"n":1}\n\n{"n":2}\n')
    (batch,) = FileSource(["./logs/a.ndjson"]).batches()
    assert batch.source == "./logs/a.ndjson"
    assert batch.partition is None
    assert list(batch.positions) == [1, 3]
    assert batch.values == [b'{"n":1}', b'{"n":2}']


def test_files_of_all_forms_are_read_in_the_order_given():
    write("array.json", b'[{"n":3},\n{"n":4}]')
    write("lines.txt", lines(1, 2))
    write("pretty.json", json.dumps({"n": 5}, indent=4).encode())
    write("packed.gz", gzip.compress(lines(6)))
    write("packed.zst", zstandard.ZstdCompressor().compress(lines(7)))
    paths = ["lines.txt", "array.json", "pretty.json", "packed.gz", "packed.zst"]
    source = FileSource(paths)
    assert numbers(source) == [1, 2, 3, 4, 5, 6, 7]
    assert source.provenance() == {
        "kind": "files",
        "files": [
            {"path": path, "records": records}
            for path, records in zip(paths, (2, 2, 1, 1, 1), strict=True)
        ],
        "skipped": 0,
        "complete": True,
    }


def test_of_a_folder_the_json_files_are_read_sorted_with_its_subfolders(tmp_path):
    for path, number in {
        "logs/b.NDJSON": 3,
        "logs/a.json": 1,
        "logs/a/x.jsonl.gz": 2,
        "logs/z/1.log.zst": 5,
        "logs/c.log": 4,
    }.items():
        data = lines(number)
        if path.endswith(".gz"):
            data = gzip.compress(data)
        if path.endswith(".zst"):
            data = zstandard.ZstdCompressor().compress(data)
        write(path, data)
    for path in ("logs/.hidden.json", "logs/.git/x.json", "logs/readme.txt", "logs/x.json.bak"):
        write(path, lines(9))
    Path("logs/round").symlink_to(tmp_path / "logs")
    Path("logs/gone.json").symlink_to(tmp_path / "nowhere")
    source = FileSource(["logs"])
    assert source.skipped == 6
    assert numbers(source) == [2, 1, 3, 4, 5]
    assert [file["path"] for file in source.provenance()["files"]] == [
        "logs/a/x.jsonl.gz",
        "logs/a.json",
        "logs/b.NDJSON",
        "logs/c.log",
        "logs/z/1.log.zst",
    ]
    assert source.provenance()["skipped"] == 6


def test_a_file_that_is_named_twice_is_read_once(tmp_path):
    write("logs/a.json", lines(1))
    Path("link.json").symlink_to(tmp_path / "logs/a.json")
    source = FileSource(["logs/a.json", "logs", "./logs/../logs/a.json", "link.json"])
    assert numbers(source) == [1]
    assert source.provenance()["files"] == [{"path": "logs/a.json", "records": 1}]


def test_standard_input_is_a_dash(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(lines(1, 2))))
    source = FileSource(["-", "-"])
    (batch,) = source.batches()
    assert batch.source == "-"
    assert source.provenance()["files"] == [{"path": "-", "records": 2}]


def test_an_empty_file_has_no_records_and_is_complete():
    write("a.json", b"")
    source = FileSource(["a.json"])
    assert numbers(source) == []
    assert source.provenance()["complete"]


@pytest.mark.parametrize(
    ("maximum", "expected", "complete"),
    [
        (None, [1, 2, 3, 4, 11, 21, 22, 23, 24, 25], True),
        (10, [1, 2, 3, 4, 11, 21, 22, 23, 24, 25], True),
        (99, [1, 2, 3, 4, 11, 21, 22, 23, 24, 25], True),
        (9, [1, 2, 3, 11, 21, 22, 23, 24, 25], False),
        (6, [1, 2, 11, 21, 22, 23], False),
        (4, [1, 2, 11, 21], False),
        (3, [1, 11, 21], False),
        (1, [1], False),
        (0, [], False),
    ],
)
def test_a_sample_is_divided_among_the_files(maximum, expected, complete):
    write("a.json", lines(1, 2, 3, 4))
    write("b.json", lines(11))
    write("c.json", lines(21, 22, 23, 24, 25))
    source = FileSource(["a.json", "b.json", "c.json"], max_records=maximum)
    assert numbers(source) == expected
    assert source.provenance()["complete"] is complete
    assert sum(file["records"] for file in source.provenance()["files"]) == len(expected)


def test_a_sample_that_takes_a_file_s_last_record_is_complete():
    write("a.json", lines(*range(3_000)))
    assert len(numbers(source := FileSource(["a.json"], max_records=3_000))) == 3_000
    assert source.provenance()["complete"]
    assert len(numbers(source := FileSource(["a.json"], max_records=2_999))) == 2_999
    assert not source.provenance()["complete"]


def test_reading_that_was_given_up_is_not_complete():
    write("a.json", lines(*range(3_000)))
    source = FileSource(["a.json"])
    assert not source.provenance()["complete"]
    batches = source.batches()
    read = len(next(batches).values)
    batches.close()
    assert source.provenance()["files"] == [{"path": "a.json", "records": read}]
    assert not source.provenance()["complete"]


@pytest.mark.parametrize("path", ["gone.json", "gone/", "a.json/x", "nul\0.json"])
def test_a_path_that_does_not_exist_is_an_error_before_anything_is_read(path):
    write("a.json", lines(1))
    with pytest.raises(SourceError, match="can't be read") as caught:
        FileSource(["a.json", path])
    assert caught.value.exit_code == EXIT_SOURCE
    assert path in caught.value.what


@pytest.mark.parametrize("file", [None, "readme.txt", ".hidden.json", ".hidden/x.json", "x.gz"])
def test_a_folder_without_a_file_to_read_is_an_error(file):
    Path("logs").mkdir()
    if file:
        write(f"logs/{file}", lines(1))
    with pytest.raises(SourceError, match="The folder logs has no file to read") as caught:
        FileSource(["logs"])
    assert ".ndjson" in caught.value.hint


def test_a_folder_that_can_not_be_listed_is_an_error(monkeypatch):
    Path("logs").mkdir()

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(SourceError, match="logs can't be read: Permission denied"):
        FileSource(["logs"])


def test_a_broken_file_is_an_error_that_names_it():
    write("good.json", lines(1))
    write("bad.json.gz", gzip.compress(lines(*range(99)))[:-9])
    with pytest.raises(SourceError, match=r"bad\.json\.gz is a truncated archive"):
        numbers(FileSource(["good.json", "bad.json.gz"]))


def test_a_name_of_undecodable_bytes_does_no_harm():
    write("\udcff.json", lines(1))
    source = FileSource(["\udcff.json"])
    assert numbers(source) == [1]
    json.dumps(source.provenance(), ensure_ascii=False).encode()


def shares(source):
    return [source.share_read() for _ in source.batches()]


def test_the_share_that_was_read_is_told_by_the_bytes_of_the_files(tmp_path):
    lines = b"".join(b'{"n": %d, "text": "%s"}\n' % (n, b"x" * 200) for n in range(20_000))
    (tmp_path / "a.ndjson").write_bytes(lines)
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(lines))
    for paths in (["a.ndjson"], ["b.ndjson.gz"], ["a.ndjson", "b.ndjson.gz"]):
        source = FileSource([str(tmp_path / path) for path in paths])
        told = shares(source)
        assert told == sorted(told)
        assert 0 < told[0] <= told[len(told) // 2] <= 1
        assert source.share_read() == 1.0
    assert told[len(told) // 4] < 1


def test_the_share_of_a_limited_reading_is_that_of_its_records(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b"{}\n" * 5_000)
    source = FileSource([str(tmp_path / "a.ndjson")], max_records=2_000)
    assert shares(source)[-1] == 1.0


def test_what_has_no_size_has_no_share(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}\n")))
    assert shares(FileSource(["-"])) == [None]
    (tmp_path / "empty.ndjson").write_bytes(b"")
    source = FileSource([str(tmp_path / "empty.ndjson")])
    assert shares(source) == []
    assert source.share_read() is None
