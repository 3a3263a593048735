"""ksqlDB's types as values: what columns and fields are declared as, in the whole project.

The rules are those of `SqlBase.g4` (type), `SqlDecimal.java` and `SqlStruct.java`. The key of a map
is always VARCHAR here, for JSON allows no other (`KsqlJsonSerdeFactory.java`).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from schemagen.errors import InputError
from schemagen.ksqldb.names import needs_quotes, stored
from schemagen.ksqldb.sql.ksqldb import parse_type as parse_tree
from schemagen.ksqldb.sql.ksqldb import write_expression
from schemagen.ksqldb.sql.nodes import SCALARS, SYNONYMS

_NAMES = {kind: name for name, kind in SCALARS.items()} | {exp.DType.TEXT: "VARCHAR"}
_HINT = "Types are such as BIGINT, VARCHAR, DECIMAL(20, 0), ARRAY<T>, MAP<VARCHAR, T>, STRUCT<a T>."


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type without parts.

    Attributes:
        name: one of BOOLEAN INT BIGINT DOUBLE DECIMAL VARCHAR BYTES TIME DATE TIMESTAMP; the second
            names INTEGER and STRING are turned into the first.
        precision: how many digits a DECIMAL has in all, from 1; None for any other type.
        scale: how many of them are behind the point.

    Raises:
        InputError: there is no such type.

    """

    name: str
    precision: int | None = None
    scale: int | None = None

    def __post_init__(self) -> None:
        name = self.name.upper()
        object.__setattr__(self, "name", SYNONYMS.get(name, name))
        if self.name not in SCALARS:
            raise InputError("A type that ksqlDB doesn't have was asked for.", _HINT)
        if self.name != "DECIMAL":
            if self.precision is not None or self.scale is not None:
                raise InputError(f"{self.name} has no precision and no scale.", _HINT)
        elif self.precision is None or self.scale is None:
            raise InputError("DECIMAL needs a precision and a scale.", _HINT)
        elif not (self.precision >= 1 and 0 <= self.scale <= self.precision):
            raise InputError(
                "A DECIMAL has at least one digit, and no more behind the point than in all.",
                _HINT,
            )


@dataclass(frozen=True, slots=True)
class Array:
    """A list of items of one type."""

    item: KsqlType


@dataclass(frozen=True, slots=True)
class Map:
    """Values of one type by keys, which are VARCHAR."""

    value: KsqlType


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a STRUCT, or a column of a stream.

    Attributes:
        name: the name as it is written.
        quoted: whether it stands in back-ticks.
        type: its type.

    Raises:
        ValueError: the name can't be written without back-ticks.

    """

    name: str
    quoted: bool
    type: KsqlType

    def __post_init__(self) -> None:
        if not self.quoted and needs_quotes(self.name):
            raise ValueError("a name without back-ticks must be one that needs none")

    @property
    def stored(self) -> str:
        """The name as ksqlDB keeps it, writes it, and looks it up in messages."""
        return stored(self.name, quoted=self.quoted)


@dataclass(frozen=True, slots=True)
class Struct:
    """Fields by name; without any it can be a value, but not be written."""

    fields: tuple[Field, ...]


KsqlType = Scalar | Array | Map | Struct

BOOLEAN = Scalar("BOOLEAN")
INT = Scalar("INT")
BIGINT = Scalar("BIGINT")
DOUBLE = Scalar("DOUBLE")
VARCHAR = Scalar("VARCHAR")
BYTES = Scalar("BYTES")
TIME = Scalar("TIME")
DATE = Scalar("DATE")
TIMESTAMP = Scalar("TIMESTAMP")


NUMBERS = ("INT", "BIGINT", "DECIMAL", "DOUBLE")
"""The types of numbers, each one wider than the ones before it."""


def kind_of(declared: KsqlType) -> str:
    """Return what a type is called without its parts: `DECIMAL`, `ARRAY`, `STRUCT`."""
    return declared.name if isinstance(declared, Scalar) else type(declared).__name__.upper()


def is_number(declared: KsqlType | None) -> bool:
    """Tell whether a type is one of numbers."""
    return isinstance(declared, Scalar) and declared.name in NUMBERS


def to_sqlglot(declared: KsqlType) -> exp.DataType:
    """Make the tree of a type.

    Raises:
        InputError: a STRUCT has no fields, or two that ksqlDB can't tell apart.

    """
    if isinstance(declared, Scalar):
        data_type = exp.DataType(this=SCALARS[declared.name])
        if declared.precision is not None:
            digits = (declared.precision, declared.scale)
            parts = [exp.DataTypeParam(this=exp.Literal.number(number)) for number in digits]
            data_type.set("expressions", parts)
        return data_type
    if isinstance(declared, Array):
        return _nested(exp.DType.ARRAY, [to_sqlglot(declared.item)])
    if isinstance(declared, Map):
        return _nested(exp.DType.MAP, [to_sqlglot(VARCHAR), to_sqlglot(declared.value)])
    check_fields(declared.fields, "A STRUCT")
    return _nested(exp.DType.STRUCT, [field_to_sqlglot(field) for field in declared.fields])


def field_to_sqlglot(field: Field) -> exp.ColumnDef:
    """Make the tree of a field or column.

    Raises:
        InputError: see `to_sqlglot`.

    """
    name = exp.Identifier(this=field.name, quoted=field.quoted)
    return exp.ColumnDef(this=name, kind=to_sqlglot(field.type))


def check_fields(fields: tuple[Field, ...], what: str) -> None:
    """Refuse fields that ksqlDB would refuse together.

    Args:
        fields: the fields of a STRUCT or the columns of a stream.
        what: what they belong to, the beginning of the message.

    Raises:
        InputError: there are none, or two of one stored name.

    """
    if not fields:
        raise InputError(f"{what} needs at least one field.")
    seen: set[str] = set()
    for field in fields:
        if field.stored in seen:
            raise InputError(
                f"{what} has two fields that ksqlDB keeps under the name {field.stored!a}.",
                "Put the names in back-ticks: then their case counts.",
            )
        seen.add(field.stored)


def from_sqlglot(tree: exp.DataType) -> KsqlType:
    """Read the tree of a type.

    Raises:
        InputError: it is a type made by CREATE TYPE, a map with other keys than VARCHAR, or none of
            ksqlDB's.

    """
    kind, parts = tree.this, tree.expressions
    if kind is exp.DType.STRUCT:
        return Struct(tuple(field_from_sqlglot(part) for part in parts))
    if kind is exp.DType.ARRAY:
        return Array(from_sqlglot(parts[0]))
    if kind is exp.DType.MAP:
        if from_sqlglot(parts[0]) != VARCHAR:
            raise InputError("The keys of a MAP must be VARCHAR: JSON has no others.", _HINT)
        return Map(from_sqlglot(parts[1]))
    if kind is exp.DType.USERDEFINED:
        raise InputError(
            "A type made by CREATE TYPE isn't known here, or a type's name is misspelt.", _HINT
        )
    name = _NAMES.get(kind)
    if name is None:
        raise InputError("ksqlDB doesn't have such a type.", _HINT)
    if name != "DECIMAL":
        return Scalar(name)
    precision, scale = (int(part.this.this) for part in parts)
    return Scalar(name, precision, scale)


def field_from_sqlglot(tree: exp.ColumnDef) -> Field:
    """Read the tree of a field or column.

    Raises:
        InputError: see `from_sqlglot`.

    """
    name, kind = tree.this, tree.kind
    if kind is None:
        raise InputError("A column or field has no type.", _HINT)
    return Field(name.this, name.quoted or needs_quotes(name.this), from_sqlglot(kind))


def parse_type(text: str, origin: str = "") -> KsqlType:
    """Read a type such as `STRUCT<a INT, b ARRAY<VARCHAR>>`.

    Args:
        text: the type in ksqlDB's SQL.
        origin: where it is from, for messages.

    Raises:
        InputError: it is not a type that the project can declare.

    """
    tree = parse_tree(text, origin)
    try:
        return from_sqlglot(tree)
    except InputError as error:
        if not origin:
            raise
        raise InputError(f"{origin}: {error.what}", error.hint) from None


def render(declared: KsqlType) -> str:
    """Write a type on one line; `parse_type` reads it back.

    Raises:
        InputError: it can't be written, see `to_sqlglot`, or a name in it can't.

    """
    return write_expression(to_sqlglot(declared))


def _nested(kind: exp.DType, parts: list[exp.DataType] | list[exp.ColumnDef]) -> exp.DataType:
    return exp.DataType(this=kind, expressions=parts, nested=True)
