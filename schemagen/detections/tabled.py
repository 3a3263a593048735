"""Predicates of rules read as conditions for the accelerator; what it can't ask is unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from schemagen.accelerator.conditions import (
    Asked,
    AskedForm,
    Fixed,
    GivenText,
    JoinedTexts,
    Joint,
    KindPlace,
    Negated,
    Way,
)
from schemagen.accelerator.predicates import BETWEEN_TEXTS
from schemagen.detections.logic import operands_of
from schemagen.detections.necessary import NeedleFinder, NeedleForm
from schemagen.detections.predicates import is_not_null
from schemagen.detections.rarity import weight
from schemagen.detections.tabled_regex import listed_texts
from schemagen.ksqldb.dialect import call, parse_expression, write_expression
from schemagen.ksqldb.names import stored
from schemagen.ksqldb.types import BIGINT, BOOLEAN, INT, VARCHAR, Map, Scalar, Struct
from schemagen.ksqldb.types import to_sqlglot as type_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from schemagen.accelerator.conditions import RuleCondition, ValuePlace
    from schemagen.detections.dispatch import Dispatch
    from schemagen.ksqldb.types import KsqlType

_UNKNOWN = Fixed(None)
_MANY = 16
"""More texts than this are not looked for in place of one expression."""
_LONGEST_WHOLE = 2**63


class ConditionReader:
    """Reads predicates over the columns of a stream.

    Args:
        columns: the columns.
        event: the stored name of the column that the function is given as it is, a STRUCT; empty
            for none.

    Attributes:
        texts: the further values that the function is given, in their order.

    """

    def __init__(self, columns: Struct, event: str = "") -> None:
        self._columns = columns
        self._event = event
        self._given: dict[str, int] = {}
        self.texts: list[exp.Expr] = []

    def condition(self, node: exp.Expr) -> RuleCondition:
        """Read a predicate."""
        return self._condition(node, {})

    def kind(self, dispatch: Dispatch | None) -> KindPlace | None:
        """Say where the value is that tells kinds of events apart; None where none does."""
        if dispatch is None:
            return None
        value = _unlowered(parse_expression(dispatch.column))
        if dispatch.is_text:
            place = self._text(value[0], {})
        else:
            place = self._place(value[0], (BIGINT, INT))
        return None if place is None else KindPlace(place, dispatch.is_text, value[1])

    def _condition(self, node: exp.Expr, names: Mapping[str, ValuePlace]) -> RuleCondition:
        read = _READERS.get(type(node))
        return _UNKNOWN if read is None else read(self, node, names)

    # -- AND, OR, NOT --------------------------------------------------------------------------

    def _joint(self, node: exp.Expr, names: Mapping[str, ValuePlace]) -> RuleCondition:
        parts = (self._condition(each, names) for each in operands_of(type(node), node))
        return _joint(isinstance(node, exp.And), parts)

    def _negated(self, node: exp.Not, names: Mapping[str, ValuePlace]) -> RuleCondition:
        inner = node.this
        if isinstance(inner, exp.Is) and isinstance(inner.this, exp.Anonymous):
            found = self._expression(inner, names)
            if found is not None:
                return found
        part = self._condition(inner, names)
        if isinstance(part, Fixed):
            return Fixed(None if part.value is None else not part.value)
        return Negated(part)

    # -- comparisons ---------------------------------------------------------------------------

    def _equality(self, node: exp.EQ, names: Mapping[str, ValuePlace]) -> RuleCondition:
        left, right = node.this, node.expression
        if isinstance(left, exp.Anonymous) and left.name == "ARRAY_CONTAINS":
            return self._grouped(left, right, names)
        text = _text_of(right)
        if text is not None:
            if isinstance(left, exp.Anonymous) and left.name == "SUBSTRING":
                return self._part(left, text, names)
            return self._asked(AskedForm.EQUALS, left, (text,), names)
        return self._others(left, [right])

    def _others(self, left: exp.Expr, rights: list[exp.Expr]) -> RuleCondition:
        """Read a comparison with whole numbers, or with a BOOLEAN."""
        numbers = [_whole(each) for each in rights]
        if None not in numbers:
            place = self._place(left, (BIGINT, INT))
            wanted = tuple(each for each in numbers if each is not None)
            return _UNKNOWN if place is None else Asked(AskedForm.NUMBERS, place, numbers=wanted)
        right = rights[0]
        if len(rights) == 1 and isinstance(right, exp.Boolean):
            place = self._place(left, (BOOLEAN,))
            if place is not None:
                return Asked(AskedForm.TRUTH, place, bool(right.this))
        return _UNKNOWN

    def _membership(self, node: exp.In, names: Mapping[str, ValuePlace]) -> RuleCondition:
        texts = [_text_of(each) for each in node.expressions]
        if not texts:
            return _UNKNOWN
        if None in texts:
            return self._others(node.this, node.expressions)
        wanted = tuple(each for each in texts if each is not None)
        return self._asked(AskedForm.EQUALS, node.this, wanted, names)

    def _part(
        self, part: exp.Anonymous, text: str, names: Mapping[str, ValuePlace]
    ) -> RuleCondition:
        value, start, *length = part.expressions
        size = _length(text)
        if not length and _whole(start) == -size and size:
            return self._asked(AskedForm.ENDS, value, (text,), names)
        if len(length) == 1 and (_whole(start), _whole(length[0])) == (1, size) and size:
            return self._asked(AskedForm.STARTS, value, (text,), names)
        return _UNKNOWN

    def _grouped(
        self, array: exp.Anonymous, right: exp.Expr, names: Mapping[str, ValuePlace]
    ) -> RuleCondition:
        """Read a chain that was split into groups (`logic`)."""
        items, wanted = array.expressions
        is_same = isinstance(wanted, exp.Boolean) and isinstance(right, exp.Boolean)
        if not is_same or wanted.this != right.this or not isinstance(items, exp.Array):
            return _UNKNOWN
        parts = []
        for item in items.expressions:
            default = item.args.get("default")
            is_plain = isinstance(item, exp.Case) and len(item.args["ifs"]) == 1
            if not is_plain or not isinstance(default, exp.Boolean) or default.this:
                return _UNKNOWN
            parts.append(self._condition(item.args["ifs"][0].this, names))
        return _joint(not wanted.this, parts)

    def _greater(self, node: exp.GT, names: Mapping[str, ValuePlace]) -> RuleCondition:
        left = node.this
        if not isinstance(left, exp.Anonymous) or _whole(node.expression) != 0:
            return _UNKNOWN
        if left.name == "INSTR" and len(left.expressions) == 2:  # noqa: PLR2004 - text, needle
            text = _text_of(left.expressions[1])
            if text:
                return self._asked(AskedForm.CONTAINS, left.expressions[0], (text,), names)
        if left.name == "ARRAY_LENGTH":
            return self._any_item(left.expressions[0], names)
        return _UNKNOWN

    def _any_item(self, node: exp.Expr, names: Mapping[str, ValuePlace]) -> RuleCondition:
        """Read that any of some texts, written in an array, meets a condition."""
        if not isinstance(node, exp.Anonymous) or node.name != "FILTER":
            return _UNKNOWN
        items, test = node.expressions
        if not isinstance(items, exp.Array) or not isinstance(test, exp.Lambda):
            return _UNKNOWN
        name = str(test.expressions[0].this).upper()
        parts = []
        for item in items.expressions:
            place = self._text(item, names)
            if place is None:
                return _UNKNOWN
            parts.append(self._condition(test.this, {**names, name: place}))
        return _joint(False, parts)  # noqa: FBT003 - OR

    def _is_null(self, node: exp.Is, _names: Mapping[str, ValuePlace]) -> RuleCondition:
        place = self._place(node.this, None) if isinstance(node.expression, exp.Null) else None
        return _UNKNOWN if place is None else Asked(AskedForm.MISSING, place)

    def _expression(self, test: exp.Is, names: Mapping[str, ValuePlace]) -> RuleCondition | None:
        found = test.this
        if found.name != "REGEXP_EXTRACT" or len(found.expressions) != 2:  # noqa: PLR2004 - both
            return None
        java = _text_of(found.expressions[0])
        value, lowered = _unlowered(found.expressions[1])
        place = self._text(value, names)
        if java is None or place is None:
            return _UNKNOWN
        listed = listed_texts(java)
        parts: list[RuleCondition] = [
            Asked(form, place, lowered, texts) if all(map(_is_writable, texts)) else _UNKNOWN
            for form, texts in sorted(listed.texts.items())
        ]
        if listed.rest:
            needed = () if names else self._needed(listed.rest, found.expressions[1])
            parts.append(Asked(AskedForm.EXPRESSION, place, lowered, (listed.rest,), needed=needed))
        return _joint(False, parts)  # noqa: FBT003 - OR

    def _needed(self, java: str, value: exp.Expr) -> tuple[Asked, ...]:
        """Return texts of which each match of an expression holds one; none where none is known."""
        found_in = call("REGEXP_EXTRACT", exp.Literal.string(java), value.copy())
        needles = NeedleFinder(weight).needles(is_not_null(found_in))
        if not needles or len(needles) > _MANY:
            return ()
        found = []
        for needle in sorted(needles):
            place = self._text(parse_expression(needle.place), {})
            if place is None or needle.form is NeedleForm.WHOLE:
                return ()
            form, text = AskedForm.CONTAINS, needle.text
            if needle.form is NeedleForm.LAST:
                form, text = AskedForm.ENDS, "\\" + text
            found.append(Asked(form, place, True, (text,)))  # noqa: FBT003 - in lower case
        return tuple(found)

    def _asked(
        self,
        form: AskedForm,
        node: exp.Expr,
        texts: tuple[str, ...],
        names: Mapping[str, ValuePlace],
    ) -> RuleCondition:
        value, lowered = _unlowered(node)
        place = self._text(value, names)
        if place is None or not all(map(_is_writable, texts)):
            return _UNKNOWN
        return Asked(form, place, lowered, texts)

    # -- places --------------------------------------------------------------------------------

    def _text(self, node: exp.Expr, names: Mapping[str, ValuePlace]) -> ValuePlace | None:
        """Return the place of a text; None where it has none."""
        if isinstance(node, exp.Identifier):
            return names.get(str(node.this).upper())
        if isinstance(node, exp.Anonymous) and node.name == "CONCAT_WS":
            if _text_of(node.expressions[0]) != BETWEEN_TEXTS:
                return None
            places = [self._place(each, (VARCHAR,)) for each in node.expressions[1:]]
            known = tuple(each for each in places if each is not None)
            return JoinedTexts(known) if len(known) == len(places) else None
        if isinstance(node, exp.Cast) and node.to == type_tree(VARCHAR):
            steps = self._steps(node.this)
            is_plain = steps is not None and self._type(node.this) in {BIGINT, INT, BOOLEAN}
            return self._further(node) if is_plain else None
        return self._place(node, (VARCHAR,))

    def _place(self, node: exp.Expr, types: tuple[KsqlType, ...] | None) -> Way | GivenText | None:
        """Return the place of a value of one of some types; None where it has none."""
        steps = self._steps(node)
        declared = None if steps is None else self._type(node)
        if steps is None or declared is None or (types is not None and declared not in types):
            return None
        (first, _), *rest = steps
        if first == self._event:
            return Way(tuple(rest)) if rest else None
        if declared == VARCHAR:
            return self._further(node)
        if not isinstance(declared, Scalar) or declared.name == "BYTES":
            return None
        return self._further(exp.Cast(this=node.copy(), to=type_tree(VARCHAR)))

    def _further(self, node: exp.Expr) -> GivenText:
        written = write_expression(node)
        if written not in self._given:
            self._given[written] = len(self.texts)
            self.texts.append(node.copy())
        return GivenText(self._given[written])

    @staticmethod
    def _steps(node: exp.Expr) -> list[tuple[str, bool]] | None:
        """Return the steps of a way from a column down; None where a node is none."""
        steps: list[tuple[str, bool]] = []
        while isinstance(node, (exp.Dot, exp.Bracket)):
            if isinstance(node, exp.Dot):
                if not isinstance(node.expression, exp.Identifier):
                    return None
                steps.append((_stored(node.expression), False))
            else:
                key = _text_of(node.expressions[0])
                if key is None:
                    return None
                steps.append((key, True))
            node = node.this
        if not isinstance(node, exp.Column) or not isinstance(node.this, exp.Identifier):
            return None
        return [(_stored(node.this), False), *reversed(steps)]

    def _type(self, node: exp.Expr) -> KsqlType | None:
        found: KsqlType | None = self._columns
        for step, is_key in self._steps(node) or ():
            if is_key:
                found = found.value if isinstance(found, Map) else None
            else:
                fields = found.fields if isinstance(found, Struct) else ()
                found = next((each.type for each in fields if each.stored == step), None)
        return found


_READERS: dict[type[exp.Expr], Callable[..., RuleCondition]] = {
    exp.And: ConditionReader._joint,  # noqa: SLF001 - its own methods
    exp.Boolean: lambda _, node, _names: Fixed(bool(node.this)),
    exp.EQ: ConditionReader._equality,  # noqa: SLF001
    exp.GT: ConditionReader._greater,  # noqa: SLF001
    exp.In: ConditionReader._membership,  # noqa: SLF001
    exp.Is: ConditionReader._is_null,  # noqa: SLF001
    exp.Not: ConditionReader._negated,  # noqa: SLF001
    exp.Or: ConditionReader._joint,  # noqa: SLF001
    exp.Paren: lambda reader, node, names: reader._condition(node.this, names),  # noqa: SLF001
}


def _joint(is_all: bool, parts: Iterable[RuleCondition]) -> RuleCondition:  # noqa: FBT001 - AND or OR
    """Join conditions; constants that decide nothing are left out."""
    left: list[RuleCondition] = []
    for part in parts:
        if part == Fixed(not is_all):
            return part
        if isinstance(part, Joint) and part.is_all is is_all:
            left += part.parts
        elif part != Fixed(is_all):
            left.append(part)
    if not left:
        return Fixed(is_all)
    unique = tuple(dict.fromkeys(left if is_all else _merged(left)))
    return unique[0] if len(unique) == 1 else Joint(is_all, unique)


def _merged(parts: Iterable[RuleCondition]) -> list[RuleCondition]:
    """Make one test of those that ask for any of some texts in the same way."""
    found: dict[Asked | RuleCondition, list[str]] = {}
    for part in parts:
        if isinstance(part, Asked) and part.form <= AskedForm.CONTAINS:
            found.setdefault(replace(part, texts=()), []).extend(part.texts)
        else:
            found.setdefault(part, [])
    return [
        replace(key, texts=tuple(dict.fromkeys(texts))) if texts and isinstance(key, Asked) else key
        for key, texts in found.items()
    ]


def _unlowered(node: exp.Expr) -> tuple[exp.Expr, bool]:
    """Return a value, and whether its lower case is meant."""
    if isinstance(node, exp.Anonymous) and node.name == "LCASE":
        return node.expressions[0], True
    return node, False


def _text_of(node: exp.Expr) -> str | None:
    """Return the text of a literal, or of literals that are joined; None for anything else."""
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else None
    if isinstance(node, exp.Anonymous) and node.name == "CONCAT":
        texts = [_text_of(each) for each in node.expressions]
        return None if None in texts else "".join(each or "" for each in texts)
    return None


def _whole(node: exp.Expr) -> int | None:
    """Return a whole number of 64 bits that is written; None for anything else."""
    if isinstance(node, exp.Neg):
        inner = _whole(node.this)
        return None if inner is None else -inner
    if not isinstance(node, exp.Literal) or node.is_string or not str(node.this).isdigit():
        return None
    value = int(str(node.this))
    return value if value < _LONGEST_WHOLE else None


def _is_writable(text: str) -> bool:
    return all(not "\ud800" <= letter <= "\udfff" for letter in text)


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _stored(name: exp.Identifier) -> str:
    return stored(str(name.this), quoted=bool(name.args.get("quoted")))
