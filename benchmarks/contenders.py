"""One contender a run: `python contenders.py NAME FILE` infers a schema of an NDJSON file."""

from __future__ import annotations

import sys
from pathlib import Path


def genson_orjson(path: Path) -> None:
    """Run genson, fed by orjson: the pure Python way."""
    import orjson  # noqa: PLC0415 - a contender pays for its own imports only
    from genson import SchemaBuilder  # noqa: PLC0415

    builder = SchemaBuilder()
    with path.open("rb") as lines:
        for line in lines:
            builder.add_object(orjson.loads(line))
    builder.to_schema()


def orjson_alone(path: Path) -> None:
    """Parse and throw away: the floor under everything that uses orjson on one core."""
    import orjson  # noqa: PLC0415

    with path.open("rb") as lines:
        for line in lines:
            orjson.loads(line)


def duckdb(path: Path) -> None:
    """Let DuckDB find the types of the whole file, on all cores."""
    import duckdb as engine  # noqa: PLC0415

    engine.sql(
        "DESCRIBE SELECT * FROM read_json($file, format='newline_delimited', sample_size=-1, "
        "maximum_depth=-1, map_inference_threshold=-1, maximum_object_size=100000000, "
        # Without it DuckDB refuses keys that differ only in case.
        "ignore_errors=true)",
        params={"file": str(path)},
    ).fetchall()


def polars_genson(path: Path) -> None:
    """Run genson's compiled likeness over a column of text, on all cores."""
    import polars as pl  # noqa: PLC0415
    import polars_genson  # noqa: F401, PLC0415 - registers the namespace

    frame = pl.DataFrame({"json": path.read_text(encoding="utf-8").splitlines()})
    frame.genson.infer_json_schema("json")  # type: ignore[attr-defined]


CONTENDERS = {
    "genson + orjson": genson_orjson,
    "orjson, parsing only": orjson_alone,
    "DuckDB": duckdb,
    "polars-genson": polars_genson,
}

if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](Path(sys.argv[2]))
