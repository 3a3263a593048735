"""Leaf predicates: one value of an event against what a rule asks of it.

Each is true or false and never NULL, and none can throw, whatever the value: a NULL gives FALSE, so
that NOT of it is TRUE, as Sigma wants it of a field that is missing. `INSTR`, `SUBSTRING`, `LCASE`
and `REGEXP_EXTRACT` pass NULL on or give 0, and a comparison with NULL is FALSE in ksqlDB.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sigma.types import CompareOperators
from sqlglot import exp

from schemagen.choices import Matching
from schemagen.detections.logic import conjunction, disjunction, false
from schemagen.detections.networks import expression
from schemagen.detections.number_texts import number_expression, spellings
from schemagen.detections.values import Pattern, PatternForm, Wildcard, pattern
from schemagen.ksqldb.dialect import call
from schemagen.ksqldb.names import MAX_LITERAL_BYTES, string_literal
from schemagen.ksqldb.types import VARCHAR, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from ipaddress import IPv4Network, IPv6Network

MANY_VALUES = 30
"""More values than this, of one list and one shape, become one regular expression."""

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*")
_NUMBER_TEXT = r"\A\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*\z"
_SHORT_INTEGER = r"\A\s*[+-]?[0-9]{1,18}\s*\z"
"""A whole number that fits a BIGINT."""
_LONGEST = 2**63
_EXACT = 2**53
_COMPARISONS: dict[CompareOperators, type[exp.Expr]] = {
    CompareOperators.LT: exp.LT,
    CompareOperators.LTE: exp.LTE,
    CompareOperators.GT: exp.GT,
    CompareOperators.GTE: exp.GTE,
}
_LIKE_ESCAPE = "!"


class ClashError(ValueError):
    """No value of a column's type can be what the rule wants: FALSE; the message is a clause."""


class IncomparableError(ValueError):
    """Whether a column's value is what the rule wants can't be told; the message is a clause."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A scalar of an event.

    Args:
        make: makes the expression anew each time, since a tree can't share its parts.
        type: its type.
        fractions: whether it is text of which some was a number with a fraction or an exponent:
            `4688.0` is the number 4688, and `1E+3` is 1000.

    """

    make: Callable[[], exp.Expr]
    type: Scalar
    fractions: bool = False

    def lower(self) -> exp.Expr:
        """Give the text in lower case."""
        return call("LCASE", self.make())

    @property
    def is_text(self) -> bool:
        """Whether it is a VARCHAR."""
        return self.type == VARCHAR

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers only."""
        return self.type.name in ("INT", "BIGINT") or (
            self.type.name == "DECIMAL" and self.type.scale == 0
        )

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.type.name in ("INT", "BIGINT", "DECIMAL", "DOUBLE")


def is_null(node: exp.Expr) -> exp.Expr:
    """Make `x IS NULL`."""
    return exp.Is(this=node, expression=exp.Null())


def is_not_null(node: exp.Expr) -> exp.Expr:
    """Make `x IS NOT NULL`."""
    return exp.Not(this=is_null(node))


def equal(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Make `left = right`."""
    return exp.EQ(this=left, expression=right)


def number(value: float) -> exp.Expr:
    """Make a literal of a number; of a whole one beyond 64 bits with an exponent, a DOUBLE."""
    size = abs(value)
    literal = exp.Literal.number(repr(size) if size < _LONGEST else f"{Decimal(repr(size)):E}")
    return exp.Neg(this=literal) if value < 0 else literal


# -- texts --------------------------------------------------------------------------------------


def matches_any(
    value: Operand, patterns: Sequence[Pattern], matching: Matching = Matching.SAFE
) -> exp.Expr:
    """Tell whether a value matches one of some texts.

    Raises:
        ClashError: no value of this type can match any of them.

    """
    if value.is_text:
        return _text_matches(value, patterns, matching)
    if value.type.name == "BOOLEAN":
        return _boolean_matches(value, patterns)
    found: list[exp.Expr] = []
    reason = ""
    for one in patterns:
        try:
            found.append(_digits_match(value, one))
        except ClashError as error:
            reason = str(error)
    if not found:
        raise ClashError(reason)
    return disjunction(found)


def _text_matches(value: Operand, patterns: Sequence[Pattern], matching: Matching) -> exp.Expr:
    groups: dict[tuple[PatternForm, bool, bool], list[Pattern]] = {}
    for one in dict.fromkeys(patterns):
        shape = one.shape
        if matching == Matching.LIKE and shape not in (PatternForm.EQUALS, PatternForm.ANYTHING):
            shape = PatternForm.OTHER
        groups.setdefault((shape, one.cased, one.fragile), []).append(one)
    found: list[exp.Expr] = []
    for (shape, _, fragile), group in groups.items():
        if shape is PatternForm.ANYTHING:
            found.append(is_not_null(value.make()))
        elif matching == Matching.LIKE and shape is PatternForm.OTHER:
            found += [_like(value, one) for one in group]
        elif fragile or shape is PatternForm.OTHER:
            found += _expressions(value, group, each=len(group) <= MANY_VALUES)
        elif shape is PatternForm.EQUALS:
            found += _equals(value, group)
        elif len(group) > MANY_VALUES:
            found += _expressions(value, group, each=False)
        else:
            found += [_simple(value, one) for one in group]
    return disjunction(found)


def _subject(value: Operand, one: Pattern) -> exp.Expr:
    return value.make() if one.cased or one.unsteady else value.lower()


def _equals(value: Operand, group: list[Pattern]) -> Iterator[exp.Expr]:
    plain = [one.text for one in group if "${" not in one.text]
    # A literal that is split by `||` stays out of IN, which is documented for literals.
    split = [one.text for one in group if "${" in one.text]
    if len(plain) == 1:
        split = plain + split
    elif plain:
        literals = [string_literal(text) for text in plain]
        yield exp.In(this=_subject(value, group[0]), expressions=literals)
    for text in split:
        yield equal(_subject(value, group[0]), string_literal(text))


def _simple(value: Operand, one: Pattern) -> exp.Expr:
    subject, text = _subject(value, one), string_literal(one.text)
    if one.shape is PatternForm.CONTAINS:
        found = call("INSTR", subject, text)
        return exp.GT(this=found, expression=exp.Literal.number(0))
    # ksqlDB counts in UTF-16. A shorter text is taken whole, and is no less different for it.
    length = len(one.text.encode("utf-16-le", "surrogatepass")) // 2
    if one.shape is PatternForm.STARTS:
        part = call("SUBSTRING", subject, number(1), number(length))
    else:
        part = call("SUBSTRING", subject, number(-length))
    return equal(part, text)


def _expressions(value: Operand, group: list[Pattern], *, each: bool) -> list[exp.Expr]:
    """Match by regular expressions: one for each pattern, or as few as constants can hold."""
    plain = [one for one in group if not one.unsteady]
    found: list[exp.Expr] = []
    for part in (plain, [one for one in group if one.unsteady]):
        for chunk in _chunks([one.expression() for one in part], 1 if each else len(part)):
            body = chunk[0] if len(chunk) == 1 else f"(?:{'|'.join(chunk)})"
            found.append(_finds(f"(?s){body}", _subject(value, part[0])))
    return found


def _chunks(expressions: list[str], most: int) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for text in expressions:
        length = len(text.encode("utf-8", "surrogatepass")) + 1
        if chunk and (len(chunk) == most or size + length > MAX_LITERAL_BYTES // 2):
            yield chunk
            chunk, size = [], 0
        chunk.append(text)
        size += length
    if chunk:
        yield chunk


def _finds(java: str, subject: exp.Expr) -> exp.Expr:
    return is_not_null(call("REGEXP_EXTRACT", string_literal(java), subject))


def _like(value: Operand, one: Pattern) -> exp.Expr:
    """Write LIKE; `_` stays the wildcard that it is there, as people write it."""
    tokens = one.tokens
    escaped = any("%" in token for token in tokens if isinstance(token, str))
    text = ""
    for token in tokens:
        if isinstance(token, Wildcard):
            text += "%" if token is Wildcard.MANY else "_"
        else:
            text += re.sub(r"[%_!]", rf"{_LIKE_ESCAPE}\g<0>", token) if escaped else token
    like = exp.Like(this=value.make(), expression=string_literal(text), negate=False)
    if escaped:
        return exp.Escape(this=like, expression=exp.Literal.string(_LIKE_ESCAPE))
    return like


def _boolean_matches(value: Operand, patterns: Sequence[Pattern]) -> exp.Expr:
    found: list[exp.Expr] = []
    for constant in (True, False):
        text = json.dumps(constant)
        if any(one.matches(text) for one in patterns):
            found.append(equal(value.make(), exp.Boolean(this=constant)))
    if not found:
        raise ClashError("the rule wants text, the column is BOOLEAN")
    return disjunction(found)


def _digits_match(value: Operand, one: Pattern) -> exp.Expr:
    kind = value.type.name
    if not value.is_number:
        raise IncomparableError(f"the rule wants text, the column is {kind}")
    if one.shape is PatternForm.ANYTHING:
        return is_not_null(value.make())
    if one.shape is PatternForm.EQUALS:
        if _WHOLE_NUMBER.fullmatch(one.text):
            return equals_any_number(value, [int(one.text)])
        fraction = _fraction_of(one.text)
        if value.is_whole or fraction is None:
            raise ClashError(f"the rule wants text, the column is {kind}")
        return equals_any_number(value, [fraction])
    if not value.is_whole:
        raise IncomparableError(f"the rule wants a part of a text, the column is {kind}")
    if any(re.search(r"[^0-9-]", token) for token in one.tokens if isinstance(token, str)):
        raise ClashError(f"the rule wants text, the column is {kind}")
    return _text_matches(as_text(value), [one], Matching.SAFE)


def _fraction_of(text: str) -> float | None:
    try:
        fraction = float(text)
    except ValueError:
        return None
    return fraction if math.isfinite(fraction) and repr(fraction) == text else None


def as_text(value: Operand) -> Operand:
    """Give a number or boolean as its text."""
    return Operand(lambda: _cast(value, exp.DType.VARCHAR), VARCHAR)


# -- numbers and booleans -----------------------------------------------------------------------


def equals_any_number(value: Operand, wanted: Sequence[float]) -> exp.Expr:
    """Tell whether a value is one of some numbers; text is compared with their digits.

    Raises:
        ClashError: no value of this type can be any of them.

    """
    if value.is_text:
        return disjunction(
            [_text_matches(value, written(wanted), Matching.SAFE), reads_as(value, wanted)]
        )
    if not value.is_number:
        _check_known(value)
        raise ClashError(f"the rule wants a number, the column is {value.type.name}")
    held = [one for one in dict.fromkeys(wanted) if _can_hold(value, one)]
    # A literal of a whole number can't be so large, but text can.
    large = [one for one in held if value.type.name != "DOUBLE" and not _is_literal(one)]
    near = [one for one in held if one not in large]
    found: list[exp.Expr] = []
    if len(near) > 1 and value.is_whole:
        found = [exp.In(this=value.make(), expressions=[number(int(one)) for one in near])]
    else:
        found = [equal(value.make(), number(one)) for one in near]
    if large:
        digits = [pattern([str(int(one))], cased=False) for one in large]
        found.append(_text_matches(as_text(value), digits, Matching.SAFE))
    if not found:
        raise ClashError(f"the rule wants a number that no {value.type.name} holds")
    return disjunction(found)


def _is_literal(wanted: float) -> bool:
    return -_LONGEST < wanted < _LONGEST


def _can_hold(value: Operand, wanted: float) -> bool:
    """Tell whether a column can have a number, and not only one that is near it."""
    if value.type.name == "DOUBLE":
        return _is_double(wanted)
    if value.is_whole and wanted != int(wanted):
        return False
    return value.type.name == "DECIMAL" or -_LONGEST <= wanted < _LONGEST


def _is_double(wanted: float) -> bool:
    try:
        return int(float(wanted)) == wanted if isinstance(wanted, int) else True
    except OverflowError:
        return False


def written(wanted: Sequence[float]) -> list[Pattern]:
    """Make patterns of how some numbers are written most."""
    return [pattern([text], cased=False) for one in wanted for text in spellings(one)]


def reads_as(value: Operand, wanted: Sequence[float]) -> exp.Expr:
    """Make the test whether text is one of some numbers, however it is written.

    It is FALSE where no number in the text has a fraction or an exponent: there digits are enough.
    """
    if not value.fractions or not wanted:
        return false()
    texts = [number_expression(one) for one in dict.fromkeys(wanted)]
    chunks = _chunks(texts, len(texts))
    return disjunction([_finds(rf"\A(?:{'|'.join(one)})\z", value.make()) for one in chunks])


def whole_number(one: Pattern) -> int | None:
    """Return the whole number that a pattern asks for; None where it asks for something else."""
    is_number = one.shape is PatternForm.EQUALS and _WHOLE_NUMBER.fullmatch(one.text)
    return int(one.text) if is_number else None


def equals_boolean(value: Operand, wanted: bool) -> exp.Expr:  # noqa: FBT001 - the value of a rule
    """Tell whether a value is the boolean, or its text.

    Raises:
        ClashError: the column holds numbers or the like.

    """
    return matches_any(value, [pattern([json.dumps(wanted)], cased=False)])


def compares(value: Operand, operator: CompareOperators, wanted: float) -> exp.Expr:
    """Compare by order; text counts where it is written as a number.

    Numbers in text are compared as DOUBLE, whole ones beyond its digits as BIGINT.

    Raises:
        ClashError: the column holds neither numbers nor text, or the number is beyond BIGINT.

    """
    if not _is_literal(wanted) and not (value.type.name == "DOUBLE" and _is_double(wanted)):
        raise IncomparableError("the rule compares with a number beyond 64 bits")
    kind = _COMPARISONS[operator]
    if value.is_number:
        return kind(this=value.make(), expression=number(wanted))
    if not value.is_text:
        _check_known(value)
        raise ClashError(f"the rule compares numbers, the column is {value.type.name}")
    compared = kind(this=_cast(value, exp.DType.DOUBLE), expression=number(wanted))
    # AND is evaluated from the left: the cast, which fails on other text, is never reached then.
    if abs(wanted) < _EXACT:
        return conjunction([_finds(_NUMBER_TEXT, value.make()), compared])
    whole = kind(this=_cast(value, exp.DType.BIGINT), expression=number(wanted))
    is_short = _finds(_SHORT_INTEGER, value.make())
    other = [exp.Not(this=is_short.copy()), _finds(_NUMBER_TEXT, value.make()), compared]
    return disjunction([conjunction([is_short, whole]), conjunction(other)])


def _cast(value: Operand, to: exp.DType) -> exp.Expr:
    return exp.Cast(this=value.make(), to=exp.DataType(this=to))


def _check_known(value: Operand) -> None:
    """Refuse the types that are read from more than one kind of JSON value."""
    if not value.is_number and value.type.name != "BOOLEAN":
        raise IncomparableError(f"the column is {value.type.name}")


# -- regular expressions and networks -----------------------------------------------------------


def finds(value: Operand, java: str) -> exp.Expr:
    """Tell whether a regular expression is found in a value.

    Raises:
        ClashError: the column's values have no text of their own.

    """
    if value.is_text:
        return _finds(java, value.make())
    if value.is_whole or value.type.name == "BOOLEAN":
        return _finds(java, as_text(value).make())
    raise IncomparableError(f"the rule has a regular expression, the column is {value.type.name}")


def in_any_network(value: Operand, networks: Sequence[IPv4Network | IPv6Network]) -> exp.Expr:
    """Tell whether a value is an address in one of some networks.

    Raises:
        ClashError: the column isn't text.

    """
    if not value.is_text:
        _check_known(value)
        raise ClashError(f"the rule wants an address, the column is {value.type.name}")
    unique = list(dict.fromkeys(networks))
    found = _in_networks(value, [one for one in unique if one.version == 4])  # noqa: PLR2004 (IPv4)
    for test in _in_networks(value, [one for one in unique if one.version != 4]):  # noqa: PLR2004 (IPv6)
        # The expression is long, and ksqlDB compiles it for every record that gets to it.
        colon = exp.GT(this=call("INSTR", value.lower(), string_literal(":")), expression=number(0))
        found.append(conjunction([colon, test]))
    return disjunction(found)


def _in_networks(value: Operand, networks: Sequence[IPv4Network | IPv6Network]) -> list[exp.Expr]:
    texts = [expression(network) for network in networks]
    return [
        _finds(rf"\A(?:{'|'.join(chunk)})\z", value.lower()) for chunk in _chunks(texts, len(texts))
    ]
