"""Making and reading statements: what the rest of the project asks of their trees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.names import (
    UnwritableError,
    is_stream_name,
    needs_quotes,
    stored,
    string_literal,
    why_not_representable,
)
from schemagen.ksqldb.sql import nodes
from schemagen.ksqldb.types import check_fields, field_from_sqlglot, field_to_sqlglot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from schemagen.ksqldb.types import Field, KsqlType

PropertyValue = str | int | float | bool | None

_PROPERTY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a CREATE statement declares it.

    Attributes:
        name: the name as it is written.
        quoted: whether it stands in back-ticks.
        type: its type.
        is_key: whether it is read from the record's key.
        is_header: whether it is read from the record's headers.

    """

    name: str
    quoted: bool
    type: KsqlType
    is_key: bool = False
    is_header: bool = False

    @property
    def stored(self) -> str:
        """The name as ksqlDB keeps it, writes it, and looks it up in messages."""
        return stored(self.name, quoted=self.quoted)


def columns(create: exp.Create) -> list[Column]:
    """Return the columns that a statement declares, none for CREATE … AS SELECT.

    Raises:
        InputError: a column's type isn't known, see `types.from_sqlglot`.

    """
    if not isinstance(create.this, exp.Schema):
        return []
    found = []
    for definition in create.this.expressions:
        roles = [constraint.kind for constraint in definition.args.get("constraints") or []]
        field = field_from_sqlglot(definition)
        found.append(
            Column(
                field.name,
                field.quoted,
                field.type,
                is_key=any(
                    isinstance(role, (nodes.KeyColumnConstraint, exp.PrimaryKeyColumnConstraint))
                    for role in roles
                ),
                is_header=any(isinstance(role, nodes.HeaderColumnConstraint) for role in roles),
            )
        )
    return found


def properties(statement: exp.Expr) -> dict[str, PropertyValue]:
    """Return the properties of WITH by their names in capitals.

    Raises:
        InputError: a value is none that SQL could hold.

    """
    found = statement.args.get("properties")
    if found is None:
        return {}
    return {item.this.name.upper(): _value(item.args["value"]) for item in found.expressions}


def stream_name(statement: exp.Expr) -> str:
    """Return the name of the stream or table a statement is about, as ksqlDB keeps it.

    Raises:
        InputError: it is about none.

    """
    target = statement.this
    if isinstance(target, exp.Schema):
        target = target.this
    name = target.this if isinstance(target, exp.Table) else None
    if not isinstance(name, exp.Identifier):
        raise InputError("A statement is about no stream or table.")
    return stored(name.this, quoted=name.quoted)


def create_stream(  # noqa: PLR0913 - what a statement says, each with its default
    name: str,
    fields: Sequence[Field],
    properties: Mapping[str, PropertyValue],
    *,
    or_replace: bool = False,
    source: bool = False,
    key: Field | None = None,
) -> exp.Create:
    """Make a CREATE STREAM.

    Args:
        name: the stream's name; it is written without back-ticks where that is possible.
        fields: the columns of the value, in their order.
        properties: what stands in WITH, in its order; the names are written in capitals.
        or_replace: CREATE OR REPLACE.
        source: CREATE SOURCE STREAM, which is read only.
        key: the column of the record's key, which stands first; None for none.

    Raises:
        InputError: a name or a value has no safe form, or there are no columns.

    """
    if not is_stream_name(name):
        raise UnwritableError(
            f"{name!a} can't be the name of a stream.", "Use letters, digits, `_` and `-` only."
        )
    keys = () if key is None else (key,)
    check_fields((*keys, *fields), f"The stream {name}")
    for field in (*keys, *fields):
        reason = why_not_representable(field.name, top_level=True)
        if reason is not None:
            raise UnwritableError(f"The column {field.name!a} can't be declared: {reason}.")
    table = exp.Table(this=exp.Identifier(this=name, quoted=needs_quotes(name)))
    elements = [field_to_sqlglot(field) for field in (*keys, *fields)]
    if key is not None:
        role = exp.ColumnConstraint(kind=nodes.KeyColumnConstraint())
        elements[0].set("constraints", [role])
    return exp.Create(
        this=exp.Schema(this=table, expressions=elements),
        kind="STREAM",
        replace=or_replace,
        source=source,
        properties=with_properties(properties),
    )


def with_properties(properties: Mapping[str, PropertyValue]) -> exp.Properties | None:
    """Make what stands in WITH, None for nothing.

    Raises:
        UnwritableError: a name or a value has no safe form.

    """
    items = [
        exp.Property(this=_property_name(name), value=_literal(name, value))
        for name, value in properties.items()
    ]
    return exp.Properties(expressions=items) if items else None


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Make a call of a function, the arguments in ksqlDB's order."""
    return exp.Anonymous(this=name.upper(), expressions=list(arguments))


def subscript(base: exp.Expr, key: str | int) -> exp.Bracket:
    """Make `base['key']` for a map, or `base[1]` for an array, which counts from 1."""
    index = string_literal(key) if isinstance(key, str) else exp.Literal.number(key)
    return exp.Bracket(this=base, expressions=[index], offset=1)


def rebuilt(root: exp.Expr, replace: Callable[[exp.Expr], exp.Expr | None]) -> exp.Expr:
    """Return a copy of an expression in which some parts are others.

    Args:
        root: the expression, which stays as it is.
        replace: gives what stands in the copy for a part; None where that is its copy.

    """
    found = replace(root)
    if found is not None:
        return found
    top = root.__class__()
    waiting = [(root, top)]

    def part_of(node: exp.Expr) -> exp.Expr:
        part = replace(node)
        if part is None:
            part = node.__class__()
            waiting.append((node, part))
        return part

    while waiting:
        node, made = waiting.pop()
        made.comments = None if node.comments is None else list(node.comments)
        for meta in (node.meta,) if node.meta_get(nodes.ONE_LINE) else ():
            made.meta.update(meta)
        for key, value in node.args.items():
            if isinstance(value, exp.Expr):
                made.set(key, part_of(value))
            elif isinstance(value, list):
                items = [part_of(each) if isinstance(each, exp.Expr) else each for each in value]
                made.set(key, items)
            else:
                made.args[key] = value
    return top


def on_one_line(node: exp.Expr) -> exp.Expr:
    """Let an expression be written on one line, however long it is; return it."""
    node.meta[nodes.ONE_LINE] = True
    return node


def all_of(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """Join conditions by AND into a balanced tree.

    ksqlDB visits expressions recursively: a chain of some 800 overflows its stack, a balanced tree
    of as many is ten deep.

    Raises:
        ValueError: there are no conditions.

    """
    return _balanced(exp.And, conditions)


def any_of(conditions: Sequence[exp.Expr]) -> exp.Expr:
    """Join conditions by OR into a balanced tree, see `all_of`.

    Raises:
        ValueError: there are no conditions.

    """
    return _balanced(exp.Or, conditions)


def _balanced(kind: type[exp.Expr], conditions: Sequence[exp.Expr]) -> exp.Expr:
    if not conditions:
        raise ValueError("no conditions to join")
    if len(conditions) == 1:
        return conditions[0]
    middle = (len(conditions) + 1) // 2
    left, right = conditions[:middle], conditions[middle:]
    return kind(this=_balanced(kind, left), expression=_balanced(kind, right))


def _property_name(name: str) -> exp.Var:
    if not _PROPERTY_NAME.fullmatch(name):
        raise UnwritableError(f"{name!a} can't be the name of a property of WITH.")
    return exp.Var(this=name.upper())


def _literal(name: str, value: PropertyValue) -> exp.Expr:
    if value is None:
        return exp.Null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, (int, float)):
        return exp.Literal.number(value)
    literal = string_literal(value)
    if not isinstance(literal, exp.Literal):
        raise UnwritableError(
            f"{name.upper()} holds `${{`, which ksqlDB's clients replace by a variable.",
            "Write it without: WITH takes no expression that could keep the two signs apart.",
        )
    return literal


def _value(node: exp.Expr) -> PropertyValue:
    if isinstance(node, exp.Neg):
        number = _value(node.this)
        if isinstance(number, (int, float)):
            return -number
    elif isinstance(node, exp.Null):
        return None
    elif isinstance(node, exp.Boolean):
        return bool(node.this)
    elif isinstance(node, exp.Literal):
        if node.is_string:
            return str(node.this)
        return int(node.this) if str(node.this).isdigit() else float(node.this)
    raise InputError("A property of WITH has a value that is not a literal.")
