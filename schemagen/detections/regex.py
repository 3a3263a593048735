r"""Regular expressions for `java.util.regex`, which REGEXP_EXTRACT compiles for every record.

Python's own parser, by which pySigma checks the expressions of rules, reads an expression; written
for Java is what it understood. So no spelling that the two languages read differently is passed on:
`(?P<name>…)`, `\Z`, `[` in a set, `{` that is not a quantifier, `\v`, octal numbers.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from schemagen.detections.regex_ways import MOST_WAYS, ways

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The module has no public name since `sre_parse` is deprecated; its tree is what `re` compiles.
_parser: Any = re._parser  # type: ignore[attr-defined]  # noqa: SLF001 (see above)
_Tree = Any

_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}
_PLACES = {
    "AT_BEGINNING": "^",
    "AT_BEGINNING_STRING": r"\A",
    "AT_BOUNDARY": r"\b",
    "AT_NON_BOUNDARY": r"\B",
    "AT_END": "$",
    "AT_END_STRING": r"\z",
}
_REPEATS = {"MAX_REPEAT": "", "MIN_REPEAT": "?", "POSSESSIVE_REPEAT": "+"}
# Java folds only ASCII under `i` unless `u` is set, and takes more than a line feed for the end of
# a line unless `d` is: with both it matches as Python does.
_FLAGS = ((re.IGNORECASE, "iu"), (re.MULTILINE, "m"), (re.DOTALL, "s"))


_POSIX = re.compile(r"(?<!\\)\[([:.=])\^?[a-z]+\1\]")
"""A class such as `[:alpha:]`, in which Python sees a set of letters and colons."""


class UntranslatableRegexError(ValueError):
    """Java has nothing of the same meaning; the message is a clause."""


def quoted(text: str) -> str:
    """Write a text so that it stands for itself, in a set too."""
    return "".join(map(_literal, text))


def _literal(char: str) -> str:
    if char.isalnum() or char == "_" or (char > "\x7f" and char.isprintable()):
        return char
    if char in " \"'%,/:;<=>@~`!#":
        return char
    if char.isprintable():
        return "\\" + char
    return f"\\x{{{ord(char):x}}}"


def read(pattern: str, flags: int = 0) -> Any:
    """Read an expression as Python does.

    Args:
        pattern: the expression.
        flags: `re.IGNORECASE`, `re.MULTILINE` and `re.DOTALL`.

    Returns:
        The tree of Python's parser.

    Raises:
        UntranslatableRegexError: it is not an expression, or Java says it otherwise.

    """
    posix = _POSIX.search(pattern)
    if posix is not None:
        raise UntranslatableRegexError(f"the POSIX class `{posix[0]}` is not supported")
    try:
        with warnings.catch_warnings():
            # What Python may read otherwise one day is written for Java as it is read today.
            warnings.simplefilter("ignore", FutureWarning)
            return _parser.parse(pattern, flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise UntranslatableRegexError(f"it is not a regular expression: {error}") from None


def translate(pattern: str, flags: int = 0) -> str:
    """Read an expression as Python does, and write it for Java.

    Raises:
        UntranslatableRegexError: as `read` and `write`.

    """
    return write(read(pattern, flags))


def write(tree: Any) -> str:
    """Write an expression for Java.

    Args:
        tree: the expression as `read` returns it.

    Raises:
        UntranslatableRegexError: Java can't say it, or would never come to its end.

    """
    if ways(tree) > MOST_WAYS:
        raise UntranslatableRegexError(
            f"it goes on without a letter in more than {MOST_WAYS} ways, which Java tries one by "
            "one; repeat nothing that may be empty, and let one alternative be empty at most"
        )
    body = _sequence(tree)
    letters = "".join(text for flag, text in _FLAGS if tree.state.flags & flag)
    if re.search(r"[.^$]", re.sub(r"\\.|\[\^?", "", body)):
        letters = "d" + letters
    return f"(?{letters}){body}" if letters else body


def _sequence(tree: _Tree) -> str:
    return "".join(_node(str(op), argument) for op, argument in tree)


def _node(op: str, argument: Any) -> str:
    write = _WRITERS.get(op)
    if write is None:
        raise UntranslatableRegexError("Java has no condition on a group")
    return write(argument)


def _set(items: Sequence[tuple[Any, Any]]) -> str:
    text = ""
    for op, argument in items:
        name = str(op)
        if name == "NEGATE":
            text += "^"
        elif name == "LITERAL":
            text += _literal(chr(argument))
        elif name == "RANGE":
            first, last = argument
            text += f"{_literal(chr(first))}-{_literal(chr(last))}"
        else:
            text += _CATEGORIES[str(argument)]
    return f"[{text}]"


def _repeat(argument: tuple[Any, Any, _Tree]) -> str:
    least, most, inner = argument
    text = _sequence(inner)
    if len(inner) != 1 or str(inner[0][0]) in (*_REPEATS, "AT", "ASSERT", "ASSERT_NOT"):
        text = f"(?:{text})"
    unbounded = str(most) == "MAXREPEAT"
    if unbounded and least in (0, 1):
        return text + "*+"[least]
    if (least, most) == (0, 1):
        return f"{text}?"
    if least == most:
        return f"{text}{{{least}}}"
    return f"{text}{{{least},{'' if unbounded else most}}}"


def _group(number: int | None, added: int, removed: int, inner: _Tree) -> str:
    body = _sequence(inner)
    if number is not None:
        return f"({body})"
    on = "".join(text for flag, text in _FLAGS if added & flag)
    off = "".join(text for flag, text in _FLAGS if removed & flag)
    return f"(?{on}{'-' + off if off else ''}:{body})"


def _look(argument: tuple[int, _Tree], sign: str) -> str:
    direction, inner = argument
    return f"(?{'<' if direction < 0 else ''}{sign}{_sequence(inner)})"


_WRITERS: dict[str, Callable[[Any], str]] = {
    "LITERAL": lambda code: _literal(chr(code)),
    "NOT_LITERAL": lambda code: f"[^{_literal(chr(code))}]",
    "ANY": lambda _: ".",
    "IN": _set,
    "AT": lambda place: _PLACES[str(place)],
    "BRANCH": lambda branch: "(?:" + "|".join(map(_sequence, branch[1])) + ")",
    "SUBPATTERN": lambda parts: _group(*parts),
    "ATOMIC_GROUP": lambda inner: f"(?>{_sequence(inner)})",
    "ASSERT": lambda look: _look(look, "="),
    "ASSERT_NOT": lambda look: _look(look, "!"),
    "GROUPREF": lambda number: f"(?:\\{number})",
    "FAILURE": lambda _: "(?!)",
    **{
        op: lambda parts, suffix=suffix: _repeat(parts) + suffix  # type: ignore[misc]
        for op, suffix in _REPEATS.items()
    },
}
