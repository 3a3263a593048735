"""EVTX: event logs of Windows, whose events become those of Winlogbeat."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import orjson

from schemagen.errors import SourceError
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.framing import MAX_BLOCK_RECORDS
from schemagen.sources.tables import spooled
from schemagen.sources.unpacking import Unpacked
from schemagen.sources.winlogbeat import event_of, is_dumped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemagen.sources.records import RecordValue

EVTX_MAGIC = b"ElfFile\0"


class EventLogRecords(NamedTuple):
    """The events of an EVTX file."""

    title: str = "EVTX"

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the events; a record's position is its number in the file.

        Raises:
            SourceError: the package `evtx` is not installed, or the file is broken at its start.

        """
        first = 1
        with spooled(chunks) as path:
            events = _events(path, name)
            while values := list(islice(events, MAX_BLOCK_RECORDS)):
                yield Unpacked(range(first, first + len(values)), values)
                first += len(values)


def _events(path: Path, name: str) -> Iterator[RecordValue]:
    try:
        from evtx import PyEvtxParser  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SourceError(
            f"{name} is an event log of Windows, which takes the package evtx to read.",
            f"Install it: pip install 'schemagen[evtx]'; or run evtx_dump -o jsonl {name} > "
            "events.ndjson",
        ) from error
    try:
        records = iter(PyEvtxParser(str(path)).records_json())
    except (RuntimeError, OSError, ValueError) as error:
        raise SourceError(
            f"{name} is a broken event log of Windows.", "Copy or export it again."
        ) from error
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError):
            yield DecodeError.NOT_ENVELOPED
        else:
            yield _event(record["data"]) if record else DecodeError.NOT_ENVELOPED


def _event(text: str) -> RecordValue:
    document = orjson.loads(text)
    return event_of(document) if is_dumped(document) else DecodeError.NOT_ENVELOPED
