"""Where values of JSON text begin and end, by brackets and strings alone, without reading them."""

from __future__ import annotations

import re

BLANK = b" \t\r\n"
BLANKS = re.compile(rb"[ \t\r\n]*+")
BLANKS_IN_LINE = re.compile(rb"[ \t\r]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Up to a byte that matters and with it, strings skipped. At a string without an end that byte is
# missing, but it is a match all the same: a search from every byte behind would take for ever.
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+([{}\[\]])?', re.DOTALL)
_TO_SEPARATOR = re.compile(
    rb'[^"{}\[\],]*+(?:' + _STRING + rb'[^"{}\[\],]*+)*+([{}\[\],])?', re.DOTALL
)
_ONE_STRING = re.compile(_STRING, re.DOTALL)

# Codes that follow one another are decoded together: a character can take two.
_ESCAPED = re.compile(rb"(?P<code>(?:\\u[0-9a-fA-F]{4})+)|\\(?P<short>.)", re.DOTALL)
_SHORT = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
_BETWEEN = re.compile(rb"[ \t\r\n,]*+")

_OPENING = b"{["
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, COMMA, COLON, QUOTE = b'{}[],:"'


def skip(pattern: re.Pattern[bytes], text: bytes | bytearray, start: int) -> int:
    """Return the index behind what a pattern takes at `start`."""
    found = pattern.match(text, start)
    return found.end() if found else start


def end_of_document(text: bytes | bytearray, start: int) -> int:
    """Return the index behind the bracket that closes the one at `start`; -1 if it isn't there."""
    depth = 0
    for token in _TO_BRACKET.finditer(text, start):
        if not token.lastindex:
            break
        at = token.end()
        depth += 1 if text[at - 1] in _OPENING else -1
        if depth == 0:
            return at
    return -1


def end_of_element(text: bytes | bytearray, start: int) -> int:
    """Return the index of the comma or bracket that ends an array's element; -1 if not there."""
    return _end_before(text, start, (COMMA, CLOSE_ARRAY))


def end_of_member(text: bytes | bytearray, start: int) -> int:
    """Return the index of the comma or brace that ends an object's value; -1 if not there."""
    return _end_before(text, start, (COMMA, CLOSE_OBJECT))


def _end_before(text: bytes | bytearray, start: int, closing: tuple[int, ...]) -> int:
    at = start
    while (token := _TO_SEPARATOR.match(text, at)) and token.lastindex:
        at = token.end() - 1
        if text[at] in closing:
            return at
        at = end_of_document(text, at) if text[at] in _OPENING else at + 1
        if at < 0:
            break
    return -1


def end_of_string(text: bytes | bytearray, start: int) -> int:
    """Return the index behind the string at `start`; -1 if its end isn't there."""
    found = _ONE_STRING.match(text, start)
    return found.end() if found else -1


def end_of_line(text: bytes | bytearray, start: int) -> int:
    """Return the index of the next line's end; -1 if it isn't there."""
    return text.find(b"\n", start)


def members(text: bytes, *, partial: bool = False) -> dict[str, bytes] | None:
    """Return the texts of an object's values by their keys.

    Args:
        text: the object, and what may follow it.
        partial: the text may end before the object does; the last value is cut off, too.

    Returns:
        None for what is not an object as far as brackets, strings and separators tell.

    """
    at = skip(BLANKS, text, 0)
    if not text.startswith(b"{", at):
        return None
    found: dict[str, bytes] = {}
    at = skip(_BETWEEN, text, at + 1)
    while at < len(text) and text[at] != CLOSE_OBJECT:
        end = end_of_string(text, at)
        colon = skip(BLANKS, text, end)
        if end < 0 or not text.startswith(b":", colon):
            break
        start = skip(BLANKS, text, colon + 1)
        key = unescaped(text[at:end]).decode("utf-8", "replace")
        at = end_of_member(text, start)
        if at < 0:
            found[key] = text[start:]
            break
        found[key] = text[start:at].rstrip(BLANK)
        at = skip(_BETWEEN, text, at)
    else:
        if at < len(text) or partial:
            return found
    return found if partial else None


def unescaped(text: bytes) -> bytes:
    """Return what a JSON string holds, as bytes: those that are not UTF-8 stay as they are."""
    inner = text[1:-1]
    return _ESCAPED.sub(_character, inner) if b"\\" in inner else inner


def _character(found: re.Match[bytes]) -> bytes:
    if found["code"] is None:
        return _SHORT.get(found["short"], found["short"])
    units = found["code"].replace(b"\\u", b"")
    return (
        bytes.fromhex(units.decode())
        .decode("utf-16-be", "surrogatepass")
        .encode("utf-8", "surrogatepass")
    )
