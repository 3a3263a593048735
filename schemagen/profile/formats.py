"""Format classes of text values: what a string looks like, never what it says.

Every string belongs to exactly one class, so that counts of classes add up. The numeric classes
follow what Java's `Integer.parseInt`, `Long.parseLong` and `Double.parseDouble` take, since that is
what decides whether ksqlDB reads such text into a number column or drops the record.
"""

from __future__ import annotations

import re
from calendar import monthrange, weekday
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

EMPTY = "empty"
TEXT = "text"
INT32 = "int32"
"""Canonical text of an integer of 32 bits: `-7`, never `007` or `+7`."""
INT53 = "int53"
"""The same beyond 32 bits, still exact in a double."""
INT64 = "int64"
"""The same beyond 2^53, within 64 bits."""
BIG_INTEGER = "big-integer"
"""Text of an integer beyond 64 bits."""
LOOSE_INT32 = "loose-int32"
"""Text that Java reads as an integer of 32 bits but would write differently: `007`, `+7`."""
LOOSE_INT64 = "loose-int64"
NUMBER = "number"
"""Text of a decimal fraction or with an exponent."""
JAVA_DOUBLE = "java-double"
"""Text that only `Double.parseDouble` takes: `NaN`, `1.5d`, ` 2.5 `."""
BASE64 = "base64"
BASE64_LIKE = "base64-like"
"""Valid base64 that is as likely a plain word, such as `User`."""
DATE_TIME = "date-time:"
"""Prefix of the date-time classes; a pattern of Java's `DateTimeFormatter` follows."""
OTHER_DATE_TIME = "other-date-time"
"""A date and time that ksqlDB does not take for an event's: before 1970, or a day that isn't."""
HEX = "hex"
BOOLEAN = "boolean"
DATE = "date"
TIME = "time"
IPV4 = "ipv4"
IPV6 = "ipv6"
UUID = "uuid"
GUID = "guid"
"""A UUID in braces, as Windows writes them."""
SID = "sid"
MAC = "mac"
JSON_OBJECT = "json-object"
"""Text that is a JSON object: `{"level":"warn"}`."""
JSON_ARRAY = "json-array"

INTEGER_TEXT = frozenset({INT32, INT53, INT64, BIG_INTEGER, LOOSE_INT32, LOOSE_INT64})
PLAIN = frozenset({EMPTY, TEXT, BASE64_LIKE})
"""Classes that say nothing worth a remark."""
DATA_LIKE = frozenset(
    {INT32, INT53, INT64, BIG_INTEGER, HEX, DATE, IPV4, IPV6, UUID, GUID, SID, MAC}
)
"""Classes that a name of a field does not have: a key of such a class is data."""

_HEX = "[0-9A-Fa-f]"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH_NUMBER = r"(?:0[1-9]|1[0-2])"
_MONTH_DAY = rf"{_MONTH_NUMBER}-{_DAY}"
_UUID = rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?:{'|'.join(_MONTHS)})"
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_OFFSET = r"[+-](?:(?:0\d|1[0-7])(?::?[0-5]\d)?|18(?::?00)?)"
_PLACE = r"(?:[A-Za-z_]+(?:/[A-Za-z_+-]+)+|UTC|GMT)"
_EPOCH_YEAR = 1971
"""With a zone, the first hours of 1970 can lie before it."""

# One alternation, so that a text that is nothing special fails on its first character.
_SHAPES = re.compile(
    rf"""(?:
      (?P<iso>\d{{4}}(?P<ymd>[-/]){_MONTH_NUMBER}(?P=ymd){_DAY}(?P<sep>[Tt ])
          {_CLOCK}(?P<fraction>[.,]\d{{1,9}})?
          (?P<zone>(?P<offset>[ ]?(?:[Zz]|{_OFFSET}))(?P<place>\[{_PLACE}\])?
              |[ ](?:UTC|GMT|utc|gmt|(?P<city>{_PLACE})))?)
    | (?P<ipv4>{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET})
    | (?P<uuid>{_UUID})
    | (?P<date>\d{{4}}-{_MONTH_DAY})
    | (?P<time>{_CLOCK}(?:\.\d{{1,9}})?)
    | (?P<mac>(?:{_HEX}{{2}}[:-]){{5}}{_HEX}{{2}})
    | (?P<apache>{_DAY}/{_MONTH}/\d{{4}}:{_CLOCK}[ ][+-]\d{{4}})
    | (?P<rfc>(?:{"|".join(_WEEKDAYS)}),[ ](?:{_DAY}|[1-9])[ ]{_MONTH}[ ]\d{{4}}[ ]{_CLOCK}
          (?P<rfc_zone>[ ](?:{_OFFSET}|UTC|GMT)))
    | (?P<hex>0[xX]{_HEX}+)
    | (?P<integer>[+-]?\d+)
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<double>[\x00-\x20]*[+-]?(?:NaN|Infinity
          |(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)[\x00-\x20]*)
    | (?P<guid>\{{{_UUID}\}})
    | (?P<sid>S-1-\d{{1,15}}(?:-\d{{1,10}}){{0,15}})
    | (?P<boolean>true|false|True|False|TRUE|FALSE)
    )\Z""",
    re.VERBOSE | re.ASCII,
)
_IPV6 = re.compile(
    rf"(?:{_HEX}{{0,4}}:){{2,7}}(?:{_HEX}{{0,4}}|{_OCTET}(?:\.{_OCTET}){{3}})(?:%[\w.-]+)?\Z",
    re.ASCII,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]++={0,2}\Z")
_CANONICAL = re.compile(r"(?:0|-?[1-9]\d*)\Z", re.ASCII)

LONGEST_SHORT = 200
"""Longer text is base64 or plain text; the scan of its digits would only cost time."""
_BASE64_CERTAIN = 16
"""From this length on, upper case, lower case and digits together are base64 and no word."""


def classify(text: str) -> str:
    """Return the one format class that `text` belongs to."""
    # Long texts stay out of the cache: it is bounded by entries, not by bytes.
    return classify_short(text) if len(text) <= LONGEST_SHORT else _classify_plain(text)


class FormatCache(dict[str, str]):
    """The class beside each text met lately: a look-up that misses finds it out.

    Dropping all at once when it is full costs less than knowing which was met last.
    """

    def __missing__(self, text: str) -> str:
        if len(self) >= _MAX_CLASSES:
            self.clear()
        self[text] = found = _classify_short(text)
        return found


_MAX_CLASSES = 65_536
_CLASSES = FormatCache()
classify_short: Callable[[str], str] = _CLASSES.__getitem__
"""`classify` for texts of up to `LONGEST_SHORT` characters, without a step in Python for those met
lately."""


def _classify_short(text: str) -> str:
    if not text:
        return EMPTY
    match = _SHAPES.match(text)
    if match is not None:
        return _named(match, text)
    if ":" in text and text[0] not in "{[":
        return IPV6 if _is_ipv6(text) else TEXT
    return _classify_plain(text)


def _classify_plain(text: str) -> str:
    if text[0] in "{[" and (kind := _json_class(text)) is not None:
        return kind
    if len(text) % 4 == 0 and _BASE64.match(text):
        return BASE64 if _surely_base64(text) else BASE64_LIKE
    return TEXT


def _json_class(text: str) -> str | None:
    """Return the class of a text that is a JSON object or array; None of any other."""
    if text[0] == "{":
        return None if json_object(text) is None else JSON_OBJECT
    try:
        return JSON_ARRAY if text[-1] == "]" and orjson.loads(text) is not None else None
    except ValueError:
        return None


def json_object(text: str) -> dict[str, Any] | None:
    """Read a text that is a JSON object; None of any other."""
    if not text.startswith("{") or not text.endswith("}"):
        return None
    try:
        value: dict[str, Any] = orjson.loads(text)
    except ValueError:
        return None
    return value


def zone_pattern(zone: str) -> str:
    """Return the pattern that takes a zone.

    Args:
        zone: as written, with the space before it: empty, `Z`, `+hh`, `+hhmm`, `+hh:mm`, ` UTC`.

    """
    space, name = " " * zone.startswith(" "), zone.lstrip()
    if name.isalpha() and name not in {"Z", "z"}:
        return f"{space}VV"
    return space + {0: "", 1: "X", 3: "X", 5: "XX", 6: "XXX"}[len(name)]


def _iso_pattern(match: re.Match[str]) -> str:
    date = "yyyy-MM-dd".replace("-", match["ymd"])
    literal = " " if match["sep"] == " " else "'T'"  # Java reads letters in either case
    written = match["fraction"] or ""
    fraction = written[:1] + "S" * len(written[1:])
    zone = " VV" if match["city"] else zone_pattern(match["offset"] or match["zone"] or "")
    place = "'['VV']'" if match["place"] else ""
    return f"{date}{literal}HH:mm:ss{fraction}{zone}{place}"


def _rfc_pattern(match: re.Match[str]) -> str:
    day = "dd" if match["rfc"][6].isdigit() else "d"
    return f"EEE, {day} MMM yyyy HH:mm:ss{zone_pattern(match['rfc_zone'])}"


_DATE_TIMES: dict[str, Callable[[re.Match[str]], str]] = {
    "iso": _iso_pattern,
    "apache": lambda _: "dd/MMM/yyyy:HH:mm:ss Z",
    "rfc": _rfc_pattern,
}
"""What makes the pattern of Java's `DateTimeFormatter` that takes a text of each kind."""


def _named(match: re.Match[str], text: str) -> str:
    kind = match.lastgroup or TEXT
    pattern_of = _DATE_TIMES.get(kind)
    if pattern_of is not None:
        place = (match["city"] or match["place"] or "").strip("[]") if kind == "iso" else ""
        if "/" in place and place_named(place) is None:
            return TEXT
        return DATE_TIME + pattern_of(match) if _is_event_day(text, kind) else OTHER_DATE_TIME
    if kind == "integer":
        return _integer_class(text)
    return JAVA_DOUBLE if kind == "double" else kind


@cache
def _places() -> dict[str, str]:
    # Few logs name places, and all of them take their time to be listed.
    return {name.casefold(): name for name in available_timezones()}


def place_named(text: str) -> str | None:
    """Return the name of a time zone such as `Europe/Berlin`, which Java reads in any case."""
    return _places().get(text.casefold())


def _is_event_day(text: str, kind: str) -> bool:
    """Return whether ksqlDB can take the day for an event's: it exists, and not before 1970.

    Java's parser makes 28 February of the 30th, it refuses a day of the week that isn't the date's,
    and Kafka Streams drops records before 1970.
    """
    if kind == "iso":
        year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    else:
        parts = text[5:].split() if kind == "rfc" else text[:11].split("/")
        year, month, day = int(parts[2]), _MONTHS.index(parts[1]) + 1, int(parts[0])
    if year < _EPOCH_YEAR or day > monthrange(year, month)[1]:
        return False
    return kind != "rfc" or _WEEKDAYS[weekday(year, month, day)] == text[:3]


def _integer_class(text: str) -> str:
    canonical = _CANONICAL.match(text) is not None
    significant = text.lstrip("+-").lstrip("0")
    if len(significant) > 19:  # noqa: PLR2004 - 2^63 has 19 digits
        return BIG_INTEGER
    value = int(text)
    if -(2**31) <= value < 2**31:
        return INT32 if canonical else LOOSE_INT32
    if not -(2**63) <= value < 2**63:
        return BIG_INTEGER
    if not canonical:
        return LOOSE_INT64
    return INT53 if -(2**53) <= value <= 2**53 else INT64


def _is_ipv6(text: str) -> bool:
    if _IPV6.match(text) is None:
        return False
    address = text.partition("%")[0]
    compressed = address.count("::")
    groups = address.count(":") + 1 + ("." in address)
    if compressed == 0:
        return groups == 8 and "" not in address.split(":")  # noqa: PLR2004 - RFC 4291, 2.2
    return compressed == 1 and ":::" not in address and groups <= 9  # noqa: PLR2004 - same


def _surely_base64(text: str) -> bool:
    if len(text) < _BASE64_CERTAIN:
        return False
    if text.endswith("="):
        return True
    return (
        any("A" <= c <= "Z" for c in text)
        and any("a" <= c <= "z" for c in text)
        and any("0" <= c <= "9" for c in text)
    )
