from __future__ import annotations

import bz2
import io
import lzma
import sqlite3
import tarfile
import zipfile

import pytest
from opening_files import opened

from schemagen.errors import SourceError


def _zip():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.json", "{}")
    return target.getvalue()


def _tar():
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.json"), io.BytesIO())
    return target.getvalue()


def _sqlite():
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE a (b)")
    return database.serialize()


@pytest.mark.parametrize(
    ("data", "what", "hint"),
    [
        (bz2.compress(b"{}"), "a bzip2 archive", "bzip2 -dc"),
        (lzma.compress(b"{}"), "an xz archive", "xz -dc"),
        (_zip(), "a ZIP archive", "unzip"),
        (_tar(), "a tar archive", "tar -xf"),
        (_sqlite(), "an SQLite database", "sqlite3 -json"),
        (b"Obj\x01\x04", "an Avro container", "avro-tools"),
        (b"ORC\x0a\x03", "an ORC file", "Parquet"),
        (b"ARROW1\0\0", "an Arrow file", "Parquet"),
        (b"\xd4\xc3\xb2\xa1\x02\0", "a packet capture", "zeek"),
        (b"\x30\0\0\0LfLe", "an event log of Windows before Vista", "wevtutil"),
        (b'\n<?xml version="1.0"?><Events/>', "XML", "evtx_dump"),
        (b"<Event xmlns='a'>", "XML", "evtx_dump"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_run(tmp_path, data, what, hint):
    with pytest.raises(SourceError) as caught:
        opened(tmp_path / "a", data)
    assert what in caught.value.what
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["ORCHESTRATOR started", "<34>1 host", "BZhou", "Objective"])
def test_a_log_may_begin_like_an_archive(tmp_path, text):
    assert opened(tmp_path / "a", f"{text}\n").faults == {"invalid_json": (1, 1)}
