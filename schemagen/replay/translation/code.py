"""What an expression of ksqlDB becomes in DuckDB: a value, and when evaluating it throws.

DuckDB evaluates three-valued logic and never throws here; ksqlDB is two-valued and throws. So every
expression becomes two: one for its value, which may be anything where the evaluation throws, and
one that is TRUE exactly where it throws. Neither raises in DuckDB, whatever the row holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemagen.ksqldb.types import BOOLEAN
from schemagen.replay.translation.sql import (
    FALSE,
    TRUE,
    Sql,
    all_of,
    any_of,
    case,
    coalesce,
    is_null,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemagen.ksqldb.types import KsqlType


@dataclass(frozen=True, slots=True)
class EvaluationError:
    """An error that ksqlDB logs and swallows: the part becomes NULL, and the rest goes on.

    Attributes:
        sql: TRUE for the rows where it happens, else FALSE.
        what: what failed, for people.
        rule: the rule in which it happens, empty where the statement doesn't say.

    """

    sql: Sql
    what: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class TranslationRemark:
    """Something about a statement that the replay can't do quite as ksqlDB does.

    Attributes:
        what: what it is.
        rule: the rule in which it is, empty where the statement doesn't say.
        fatal: whether the part counts as failing, since it can't be evaluated at all.

    """

    what: str
    rule: str
    fatal: bool


# Not frozen: a file has some hundred thousand of them, and it takes three times as long.
@dataclass(slots=True)
class Code:
    """A translated expression.

    Attributes:
        sql: its value in DuckDB.
        type: its type in ksqlDB; None for the literal NULL.
        error: TRUE where evaluating it throws, else FALSE; None where it never throws.
        nullable: whether the value can be NULL.
        checks: the errors within it that are swallowed.
        causes: what can throw, for people.
        column: the column of the table that it is; empty for anything else.
        holds_null: whether an item or a value can be NULL, of an ARRAY or a MAP.
        is_loose: whether NULL stands for FALSE in the value, of a condition. It isn't nullable
            then: what needs the value itself takes `strict` of it.
        entries: the entries of a MAP as a list, where that is at hand; DuckDB takes long to make a
            MAP only to take it apart.

    """

    sql: Sql
    type: KsqlType | None
    error: Sql | None = None
    nullable: bool = True
    checks: tuple[EvaluationError, ...] = ()
    causes: tuple[str, ...] = ()
    column: str = ""
    holds_null: bool = True
    is_loose: bool = False
    entries: Sql | None = None


class UnsupportedError(Exception):
    """The replay doesn't know a construct.

    Args:
        reason: a noun phrase that names the construct, and holds no value.

    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class EngineRefusalError(UnsupportedError):
    """ksqlDB refuses the statement.

    Args:
        reason: a clause that says why, and holds no value.

    """


class ArgumentsError(Exception):
    """A function is called with arguments that the replay doesn't know it with."""


def make(  # noqa: PLR0913 - what a part of an expression says of itself
    sql: Sql,
    declared: KsqlType | None,
    parts: Iterable[Code],
    *,
    nullable: bool = True,
    holds_null: bool = True,
    throws: Sql | None = None,
    why: str = "",
) -> Code:
    """Return the code of something made of parts that are all evaluated.

    Args:
        sql: its value.
        declared: its type.
        parts: what it is made of; it throws where one of them does.
        nullable: whether its value can be NULL.
        holds_null: whether an item or a value can be NULL, of an ARRAY or a MAP.
        throws: where it throws besides; None for nowhere.
        why: what throws then, for people.

    """
    errors: list[Sql] = []
    checks: tuple[EvaluationError, ...] = ()
    causes: tuple[str, ...] = ()
    for part in parts:
        if part.error is not None:
            errors.append(part.error)
        if part.checks:
            checks += part.checks
        if part.causes:
            causes += part.causes
    if throws is not None:
        errors.append(throws)
        causes += (why,)
    if not errors:
        return Code(sql, declared, None, nullable, checks, holds_null=holds_null)
    causes = tuple(dict.fromkeys(causes))
    return Code(sql, declared, any_of(errors), nullable, checks, causes, holds_null=holds_null)


def loose(sql: Sql, parts: Iterable[Code]) -> Code:
    """Return the code of a condition in whose value NULL stands for FALSE."""
    code = make(sql, BOOLEAN, parts, nullable=False)
    code.is_loose = True
    return code


def strict(code: Code) -> Code:
    """Return a code whose value is FALSE where a condition's may be NULL."""
    return replace(code, sql=coalesce(code.sql, FALSE), is_loose=False) if code.is_loose else code


def unless(error: Sql | None, sql: Sql, default: Sql) -> Sql:
    """Take another value where the evaluation throws."""
    return sql if error is None else case([(error, default)], sql)


def gated(checks: Sequence[EvaluationError], conditions: Sequence[Sql]) -> list[EvaluationError]:
    """Restrict checks to the rows in which ksqlDB comes so far: where all conditions hold."""
    if not conditions or not checks:
        return list(checks)
    return [replace(check, sql=all_of([*conditions, check.sql])) for check in checks]


def as_condition(code: Code) -> Code:
    """Use a value as an operand of AND, OR, NOT or WHEN: there NULL throws, as Java unboxes it.

    Raises:
        EngineRefusalError: it is not a BOOLEAN.

    """
    if code.type != BOOLEAN:
        raise EngineRefusalError("a condition is not a BOOLEAN")
    if not code.nullable:
        return code
    missing = is_null(code.sql)
    error = missing if code.error is None else case([(code.error, TRUE)], missing)
    return Code(
        coalesce(code.sql, FALSE),
        BOOLEAN,
        error,
        nullable=False,
        checks=code.checks,
        causes=(*code.causes, "a BOOLEAN is NULL"),
    )
