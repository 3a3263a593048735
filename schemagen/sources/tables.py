"""CSV and Parquet: rows that DuckDB reads, each as a JSON object of what the row has.

A cell of CSV keeps its text: `007` is a text, `1.50` the number 1.50. A column holds numbers, or
truth values, where DuckDB infers that from all of its rows and each text is one in JSON, too; times
and dates stay texts as they are written. An empty cell is not a field, and neither is a NULL.
"""

from __future__ import annotations

import csv
import re
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import orjson

from schemagen.errors import SourceError
from schemagen.sources.decode_statistics import DecodeError
from schemagen.sources.framing import MAX_BLOCK_RECORDS, MAX_LINE
from schemagen.sources.table_values import json_of, row_text
from schemagen.sources.unpacking import Unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

PARQUET_MAGIC = b"PAR1"
_SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".csv.zst", ".tsv.zst")
_DELIMITERS = ",;\t|"
_NAME = re.compile(r"[A-Za-z_@#$][\w@#$./()%-]*(?: [\w@#$./()%-]+){0,3}")
_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?"
_TRUTH = r"(?i)true|false"
_NUMBERS = {"BIGINT", "DOUBLE", "HUGEINT", "INTEGER", "DECIMAL"}
_EMPTY = "(empty)"
_BROKEN = (
    "SELECT line, bool_or(error_type = 'INVALID ENCODING') FROM reject_errors"
    " GROUP BY line ORDER BY line"
)
_FAULTS = {True: DecodeError.NOT_UTF8, False: DecodeError.NOT_ENVELOPED}


@contextmanager
def spooled(chunks: Iterator[bytes]) -> Iterator[Path]:
    """Write a file's bytes, which may be packed or come through a pipe, where they can be sought.

    Yields:
        The path of a copy, which goes with the context.

    """
    with TemporaryDirectory(prefix="schemagen-") as folder:
        path = Path(folder, "copy")
        with path.open("wb") as copy:
            copy.writelines(chunks)
        yield path


@contextmanager
def _database(path: Path, name: str, what: str, hint: str) -> Iterator[DuckDBPyConnection]:
    """Open a DuckDB of its own beside the copy of a file, on disk.

    What it finds wrong with the file is said without its values.
    """
    import duckdb  # noqa: PLC0415 - it takes a while to load

    with closing(duckdb.connect(str(path.with_suffix(".duckdb")))) as database:
        database.execute("SET autoinstall_known_extensions = false; SET TimeZone = 'UTC'")
        try:
            yield database
        except (duckdb.Error, UnicodeError, ValueError, OverflowError) as error:
            raise SourceError(f"{name} can't be read as {what}.", hint) from error


class ParquetRecords(NamedTuple):
    """The rows of a Parquet file."""

    title: str = "Parquet"

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the rows; a record's position is the row's number.

        Raises:
            SourceError: the file is broken, or cut off.

        """
        hint = "Is the whole file there? `duckdb -c \"FROM 'FILE'\"` says what is wrong with it."
        with spooled(chunks) as path, _database(path, name, "Parquet", hint) as database:
            rows = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
            names = [column[0] for column in rows.description or []]
            first = 1
            while block := rows.fetchmany(MAX_BLOCK_RECORDS):
                values = [json_of(dict(zip(names, row, strict=True))) for row in block]
                yield Unpacked(range(first, first + len(values)), values)
                first += len(values)


class CsvRecords(NamedTuple):
    """The rows of a CSV file below its header."""

    title: str = "CSV"

    def read(self, chunks: Iterator[bytes], name: str) -> Iterator[Unpacked]:
        """Yield the rows; a record's position is the row's number, of a broken one its line.

        Raises:
            SourceError: it is not CSV.

        """
        hint = (
            "Its first line must name the columns, and it must be UTF-8: "
            "iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"
        )
        with spooled(chunks) as path, _database(path, name, "CSV", hint) as database:
            _header(path).decode()
            database.execute("CREATE TABLE cells AS " + _reading(database, path))
            columns = database.execute("DESCRIBE cells").fetchall()
            kinds = [_kind(database, column[0]) for column in columns]
            keys = [orjson.dumps(column[0]) for column in columns]
            rows = database.execute("SELECT * FROM cells")
            first = 1
            while block := rows.fetchmany(MAX_BLOCK_RECORDS):
                values = [row_text(keys, kinds, row) for row in block]
                yield Unpacked(range(first, first + len(values)), values)
                first += len(values)
            broken = database.execute(_BROKEN).fetchall()
            if broken:
                lines = [line for line, _ in broken]
                yield Unpacked(lines, [_FAULTS[encoding] for _, encoding in broken])


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.readline(MAX_LINE)


def _reading(database: DuckDBPyConnection, path: Path) -> str:
    """Return the query that reads all cells as texts, in the dialect that DuckDB finds."""
    found = database.execute(
        "SELECT Delimiter, Quote, Escape, SkipRows, Columns"
        " FROM sniff_csv(?, header = true, ignore_errors = true, all_varchar = true)",
        [str(path)],
    ).fetchall()
    delimiter, quote, escape, skip, columns = found[0]
    named = ", ".join(f"{_quoted(column['name'])}: 'VARCHAR'" for column in columns)
    dialect = {"delim": delimiter, "quote": quote, "escape": escape}
    options = ", ".join(
        f"{option} = {_quoted('' if value == _EMPTY else value)}"
        for option, value in dialect.items()
    )
    settings = (
        f"{_quoted(str(path))}, auto_detect = false, header = true, skip = {int(skip)}, {options},"
        f" columns = {{{named}}}, nullstr = '', store_rejects = true, rejects_limit = 0"
    )
    return f"SELECT * FROM read_csv({settings})"  # noqa: S608 - its own texts, quoted


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _kind(database: DuckDBPyConnection, column: str) -> str:
    """Return what a column's texts are in JSON: `number`, `truth` or `text`."""
    name = '"' + column.replace('"', '""') + '"'
    asked = ", ".join(
        f"coalesce(bool_and(regexp_full_match({name}, {_quoted(pattern)})), false)"
        for pattern in (_NUMBER, _TRUTH)
    )
    number, truth = database.execute(f"SELECT {asked} FROM cells").fetchall()[0]  # noqa: S608
    return "number" if number else "truth" if truth else "text"


def is_csv(lines: Sequence[bytes], name: str) -> bool:
    """Return whether a file is CSV: it has a header, and rows of as many cells as that.

    Args:
        lines: its first lines.
        name: its name, which may say so.

    """
    try:
        texts = [line.decode() for line in lines]
    except UnicodeDecodeError:
        return name.lower().endswith(_SUFFIXES)
    if not texts:
        return False
    if name.lower().endswith(_SUFFIXES):
        return not texts[0].startswith(("{", "["))
    return any(_is_table(texts, delimiter) for delimiter in _DELIMITERS)


def _is_table(texts: Sequence[str], delimiter: str) -> bool:
    try:
        header, *rows = csv.reader(
            (f"{text}\n" for text in texts), delimiter=delimiter, strict=True
        )
    except (csv.Error, ValueError):
        return False
    names = [name.strip() for name in header]
    fitting = sum(len(row) == len(names) for row in rows)
    return (
        len(names) > 1
        and fitting > 0
        and len(set(names)) == len(names)
        and all(_NAME.fullmatch(name) for name in names)
        and fitting * 2 >= len(rows)
    )
