"""ksqlDB's functions of texts. Texts are Java's: they are counted in UTF-16 units.

Where a function throws in ksqlDB it returns None here; the translation knows where that is.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

_JAVA_BLANKS = "".join(map(chr, range(0x21)))
_NO_LINE_END = "[^\n\r\x85\u2028\u2029]"


def units(text: str) -> list[str]:
    """Cut a text into UTF-16 units; half of a surrogate pair has no place in DuckDB."""
    if max(text, default="") <= "\uffff":
        return list(text)
    data = text.encode("utf-16-le", "surrogatepass")
    return [chr(data[at] | data[at + 1] << 8) for at in range(0, len(data), 2)]


def joined(parts: list[str]) -> str:
    """Join UTF-16 units; the replacement character stands for half of a pair."""
    text = "".join(parts)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def lcase(text: str) -> str:
    """`LCASE`: Java's toLowerCase; Python follows the same tables, the final sigma too."""
    return text.lower()


def ucase(text: str) -> str:
    """`UCASE`."""
    return text.upper()


def initcap(text: str) -> str:
    """`INITCAP`: blanks at the beginning are lost (`InitCap.java`)."""
    words = re.findall(r"[^ \t\n\x0b\f\r]+[ \t\n\x0b\f\r]*", text.lower())
    return "".join(word[:1].upper() + word[1:] for word in words)


def length(text: str) -> int:
    """`LEN`: the number of UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def instr(text: str | None, part: str | None, position: int | None, occurrence: int | None) -> int:
    """`INSTR`: 1-based, 0 where absent or where a text is NULL (`Instr.java`)."""
    if text is None or part is None:
        return 0
    position = 1 if position is None else position
    occurrence = 1 if occurrence is None else occurrence
    whole, wanted = units(text), units(part)
    if abs(position) > len(whole):
        return 0
    if position < 0:
        found = _ordinal(whole[::-1], wanted[::-1], -position, occurrence)
        return 0 if found < 0 else len(whole) + position - found - len(wanted) + 2
    found = _ordinal(whole, wanted, position, occurrence)
    return 0 if found < 0 else found + position


def first_at(text: str, part: str) -> int:
    """`INSTR` of two arguments that are texts, as DuckDB has them: without halves of pairs."""
    at = text.find(part)
    return 0 if at < 0 or not text else len(text[:at].encode("utf-16-le")) // 2 + 1


def _ordinal(whole: list[str], wanted: list[str], position: int, occurrence: int) -> int:
    """Find the nth occurrence from a 1-based position on, as commons-lang's ordinalIndexOf does."""
    rest = whole[max(position - 1, 0) :]
    if occurrence <= 0:
        return -1
    if not wanted:
        return 0
    at = -1
    for _ in range(occurrence):
        at = next((i for i in range(at + 1, len(rest)) if rest[i : i + len(wanted)] == wanted), -1)
        if at < 0:
            return -1
    return at


def substring(text: str, position: int, count: int | None = None) -> str:
    """`SUBSTRING`: from a 1-based position, a negative one counts from the end."""
    whole = units(text)
    size = len(whole)
    start = max(size + position, 0) if position < 0 else max(min(position - 1, size), 0)
    end = size if count is None else max(min(start + count, size), start)
    return joined(whole[start:end])


def trim(text: str) -> str:
    """`TRIM`: Java's trim takes control characters and the space, no others."""
    return text.strip(_JAVA_BLANKS)


def split(text: str, delimiter: str) -> list[str]:
    """`SPLIT` by a literal text; by an empty one between UTF-16 units (`Split.java`)."""
    return text.split(delimiter) if delimiter else [joined([unit]) for unit in units(text)] or [""]


def replace(text: str, old: str, new: str) -> str:
    """`REPLACE`: an empty text stands between all UTF-16 units."""
    if old:
        return text.replace(old, new)
    return joined([new, *(part for unit in units(text) for part in (unit, new))])


def lpad(text: str, size: int, padding: str) -> str | None:
    """`LPAD`: at most `size` UTF-16 units; None where nothing can be padded with."""
    return _padded(text, size, padding, lambda pad, whole: pad + whole)


def rpad(text: str, size: int, padding: str) -> str | None:
    """`RPAD`, see `lpad`."""
    return _padded(text, size, padding, lambda pad, whole: whole + pad)


def _padded(
    text: str, size: int, padding: str, join: Callable[[list[str], list[str]], list[str]]
) -> str | None:
    if not padding or size < 0:
        return None
    whole, pad = units(text), units(padding)
    missing = max(size - len(whole), 0)
    return joined(join((pad * (missing // len(pad) + 1))[:missing], whole)[:size])


_MASKS = {"Lu": "X", "Ll": "x", "Nd": "n"}


def mask(text: str) -> str:
    """`MASK`: letters and digits by their class, anything else as `-` (`Masker.java`)."""
    # Of a surrogate pair both halves are looked at: the pair, then its second half.
    return "".join(
        _MASKS.get(unicodedata.category(char), "-") + ("-" if char > "\uffff" else "")
        for char in text
    )


def chr_of_code(code: int) -> str | None:
    """`CHR` of a code point; None where it is none, or half of a pair."""
    valid = 0 <= code <= 0x10FFFF  # noqa: PLR2004 - the last character of Unicode
    return joined([chr(code)]) if valid else None


def chr_of_escape(text: str) -> str | None:
    r"""`CHR` of `\uXXXX`."""
    if len(text) < 6 or not text.startswith("\\u"):  # noqa: PLR2004 - the escape's length
        return None
    found = [chr(int(code, 16)) for code in re.findall(r"\\u+([0-9A-Fa-f]{4})", text)]
    return joined(found)


def compare(left: str, right: str) -> int:
    """Java's compareTo, by UTF-16 units: below 0, 0 or above."""
    first, second = left.encode("utf-16-be"), right.encode("utf-16-be")
    return (first > second) - (first < second)


def sort(texts: list[str | None], order: str) -> list[str | None]:
    """`ARRAY_SORT` of texts in the order ASC or DESC, NULL last."""
    known = [text for text in texts if text is not None]
    known.sort(key=lambda text: text.encode("utf-16-be"), reverse=order == "DESC")
    return [*known, *[None] * (len(texts) - len(known))]


@lru_cache(maxsize=4096)
def like_regex(pattern: str, escape: str) -> re.Pattern[str] | None:
    """Return what `LIKE` matches with; None where the pattern ends in its escape character."""
    parts, escaped = [], False
    for char in pattern:
        if escaped:
            parts.append(re.escape(char))
            escaped = False
        elif char == escape:
            escaped = True
        else:
            parts.append({"%": f"{_NO_LINE_END}*", "_": _NO_LINE_END}.get(char) or re.escape(char))
    return None if escaped else re.compile("".join(parts))


def like(text: str, pattern: str, escape: str) -> bool | None:
    """`LIKE` with a pattern that isn't constant; None where it throws."""
    regex = like_regex(pattern, escape)
    return None if regex is None else regex.fullmatch(text) is not None


# -- bytes ----------------------------------------------------------------------------------------


def to_bytes(text: str, encoding: str) -> bytes | None:
    """`TO_BYTES`; None where the text isn't of the encoding."""
    try:
        if encoding == "hex":
            return bytes.fromhex(text) if text.isalnum() or not text else None
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return text.encode("utf-8" if encoding == "utf8" else "ascii", "replace")


def from_bytes(data: bytes, encoding: str) -> str | None:
    """`FROM_BYTES`."""
    if encoding == "hex":
        return data.hex().upper()
    if encoding == "base64":
        return base64.b64encode(data).decode()
    return data.decode("utf-8" if encoding == "utf8" else "ascii", "replace")


def encode(text: str, before: str, after: str) -> str | None:
    """`ENCODE` from one encoding to another; None where it throws."""
    if before == after:
        return None
    if before == "base64":
        data: bytes | None = _loose_base64(text)
    else:
        data = to_bytes(_hex_digits(text) if before == "hex" else text, before)
    if data is None:
        return None
    return data.hex() if after == "hex" else from_bytes(data, after)


def _loose_base64(text: str) -> bytes:
    """Decode base64 as commons-codec does: what is none of its letters is passed by."""
    letters = re.sub(r"[^A-Za-z0-9+/]", "", text.partition("=")[0].translate(_URL_LETTERS))
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(whole + "=" * (-len(whole) % 4))


_URL_LETTERS = str.maketrans("-_", "+/")


def _hex_digits(text: str) -> str:
    """Take what may stand around hexadecimal digits off: `0x…`, `X'…'`."""
    found = re.fullmatch(r"(?:0x(.*)|[xX]'(.*)')", text, re.DOTALL)
    return text if found is None else found[1] or found[2] or ""


# -- URLs -----------------------------------------------------------------------------------------

_URI = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,\[\]\x80-\U0010ffff]|%[0-9A-Fa-f]{2})*"
    r"(?:\#(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,\[\]\x80-\U0010ffff]|%[0-9A-Fa-f]{2})*)?"
)


def is_url(text: str) -> bool:
    """Tell whether `java.net.URI` reads a text."""
    if _URI.fullmatch(text) is None or re.search(
        r"[\x80-\xa0\u1680\u2000-\u200a\u2028\u2029]", text
    ):
        return False
    scheme, colon, rest = text.partition(":")
    if colon and "/" not in scheme and "?" not in scheme and "#" not in scheme:
        # A scheme needs something behind it, and begins with a letter.
        return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) is not None and bool(rest)
    return True


def url_part(text: str, part: str) -> str | None:
    """`URL_EXTRACT_HOST` and its kind; None where the URL has no such part."""
    return _URL_PARTS[part](text, urlsplit(text)) if is_url(text) else None


def _is_opaque(url: SplitResult) -> bool:
    """Tell whether a URL has a scheme, but neither a host nor a path from the root."""
    return bool(url.scheme) and not url.netloc and not url.path.startswith("/")


def _host(_: str, url: SplitResult) -> str | None:
    host = re.sub(r"^[^@]*@|:\d*$", "", url.netloc)
    return host if _HOST.fullmatch(host) else None


_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(
    rf"(?:{_LABEL}\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?"
    r"|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]"
)
"""The last label of a name begins with a letter, or it is an address (`java.net.URI`)."""


def _query(text: str, url: SplitResult) -> str | None:
    return unquote(url.query) if "?" in text.partition("#")[0] and not _is_opaque(url) else None


def _port(_: str, url: SplitResult) -> str | None:
    found = re.search(r":(\d+)$", url.netloc)
    return found[1] if found else None


_URL_PARTS: dict[str, Callable[[str, SplitResult], str | None]] = {
    "fragment": lambda text, url: unquote(url.fragment) if "#" in text else None,
    "host": _host,
    "path": lambda _, url: None if _is_opaque(url) else unquote(url.path),
    "port": _port,
    "protocol": lambda text, url: text[: len(url.scheme)] or None,
    "query": _query,
}
