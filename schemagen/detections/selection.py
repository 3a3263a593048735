"""Which of the loaded rules are wanted, and which of those may stay unable to match for now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from schemagen.detections.loaded import LoadedRule
from schemagen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from schemagen.detections.bound import BoundRule
    from schemagen.detections.correlation_rules import LoadedCorrelation
    from schemagen.detections.correlations.bound import BoundCorrelation
    from schemagen.detections.rules import RuleSet
    from schemagen.project import RuleSelection, RuleWaiver

LEVELS = ("informational", "low", "medium", "high", "critical")
"""From the least grave; Sigma's specification 2.0."""

_ABOVE = "+"


def select(loaded: RuleSet, wanted: RuleSelection) -> RuleSet:
    """Keep the rules that are wanted, what correlations among them need, and their problems.

    Args:
        loaded: the rules.
        wanted: what a rule must have; nothing asked for is had by every rule.

    Raises:
        InputError: there is no such level.

    """
    levels = _levels(wanted.levels)

    def is_wanted(rule: LoadedRule | LoadedCorrelation) -> bool:
        return (
            (not levels or (rule.level or "").lower() in levels)
            and _fit([rule.status or ""], wanted.status)
            and _fit(_tags(rule), wanted.tags)
            and _fit([logsource_text(each) for each in bases.rules(rule)], wanted.logsources)
            and (not wanted.rules or is_named(rule, wanted.rules))
            and not is_named(rule, wanted.exclude)
        )

    bases = _Bases(loaded)
    needed = bases.needed_by(filter(is_wanted, loaded.correlations))
    rules = tuple(rule for rule in loaded.rules if rule.id in needed or is_wanted(rule))
    correlations = tuple(rule for rule in loaded.correlations if rule.id in needed)
    kept = {rule.path for rule in rules} | {rule.path for rule in correlations}
    others = {rule.path for rule in loaded.rules} | {rule.path for rule in loaded.correlations}
    others -= kept
    problems = tuple(each for each in loaded.problems if each.path not in others)
    return replace(loaded, rules=rules, problems=problems, correlations=correlations)


class _Bases:
    """What correlations are made of."""

    def __init__(self, loaded: RuleSet) -> None:
        self._names = loaded.names()

    def needed_by(self, rules: Iterable[LoadedRule | LoadedCorrelation]) -> dict[str, Any]:
        """Find all rules below these, themselves included, by their ids."""
        found: dict[str, Any] = {}
        ahead = list(rules)
        while ahead:
            rule = ahead.pop()
            if rule.id not in found:
                found[rule.id] = rule
                below = (self._names.find(each)[0] for each in getattr(rule, "rules", ()))
                ahead += [each for each in below if each is not None]
        return found

    def rules(self, rule: LoadedRule | LoadedCorrelation) -> list[LoadedRule]:
        """List the rules of which a correlation is made in the end; of a rule itself."""
        return [each for each in self.needed_by([rule]).values() if isinstance(each, LoadedRule)]


def is_named(rule: LoadedRule | LoadedCorrelation, globs: Iterable[str]) -> bool:
    """Return whether a glob is of a rule's id, title or path, whatever the case."""
    return _fit([rule.id, rule.title, rule.path.as_posix()], globs, default=False)


def logsource_text(rule: LoadedRule) -> str:
    """Write a rule's log source: `windows/process_creation`; `(any)` where it has none."""
    source = rule.logsource
    return "/".join(filter(None, [source.product, source.category, source.service])) or "(any)"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What waivers make of bound rules.

    Attributes:
        accepted: the waiver of each rule that has one, by the rule's id.
        stale: waivers that have expired or that no rule needs, each with what is wrong.

    """

    accepted: dict[str, RuleWaiver] = field(default_factory=dict)
    stale: list[tuple[RuleWaiver, str]] = field(default_factory=list)


def accept(
    rules: Sequence[BoundRule | BoundCorrelation], waivers: Sequence[RuleWaiver], today: date
) -> Acceptance:
    """Find which rules may have the status they have.

    Args:
        rules: the bound rules.
        waivers: what somebody has accepted; each holds until the end of its last day.
        today: the day.

    """
    accepted: dict[str, RuleWaiver] = {}
    stale = []
    for waiver in waivers:
        covered = [
            bound.rule.id
            for bound in rules
            if is_named(bound.rule, [waiver.rule])
            and waiver.status.upper() in {"", str(bound.status)}
            and (waiver.status or str(bound.status) != "BOUND")
        ]
        if waiver.expires < today:
            stale.append((waiver, f"expired on {waiver.expires}"))
        elif not covered:
            stale.append((waiver, "no rule needs it"))
        else:
            accepted |= dict.fromkeys(covered, waiver)
    return Acceptance(accepted, stale)


def _levels(texts: Sequence[str]) -> set[str]:
    """Read levels; `high+` is high and what is graver."""
    found: set[str] = set()
    for text in texts:
        name = text.lower().removesuffix(_ABOVE)
        if name not in LEVELS:
            raise InputError(
                f"There is no level {text!a}.",
                f"Levels are {', '.join(LEVELS)}; high+ is high and what is graver.",
            )
        first = LEVELS.index(name)
        found |= set(LEVELS[first:] if text.endswith(_ABOVE) else [name])
    return found


def _tags(rule: LoadedRule | LoadedCorrelation) -> list[str]:
    """List a rule's tags, those of ATT&CK also without their prefix."""
    return [*rule.tags, *(tag.removeprefix("attack.") for tag in rule.tags)]


def _fit(texts: Sequence[str], globs: Iterable[str], *, default: bool = True) -> bool:
    """Return whether one of the globs fits one of the texts; `default` without globs."""
    patterns = [glob.lower() for glob in globs]
    if not patterns:
        return default
    return any(fnmatchcase(text.lower(), pattern) for text in texts for pattern in patterns)
