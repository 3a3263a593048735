"""The function as statements call it, and what a call stands for.

    SCHEMAGEN_MATCH_V1(event, texts, 'S1:…', …)

gives an ARRAY with one MAP where a rule matches: 1 for each rule that does, 2 for each that the
statement must decide, and 1 for the groups of these rules. An empty ARRAY says that none matches.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sqlglot import exp

from schemagen.accelerator.conditions import has_unknown, places_of
from schemagen.accelerator.predicates import PredicateWriter
from schemagen.accelerator.wire import BrokenSpecificationError, unpack
from schemagen.errors import InputError
from schemagen.ksqldb.dialect import call
from schemagen.ksqldb.sql.nodes import WrittenExpression
from schemagen.ksqldb.types import VARCHAR, Array
from schemagen.ksqldb.types import to_sqlglot as type_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemagen.accelerator.conditions import RuleTable

VERSION = 1
"""The version of the jar, of the specification, and so of the function's name."""
PREFIX = "SCHEMAGEN_MATCH_V"
FUNCTION = f"{PREFIX}{VERSION}"
MATCHES = "R"
"""The column of the stream of candidates that has what the function gave."""
_LEAST = 3
_LACKING = "it names a value that the call doesn't give"


class RuleMatches(NamedTuple):
    """A rule of a call, as SQL over the columns that the call reads.

    Attributes:
        key: what the function calls it.
        group: what it calls the rules that one query has.
        sure: where it matches.
        possible: where it matches or the statement must decide: the same tree where no part of the
            condition is unknown.

    """

    key: str
    group: str
    sure: exp.Expr
    possible: exp.Expr


def match_call(
    event: exp.Expr | None, texts: Sequence[exp.Expr], pieces: Sequence[str]
) -> exp.Expr:
    """Make a call of the function.

    Args:
        event: the STRUCT in which places are; None for none.
        texts: further values, all VARCHAR.
        pieces: the specification.

    """
    struct = exp.Cast(this=exp.Null(), to=type_tree(VARCHAR)) if event is None else event
    more: exp.Expr = exp.Array(expressions=[each.copy() for each in texts])
    if not texts:
        more = exp.Cast(this=exp.Null(), to=type_tree(Array(VARCHAR)))
    return call(FUNCTION, struct, more, *(exp.Literal.string(piece) for piece in pieces))


def calls_of_function(root: exp.Expr) -> Iterator[exp.Anonymous]:
    """Yield the calls of the function in an expression or a statement."""
    # Items of bundles that were written before don't call it: they look at what it gave.
    for node in root.walk(prune=lambda each: isinstance(each, WrittenExpression)):
        if isinstance(node, exp.Anonymous) and str(node.this).upper() == FUNCTION:
            yield node


def is_matching(select: exp.Expr) -> bool:
    """Tell whether a query only finds matches, by the function, for others to tell of."""
    return next(calls_of_function(select), None) is not None


def matched_key(node: exp.Expr) -> str | None:
    """Return the key of `R['key']`; None for anything else."""
    is_entry = isinstance(node, exp.Bracket) and isinstance(node.this, exp.Column)
    if not is_entry or node.this.name != MATCHES:
        return None
    key = node.expressions[0]
    return str(key.this) if isinstance(key, exp.Literal) and key.is_string else None


def table_of(arguments: Sequence[exp.Expr]) -> RuleTable:
    """Read the specification of a call.

    Raises:
        InputError: it is broken.

    """
    pieces = arguments[_LEAST - 1 :]
    if not pieces or not all(isinstance(each, exp.Literal) and each.is_string for each in pieces):
        raise _broken("it isn't a literal")
    try:
        return _unpacked(tuple(str(each.this) for each in pieces))
    except BrokenSpecificationError as error:
        raise _broken(str(error)) from None


def rules_of(arguments: Sequence[exp.Expr]) -> list[RuleMatches]:
    """Return the rules of a call, given its arguments, as SQL.

    Raises:
        InputError: the specification is broken.

    """
    table = table_of(arguments)
    event, texts = arguments[:2]
    given = texts.expressions if isinstance(texts, exp.Array) else []
    sure = PredicateWriter(event, given, unknown=False)
    possible = PredicateWriter(event, given, unknown=True)
    found = []
    try:
        for rule in table.rules:
            is_known = not has_unknown(rule.condition)
            certain = sure.write(rule.condition)
            maybe = certain if is_known else possible.write(rule.condition)
            found.append(RuleMatches(rule.key, rule.group, certain, maybe))
    except LookupError:
        raise _broken(_LACKING) from None
    return found


def with_values_read(root: exp.Expr) -> exp.Expr:
    """Return an expression in which calls of the function are the values that conditions read.

    It is the given one where that calls no such function.

    Raises:
        InputError: a specification is broken.

    """
    if next(calls_of_function(root), None) is None:
        return root
    copied = root.copy()
    for node in list(calls_of_function(copied)):
        event, texts = node.expressions[:2]
        given = texts.expressions if isinstance(texts, exp.Array) else []
        writer = PredicateWriter(event, given, unknown=False)
        places = {p: None for each in table_of(node.expressions).rules for p in places_of(each)}
        try:
            values = [writer.value(place) for place in places]
        except LookupError:
            raise _broken(_LACKING) from None
        node.replace(exp.Array(expressions=values))
    return copied


def _broken(reason: str) -> InputError:
    return InputError(
        f"The specification of {FUNCTION} is broken: {reason}.",
        "Write the statements anew by `schemagen ddl`.",
    )


@lru_cache(maxsize=8)
def _unpacked(pieces: tuple[str, ...]) -> RuleTable:
    return unpack(pieces)
