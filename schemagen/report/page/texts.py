"""Texts of rules and messages on their way into a page: all are hostile until they were here."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

from markupsafe import Markup

from schemagen.report.drift_phrases import plain
from schemagen.words import printable

LONGEST_NAME = 300
"""The most characters of a name; a key of a message can be a megabyte."""
LONGEST_TEXT = 60_000
"""The most characters of anything else."""

_INVISIBLE = re.compile("[\u061c\u200b-\u200d\u2060\ufeff\u2028\u2029\ud800-\udfff]")
_IN_SCRIPT = {
    ord("<"): "\\u003c",
    ord(">"): "\\u003e",
    ord("&"): "\\u0026",
}


def name(text: str) -> str:
    """Write a name as one line of bounded length."""
    return plain(text, LONGEST_NAME)


def safe(text: str) -> str:
    """Write a text so that nothing in it is unseen, turns the text around it, or can't be encoded.

    Lines stay lines.
    """
    cut = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    return _INVISIBLE.sub(lambda match: ascii(match[0])[1:-1], printable(cut))


def shown(value: Any) -> Any:
    """Return what a template shows for a value: every text goes this way."""
    if isinstance(value, Markup):
        return value
    return safe(value) if isinstance(value, str) else value


def cleaned(data: Any) -> Any:
    """Return data with all of its texts made safe, keys too."""
    if isinstance(data, str):
        return safe(data)
    if isinstance(data, dict):
        return {safe(str(key)): cleaned(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [cleaned(value) for value in data]
    return data


def script_json(data: Any) -> Markup:
    """Write data as JSON that no text in it can end or leave."""
    text = json.dumps(cleaned(data), ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_IN_SCRIPT))  # noqa: S704 - no `<`, `>` or `&` is left in it


def packed(data: Any) -> Markup:
    """Write data as JSON, compressed, in base64; the same for the same data."""
    text = json.dumps(cleaned(data), ensure_ascii=False, separators=(",", ":"))
    made = base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()
    return Markup(made)  # noqa: S704 - letters and digits, `+`, `/` and `=`
