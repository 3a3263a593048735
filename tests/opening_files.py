"""Files of a test, opened as a person would have them read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from schemagen.sources.decode import Decoder
from schemagen.sources.files import FileReading, FileSource


@dataclass
class Opened:
    """What came of a file: its messages, their places and origins, what was said of it, faults."""

    rows: list[dict[str, Any]]
    positions: list[int]
    origins: list[Any]
    said: list[str]
    faults: dict[str, tuple[int, int]]
    account: dict[str, Any]


def opened(file, data, **reading):
    """Write a file and read it."""
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    said: list[str] = []
    source = FileSource([str(file)], reading=FileReading(**reading, on_remark=said.append))
    decoder = Decoder()
    rows, positions, origins = [], [], []
    for batch in source.batches():
        rows += decoder.decode(batch)
        positions += batch.positions
        origins += batch.origins
    faults = {
        str(kind): (count, decoder.decoding.firsts[kind].position)
        for kind, count in decoder.decoding.counts.items()
    }
    account = source.provenance()["files"][0]
    said = [line.removeprefix(f"{file}: ") for line in said]
    return Opened(rows, positions, origins, said, faults, account)


def line(document):
    return orjson.dumps(document) + b"\n"
