"""JSON texts of a table's rows."""

from __future__ import annotations

import base64
import json
import math
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


def row_text(keys: Sequence[bytes], kinds: Sequence[str], cells: Sequence[str | None]) -> bytes:
    """Return a row of texts as an object, without the cells that are empty.

    Args:
        keys: the columns' names, as JSON.
        kinds: what each column's texts are: `number`, `truth` or `text`.
        cells: the texts.

    """
    members = (
        key + b":" + (orjson.dumps(cell) if kind == "text" else cell.lower().encode())
        for key, kind, cell in zip(keys, kinds, cells, strict=True)
        if cell
    )
    return b"{" + b",".join(members) + b"}"


def json_of(row: Mapping[str, Any]) -> bytes:
    """Return a row of values as an object, without those that are NULL.

    Times are as in ISO 8601, with a Z where they are in UTC. Decimals keep their digits. Bytes are
    text where they are UTF-8, else base64. NaN and the infinities, which JSON lacks, are null.
    """
    kept = {key: _kept(value) for key, value in row.items() if value is not None}
    try:
        return orjson.dumps(kept, default=_written, option=_OPTIONS)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(kept, default=str).encode()


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _kept(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_kept(each) for each in value]
    return value


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value)) if value.is_finite() else None
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, timedelta):
        return math.floor(value.total_seconds() * 1_000)
    return str(value)
