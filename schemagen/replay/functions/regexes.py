"""Regular expressions with patterns that are known to translate (`function/udf/string`)."""

from __future__ import annotations

from schemagen.replay.functions.alternatives import alternatives, first_of
from schemagen.replay.javaregex import translate


def extract(pattern: str, text: str, group: int) -> str | None:
    """`REGEXP_EXTRACT`."""
    listed = None if group else alternatives(pattern)
    if listed is not None:
        return first_of(listed, text)
    regex = translate(pattern).regex
    if not 0 <= group <= regex.groups:
        return None
    found = regex.search(text)
    return None if found is None else found[group]


def extract_all(pattern: str, text: str, group: int) -> list[str | None] | None:
    """`REGEXP_EXTRACT_ALL`."""
    regex = translate(pattern).regex
    if not 0 <= group <= regex.groups:
        return None
    return [found[group] for found in regex.finditer(text)]


def replace(pattern: str, text: str, new: str) -> str:
    """`REGEXP_REPLACE` by a plain text."""
    return translate(pattern).regex.sub(lambda _: new, text)


def split(pattern: str, text: str) -> list[str]:
    """`REGEXP_SPLIT_TO_ARRAY`: by Guava's splitter, or Java's where the empty text matches."""
    regex = translate(pattern).regex
    if regex.fullmatch("") is None:
        return _pieces([found.span() for found in regex.finditer(text)], text)
    spans = [found.span() for found in regex.finditer(text)]
    # Java's leaves out an empty piece before a match of nothing, and those at the end.
    spans = [span for span in spans if span[1]]
    pieces = _pieces(spans, text)
    while len(pieces) > 1 and not pieces[-1]:
        pieces.pop()
    return pieces


def _pieces(spans: list[tuple[int, int]], text: str) -> list[str]:
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]
