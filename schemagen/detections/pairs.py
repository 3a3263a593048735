"""Two values of one event, compared with each other: never NULL, and nothing that throws."""

from __future__ import annotations

from sqlglot import exp

from schemagen.detections.logic import conjunction, disjunction
from schemagen.detections.predicates import (
    IncomparableError,
    Operand,
    as_text,
    equal,
    is_not_null,
    number,
)
from schemagen.ksqldb.dialect import call
from schemagen.ksqldb.names import string_literal


def same(left: Operand, right: Operand, *, starts: bool = False, ends: bool = False) -> exp.Expr:
    """Compare a value with another of the event, whatever their case.

    Args:
        left: the value.
        right: the other.
        starts: whether `left` has to start with `right` only.
        ends: whether it has to end with it only; with `starts`, to contain it.

    Raises:
        IncomparableError: the two can't be compared.

    """
    if left.is_number and right.is_number and not starts and not ends:
        return equal(left.make(), right.make())
    one, other = _comparable(left), _comparable(right)
    if not starts and not ends:
        return equal(one.lower(), other.lower())
    # In an empty text INSTR finds nothing, not even that.
    empty = conjunction([equal(other.make(), string_literal("")), is_not_null(one.make())])
    return disjunction([_part_of(one, other, starts=starts, ends=ends), empty])


def _part_of(one: Operand, other: Operand, *, starts: bool, ends: bool) -> exp.Expr:
    if starts:
        place = call("INSTR", one.lower(), other.lower())
        if ends:
            return exp.GT(this=place, expression=number(0))
        return equal(place, number(1))
    length = exp.Sub(this=number(0), expression=call("LEN", other.lower()))
    part = call("SUBSTRING", one.lower(), length)
    # Arithmetic with NULL throws.
    return conjunction([is_not_null(other.make()), equal(part, other.lower())])


def _comparable(value: Operand) -> Operand:
    if value.is_text:
        return value
    if value.is_whole or value.type.name == "BOOLEAN":
        return as_text(value)
    raise IncomparableError(f"a column of {value.type.name} can't be compared with another")
