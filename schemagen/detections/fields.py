"""Where Sigma's fields are: in the columns of a stream, or in columns named like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemagen.detections.logic import disjunction, false
from schemagen.detections.pipelines import Alternative
from schemagen.detections.predicates import ClashError, IncomparableError, Operand
from schemagen.detections.references import Name, Reference
from schemagen.detections.values import UnsupportedValueError
from schemagen.ksqldb.names import needs_quotes, why_not_representable
from schemagen.ksqldb.types import VARCHAR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import exp

    from schemagen.detections.pipelines import Candidates
    from schemagen.detections.references import ColumnIndex

    Find = Callable[[str], Reference | None]


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

    """

    def __init__(
        self, find: Find, alternative: Alternative, keywords: Sequence[Reference] = ()
    ) -> None:
        self._find = find
        self._alternative = alternative
        self._keywords = tuple(keywords)
        self.uses: dict[str, FieldUse] = {}
        self.clashes: list[tuple[str, str]] = []
        self.without_keywords = False

    def use(self, name: str) -> FieldUse:
        """Look a field up."""
        known = self.uses.get(name)
        if known is None:
            candidates = self._alternative.candidates(name)
            references = _found(self._find, candidates)
            known = self.uses[name] = FieldUse(name, candidates.paths, references)
        return known

    def match(self, name: str, test: Callable[[Operand], exp.Expr]) -> exp.Expr:
        """Return whether a value of the field passes a test; FALSE where there is no such field."""
        return self._any(name, self.use(name).references, test)

    def match_anywhere(self, test: Callable[[Operand], exp.Expr]) -> exp.Expr:
        """Return whether a value of the fields that keywords are looked for in passes a test."""
        self.without_keywords = not self._keywords
        return self._any("(keywords)", self._keywords, test)

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
    for path in candidates.paths:
        reference = find(path)
        if reference is not None:
            found.setdefault(reference)
            if candidates.copies:
                break
    return tuple(found)


def bound_fields(
    columns: ColumnIndex, alternative: Alternative, keywords: Sequence[Reference] = ()
) -> BoundFields:
    """Return the fields of one kind of events in declared columns."""
    return BoundFields(columns.find, alternative, keywords)


def named_columns(keywords: Sequence[str] = ()) -> BoundFields:
    """Return columns named like the fields, of which nothing more is known: all are VARCHAR.

    Args:
        keywords: the columns that keywords are looked for in.

    """
    anywhere = [_named(name) for name in keywords if name]
    return BoundFields(_named, Alternative("any"), anywhere)


def _named(path: str) -> Reference:
    steps = path.split(".")
    for place, step in enumerate(steps):
        reason = why_not_representable(step, top_level=place == 0)
        if reason is not None:
            raise UnsupportedValueError(f"the field `{path}` can't be a column: {reason}")
    hops = tuple(Name(step, needs_quotes(step)) for step in steps)
    return Reference(hops, VARCHAR, tuple(steps))
