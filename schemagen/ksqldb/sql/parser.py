"""The top of the parser: scripts and statements (`SqlBase.g4`, statement)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from schemagen.ksqldb.names import NON_RESERVED, RESERVED
from schemagen.ksqldb.sql import nodes
from schemagen.ksqldb.sql.nodes import Precedence
from schemagen.ksqldb.sql.read_queries import QueryParser

if TYPE_CHECKING:
    from collections.abc import Callable

TRAILING = "trailing_comments"
"""Where a statement's `meta` keeps the comments that stand behind its semicolon."""
LINE, SPAN = "line", "span"
"""Where a statement's `meta` keeps the line it begins on, from 1, and its place in the text."""

_SOURCES = ("STREAM", "TABLE")
_NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER})
_PROPERTY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class KsqlDBParser(QueryParser):
    """Reads scripts of ksqlDB into sqlglot trees; `dialect.py` tells their shapes."""

    def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
        """Read a script, or one expression alone, as sqlglot's builders hand them in."""
        return [*self._read_script(raw_tokens, sql, self._read_anything)]

    def read_statements(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr]:
        """Read a script of statements; the semicolon of the last one may be missing.

        Raises:
            ParseError: ksqlDB's grammar doesn't take it.

        """
        return self._read_script(raw_tokens, sql, self.read_statement)

    def _read_script(
        self, raw_tokens: list[Token], sql: str, read_item: Callable[[], exp.Expr]
    ) -> list[exp.Expr]:
        self.start(raw_tokens, sql)
        statements = []
        while not self.at_end():
            first = self._curr
            statement = self.commented(read_item)
            semicolon = self._curr
            if not self.at_end() and not self.accept(";"):
                self.fail("the statement should end here")
            statement.meta[LINE] = first.line
            statement.meta[SPAN] = (first.start, self._tokens[self._index - 1].end + 1)
            if semicolon.comments:
                statement.meta[TRAILING] = list(semicolon.comments)
            statements.append(statement)
        return statements

    def _parse(
        self,
        parse_method: Callable[[Any], exp.Expr | None],
        raw_tokens: list[Token],
        sql: str | None = None,
    ) -> list[exp.Expr | None]:
        self.start(raw_tokens, sql or "")
        if self.at_end():
            return [None]
        start = self._index
        node = parse_method(self)
        if not self.at_end():
            self.fail("the text should end here")
        if node is not None:
            self.keep_comments(node, start)
        return [node]

    # -- statements ---------------------------------------------------------------------------

    def read_statement(self) -> exp.Expr:
        """Read one statement up to its semicolon."""
        read = self._STATEMENTS.get(self.word)
        if read is None:
            self.fail("expected a statement")
        return read(self)

    def _read_anything(self) -> exp.Expr:
        word = self.word
        more = self._index + 1 < self._tokens_size
        following = self.next_word or ("literal" if more else "")
        begins = word in RESERVED or following[:1].isalpha()
        if word in self._STATEMENTS and begins:
            return self.read_statement()
        return self.read_projection()

    def _read_create(self) -> exp.Expr:
        start = self._index
        self.expect("CREATE")
        replace = self.accept("OR", "REPLACE")
        if not replace and self.accept("TYPE"):
            return self._read_create_type()
        if self.word in {"SOURCE", "SINK"} and self.next_word == "CONNECTOR":
            self._retreat(start)
            return self._read_verbatim()
        source = self.accept("SOURCE")
        kind = self._read_kind()
        exists = self.accept("IF", "NOT", "EXISTS")
        this: exp.Expr = self.read_source_name()
        if self.accept("("):
            elements = self.read_list(self._read_element, ")")
            this = exp.Schema(this=this, expressions=elements)
        properties = self._read_with()
        query = None
        if self.accept("AS"):
            if source or isinstance(this, exp.Schema):
                self.fail("a statement with a query takes no columns and no SOURCE")
            query = self.read_query()
        return exp.Create(
            this=this,
            kind=kind,
            replace=replace,
            source=source,
            exists=exists,
            properties=properties,
            expression=query,
        )

    def _read_kind(self) -> str:
        word = self.word
        if word not in _SOURCES:
            self.fail("expected STREAM or TABLE")
        self._advance()
        return word

    def _read_create_type(self) -> nodes.CreateType:
        exists = self.accept("IF", "NOT", "EXISTS")
        name = self.read_name()
        self.expect("AS")
        return nodes.CreateType(this=name, expression=self.read_type(), exists=exists)

    def _read_element(self) -> exp.ColumnDef:
        column = exp.ColumnDef(this=self.read_name(), kind=self.read_type())
        role: exp.Expr | None = None
        if self.accept("PRIMARY", "KEY"):
            role = exp.PrimaryKeyColumnConstraint()
        elif self.accept("KEY"):
            role = nodes.KeyColumnConstraint()
        elif self.accept("HEADERS"):
            role = nodes.HeaderColumnConstraint()
        elif self.accept("HEADER", "("):
            role = nodes.HeaderColumnConstraint(this=self.read_text())
            self.expect(")")
        if role is not None:
            column.set("constraints", [exp.ColumnConstraint(kind=role)])
        return column

    def _read_with(self) -> exp.Properties | None:
        if not self.accept("WITH"):
            return None
        self.expect("(")
        return exp.Properties(expressions=self.read_list(self._read_property, ")"))

    def _read_property(self) -> exp.Property:
        """Read one property; ksqlDB compares their names without regard to case or quotes."""
        token = self._curr
        if token.token_type is TokenType.STRING:
            self._advance()
        else:
            self.read_name()
        simple = _PROPERTY_NAME.fullmatch(token.text)
        key = exp.Var(this=token.text.upper()) if simple else exp.Literal.string(token.text)
        self.expect("=")
        return exp.Property(this=key, value=self._read_property_value())

    def _read_property_value(self) -> exp.Expr:
        negative = self.accept("-")
        if negative and self._curr.token_type is not TokenType.NUMBER:
            self.fail("expected a number")
        value = self.read_literal()
        if value is None:
            self.fail("expected a text, a number, TRUE, FALSE or NULL")
        return exp.Neg(this=value) if negative else value

    def _read_insert(self) -> exp.Insert:
        self.expect("INSERT", "INTO")
        target: exp.Expr = self.read_source_name()
        if self.accept("("):
            names = self.read_list(self.read_name, ")")
            target = exp.Schema(this=target, expressions=names)
        if self.accept("VALUES"):
            self.expect("(")
            row = exp.Tuple(expressions=self.read_list(self._read_value, ")"))
            return exp.Insert(this=target, expression=exp.Values(expressions=[row]))
        if isinstance(target, exp.Schema):
            self.fail("expected VALUES")
        properties = self._read_with()
        return exp.Insert(this=target, properties=properties, expression=self.read_query())

    def _read_value(self) -> exp.Expr:
        return self.read_expression(Precedence.CONCAT)

    def _read_drop(self) -> exp.Expr:
        if self.next_word == "CONNECTOR":
            return self._read_verbatim()
        self.expect("DROP")
        kind = "TYPE" if self.accept("TYPE") else self._read_kind()
        exists = self.accept("IF", "EXISTS")
        this = self.read_name() if kind == "TYPE" else self.read_source_name()
        delete = kind != "TYPE" and self.accept("DELETE", "TOPIC")
        return nodes.DropSource(kind=kind, this=this, exists=exists, delete_topic=delete)

    def _read_control(self) -> nodes.QueryControl:
        control = nodes.QueryControl(kind=self.word)
        self._advance()
        if not self.accept("ALL"):
            control.set("this", self.read_name())
        return control

    def _read_set(self) -> nodes.SetProperty:
        self.expect("SET")
        name = self.read_text()
        self.expect("=")
        return nodes.SetProperty(this=name, expression=self.read_text())

    def _read_unset(self) -> nodes.UnsetProperty:
        self.expect("UNSET")
        return nodes.UnsetProperty(this=self.read_text())

    def _read_define(self) -> nodes.Define:
        self.expect("DEFINE")
        name = self._read_variable_name()
        self.expect("=")
        return nodes.Define(this=name, expression=self.read_text())

    def _read_undefine(self) -> nodes.Undefine:
        self.expect("UNDEFINE")
        return nodes.Undefine(this=self._read_variable_name())

    def _read_variable_name(self) -> exp.Identifier:
        token = self._curr
        if token.token_type is not TokenType.VAR or token.text.upper() in NON_RESERVED:
            self.fail("a variable's name takes no quotes and is not a keyword")
        return self.read_name()

    def _read_alter(self) -> exp.Expr:
        if self.next_word == "SYSTEM":
            return self._read_verbatim()
        self.expect("ALTER")
        kind = self._read_kind()
        source = self.read_source_name()
        return nodes.AlterSource(
            kind=kind, this=source, expressions=self.read_list(self._read_addition)
        )

    def _read_addition(self) -> exp.ColumnDef:
        self.expect("ADD")
        # The word COLUMN may be left out, and may itself be the new column's name.
        third = self._tokens[min(self._index + 2, self._tokens_size)]
        if third.token_type in _NAMES or third.text.upper() == "DECIMAL":
            self.accept("COLUMN")
        return exp.ColumnDef(this=self.read_name(), kind=self.read_type())

    def _read_assert(self) -> nodes.Assertion:
        self.expect("ASSERT")
        assertion = nodes.Assertion(absent=self.accept("NOT", "EXISTS"))
        if self.accept("TOPIC"):
            assertion.set("kind", "TOPIC")
            assertion.set("this", self._read_resource())
            assertion.set("properties", self._read_with())
        else:
            self.expect("SCHEMA")
            assertion.set("kind", "SCHEMA")
            if self.accept("SUBJECT"):
                assertion.set("this", self._read_resource())
            if self.accept("ID"):
                assertion.set("id", self._read_property_value())
        if self.accept("TIMEOUT"):
            assertion.set("timeout", self.read_duration())
        return assertion

    def _read_resource(self) -> exp.Expr:
        return self.read_text() if self._curr.token_type is TokenType.STRING else self.read_name()

    def _read_explain(self) -> nodes.Explain:
        self.expect("EXPLAIN")
        ends = self._index + 1 >= self._tokens_size or self.next_word == ";"
        if self.at_name() and ends:
            return nodes.Explain(this=self.read_name())
        return nodes.Explain(this=self.read_statement())

    def _read_verbatim(self) -> nodes.Verbatim:
        parts: list[exp.Expr] = []
        while not self.at_end() and self.word != ";":
            token = self._curr
            self._advance()
            if token.token_type is TokenType.STRING:
                parts.append(exp.Literal.string(token.text))
            elif token.token_type is TokenType.NUMBER:
                parts.append(exp.Literal(this=token.text, is_string=False))
            elif token.token_type is TokenType.IDENTIFIER:
                parts.append(exp.Identifier(this=token.text, quoted=True))
            else:
                parts.append(exp.Var(this=token.text))
        return nodes.Verbatim(expressions=parts)

    _STATEMENTS: ClassVar[dict[str, Callable[[Any], exp.Expr]]] = {
        "ALTER": _read_alter,
        "ASSERT": _read_assert,
        "CREATE": _read_create,
        "DEFINE": _read_define,
        "DESCRIBE": _read_verbatim,
        "DROP": _read_drop,
        "EXPLAIN": _read_explain,
        "INSERT": _read_insert,
        "LIST": _read_verbatim,
        "PAUSE": _read_control,
        "PRINT": _read_verbatim,
        "RESUME": _read_control,
        "RUN": _read_verbatim,
        "SELECT": QueryParser.read_query,
        "SET": _read_set,
        "SHOW": _read_verbatim,
        "TERMINATE": _read_control,
        "UNDEFINE": _read_undefine,
        "UNSET": _read_unset,
    }
