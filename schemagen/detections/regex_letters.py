"""Which letters a place of a regular expression takes, as bits: two that share one overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_OTHERS = "aZ09_- .,;/\\\t\n\u00e9\u4e00"
"""A letter of each sort, for what an expression takes without naming it."""
_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda letter: letter.isalnum() or letter == "_",
}
_LITERALS = {"LITERAL", "NOT_LITERAL"}


class LetterSets:
    """Tells sets of letters apart, by letters that the expression names and some that it doesn't.

    Args:
        nodes: all nodes of the expression.
        folded: whether it ignores case.

    """

    def __init__(self, nodes: Iterable[tuple[str, Any]], *, folded: bool) -> None:
        self._folded = folded
        named = [ord(each) for each in _OTHERS]
        for name, argument in nodes:
            named += _codes(name, argument)
        near = {code + step for code in named for step in (-1, 0, 1)}
        known = {chr(code) for code in near if 0 <= code <= 0x10FFFF}  # noqa: PLR2004 - Unicode's last
        cased = {one for each in known for one in (each.lower(), each.upper()) if len(one) == 1}
        self._letters = sorted(known | cased)
        self.all = (1 << len(self._letters)) - 1

    def of(self, name: str, argument: Any) -> int:
        """Return the letters that a node takes."""
        found = 0
        for place, letter in enumerate(self._letters):
            forms = {letter, letter.lower(), letter.upper()} if self._folded else {letter}
            if any(_takes(name, argument, form) for form in forms):
                found |= 1 << place
        return found


def _codes(name: str, argument: Any) -> Iterator[int]:
    if name in _LITERALS:
        yield argument
    elif name == "RANGE":
        yield from argument
    elif name == "IN":
        for op, inner in argument:
            yield from _codes(str(op), inner)


def _takes(name: str, argument: Any, letter: str) -> bool:
    if name in _LITERALS:
        return (name == "LITERAL") == (len(letter) == 1 and ord(letter) == argument)
    if name == "IN":
        return _is_in(argument, letter)
    return True


def _is_in(items: Sequence[tuple[Any, Any]], letter: str) -> bool:
    negated = str(items[0][0]) == "NEGATE"
    found = False
    for op, argument in items[negated:]:
        name = str(op)
        if name == "RANGE":
            found = found or (len(letter) == 1 and argument[0] <= ord(letter) <= argument[1])
        elif name == "CATEGORY":
            found = found or _is_of(str(argument), letter)
        else:
            found = found or _takes(name, argument, letter)
    return found != negated


def _is_of(category: str, letter: str) -> bool:
    name = category.removeprefix("CATEGORY_")
    return _CATEGORIES[name.removeprefix("NOT_")](letter) != name.startswith("NOT_")
