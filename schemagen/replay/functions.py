"""ksqlDB's functions that DuckDB has no exact equal of, and their registration.

Texts are Java's: they are counted in UTF-16 units. Where a function throws in ksqlDB it gives NULL
here; the translation tells where that is. Sources: the classes of `function/udf` in ksqlDB's
engine, `LikeEvaluator`, `SqlBooleans` and `SqlDoubles`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from schemagen.ksqldb.reader import RecordDroppedError, RowReader, as_text
from schemagen.ksqldb.types import BIGINT, DOUBLE, INT, Scalar
from schemagen.replay.javaregex import translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

_JAVA_BLANKS = "".join(map(chr, range(0x21)))
_NO_LINE_END = "[^\n\r\x85\u2028\u2029]"
_MISSING = object()


class InvalidPathError(ValueError):
    """A JSON path that ksqlDB refuses."""


# -- texts ----------------------------------------------------------------------------------------


def lcase(text: str) -> str:
    """`LCASE`: Java's toLowerCase; Python follows the same tables, the final sigma too."""
    return text.lower()


def ucase(text: str) -> str:
    """`UCASE`."""
    return text.upper()


def length(text: str) -> int:
    """`LEN`: the number of UTF-16 units."""
    return len(text) + sum(1 for char in text if char > "\uffff")


def instr(text: str | None, part: str | None, position: int, occurrence: int) -> int:
    """`INSTR`: 1-based, 0 where absent or where a text is NULL (`Instr.java`)."""
    if text is None or part is None:
        return 0
    units, wanted = _units(text), _units(part)
    if abs(position) > len(units):
        return 0
    if position < 0:
        found = _ordinal(units[::-1], wanted[::-1], -position, occurrence)
        return 0 if found < 0 else len(units) + position - found - len(wanted) + 2
    found = _ordinal(units, wanted, position, occurrence)
    return 0 if found < 0 else found + position


def _ordinal(units: list[int], wanted: list[int], position: int, occurrence: int) -> int:
    """Find the nth occurrence from a 1-based position on, as commons-lang's ordinalIndexOf does."""
    rest = units[max(position - 1, 0) :]
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


def _units(text: str) -> list[int]:
    if text.isascii():
        return list(text.encode())
    data = text.encode("utf-16-le")
    return [data[i] | data[i + 1] << 8 for i in range(0, len(data), 2)]


def substring(text: str, position: int, count: int | None) -> str:
    """`SUBSTRING`: from a 1-based position, a negative one counts from the end."""
    plain = all(char <= "\uffff" for char in text)
    units: Any = text if plain else text.encode("utf-16-le")
    width = 1 if plain else 2
    size = len(units) // width
    start = max(size + position, 0) if position < 0 else max(min(position - 1, size), 0)
    end = size if count is None else max(min(start + count, size), start)
    part = units[start * width : end * width]
    # Half of a pair has no place in DuckDB; a replacement stands for it.
    return str(part if plain else part.decode("utf-16-le", "replace"))


def trim(text: str) -> str:
    """`TRIM`: Java's trim takes control characters and the space, no others."""
    return text.strip(_JAVA_BLANKS)


def split(text: str, delimiter: str) -> list[str]:
    """`SPLIT` by a literal text; by an empty one into characters."""
    if delimiter:
        return text.split(delimiter)
    return list(text) or [""]


def compare(left: str, right: str) -> int:
    """Java's compareTo, by UTF-16 units: below 0, 0 or above."""
    first, second = left.encode("utf-16-be"), right.encode("utf-16-be")
    return (first > second) - (first < second)


@lru_cache(maxsize=4096)
def like_regex(pattern: str, escape: str) -> re.Pattern[str] | None:
    """Make what `LIKE` matches with; None where the pattern ends in its escape character."""
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
    """`LIKE` with a pattern that isn't constant; NULL where it throws."""
    regex = like_regex(pattern, escape)
    return None if regex is None else regex.fullmatch(text) is not None


def regexp_extract(pattern: str, text: str, group: int) -> str | None:
    """`REGEXP_EXTRACT` with a pattern that is known to translate."""
    regex = translate(pattern).regex
    if not 0 <= group <= regex.groups:
        return None
    found = regex.search(text)
    return None if found is None else found[group]


# -- casts ----------------------------------------------------------------------------------------


def _parsed(declared: Scalar, text: str) -> Any:
    try:
        return RowReader(declared).read(trim(text))
    except RecordDroppedError:
        return None


def to_int(text: str) -> Any:
    """`CAST` of text AS INT."""
    return _parsed(INT, text)


def to_bigint(text: str) -> Any:
    """`CAST` of text AS BIGINT."""
    return _parsed(BIGINT, text)


def to_double(text: str) -> float | None:
    """`CAST` of text AS DOUBLE, which refuses NaN and the infinities."""
    number: float | None = _parsed(DOUBLE, text)
    return number if number is not None and abs(number) < float("inf") else None


def to_boolean(text: str) -> bool:
    """`CAST` of text AS BOOLEAN: any beginning of `true` or `yes`, in any case."""
    word = trim(text).lower()
    return bool(word) and ("true".startswith(word) or "yes".startswith(word))


def to_decimal(text: str, precision: int, scale: int) -> str | None:
    """`CAST` of text AS DECIMAL, rounded half up; the result is a text."""
    try:
        with localcontext(prec=precision + scale + 2):
            exact = Decimal(trim(text)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    except InvalidOperation:
        return None
    return f"{exact:f}" if abs(exact) < Decimal(10) ** (precision - scale) else None


def double_text(number: float) -> str:
    """`CAST` of DOUBLE AS VARCHAR: Java's Double.toString."""
    if number != number or abs(number) == float("inf"):  # noqa: PLR0124 - NaN isn't itself
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(number)]
    if number == 0 or 1e-3 <= abs(number) < 1e7:  # noqa: PLR2004 - where Java needs no exponent
        plain = f"{Decimal(repr(number)):f}"
        return plain if "." in plain else f"{plain}.0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    power = int(exponent) + len(text) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def double_to_int(number: float, bits: int) -> int:
    """Java's narrowing of a double: NaN is 0, what is too large is the largest."""
    if number != number:  # noqa: PLR0124 - NaN isn't itself
        return 0
    half = int(1 << (bits - 1))
    least, greatest = -half, half - 1
    if abs(number) == float("inf"):
        return greatest if number > 0 else least
    return max(least, min(greatest, int(number)))


# -- JSON in texts --------------------------------------------------------------------------------

_SEGMENT = re.compile(r'\.([\w:@]+)|\[(?:"((?:[^"\\]|\\["\\])*)"|(\w+))\]')


@lru_cache(maxsize=1024)
def json_path(path: str) -> tuple[str, ...]:
    """Read a path such as `$.a["b"][0]` (`JsonPathTokenizer`).

    Raises:
        InvalidPathError: ksqlDB refuses it.

    """
    if not path.startswith("$"):
        raise InvalidPathError
    steps, at = [], 1
    while at < len(path):
        found = _SEGMENT.match(path, at)
        if found is None:
            raise InvalidPathError
        quoted = found[2]
        steps.append(found[1] or found[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = found.end()
    return tuple(steps)


def _read_json(text: str) -> Any:
    if not text.strip(" \t\r\n"):
        return _MISSING
    return json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant).raw_decode(
        text.lstrip(" \t\r\n")
    )[0]


def _no_constant(_: str) -> None:
    raise ValueError


def is_json(text: str) -> bool:
    """Tell whether ksqlDB can parse the text as JSON."""
    try:
        _read_json(text)
    except (ValueError, RecursionError):
        return False
    return True


def extract_json_field(text: str, path: str) -> str | None:
    """`EXTRACTJSONFIELD` of valid JSON: texts as they are, anything else as JSON."""
    try:
        node = _read_json(text)
    except (ValueError, RecursionError):
        return None
    for step in json_path(path):
        if isinstance(node, list):
            index = int(step) if re.fullmatch(r"[+-]?[0-9]+", step) else -1
            node = node[index] if 0 <= index < len(node) else _MISSING
        else:
            node = node.get(step, _MISSING) if isinstance(node, dict) else _MISSING
        if node is _MISSING:
            return None
    if isinstance(node, str):
        return node
    return "" if node is _MISSING else json_text(node)


def json_text(node: Any) -> str:
    """Write JSON as Jackson does: compact."""
    if isinstance(node, list):
        return "[" + ",".join(map(json_text, node)) + "]"
    if isinstance(node, str):
        return json.dumps(node, ensure_ascii=False)
    return "null" if node is None else as_text(node)


def iso_utc(milliseconds: int) -> str:
    """Write a time as `2024-05-06T07:08:09.123Z`."""
    time = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"


# -- registration ---------------------------------------------------------------------------------

_FUNCTIONS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "ksql_lcase": (lcase, "VARCHAR", "VARCHAR"),
    "ksql_ucase": (ucase, "VARCHAR", "VARCHAR"),
    "ksql_len": (length, "VARCHAR", "INTEGER"),
    "ksql_trim": (trim, "VARCHAR", "VARCHAR"),
    "ksql_split": (split, "VARCHAR VARCHAR", "VARCHAR[]"),
    "ksql_compare": (compare, "VARCHAR VARCHAR", "INTEGER"),
    "ksql_like": (like, "VARCHAR VARCHAR VARCHAR", "BOOLEAN"),
    "ksql_regexp_extract": (regexp_extract, "VARCHAR VARCHAR INTEGER", "VARCHAR"),
    "ksql_to_int": (to_int, "VARCHAR", "INTEGER"),
    "ksql_to_bigint": (to_bigint, "VARCHAR", "BIGINT"),
    "ksql_to_double": (to_double, "VARCHAR", "DOUBLE"),
    "ksql_to_boolean": (to_boolean, "VARCHAR", "BOOLEAN"),
    "ksql_to_decimal": (to_decimal, "VARCHAR INTEGER INTEGER", "VARCHAR"),
    "ksql_double_text": (double_text, "DOUBLE", "VARCHAR"),
    "ksql_double_to_int": (double_to_int, "DOUBLE INTEGER", "BIGINT"),
    "ksql_is_json": (is_json, "VARCHAR", "BOOLEAN"),
    "ksql_json_field": (extract_json_field, "VARCHAR VARCHAR", "VARCHAR"),
    "ksql_substring": (lambda text, at: substring(text, at, None), "VARCHAR INTEGER", "VARCHAR"),
    "ksql_substring_of": (substring, "VARCHAR INTEGER INTEGER", "VARCHAR"),
    "ksql_iso_utc": (iso_utc, "BIGINT", "VARCHAR"),
    "ksql_instr": (instr, "VARCHAR VARCHAR INTEGER INTEGER", "INTEGER"),
}


_SPECIAL: Any = "special"


def register(connection: DuckDBPyConnection) -> None:
    """Make the functions known to DuckDB; each gives NULL where an argument is NULL."""
    for name, (function, parameters, result) in _FUNCTIONS.items():
        connection.create_function(
            name,
            function if function is instr else _strict(function, len(parameters.split())),
            [connection.type(each) for each in parameters.split()],
            connection.type(result),
            # Else DuckDB refuses a function that gives NULL for arguments that aren't.
            null_handling=_SPECIAL,
        )


def _strict(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    """Give NULL where an argument is NULL; DuckDB counts the parameters of what it is given."""
    if arity == 1:
        return lambda a: None if a is None else function(a)
    if arity == 2:  # noqa: PLR2004 - as many as the lambda has
        return lambda a, b: None if a is None or b is None else function(a, b)
    return lambda a, b, c: None if a is None or b is None or c is None else function(a, b, c)
