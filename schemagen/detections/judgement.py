"""Whether a rule can work: the judgement over the kinds of events that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemagen.choices import Matching
from schemagen.detections.bound import (
    BoundField,
    BoundRule,
    LazyCondition,
    RuleSight,
    Status,
    UnboundField,
)
from schemagen.detections.fields import bound_fields
from schemagen.detections.logic import BUDGET, disjunction, is_false, is_true, largest
from schemagen.detections.packing import MAX_BYTES
from schemagen.ksqldb.dialect import write_expression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.column_index import ColumnIndex
    from schemagen.detections.event_kinds import KindBinding
    from schemagen.detections.fields import FieldUse
    from schemagen.detections.loaded import LoadedRule
    from schemagen.detections.sample_evidence import SampleEvidence
    from schemagen.detections.suggestions import Suggestions

_MAY_BE_LONG = 100
"""A condition that costs less, in leaves, is no statement's worth of text."""
_MOST = 3
"""More names than this are counted, not listed."""
_LOST = (
    "Matched by LIKE: case counts, a value with a line break evades `%`, `_` matches any "
    "character, and an event without one of the fields never alerts."
)


class Judge:
    """Judges rules that were bound to the kinds of events that they are about.

    Args:
        columns: the columns.
        sample: what was seen of the messages.
        suggestions: names of columns that are near.
        rare: the share of events, 0 to 1, below which a field that a rule needs makes it RARE.
        matching: how texts were compared.

    """

    def __init__(
        self,
        columns: ColumnIndex,
        sample: SampleEvidence,
        suggestions: Suggestions,
        rare: float,
        matching: Matching,
    ) -> None:
        self._columns = columns
        self._sample = sample
        self._suggestions = suggestions
        self._rare = rare
        self._matching = matching

    def judge(
        self, rule: LoadedRule, kinds: Sequence[KindBinding], remarks: Sequence[str] = ()
    ) -> BoundRule:
        """Judge a rule.

        Args:
            rule: the rule.
            kinds: one binding for each kind of events that it is about.
            remarks: what there is to know of it already.

        """
        remarks = list(remarks)
        usable = []
        for kind in kinds:
            why = self._why_unusable(kind)
            if why:
                remarks.append(f"{kind.name}: {why}.")
            else:
                usable.append(kind)
        if not usable:
            return self._refused(rule, kinds, remarks)
        kept = _best(usable)
        remarks += [self._left_out(kind) for kind in usable if kind not in kept]
        predicate = disjunction([kind.whole for kind in kept])
        price = largest(predicate)
        if price > BUDGET:
            reason = f"Its condition costs {price:,.0f} leaves, and {BUDGET} is what ksqlDB takes."
            return BoundRule(rule, Status.UNSUPPORTED, reasons=(reason,))
        if price > _MAY_BE_LONG and (size := len(write_expression(predicate).encode())) > MAX_BYTES:
            reason = (
                f"Its condition has {size:,} bytes, of which {MAX_BYTES:,} fit a statement with "
                "its plan: split its lists into several rules."
            )
            return BoundRule(rule, Status.UNSUPPORTED, reasons=(reason,))
        picked = disjunction([kind.events.predicate for kind in kept])
        trees = predicate, None if is_true(picked) else picked
        status, reasons = self._status(kept)
        return BoundRule(
            rule,
            status,
            condition=LazyCondition(lambda: trees),
            reasons=reasons,
            remarks=tuple(dict.fromkeys(remarks + self._remarks(kept))),
            fields=self._fields(kept, rule),
            unbound=self._unbound(kept),
            sources=tuple(kind.name for kind in kept),
            conditions=tuple(dict.fromkeys(ref for kind in kept for ref in kind.events.fields)),
            sight=self._sight(kept, kinds),
        )

    # -- kinds that are left out --------------------------------------------------------------

    def _why_unusable(self, kind: KindBinding) -> str:
        """Return why a rule can't match events of a kind, or matches all; empty where it can."""
        if is_false(kind.events.predicate):
            fields = ", ".join(one.field for one in kind.alternative.conditions)
            return (
                f"the columns lack what tells these events ({fields}); a topic of nothing else "
                'needs `logsource = "assumed"`'
            )
        if is_false(kind.predicate):
            return self._causes(kind) or "it can never match"
        if is_true(kind.predicate) and not kind.unfiltered:
            return "every such event satisfies what is left of the condition"
        return ""

    def _causes(self, kind: KindBinding) -> str:
        lacking = [use.name for use in kind.unbound if use.name in kind.needs]
        lacking = lacking or [use.name for use in kind.unbound]
        absent = [use.name for use in kind.fields.uses.values() if not use.paths]
        parts = [self._lacking(name) for name in lacking]
        if not lacking and absent:
            parts.append(f"these events never have {', '.join(f'`{name}`' for name in absent)}")
        parts += [f"`{name}`: {reason}" for name, reason in kind.fields.clashes]
        return "; ".join(parts)

    def _lacking(self, name: str) -> str:
        near = self._suggestions.for_field(name)
        hint = f" (there is {', '.join(f'`{path}`' for path in near)})" if near else ""
        return f"`{name}` is not in the columns{hint}"

    def _left_out(self, kind: KindBinding) -> str:
        if not kind.seen:
            return f"{kind.name}: no sampled event can have been of this kind; left out."
        names = _joined(sorted(kind.unfiltered))
        return f"{kind.name}: the columns lack {names}, by which the rule filters; left out."

    def _refused(
        self, rule: LoadedRule, kinds: Sequence[KindBinding], reasons: list[str]
    ) -> BoundRule:
        clash = any(
            is_false(kind.predicate)
            and kind.fields.clashes
            and not any(use.name in kind.needs for use in kind.unbound)
            for kind in kinds
        )
        if self._sample.kinds is not None and not any(kind.seen for kind in kinds):
            reasons.append(self._why_never(kinds))
        return BoundRule(
            rule,
            Status.TYPE_CLASH if clash else Status.UNBOUND,
            reasons=tuple(reasons),
            fields=self._fields(kinds, rule),
            unbound=self._unbound(kinds),
            sight=self._sight([], kinds),
        )

    # -- kinds that are kept ------------------------------------------------------------------

    def _status(self, kinds: list[KindBinding]) -> tuple[Status, tuple[str, ...]]:
        if any(kind.unfiltered for kind in kinds):
            return Status.UNFILTERED, self._why_unfiltered(kinds)
        if not any(kind.seen for kind in kinds):
            return Status.NEVER, (self._why_never(kinds),)
        reasons = []
        for kind in kinds:
            rare = [
                (use.name, share)
                for use in kind.fields.uses.values()
                if use.name in kind.needs
                and (share := self._sample.presence(use.references, kind.sight)) is not None
                and share < self._rare
            ]
            if not rare:
                return Status.BOUND, ()
            reasons += [
                f"`{name}` is in {share:.3%} of the sampled events"
                + (f" of {kind.name}." if kind.sight and kind.alternative.conditions else ".")
                for name, share in rare
            ]
        return Status.RARE, tuple(dict.fromkeys(reasons))

    def _why_never(self, kinds: Sequence[KindBinding]) -> str:
        """Return why no sampled event can have been of a kind that a rule is about."""
        names = ", ".join(kind.name for kind in kinds)
        never = f"No sampled event can have been of its kind ({names})"
        events = self._sample.events({name for kind in kinds for name in kind.events.told or ()})
        if not events:
            return f"{never}."
        return f"{never}: none of {events:,} has the {self._sample.kind_fields} that it asks for."

    def _sight(self, kept: Sequence[KindBinding], kinds: Sequence[KindBinding]) -> RuleSight | None:
        """Return how many of the events that a rule is about it can see at most."""
        if self._sample.kinds is None:
            return None
        visible: dict[str, int] = dict.fromkeys(
            (name for kind in kinds for name in kind.sight or ()), 0
        )
        for kind in kept:
            for name, n in (kind.sight or {}).items():
                visible[name] = min(visible[name] + n, self._sample.events([name]))
        return RuleSight(
            sum(visible.values()), self._sample.events(visible), tuple(sorted(visible))
        )

    def _why_unfiltered(self, kinds: Sequence[KindBinding]) -> tuple[str, ...]:
        void: dict[tuple[str, ...], dict[str, None]] = {}
        for kind in kinds:
            for name, where in sorted(kind.unfiltered.items()):
                void.setdefault(tuple(where), {})[name] = None
        return tuple(
            f"{'; '.join(map(self._lacking, names))}: {_joined(where)} can't be evaluated, and the "
            "rule would match what it means to leave out."
            for where, names in void.items()
        )

    def _remarks(self, kinds: Sequence[KindBinding]) -> list[str]:
        found = []
        for kind in kinds:
            found += list(kind.alternative.notes)
            said = set(kind.unfiltered)
            for one in kind.lost:
                verb = "is" if len(one.fields) == 1 else "are"
                what = f"`{one.identifier}`" if one.whole else f"a part of `{one.identifier}`"
                lacking = f"{_joined(one.fields)} {verb} not in the columns"
                found.append(f"{lacking}: {what} can never match.")
                said |= set(one.fields)
            rest = [use.name for use in kind.unbound if use.name not in said]
            found += [f"`{name}` is not in the columns." for name in rest]
            found += [f"`{name}`: {reason}; false." for name, reason in kind.fields.clashes]
            found += kind.fields.notes
        if self._matching == Matching.LIKE:
            found.append(_LOST)
        return found

    def _fields(self, kinds: Sequence[KindBinding], rule: LoadedRule) -> tuple[BoundField, ...]:
        names = dict.fromkeys(rule.fields)
        for kind in kinds:
            names |= dict.fromkeys(kind.fields.uses)
        found = []
        for name in names:
            uses = [self._use(kind, name) for kind in kinds]
            references = tuple(dict.fromkeys(ref for use in uses for ref in use.references))
            share = self._sample.presence(references) if references else 0.0
            needed = all(name in kind.needs for kind in kinds)
            found.append(BoundField(name, references, share, needed))
        return tuple(found)

    def _use(self, kind: KindBinding, name: str) -> FieldUse:
        known = kind.fields.uses.get(name)
        return known or bound_fields(self._columns, kind.alternative).use(name)

    def _unbound(self, kinds: Sequence[KindBinding]) -> tuple[UnboundField, ...]:
        found: dict[str, UnboundField] = {}
        for kind in kinds:
            for use in kind.unbound:
                if use.name not in found:
                    found[use.name] = UnboundField(
                        use.name,
                        use.paths,
                        self._suggestions.for_field(use.name),
                        needed=use.name in kind.needs,
                        filters=use.name in kind.unfiltered,
                    )
        return tuple(found.values())


def _joined(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:_MOST]]
    if len(names) > _MOST:
        shown.append(f"{len(names) - _MOST} more")
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _best(kinds: Sequence[KindBinding]) -> list[KindBinding]:
    """Choose the kinds to deploy: of those that were seen before others, filtered ones first."""
    seen = [kind for kind in kinds if kind.seen] or list(kinds)
    return [kind for kind in seen if not kind.unfiltered] or seen
