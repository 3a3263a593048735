"""The bottom of the parser: the cursor over the tokens, comments, names, literals and types.

The parser follows ksqlDB's own grammar instead of overriding parts of sqlglot's, for two reasons.
sqlglot takes much more than ksqlDB does, and a statement that is checked by reading it back should
fail here if it would fail there. And it needs a third of the Python frames for a level of
parentheses.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

from sqlglot import exp
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType

from schemagen.ksqldb.names import RESERVED, fold
from schemagen.ksqldb.sql.nodes import SCALARS, SYNONYMS
from schemagen.ksqldb.sql.tokenizer import syntax_error

if TYPE_CHECKING:
    from collections.abc import Callable

Node = TypeVar("Node", bound=exp.Expr)

_LITERAL_TOKENS = frozenset({TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER})
_CONSTANTS: dict[str, Callable[[], exp.Expr]] = {
    "NULL": exp.Null,
    "TRUE": lambda: exp.Boolean(this=True),
    "FALSE": lambda: exp.Boolean(this=False),
}
_NO_TOKEN = Token(TokenType.SENTINEL, "")
"""Stands behind the last token; its word is an empty text, as at a name or literal."""


class CursorParser(Parser):
    """Steps over tokens and reads names, literals and types."""

    EXPRESSION_PARSERS: ClassVar = {
        exp.DataType: lambda self: self.read_type(),
        exp.Identifier: lambda self: self.read_name(),
    }

    def reset(self) -> None:
        """Forget the last text."""
        super().reset()
        self._words: list[str] = []
        self._commented: list[int] = []
        self.word = ""
        """The keyword or sign at the cursor in capitals, "" at a name, literal or end."""

    def start(self, tokens: list[Token], sql: str) -> None:
        """Begin to read tokens."""
        self.reset()
        self.sql = sql
        self._tokens_size = len(tokens)
        # A step never has to ask whether there is a token, not even two behind the last one.
        self._tokens = [*tokens, _NO_TOKEN, _NO_TOKEN]
        self._words = [
            "" if token.token_type in _LITERAL_TOKENS else token.text.upper()
            for token in self._tokens
        ]
        self._commented = [place for place, token in enumerate(tokens) if token.comments]
        self._go_to(0)

    # -- the cursor ---------------------------------------------------------------------------

    def _go_to(self, index: int) -> None:
        self._index = index
        tokens = self._tokens
        self._curr = tokens[index]
        self._next = tokens[index + 1]
        self.word = self._words[index]

    def _advance(self, times: int = 1) -> None:
        self._go_to(min(self._index + times, self._tokens_size))

    def _retreat(self, index: int) -> None:
        self._go_to(index)

    def at_end(self) -> bool:
        """Tell whether nothing is left to be read."""
        return self._index >= self._tokens_size

    @property
    def next_word(self) -> str:
        """The keyword or sign after the one at the cursor."""
        return self._words[self._index + 1]

    def accept(self, *words: str) -> bool:
        """Step over these keywords or signs if all of them come next."""
        index = self._index
        known = self._words
        for word in words:
            if known[index] != word:
                return False
            index += 1
        self._go_to(index)
        return True

    def expect(self, *words: str) -> None:
        """Step over these keywords or signs, which must come next."""
        for word in words:
            if not self.accept(word):
                self.fail(f"expected {word}")

    def fail(self, message: str) -> NoReturn:
        """Refuse the text at the cursor."""
        token = self._curr
        if not self.at_end():
            raise syntax_error(message, token.line, token.col)
        last = self._tokens[max(self._index - 1, 0)]
        raise syntax_error(f"{message}, but the text ends", last.line, last.col)

    def raise_error(self, message: str, token: Token = _NO_TOKEN) -> None:
        """Refuse the text as sqlglot does, but without quoting it."""
        del token
        self.fail(message)

    def read_list(
        self, read_item: Callable[[], Node], closing: str = "", *, empty: bool = False
    ) -> list[Node]:
        """Read items with commas between them, and the sign that closes the list if there is one.

        Args:
            read_item: reads one item.
            closing: the closing sign.
            empty: whether a list that closes at once is fine.

        """
        if empty and self.accept(closing):
            return []
        items = [self.commented(read_item)]
        while self.accept(","):
            self.keep_comments(items[-1], self._index - 1)
            items.append(self.commented(read_item))
        if closing:
            self.expect(closing)
        return items

    def commented(self, read_item: Callable[[], Node]) -> Node:
        """Read one item and give it the comments within, except those of items inside it."""
        start = self._index
        node = read_item()
        self.keep_comments(node, start)
        return node

    def keep_comments(self, node: exp.Expr, start: int) -> None:
        """Move the comments of the tokens from `start` to the cursor to a node."""
        places = self._commented
        if not places:
            return
        first = bisect_left(places, start)
        if first == len(places) or places[first] >= self._index:
            return
        last = bisect_left(places, self._index, first)
        found: list[str] = []
        for place in places[first:last]:
            found.extend(self._tokens[place].comments)
        del places[first:last]
        node.comments = found + (node.comments or [])

    # -- names and literals -------------------------------------------------------------------

    def at_name(self) -> bool:
        """Tell whether a name comes next."""
        return self._curr.token_type in {TokenType.VAR, TokenType.IDENTIFIER}

    def read_name(self) -> exp.Identifier:
        """Read one name."""
        token = self._curr
        quoted = token.token_type is TokenType.IDENTIFIER
        if not quoted and token.token_type is not TokenType.VAR:
            if self.word in RESERVED:
                self.fail("a reserved word needs back-ticks to be a name")
            self.fail("expected a name")
        self._go_to(self._index + 1)
        return exp.Identifier(this=token.text, quoted=quoted)

    def read_text(self) -> exp.Literal:
        """Read one text in single quotes."""
        token = self._curr
        if token.token_type is not TokenType.STRING:
            self.fail("expected a text in single quotes")
        self._advance()
        return exp.Literal.string(token.text)

    def read_whole_number(self) -> exp.Literal:
        """Read one number of digits only."""
        token = self._curr
        if token.token_type is not TokenType.NUMBER or not token.text.isdigit():
            self.fail("expected a whole number")
        self._advance()
        return exp.Literal(this=token.text, is_string=False)

    def read_literal(self) -> exp.Expr | None:
        """Read NULL, TRUE, FALSE, a text or an unsigned number, if one comes next."""
        token = self._curr
        kind = token.token_type
        if kind is TokenType.STRING or kind is TokenType.NUMBER:
            self._go_to(self._index + 1)
            return exp.Literal(this=token.text, is_string=kind is TokenType.STRING)
        make = _CONSTANTS.get(self.word)
        if make is None:
            return None
        self._advance()
        return make()

    # -- types --------------------------------------------------------------------------------

    def read_type(self) -> exp.DataType:
        """Read one type; second names and the old form `T ARRAY` are written as the first ones."""
        word = self.word if self.next_word == "<" else ""
        if word in {"ARRAY", "MAP", "STRUCT"}:
            parsed = self._read_nested_type(word)
        elif self.word == "DECIMAL":
            parsed = self._read_decimal()
        else:
            parsed = self._read_named_type()
        while self.accept("ARRAY"):
            parsed = exp.DataType(this=exp.DType.ARRAY, expressions=[parsed], nested=True)
        return parsed

    def _read_nested_type(self, word: str) -> exp.DataType:
        self._advance()
        self.expect("<")
        parts: list[Any]
        if word == "STRUCT":
            parts = self.read_list(self._read_field, ">")
        else:
            parts = [self.read_type()]
            if word == "MAP":
                self.expect(",")
                parts.append(self.read_type())
            self.expect(">")
        return exp.DataType(this=exp.DType[word], expressions=parts, nested=True)

    def _read_field(self) -> exp.ColumnDef:
        return exp.ColumnDef(this=self.read_name(), kind=self.read_type())

    def _read_decimal(self) -> exp.DataType:
        self._advance()
        self.expect("(")
        precision = exp.DataTypeParam(this=self.read_whole_number())
        self.expect(",")
        scale = exp.DataTypeParam(this=self.read_whole_number())
        self.expect(")")
        return exp.DataType(this=exp.DType.DECIMAL, expressions=[precision, scale])

    def _read_named_type(self) -> exp.DataType:
        if not self.at_name():
            self.fail("expected a type")
        name = self.read_name()
        word = "" if name.quoted else fold(name.name)
        scalar = SCALARS.get(SYNONYMS.get(word, word))
        if scalar is exp.DType.VARCHAR and self.accept("("):
            # ksqlDB reads the length of a VARCHAR and forgets it (`SqlTypeParser.java`).
            self.read_whole_number()
            self.expect(")")
        if scalar is not None:
            return exp.DataType(this=scalar)
        if word in {"ARRAY", "MAP", "STRUCT"}:
            self.fail("expected <")
        return exp.DataType(this=exp.DType.USERDEFINED, kind=name)
