"""Names and string literals: what ksqlDB's lexer takes, and what survives its later rewrites.

The rules are those of `SqlBase.g4` (identifiers, keywords), `Name.java` and `SqlStruct.java` (names
that are refused), `SystemColumns.java` (pseudo columns) and `FormatOptions.java` (how ksqlDB writes
a name again into the plans that it stores).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import UnsupportedError

from schemagen.errors import InputError

RESERVED = frozenset(
    """
    ADVANCE ALL AND AS AT BEGINNING BETWEEN BY CASE CAST CATALOG CONNECTOR CONNECTORS CREATE DAYS
    DECIMAL DELETE DESCRIBE DISTINCT DROP ELSE END EXISTS EXPORT EXTENDED FALSE FROM FULL GROUP
    HAVING HOPPING HOURS IN INNER INSERT INTO IS JOIN LEFT LIKE LIMIT LIST LOAD MATERIALIZED
    MILLISECOND MILLISECONDS MINUTES MONTHS NAMESPACE NOT NULL ON OR OUTER PAUSE PRINT PROPERTIES
    QUERIES QUERY RENAME RESUME RETENTION RIGHT RUN SAMPLE SCRIPT SECONDS SELECT SIZE STREAM STREAMS
    TABLE TERMINATE THEN TO TOPIC TOPICS TRUE TUMBLING UNSET VALUES VIEW WHEN WHERE WINDOW WITH
    WITHIN YEARS
    """.split()  # noqa: SIM905 - a list of literals, one word a line, would fill two screens
)
"""Keywords that need back-ticks wherever a name may stand."""

NON_RESERVED = frozenset(
    """
    ADD ALTER ANALYZE ARRAY ASSERT CHANGES COLUMN COLUMNS DATE DAY DEFINE EMIT ESCAPE EXPLAIN FINAL
    FUNCTION FUNCTIONS GRACE HEADER HEADERS HOUR ID IF INTEGER INTERVAL KEY MAP MINUTE MONTH
    PARTITION PARTITIONS PERIOD PLUGINS PRIMARY REPLACE RESET SCHEMA SECOND SESSION SET SHOW SINK
    SOURCE STRING STRUCT SUBJECT SYSTEM TABLES TIME TIMEOUT TIMESTAMP TYPE TYPES UNDEFINE VARIABLES
    YEAR ZONE
    """.split()  # noqa: SIM905 - a list of literals, one word a line, would fill two screens
)
"""Keywords that are names like any other where a name may stand."""

PSEUDO_COLUMNS = frozenset({"ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND"})
"""Columns that ksqlDB adds by itself."""

MAX_LITERAL_BYTES = 65_535
"""The longest string constant, in bytes of UTF-8, that a Java class file can hold."""

_UNQUOTED = re.compile(r"[A-Za-z_][A-Za-z0-9_@]*")
_STREAM = re.compile(r"[A-Za-z0-9_-]+")
_TRIMMED = "".join(map(chr, range(0x21)))
"""What Java's `String.trim` takes away."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_FRAGILE_IN_MIGRATIONS = (";", "'", "--", "/*")


class UnwritableError(InputError, UnsupportedError):
    """Something that has no safe form in ksqlDB's SQL.

    An error of the user's for the command line, and sqlglot's own kind of error for those who call
    the generator through sqlglot.
    """


def fold(name: str) -> str:
    """Return a name the way ksqlDB stores it when it is written without back-ticks.

    ksqlDB looks stored names up among the JSON keys folded by the same function, Java's
    `String.toUpperCase`; Python's `str.upper` follows the same Unicode tables (`ß` gives `SS`).
    """
    return name.upper()


@lru_cache(maxsize=100_000)
def is_unquoted(name: str) -> bool:
    """Tell whether the lexer reads `name`, as it stands, as a name and not as a reserved word."""
    return _UNQUOTED.fullmatch(name) is not None and name.upper() not in RESERVED


def needs_quotes(name: str) -> bool:
    """Tell whether a column or field of this name must stand in back-ticks.

    A name that begins with a digit is quoted too, although the lexer would take most of them: `1e5`
    is a number. The spelling doesn't matter here: an unquoted name is stored in capitals, and then
    matches the JSON key in any case.
    """
    return not is_unquoted(name)


@lru_cache(maxsize=100_000)
def stored(name: str, *, quoted: bool) -> str:
    """Return a name the way ksqlDB keeps it, given whether the tree asks for back-ticks."""
    return name if quoted or needs_quotes(name) else fold(name)


def is_stream_name(name: str) -> bool:
    """Tell whether a stream or table can have this name (`ParserUtil.java`), quoted or not."""
    return _STREAM.fullmatch(name) is not None


@lru_cache(maxsize=100_000)
def why_not_representable(name: str, *, top_level: bool = False) -> str | None:
    """Say why a JSON key can't be the name of a column or STRUCT field.

    Line breaks and other control characters inside a quoted name are legal for the parser. They are
    refused all the same: nobody can see them in a reviewed statement, and tools that read scripts
    line by line break on them.

    Args:
        name: the key.
        top_level: whether it would be a column rather than a field of a STRUCT.

    Returns:
        The reason as a fragment of a sentence, None when the key can be a name.

    """
    control = any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in name)
    reasons = {
        "it is empty": not name,
        "it begins or ends with white space or a control character": name != name.strip(_TRIMMED),
        "it holds half a surrogate pair, which UTF-8 can't encode": _SURROGATE.search(name),
        "it holds a control character or a line separator": control,
        "it holds a back-tick, which ksqlDB loses when it writes the statement again": "`" in name,
        "it holds `${`, which ksqlDB's clients replace by a variable": "${" in name,
        "it is the name of a column that ksqlDB adds by itself": (
            top_level and fold(name) in PSEUDO_COLUMNS
        ),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def why_fragile(name: str) -> list[str]:
    """Say what is fragile about a name that ksqlDB itself takes.

    The splitter of ksql-migrations (`CommandParser.java`) knows strings, comments and semicolons,
    but no quoted names. Such a name is legal everywhere else, and leaving it out would lose data:
    so it is kept, with this warning.
    """
    found = [
        f"it holds `{text}`, on which ksql-migrations splits the statement"
        for text in _FRAGILE_IN_MIGRATIONS
        if text in name
    ]
    if any(unicodedata.category(char) == "Cf" for char in name):
        found.append("it holds an invisible character or one that changes the writing direction")
    return found


def string_literal(text: str) -> exp.Expr:
    """Return an expression whose value is `text` and in which `$` and `{` never touch.

    ksqlDB's CLI and ksql-migrations replace `${name}` all over a statement, also inside literals.
    The literal is split between the two characters, and the parts are joined by CONCAT: the engine
    refuses every `||`.

    Raises:
        UnwritableError: the text can't be encoded, or is longer than a constant can be.

    """
    check_text(text)
    if len(text.encode()) > MAX_LITERAL_BYTES:
        raise UnwritableError(
            f"A text of more than {MAX_LITERAL_BYTES:,} bytes can't be a constant in ksqlDB.",
            "Shorten it.",
        )
    parts = [exp.Literal.string(part) for part in re.split(r"(?<=\$)(?=\{)", text)]
    return parts[0] if len(parts) == 1 else exp.Anonymous(this="CONCAT", expressions=parts)


def check_text(text: str) -> None:
    """Refuse text that can't be written as UTF-8.

    Raises:
        UnwritableError: the text holds half a surrogate pair.

    """
    if _SURROGATE.search(text):
        raise UnwritableError(
            "A text holds half a surrogate pair, which UTF-8 can't encode.",
            "Look for a broken escape such as \\ud83d without its second half.",
        )
