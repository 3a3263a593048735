"""Evidence of a Spark DataFrame: for data that lies in a lake, or a topic that Spark reads.

The profiler is the one of `schemagen infer`, run where the data is: every partition of the
DataFrame becomes a profile, and profiles are merged in a tree on the executors, so that the driver
gets one. Needs PySpark (the extra `schemagen[spark]`), and schemagen on the executors. Works with
Spark Connect, too.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zstandard

from schemagen.errors import InputError
from schemagen.profile.collect import collect
from schemagen.profile.evidence import Evidence
from schemagen.profile.kind_fields import FIRST_RECORDS, KindFinder, KindSettings
from schemagen.schema.maps import MapPolicy
from schemagen.schema.results import SavedSchema, save_results
from schemagen.sources.records import Batch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame

FAN_IN = 16
"""How many profiles a task of the tree merges, as a rule."""

UNKNOWN = 0
"""The position of a record whose place isn't known: a row of a DataFrame has none by itself."""

_PART = "evidence binary"
_WHOLE_NUMBERS = ("byte", "short", "integer", "long")
_RECURSION = 5_000
"""Profiles nest a hundred levels, and the libraries that walk them take several frames a level."""


def evidence_of(
    df: DataFrame,
    topic: str,
    *,
    column: str = "value",
    fan_in: int = FAN_IN,
    kinds: KindSettings | None = None,
) -> Evidence:
    """Profile the records of a DataFrame, one a row, and return the evidence of all.

    The profile and the counts are the same to the byte as those of `schemagen infer` over the same
    records, however the rows are partitioned. Where the DataFrame has whole-number columns named
    `partition` and `offset`, as Spark's Kafka source gives them, the place of the first bad record
    is told by them and the provenance has their ranges; else the place is unknown.

    Args:
        df: the records; not a stream. Where it has a column `topic`, only that topic's rows count.
        topic: the topic's name.
        column: the column with the values, text or binary. NULL is a tombstone.
        fan_in: how many partial profiles a task of the tree merges.
        kinds: what is said of the kinds of events; None to find what tells them in the first rows
            that Spark gives.

    Returns:
        Evidence with one source of the kind `spark`: its `records`, and where there are offsets
        its `partitions` with the least range that holds all offsets seen.

    Raises:
        InputError: there is no such column, or of another type, or `df` is a stream.

    """
    if fan_in < 2:  # noqa: PLR2004 - a tree that joins nothing never ends
        raise InputError("fan_in has to be at least 2.")
    rows, placed = _rows(df, topic, column)
    settings = kinds or KindSettings()
    if settings.fields is None:
        settings = _found(rows, topic, settings)
    profile = partial(_profile, topic=topic, placed=placed, kinds=settings)
    parts = rows.mapInArrow(profile, _PART).persist()
    try:
        merged = parts
        for tasks in levels(parts.count(), fan_in):
            merged = merged.repartition(tasks).mapInArrow(_merge, _PART)
        with _deep():
            found = [_unpacked(bytes(row[0])) for row in merged.collect()]
            return _merged(found) or collect(_Rows(topic, [], placed=placed), topic)
    finally:
        parts.unpersist()


def write(
    evidence: Evidence, schema_file: str | Path | None = None, *, policy: MapPolicy | None = None
) -> SavedSchema:
    """Write the schema and the evidence beside it, as `schemagen infer` does.

    Args:
        evidence: what `evidence_of` gave.
        schema_file: by default `schemas/TOPIC.schema.json`.
        policy: what makes an object a map, None for the defaults of `infer`.

    Raises:
        SourceError: not one record was a JSON object; nothing is written.
        InputError: a file can't be written, or the schema that is there can't be read.

    """
    path = Path(schema_file or Path("schemas") / f"{evidence.name}.schema.json")
    with _deep():
        return save_results(evidence, policy or MapPolicy(), path)


def _found(rows: DataFrame, topic: str, settings: KindSettings) -> KindSettings:
    """Find in the first rows what tells kinds: the executors, each with its part, would differ."""
    finder = KindFinder(settings)
    first = rows.select("value").limit(FIRST_RECORDS).collect()
    values = [None if row[0] is None else bytes(row[0]) for row in first]
    finder.take(Batch(topic, None, [UNKNOWN] * len(values), values))
    return replace(settings, fields=finder.fields())


def levels(parts: int, fan_in: int) -> list[int]:
    """Return the numbers of tasks of a tree that merges so many parts into one, leaves first."""
    tasks = []
    while parts > 1:
        parts = ceil(parts / fan_in)
        tasks.append(parts)
    return tasks


def _rows(df: DataFrame, topic: str, column: str) -> tuple[DataFrame, bool]:
    """Select what the executors need: the value as bytes, and its place if it has one."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 - heavy; as all name it

    if df.isStreaming:
        raise InputError(
            "A stream has no end, and its evidence would have none.",
            "Read the topic with spark.read instead of spark.readStream.",
        )
    types = {field.name: field.dataType.typeName() for field in df.schema.fields}
    if column not in types:
        raise InputError(
            f"The DataFrame has no column {column}.", f"It has {', '.join(types) or 'none'}."
        )
    if types[column] not in {"string", "binary"}:
        raise InputError(
            f"The column {column} holds {types[column]}, not text or binary values.",
            "The records have to be there as they were sent: JSON text, not parsed.",
        )
    if types.get("topic") == "string" and column != "topic":
        df = df.where(F.col("topic") == topic)
    quoted = column.replace("`", "``")
    chosen = [F.col(f"`{quoted}`").cast("binary").alias("value")]
    placed = all(types.get(name) in _WHOLE_NUMBERS for name in ("partition", "offset"))
    if placed:
        chosen += [
            F.coalesce(F.col(name).cast("long"), F.lit(-1)).alias(name)
            for name in ("partition", "offset")
        ]
    return df.select(*chosen), placed


class _Rows:
    """The rows of one partition of a DataFrame; a `schemagen.sources.records.Source`."""

    def __init__(self, topic: str, batches: Iterable[RecordBatch], *, placed: bool) -> None:
        self._topic = topic
        self._batches = batches
        self._placed = placed
        self._records = 0
        self._ranges: dict[int, list[int]] = {}
        self._counts: dict[int, int] = {}

    def batches(self) -> Generator[Batch, None, None]:
        for batch in self._batches:
            values = batch.column(0).to_pylist()
            self._records += len(values)
            if not self._placed:
                yield Batch(self._topic, None, [UNKNOWN] * len(values), values)
                continue
            by_partition: dict[int, tuple[list[int], list[bytes | None]]] = {}
            places = zip(batch.column(1).to_pylist(), batch.column(2).to_pylist(), strict=True)
            for (partition, offset), value in zip(places, values, strict=True):
                known = partition if partition >= 0 and offset >= 0 else -1
                positions, own = by_partition.setdefault(known, ([], []))
                positions.append(offset if known >= 0 else UNKNOWN)
                own.append(value)
            for partition, (positions, own) in by_partition.items():
                if partition >= 0:
                    self._count(partition, positions)
                yield Batch(self._topic, None if partition < 0 else partition, positions, own)

    def _count(self, partition: int, offsets: list[int]) -> None:
        least, greatest = self._ranges.setdefault(partition, [offsets[0], offsets[0] + 1])
        self._ranges[partition] = [min(least, *offsets), max(greatest, max(offsets) + 1)]
        self._counts[partition] = self._counts.get(partition, 0) + len(offsets)

    def share_read(self) -> float | None:
        return None

    def provenance(self) -> dict[str, Any]:
        provenance: dict[str, Any] = {
            "kind": "spark",
            "topic": self._topic,
            "records": self._records,
            "complete": True,
        }
        if self._placed:
            provenance["partitions"] = {
                str(number): {"ranges": [span], "records": self._counts[number]}
                for number, span in self._ranges.items()
            }
        return provenance


def _profile(
    batches: Iterable[RecordBatch], *, topic: str, placed: bool, kinds: KindSettings
) -> Iterator[RecordBatch]:
    """Run on an executor: the rows of one partition become one row, their evidence."""
    with _deep():
        yield _row(collect(_Rows(topic, batches, placed=placed), topic, kinds=kinds))


def _merge(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
    """Run on an executor: the evidence in some rows becomes one row."""
    with _deep():
        parts = (_unpacked(data) for batch in batches for data in batch.column(0).to_pylist())
        whole = _merged(parts)
        if whole is not None:
            yield _row(whole)


def _merged(parts: Iterable[Evidence]) -> Evidence | None:
    """Merge parts of one DataFrame, one at a time; None if there is none."""
    whole: Evidence | None = None
    for part in parts:
        if whole is None:
            whole = part
            continue
        whole.merge(part)
        whole.sources = [_joined(*whole.sources)]
    return whole


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Join what two parts of one DataFrame say of their rows, which can lie between each other."""
    provenance = {**one, "records": one["records"] + other["records"]}
    if "partitions" in one:
        provenance["partitions"] = dict(one["partitions"])
        for number, read in other["partitions"].items():
            mine = provenance["partitions"].get(number, read)
            (low, high), (start, end) = mine["ranges"][0], read["ranges"][0]
            records = read["records"] + (mine["records"] if mine is not read else 0)
            provenance["partitions"][number] = {
                "ranges": [[min(low, start), max(high, end)]],
                "records": records,
            }
    return provenance


def _row(evidence: Evidence) -> RecordBatch:
    import pyarrow as pa  # noqa: PLC0415 - only executors need it

    # In ASCII, for a key with half of a surrogate pair has no UTF-8 but an escape.
    text = json.dumps(evidence.to_json(), separators=(",", ":"))
    packed = zstandard.ZstdCompressor().compress(text.encode("ascii"))
    return pa.RecordBatch.from_arrays([pa.array([packed], pa.binary())], names=["evidence"])


def _unpacked(packed: bytes) -> Evidence:
    text = zstandard.ZstdDecompressor().decompress(packed)
    return Evidence.from_json(json.loads(text), "What an executor sent")


@contextmanager
def _deep() -> Iterator[None]:
    """Let deeply nested profiles be walked."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
