"""Which rules correlations and filters name: by id or by name, in any of the files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemagen.detections.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from schemagen.detections.correlation_rules import LoadedCorrelation
    from schemagen.detections.filters import LoadedFilter
    from schemagen.detections.loaded import LoadedRule

    Named: TypeAlias = LoadedRule | LoadedCorrelation


class RuleNames:
    """What rules and correlations are called.

    Args:
        rules: all of them, their ids unique.

    """

    def __init__(self, rules: Iterable[Named]) -> None:
        self._ids: dict[str, Named] = {}
        self._names: dict[str, list[Named]] = {}
        for rule in rules:
            self._ids[rule.id.lower()] = rule
            if rule.name:
                self._names.setdefault(rule.name, []).append(rule)

    def find(self, reference: str) -> tuple[Named | None, str]:
        """Find the rule of an id or a name.

        Returns:
            The rule, or None and a clause why there is none.

        """
        found = self._ids.get(reference.lower())
        if found is not None:
            return found, ""
        named = self._names.get(reference, [])
        if len(named) == 1:
            return named[0], ""
        if named:
            return None, f"`{reference}` is the name of {len(named)} rules"
        return None, f"no rule has the id or name `{reference}`"


def apply_filters(
    rules: Sequence[LoadedRule], filters: Sequence[LoadedFilter], names: RuleNames
) -> tuple[list[LoadedRule], list[Problem]]:
    """Attach filters to the rules that they are for.

    Args:
        rules: the rules.
        filters: the filters, in the order of their files.
        names: what the rules are called.

    Returns:
        The rules, in the same order; and what keeps a filter, or a part of it, from working.

    """
    by_id = {rule.id: rule for rule in rules}
    problems: list[Problem] = []
    for each in filters:
        if each.keeps_matches:
            reason = (
                "The condition has no `not`: its rules alert on nothing but what the filter "
                "describes. To leave that out, write `not`."
            )
            problems.append(_problem(each, ProblemKind.INVALID, reason, remark=True))
        if each.rules is None:
            wanted = [rule.id for rule in rules if each.covers(rule.logsource)]
            if not wanted:
                reason = "No rule is of its log source: it filters nothing."
                problems.append(_problem(each, ProblemKind.INVALID, reason))
        else:
            wanted, faults = _named(each, each.rules, names, by_id)
            problems += faults
        for rule_id in wanted:
            rule = by_id[rule_id]
            by_id[rule_id] = replace(rule, filters=(*rule.filters, each), notes=None)
    return list(by_id.values()), problems


def _named(
    each: LoadedFilter,
    references: Sequence[str],
    names: RuleNames,
    rules: dict[str, LoadedRule],
) -> tuple[list[str], list[Problem]]:
    wanted: list[str] = []
    problems = []
    for reference in references:
        found, why = names.find(reference)
        if found is None:
            problems.append(_problem(each, ProblemKind.INVALID, f"{why[0].upper()}{why[1:]}."))
        elif found.id not in rules:
            reason = f"`{reference}` is a correlation: filters are for the rules that it names."
            problems.append(_problem(each, ProblemKind.UNSUPPORTED, reason))
        elif not each.covers(rules[found.id].logsource):
            reason = f"`{reference}` is not of its log source: it is not filtered."
            problems.append(_problem(each, ProblemKind.INVALID, reason))
        elif found.id not in wanted:
            wanted.append(found.id)
    return wanted, problems


def _problem(
    each: LoadedFilter, kind: ProblemKind, reason: str, *, remark: bool = False
) -> Problem:
    return Problem(each.path, each.line, kind, reason, title=each.title, remark=remark)
