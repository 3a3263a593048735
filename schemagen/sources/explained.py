"""What is remarkable about the form of records, told once for a source: who wrote them, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from schemagen.sources.records import Batch, RecordValue, Source

_LOOKED_AT = 20
_SCHEMA = {"type", "fields", "optional", "name", "version", "field", "doc", "parameters"}
_CHANGE = {"before", "after", "source", "op", "ts_ms", "ts_us", "ts_ns", "transaction"}
_OPERATIONS = set("crudtm")

CONNECT = (
    'Each record is {"schema": ..., "payload": ...}, as the JsonConverter of Kafka Connect writes '
    "it, and is read so. With value.converter.schemas.enable=false the connector sends the payload "
    "alone; of files, --records payload reads it."
)
DEBEZIUM = (
    "The records are change events of Debezium: the row stands below `{after}`. Its transform "
    "ExtractNewRecordState sends the row alone; of files, --records {after} reads it."
)


class ExplainedSource:
    """Another source; what is to be said of its first records is told when they were read.

    Args:
        source: the other source.
        remark: called with one line, if there is anything to say.

    """

    def __init__(self, source: Source, remark: Callable[[str], None]) -> None:
        self._source = source
        self._remark = remark

    def batches(self) -> Generator[Batch, None, None]:
        """Yield all batches of the other source."""
        looked = False
        for batch in self._source.batches():
            yield batch
            if not looked and batch.values:
                looked = True
                for line in explanation(batch.values):
                    self._remark(line)

    def share_read(self) -> float | None:
        """Return what the other source returns."""
        return self._source.share_read()

    def provenance(self) -> dict[str, Any]:
        """Return what the other source returns."""
        return self._source.provenance()


def explanation(values: Sequence[RecordValue]) -> list[str]:
    """Return what is to be said of records whose form is Connect's or Debezium's.

    Args:
        values: the first records.

    """
    documents = [_read(value) for value in values[:_LOOKED_AT] if value is not None]
    if documents and all(map(_is_connect, documents)):
        rows = [document["payload"] for document in documents if document["payload"] is not None]
        changes = bool(rows) and all(map(_is_change, rows))
        return [CONNECT, *[DEBEZIUM.format(after="payload.after")] * changes]
    if documents and all(map(_is_change, documents)):
        return [DEBEZIUM.format(after="after")]
    return []


def _read(value: RecordValue) -> Any:
    try:
        return orjson.loads(value) if isinstance(value, bytes) else None
    except ValueError:
        return None


def _is_connect(document: Any) -> bool:
    """Return whether a document is a schema and what it is the schema of, as a whole."""
    if type(document) is not dict or document.keys() != {"schema", "payload"}:
        return False
    schema = document["schema"]
    return schema is None or (
        type(schema) is dict and "type" in schema and schema.keys() <= _SCHEMA
    )


def _is_change(document: Any) -> bool:
    """Return whether a document is a change event, as a whole."""
    return (
        type(document) is dict
        and {"after", "op", "source"} <= document.keys() <= _CHANGE
        and document["op"] in _OPERATIONS
        and type(document["source"]) is dict
    )
