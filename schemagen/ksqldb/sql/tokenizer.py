"""ksqlDB's lexical rules, exactly those of the lexer part of `SqlBase.g4`.

sqlglot's own tokenizer takes much that ksqlDB doesn't (national strings, templates, hints, names in
any script) and has more keywords; one regular expression for each kind of token says it better.

Two rules surprise. A line comment needs a character after its dashes, and that may be the line
break: a bare `--` swallows the line below. And white space is blank, tab, CR and LF only. One
difference is left on purpose: Java's upper-casing lets a few letters beyond ASCII pass for S, I and
K in a keyword; here they are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from schemagen.ksqldb.names import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_COMMENT = r"--[\s\S][^\r\n]*\r?\n?"
BLOCK_COMMENT = r"/\*[\s\S]*?\*/"
_TOKEN = re.compile(
    rf"""
    [\ \r\n\t]*+
    (?:
      (?P<line>    {LINE_COMMENT} )
    | (?P<block>   {BLOCK_COMMENT} )
    | (?P<word>    [A-Za-z_][A-Za-z0-9_@]* )
    | (?P<digit>   \.?[0-9] )
    | (?P<string>  '[^']*(?:''[^']*)*' )
    | (?P<tick>    `[^`]*(?:``[^`]*)*` )
    | (?P<quote>   "[^"]*(?:""[^"]*)*" )
    | (?P<variable> \$\{{[A-Za-z_][A-Za-z0-9_@]*\}} )
    | (?P<sign>    :=|->|=>|<>|!=|<=|>=|\|\||[-=<>+*/%()\[\],.;] )
    | (?P<end>     \Z )
    )
    """,
    re.VERBOSE,
)
_SPACE = " \r\n\t"
_ITEM_END = re.compile(r"(?:[ \t]|/\*.*?\*/)*(?:--|[\r\n,)\];]|\Z)")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DIGIT_NAME = re.compile(r"[0-9][A-Za-z0-9_@]+")

_SIGNS = {
    ":=": TokenType.COLON_EQ,
    "->": TokenType.ARROW,
    "=>": TokenType.FARROW,
    "<>": TokenType.NEQ,
    "!=": TokenType.NEQ,
    "<=": TokenType.LTE,
    ">=": TokenType.GTE,
    "||": TokenType.DPIPE,
    "-": TokenType.DASH,
    "=": TokenType.EQ,
    "<": TokenType.LT,
    ">": TokenType.GT,
    "+": TokenType.PLUS,
    "*": TokenType.STAR,
    "/": TokenType.SLASH,
    "%": TokenType.MOD,
    "(": TokenType.L_PAREN,
    ")": TokenType.R_PAREN,
    "[": TokenType.L_BRACKET,
    "]": TokenType.R_BRACKET,
    ",": TokenType.COMMA,
    ".": TokenType.DOT,
    ";": TokenType.SEMICOLON,
}
_RESERVED = {word: TokenType.__members__.get(word, TokenType.UNKNOWN) for word in RESERVED}


def syntax_error(message: str, line: int, column: int) -> ParseError:
    """Make sqlglot's error for a place in the text, both counted from 1; it quotes no text."""
    return ParseError.new(
        f"{message}. Line {line}, Col: {column}.", description=message, line=line, col=column
    )


class KsqlDBTokenizer(Tokenizer):
    """Cuts ksqlDB's SQL into sqlglot's tokens.

    A name without quotes is a VAR, also when it is a keyword that is not reserved; a quoted one is
    an IDENTIFIER. `col` of a token is the column of its first character, from 1. A comment at
    the end of its line, or of an item of a list, belongs to the token before it on that line, any
    other to the next token.
    """

    IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ["`", '"']
    KEYWORDS: ClassVar[dict[str, TokenType]] = dict(_RESERVED)
    SINGLE_TOKENS: ClassVar[dict[str, TokenType]] = {
        sign: kind for sign, kind in _SIGNS.items() if len(sign) == 1
    }
    NESTED_COMMENTS = False

    def tokenize(self, sql: str) -> list[Token]:
        """Cut a script into tokens.

        Raises:
            ParseError: a character or an unfinished text or comment that is not a token.

        """
        tokens: list[Token] = []
        waiting: list[str] = []
        last_line = 0
        make, types = Token, dict(_SIGNS)
        for kind, start, end, line, column in _pieces(sql):
            text = sql[start:end]
            if kind == "word" or kind == "sign":  # noqa: PLR1714 - a third of the time
                known = types.get(text)
                if known is None:
                    known = types[text] = _RESERVED.get(text.upper(), TokenType.VAR)
                tokens.append(make(known, text, line, column, start, end - 1, waiting))
                waiting = []
                last_line = line
                continue
            if kind == "line" or kind == "block":  # noqa: PLR1714 - a third of the time
                comment = (text[2:] if kind == "line" else text[2:-2]).strip()
                if not comment:
                    continue
                ends_item = kind == "line" or _ITEM_END.match(sql, end)
                if tokens and last_line == line and ends_item and not waiting:
                    tokens[-1].comments.append(comment)
                else:
                    waiting.append(comment)
                continue
            token = Token(*_typed(kind, text), line, column, start, end - 1, waiting)
            tokens.append(token)
            waiting = []
            last_line = line + text.count("\n")
        if tokens:
            tokens[-1].comments.extend(waiting)
        return tokens


def _typed(kind: str, text: str) -> tuple[TokenType, str]:
    if kind == "number":
        return TokenType.NUMBER, text
    if kind == "digit_name":
        # Stored in capitals as any name without quotes, and `1ABC` in back-ticks is the same name.
        return TokenType.IDENTIFIER, text.upper()
    quote = text[0]
    token_type = TokenType.STRING if kind == "string" else TokenType.IDENTIFIER
    return token_type, text[1:-1].replace(quote * 2, quote)


def _pieces(sql: str) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield kind, start, end, line and column of every piece but white space."""
    position, line, line_start = 0, 1, 0
    match_at, next_break = _TOKEN.match, _next_break(sql, 0)
    while True:
        match = match_at(sql, position)
        if match is None:
            start = len(sql) - len(sql[position:].lstrip(_SPACE))
            line, line_start = sql.count("\n", 0, start) + 1, sql.rfind("\n", 0, start) + 1
            raise syntax_error(_unreadable(sql[start]), line, start - line_start + 1)
        kind, end = match.lastgroup or "", match.end()
        start = match.start(kind)
        if kind == "end":
            return
        while next_break < start:
            line, line_start = line + 1, next_break + 1
            next_break = _next_break(sql, line_start)
        if kind == "variable":
            raise syntax_error(
                "the value of a `${variable}` isn't known here", line, start - line_start + 1
            )
        if kind == "digit":
            kind, end = _number_or_name(sql, start)
        yield kind, start, end, line, start - line_start + 1
        position = end


def _next_break(sql: str, start: int) -> int:
    found = sql.find("\n", start)
    return len(sql) if found < 0 else found


def _number_or_name(sql: str, position: int) -> tuple[str, int]:
    """Choose the longer one, and the number where both are equal, as ANTLR's lexers do."""
    number = _NUMBER.match(sql, position)
    name = _DIGIT_NAME.match(sql, position)
    number_end = number.end() if number else position
    if name and name.end() > number_end:
        return "digit_name", name.end()
    return "number", number_end


def _unreadable(char: str) -> str:
    if char in "'`\"":
        return "a text or quoted name has no end"
    if char == "@":
        return "a name that begins with `@` needs back-ticks"
    return "this character can't stand here outside quotes"
