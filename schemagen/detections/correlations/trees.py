"""Small trees of SQL that several statements of correlations are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.detections.envelope import column
from schemagen.detections.predicates import equal
from schemagen.ksqldb.dialect import call
from schemagen.ksqldb.names import string_literal
from schemagen.ksqldb.types import VARCHAR, Map
from schemagen.ksqldb.types import to_sqlglot as type_tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.ksqldb.types import KsqlType

_TIME = "yyyy-MM-dd'T'HH:mm:ss.SSSX"


def dot(node: exp.Expr, name: str) -> exp.Dot:
    """Make `node->name`."""
    return exp.Dot(this=node, expression=quoted(name))


def quoted(name: str) -> exp.Identifier:
    """Make a name in back-ticks."""
    return exp.Identifier(this=name, quoted=True)


def struct(fields: Mapping[str, exp.Expr]) -> exp.Struct:
    """Make a STRUCT."""
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=quoted(name), expression=value) for name, value in fields.items()
        ]
    )


def text_map(names: Sequence[str], values: Sequence[exp.Expr]) -> exp.Expr:
    """Make a MAP of texts; NULL without any."""
    if not names:
        return null(Map(VARCHAR))
    keys = [string_literal(name) for name in names]
    return exp.Map(keys=exp.Array(expressions=keys), values=exp.Array(expressions=list(values)))


def format_time(time: exp.Expr) -> exp.Expr:
    """Make the text of a TIMESTAMP, as alerts have it."""
    return call("FORMAT_TIMESTAMP", time, exp.Literal.string(_TIME), exp.Literal.string("UTC"))


def null(declared: KsqlType) -> exp.Expr:
    """Make a NULL of a type."""
    return exp.Cast(this=exp.Null(), to=type_tree(declared))


def case(branches: Sequence[tuple[exp.Expr, exp.Expr]]) -> exp.Case:
    """Make an item of an array: NULL where nothing holds, and where it fails, for itself alone."""
    return exp.Case(ifs=[exp.If(this=holds, true=value) for holds, value in branches])


def is_of(each: BoundCorrelation) -> exp.Expr:
    """Make the condition that a state is of a correlation."""
    return equal(column("c"), string_literal(each.rule.id))
