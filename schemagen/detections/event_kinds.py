"""A rule over one kind of events: its condition with the fields where these events have them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sigma.conversion.state import ConversionState

from schemagen.detections.backend import KsqldbBackend
from schemagen.detections.fields import BoundFields, FieldUse, bound_fields
from schemagen.detections.kind_sight import kinds_of_conditions, visible_by_kind
from schemagen.detections.logic import conjunction, disjunction, false
from schemagen.detections.parts import ConditionPart, part_of
from schemagen.detections.pipelines import Alternative
from schemagen.detections.predicates import ClashError, Operand, equals_any_number, matches_any
from schemagen.detections.values import pattern
from schemagen.detections.verdicts import can_match, identifiers, lost, verdict
from schemagen.ksqldb.types import VARCHAR
from schemagen.profile.paths import ITEMS, matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp

    from schemagen.choices import Matching
    from schemagen.detections.column_index import ColumnIndex
    from schemagen.detections.pipelines import Condition
    from schemagen.detections.references import Reference
    from schemagen.detections.sample_evidence import SampleEvidence


@dataclass(frozen=True, slots=True)
class KindCondition:
    """What picks the events of a kind.

    Args:
        predicate: the condition.
        fields: where its fields are.
        seen: whether any sampled event can have been of this kind.
        told: the kinds of events, as the evidence tells them, that can be of it; None where it
            tells none apart.

    """

    predicate: exp.Expr
    fields: tuple[Reference, ...]
    seen: bool
    told: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class LostMatch:
    """What can no longer match for lack of some fields.

    Args:
        identifier: the search identifier of the rule.
        whole: whether all of it is meant.
        fields: the fields, Sigma names.

    """

    identifier: str
    whole: bool
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindBinding:
    """A rule over one kind of events.

    Args:
        alternative: the kind.
        fields: the rule's fields.
        predicate: the rule's own condition.
        events: what picks the events of this kind.
        needs: the fields without which the rule can't match.
        unfiltered: the fields for lack of which it matches more than it should, with the search
            identifiers that ask for them.
        lost: what can no longer match for lack of fields.
        sight: by kind, as the evidence tells them, how many events the rule can see at most; only
            kinds that it can be about. None where the evidence tells none apart.

    """

    alternative: Alternative
    fields: BoundFields
    predicate: exp.Expr
    events: KindCondition
    needs: frozenset[str]
    unfiltered: Mapping[str, Sequence[str]]
    lost: tuple[LostMatch, ...]
    sight: Mapping[str, int] | None = None

    @property
    def seen(self) -> bool:
        """Whether any sampled event can have been of a kind that the rule is about."""
        return self.events.seen and (self.sight is None or bool(self.sight))

    @property
    def name(self) -> str:
        """The kind's name, for people."""
        return self.alternative.name

    @property
    def whole(self) -> exp.Expr:
        """The rule's condition on events of this kind only."""
        return conjunction([self.events.predicate, self.predicate])

    @property
    def unbound(self) -> list[FieldUse]:
        """The fields that these events could have and the columns lack."""
        return [use for use in self.fields.uses.values() if use.unbound]


class KindBinder:
    """Binds conditions to the columns as one kind of events has its fields in them.

    Args:
        columns: the columns.
        sample: what was seen of the messages.
        matching: how texts are compared.
        keywords: globs of the paths that keywords are looked for in; none for those of the kind.

    """

    def __init__(
        self,
        columns: ColumnIndex,
        sample: SampleEvidence,
        matching: Matching,
        keywords: Sequence[str],
    ) -> None:
        self._columns = columns
        self._sample = sample
        self._matching = matching
        self._configured = tuple(keywords)
        self._keywords: dict[tuple[str, ...], tuple[Reference, ...]] = {}
        # Alternatives are kept beside what is known of them: none may take another's identity.
        self._conditions: dict[int, tuple[Alternative, KindCondition]] = {}

    def take_apart(self, conditions: Sequence[Any], alternative: Alternative) -> ConditionPart:
        """Make each part of the conditions of a rule apart, over one kind of events."""
        fields = bound_fields(self._columns, alternative, self._keywords_of(alternative))
        backend = KsqldbBackend(fields=fields, matching=self._matching)
        events = self.condition_of(alternative).predicate
        parts = [part_of(each, backend, fields) for each in conditions]
        whole = conjunction([events, disjunction([each.predicate for each in parts])])
        kind = ConditionPart("it is an event of this kind", events)
        return ConditionPart(alternative.name, whole, parts=(kind, *parts))

    def bind(self, conditions: Sequence[Any], alternative: Alternative) -> KindBinding:
        """Bind the conditions of a rule, of which any must hold, to one kind of events."""
        fields = bound_fields(self._columns, alternative, self._keywords_of(alternative))
        backend = KsqldbBackend(fields=fields, matching=self._matching)
        state = ConversionState()
        found = [backend.convert_condition(one, state) for one in conditions]
        missing = frozenset(use.name for use in fields.uses.values() if not use.references)
        unbound = frozenset(use.name for use in fields.uses.values() if use.unbound)
        # Nearly all rules lack nothing, and there is nothing to look for.
        judged = [verdict(one, missing) for one in conditions] if unbound else []
        events = self.condition_of(alternative)
        needs = frozenset(
            name
            for name in fields.uses
            if not any(can_match(one, missing | {name}) for one in conditions)
        )
        sight = None
        if events.told is not None:
            sight = visible_by_kind(self._sample, conditions, fields, events.told, needs)
        return KindBinding(
            alternative,
            fields,
            disjunction(found),
            events,
            needs,
            {name: _asking(conditions, name) for one in judged for name in one.more & unbound},
            tuple(
                LostMatch(identifier, whole, tuple(sorted(names & unbound)))
                for one in (conditions if unbound else ())
                for identifier, whole, names in lost(one, missing)
                if names & unbound
            ),
            sight,
        )

    def _keywords_of(self, alternative: Alternative) -> tuple[Reference, ...]:
        globs = self._configured or alternative.keywords
        if globs not in self._keywords:
            self._keywords[globs] = tuple(
                reference
                for _, reference in self._columns.leaves()
                if matches(tuple(step for step in reference.path if step is not ITEMS), globs)
                # Named by nobody, numbers are not searched: a keyword is a text.
                and (self._configured or reference.type == VARCHAR)
            )
        return self._keywords[globs]

    def condition_of(self, alternative: Alternative) -> KindCondition:
        """Return what picks the events of a kind; it is the same for all rules."""
        key = id(alternative)
        if key not in self._conditions:
            own = [self._compiled(condition) for condition in alternative.conditions]
            pairs = [
                (condition, references)
                for condition, (_, references) in zip(alternative.conditions, own, strict=True)
            ]
            seen = all(
                self._sample.possible(references, condition.values)
                for condition, references in pairs
            )
            told = kinds_of_conditions(self._sample, pairs)
            seen = seen and (told is None or bool(told))
            fields = tuple(reference for _, references in own for reference in references)
            predicate = conjunction([predicate for predicate, _ in own])
            self._conditions[key] = alternative, KindCondition(predicate, fields, seen, told)
        return self._conditions[key][1]

    def _compiled(self, condition: Condition) -> tuple[exp.Expr, tuple[Reference, ...]]:
        alternative = Alternative("", fields={condition.field: condition.candidates})
        fields = bound_fields(self._columns, alternative)
        texts = [value for value in condition.values if isinstance(value, str)]
        numbers = [value for value in condition.values if isinstance(value, int)]
        patterns = [pattern([text], cased=False) for text in texts]
        if patterns:
            found = fields.match(condition.field, lambda value: matches_any(value, patterns))
        else:
            found = fields.match(condition.field, partial(_any_number, numbers))
        return found, fields.use(condition.field).references


def _asking(conditions: Sequence[Any], name: str) -> list[str]:
    found = [one for condition in conditions for one in identifiers(condition, frozenset({name}))]
    return list(dict.fromkeys(found))


def _any_number(numbers: list[int], value: Operand) -> exp.Expr:
    try:
        return equals_any_number(value, numbers)
    except ClashError:
        return false()
