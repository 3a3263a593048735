"""Where Sigma's fields are: in the columns of a stream, or in columns named like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.detections.logic import disjunction, false
from schemagen.detections.pipelines import Alternative
from schemagen.detections.predicates import ClashError, IncomparableError, Operand
from schemagen.detections.references import EachListed, Name, Reference, any_text
from schemagen.detections.values import UnsupportedValueError
from schemagen.ksqldb.names import needs_quotes, why_not_representable
from schemagen.ksqldb.types import VARCHAR, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import exp

    from schemagen.detections.column_index import ColumnIndex
    from schemagen.detections.pipelines import Candidates

    Find = Callable[[str], Sequence[Reference]]


_FEW_TEXTS = 4
"""More texts than this are searched as the items of an array, by a test that is written once."""


@dataclass(frozen=True, slots=True)
class FieldUse:
    """What became of a field of a rule.

    Args:
        name: the Sigma name.
        paths: where the pipeline looks for it; none where these events never have it.
        references: where it is in the columns; none where they lack it.

    """

    name: str
    paths: tuple[str, ...]
    references: tuple[Reference, ...]

    @property
    def unbound(self) -> bool:
        """Whether the columns lack what the events could have."""
        return bool(self.paths) and not self.references


class BoundFields:
    """The fields of one kind of events, in declared columns; notes what was asked of it.

    Args:
        find: finds a path in the columns.
        alternative: the kind of events.
        keywords: where keywords are looked for.
        parameter: the name of a lambda's parameter, not that of a column.

    """

    def __init__(
        self,
        find: Find,
        alternative: Alternative,
        keywords: Sequence[Reference] = (),
        parameter: str = "ITEM",
    ) -> None:
        self._find = find
        self._alternative = alternative
        self._keywords = tuple(keywords)
        self._parameter = parameter
        self.uses: dict[str, FieldUse] = {}
        self.clashes: list[tuple[str, str]] = []
        self.notes: list[str] = []

    def use(self, name: str) -> FieldUse:
        """Look a field up."""
        known = self.uses.get(name)
        if known is None:
            candidates = self._alternative.candidates(name)
            references = _found(self._find, candidates)
            known = self.uses[name] = FieldUse(name, candidates.paths, references)
            if candidates.note and references:
                self._note(candidates.note)
        return known

    def match(self, name: str, test: Callable[[Operand], exp.Expr]) -> exp.Expr:
        """Return whether a value of the field passes a test; FALSE where there is no such field."""
        return self._any(name, self.use(name).references, test)

    def note_separator(self, name: str) -> None:
        """Note that a value asked of a field holds what stands between items of arrays in text."""
        if any(
            isinstance(hop, EachListed) for ref in self.use(name).references for hop in ref.hops
        ):
            self._note(
                f"`{name}`: arrays are read as `[a, b]`, and what holds `, ` is not found in them."
            )

    def note_slow(self, expression: str) -> None:
        """Note that an event can make a regular expression take exponentially long."""
        self._note(
            f"A text made for it makes the regular expression `{expression}` take exponentially "
            "long: one event can stop the query, with the accelerator the rule's bundle. Write it "
            "so that its loop takes each text in one way only."
        )

    def _note(self, note: str) -> None:
        self.notes += [note] if note not in self.notes else []

    def match_anywhere(
        self, test: Callable[[Operand], exp.Expr], *, within: bool = False
    ) -> exp.Expr:
        """Return whether a value of the fields that keywords are looked for in passes a test.

        Args:
            test: the test.
            within: whether it asks for texts anywhere in a value, without `BETWEEN_TEXTS`.

        Raises:
            UnsupportedValueError: there is no such field.

        """
        if not self._keywords:
            raise UnsupportedValueError(
                "no column is named for its keywords to be looked for in; name some by `keywords` "
                "in schemagen.toml"
            )

        def looked_for(value: Operand) -> exp.Expr:
            try:
                return test(value)
            except IncomparableError as error:
                raise ClashError(str(error)) from None

        texts = [one for one in self._keywords if one.type == VARCHAR and not one.is_list]
        if len(texts) <= _FEW_TEXTS:
            return self._any("(keywords)", self._keywords, looked_for)
        others = [one for one in self._keywords if one not in texts]
        return disjunction(
            [
                any_text(texts, self._parameter, looked_for, joined=within),
                self._any("(keywords)", others, looked_for),
            ]
        )

    def _any(
        self, name: str, references: Sequence[Reference], test: Callable[[Operand], exp.Expr]
    ) -> exp.Expr:
        found = []
        for reference in references:
            try:
                found.append(reference.any_value(test))
            except ClashError as error:
                self._clash(name, str(error))
        return disjunction(found) if found else false()

    def match_pair(
        self, name: str, other: str, test: Callable[[Operand, Operand], exp.Expr]
    ) -> exp.Expr:
        """Return whether values of two fields pass a test together."""
        found = []
        for left in self.use(name).references:
            for right in self.use(other).references:
                if left.is_list and right.is_list:
                    raise IncomparableError(f"`{name}` and `{other}` are both lists")
                found.append(self._pair(name, left, right, test))
        return disjunction(found) if found else false()

    def _pair(
        self,
        name: str,
        left: Reference,
        right: Reference,
        test: Callable[[Operand, Operand], exp.Expr],
    ) -> exp.Expr:
        def with_left(value: Operand) -> exp.Expr:
            return right.any_value(lambda other: test(value, other))

        try:
            return left.any_value(with_left)
        except ClashError as error:
            self._clash(name, str(error))
            return false()

    def _clash(self, name: str, reason: str) -> None:
        if (name, reason) not in self.clashes:
            self.clashes.append((name, reason))

    def exists(self, name: str) -> exp.Expr:
        """Return whether the field is there."""
        return disjunction([reference.exists() for reference in self.use(name).references])


def _found(find: Find, candidates: Candidates) -> tuple[Reference, ...]:
    found: dict[Reference, None] = {}
    several = len(candidates.paths) > 1
    for path in candidates.paths:
        # Of several places one that holds objects is something else of the same name, such as the
        # `process` of the Elastic Common Schema beside a field of the event data.
        places = [one for one in find(path) if isinstance(one.type, Scalar) or not several]
        found |= dict.fromkeys(places)
        if found and candidates.copies:
            break
    return tuple(found)


def bound_fields(
    columns: ColumnIndex, alternative: Alternative, keywords: Sequence[Reference] = ()
) -> BoundFields:
    """Return the fields of one kind of events in declared columns."""
    return BoundFields(columns.find, alternative, keywords, columns.spare_parameter())


def named_columns(keywords: Sequence[str] = ()) -> BoundFields:
    """Return columns named like the fields, of which nothing more is known: all are VARCHAR.

    Args:
        keywords: the columns that keywords are looked for in.

    """
    anywhere = [reference for name in keywords if name for reference in _named(name)]
    return BoundFields(_named, Alternative("any"), anywhere)


def _named(path: str) -> tuple[Reference]:
    steps = path.split(".")
    for place, step in enumerate(steps):
        reason = why_not_representable(step, top_level=place == 0)
        if reason is not None:
            raise UnsupportedValueError(f"the field `{path}` can't be a column: {reason}")
    hops = tuple(Name(step, needs_quotes(step)) for step in steps)
    return (Reference(hops, VARCHAR, tuple(steps)),)
