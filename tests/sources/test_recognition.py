from __future__ import annotations

import gzip

import pytest
import zstandard
from opening_files import line, opened

from schemagen.choices import FileFormat
from schemagen.sources.files import FileReading, FileSource

KCAT = line({"topic": "t", "partition": 0, "offset": 1, "key": None, "payload": '{"n":1}'})


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_packed_files_are_recognised_alike(tmp_path, pack):
    found = opened(tmp_path / "a", pack(KCAT * 2))
    assert found.rows == [{"n": 1}] * 2
    assert found.said == ["kcat -J, 2 records"]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (None, [{"n": 1}]),
        (FileFormat.KCAT, [{"n": 1}]),
        (FileFormat.NDJSON, None),
        (FileFormat.JSON, None),
        (FileFormat.RPK, []),
        (FileFormat.ELASTICSEARCH, []),
        (FileFormat.RECORDS, []),
        (FileFormat.EVTX_DUMP, []),
    ],
)
def test_a_name_comes_before_what_is_recognised(tmp_path, name, rows):
    found = opened(tmp_path / "a", KCAT, format=name)
    if rows is None:
        assert found.rows[0]["topic"] == "t"
    else:
        assert found.rows == rows


def test_a_first_record_may_be_long(tmp_path):
    envelope = {"topic": "t", "partition": 0, "offset": 1, "key": None}
    data = line({**envelope, "payload": '{"n":"' + "x" * 3_000_000 + '"}'})
    found = opened(tmp_path / "a", data + KCAT)
    assert found.rows[1] == {"n": 1}


def test_a_folder_of_mixed_files_is_read_and_each_kind_said_once(tmp_path):
    files = {
        "a.json": KCAT,
        "b.json": KCAT,
        "c.json": b'{"Records":[{"n":2}]}',
        "d.ndjson": b'{"n":3}\n',
        "e.txt": b'CreateTime:1700000000000\t{"n":4}\n',
        "f.txt": b"Read me.\n",
        "g.txt": b'{"n":9}\n',
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    said = []
    source = FileSource([str(tmp_path)], reading=FileReading(on_remark=said.append))
    values = [value for batch in source.batches() for value in batch.values]
    assert values == [b'{"n":1}', b'{"n":1}', b'{"n":2}', b'{"n":3}', b'{"n":4}']
    assert source.skipped == 2
    assert said == [
        "2 files: kcat -J, 2 records",
        f'{tmp_path}/c.json: {{"Records": [...]}}, 1 record',
        f"{tmp_path}/e.txt: kafka-console-consumer with timestamps, 1 record",
    ]


def test_plain_lines_are_not_spoken_of(tmp_path):
    found = opened(tmp_path / "a", b'{"n":1}\n{"n":2}\n')
    assert (found.rows, found.said, found.origins) == ([{"n": 1}, {"n": 2}], [], [])
    assert found.account == {"path": str(tmp_path / "a"), "records": 2}


@pytest.mark.parametrize("data", [b"", b"\n\n", b"{", b"[", b"\xff\xfe\x00", b"x" * 100_000])
def test_no_bytes_break_the_recognition(tmp_path, data):
    if data.startswith(b"\xff"):
        data = data[2:]
    assert opened(tmp_path / "a", data).rows == []
