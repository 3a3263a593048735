"""Expressions (`SqlBase.g4`, booleanExpression and below), read by climbing precedences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from schemagen.ksqldb.names import RESERVED, fold, stored
from schemagen.ksqldb.sql.cursor import CursorParser
from schemagen.ksqldb.sql.nodes import BINARY, WINDOW_UNITS, Precedence

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATORS = {
    sign: (kind, binding) for kind, (sign, binding) in BINARY.items() if " " not in sign
} | {"!=": (exp.NEQ, Precedence.PREDICATE)}
_TIGHTER = {each: Precedence(each + 10) for _, each in _OPERATORS.values()}
_PREDICATES = frozenset({"NOT", "IS", "IN", "LIKE", "BETWEEN"})
_SIGNS = frozenset({"NOT", "-", "+"})
_UNIT_ARGUMENTS = WINDOW_UNITS & RESERVED
_LITERAL_TYPES = frozenset({"DATE", "TIME", "TIMESTAMP"})


class ExpressionParser(CursorParser):
    """Reads expressions."""

    EXPRESSION_PARSERS: ClassVar = {
        **CursorParser.EXPRESSION_PARSERS,
        exp.Condition: lambda self: self.read_expression(),
        exp.Column: lambda self: self.read_expression(),
    }

    def reset(self) -> None:
        """Forget the last text."""
        super().reset()
        self._lambda_names: list[set[str]] = []

    def read_expression(self, least: Precedence = Precedence.OR) -> exp.Expr:
        """Read an expression up to an operator that binds its operands less than `least`.

        `most` is what may still follow. The right operand has taken all that binds more than the
        operator before it; what it left is refused, such as a second predicate: they don't chain.
        """
        start = self._index
        left, most = self._read_first_operand(least)
        while True:
            word = self.word
            if word in _OPERATORS:
                kind, binding = _OPERATORS[word]
                if not least <= binding <= most:
                    return left
                left = self._read_operation(kind, binding, left, start)
            elif word in _PREDICATES and least <= Precedence.PREDICATE <= most:
                binding = Precedence.PREDICATE
                left = self._read_predicate(left)
            elif word == "AT" and least <= Precedence.ZONE <= most:
                binding = Precedence.ZONE
                self.expect("AT", "TIME", "ZONE")
                left = exp.AtTimeZone(this=left, zone=self.read_text())
            else:
                return left
            most = Precedence.AND if binding is Precedence.PREDICATE else binding

    def _read_first_operand(self, least: Precedence) -> tuple[exp.Expr, Precedence]:
        word = self.word
        if word not in _SIGNS:
            return self._read_primary(), Precedence.ZONE
        if word == "NOT":
            if least > Precedence.NOT:
                self.fail("NOT needs parentheses here")
            self._advance()
            return exp.Not(this=self.read_expression(Precedence.NOT)), Precedence.AND
        if word == "-" and self._next.token_type is TokenType.NUMBER:
            return self._read_primary(), Precedence.ZONE
        self._advance()
        operand = self.read_expression(Precedence.SIGN)
        return exp.Neg(this=operand) if word == "-" else operand, Precedence.PRODUCT

    def _read_operation(
        self, kind: type[exp.Expr], binding: Precedence, left: exp.Expr, start: int
    ) -> exp.Expr:
        """Read the rest of `left operator right`; of AND and OR each operand has its comments."""
        tighter = _TIGHTER[binding]
        if binding > Precedence.AND:
            self._advance()
            return kind(this=left, expression=self.read_expression(tighter))
        if not isinstance(left, kind):
            self.keep_comments(left, start)
        start = self._index
        self._advance()
        right = self.read_expression(tighter)
        self.keep_comments(right, start)
        return kind(this=left, expression=right)

    def _read_predicate(self, left: exp.Expr) -> exp.Expr:
        if self.accept("IS"):
            return self._read_is(left)
        negated = self.accept("NOT")
        if self.accept("LIKE"):
            pattern = self.read_expression(Precedence.CONCAT)
            like = exp.Like(this=left, expression=pattern, negate=negated)
            if self.word == "ESCAPE" and self._next.token_type is TokenType.STRING:
                self._advance()
                return exp.Escape(this=like, expression=self.read_text())
            return like
        predicate: exp.Expr
        if self.accept("IN"):
            self.expect("(")
            items = self.read_list(self.read_expression, ")")
            predicate = exp.In(this=left, expressions=items)
        else:
            self.expect("BETWEEN")
            low = self.read_expression(Precedence.CONCAT)
            self.expect("AND")
            high = self.read_expression(Precedence.CONCAT)
            predicate = exp.Between(this=left, low=low, high=high)
        return exp.Not(this=predicate) if negated else predicate

    def _read_is(self, left: exp.Expr) -> exp.Expr:
        negated = self.accept("NOT")
        if self.accept("NULL"):
            is_null = exp.Is(this=left, expression=exp.Null())
            return exp.Not(this=is_null) if negated else is_null
        self.expect("DISTINCT", "FROM")
        kind = exp.NullSafeEQ if negated else exp.NullSafeNEQ
        return kind(this=left, expression=self.read_expression(Precedence.CONCAT))

    def _read_primary(self) -> exp.Expr:
        node = self._read_atom()
        while True:
            word = self.word
            if word == "->" and self.next_word != "*":
                self._advance()
                node = exp.Dot(this=node, expression=self.read_name())
            elif word == "[":
                self._advance()
                index = self.read_expression(Precedence.CONCAT)
                self.expect("]")
                node = exp.Bracket(this=node, expressions=[index], offset=1)
            else:
                return node

    def _read_atom(self) -> exp.Expr:
        # The minus before a number is a part of it: `-1[a]` is an element of -1.
        negative = self.word == "-" and self._next.token_type is TokenType.NUMBER
        if negative:
            self._advance()
        literal = self.read_literal()
        if literal is not None:
            return exp.Neg(this=literal) if negative else literal
        word, next_word = self.word, self.next_word
        constructor = self._CONSTRUCTORS.get(word)
        if constructor is not None and constructor[0] in {"", next_word}:
            return constructor[1](self)
        if not self.at_name():
            self.fail("expected an expression")
        if next_word == "(":
            return self._read_call()
        if word in _LITERAL_TYPES and self._next.token_type is TokenType.STRING:
            kind = self.read_type()
            return exp.Cast(this=self.read_text(), to=kind)
        return self._read_column()

    def _read_parentheses(self) -> exp.Paren:
        self.expect("(")
        inner = exp.Paren(this=self.commented(self.read_expression))
        self.expect(")")
        return inner

    def _read_column(self) -> exp.Expr:
        name = self.read_name()
        if self.word == "." and self.next_word != "*":
            self._advance()
            return exp.Column(this=self.read_name(), table=name)
        if any(stored(name.name, quoted=name.quoted) in names for names in self._lambda_names):
            return name
        return exp.Column(this=name)

    def _read_case(self) -> exp.Case:
        self.expect("CASE")
        subject = None if self.word == "WHEN" else self.read_expression(Precedence.CONCAT)
        branches = []
        while self.accept("WHEN"):
            condition = self.read_expression()
            self.expect("THEN")
            branches.append(exp.If(this=condition, true=self.read_expression()))
        if not branches:
            self.fail("expected WHEN")
        default = self.read_expression() if self.accept("ELSE") else None
        self.expect("END")
        return exp.Case(this=subject, ifs=branches, default=default)

    def _read_cast(self) -> exp.Cast:
        self.expect("CAST", "(")
        this = self.read_expression()
        self.expect("AS")
        kind = self.read_type()
        self.expect(")")
        return exp.Cast(this=this, to=kind)

    def _read_array(self) -> exp.Array:
        self.expect("ARRAY", "[")
        return exp.Array(expressions=self.read_list(self.read_expression, "]", empty=True))

    def _read_struct(self) -> exp.Struct:
        self.expect("STRUCT", "(")
        return exp.Struct(expressions=self.read_list(self._read_entry, ")", empty=True))

    def _read_entry(self) -> exp.PropertyEQ:
        name = self.read_name()
        self.expect(":=")
        return exp.PropertyEQ(this=name, expression=self.read_expression())

    def _read_map(self) -> exp.Map:
        self.expect("MAP", "(")
        entries = self.read_list(self._read_map_entry, ")", empty=True)
        keys, values = [entry.this for entry in entries], [entry.expression for entry in entries]
        for entry, key in zip(entries, keys, strict=True):
            key.comments = (entry.comments or []) + (key.comments or [])
        return exp.Map(keys=exp.Array(expressions=keys), values=exp.Array(expressions=values))

    def _read_map_entry(self) -> exp.PropertyEQ:
        key = self.read_expression()
        self.expect(":=")
        return exp.PropertyEQ(this=key, expression=self.read_expression())

    # -- functions ----------------------------------------------------------------------------

    def _read_call(self) -> exp.Anonymous:
        """Read a call; all of ksqlDB's functions keep their own name and order of arguments."""
        name = self.read_name()
        self.expect("(")
        arguments: list[exp.Expr]
        if self.word == "*" and self.next_word == ")":
            self._advance(2)
            arguments = [exp.Star()]
        else:
            arguments = self.read_list(self._read_argument, ")", empty=True)
        first_lambda = next(
            (place for place, node in enumerate(arguments) if isinstance(node, exp.Lambda)), None
        )
        if first_lambda is not None and (
            first_lambda == 0
            or not all(isinstance(n, exp.Lambda) for n in arguments[first_lambda:])
        ):
            self.fail("the lambdas of a call must come last, after another argument")
        function = name if name.quoted else fold(name.name)
        return exp.Anonymous(this=function, expressions=arguments)

    def _read_argument(self) -> exp.Expr:
        if self.word in _UNIT_ARGUMENTS:
            unit = exp.Var(this=self.word)
            self._advance()
            return unit
        parameters = self._read_parameters()
        if not parameters:
            return self.read_expression()
        self._lambda_names.append({stored(p.name, quoted=p.quoted) for p in parameters})
        body = self.read_expression()
        self._lambda_names.pop()
        return exp.Lambda(this=body, expressions=parameters)

    def _read_parameters(self) -> list[exp.Identifier]:
        """Read `x =>` or `(x, y) =>`, and nothing where that doesn't come next."""
        if self.at_name() and self.next_word == "=>":
            name = self.read_name()
            self.expect("=>")
            return [name]
        start = self._index
        if self.accept("("):
            parameters = []
            while self.at_name():
                parameters.append(self.read_name())
                if self.accept(")", "=>"):
                    return parameters
                if not self.accept(","):
                    break
            self._retreat(start)
        return []

    _CONSTRUCTORS: ClassVar[dict[str, tuple[str, Callable[[Any], exp.Expr]]]] = {
        "(": ("", _read_parentheses),
        "CASE": ("", _read_case),
        "CAST": ("", _read_cast),
        "ARRAY": ("[", _read_array),
        "MAP": ("(", _read_map),
        "STRUCT": ("(", _read_struct),
    }
    """What begins with a word, and the sign that must follow it; "" for any."""
