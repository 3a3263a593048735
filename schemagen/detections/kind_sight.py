"""Which sampled events a rule is about, and how many of them it can see, told by kinds of events.

A kind is told by the names in its kind fields. Where a rule's log source, or the rule itself, asks
for other names in these fields, no event of the kind is meant. Of the events that are meant, the
rule can see at most those that have the fields it can't match without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigma.conditions import ConditionFieldEqualsValueExpression, ConditionItem

from schemagen.detections.known_names import holds_of
from schemagen.detections.verdicts import can_match
from schemagen.profile.kinds import OTHER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from schemagen.detections.fields import BoundFields, FieldUse
    from schemagen.detections.pipelines import Condition
    from schemagen.detections.references import Reference
    from schemagen.detections.sample_evidence import SampleEvidence


def kinds_of_conditions(
    sample: SampleEvidence, conditions: Sequence[tuple[Condition, Sequence[Reference]]]
) -> frozenset[str] | None:
    """Return the kinds whose events can meet all conditions of a log source.

    Args:
        sample: what was seen.
        conditions: each with where its field is.

    Returns:
        The kinds; None where kinds are not told apart.

    """
    if sample.kinds is None:
        return None
    return frozenset(
        kind
        for kind in sample.kinds
        if all(_may_meet(sample, kind, condition, own) for condition, own in conditions)
    )


def _may_meet(
    sample: SampleEvidence, kind: str, condition: Condition, references: Sequence[Reference]
) -> bool:
    if kind == OTHER:
        return True
    wanted = {str(value).casefold() for value in condition.values}
    name = sample.name_at(kind, references, condition.candidates)
    if name and name.casefold() in wanted:
        return True
    # Of places that hold the same value, the name of one says what is in the others.
    if name and condition.candidates.copies:
        return False
    rest = [one for one in references if not sample.tells_kinds(one)]
    return any(sample.having(kind, [one]) and sample.possible([one], condition.values)
               for one in rest)  # fmt: skip


def visible_by_kind(
    sample: SampleEvidence,
    conditions: Sequence[Any],
    fields: BoundFields,
    kinds: Collection[str],
    needs: Collection[str],
) -> dict[str, int]:
    """Count by kind how many events a rule can see at most.

    Args:
        sample: what was seen.
        conditions: the rule's own conditions, of which any must hold.
        fields: where its fields are in events of its log source.
        kinds: the kinds that the log source can be.
        needs: the fields without which it can't match.

    Returns:
        The kinds that the rule can be about: those in whose kind fields it asks for no other name.

    """
    asked = {name for one in conditions for name in _fields(one)}
    uses = {name: fields.use(name) for name in asked}
    telling = [name for name, use in uses.items() if any(map(sample.tells_kinds, use.references))]
    found: dict[str, int] = {}
    judged: dict[Any, bool] = {}

    def may_match(missing: frozenset[str], names: Mapping[str, str]) -> bool:
        key = (missing, *names.items())
        if key not in judged:
            judged[key] = any(
                can_match(one, missing, lambda leaf: _known(leaf, names)) for one in conditions
            )
        return judged[key]

    for kind in kinds:
        names = {name: _known_name(sample, kind, uses[name]) for name in telling}
        known = {name: told for name, told in names.items() if told}
        if not may_match(frozenset(), known):
            continue
        counts = {
            name: sample.having(kind, use.references) if use.references else 0
            for name, use in uses.items()
        }
        missing = frozenset(name for name, n in counts.items() if not n)
        most = min(
            (counts[name] for name in needs if name in counts), default=sample.events([kind])
        )
        found[kind] = most if may_match(missing, known) else 0
    return found


def _known_name(sample: SampleEvidence, kind: str, use: FieldUse) -> str:
    """Return what a field holds in all events of a kind; empty where that isn't known."""
    if kind == OTHER:
        return ""
    others = [one for one in use.references if not sample.tells_kinds(one)]
    if any(sample.having(kind, [one]) for one in others):
        return ""
    return sample.name_at(kind, use.references)


def _fields(condition: Any) -> Iterator[str]:
    if isinstance(condition, ConditionItem):
        for inner in condition.args:
            yield from _fields(inner)
    elif isinstance(condition, ConditionFieldEqualsValueExpression):
        yield condition.field


def _known(leaf: ConditionFieldEqualsValueExpression, names: Mapping[str, str]) -> bool | None:
    """Return whether a comparison holds of a name; None where that can't be told."""
    name = names.get(leaf.field)
    return None if name is None else holds_of(leaf.value, name)
