"""ksqlDB's functions that DuckDB has no exact equal of, made known to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemagen.replay.functions import jsontexts, numbers, regexes, texts, times

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb import DuckDBPyConnection

_FUNCTIONS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "ksql_chr": (texts.chr_of_code, "INTEGER", "VARCHAR"),
    "ksql_chr_of": (texts.chr_of_escape, "VARCHAR", "VARCHAR"),
    "ksql_compare": (texts.compare, "VARCHAR VARCHAR", "INTEGER"),
    "ksql_double_text": (numbers.double_text, "DOUBLE", "VARCHAR"),
    "ksql_double_to_int": (numbers.double_to_int, "DOUBLE INTEGER", "BIGINT"),
    "ksql_encode": (texts.encode, "VARCHAR VARCHAR VARCHAR", "VARCHAR"),
    "ksql_format_time": (times.format_time, "BIGINT VARCHAR", "VARCHAR"),
    "ksql_from_bytes": (texts.from_bytes, "BLOB VARCHAR", "VARCHAR"),
    "ksql_geo_distance": (numbers.geo_distance, "DOUBLE DOUBLE DOUBLE DOUBLE", "DOUBLE"),
    "ksql_initcap": (texts.initcap, "VARCHAR", "VARCHAR"),
    "ksql_instr_any": (texts.first_at, "VARCHAR VARCHAR", "INTEGER"),
    "ksql_instr_from": (texts.instr, "VARCHAR VARCHAR INTEGER INTEGER", "INTEGER"),
    "ksql_is_json": (jsontexts.is_json, "VARCHAR", "BOOLEAN"),
    "ksql_is_json_value": (jsontexts.is_json_value, "VARCHAR", "BOOLEAN"),
    "ksql_is_url": (texts.is_url, "VARCHAR", "BOOLEAN"),
    "ksql_json_array_contains": (
        jsontexts.array_contains,
        "VARCHAR VARCHAR VARCHAR",
        "BOOLEAN",
    ),
    "ksql_json_array_length": (jsontexts.array_length, "VARCHAR", "INTEGER"),
    "ksql_json_concat": (jsontexts.concat, "VARCHAR VARCHAR", "VARCHAR"),
    "ksql_json_field": (jsontexts.extract_json_field, "VARCHAR VARCHAR", "VARCHAR"),
    "ksql_json_items": (jsontexts.items, "VARCHAR", "VARCHAR[]"),
    "ksql_json_keys": (jsontexts.keys, "VARCHAR", "VARCHAR[]"),
    "ksql_json_records": (jsontexts.records, "VARCHAR", "MAP(VARCHAR,VARCHAR)"),
    "ksql_lcase_any": (texts.lcase, "VARCHAR", "VARCHAR"),
    "ksql_len_any": (texts.length, "VARCHAR", "INTEGER"),
    "ksql_like": (texts.like, "VARCHAR VARCHAR VARCHAR", "BOOLEAN"),
    "ksql_lpad": (texts.lpad, "VARCHAR INTEGER VARCHAR", "VARCHAR"),
    "ksql_mask": (texts.mask, "VARCHAR", "VARCHAR"),
    "ksql_nested_text": (jsontexts.nested_text, "VARCHAR VARCHAR", "VARCHAR"),
    "ksql_parse_time": (times.parse_time, "VARCHAR VARCHAR", "BIGINT"),
    "ksql_regexp_extract": (regexes.extract, "VARCHAR VARCHAR INTEGER", "VARCHAR"),
    "ksql_regexp_extract_all": (regexes.extract_all, "VARCHAR VARCHAR INTEGER", "VARCHAR[]"),
    "ksql_regexp_replace": (regexes.replace, "VARCHAR VARCHAR VARCHAR", "VARCHAR"),
    "ksql_regexp_split": (regexes.split, "VARCHAR VARCHAR", "VARCHAR[]"),
    "ksql_replace": (texts.replace, "VARCHAR VARCHAR VARCHAR", "VARCHAR"),
    "ksql_rpad": (texts.rpad, "VARCHAR INTEGER VARCHAR", "VARCHAR"),
    "ksql_sort": (texts.sort, "VARCHAR[] VARCHAR", "VARCHAR[]"),
    "ksql_split": (texts.split, "VARCHAR VARCHAR", "VARCHAR[]"),
    "ksql_substring": (
        # DuckDB counts the parameters.
        lambda text, position: texts.substring(text, position, None),
        "VARCHAR INTEGER",
        "VARCHAR",
    ),
    "ksql_substring_of": (texts.substring, "VARCHAR INTEGER INTEGER", "VARCHAR"),
    "ksql_to_bigint": (numbers.to_bigint, "VARCHAR", "BIGINT"),
    "ksql_to_boolean": (numbers.to_boolean, "VARCHAR", "BOOLEAN"),
    "ksql_to_bytes": (texts.to_bytes, "VARCHAR VARCHAR", "BLOB"),
    "ksql_to_decimal": (numbers.to_decimal, "VARCHAR INTEGER INTEGER", "VARCHAR"),
    "ksql_to_double": (numbers.to_double, "VARCHAR", "DOUBLE"),
    "ksql_to_int": (numbers.to_int, "VARCHAR", "INTEGER"),
    "ksql_to_json": (jsontexts.to_json, "VARCHAR VARCHAR", "VARCHAR"),
    "ksql_to_timestamp": (times.to_timestamp, "VARCHAR", "BIGINT"),
    "ksql_trim": (texts.trim, "VARCHAR", "VARCHAR"),
    "ksql_ucase_any": (texts.ucase, "VARCHAR", "VARCHAR"),
    "ksql_url_part": (texts.url_part, "VARCHAR VARCHAR", "VARCHAR"),
}

_ASCII = "strlen(whole) = length(whole)"
_QUICK = {
    # Nearly all texts are ASCII, for which DuckDB's own functions are the same and much quicker.
    "ksql_lcase(whole)": f"CASE WHEN {_ASCII} THEN lower(whole) ELSE ksql_lcase_any(whole) END",
    "ksql_ucase(whole)": f"CASE WHEN {_ASCII} THEN upper(whole) ELSE ksql_ucase_any(whole) END",
    "ksql_len(whole)": (
        f"CASE WHEN {_ASCII} THEN CAST(length(whole) AS INTEGER) ELSE ksql_len_any(whole) END"
    ),
    "ksql_instr(whole, part)": (
        "CASE WHEN whole IS NULL OR part IS NULL THEN 0"
        " WHEN part = '' THEN CAST(whole <> '' AS INTEGER)"
        # What isn't there isn't there in any unit; most texts that are looked for are not.
        " WHEN strpos(whole, part) = 0 THEN 0"
        f" WHEN {_ASCII} THEN CAST(strpos(whole, part) AS INTEGER)"
        " ELSE ksql_instr_any(whole, part) END"
    ),
}

_SPECIAL: Any = "special"


def register(connection: DuckDBPyConnection) -> None:
    """Make the functions known to DuckDB; each gives NULL where an argument is NULL."""
    for name, (function, parameters, result) in _FUNCTIONS.items():
        types = parameters.split()
        connection.create_function(
            name,
            function if function is texts.instr else _strict(function, len(types)),
            [connection.type(each) for each in types],
            connection.type(result),
            # Else DuckDB refuses a function that gives NULL for arguments that aren't.
            null_handling=_SPECIAL,
        )
    for head, body in _QUICK.items():
        connection.execute(f"CREATE MACRO {head} AS {body}")


def _strict(function: Callable[..., Any], arity: int) -> Callable[..., Any]:
    """Return NULL where an argument is NULL; DuckDB counts the parameters of what it is given."""
    if arity == 1:
        return lambda a: None if a is None else function(a)
    if arity == 2:  # noqa: PLR2004 - as many as the lambda has
        return lambda a, b: None if a is None or b is None else function(a, b)
    if arity == 3:  # noqa: PLR2004 - as many as the lambda has
        return lambda a, b, c: None if a is None or b is None or c is None else function(a, b, c)
    return lambda a, b, c, d: None if None in {a, b, c, d} else function(a, b, c, d)
