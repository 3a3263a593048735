"""The bottom of the generator: how a node is written at all, and names, literals and types.

Only nodes that ksqlDB has a form for are written, and only if all that they hold is written with
them; anything else is refused instead of guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp
from sqlglot.generator import Generator

from schemagen.ksqldb.names import (
    UnwritableError,
    check_text,
    needs_quotes,
    why_not_representable,
)
from schemagen.ksqldb.sql.indentation import Indentation, block_comment, comment_lines
from schemagen.ksqldb.sql.nodes import ONE_LINE, SCALARS, WrittenExpression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TYPE_NAMES = {kind: name for name, kind in SCALARS.items()} | {exp.DType.TEXT: "VARCHAR"}


def forms(arguments: Mapping[type[exp.Expr], str]) -> dict[type[exp.Expr], frozenset[str]]:
    """Make a table of node classes, each with the arguments that are written."""
    return {kind: frozenset(keys.split()) for kind, keys in arguments.items()}


class Writer(Generator):
    """Writes names, literals and types.

    A node of class `X` is written by the method `write_x`, if the tables of the class know it. A
    text is made flat first; in the pretty form an expression that doesn't fit its line, or holds a
    comment, is made again with its parts on lines of their own.
    """

    EXPRESSIONS: ClassVar[dict[type[exp.Expr], frozenset[str]]] = {}
    """The nodes that are expressions."""

    PARTS: ClassVar[dict[type[exp.Expr], frozenset[str]]] = forms(
        {
            exp.ColumnDef: "this kind constraints",
            exp.DataType: "this expressions nested kind",
            exp.DataTypeParam: "this",
            exp.Identifier: "this quoted",
            exp.Literal: "this is_string",
            exp.Star: "",
        }
    )
    """The nodes that stand in special places only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.layout = Indentation()
        self.broken = bool(self.pretty)
        self._flat_texts: dict[int, tuple[exp.Expr, str]] = {}
        self._known: dict[type[exp.Expr], tuple[frozenset[str], Callable[[Any], str]]] = {}

    # -- the frame ----------------------------------------------------------------------------

    def generate(self, expression: exp.Expr, copy: bool = True) -> str:  # noqa: FBT001, FBT002 - sqlglot's signature
        """Write a tree; nothing is changed in it, so that no copy is needed.

        Raises:
            UnwritableError: ksqlDB has no form for a part of it, or no safe one.

        """
        del copy
        self._flat_texts.clear()
        lines = comment_lines(expression.comments) if self.comments else []
        text = self.text(expression, comment=False)
        if not lines:
            return text
        if self.pretty:
            return "".join(f"-- {line}\n" for line in lines) + text
        return f"{block_comment(lines)} {text}"

    def sql(
        self,
        expression: str | exp.Expr | None,
        key: str | None = None,
        comment: bool = True,  # noqa: FBT001, FBT002 - sqlglot's signature
    ) -> str:
        """Write a part, as sqlglot's own helpers ask for it."""
        node = expression.args.get(key) if key and isinstance(expression, exp.Expr) else expression
        if isinstance(node, exp.Expr):
            return self.text(node, comment=comment)
        return node or ""

    def text(self, node: exp.Expr, *, comment: bool = True) -> str:
        """Write one node in the form in force, with its comments before it."""
        if not self.broken or (type(node) in self.EXPRESSIONS and self.fits(node)):
            known = self._flat_texts.get(id(node))
            text = self._flat_text(node) if known is None else known[1]
        else:
            text = self._checked_method_for(node)(node)
        if comment and node.comments and self.comments:
            lines = comment_lines(node.comments)
            return f"{block_comment(lines)} {text}" if lines else text
        return text

    def _flat_text(self, node: exp.Expr) -> str:
        text = self._checked_method_for(node)(node)
        if self.pretty:
            # The node is kept with its text: the id of one that is gone would be another's soon.
            self._flat_texts[id(node)] = (node, text)
        return text

    def fits(self, node: exp.Expr) -> bool:
        """Tell whether a node should stay on one line.

        Not with a comment inside, which reads better on a line of its own. A literal with the two
        characters of a comment is taken for one, which does no harm.
        """
        self.broken = False
        try:
            flat = self.text(node, comment=False)
        finally:
            self.broken = True
        is_short = len(flat) <= self.layout.room() or node.meta_get(ONE_LINE) is True
        return is_short and "/*" not in flat

    def _checked_method_for(self, node: exp.Expr) -> Callable[[Any], str]:
        if isinstance(node, WrittenExpression):
            return self.write_writtenexpression
        known = self._known.get(type(node))
        if known is None:
            self.check(node)
            kind = type(node)
            arguments = self.EXPRESSIONS.get(kind) or self.PARTS.get(kind) or frozenset()
            known = self._known[kind] = arguments, self.method_for(node)
        elif not node.args.keys() <= known[0]:
            self.check(node)
        return known[1]

    def check(self, node: exp.Expr) -> None:
        """Refuse a node that has no form here, or of which a part would be left out."""
        kind = type(node)
        known = self.EXPRESSIONS.get(kind)
        if known is None:
            known = self.PARTS.get(kind)
        if known is None:
            raise UnwritableError(f"ksqlDB has no form for {kind.__name__}.")
        for key, value in node.args.items():
            if key not in known and value not in (None, False, []):
                raise UnwritableError(f"ksqlDB has no form for `{key}` of {kind.__name__}.")

    def method_for(self, node: exp.Expr) -> Callable[[Any], str]:
        """Return the method that writes nodes of this class."""
        method: Callable[[Any], str] = getattr(self, f"write_{node.key}")
        return method

    def block(self, opening: str, items: Sequence[exp.Expr], closing: str) -> str:
        """Write items with commas between them, when lines are broken each on its own."""
        if not self.broken or not items:
            return opening + ", ".join(self.text(item) for item in items) + closing
        with self.layout.deeper():
            start = self.layout.line
            body = ",".join(start + self.own_line(item) for item in items)
        return opening + body + self.layout.line + closing

    def own_line(self, item: exp.Expr) -> str:
        """Write an item that begins a line, its comments on lines before it."""
        return self.comment_start(item) + self.text(item, comment=False)

    def comment_start(self, node: exp.Expr) -> str:
        """Write a node's comments as lines before it."""
        lines = comment_lines(node.comments) if self.comments else []
        return "".join(f"-- {line}{self.layout.line}" for line in lines)

    def write_writtenexpression(self, node: WrittenExpression) -> str:
        """Write what was written before."""
        return node.written

    # -- names, literals, types ---------------------------------------------------------------

    def write_identifier(self, node: exp.Identifier) -> str:
        """Write a name, in back-ticks where the tree or the name asks for them."""
        name = node.this
        reason = why_not_representable(name)
        if reason is not None:
            raise UnwritableError(f"The name {name!a} can't be written: {reason}.")
        return f"`{name}`" if node.quoted or needs_quotes(name) else str(name)

    def name(self, node: object) -> str:
        """Write a node that must be a name."""
        if not isinstance(node, exp.Identifier):
            raise UnwritableError(f"{type(node).__name__} stands where only a name can.")
        return self.text(node)

    def write_literal(self, node: exp.Literal) -> str:
        """Write a text with its quotes doubled, or a number."""
        if node.is_string:
            check_text(node.this)
            return "'" + str(node.this).replace("'", "''") + "'"
        if not _NUMBER.fullmatch(str(node.this)):
            raise UnwritableError("A number literal holds something that is not a number.")
        return str(node.this)

    def literal_text(self, node: object) -> str:
        """Write a node that must be a text in quotes."""
        if not isinstance(node, exp.Literal) or not node.is_string:
            raise UnwritableError(f"{type(node).__name__} stands where only a text can.")
        return self.text(node)

    def write_null(self, _: exp.Null) -> str:
        """Write NULL."""
        return "NULL"

    def write_boolean(self, node: exp.Boolean) -> str:
        """Write TRUE or FALSE."""
        return "TRUE" if node.this else "FALSE"

    def write_star(self, _: exp.Star) -> str:
        """Write a star."""
        return "*"

    def write_datatype(self, node: exp.DataType) -> str:
        """Write a type, the fields of a STRUCT as a block."""
        kind, parts = node.this, node.expressions
        if kind is exp.DType.STRUCT:
            if not parts or any(is_no_field(part) for part in parts):
                raise UnwritableError("A STRUCT needs fields with a name and a type, and no more.")
            return self.block("STRUCT<", parts, ">")
        if kind is exp.DType.USERDEFINED:
            return self.name(node.args.get("kind"))
        if kind is exp.DType.ARRAY or kind is exp.DType.MAP:
            count = 1 if kind is exp.DType.ARRAY else 2
            if len(parts) != count or not all(isinstance(part, exp.DataType) for part in parts):
                raise UnwritableError(f"{kind.value} needs {count} type(s) of its own.")
            key = f"{self.text(parts[0])}, " if count > 1 else ""
            return f"{kind.value}<{key}{self.text(parts[-1])}>"
        name = _TYPE_NAMES.get(kind)
        if name is None:
            raise UnwritableError("ksqlDB has no such type.", "Its types are in the documentation.")
        if parts and name not in {"DECIMAL", "VARCHAR"}:
            raise UnwritableError(f"{name} takes no length.")
        if name == "DECIMAL":
            if len(parts) != 2:  # noqa: PLR2004 - precision and scale
                raise UnwritableError("DECIMAL needs its precision and its scale.")
            return f"DECIMAL({', '.join(self.text(part) for part in parts)})"
        return name

    def write_datatypeparam(self, node: exp.DataTypeParam) -> str:
        """Write a precision or a scale."""
        if not isinstance(node.this, exp.Literal) or not str(node.this.this).isdigit():
            raise UnwritableError("A precision or scale is not a whole number.")
        return self.text(node.this)

    def write_columndef(self, node: exp.ColumnDef) -> str:
        """Write a column or the field of a STRUCT."""
        kind = node.args.get("kind")
        if not isinstance(kind, exp.DataType):
            raise UnwritableError("A column or field needs a type.")
        parts = [self.name(node.this), self.text(kind)]
        parts += [self.text(constraint) for constraint in node.args.get("constraints") or []]
        return " ".join(parts)


def is_no_field(node: object) -> bool:
    """Tell whether a node is anything but a name with a type."""
    return not isinstance(node, exp.ColumnDef) or bool(node.args.get("constraints"))
