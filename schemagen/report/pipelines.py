"""Which pipeline rules were bound with, and what is wrong where hardly any can match."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from schemagen.detections.bound import BoundRule, Status
from schemagen.detections.pipelines import builtin_names
from schemagen.detections.pipelines.recognised import KNOWN
from schemagen.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.pipelines.recognised import KnownEvents

_FEWEST = 10
_NEARLY_ALL = 0.9


def pipeline_line(pipelines: Sequence[str], events: Sequence[KnownEvents]) -> str:
    """Write which pipeline was taken because of the fields of a topic."""
    names = " and ".join(f"`{name}`" for name in pipelines)
    if not events:
        return f"Pipeline: {names}. The fields look like no events that are known."
    return f"Pipeline: {names}, for the fields look like {_titles(events)}."


def diagnosis(
    rules: Sequence[BoundRule], pipelines: Sequence[str], events: Sequence[KnownEvents]
) -> str | None:
    """Write what is wrong where nearly all rules are UNBOUND, None where they are not.

    Args:
        rules: the bound rules.
        pipelines: what they were bound with.
        events: what the fields of the topic look like, where they are known.

    """
    unbound = [rule for rule in rules if rule.status is Status.UNBOUND]
    if len(rules) < _FEWEST or len(unbound) < _NEARLY_ALL * len(rules):
        return None
    head = f"{len(unbound):,} of {counted(len(rules), 'rule')} are UNBOUND: "
    other = [each for each in events if each.pipeline not in pipelines]
    if other:
        named = " ".join(f"--pipeline {each.pipeline}" for each in other)
        return head + f"the fields look like {_titles(other)}. Try {named}."
    if not events and list(pipelines) == ["none"]:
        known = ", ".join(name for name in builtin_names() if "-" not in name)
        return (
            head + "no pipeline says where the events have Sigma's fields, and the fields look "
            f"like no events that are known. Name one with --pipeline: {known}, or the path of a "
            "pySigma pipeline file."
        )
    unlike = [each for each in KNOWN if each.pipeline in pipelines and each not in events]
    if unlike and not events:
        return (
            head + f"`{unlike[0].pipeline}` maps events of {unlike[0].title}, and the fields look "
            "like no such events. Name another with --pipeline."
        )
    return head + _commonest(unbound)


def _commonest(unbound: Sequence[BoundRule]) -> str:
    """Write what most of the rules lack."""
    missing = Counter(
        field.name for rule in unbound for field in rule.unbound if field.needed
    ).most_common(3)
    reasons = Counter(reason for rule in unbound if not rule.unbound for reason in rule.reasons)
    if reasons and (not missing or reasons.most_common(1)[0][1] > missing[0][1]):
        ((reason, count),) = reasons.most_common(1)
        return f"{reason.rstrip('.')} ({counted(count, 'rule')})."
    fields = ", ".join(f"`{name}` ({counted(count, 'rule')})" for name, count in missing)
    return f"the topic lacks what they need most: {fields}."


def _titles(events: Sequence[KnownEvents]) -> str:
    return " and ".join(each.title for each in events)
