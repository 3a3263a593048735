"""Records that a program has already: objects, or values as bytes."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from schemagen.sources.records import Batch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

_BATCH = 500


class MemorySource:
    """Records from an iterable, read once; a `schemagen.sources.records.Source`.

    Args:
        records: an object each, or the value of a record as bytes, None for a tombstone.
        name: what reports call it.

    """

    def __init__(
        self, records: Iterable[Mapping[str, Any] | bytes | None], name: str = "memory"
    ) -> None:
        self._records = records
        self._name = name
        self._read = 0

    def batches(self) -> Generator[Batch, None, None]:
        """Yield the records once, numbered from 1.

        Raises:
            TypeError: a record is neither an object nor a value, or has a value without a form in
                JSON.

        """
        records = iter(self._records)
        while block := [_value(record) for record in islice(records, _BATCH)]:
            first = self._read + 1
            self._read += len(block)
            yield Batch(self._name, None, range(first, self._read + 1), block)

    def share_read(self) -> float | None:
        """Return None: how much is to come isn't known."""
        return None

    def provenance(self) -> dict[str, Any]:
        """Return how many records were read."""
        return {"kind": "memory", "records": self._read, "complete": True}


def _value(record: Any) -> bytes | None:
    if record is None or isinstance(record, bytes):
        return record
    if not isinstance(record, dict):
        raise TypeError(f"A record is a dict or bytes, not {type(record).__name__}.")
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")
