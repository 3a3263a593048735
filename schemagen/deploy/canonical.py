"""One form for statements that mean the same, as a script has them and as a server writes them.

A server keeps an INSERT as it was sent and writes CREATE statements anew: names in capitals, every
column with the name of its source, parentheses around each operation, its defaults in WITH.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.deploy.queries import projected_name, stored_name, tables
from schemagen.ksqldb.dialect import columns, nodes, properties
from schemagen.ksqldb.names import fold
from schemagen.ksqldb.types import Array, Field, KsqlType, Map, Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemagen.ksqldb.dialect import PropertyValue

_OF_A_TOPIC = {"CLEANUP_POLICY", "PARTITIONS", "REPLICAS", "RETENTION_MS"}
"""What WITH says of the topic: it counts when the topic is made, and never again."""


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """A column of a declaration.

    Attributes:
        name: its stored name.
        type: its type, with names as they are stored.
        role: `key`, `header`, or empty for one of the value.

    """

    name: str
    type: KsqlType
    role: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a CREATE over a topic declares.

    Attributes:
        kind: STREAM or TABLE.
        columns: the columns, in order.
        properties: what WITH says, without what only the making of a topic needs.
        is_source: whether it is read only, and can't be replaced.

    """

    kind: str
    columns: Sequence[ColumnForm]
    properties: Mapping[str, PropertyValue]
    is_source: bool


def declaration(create: exp.Create) -> Declaration:
    """Read what a CREATE over a topic declares.

    Raises:
        InputError: a type or a property can't be read.

    """
    found = tuple(
        ColumnForm(
            each.stored,
            _type_form(each.type),
            "key" if each.is_key else "header" if each.is_header else "",
        )
        for each in columns(create)
    )
    kind = str(create.args.get("kind"))
    return Declaration(kind, found, declared_properties(create), bool(create.args.get("source")))


def declared_properties(create: exp.Expr) -> dict[str, PropertyValue]:
    """Return what WITH says, without defaults and without what only the making of a topic needs."""
    found = {key: value for key, value in properties(create).items() if key not in _OF_A_TOPIC}
    both = found.pop("FORMAT", None)
    if both is not None:
        found |= {"KEY_FORMAT": both, "VALUE_FORMAT": both}
    for key in ("KEY_FORMAT", "VALUE_FORMAT"):
        if isinstance(found.get(key), str):
            found[key] = str(found[key]).upper()
    if found.get("KEY_FORMAT") == "KAFKA":
        del found["KEY_FORMAT"]
    time = found.get("TIMESTAMP")
    if isinstance(time, str):
        quoted = len(time) > 1 and time[0] == time[-1] == "`"
        found["TIMESTAMP"] = time[1:-1] if quoted else fold(time)
    return found


def same_select(one: exp.Expr, other: exp.Expr) -> bool:
    """Tell whether two SELECTs are the same query."""
    return one == other or canonical(one) == canonical(other)


def canonical(select: exp.Expr) -> exp.Expr:
    """Return a SELECT with every name stored and quoted, and nothing that says the same twice."""
    copied = select.copy()
    sources = tables(copied)
    only = sources[0][1] if len(sources) == 1 else None
    copied.set("expressions", [_named(n, each) for n, each in enumerate(copied.expressions)])
    for clause in (copied.args["from_"], *(copied.args.get("joins") or ())):
        _alias(clause)
    for join in copied.args.get("joins") or ():
        _join(join)
    options = copied.args.get("options")
    if options:
        kept = [each for each in options if each != nodes.Emit(this="CHANGES")]
        copied.set("options", kept or None)
    # sqlglot's own walk does not look into what it has put in the place of a node.
    for paren in list(copied.find_all(exp.Paren)):
        paren.replace(paren.this)
    for node in list(copied.find_all(exp.Identifier, exp.Column, exp.Anonymous, exp.Interval)):
        _write_plainly(node, only)
    return copied


def _write_plainly(node: exp.Expr, only: str | None) -> None:
    """Give a node its one form.

    Args:
        node: a name, a column, a call of a function or a length of time.
        only: what the only source is called; None where there are several.

    """
    if isinstance(node, exp.Identifier):
        node.set("this", stored_name(node))
        node.set("quoted", True)  # noqa: FBT003 - sqlglot's signature
    elif isinstance(node, exp.Anonymous):
        node.set("this", str(node.this).upper())
    elif isinstance(node, exp.Interval):
        # A server writes 1 HOUR as 1 HOURS (`WindowTimeClause.java`).
        node.set("unit", exp.Var(this=str(node.args["unit"]).upper().rstrip("S")))
    elif node.args.get("table") is None and only is not None:
        node.set("table", exp.Identifier(this=only, quoted=True))


def _named(place: int, node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Alias | exp.Star) or (isinstance(node, exp.Column) and node.is_star):
        return node
    name = projected_name(node) or f"KSQL_COL_{place}"
    return exp.Alias(this=node, alias=exp.Identifier(this=name, quoted=True))


def _alias(clause: exp.Expr) -> None:
    """Write what a source is called in a query behind it, also where that is its own name."""
    table = clause.this
    if isinstance(table, exp.Table) and table.args.get("alias") is None:
        name = exp.Identifier(this=stored_name(table.this), quoted=True)
        table.set("alias", exp.TableAlias(this=name))


def _join(join: exp.Expr) -> None:
    """Leave out the words of a join that change nothing: INNER, and OUTER behind a side."""
    if join.args.get("kind") in {"INNER", "OUTER"}:
        join.set("kind", None)


def _type_form(declared: KsqlType) -> KsqlType:
    """Return a type with its names as ksqlDB stores them."""
    if isinstance(declared, Array):
        return Array(_type_form(declared.item))
    if isinstance(declared, Map):
        return Map(_type_form(declared.value))
    if isinstance(declared, Struct):
        return Struct(
            tuple(
                Field(each.stored, quoted=True, type=_type_form(each.type))
                for each in declared.fields
            )
        )
    return declared
