"""What a file is, by its first bytes: how its messages are read, or why they can't be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from schemagen.choices import FileFormat
from schemagen.sources.bulk import BulkLines, action_of, is_bulk
from schemagen.sources.console import console_columns, keyed_columns
from schemagen.sources.envelopes import DUMPED, HIT, KCAT, RPK
from schemagen.sources.eventlog import EVTX_MAGIC, EventLogRecords
from schemagen.sources.framing import MAX_LINE
from schemagen.sources.kcat import KcatLines, kcat_form
from schemagen.sources.refusals import refuse_unreadable
from schemagen.sources.slicing import BLANK, BLANKS, end_of_document, members, skip
from schemagen.sources.tables import PARQUET_MAGIC, CsvRecords, ParquetRecords, is_csv
from schemagen.sources.unpacking import (
    DugRecords,
    EnvelopedRecords,
    NestedRecords,
    PlainRecords,
    TextRecords,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemagen.sources.unpacking import LineForm, Unpacking

HEAD = 64 << 10
"""Bytes of a file that are looked at; more where its first line is longer."""
_LINES = 20
_RECORDS = ("Records", "records")
_BULK_STARTS = (b'"index"', b'"create"', b'"update"', b'"delete"')
_CONSOLE = "kafka-console-consumer"
_RESPONSE = {
    "took",
    "timed_out",
    "_shards",
    "_clusters",
    "_scroll_id",
    "pit_id",
    "num_reduce_phases",
    "terminated_early",
    "hits",
    "aggregations",
    "suggest",
    "profile",
    "status",
}
_DUMP_HEADING = re.compile(rb"Record \d+\r?\n\s*[{<]")


def read_head(chunks: Iterator[bytes]) -> bytes:
    """Return the start of a file, as much of it as tells what it is."""
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) > MAX_LINE or (len(head) >= HEAD and _tells_enough(head)):
            break
    return bytes(head)


def _tells_enough(head: bytearray) -> bool:
    start = skip(BLANKS, head, 0)
    if head.startswith(b"{", start):
        return end_of_document(head, start) >= 0
    return b"\n" in head


def recognise(head: bytes, name: str) -> Unpacking:
    """Return how a file is read that begins so.

    Args:
        head: the start of it, as `read_head` gives it.
        name: the file's name for errors.

    Raises:
        SourceError: it is of a kind that can't be read.

    """
    refuse_unreadable(head, name)
    return _of_bytes(head) or _of_text(head.lstrip(BLANK), name) or PlainRecords()


def _of_bytes(head: bytes) -> Unpacking | None:
    if head.startswith(PARQUET_MAGIC):
        return ParquetRecords()
    return EventLogRecords() if head.startswith(EVTX_MAGIC) else None


def _of_text(text: bytes, name: str) -> Unpacking | None:
    if text.startswith(b"{"):
        return _of_documents(text) or _of_lines(text) or (_BULK if _is_bulk(text) else None)
    if text.startswith(b"["):
        return _of_array(text)
    if _DUMP_HEADING.match(text):
        return EnvelopedRecords(DUMPED, headings=True)
    return CsvRecords() if is_csv(_whole_lines(text), name) else _of_lines(text)


def unpacking(
    head: bytes, name: str, wanted: FileFormat | None, path: tuple[str, ...]
) -> Unpacking:
    """Return how a file is read, where somebody may have said so.

    Args:
        head: the start of it.
        name: the file's name for errors.
        wanted: its format; None to recognise it.
        path: where in each message the messages are that are meant; empty for themselves.

    Raises:
        SourceError: it is of a kind that can't be read.

    """
    found = recognise(head, name) if wanted is None else _as_said(wanted, head)
    if not path:
        return found
    title = f"records at {'.'.join(path)}"
    if isinstance(found, PlainRecords):
        return NestedRecords(path, title)
    return DugRecords(found, path, f"{found.title}, {title}")


def _as_said(wanted: FileFormat, head: bytes) -> Unpacking:
    text = head.lstrip(BLANK)
    return _SAID[wanted](text)


def _kcat(text: bytes) -> Unpacking:
    if text.startswith((b"{", b"[")):
        return EnvelopedRecords(KCAT)
    lines = _whole_lines(text)
    return TextRecords((lines and kcat_form(lines)) or KcatLines())


def _console(text: bytes) -> Unpacking:
    lines = _whole_lines(text)
    columns = (console_columns(lines) or keyed_columns(lines)) if lines else None
    if columns:
        return TextRecords(columns)
    if text.startswith(b"{"):
        return PlainRecords(_CONSOLE, lines=True)
    # Keys before any separator: a message is what a line ends in.
    return TextRecords(KcatLines(_CONSOLE))


def _elasticsearch(text: bytes) -> Unpacking:
    if action_of(text.partition(b"\n")[0]):
        return _BULK
    return _RESPONSES if "hits" in (members(text, partial=True) or {}) else EnvelopedRecords(HIT)


def _records(text: bytes) -> Unpacking:
    first = members(text, partial=True) or {}
    return _nested(next((key for key in _RECORDS if key in first), _RECORDS[0]))


_SAID: dict[FileFormat, Callable[[bytes], Unpacking]] = {
    FileFormat.NDJSON: lambda _: PlainRecords(lines=True),
    FileFormat.JSON: lambda _: PlainRecords(),
    FileFormat.KCAT: _kcat,
    FileFormat.CONSOLE_CONSUMER: _console,
    FileFormat.RPK: lambda _: EnvelopedRecords(RPK),
    FileFormat.ELASTICSEARCH: _elasticsearch,
    FileFormat.RECORDS: _records,
    FileFormat.EVTX: lambda _: EventLogRecords(),
    FileFormat.CSV: lambda _: CsvRecords(),
    FileFormat.PARQUET: lambda _: ParquetRecords(),
    FileFormat.EVTX_DUMP: lambda _: EnvelopedRecords(DUMPED, headings=True),
}
_BULK = TextRecords(BulkLines())
_RESPONSES = NestedRecords(("hits", "hits", "_source"), "Elasticsearch search response")


def _is_bulk(text: bytes) -> bool:
    # Most files are told from it by their first bytes.
    return text[1:].lstrip(BLANK).startswith(_BULK_STARTS) and is_bulk(_whole_lines(text))


def _nested(key: str) -> NestedRecords:
    return NestedRecords((key,), f'{{"{key}": [...]}}')


def _of_documents(text: bytes) -> Unpacking | None:
    """Recognise a tool's documents by the first of them."""
    end = end_of_document(text, 0)
    parts = members(text, partial=True) or {}
    if _is_response(parts):
        return _RESPONSES
    key = next(iter(parts), "")
    if len(parts) == 1 and key in _RECORDS and _holds_objects(parts[key]):
        # In lines of their own, such documents are the messages of a topic: Event Hubs has them.
        alone = end < 0 and b"\n{" not in text
        if end >= 0:
            following = skip(BLANKS, text, end)
            alone = following == len(text) or b"\n" not in text[end:following]
            alone = alone or b"\n" in text[:end].strip(BLANK)
        if alone:
            return _nested(key)
        return PlainRecords(
            f'lines of {{"{key}": [...]}}, read as they are (--from-format records takes what is '
            "in them)"
        )
    document = _parsed(text[:end]) if end >= 0 else None
    return _enveloped(document)


def _of_array(text: bytes) -> Unpacking | None:
    """Recognise a tool's documents in an array by the first of them."""
    start = skip(BLANKS, text, 1)
    end = end_of_document(text, start) if text.startswith(b"{", start) else -1
    # An array in a line is a record, as wrong as in a topic, if others follow.
    return _enveloped(_parsed(text[start:end])) if end >= 0 else None


def _enveloped(document: Any) -> Unpacking | None:
    for envelope in (KCAT, RPK, HIT, DUMPED):
        if envelope.fits(document):
            if envelope is RPK and not isinstance(document.get("value"), str):
                return None  # any event can be about a topic's offsets
            return EnvelopedRecords(envelope)
    return None


def _is_response(parts: dict[str, bytes]) -> bool:
    """Return whether a document is the answer to a search, as a whole."""
    if "hits" not in parts or not parts.keys() <= _RESPONSE:
        return False
    hits = members(parts["hits"], partial=True) or {}
    listed = hits.get("hits", b"")
    if not hits.keys() <= {"total", "max_score", "hits"} or not listed.startswith(b"["):
        return False
    first = members(listed[1:].lstrip(BLANK), partial=True)
    return listed[1:].lstrip(BLANK).startswith(b"]") or (
        first is not None and "_source" in first and "_index" in first
    )


def _holds_objects(text: bytes) -> bool:
    return text.startswith(b"[") and text[1:].lstrip(BLANK).startswith((b"{", b"]"))


def _parsed(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return None


def _of_lines(text: bytes) -> Unpacking | None:
    lines = _whole_lines(text)
    if not lines:
        return None
    form: LineForm | None = console_columns(lines)
    if form is None and not text.startswith(b"{"):
        form = kcat_form(lines)
    form = keyed_columns(lines) if form is None else form
    return None if form is None else TextRecords(form)


def _whole_lines(text: bytes) -> list[bytes]:
    """Return the first lines, without a last one that is cut off."""
    lines = text.split(b"\n", _LINES)[:_LINES]
    if len(lines) > 1 and not text.endswith(b"\n") and len(lines) <= _LINES:
        lines = lines[:-1]
    return [line.removesuffix(b"\r") for line in lines if line.strip(BLANK)]
