"""Sigma filters: what an organisation knows to be harmless, taken out of the rules it names.

A filter is a condition that is joined to that of a rule by AND, as pySigma does it. It is kept
apart from the rule's own search identifiers: `1 of them` of a rule never means those of a filter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigma.rule import SigmaLogSource, SigmaRule

from schemagen.detections.checks import (
    RuleFault,
    build_rule,
    faults_as_problems,
    is_fatal,
    read_head,
)
from schemagen.detections.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemagen.detections.documents import YamlDocument

_NOT = re.compile(r"\bnot\b")


@dataclass(frozen=True, slots=True)
class LoadedFilter:
    """A filter as its file has it.

    Args:
        path: the file.
        line: where it starts in it, counted from 1.
        id: its id in lower case; empty where it has none.
        title: its title.
        rules: the ids or names of the rules that it is for; None for all of its log source.
        logsource: the log source of rules that it may be applied to.
        detection: its search identifiers and its condition.

    """

    path: Path
    line: int
    id: str
    title: str
    rules: tuple[str, ...] | None
    logsource: SigmaLogSource
    detection: Mapping[str, Any]

    @property
    def keeps_matches(self) -> bool:
        """Whether it keeps just the events that it describes: its condition has no `not`."""
        return not _NOT.search(str(self.detection["condition"]))

    def covers(self, logsource: SigmaLogSource) -> bool:
        """Return whether a rule of a log source is of the filter's: what it names must agree."""
        return logsource in self.logsource

    def condition_over(self, rule: Mapping[str, Any]) -> SigmaRule:
        """Make pySigma's rule of the filter's condition, for a pipeline to alter.

        Args:
            rule: the YAML of the rule that it is applied to: pipelines go by its log source.

        """
        return SigmaRule.from_dict(
            {
                "title": self.title,
                "logsource": rule["logsource"],
                "detection": dict(self.detection),
            }
        )


def build_filter(
    data: Mapping[str, Any], document: YamlDocument, path: Path
) -> tuple[LoadedFilter | None, list[Problem]]:
    """Read a filter.

    Args:
        data: its YAML.
        document: the document of the file that it stands in, for the lines.
        path: the file, for the problems.

    Returns:
        The filter, or None; and everything that is wrong: with a filter, only remarks.

    """
    head, faults = read_head(data)
    section = data.get("filter")
    if not isinstance(section, dict):
        faults.append(RuleFault(ProblemKind.INVALID, "filter: it must be a map", ("filter",)))
        return None, faults_as_problems(faults, data, document, path)
    named = section.get("rules")
    detection = {key: value for key, value in section.items() if key != "rules"}
    faults += _section_faults(named, detection)
    problems = faults_as_problems(faults, data, document, path)
    if head is None or is_fatal(faults):
        return None, problems
    # What holds for a rule's detection holds for a filter's, which stands one key deeper.
    as_rule = {
        "title": head.title,
        "logsource": data.get("logsource"),
        "detection": detection,
    }
    built = build_rule(as_rule, document, path)
    if built.rule is None:
        return None, [*problems, *built.problems]
    made = LoadedFilter(
        path,
        document.line,
        head.id,
        head.title,
        _references(named),
        built.rule.logsource,
        built.data["detection"],
    )
    return made, problems


def _section_faults(named: Any, detection: Mapping[str, Any]) -> list[RuleFault]:
    faults = []
    texts = [named] if isinstance(named, str) else named
    if named is None:
        reason = "filter: it must have `rules`, `any` for all of its log source"
        faults.append(RuleFault(ProblemKind.INVALID, reason, ("filter",)))
    elif not isinstance(texts, list) or not all(isinstance(each, str) and each for each in texts):
        reason = "filter: rules: it must be `any` or a list of ids or names"
        faults.append(RuleFault(ProblemKind.INVALID, reason, ("filter", "rules")))
    if not isinstance(detection.get("condition"), str):
        reason = "filter: it must have one condition"
        faults.append(RuleFault(ProblemKind.INVALID, reason, ("filter", "condition")))
    return faults


def _references(named: Any) -> tuple[str, ...] | None:
    texts = [named] if isinstance(named, str) else list(named)
    return None if not texts or [each.lower() for each in texts] == ["any"] else tuple(texts)
