from __future__ import annotations

import gzip
import io
import sys
from types import SimpleNamespace

import pytest
import zstandard

from schemagen.errors import SourceError
from schemagen.sources import opening
from schemagen.sources.opening import read_chunks

TEXT = b"".join(b'{"n":%d}\n' % number for number in range(50_000))


def zstd(data, **options):
    return zstandard.ZstdCompressor(**options).compress(data)


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return str(path)


def content(path):
    return b"".join(read_chunks(path))


@pytest.mark.parametrize("data", [b"", b"{", b"{}", TEXT, b"\xef\xbb\xbf", b"\xe2\x82\xac"])
@pytest.mark.parametrize(
    ("suffix", "pack"), [("", bytes), (".gz", gzip.compress), (".zst", zstd), ("", gzip.compress)]
)
def test_content_is_read_whatever_it_is_packed_in(tmp_path, data, suffix, pack):
    path = written(tmp_path, f"events.ndjson{suffix}", pack(data))
    assert content(path) == data.removeprefix(b"\xef\xbb\xbf")


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd)])
def test_archives_in_a_row_and_zeros_between_them_are_read(tmp_path, suffix, pack):
    packed = pack(TEXT) + pack(b"") + bytes(20_000) + pack(b"end") + bytes(5)
    assert content(written(tmp_path, f"x{suffix}", packed)) == TEXT + b"end"


def test_zstandard_s_skippable_frames_are_skipped(tmp_path):
    frame = b"\x5a\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"abc"
    assert content(written(tmp_path, "x.zst", frame + zstd(TEXT) + frame)) == TEXT


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd)])
@pytest.mark.parametrize("kept", [6, 11, 0.5, -9, -1])
def test_a_truncated_archive_is_refused(tmp_path, suffix, pack, kept):
    packed = pack(TEXT)
    cut = packed[: int(len(packed) * kept) if isinstance(kept, float) else kept]
    path = written(tmp_path, f"x{suffix}", cut)
    with pytest.raises(SourceError, match=r"x\.(gz|zst) is a truncated archive"):
        content(path)


def test_a_zstandard_frame_that_does_not_tell_its_size_is_refused_when_truncated(tmp_path):
    packed = zstd(TEXT, write_content_size=False)
    assert content(written(tmp_path, "whole.zst", packed)) == TEXT
    with pytest.raises(SourceError, match="truncated"):
        content(written(tmp_path, "cut.zst", packed[:-3]))


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd)])
def test_a_broken_archive_is_refused(tmp_path, suffix, pack):
    packed = bytearray(pack(TEXT) if suffix == ".gz" else zstd(TEXT, write_checksum=True))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(SourceError, match=r"is a (broken|truncated) archive"):
        content(written(tmp_path, f"x{suffix}", bytes(packed)))


def test_a_wrong_checksum_is_refused(tmp_path):
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1
    with pytest.raises(SourceError, match="broken archive"):
        content(written(tmp_path, "x.gz", bytes(packed)))


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".GZ"])
@pytest.mark.parametrize("data", [b"", b'{"a":1}\n'])
def test_a_file_that_only_has_an_archive_s_name_is_refused(tmp_path, suffix, data):
    with pytest.raises(SourceError, match="whatever its name says"):
        content(written(tmp_path, f"x{suffix}", data))


def test_garbage_behind_an_archive_is_refused(tmp_path):
    with pytest.raises(SourceError, match="broken archive"):
        content(written(tmp_path, "x.gz", gzip.compress(TEXT) + b"garbage"))


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("text", ['{"a":1}', '[{"a":1}]', "\n{}"])
def test_wide_characters_are_refused_with_the_remedy(tmp_path, encoding, text):
    with pytest.raises(SourceError, match="UTF-16") as caught:
        content(written(tmp_path, "x.json", text.encode(encoding)))
    assert "iconv" in caught.value.hint


def test_only_the_byte_order_mark_of_the_file_is_dropped(tmp_path):
    text = b'\xef\xbb\xbf{"a":1}\n\xef\xbb\xbf{"a":2}\n'
    assert content(written(tmp_path, "x", text)) == text[3:]


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(SourceError, match=r"gone\.json can't be read: No such file"):
        content(str(tmp_path / "gone.json"))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(SourceError, match="Is a directory"):
        content(str(tmp_path))


def test_a_file_without_permission_is_an_error(monkeypatch):
    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(SourceError, match=r"secret\.json can't be read: Permission denied"):
        content("secret.json")


def test_a_read_that_fails_midway_is_an_error(monkeypatch):
    class Failing(io.BytesIO):
        def read(self, size=-1):
            data = super().read(size)
            if not data:
                raise OSError(5, "Input/output error")
            return data

    monkeypatch.setattr("builtins.open", lambda *_, **__: Failing(b"{}\n"))
    with pytest.raises(SourceError, match="Input/output error"):
        content("x.json")


class Trickle(io.RawIOBase):
    """A pipe whose writer is in no hurry: a byte at a time."""

    def __init__(self, data):
        self.data = data

    def readable(self):
        return True

    def read(self, _=-1):
        byte, self.data = self.data[:1], self.data[1:]
        return byte


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
@pytest.mark.parametrize("stream", [io.BytesIO, Trickle])
def test_standard_input_is_read_plain_or_packed_and_left_open(monkeypatch, pack, stream):
    buffer = stream(pack(b'\xef\xbb\xbf{"a":1}\n'))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=buffer))
    assert content("-") == b'{"a":1}\n'
    assert not buffer.closed


def test_without_standard_input_there_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SourceError, match="no standard input"):
        content("-")


def test_errors_in_standard_input_name_it(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(gzip.compress(TEXT)[:99])))
    with pytest.raises(SourceError, match="Standard input is a truncated archive"):
        content("-")


def test_a_bomb_is_expanded_piece_by_piece(tmp_path):
    path = written(tmp_path, "x.gz", gzip.compress(bytes([32]) * (64 << 20)))
    sizes = [len(chunk) for chunk in read_chunks(path)]
    assert sum(sizes) == 64 << 20
    assert max(sizes) <= 16 << 20


def test_a_name_of_undecodable_bytes_can_be_printed(tmp_path):
    with pytest.raises(SourceError) as caught:
        content(str(tmp_path / "\udcff.json"))
    caught.value.what.encode()


def test_chunks_of_plain_files_are_large(tmp_path):
    path = written(tmp_path, "x.json", b"{}\n" * opening.CHUNK)
    assert {len(chunk) for chunk in read_chunks(path)} == {opening.CHUNK}
