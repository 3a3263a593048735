"""The dialect itself, and reading and writing whole statements with errors for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import sqlglot.generator
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.errors import ParseError

from schemagen.errors import InputError
from schemagen.ksqldb.names import UnwritableError
from schemagen.ksqldb.sql.generator import KsqlDBGenerator
from schemagen.ksqldb.sql.indentation import comment_lines
from schemagen.ksqldb.sql.nodes import STATEMENTS
from schemagen.ksqldb.sql.parser import TRAILING, KsqlDBParser
from schemagen.ksqldb.sql.tokenizer import KsqlDBTokenizer
from schemagen.memory import without_collections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    Result = TypeVar("Result")

_HINT = (
    "Names that are reserved words, or hold more than letters, digits and `_`, need back-ticks; "
    "every statement ends with one semicolon."
)


def check_extensible(generator: str) -> None:
    """Check that sqlglot's classes can be extended: those of its compiled form can't.

    Args:
        generator: the file of sqlglot's generator.

    Raises:
        InputError: it is a compiled one.

    """
    if generator.endswith((".so", ".pyd")):
        raise InputError(
            "sqlglot is installed in its compiled form, whose classes can't be extended.",
            "Take it out of this environment: pip uninstall sqlglotc.",
        )


check_extensible(sqlglot.generator.__file__)


class KsqlDB(Dialect):
    """ksqlDB, known to sqlglot as `ksqldb` once this module is imported."""

    INDEX_OFFSET = 1
    NORMALIZATION_STRATEGY = NormalizationStrategy.UPPERCASE

    Tokenizer = KsqlDBTokenizer
    Parser = KsqlDBParser
    Generator = KsqlDBGenerator


def parse_script(sql: str, origin: str = "") -> list[exp.Expression]:
    """Read a script of statements.

    Args:
        sql: the text. The last semicolon may be missing.
        origin: where the text is from, for messages: a file's name.

    Returns:
        One tree a statement, with its comments. Those that stand behind the semicolon are kept in
        `meta`, and written there again.

    Raises:
        InputError: ksqlDB would refuse the text; the message tells where, and quotes nothing.

    """
    dialect = KsqlDB()

    def parse() -> list[exp.Expr]:
        return KsqlDBParser(dialect=dialect).read_statements(dialect.tokenize(sql), sql)

    with without_collections():
        return cast("list[exp.Expression]", _reading(parse, origin))


def parse_one(sql: str, origin: str = "") -> exp.Expression:
    """Read one statement.

    Raises:
        InputError: it is not a statement of ksqlDB's, or not one only.

    """
    statements = parse_script(sql, origin)
    if len(statements) != 1:
        where = f"{origin}: " if origin else ""
        raise InputError(f"{where}one statement was expected, and {len(statements)} were found.")
    return statements[0]


def parse_type(sql: str, origin: str = "") -> exp.DataType:
    """Read one type, such as `STRUCT<a INT>`.

    Raises:
        InputError: it is not a type of ksqlDB's.

    """
    return cast("exp.DataType", _parse_into(exp.DataType, sql, origin, "a type"))


def parse_expression(sql: str, origin: str = "") -> exp.Expression:
    """Read one expression, such as a condition of a WHERE.

    Raises:
        InputError: it is not an expression of ksqlDB's.

    """
    return _parse_into(exp.Condition, sql, origin, "an expression")


def write(statement: exp.Expr, *, pretty: bool = True) -> str:
    """Write one statement, its comments and its semicolon.

    Args:
        statement: the tree.
        pretty: one line a field, a property, an item of a SELECT; else the statement on one line.

    Raises:
        UnwritableError: ksqlDB has no form for a part of it, or no safe one.

    """
    if not isinstance(statement, STATEMENTS):
        raise UnwritableError(f"{type(statement).__name__} is not a statement.")
    text = _writing(statement, pretty=pretty)
    trailing = comment_lines(statement.meta_get(TRAILING))
    return f"{text};" + "".join(f"\n-- {line}" for line in trailing)


def write_script(statements: Iterable[exp.Expr], *, pretty: bool = True) -> str:
    """Write statements with an empty line between them; the text ends with a line break.

    Raises:
        UnwritableError: ksqlDB has no form for a part of one, or no safe one.

    """
    written = [write(statement, pretty=pretty) for statement in statements]
    return "\n\n".join(written) + "\n" if written else ""


def write_expression(node: exp.Expr, *, pretty: bool = False) -> str:
    """Write an expression or a type, on one line unless it is to be pretty.

    Raises:
        UnwritableError: ksqlDB has no form for a part of it, or no safe one.

    """
    if type(node) not in KsqlDBGenerator.EXPRESSIONS and not isinstance(node, exp.DataType):
        raise UnwritableError(f"{type(node).__name__} is neither an expression nor a type.")
    return _writing(node, pretty=pretty)


def _writing(node: exp.Expr, *, pretty: bool) -> str:
    try:
        return KsqlDB().generate(node, copy=False, pretty=pretty)
    except RecursionError:
        raise UnwritableError("A statement is nested too deeply to be written.") from None


def _parse_into(kind: type[exp.Expr], sql: str, origin: str, what: str) -> exp.Expression:
    def parse() -> exp.Expr | None:
        return KsqlDB().parse_into(kind, sql)[0]

    node = _reading(parse, origin)
    if node is None:
        where = f"{origin}: " if origin else ""
        raise InputError(f"{where}{what} was expected, and nothing is there.")
    return cast("exp.Expression", node)


def _reading(parse: Callable[[], Result], origin: str) -> Result:
    try:
        return parse()
    except ParseError as error:
        details = error.errors[0]
        line, column = details["line"], details["col"]
        where = f"{origin}:{line}:{column}" if origin else f"line {line}, column {column}"
        raise InputError(f"{where}: {details['description']}.", _HINT) from None
    except RecursionError:
        where = f"{origin}: " if origin else ""
        raise InputError(f"{where}a statement is nested too deeply to be read.") from None
