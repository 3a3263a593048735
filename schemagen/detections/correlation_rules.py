"""Reading Sigma correlation rules: what counts, over which groups and time, and when it alerts.

pySigma reads one bound per condition and cuts fractions off; the specification has ranges, and
sums and averages have fractions. So the section `correlation` is read here, each fault with its
line, and the head of the rule as for any rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sigma.correlations import SigmaCorrelationTimespan
from sigma.exceptions import SigmaTimespanError

from schemagen.choices import CorrelationWindows
from schemagen.detections.checks import RuleFault, faults_as_problems, is_fatal, read_head
from schemagen.detections.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from schemagen.detections.documents import YamlDocument

_OPERATORS = ("gt", "gte", "lt", "lte", "eq", "neq")
_KEYS = {"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"}
_WORD = re.compile(r"\(|\)|[^\s()]+")
_MOST_PERCENT = 100


class CorrelationType(StrEnum):
    """What a correlation looks at; the names are Sigma's."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_PERCENTILE = "value_percentile"
    VALUE_MEDIAN = "value_median"


TEMPORAL = frozenset({CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED})
"""The types that ask which rules matched."""

COUNTS = TEMPORAL | {CorrelationType.EVENT_COUNT, CorrelationType.VALUE_COUNT}
"""The types that compare a whole number."""

NUMERIC = frozenset(CorrelationType) - COUNTS
"""The types that compute with a field's numbers."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number is compared with; all that are given must hold.

    Args:
        gt, gte, lt, lte, eq, neq: the bounds; None where the rule doesn't give one.

    """

    gt: float | None = None
    gte: float | None = None
    lt: float | None = None
    lte: float | None = None
    eq: float | None = None
    neq: float | None = None

    def given(self) -> dict[str, float]:
        """Return the bounds that the rule gives, by Sigma's names."""
        found = {name: getattr(self, name) for name in _OPERATORS}
        return {name: bound for name, bound in found.items() if bound is not None}

    def __str__(self) -> str:
        """Write them as people would say them: `>= 5`."""
        signs = dict(zip(_OPERATORS, (">", ">=", "<", "<=", "=", "<>"), strict=True))
        return " and ".join(f"{signs[name]} {bound:g}" for name, bound in self.given().items())


@dataclass(frozen=True, slots=True)
class LoadedCorrelation:
    """A correlation rule as its file has it.

    Args:
        path: the file.
        line: where the rule starts in it, counted from 1.
        id: the rule's id in lower case; derived where it has none (see `has_own_id`).
        name: the name that other correlations know it by; empty for none.
        title: the rule's title.
        level: `informational` to `critical`; None where the rule gives none that is known.
        status: as for a rule.
        tags: as the rule has them.
        fields: the fields that the rule's author would show, Sigma names.
        type: what it looks at.
        rules: the ids or names of the rules that it correlates, as written, each once.
        group_by: the fields or aliases whose values make a group; none for one group of all.
        timespan: milliseconds.
        bounds: what the number is compared with.
        value_fields: whose values are counted, summed and so on; none for other types.
        percentile: of `value_percentile`, 1 to 100; None where the rule doesn't say.
        expression: of temporal types, the condition over the rules' names; empty for none.
        aliases: by alias and rule (as written) the field that is meant.
        generate: whether the correlated rules alert on their own, too.
        has_own_id: whether the id is the rule's own.
        windows: over which spans it looks; no rule says it, but who compiles it.

    """

    path: Path
    line: int
    id: str
    name: str
    title: str
    level: str | None
    status: str | None
    tags: tuple[str, ...]
    fields: tuple[str, ...]
    type: CorrelationType
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    timespan: int
    bounds: Bounds
    value_fields: tuple[str, ...] = ()
    percentile: int | None = None
    expression: str = ""
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    generate: bool = False
    has_own_id: bool = True
    windows: CorrelationWindows = CorrelationWindows.TRAILING

    def field_of(self, name: str, rule: str) -> str:
        """Return the field that a name of this correlation means in one of its rules.

        Args:
            name: a field or an alias.
            rule: one of `rules`, as written.

        """
        return self.aliases.get(name, {}).get(rule, name)


def build_correlation(
    data: Mapping[str, Any], document: YamlDocument, path: Path
) -> tuple[LoadedCorrelation | None, list[Problem]]:
    """Read a correlation rule.

    Args:
        data: the rule's YAML.
        document: the document of the file that it stands in, for the lines.
        path: the file, for the problems.

    Returns:
        The rule, its id empty where it has none, or None; and everything that is wrong: with a
        rule, only remarks.

    """
    head, faults = read_head(data)
    reading = _CorrelationSection(data.get("correlation"))
    faults += reading.faults()
    problems = faults_as_problems(faults, data, document, path)
    if is_fatal(faults) or head is None:
        return None, problems
    section = reading.section
    made = LoadedCorrelation(
        path=path,
        line=document.line,
        id=head.id,
        name=head.name,
        title=head.title,
        level=head.level,
        status=head.status,
        tags=head.tags,
        fields=head.fields,
        type=CorrelationType(section["type"]),
        rules=reading.rules(),
        group_by=_listed(section.get("group-by")),
        timespan=reading.timespan(),
        bounds=reading.bounds(),
        value_fields=_listed(reading.condition().get("field")),
        percentile=reading.condition().get("percentile"),
        expression=section["condition"] if isinstance(section.get("condition"), str) else "",
        aliases={
            name: {str(rule): target for rule, target in targets.items()}
            for name, targets in (section.get("aliases") or {}).items()
        },
        generate=bool(section.get("generate")),
    )
    return made, problems


class _CorrelationSection:
    """The section `correlation` of one rule."""

    def __init__(self, section: Any) -> None:
        self._given = section
        self.section: Mapping[str, Any] = section if isinstance(section, dict) else {}

    def condition(self) -> Mapping[str, Any]:
        found = self.section.get("condition")
        return found if isinstance(found, dict) else {}

    def rules(self) -> tuple[str, ...]:
        named = _listed(self.section.get("rules"))
        if named or not isinstance(self.section.get("condition"), str):
            return named
        return tuple(dict.fromkeys(_names(self.section["condition"])))

    def timespan(self) -> int:
        return int(SigmaCorrelationTimespan(self.section["timespan"]).seconds * 1000)

    def bounds(self) -> Bounds:
        given = {name: self.condition()[name] for name in _OPERATORS if name in self.condition()}
        if given or self.section.get("type") not in TEMPORAL:
            return Bounds(**given)
        return Bounds(gte=len(self.rules()))

    def faults(self) -> list[RuleFault]:
        if not isinstance(self._given, dict):
            return [_invalid("it must be a map")]
        return [
            *self._unknown_keys(),
            *self._type_faults(),
            *self._rules_faults(),
            *self._group_faults(),
            *self._time_faults(),
            *self._condition_faults(),
            *self._alias_faults(),
        ]

    def _unknown_keys(self) -> Iterator[RuleFault]:
        for key in self.section:
            if key not in _KEYS:
                # What is not understood could change the meaning: `group_by` for `group-by` did.
                yield _invalid(f"the key `{key}` is not known", str(key))
        generate = self.section.get("generate")
        if generate is not None and not isinstance(generate, bool):
            yield _invalid("generate: it must be true or false", "generate")

    def _type_faults(self) -> Iterator[RuleFault]:
        named = self.section.get("type")
        if named is None:
            yield _invalid("it has no type", "type")
        elif named not in set(CorrelationType):
            yield RuleFault(
                ProblemKind.UNSUPPORTED,
                f"correlation: the type `{named}` is not known",
                ("correlation", "type"),
            )

    def _rules_faults(self) -> Iterator[RuleFault]:
        given = self.section.get("rules")
        named = self.rules()
        if not named or (given is not None and not _is_texts(given)):
            yield _invalid("rules: it must be a list of ids or names", "rules")
        elif len(set(named)) < len(named):
            yield _invalid("rules: a rule is named twice", "rules")

    def _group_faults(self) -> Iterator[RuleFault]:
        given = self.section.get("group-by")
        if given is not None and not _is_texts(given):
            yield _invalid("group-by: it must be a list of fields", "group-by")

    def _time_faults(self) -> Iterator[RuleFault]:
        try:
            self.timespan()
        except KeyError:
            yield _invalid("it has no timespan", "timespan")
        except SigmaTimespanError:
            yield _invalid("timespan: it must be a number with s, m, h or d", "timespan")

    def _condition_faults(self) -> Iterator[RuleFault]:
        given = self.section.get("condition")
        kind = self.section.get("type")
        if isinstance(given, str):
            yield from self._expression_faults(given)
            return
        if given is None and kind in TEMPORAL:
            return
        if not isinstance(given, dict):
            yield _invalid("condition: it must be a map", "condition")
            return
        for key in given:
            if key not in (*_OPERATORS, "field", "percentile"):
                yield _invalid(f"condition: `{key}` is not known", "condition", str(key))
        numbers = {name: given[name] for name in _OPERATORS if name in given}
        if not numbers:
            yield _invalid("condition: it compares nothing: give gt, gte, lt, lte, eq", "condition")
        for name, number in numbers.items():
            if isinstance(number, bool) or not isinstance(number, int | float):
                yield _invalid(f"condition: {name} must be a number", "condition", name)
            elif kind in COUNTS and not isinstance(number, int):
                yield _invalid(f"condition: {name} must be a whole number", "condition", name)
        yield from self._field_faults(given)

    def _field_faults(self, given: Mapping[str, Any]) -> Iterator[RuleFault]:
        kind = self.section.get("type")
        if kind not in set(CorrelationType):
            return
        fields = given.get("field")
        needs_field = kind in NUMERIC or kind == CorrelationType.VALUE_COUNT
        if needs_field and not _is_texts(fields):
            yield _invalid("condition: it needs a `field`", "condition", "field")
        elif kind in NUMERIC and len(_listed(fields)) > 1:
            yield _invalid("condition: one `field` only has numbers", "condition", "field")
        elif fields is not None and not needs_field:
            yield _invalid(f"condition: {kind} has no `field`", "condition", "field")
        percentile = given.get("percentile")
        if percentile is None:
            return
        if kind != CorrelationType.VALUE_PERCENTILE:
            yield _invalid(f"condition: {kind} has no `percentile`", "condition", "percentile")
        elif type(percentile) is not int or not 0 < percentile <= _MOST_PERCENT:
            reason = "condition: percentile must be a whole number from 1 to 100"
            yield _invalid(reason, "condition", "percentile")

    def _expression_faults(self, text: str) -> Iterator[RuleFault]:
        if self.section.get("type") not in TEMPORAL:
            yield _invalid("condition: only temporal types have one as text", "condition")
            return
        named = set(_listed(self.section.get("rules"))) or set(_names(text))
        if set(_names(text)) != named:
            yield _invalid("condition: it must name each of `rules`, and no others", "condition")
        try:
            parse_expression(text)
        except ValueError as error:
            yield _invalid(f"condition: {error}", "condition")

    def _alias_faults(self) -> Iterator[RuleFault]:
        given = self.section.get("aliases")
        if given is None:
            return
        if not isinstance(given, dict):
            yield _invalid("aliases: it must be a map", "aliases")
            return
        for name, targets in given.items():
            if not isinstance(targets, dict) or not all(
                isinstance(each, str) and each for each in targets.values()
            ):
                yield _invalid(f"aliases: `{name}` must name a field for rules", "aliases", name)
                continue
            for rule in targets:
                if str(rule) not in self.rules():
                    reason = f"aliases: `{rule}` is not one of the rules"
                    yield _invalid(reason, "aliases", name, str(rule))


Expression = str | tuple[str, tuple["Expression", ...]]
"""A rule's name, or `and`, `or`, `not` with what they join."""


def parse_expression(text: str) -> Expression:
    """Read a condition over the names of rules: and, or, not, brackets.

    Raises:
        ValueError: it is none; the message is a clause.

    """
    words = _WORD.findall(text)
    found, rest = _read_or(words)
    if rest:
        raise ValueError(f"`{rest[0]}` is not expected there")
    return found


def _read_or(words: list[str]) -> tuple[Expression, list[str]]:
    return _read_joined(words, "or", lambda rest: _read_joined(rest, "and", _read_one))


def _read_joined(words: list[str], word: str, read: Any) -> tuple[Expression, list[str]]:
    first, rest = read(words)
    parts = [first]
    while rest and rest[0].lower() == word:
        part, rest = read(rest[1:])
        parts.append(part)
    return (parts[0] if len(parts) == 1 else (word, tuple(parts))), rest


def _read_one(words: list[str]) -> tuple[Expression, list[str]]:
    if not words:
        raise ValueError("it ends too early")
    first, rest = words[0], words[1:]
    if first.lower() == "not":
        part, rest = _read_one(rest)
        return ("not", (part,)), rest
    if first == "(":
        part, rest = _read_or(rest)
        if not rest or rest[0] != ")":
            raise ValueError("a bracket is not closed")
        return part, rest[1:]
    if first == ")" or first.lower() in {"and", "or"}:
        raise ValueError(f"`{first}` is not expected there")
    return first, rest


def _names(text: str) -> list[str]:
    return [
        word for word in _WORD.findall(text) if word.lower() not in {"and", "or", "not", "(", ")"}
    ]


def _invalid(reason: str, *where: str) -> RuleFault:
    return RuleFault(ProblemKind.INVALID, f"correlation: {reason}", ("correlation", *where))


def _is_texts(value: Any) -> bool:
    return bool(_listed(value)) and all(
        isinstance(each, str) and each for each in ([value] if isinstance(value, str) else value)
    )


def _listed(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(each) for each in value)
    return (value,) if isinstance(value, str) and value else ()
