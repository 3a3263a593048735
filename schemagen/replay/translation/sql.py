"""DuckDB's SQL, composed of closed fragments.

A fragment stands for one operand wherever it is put: a name of ours, a literal, a call, CASE … END,
or something in parentheses. Only the functions here make fragments, and only `text` lets a text of
a statement in; values of events never come into SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Sql = NewType("Sql", str)

NULL = Sql("NULL")
TRUE = Sql("TRUE")
FALSE = Sql("FALSE")


def column(name: str) -> Sql:
    """Write the name of a column of ours, or of a parameter of a lambda."""
    return Sql(name)


def text(value: str) -> Sql:
    """Write a text."""
    quoted = "'" + value.replace("'", "''") + "'"
    # DuckDB may read SQL only up to a zero character.
    zeros = quoted.replace("\0", "' || chr(0) || '")
    return Sql(quoted if zeros == quoted else f"({zeros})")


def number(value: int) -> Sql:
    """Write an integer."""
    return Sql(str(value) if value >= 0 else f"({value})")


def call(name: str, *arguments: Sql) -> Sql:
    """Write a call of a function of DuckDB's."""
    return Sql(f"{name}({', '.join(arguments)})")


def is_null(sql: Sql) -> Sql:
    """Write `sql IS NULL`."""
    return Sql(f"({sql} IS NULL)")


def not_(sql: Sql) -> Sql:
    """Write `NOT sql`."""
    return Sql(f"(NOT {sql})")


def not_true(sql: Sql) -> Sql:
    """Write that a condition isn't TRUE, but FALSE or NULL."""
    return Sql(f"({sql} IS NOT TRUE)")


def binary(sign: str, left: Sql, right: Sql) -> Sql:
    """Write `left sign right`."""
    return Sql(f"({left} {sign} {right})")


def all_of(operands: Sequence[Sql]) -> Sql:
    """Join operands by AND."""
    return operands[0] if len(operands) == 1 else Sql(f"({' AND '.join(operands)})")


def any_of(operands: Sequence[Sql]) -> Sql:
    """Join operands by OR."""
    return operands[0] if len(operands) == 1 else Sql(f"({' OR '.join(operands)})")


def is_in(value: Sql, items: Iterable[Sql]) -> Sql:
    """Write `value IN (items)`."""
    return Sql(f"({value} IN ({', '.join(items)}))")


def case(branches: Iterable[tuple[Sql, Sql]], default: Sql) -> Sql:
    """Write CASE: the branches are tried in their order, and no more of them than needed."""
    written = " ".join(f"WHEN {when} THEN {then}" for when, then in branches)
    return Sql(f"CASE {written} ELSE {default} END") if written else default


def coalesce(sql: Sql, default: Sql) -> Sql:
    """Write `coalesce(sql, default)`."""
    return Sql(f"coalesce({sql}, {default})")


def cast(sql: Sql, declared: str) -> Sql:
    """Write CAST to a type of DuckDB's."""
    return Sql(f"CAST({sql} AS {declared})")


def function(parameters: Sequence[str], body: Sql) -> Sql:
    """Write a lambda, as the last argument of a call."""
    return Sql(f"lambda {', '.join(parameters)}: {body}")


def struct(values: Iterable[Sql]) -> Sql:
    """Write a STRUCT; its fields are called `f0` and so on."""
    return Sql("{" + ", ".join(f"f{place}: {value}" for place, value in enumerate(values)) + "}")


def map_entry(key: Sql, value: Sql) -> Sql:
    """Write an entry of a MAP, as `map_entries` makes them."""
    return Sql(f"{{key: {key}, value: {value}}}")


def field(sql: Sql, place: int) -> Sql:
    """Write the field of a STRUCT at a place."""
    return Sql(f"struct_extract({sql}, 'f{place}')")


def select(columns: Iterable[str], source: str, *, where: str = "", order: str = "") -> str:
    """Write a SELECT, which is not a fragment: a FROM takes it in parentheses."""
    words = ["SELECT", ", ".join(columns), "FROM", source]
    words += ["WHERE", where] if where else []
    words += ["ORDER BY", order] if order else []
    return " ".join(words)
