"""The middle of the parser: SELECT and its clauses (`SqlBase.g4`, query)."""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from schemagen.ksqldb.names import is_stream_name
from schemagen.ksqldb.sql import nodes
from schemagen.ksqldb.sql.nodes import BINARY, WINDOW_UNITS
from schemagen.ksqldb.sql.read_expressions import ExpressionParser

_SIDES = ("LEFT", "RIGHT", "FULL")
_CLAUSES = {"EMIT": frozenset({"CHANGES", "FINAL"}), "PARTITION": frozenset({"BY"})}
"""Words that may be names, each with what makes it the beginning of a clause."""

_OPERATIONS: tuple[type, ...] = (exp.Not, exp.AtTimeZone, exp.Predicate, *BINARY)


class QueryParser(ExpressionParser):
    """Reads queries."""

    EXPRESSION_PARSERS: ClassVar = {
        **ExpressionParser.EXPRESSION_PARSERS,
        exp.Expr: lambda self: self.read_projection(),
        exp.From: lambda self: self._read_source_clause(),
        exp.Group: lambda self: self._read_grouping(),
        # sqlglot's builders hand the condition in apart.
        exp.Join: lambda self: self._read_one_join(needs_condition=False),
        exp.Select: lambda self: self.read_query(),
        exp.Table: lambda self: self._read_source(),
    }

    def read_query(self) -> exp.Select:
        """Read one SELECT; the clauses stand in ksqlDB's order, PARTITION BY before HAVING."""
        self.expect("SELECT")
        projections = self.read_list(self.read_projection)
        query = exp.Select(expressions=projections, from_=self._read_source_clause())
        joins = []
        while self.word in {"INNER", "JOIN", *_SIDES}:
            joins.append(self._read_one_join())
        if joins:
            query.set("joins", joins)
        if self.accept("WINDOW"):
            query.set("windows", [self._read_window()])
        if self.accept("WHERE"):
            query.set("where", exp.Where(this=self.commented(self.read_expression)))
        if self.word == "GROUP":
            query.set("group", self._read_grouping())
        self._read_options(query)
        if self.accept("LIMIT"):
            query.set("limit", exp.Limit(expression=self.read_whole_number()))
        return query

    def _read_options(self, query: exp.Select) -> None:
        options: list[exp.Expr] = []
        if self.accept("PARTITION", "BY"):
            options.append(nodes.PartitionBy(expressions=self._read_keys()))
        if self.accept("HAVING"):
            query.set("having", exp.Having(this=self.commented(self.read_expression)))
        if self.accept("EMIT"):
            options.append(self._read_emit())
        if options:
            query.set("options", options)

    def read_projection(self) -> exp.Expr:
        """Read one item of a SELECT: an expression with or without its alias, or a star."""
        if self.accept("*"):
            return exp.Star()
        if self.at_name() and self.next_word == ".":
            start = self._index
            source = self.read_name()
            if self.accept(".", "*"):
                return exp.Column(this=exp.Star(), table=source)
            self._retreat(start)
        signed = self.word in {"+", "-"}
        item = self.read_expression()
        if self.word == "->":
            if signed or isinstance(item, _OPERATIONS):
                self.fail("expected FROM")
            self.expect("->", "*")
            return exp.Dot(this=item, expression=exp.Star())
        return exp.Alias(this=item, alias=self.read_name()) if self._at_alias() else item

    def _at_alias(self) -> bool:
        """Step over AS and tell whether an alias comes next, with AS or without."""
        if self.accept("AS"):
            return True
        return self.at_name() and self.next_word not in _CLAUSES.get(self.word, ())

    def read_source_name(self) -> exp.Table:
        """Read the name of a stream or table."""
        return exp.Table(this=self._read_stream_name())

    def _read_stream_name(self) -> exp.Identifier:
        if self.at_name() and not is_stream_name(self._curr.text):
            self.fail("a stream's name holds letters, digits, `_` and `-` only")
        return self.read_name()

    def _read_source(self) -> exp.Table:
        table = self.read_source_name()
        if self._at_alias():
            table.set("alias", exp.TableAlias(this=self._read_stream_name()))
        return table

    def _read_source_clause(self) -> exp.From:
        self.expect("FROM")
        return exp.From(this=self._read_source())

    def _read_one_join(self, *, needs_condition: bool = True) -> exp.Join:
        join = exp.Join()
        if self.word in _SIDES:
            join.set("side", self.word)
            self._advance()
            if self.accept("OUTER"):
                join.set("kind", "OUTER")
        elif self.accept("INNER"):
            join.set("kind", "INNER")
        self.expect("JOIN")
        join.set("this", self._read_source())
        if self.accept("WITHIN"):
            join.set("match_condition", self._read_within())
        if needs_condition or self.word == "ON":
            self.expect("ON")
            join.set("on", self.commented(self.read_expression))
        return join

    def _read_within(self) -> nodes.Within:
        within = nodes.Within()
        if self.accept("("):
            within.set("before", self.read_duration())
            self.expect(",")
            within.set("after", self.read_duration())
            self.expect(")")
        else:
            within.set("before", self.read_duration())
        if self.accept("GRACE", "PERIOD"):
            within.set("grace", self.read_duration())
        return within

    def _read_window(self) -> nodes.StreamWindow:
        kind = self.word
        if kind not in {"TUMBLING", "HOPPING", "SESSION"}:
            self.fail("expected TUMBLING, HOPPING or SESSION")
        self._advance()
        self.expect("(")
        if kind != "SESSION":
            self.expect("SIZE")
        window = nodes.StreamWindow(kind=kind, size=self.read_duration())
        if kind == "HOPPING":
            self.expect(",", "ADVANCE", "BY")
            window.set("advance", self.read_duration())
        if self.accept(",", "RETENTION"):
            window.set("retention", self.read_duration())
        if self.accept(",", "GRACE", "PERIOD"):
            window.set("grace", self.read_duration())
        self.expect(")")
        return window

    def read_duration(self) -> exp.Interval:
        """Read a length of time: a whole number and its unit."""
        length = self.read_whole_number()
        unit = self.word
        if unit not in WINDOW_UNITS:
            self.fail("expected DAYS, HOURS, MINUTES, SECONDS or MILLISECONDS")
        self._advance()
        return exp.Interval(this=length, unit=exp.Var(this=unit))

    def _read_grouping(self) -> exp.Group:
        self.expect("GROUP", "BY")
        return exp.Group(expressions=self._read_keys())

    def _read_keys(self) -> list[exp.Expr]:
        """Read the keys of GROUP BY or PARTITION BY; parentheses around the list mean nothing."""
        if self._at_list_in_parentheses():
            self.expect("(")
            return self.read_list(self._read_key, ")")
        return self.read_list(self._read_key)

    def _at_list_in_parentheses(self) -> bool:
        depth = 0
        for token in self._tokens[self._index : self._tokens_size]:
            if token.token_type in {TokenType.L_PAREN, TokenType.L_BRACKET}:
                depth += 1
            elif token.token_type in {TokenType.R_PAREN, TokenType.R_BRACKET}:
                depth -= 1
            if depth == 0:
                return False
            if depth == 1 and token.token_type is TokenType.COMMA:
                return self.word == "("
        return False

    def _read_key(self) -> exp.Expr:
        return self.read_expression(nodes.Precedence.CONCAT)

    def _read_emit(self) -> nodes.Emit:
        word = self.word
        if word not in {"CHANGES", "FINAL"}:
            self.fail("expected CHANGES or FINAL")
        self._advance()
        return nodes.Emit(this=word)
