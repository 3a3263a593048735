"""Loading Sigma rules: files and folders in, rules and every problem with them out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from sigma.collection import deep_dict_update

from schemagen.detections.checks import build_rule
from schemagen.detections.correlation_rules import LoadedCorrelation, build_correlation
from schemagen.detections.documents import BrokenYamlError, UnreadableError, parse, read_text
from schemagen.detections.files import find_rule_files
from schemagen.detections.filters import LoadedFilter, build_filter
from schemagen.detections.loaded import LoadedRule
from schemagen.detections.problems import Problem, ProblemKind
from schemagen.detections.resolving import RuleNames, apply_filters
from schemagen.memory import without_collections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from schemagen.detections.documents import YamlDocument
    from schemagen.detections.files import RuleFile

__all__ = ["Problem", "ProblemKind", "RuleSet", "load_rules"]

# The root of the ids of rules that have none: uuid5 of a name of ours under the DNS namespace.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "rules.schemagen")
_MAX_ID = 128


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What was loaded.

    Args:
        rules: in the order of files and of rules in a file; ids are unique.
        problems: in the same order; those with `remark` concern rules that are in the set.
        files: how many rule files were looked at.
        correlations: the correlation rules, in the same order; ids are unique among all rules.
        filters: the filters, in the same order.

    """

    rules: tuple[LoadedRule, ...]
    problems: tuple[Problem, ...]
    files: int
    correlations: tuple[LoadedCorrelation, ...] = ()
    filters: tuple[LoadedFilter, ...] = ()

    def names(self) -> RuleNames:
        """Return what the rules and correlations are called."""
        return RuleNames([*self.rules, *self.correlations])

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that kept a rule or a file out."""
        return tuple(problem for problem in self.problems if not problem.remark)

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """The problems with rules that are in the set."""
        return tuple(problem for problem in self.problems if problem.remark)


Outcome: TypeAlias = tuple[LoadedRule | LoadedCorrelation | LoadedFilter | None, list[Problem]]
"""What a document of a file became, and what is wrong with it."""


class KnownRules(Protocol):
    """What is known of rule files from the last run."""

    def outcomes(self, file: RuleFile, text: str) -> list[Outcome] | None:
        """Return what the documents of a file became; None where that isn't known."""

    def keep(self, file: RuleFile, text: str, outcomes: list[Outcome]) -> list[Outcome]:
        """Keep what the documents of a file became, and return it."""


def load_rules(paths: Sequence[Path], known: KnownRules | None = None) -> RuleSet:
    """Load all Sigma rules of files and folders; what is wrong with one stops no other.

    Args:
        paths: files and folders; see `find_rule_files` for what is taken of a folder.
        known: what is known of their files.

    Returns:
        The rules and the problems.

    Raises:
        InputError: a given path doesn't exist.

    """
    files, problems = find_rule_files(paths)
    loaded: list[LoadedRule | LoadedCorrelation | LoadedFilter] = []
    with without_collections():
        for file in files:
            for document, found in _load_file(file, known):
                problems += found
                if document is not None:
                    loaded.append(document)
    filters = [each for each in loaded if isinstance(each, LoadedFilter)]
    kept, duplicates = _unique([each for each in loaded if not isinstance(each, LoadedFilter)])
    rules = [each for each in kept if isinstance(each, LoadedRule)]
    correlations = [each for each in kept if isinstance(each, LoadedCorrelation)]
    rules, unfit = apply_filters(rules, filters, RuleNames(kept))
    problems += [*duplicates, *unfit]
    order = {file.path: n for n, file in enumerate(files)}
    problems.sort(key=lambda problem: (order.get(problem.path, -1), problem.line or 0))
    return RuleSet(tuple(rules), tuple(problems), len(files), tuple(correlations), tuple(filters))


def _load_file(file: RuleFile, known: KnownRules | None) -> list[Outcome]:
    try:
        text = read_text(file.path)
    except UnreadableError as error:
        reason = f"The file can't be read: {error.reason}."
        return [(None, [_problem(file, ProblemKind.UNREADABLE, reason)])]
    if known is None:
        return list(load_text(file, text))
    found = known.outcomes(file, text)
    return known.keep(file, text, list(load_text(file, text))) if found is None else found


def load_text(file: RuleFile, text: str) -> Iterator[Outcome]:
    """Load the rules of a file.

    Args:
        file: the file.
        text: what it holds.

    """
    try:
        documents = parse(text)
    except BrokenYamlError as error:
        problem = _problem(file, ProblemKind.YAML, f"It is not valid YAML: {error.reason}.")
        yield None, [replace(problem, line=error.line, column=error.column)]
        return
    if all(document.value is None for document in documents):
        yield None, [_problem(file, ProblemKind.NOT_A_RULE, "The file is empty.")]
        return
    titles: dict[str, int] = {}
    for data, document in _collection(documents):
        other = _not_a_rule(data, document, file)
        if other is not None:
            yield None, [other]
            continue
        if "filter" in data:
            yield build_filter(data, document, file.path)
            continue
        if "correlation" in data:
            made, problems = build_correlation(data, document, file.path)
            if made is not None:
                number = titles[made.title] = titles.get(made.title, 0) + 1
                own_id = _own_id(made.id, data)
                made = replace(
                    made,
                    id=own_id or _derived_id(file.name, made.title, number),
                    has_own_id=bool(own_id),
                )
                problems = problems + _remarks(made)
            yield made, problems
            continue
        built = build_rule(data, document, file.path)
        if built.rule is None:
            yield None, built.problems
            continue
        title = built.rule.title
        number = titles[title] = titles.get(title, 0) + 1
        own_id = _own_id(str(built.rule.id or ""), data)
        name = built.data.get("name")
        loaded = LoadedRule(
            path=file.path,
            line=document.line,
            id=own_id or _derived_id(file.name, title, number),
            title=title,
            level=str(built.rule.level) if built.rule.level is not None else None,
            status=str(built.rule.status) if built.rule.status is not None else None,
            tags=tuple(str(tag) for tag in built.rule.tags),
            logsource=built.rule.logsource,
            fields=tuple(
                # Named twice, a field would be a key that a MAP has twice: the engine refuses it.
                dict.fromkeys(name for name in built.rule.fields if isinstance(name, str))
            ),
            data=built.data,
            has_own_id=bool(own_id),
            name=name if isinstance(name, str) else "",
            conditions=built.conditions,
        )
        yield loaded, built.problems + _remarks(loaded, built.rule.taxonomy)


def _problem(
    file: RuleFile, kind: ProblemKind, reason: str, document: YamlDocument | None = None
) -> Problem:
    return Problem(file.path, None if document is None else document.line, kind, reason)


def _collection(documents: list[YamlDocument]) -> Iterator[tuple[Any, YamlDocument]]:
    """Return the rules of a file with what its `action` documents say, as pySigma's collections do.

    `action: global` holds for all rules after it, `reset` ends it, `repeat` is the rule before
    with changes.
    """
    common: dict[str, Any] = {}
    previous: dict[str, Any] = {}
    for document in documents:
        data = document.value
        if data is None:
            continue
        action = data.get("action") if isinstance(data, dict) else None
        if action is None or "correlation" in data or "filter" in data:
            if isinstance(data, dict) and common and not {"correlation", "filter"} & data.keys():
                data = _merged(data, common)
            previous = data if isinstance(data, dict) else {}
            yield data, document
        elif action == "global":
            common = previous = _without_action(data)
        elif action == "reset":
            common = {}
        elif action == "repeat":
            previous = _merged(previous, _without_action(data))
            yield previous, document
        else:
            yield data, document


def _without_action(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "action"}


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Merge maps to the bottom; pySigma's function changes its first argument, this doesn't."""
    copy = {
        key: _merged(value, {}) if isinstance(value, dict) else value for key, value in base.items()
    }
    try:
        return deep_dict_update(copy, over)
    except (AttributeError, TypeError):
        # A map over something that is none: what is laid over wins.
        return {**copy, **over}


def _not_a_rule(data: Any, document: YamlDocument, file: RuleFile) -> Problem | None:
    if not isinstance(data, dict):
        return _problem(
            file, ProblemKind.NOT_A_RULE, "It is not a Sigma rule: not a map.", document
        )
    title = data.get("title")
    title = title if isinstance(title, str) else ""
    if "action" in data and not {"correlation", "filter"} & data.keys():
        reason = f"The action `{data.get('action')}` is not known."
        problem = _problem(file, ProblemKind.UNSUPPORTED, reason, document)
        return replace(problem, title=title)
    if not {"detection", "logsource", "correlation", "filter"} & data.keys():
        hint = " It looks like a processing pipeline." if "transformations" in data else ""
        reason = f"It is not a Sigma rule: it has neither `detection` nor `logsource`.{hint}"
        return _problem(file, ProblemKind.NOT_A_RULE, reason, document)
    return None


def _own_id(uuid_text: str, data: Mapping[str, Any]) -> str:
    """Return the rule's id; one that is not a UUID, as it should be, still names the rule."""
    if uuid_text:
        return uuid_text
    text = data.get("id")
    if isinstance(text, str) and text.isprintable() and 0 < len(text.strip()) <= _MAX_ID:
        return text.strip()
    return ""


def _derived_id(name: str, title: str, number: int) -> str:
    parts = [name, title] if number == 1 else [name, title, str(number)]
    # A file name may hold bytes that are not text.
    text = "\n".join(parts).encode("utf-8", "backslashreplace").decode()
    return str(uuid.uuid5(_NAMESPACE, text))


def _remarks(rule: LoadedRule | LoadedCorrelation, taxonomy: str | None = "sigma") -> list[Problem]:
    def remark(kind: ProblemKind, reason: str) -> Problem:
        return Problem(rule.path, rule.line, kind, reason, title=rule.title, remark=True)

    remarks = []
    if not rule.has_own_id:
        reason = f"The rule has no id; {rule.id} stands for it while its file and title stay."
        remarks.append(remark(ProblemKind.MISSING_ID, reason))
    if rule.status in ("deprecated", "unsupported"):
        remarks.append(remark(ProblemKind.STATUS, f"The rule's status is `{rule.status}`."))
    if taxonomy not in ("sigma", None):
        reason = f"The taxonomy `{taxonomy}` is not known; fields are taken as they are."
        remarks.append(remark(ProblemKind.METADATA, reason))
    return remarks


def _unique(
    rules: list[LoadedRule | LoadedCorrelation],
) -> tuple[list[LoadedRule | LoadedCorrelation], list[Problem]]:
    """Keep the first rule of each id."""
    kept: dict[str, LoadedRule | LoadedCorrelation] = {}
    problems = []
    for rule in rules:
        first = kept.setdefault(rule.id.lower(), rule)
        if first is rule:
            continue
        for one, other, remark in ((first, rule, True), (rule, first, False)):
            fate = "this one is kept" if remark else "this one is left out"
            reason = f"The id {rule.id} is also that of {other.path}:{other.line}; {fate}."
            problems.append(
                Problem(
                    one.path,
                    one.line,
                    ProblemKind.DUPLICATE_ID,
                    reason,
                    title=one.title,
                    remark=remark,
                )
            )
    return list(kept.values()), problems
