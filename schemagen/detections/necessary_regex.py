"""The texts of which each match of a regular expression holds one."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

# As in `regex`: the module has no public name, and its tree is what `re` compiles.
_parser: Any = re._parser  # type: ignore[attr-defined]  # noqa: SLF001 (see above)

_FLAGS = re.compile(r"\A\(\?([a-z]+)\)")
_JAVA = re.compile(r"\\(?:(?P<end>z)|x\{(?P<code>[0-9a-fA-F]{1,6})\}|.)", re.DOTALL)
_UNFOLDED = frozenset("kKsSiI\u017f\u212a\u0130\u0131")
"""Letters that `i` of Java takes for others that have another lower case."""
_MOST = 4_000
"""More texts than this are not looked for in place of one expression."""
_MANY = 20
UNSTEADY = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00a6\u03a3\u03c3\u03c2\u0130\u0307\u2028\u2029\ud800-\udfff]"
    r"|(?<=\$)(?=\{)"
)
"""What texts that are looked for don't hold: control characters, which can't be seen in review,
letters whose lower case depends on what is around them, and what stands between texts."""


class RegexText(NamedTuple):
    """A text that a match holds.

    Attributes:
        text: the text.
        is_end: whether the value ends with it.

    """

    text: str
    is_end: bool = False

    @property
    def strength(self) -> int:
        """How much of it can be looked for at once, in bytes."""
        return max(len(each.encode()) for each in UNSTEADY.split(self.text))


@lru_cache(maxsize=10_000)
def texts_of_regex(java: str) -> list[RegexText] | None:
    """Return texts of which each match of an expression holds one; None where that isn't known.

    Args:
        java: the expression, as `regex.translate` and `Pattern.expression` write it.

    """
    flags = _FLAGS.match(java)
    letters = flags[1] if flags else ""
    body = java[flags.end() :] if flags else java
    if "&&" in body or "x" in letters:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(_JAVA.sub(_for_python, body), 0)
        found = _best(list(tree), "i" in letters)
    except (re.error, RecursionError, OverflowError, ValueError):
        return None
    return None if found is None or len(found) > _MOST else found


def _for_python(match: re.Match[str]) -> str:
    if match["end"]:
        return r"\Z"
    if match["code"]:
        return re.escape(chr(int(match["code"], 16)))
    return match[0]


def _best(nodes: Sequence[Any], folded: bool) -> list[RegexText] | None:  # noqa: FBT001 - a flag of the expression
    """Return what the best part of a sequence needs: all of its parts must be there."""
    candidates: list[list[RegexText]] = []
    run: list[Any] = []
    for place, (op, argument) in enumerate(nodes):
        name = str(op)
        if name == "LITERAL" and not (folded and chr(argument) in _UNFOLDED):
            run.append((op, argument))
            continue
        rest = list(nodes[place + 1 :])
        is_last = not rest and name == "AT" and str(argument) == "AT_END_STRING"
        candidates.append([RegexText(_written(run), is_last)])
        branches = _branches(name, argument)
        if branches is None:
            inner = _inside(name, argument, folded)
        else:
            # What stands before, and the end behind, belong to each of them.
            end = rest if [str(each) for _, each in rest] == ["AT_END_STRING"] else []
            inner = _any([[*run, *branch, *end] for branch in branches], folded)
        if inner is not None:
            candidates.append(inner)
        run = []
    candidates.append([RegexText(_written(run))])
    usable = [each for each in candidates if min(one.strength for one in each) > 1]
    return max(usable, key=_strength, default=None)


def _written(run: Sequence[Any]) -> str:
    return "".join(chr(code) for _, code in run)


def _strength(texts: Sequence[RegexText]) -> float:
    return min(one.strength for one in texts) / (1 + len(texts) / _MANY)


def _branches(name: str, argument: Any) -> list[list[Any]] | None:
    """Return the alternatives of a node; None where it has none."""
    if name == "BRANCH":
        return [list(each) for each in argument[1]]
    if name == "SUBPATTERN":
        inner = list(argument[3])
        if not argument[1] and not argument[2] and len(inner) == 1:
            return _branches(str(inner[0][0]), inner[0][1])
        if inner and str(inner[-1][0]) == "BRANCH" and not argument[1] and not argument[2]:
            # Python takes a common beginning out of alternatives.
            return [[*inner[:-1], *each] for each in inner[-1][1][1]]
    return None


def _any(branches: Sequence[Sequence[Any]], folded: bool) -> list[RegexText] | None:  # noqa: FBT001 - as above
    found: list[RegexText] = []
    for branch in branches:
        part = _best(branch, folded)
        if part is None:
            return None
        found += part
    return found


def _inside(name: str, argument: Any, folded: bool) -> list[RegexText] | None:  # noqa: FBT001 - as above
    """Return what a node needs that is not a literal; what it ends with isn't the value's end."""
    found = None
    if name == "SUBPATTERN":
        is_folded = folded or bool(argument[1] & re.IGNORECASE)
        found = _best(list(argument[3]), is_folded)
    elif name == "IN" and all(str(op) == "LITERAL" for op, _ in argument) and not folded:
        found = [RegexText(chr(code)) for _, code in argument]
    elif name == "ATOMIC_GROUP":
        found = _best(list(argument), folded)
    elif name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"} and argument[0]:
        found = _best(list(argument[2]), folded)
    return None if found is None else [RegexText(one.text) for one in found]
