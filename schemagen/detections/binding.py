"""Binding: each field of a rule is found in the columns of a stream, or reported as missing.

A rule is about one or more kinds of events, its log source. For each kind the condition is compiled
with the fields where these events have them; the rule's predicate is: one of the kinds, and the
condition over its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sigma.conditions import ConditionAND
from sigma.conversion.state import ConversionState
from sigma.exceptions import SigmaError
from sqlglot.errors import SqlglotError

from schemagen.choices import Matching
from schemagen.detections.backend import KsqldbBackend
from schemagen.detections.bound import BoundField, BoundRule, Status, UnboundField
from schemagen.detections.fields import BoundFields, FieldUse, bound_fields
from schemagen.detections.logic import (
    BUDGET,
    conjunction,
    disjunction,
    false,
    is_false,
    is_true,
    largest,
)
from schemagen.detections.pipelines import Alternative, SigmaPipeline
from schemagen.detections.predicates import (
    ClashError,
    IncomparableError,
    Operand,
    equals_any_number,
    matches_any,
)
from schemagen.detections.references import ColumnIndex, Reference
from schemagen.detections.sample_evidence import SampleEvidence
from schemagen.detections.suggestions import Suggestions
from schemagen.detections.values import UnsupportedValueError, pattern
from schemagen.detections.verdicts import can_match
from schemagen.errors import UsageError
from schemagen.profile.paths import ITEMS, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sigma.rule import SigmaLogSource
    from sqlglot import exp

    from schemagen.detections.pipelines import Condition, EventPipeline
    from schemagen.detections.rules import LoadedRule
    from schemagen.ksqldb.types import Struct
    from schemagen.profile.profile import Node

_ANY = Alternative("any")
_LOST = (
    "Matched by LIKE: case counts, a value with a line break evades `%`, `_` matches any "
    "character, and an event without one of the fields never alerts."
)


@dataclass(frozen=True, slots=True)
class BindOptions:
    """How rules are bound.

    Args:
        matching: how texts are compared.
        rare: the share of events, 0 to 1, below which a field that a rule needs makes it RARE.
        keywords: globs of the paths that keywords are looked for in.

    """

    matching: Matching = Matching.SAFE
    rare: float = 0.001
    keywords: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Events:
    """What picks one kind of events: its condition, where its fields are, and if any was seen."""

    predicate: exp.Expr
    conditions: tuple[Reference, ...]
    seen: bool


@dataclass(frozen=True, slots=True)
class _AlternativeBinding:
    """A rule over one kind of events."""

    alternative: Alternative
    fields: BoundFields
    predicate: exp.Expr
    events: _Events
    needs: frozenset[str]
    """The fields without which the rule can't match."""

    @property
    def whole(self) -> exp.Expr:
        return conjunction([self.events.predicate, self.predicate])


class Binder:
    """Binds rules to the columns of one stream.

    Args:
        pipelines: pySigma's pipelines alter a rule first, in their order; then the others say which
            events it is about. Without any of the others a field is the column of its name.
        columns: the columns as they are declared.
        evidence: what was seen of the messages, None where nothing is known.
        options: how.

    """

    def __init__(
        self,
        pipelines: Sequence[EventPipeline | SigmaPipeline],
        columns: Struct,
        evidence: Node | None = None,
        options: BindOptions | None = None,
    ) -> None:
        self.columns = ColumnIndex(columns, evidence)
        self.options = options or BindOptions()
        self._altering = [one for one in pipelines if isinstance(one, SigmaPipeline)]
        self._resolving = [one for one in pipelines if not isinstance(one, SigmaPipeline)]
        self._seen = SampleEvidence(evidence)
        self._suggestions = Suggestions(self.columns)
        # Alternatives are kept beside what is known of them, so that none takes another's identity.
        self._events: dict[int, tuple[Alternative, _Events]] = {}
        self._resolved: dict[tuple[str | None, ...], tuple[list[Alternative], list[str]]] = {}
        globs = self.options.keywords
        self._keywords = tuple(
            reference
            for _, reference in self.columns.leaves()
            if matches(tuple(step for step in reference.path if step is not ITEMS), globs)
        )

    def bind(self, loaded: LoadedRule) -> BoundRule:
        """Bind one rule; nothing that is wrong with it raises."""
        try:
            logsource, conditions = self._read(loaded)
            alternatives, reasons = self._resolve(logsource)
            conditions, unfit = self._filtered(loaded, conditions, alternatives)
            kinds = [self._kind(conditions, one) for one in alternatives or [_ANY]]
        except (SigmaError, UnsupportedValueError) as error:
            text = error.args[0] if error.args else type(error).__name__
            return BoundRule(loaded, Status.UNSUPPORTED, reasons=(_sentence(str(text)),))
        except IncomparableError as error:
            return BoundRule(loaded, Status.TYPE_CLASH, reasons=(_sentence(str(error)),))
        except (UsageError, SqlglotError) as error:
            what = error.what if isinstance(error, UsageError) else str(error)
            return BoundRule(loaded, Status.UNSUPPORTED, reasons=(what,))
        if not alternatives:
            return BoundRule(loaded, Status.UNBOUND, reasons=tuple(map(_sentence, reasons)))
        return self._judge(loaded, kinds, unfit)

    def _filtered(
        self, loaded: LoadedRule, conditions: Sequence[Any], alternatives: Sequence[Alternative]
    ) -> tuple[Sequence[Any], tuple[str, ...]]:
        """Join the conditions of a rule with those of its filters; say which are not applied.

        A filter that can't be evaluated leaves its rule as it is: too many alerts are seen, those
        that never come are not.
        """
        remarks = []
        for each in loaded.filters:
            try:
                rule = each.condition_over(loaded.data)
                for pipeline in self._altering:
                    pipeline.apply(rule)
                (only,) = (one.parsed for one in rule.detection.parsed_condition)
                for alternative in alternatives:
                    self._kind([only], alternative)
            except (SigmaError, UnsupportedValueError, IncomparableError, SqlglotError) as error:
                why = str(error.args[0]) if error.args else type(error).__name__
                remarks.append(f"The filter `{each.title}` is not applied: {_sentence(why)}")
            else:
                conditions = [ConditionAND([one, only]) for one in conditions]
                remarks.append(f"Filtered by `{each.title}` ({each.path}:{each.line}).")
        return conditions, tuple(remarks)

    def locate(self, bound: BoundRule, name: str) -> list[tuple[exp.Expr, FieldUse]]:
        """Find where the events of a rule have a field, whether the rule looks at it or not.

        Args:
            bound: a bound rule that is deployable.
            name: the Sigma name.

        Returns:
            For each kind of events that the rule is about, the condition that picks these events,
            and where the field is in them.

        Raises:
            SigmaError: a pipeline refuses the field.

        """
        rule = bound.rule.fresh()
        rule.fields = [name]
        for pipeline in self._altering:
            pipeline.apply(rule)
        mapped = [each for each in rule.fields if isinstance(each, str)] or [name]
        found = []
        for alternative in self._resolve(rule.logsource)[0]:
            if alternative.name in bound.sources:
                use = bound_fields(self.columns, alternative).use(mapped[0])
                found.append((self._events_of(alternative).predicate, use))
        return found

    def presence(self, references: Sequence[Reference]) -> float | None:
        """Return the share of events that have a value in any of some places; see the evidence."""
        return self._seen.presence(references)

    def suggestions(self, name: str) -> tuple[str, ...]:
        """Return the paths of the columns that are named like a field."""
        return tuple(self._suggestions.for_field(name))

    def _read(self, loaded: LoadedRule) -> tuple[SigmaLogSource, Sequence[Any]]:
        """Return the log source and the conditions of a rule as the pipelines alter them."""
        if not self._altering:
            return loaded.logsource, loaded.conditions
        rule = loaded.fresh()
        for pipeline in self._altering:
            pipeline.apply(rule)
        return rule.logsource, [one.parsed for one in rule.detection.parsed_condition]

    def _resolve(self, logsource: SigmaLogSource) -> tuple[list[Alternative], list[str]]:
        if not self._resolving:
            return [_ANY], []
        key = (logsource.category, logsource.product, logsource.service)
        if key not in self._resolved:
            resolutions = [pipeline.resolve(logsource) for pipeline in self._resolving]
            self._resolved[key] = (
                [one for resolution in resolutions for one in resolution.alternatives],
                [resolution.reason for resolution in resolutions if resolution.reason],
            )
        return self._resolved[key]

    # -- one kind of events -------------------------------------------------------------------

    def _kind(self, conditions: Sequence[Any], alternative: Alternative) -> _AlternativeBinding:
        fields = bound_fields(self.columns, alternative, self._keywords)
        backend = KsqldbBackend(fields=fields, matching=self.options.matching)
        state = ConversionState()
        found = [backend.convert_condition(one, state) for one in conditions]
        missing = frozenset(use.name for use in fields.uses.values() if not use.references)
        needs = frozenset(
            name
            for name in fields.uses
            if not any(can_match(one, missing | {name}) for one in conditions)
        )
        return _AlternativeBinding(
            alternative,
            fields,
            disjunction(found),
            self._events_of(alternative),
            needs,
        )

    def _events_of(self, alternative: Alternative) -> _Events:
        """Find what picks the events of a kind; the same for all rules, so that it is kept."""
        key = id(alternative)
        if key not in self._events:
            own = [self._condition(condition) for condition in alternative.conditions]
            self._events[key] = (
                alternative,
                _Events(
                    conjunction([predicate for predicate, _ in own]),
                    tuple(reference for _, references in own for reference in references),
                    all(
                        self._seen.possible(references, condition.values)
                        for condition, (_, references) in zip(
                            alternative.conditions, own, strict=True
                        )
                    ),
                ),
            )
        return self._events[key][1]

    def _condition(self, condition: Condition) -> tuple[exp.Expr, tuple[Reference, ...]]:
        """Make one of the conditions that pick a kind of events."""
        alternative = Alternative("", fields={condition.field: condition.candidates})
        fields = bound_fields(self.columns, alternative)
        texts = [value for value in condition.values if isinstance(value, str)]
        numbers = [value for value in condition.values if isinstance(value, int)]
        patterns = [pattern([text], cased=False) for text in texts]
        if patterns:
            found = fields.match(condition.field, lambda value: matches_any(value, patterns))
        else:
            found = fields.match(condition.field, partial(_any_number, numbers))
        return found, fields.use(condition.field).references

    # -- the whole rule -----------------------------------------------------------------------

    def _judge(
        self, loaded: LoadedRule, kinds: list[_AlternativeBinding], unfit: Sequence[str]
    ) -> BoundRule:
        remarks: list[str] = list(unfit)
        usable = []
        for kind in kinds:
            why = self._why_unusable(kind)
            if why:
                remarks.append(f"{kind.alternative.name}: {why}.")
            else:
                usable.append(kind)
        if not usable:
            return self._refused(loaded, kinds, remarks)
        kept = [kind for kind in usable if kind.events.seen]
        if not kept:
            kept = usable
        remarks += [
            f"{kind.alternative.name}: no sampled event can have been of this kind; left out."
            for kind in usable
            if kind not in kept
        ]
        predicate = disjunction([kind.whole for kind in kept])
        price = largest(predicate)
        if price > BUDGET:
            reason = f"Its condition costs {price:,.0f} leaves, and {BUDGET} is what ksqlDB takes."
            return BoundRule(loaded, Status.UNSUPPORTED, reasons=(reason,))
        events = disjunction([kind.events.predicate for kind in kept])
        status, reasons = self._status(kept)
        return BoundRule(
            loaded,
            status,
            predicate=predicate,
            events=None if is_true(events) else events,
            reasons=reasons,
            remarks=tuple(dict.fromkeys(remarks + self._remarks(kept))),
            fields=self._fields(kept, loaded),
            unbound=self._unbound(kept),
            sources=tuple(kind.alternative.name for kind in kept),
            conditions=tuple(dict.fromkeys(ref for kind in kept for ref in kind.events.conditions)),
        )

    def _why_unusable(self, kind: _AlternativeBinding) -> str:
        """Return why a rule can't match events of a kind, or matches all; empty where it can."""
        if is_false(kind.events.predicate):
            fields = ", ".join(one.field for one in kind.alternative.conditions)
            return f"the columns lack what tells these events ({fields})"
        if is_false(kind.predicate):
            return _causes(kind.fields, self._suggestions, kind.needs) or "it can never match"
        if is_true(kind.predicate):
            return "what the columns lack leaves a condition that every event satisfies"
        return ""

    def _refused(
        self, loaded: LoadedRule, kinds: list[_AlternativeBinding], reasons: list[str]
    ) -> BoundRule:
        clash = any(
            is_false(kind.predicate)
            and kind.fields.clashes
            and not any(use.unbound and use.name in kind.needs for use in kind.fields.uses.values())
            for kind in kinds
        )
        return BoundRule(
            loaded,
            Status.TYPE_CLASH if clash else Status.UNBOUND,
            reasons=tuple(reasons),
            fields=self._fields(kinds, loaded),
            unbound=self._unbound(kinds),
        )

    def _status(self, kinds: list[_AlternativeBinding]) -> tuple[Status, tuple[str, ...]]:
        if not any(kind.events.seen for kind in kinds):
            names = ", ".join(kind.alternative.name for kind in kinds)
            return Status.NEVER, (f"No sampled event can have been of its kind ({names}).",)
        reasons = []
        for kind in kinds:
            rare = [
                (use.name, share)
                for use in kind.fields.uses.values()
                if use.name in kind.needs
                and (share := self._seen.presence(use.references)) is not None
                and share < self.options.rare
            ]
            if not rare:
                return Status.BOUND, ()
            reasons += [
                f"`{name}` is in {share:.3%} of the sampled events." for name, share in rare
            ]
        return Status.RARE, tuple(dict.fromkeys(reasons))

    def _remarks(self, kinds: list[_AlternativeBinding]) -> list[str]:
        found = []
        for kind in kinds:
            found += list(kind.alternative.notes)
            for use in kind.fields.uses.values():
                if use.unbound:
                    found.append(
                        f"`{use.name}` is not in the columns: what the rule asks of it is false."
                    )
            found += [f"`{name}`: {reason}; false." for name, reason in kind.fields.clashes]
        if self.options.matching == Matching.LIKE:
            found.append(_LOST)
        return found

    def _fields(
        self, kinds: Sequence[_AlternativeBinding], loaded: LoadedRule
    ) -> tuple[BoundField, ...]:
        names = dict.fromkeys(loaded.fields)
        for kind in kinds:
            names |= dict.fromkeys(kind.fields.uses)
        found = []
        for name in names:
            uses = [_look_up(kind, self.columns, name) for kind in kinds]
            references = tuple(dict.fromkeys(ref for use in uses for ref in use.references))
            share = self._seen.presence(references) if references else 0.0
            needed = all(name in kind.needs for kind in kinds)
            found.append(BoundField(name, references, share, needed))
        return tuple(found)

    def _unbound(self, kinds: Sequence[_AlternativeBinding]) -> tuple[UnboundField, ...]:
        found: dict[str, UnboundField] = {}
        for kind in kinds:
            for use in kind.fields.uses.values():
                if use.unbound and use.name not in found:
                    found[use.name] = UnboundField(
                        use.name,
                        use.paths,
                        self._suggestions.for_field(use.name),
                        use.name in kind.needs,
                    )
        return tuple(found.values())


def _any_number(numbers: list[int], value: Operand) -> exp.Expr:
    try:
        return equals_any_number(value, numbers)
    except ClashError:
        return false()


def _look_up(kind: _AlternativeBinding, columns: ColumnIndex, name: str) -> FieldUse:
    known = kind.fields.uses.get(name)
    return known or bound_fields(columns, kind.alternative).use(name)


def _causes(fields: BoundFields, suggestions: Suggestions, needs: Iterable[str]) -> str:
    needed = set(needs)
    lacking = [use.name for use in fields.uses.values() if use.unbound and use.name in needed]
    lacking = lacking or [use.name for use in fields.uses.values() if use.unbound]
    absent = [use.name for use in fields.uses.values() if not use.paths]
    parts = []
    for name in lacking:
        near = suggestions.for_field(name)
        hint = f" (there is {', '.join(f'`{path}`' for path in near)})" if near else ""
        parts.append(f"`{name}` is not in the columns{hint}")
    if not lacking and absent:
        parts.append(f"these events never have {', '.join(f'`{name}`' for name in absent)}")
    parts += [f"`{name}`: {reason}" for name, reason in fields.clashes]
    if fields.without_keywords:
        parts.append("no column is named for keywords to be looked for in")
    return "; ".join(parts)


def _sentence(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
