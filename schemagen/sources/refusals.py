"""Files that can't be read: known by their first bytes, refused with what to run instead."""

from __future__ import annotations

import re
from typing import NamedTuple

from schemagen.errors import SourceError


class _Kind(NamedTuple):
    start: re.Pattern[bytes]
    what: str
    hint: str


def _kind(start: bytes, what: str, hint: str) -> _Kind:
    return _Kind(re.compile(start, re.DOTALL), what, hint)


_PIPE = "Unpack it first: {} {{name}} | schemagen ... --from -"
_KINDS = (
    _kind(rb"\xfd7zXZ\0", "an xz archive", _PIPE.format("xz -dc")),
    _kind(rb"BZh\d1AY&SY", "a bzip2 archive", _PIPE.format("bzip2 -dc")),
    _kind(rb"\x04\x22\x4d\x18", "an LZ4 archive", _PIPE.format("lz4 -dc")),
    _kind(rb"\xff\x06\0\0sNaPpY", "a Snappy archive", "Unpack it first: snzip -d {name}"),
    _kind(rb"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first: 7z x {name}"),
    _kind(
        rb"PK\x03\x04",
        "a ZIP archive, as a workbook of Excel is, too",
        "Unpack it first: unzip {name}; or save the workbook as CSV.",
    ),
    _kind(rb".{257}ustar", "a tar archive", "Unpack it and name the folder: tar -xf {name}"),
    _kind(
        rb"Obj\x01",
        "an Avro container",
        "Write it as JSON first: java -jar avro-tools.jar tojson {name} > events.ndjson",
    ),
    _kind(rb"ORC[\0-\x1f]", "an ORC file", "Write it as Parquet or JSON first, such as by Spark."),
    _kind(rb"ARROW1", "an Arrow file", "Write it as Parquet or JSON first, such as by pyarrow."),
    _kind(
        rb"SQLite format 3\0",
        "an SQLite database",
        "Write a table as JSON first: sqlite3 -json {name} 'SELECT * FROM TABLE' > events.json",
    ),
    _kind(
        rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x0a\x0d\x0d\x0a",
        "a packet capture",
        "Make events of it first: zeek -C -r {name} LogAscii::use_json=T",
    ),
    _kind(
        rb".{4}LfLe",
        "an event log of Windows before Vista",
        "Convert it on Windows first: wevtutil export-log {name} NEW.evtx /lf:true",
    ),
    _kind(
        rb"\s*<(?:\?xml|!|[A-Za-z])",
        "XML",
        "Write events of Windows as JSON first: evtx_dump -o jsonl LOG.evtx > events.ndjson",
    ),
)


def refuse_unreadable(head: bytes, name: str) -> None:
    """Refuse a file of a kind that can't be read.

    Args:
        head: how it begins.
        name: its name for people.

    Raises:
        SourceError: it is of such a kind.

    """
    for kind in _KINDS:
        if kind.start.match(head):
            raise SourceError(f"{name} is {kind.what}.", kind.hint.format(name=name))
