"""The detections of a topic for the page: one row each, and what a look at one of them shows."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from schemagen.detections.bound import BoundRule
from schemagen.detections.correlations.items import describe
from schemagen.ksqldb.dialect import write_expression
from schemagen.profile.kinds import written
from schemagen.profile.paths import render
from schemagen.replay.results import as_json
from schemagen.report.attack.table import TACTICS, tactic_names, technique, technique_ids
from schemagen.report.page.texts import name
from schemagen.report.rules import logsource_of, sees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemagen.detections.bound import BoundField, UnboundField
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.detections.cost import RuleCost
    from schemagen.profile.paths import Path
    from schemagen.replay.cases import CaseResult
    from schemagen.report.page.model import TopicReport

PLACES = 10
"""So many places of alerts, and alerts themselves, are shown of a rule."""
_LONGEST_PREDICATE = 40_000


class DetectionView:
    """The rules and correlations of a report.

    Args:
        report: the report.

    """

    def __init__(self, report: TopicReport) -> None:
        self._report = report
        self.detections = report.rules.all
        self.fired = report.fired()

    @cached_property
    def events(self) -> dict[str, int]:
        """How many events each rule alerted on, by its id."""
        return {rule: len(events) for rule, events in self.fired.items()}

    @cached_property
    def _cases(self) -> dict[str, CaseResult]:
        return {each.file.rule: each for each in self._report.cases}

    def fields(self) -> dict[Path, list[int]]:
        """Find the detections that read each path, by their places."""
        found: dict[Path, dict[int, None]] = {}
        for place, each in enumerate(self.detections):
            for path in _paths(each):
                found.setdefault(path, {})[place] = None
        return {path: list(places) for path, places in found.items()}

    def rows(self) -> list[dict[str, Any]]:
        """Make a row of each detection."""
        return [self._row(each) for each in self.detections]

    def details(self) -> list[dict[str, Any]]:
        """Make what a look at each detection shows."""
        return [self._details(each) for each in self.detections]

    def _row(self, each: BoundRule | BoundCorrelation) -> dict[str, Any]:
        row: dict[str, Any] = {
            "t": name(each.rule.title),
            "s": str(each.status),
            "l": each.rule.level or "",
            "k": technique_ids(each.rule.tags),
        }
        if self._report.replay is not None:
            row["n"] = self.events.get(each.rule.id, 0)
        if isinstance(each, BoundRule):
            if each.sight is not None and each.sight.events:
                row["v"] = [each.sight.visible, each.sight.events]
            cost = self._report.rules.costs.get(each.rule.id)
            if cost is not None:
                row["c"] = [round(cost.microseconds), int(cost.by_kind)]
        else:
            row["x"] = 1
        cases = self._cases.get(each.rule.id)
        if cases is not None:
            row["p"] = [sum(one.passed for one in cases.outcomes), len(cases.outcomes)]
        return row

    def _details(self, each: BoundRule | BoundCorrelation) -> dict[str, Any]:
        rule = each.rule
        found: dict[str, Any] = {
            "id": name(rule.id),
            "file": f"{name(str(rule.path))}:{rule.line}",
            "tactics": [TACTICS[tactic] for tactic in tactic_names(rule.tags)],
            "techniques": [
                f"{one} {technique(one).name}".strip() for one in technique_ids(rule.tags)
            ],
            "reasons": list(each.reasons),
            "remarks": list(each.remarks),
            "alerts": self._alerts(rule.id),
        }
        found["cases"] = self._case_lines(rule.id)
        if isinstance(each, BoundRule):
            found |= _rule(each) | _cost(self._report.rules.costs.get(rule.id))
        else:
            found |= _correlation(each)
        return {key: value for key, value in found.items() if value}

    def _alerts(self, rule: str) -> dict[str, Any]:
        replay = self._report.replay
        events = self.fired.get(rule, [])
        if replay is None or not events:
            return {}
        made: dict[str, Any] = {
            "events": len(events),
            "places": [name(replay.result.events[index].place) for index in events[:PLACES]],
        }
        if self._report.values:
            rows = [row for each in replay.result.rows.values() for row in each if row.rule == rule]
            made["rows"] = [
                json.dumps(as_json(row.values), ensure_ascii=False, indent=1)
                for row in rows[:PLACES]
            ]
        return made

    def _case_lines(self, rule: str) -> list[dict[str, Any]]:
        result = self._cases.get(rule)
        if result is None:
            return []
        broken = [{"ok": 0, "name": problem, "why": ""} for problem in result.problems]
        return broken + [
            {
                "ok": int(each.passed),
                "name": name(each.case.name),
                "why": each.reason,
                "wants": "must alert" if each.case.expected else "must not alert",
            }
            for each in result.outcomes
        ]


def _rule(bound: BoundRule) -> dict[str, Any]:
    found: dict[str, Any] = {
        "source": name(logsource_of(bound)),
        "missing": [_missing(each) for each in bound.unbound],
        "fields": [_field(each) for each in bound.fields if each.references],
        "sources": list(bound.sources),
        "sees": sees(bound),
        "filters": [name(each.title) for each in bound.rule.filters],
    }
    if bound.sight is not None:
        found["kinds"] = [name(written(kind)) for kind in bound.sight.kinds]
    if bound.predicate is not None:
        text = write_expression(bound.predicate, pretty=True)
        if len(text) > _LONGEST_PREDICATE:
            text = f"{text[:_LONGEST_PREDICATE]}… ({len(text):,} characters in all)"
        found["predicate"] = text
    return found


def _cost(cost: RuleCost | None) -> dict[str, Any]:
    if cost is None:
        return {}
    return {
        "cost": {
            "us": round(cost.microseconds, 1),
            "calls": cost.calls,
            "regexes": cost.regexes,
            "kind": int(cost.by_kind),
        }
    }


def _correlation(bound: BoundCorrelation) -> dict[str, Any]:
    return {
        "counts": describe(bound),
        "members": [
            {
                "name": name(member.reference if member.base is None else member.base.rule.title),
                "status": "" if member.base is None else str(member.base.status),
                "why": member.reason,
            }
            for member in bound.members
        ],
    }


def _missing(field: UnboundField) -> dict[str, Any]:
    return {
        "field": name(field.name),
        "paths": [name(path) for path in field.paths[:PLACES]],
        "near": [name(path) for path in field.suggestions],
        "needed": int(field.needed),
        "filters": int(field.filters),
    }


def _field(field: BoundField) -> list[Any]:
    paths = [name(render(each.path)) for each in field.references]
    share = None if field.presence is None else round(field.presence, 4)
    return [name(field.name), list(dict.fromkeys(paths)), share, int(field.needed)]


def _paths(each: BoundRule | BoundCorrelation) -> list[Path]:
    if isinstance(each, BoundRule):
        references = [one for field in each.fields for one in field.references]
        return [one.path for one in (*references, *each.conditions)]
    return [path for member in each.members for path in member.paths]


def unlocking(rules: Sequence[BoundRule], most: int = 12) -> list[dict[str, Any]]:
    """List the missing fields without which the most rules can't match, and where to get them.

    Args:
        rules: the bound rules.
        most: how many fields are listed.

    """
    found: dict[str, dict[str, Any]] = {}
    for bound in rules:
        if bound.deployable:
            continue
        wanted = {each.name: each for each in bound.unbound if each.needed or each.filters}
        for field in wanted.values():
            entry = found.setdefault(
                field.name,
                {
                    "field": name(field.name),
                    "paths": {},
                    "near": {},
                    "rules": 0,
                    "alone": 0,
                    "techniques": set(),
                },
            )
            entry["rules"] += 1
            entry["alone"] += len(wanted) == 1
            entry["paths"] |= dict.fromkeys(map(name, field.paths[:PLACES]))
            entry["near"] |= dict.fromkeys(map(name, field.suggestions))
            entry["techniques"] |= set(technique_ids(bound.rule.tags))
    rows = sorted(found.values(), key=lambda each: (-each["rules"], each["field"]))[:most]
    return [
        {
            **row,
            "paths": list(row["paths"])[:3],
            "near": list(row["near"])[:2],
            "techniques": len(row["techniques"]),
        }
        for row in rows
    ]
