"""The middle of the generator: expressions.

Operands get parentheses where the tree needs them, whether or not it holds them itself, so that
what is read back is the tree that was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from schemagen.ksqldb.names import UnwritableError, is_unquoted
from schemagen.ksqldb.sql.nodes import BINARY, WINDOW_UNITS, Precedence, WrittenExpression
from schemagen.ksqldb.sql.writer import Writer, forms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CONSTRUCTORS = frozenset({"ARRAY", "MAP", "STRUCT"})
_UNUSABLE_ESCAPES = frozenset({"'", "\\"})
_INFIX_NOT = (exp.In, exp.Between, exp.Is)


class ExpressionWriter(Writer):
    """Writes expressions."""

    EXPRESSIONS = forms(
        {
            **dict.fromkeys(BINARY, "this expression"),
            exp.Anonymous: "this expressions",
            exp.Array: "expressions",
            exp.AtTimeZone: "this zone",
            exp.Between: "this low high",
            exp.Boolean: "this",
            exp.Bracket: "this expressions offset",
            exp.Case: "this ifs default",
            exp.Cast: "this to",
            exp.Column: "this table",
            exp.Dot: "this expression",
            exp.Escape: "this expression",
            exp.Identifier: "this quoted",
            exp.In: "this expressions",
            exp.Is: "this expression negate",
            exp.Like: "this expression negate",
            exp.Literal: "this is_string",
            exp.Map: "keys values",
            exp.Neg: "this",
            exp.Not: "this",
            exp.Null: "",
            exp.Paren: "this",
            exp.Struct: "expressions",
            WrittenExpression: "this written",
        }
    )
    """The nodes that are expressions."""

    PARTS: ClassVar = {
        **Writer.PARTS,
        **forms(
            {
                exp.If: "this true",
                exp.Lambda: "this expressions",
                exp.PropertyEQ: "this expression",
                exp.Var: "this",
            }
        ),
    }

    def expression(
        self, node: object, least: Precedence = Precedence.OR, *, comment: bool = True
    ) -> str:
        """Write an operand, in parentheses if it binds less than `least`."""
        kind = type(node)
        if (
            not isinstance(node, exp.Expr)
            or kind not in self.EXPRESSIONS
            or (kind in _MAY_BE_STARS and node.is_star)
        ):
            raise UnwritableError(f"{type(node).__name__} stands where only an expression can.")
        if _precedence(node) >= least:
            return self.text(node, comment=comment)
        return self._parenthesised(node, comment=comment)

    def _parenthesised(self, node: exp.Expr, *, comment: bool = True) -> str:
        if not self.broken or (self.fits(node) and not (comment and node.comments)):
            return f"({self.expression(node, comment=comment)})"
        with self.layout.deeper():
            start = self.layout.line
            comments = self.comment_start(node) if comment else ""
            inner = start + comments + self.expression(node, comment=False)
        return f"({inner}{self.layout.line})"

    def write_paren(self, node: exp.Paren) -> str:
        """Write parentheses that the tree has itself."""
        return self._parenthesised(node.this)

    def method_for(self, node: exp.Expr) -> Callable[[Any], str]:
        """Return the method that writes nodes of this class."""
        if isinstance(node, exp.DPipe):
            return self.write_dpipe
        if type(node) in BINARY:
            return self._connected if isinstance(node, exp.Connector) else self._binary
        return super().method_for(node)

    def _binary(self, node: exp.Expr) -> str:
        sign, binding = BINARY[type(node)]
        tighter = Precedence(binding + 10)
        if binding is Precedence.PREDICATE:
            operands, least = [node.this, node.args["expression"]], tighter
        else:
            operands, least = _chain(node), binding
        first = self.expression(operands[0], least)
        rest = [self.expression(operand, tighter) for operand in operands[1:]]
        return f" {sign} ".join([first, *rest])

    def _connected(self, node: exp.Expr) -> str:
        """Write a chain of AND or OR, broken into one line an operand."""
        sign, binding = BINARY[type(node)]
        least = binding
        written: list[str] = []
        for operand in _chain(node):
            if self.broken:
                text = self.expression(operand, least, comment=False)
                before = self.comment_start(operand)
            else:
                text, before = self.expression(operand, least), ""
            written.append(f"{before}{sign} {text}" if written else before + text)
            least = Precedence(binding + 10)
        return (self.layout.line if self.broken else " ").join(written)

    def write_dpipe(self, node: exp.DPipe) -> str:
        """Write `||` as the call that it stands for: the engine refuses the sign everywhere."""
        return self.block("CONCAT(", self._expressions(_chain(node)), ")")

    def write_not(self, node: exp.Not) -> str:
        """Write NOT, inside the predicate where ksqlDB's grammar has a place for it."""
        inner = node.this
        if isinstance(inner, _INFIX_NOT) and not inner.comments and not inner.args.get("negate"):
            self.check(inner)
            return self._predicate(inner, "NOT ")
        return f"NOT {self.expression(inner, Precedence.NOT)}"

    def write_neg(self, node: exp.Neg) -> str:
        """Write a minus.

        Never two of them in a row, for they would begin a comment, and none before a number that
        is only the first part of its operand: it would be taken for the number's sign.
        """
        operand = self.expression(node.this, Precedence.SIGN)
        if operand.startswith("-"):
            return f"- {operand}"
        takes_sign = operand[0] in ".0123456789" and not _is_plain_number(node.this)
        return f"-({operand})" if takes_sign else f"-{operand}"

    def write_attimezone(self, node: exp.AtTimeZone) -> str:
        """Write AT TIME ZONE."""
        zone = self.literal_text(node.args.get("zone"))
        return f"{self.expression(node.this, Precedence.ZONE)} AT TIME ZONE {zone}"

    # -- predicates ---------------------------------------------------------------------------

    def _predicate(self, node: exp.Expr, negation: str) -> str:
        if isinstance(node, exp.In):
            return self._in(node, negation)
        this = self.expression(node.this, Precedence.CONCAT)
        if isinstance(node, exp.Is):
            if not isinstance(node.expression, exp.Null):
                raise UnwritableError("ksqlDB knows IS NULL and IS DISTINCT FROM only.")
            return f"{this} IS {negation}NULL"
        low = self.expression(node.args["low"], Precedence.CONCAT)
        high = self.expression(node.args["high"], Precedence.CONCAT)
        return f"{this} {negation}BETWEEN {low} AND {high}"

    def write_is(self, node: exp.Is) -> str:
        """Write IS NULL."""
        return self._predicate(node, "NOT " if node.args.get("negate") else "")

    def write_between(self, node: exp.Between) -> str:
        """Write BETWEEN."""
        return self._predicate(node, "")

    def write_in(self, node: exp.In) -> str:
        """Write IN."""
        return self._predicate(node, "")

    def _in(self, node: exp.In, negation: str) -> str:
        if not node.expressions:
            raise UnwritableError("IN without values can't be written.")
        head = f"{self.expression(node.this, Precedence.CONCAT)} {negation}IN ("
        if not self.broken:
            return head + ", ".join(self.expression(item) for item in node.expressions) + ")"
        with self.layout.deeper():
            items = [self.expression(item) for item in node.expressions]
            body = self.layout.line + self.layout.filled(items)
        return head + body + self.layout.line + ")"

    def write_like(self, node: exp.Like) -> str:
        """Write LIKE."""
        this = self.expression(node.this, Precedence.CONCAT)
        pattern = self.expression(node.expression, Precedence.CONCAT)
        return f"{this} {'NOT ' if node.args.get('negate') else ''}LIKE {pattern}"

    def write_escape(self, node: exp.Escape) -> str:
        """Write LIKE with its escape character.

        ksqlDB puts the character into a Java literal as it is (`SqlToJavaVisitor.java`): a quote or
        a back-slash gives code that doesn't compile.
        """
        if not isinstance(node.this, exp.Like):
            raise UnwritableError("ESCAPE can only follow LIKE.")
        sign = self.literal_text(node.expression)
        if len(node.expression.this) != 1 or node.expression.this in _UNUSABLE_ESCAPES:
            raise UnwritableError("ESCAPE takes one character, neither a quote nor a back-slash.")
        return f"{self.text(node.this)} ESCAPE {sign}"

    # -- what an expression is made of --------------------------------------------------------

    def write_column(self, node: exp.Column) -> str:
        """Write a column, with the alias of its source if it has one."""
        this = self._name_or_star(node.this)
        table = node.args.get("table")
        return this if table is None else f"{self.name(table)}.{this}"

    def write_dot(self, node: exp.Dot) -> str:
        """Write the field of a STRUCT."""
        name = self._name_or_star(node.expression)
        return f"{self.expression(node.this, Precedence.PRIMARY)}->{name}"

    def _name_or_star(self, node: object) -> str:
        return self.text(node) if isinstance(node, exp.Star) else self.name(node)

    def write_bracket(self, node: exp.Bracket) -> str:
        """Write the element of an array or map."""
        indexes = node.expressions
        if len(indexes) != 1:
            raise UnwritableError("ksqlDB takes one index.")
        if indexes[0].is_number and node.args.get("offset") != 1:
            raise UnwritableError("An array's index counts from 1: the node needs `offset=1`.")
        index = self.expression(indexes[0], Precedence.CONCAT)
        return f"{self.expression(node.this, Precedence.PRIMARY)}[{index}]"

    def write_cast(self, node: exp.Cast) -> str:
        """Write CAST."""
        return f"CAST({self.expression(node.this)} AS {self.text(node.args['to'])})"

    def write_case(self, node: exp.Case) -> str:
        """Write CASE, broken into one line a branch."""
        subject = node.args.get("this")
        default = node.args.get("default")
        head = "CASE" if subject is None else f"CASE {self.expression(subject, Precedence.CONCAT)}"
        with self.layout.deeper():
            between = self.layout.line if self.broken else " "
            branches = [self.text(branch) for branch in node.args["ifs"]]
            if default is not None:
                branches.append(f"ELSE {self.expression(default)}")
            body = between.join(["", *branches])
        return f"{head}{body}{self.layout.line if self.broken else ' '}END"

    def write_if(self, node: exp.If) -> str:
        """Write one branch of CASE."""
        with self.layout.deeper():
            condition = self.expression(node.this)
            result = self.expression(node.args["true"])
        between = self.layout.line if "\n" in condition and self.broken else " "
        return f"WHEN {condition}{between}THEN {result}"

    def write_array(self, node: exp.Array) -> str:
        """Write an array."""
        return self.block("ARRAY[", self._expressions(node.expressions), "]")

    def write_struct(self, node: exp.Struct) -> str:
        """Write a STRUCT."""
        return self.block("STRUCT(", _of_kind(exp.PropertyEQ, node.expressions), ")")

    def write_propertyeq(self, node: exp.PropertyEQ) -> str:
        """Write one field of a STRUCT."""
        return f"{self.name(node.this)} := {self.expression(node.expression)}"

    def write_map(self, node: exp.Map) -> str:
        """Write a map."""
        if len(node.keys) != len(node.values):
            raise UnwritableError("A map needs as many values as keys.")
        pairs = zip(node.keys, node.values, strict=True)
        entries = [f"{self.expression(key)} := {self.expression(value)}" for key, value in pairs]
        return f"MAP({', '.join(entries)})"

    # -- functions ----------------------------------------------------------------------------

    def write_anonymous(self, node: exp.Anonymous) -> str:
        """Write a call, the name in capitals unless the tree quotes it."""
        if isinstance(node.this, exp.Identifier):
            name = self.name(node.this)
        else:
            name = str(node.this).upper()
            if not is_unquoted(name):
                raise UnwritableError(f"{node.this!a} is not a function's name.")
        if name.upper() in _CONSTRUCTORS:
            raise UnwritableError(f"{name} has a node of its own and is not a function.")
        arguments = node.expressions
        if len(arguments) == 1 and isinstance(arguments[0], exp.Star):
            return f"{name}(*)"
        plain = [item for item in arguments if not isinstance(item, exp.Lambda)]
        lambdas = arguments[len(plain) :]
        if lambdas and (not plain or not all(isinstance(item, exp.Lambda) for item in lambdas)):
            raise UnwritableError("The lambdas of a call must come last, after another argument.")
        self._expressions([item for item in plain if not isinstance(item, exp.Var)])
        return self.block(f"{name}(", arguments, ")")

    def write_var(self, node: exp.Var) -> str:
        """Write a unit of time, the one argument of a function that is a bare word."""
        if node.this not in WINDOW_UNITS:
            raise UnwritableError("A bare word stands where only an expression can.")
        return str(node.this)

    def write_lambda(self, node: exp.Lambda) -> str:
        """Write a lambda."""
        names = [self.name(item) for item in node.expressions]
        if not names:
            raise UnwritableError("A lambda needs a parameter.")
        head = names[0] if len(names) == 1 else f"({', '.join(names)})"
        return f"{head} => {self.expression(node.this)}"

    def _expressions(self, items: Sequence[exp.Expr]) -> Sequence[exp.Expr]:
        for item in items:
            kind = type(item)
            if kind not in self.EXPRESSIONS or (kind in _MAY_BE_STARS and item.is_star):
                raise UnwritableError(f"{type(item).__name__} stands where only an expression can.")
        return items


def _chain(node: exp.Expr) -> list[exp.Expr]:
    """Return the operands of a left-deep chain of one operator, first to last.

    In a loop: such chains can be longer than Python's stack is deep.
    """
    operands = [node.args["expression"]]
    left = node.this
    while type(left) is type(node) and not left.comments:
        operands.append(left.args["expression"])
        left = left.this
    operands.append(left)
    operands.reverse()
    return operands


_MAY_BE_STARS = frozenset({exp.Column, exp.Dot})


def _precedence(node: exp.Expr) -> Precedence:
    if type(node) in _PRIMARY:
        return Precedence.PRIMARY
    if type(node) in BINARY:
        return BINARY[type(node)][1]
    if isinstance(node, exp.Not):
        return Precedence.NOT
    if isinstance(node, (exp.In, exp.Between, exp.Is, exp.Like, exp.Escape)):
        return Precedence.PREDICATE
    if isinstance(node, exp.Neg) and not _is_plain_number(node.this):
        return Precedence.SIGN
    return Precedence.ZONE if isinstance(node, exp.AtTimeZone) else Precedence.PRIMARY


_PRIMARY = frozenset(
    {
        exp.Anonymous,
        exp.Bracket,
        exp.Case,
        exp.Column,
        exp.DPipe,
        exp.Identifier,
        exp.Literal,
        exp.Paren,
    }
)
"""The nodes that bind most, `||` as the call that it is written as; most nodes are one of them."""


def _of_kind(kind: type[exp.Expr], items: Sequence[exp.Expr]) -> Sequence[exp.Expr]:
    if not all(isinstance(item, kind) for item in items):
        raise UnwritableError(f"Something stands where only {kind.__name__} can.")
    return items


def _is_plain_number(node: object) -> bool:
    """Tell whether a node is a number literal without a sign, which can take one."""
    return isinstance(node, exp.Literal) and not node.is_string and not node.this.startswith("-")
