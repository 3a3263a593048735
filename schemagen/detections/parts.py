"""A rule's condition taken apart, so that each part can be evaluated on an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.conversion.state import ConversionState
from sigma.types import (
    SigmaCompareExpression,
    SigmaExists,
    SigmaFieldReference,
    SigmaNull,
    SigmaRegularExpression,
    SigmaString,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import exp

    from schemagen.detections.backend import KsqldbBackend
    from schemagen.detections.fields import BoundFields
    from schemagen.detections.references import Reference

_MANY = 5
"""More values than this of one field are one part."""

_JOINS: dict[type[ConditionItem], str] = {
    ConditionAND: "all of",
    ConditionOR: "any of",
    ConditionNOT: "not",
}


@dataclass(frozen=True, slots=True)
class ConditionPart:
    """A part of a condition.

    Args:
        text: what it asks, with the rule's values, which are not secret.
        predicate: the part over the columns.
        references: where the field is that it looks at; none where it looks at none, or the
            columns lack it.
        parts: what it is made of; none for a leaf.

    """

    text: str
    predicate: exp.Expr
    references: tuple[Reference, ...] = ()
    parts: tuple[ConditionPart, ...] = ()


def part_of(node: Any, backend: KsqldbBackend, fields: BoundFields) -> ConditionPart:
    """Take a condition apart.

    Args:
        node: a parsed condition of pySigma's.
        backend: what makes predicates of its parts.
        fields: where the fields are.

    """
    predicate = backend.convert_condition(node, ConversionState())
    if isinstance(node, ConditionFieldEqualsValueExpression):
        use = fields.use(node.field)
        where = "" if use.references else ", which the columns lack"
        return ConditionPart(
            f"`{node.field}` {_asks(node.value)}{where}", predicate, use.references
        )
    if isinstance(node, ConditionValueExpression):
        return ConditionPart(f"a keyword {_asks(node.value)}", predicate)
    name = _one_field(node)
    if name is not None:
        use = fields.use(name)
        text = f"`{name}` is one of {len(node.args)} values"
        return ConditionPart(text, predicate, use.references)
    parts = tuple(part_of(each, backend, fields) for each in _flat(node))
    return ConditionPart(_JOINS.get(type(node), "all of"), predicate, parts=parts)


def _flat(node: ConditionItem) -> Sequence[Any]:
    """List what a condition joins, without steps between of the same kind."""
    if isinstance(node, ConditionNOT):
        return list(node.args)
    found: list[Any] = []
    for each in node.args:
        found += _flat(each) if type(each) is type(node) else [each]
    return found


def _one_field(node: ConditionItem) -> str | None:
    if not isinstance(node, ConditionOR) or len(node.args) <= _MANY:
        return None
    names = {getattr(each, "field", None) for each in node.args}
    return names.pop() if len(names) == 1 else None


def _asks(value: Any) -> str:
    for kind, text in _ASKED.items():
        if isinstance(value, kind):
            return text(value)
    return f"is {value}"


def _compared(value: SigmaCompareExpression) -> str:
    signs = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
    return f"{signs.get(value.op.name, value.op.name)} {value.number}"


_ASKED: dict[type, Callable[[Any], str]] = {
    SigmaNull: lambda _: "is missing",
    SigmaExists: lambda value: "is there" if value else "is not there",
    SigmaCompareExpression: _compared,
    SigmaFieldReference: lambda value: f"is as `{value.field}`",
    SigmaRegularExpression: lambda value: f"matches the regular expression {value.regexp}",
    SigmaString: lambda value: f"is '{value}'",
}
