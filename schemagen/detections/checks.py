"""From a rule as YAML has it to pySigma's rule, with every fault and its line.

pySigma stops at the first fault of a detection and gives no line, and a mistyped value can make it
raise other errors than those of Sigma. So its verdict is only taken as it is where it found
nothing; else each part is put to it alone.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sigma.conditions import SigmaCondition
from sigma.exceptions import SigmaError, SigmaRuleLocation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaLogSource, SigmaRule
from sigma.rule.base import SigmaRuleBase

from schemagen.detections.encodings import correct
from schemagen.detections.exact_numbers import restore_numbers
from schemagen.detections.keywords import mark_anchored
from schemagen.detections.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from schemagen.detections.compiler import Condition
    from schemagen.detections.documents import YamlDocument

T = TypeVar("T")

_METADATA = tuple(
    name
    for name in SigmaRuleBase.__dataclass_fields__
    if not name.startswith("_") and name not in ("title", "errors", "source", "custom_attributes")
)
_SELECTOR = re.compile(r"\b(?:1|any|all)\s+of\s+([\w*]+)")
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class RuleFault:
    """Something wrong in a rule.

    Args:
        kind: INVALID, UNSUPPORTED or METADATA.
        reason: one clause.
        where: keys and indices from the top of the rule to the place.

    """

    kind: ProblemKind
    reason: str
    where: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class BuiltRule:
    """What became of a rule's YAML.

    Args:
        rule: pySigma's rule; None where its meaning is not certain.
        data: the YAML that it was made of: without the metadata that was refused.
        problems: everything that was wrong; with a rule, only remarks.
        conditions: the rule's conditions, parsed; none without a rule.

    """

    rule: SigmaRule | None
    data: Mapping[str, Any]
    problems: list[Problem]
    conditions: Sequence[Condition] = ()


def build_rule(data: Mapping[str, Any], document: YamlDocument, path: Path) -> BuiltRule:
    """Make pySigma's rule of a rule's YAML.

    Args:
        data: the rule, after global parts were merged in.
        document: the document of the file that it stands in, for the lines.
        path: the file, for the problems.

    Returns:
        The rule, or why there is none. With wrong metadata the rule comes without that entry and
        the problem is a remark.

    """
    data = sound = _with_aliases(data)
    source = SigmaRuleLocation(path, document.line)
    faults: list[RuleFault] = []
    rule, whole = _try(lambda: read_rule(data, source, collect_errors=True))
    if rule is None or rule.errors:
        faults = [*_title_faults(data), *_logsource_faults(data), *_detection_faults(data)]
        sound, metadata = _sound_metadata(data)
        faults += metadata
        rule, again = _try(lambda: read_rule(sound, source))
        whole = again or whole
    faults += _empty_faults(data)
    conditions: list[Condition] = []
    faults += _condition_faults(data, None if is_fatal(faults) else rule, conditions)
    if rule is None and not is_fatal(faults):
        faults.append(RuleFault(ProblemKind.INVALID, whole, ()))
    if is_fatal(faults):
        rule = None
    problems = faults_as_problems(faults, data, document, path)
    return BuiltRule(rule, sound, problems, [] if rule is None else conditions)


@dataclass(frozen=True, slots=True)
class RuleHead:
    """What rules, correlations and filters have in common.

    Args:
        id: its own id in lower case; empty where it has none.
        name: its name; empty for none.
        title: its title.
        level: None where it gives none that is known.
        status: as for level.
        tags: its tags.
        fields: the fields that its author would show.

    """

    id: str
    name: str
    title: str
    level: str | None
    status: str | None
    tags: tuple[str, ...]
    fields: tuple[str, ...]


def read_head(data: Mapping[str, Any]) -> tuple[RuleHead | None, list[RuleFault]]:
    """Read the head of a correlation or a filter.

    Args:
        data: its YAML.

    Returns:
        The head without what pySigma refuses, None without a sound title; and the faults.

    """
    sound, faults = _sound_metadata(data)
    faults += _title_faults(data)
    if "title" not in data:
        faults.append(RuleFault(ProblemKind.INVALID, "it has no title", ()))
    made, reason = _try(lambda: SigmaRuleBase.from_dict_common_params(dict(sound), False))  # noqa: FBT003
    if made is None:
        if not is_fatal(faults):
            faults.append(RuleFault(ProblemKind.INVALID, reason, ()))
        return None, faults
    known = made[0]
    level, status = known.get("level"), known.get("status")
    head = RuleHead(
        id="" if known.get("id") is None else str(known["id"]),
        name=str(known.get("name") or ""),
        title=str(known["title"]),
        level=None if level is None else str(level),
        status=None if status is None else str(status),
        tags=tuple(str(tag) for tag in known.get("tags") or ()),
        fields=tuple(
            dict.fromkeys(each for each in known.get("fields") or () if isinstance(each, str))
        ),
    )
    return head, faults


def faults_as_problems(
    faults: list[RuleFault], data: Mapping[str, Any], document: YamlDocument, path: Path
) -> list[Problem]:
    """Say faults as problems, each at its line."""
    title = data.get("title")
    return [
        Problem(
            path,
            document.line_of(*fault.where),
            fault.kind,
            f"{fault.reason[:1].upper()}{fault.reason[1:].rstrip('.')}.",
            title=title if isinstance(title, str) else "",
            remark=fault.kind is ProblemKind.METADATA,
        )
        for fault in faults
    ]


def read_rule(
    data: Mapping[str, Any], source: SigmaRuleLocation, *, collect_errors: bool = False
) -> SigmaRule:
    """Make pySigma's rule of a rule's YAML, corrected where pySigma departs from Sigma.

    Raises:
        SigmaError: pySigma refuses it; with `collect_errors` faults are collected in `errors`.

    """
    with warnings.catch_warnings():
        # What pySigma's look at a regular expression makes Python say is no news of the rule.
        warnings.simplefilter("ignore", FutureWarning)
        rule = SigmaRule.from_dict(dict(data), collect_errors=collect_errors, source=source)
    if not rule.errors:
        restore_numbers(rule, data)
        correct(rule)
        mark_anchored(rule)
    return rule


def is_fatal(faults: list[RuleFault]) -> bool:
    """Return whether a fault leaves no certain meaning."""
    return any(fault.kind is not ProblemKind.METADATA for fault in faults)


def _try(make: Callable[[], T]) -> tuple[T | None, str]:
    """Return what pySigma makes, or why it doesn't."""
    try:
        return make(), ""
    except SigmaError as error:
        return None, _reason(error)
    # A value of a type that pySigma doesn't expect raises whatever Python raises there.
    except Exception as error:  # noqa: BLE001
        return None, f"pySigma can't read it ({type(error).__name__}: {error})"


def _reason(error: SigmaError) -> str:
    """Return the message without the path, which pySigma appends."""
    return " ".join(str(error.args[0]).split()) if error.args else type(error).__name__


def _title_faults(data: Mapping[str, Any]) -> Iterator[RuleFault]:
    parts: Mapping[str, Any] = {"title": data["title"]} if "title" in data else {}
    reason = _metadata_reason(parts)
    if reason:
        yield RuleFault(ProblemKind.INVALID, reason, ("title",))


def _metadata_reason(data: Mapping[str, Any]) -> str:
    result, reason = _try(lambda: SigmaRuleBase.from_dict_common_params(dict(data), True))  # noqa: FBT003
    if result is not None and result[1]:
        reason = _reason(result[1][0])
    return reason


def _sound_metadata(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[RuleFault]]:
    """Take out the entries of the rule's head that pySigma refuses."""
    sound, faults = dict(data), []

    def refused(key: str, value: Any, where: tuple[str | int, ...]) -> bool:
        if key == "id" and not isinstance(value, str):
            reason = "the identifier must be text"
        else:
            reason = _metadata_reason({"title": "-", key: value})
        if reason:
            faults.append(RuleFault(ProblemKind.METADATA, f"{key}: {reason}", where))
        return bool(reason)

    for key in _METADATA:
        value = data.get(key)
        if value is None:
            continue
        if key in ("tags", "related") and isinstance(value, list):
            sound[key] = [
                item for n, item in enumerate(value) if not refused(key, [item], (key, n))
            ]
        elif refused(key, value, (key,)):
            del sound[key]
    return sound, faults


def _logsource_faults(data: Mapping[str, Any]) -> Iterator[RuleFault]:
    logsource = data.get("logsource")
    if not isinstance(logsource, dict):
        reason = "the rule must have a log source" if logsource is None else "it must be a map"
        yield RuleFault(ProblemKind.INVALID, f"logsource: {reason}", ("logsource",))
        return
    _, reason = _try(lambda: SigmaLogSource.from_dict(logsource))
    if reason:
        yield RuleFault(ProblemKind.INVALID, f"logsource: {reason}", ("logsource",))


def _detection_faults(data: Mapping[str, Any]) -> Iterator[RuleFault]:
    detection = data.get("detection")
    if not isinstance(detection, dict):
        reason = "the rule must have a detection" if detection is None else "it must be a map"
        yield RuleFault(ProblemKind.INVALID, f"detection: {reason}", ("detection",))
        return
    names = [name for name in detection if name != "condition"]
    if not names:
        yield RuleFault(
            ProblemKind.INVALID, "detection: it has no search identifier", ("detection",)
        )
    for name in names:
        yield from _definition_faults(detection[name], ("detection", name))


def _definition_faults(definition: Any, where: tuple[str | int, ...]) -> Iterator[RuleFault]:
    """Find the smallest parts of a search identifier that pySigma refuses."""
    _, reason = _try(lambda: SigmaDetection.from_definition(definition))
    if not reason:
        return
    inner: list[RuleFault] = []
    if isinstance(definition, dict):
        for key, value in definition.items():
            inner += _item_faults(key, value, (*where, key))
    elif isinstance(definition, list):
        for n, element in enumerate(definition):
            inner += _definition_faults(element, (*where, n))
    yield from inner or [RuleFault(ProblemKind.INVALID, f"{_spoken(where)}: {reason}", where)]


def _item_faults(key: Any, value: Any, where: tuple[str | int, ...]) -> list[RuleFault]:
    if not isinstance(key, str):
        return [
            RuleFault(ProblemKind.INVALID, f"{_spoken(where)}: a field name must be text", where)
        ]
    _, reason = _try(lambda: SigmaDetectionItem.from_mapping(key, value))
    if not reason:
        return []
    if isinstance(value, list):
        each = [_try(partial(SigmaDetectionItem.from_mapping, key, item))[1] for item in value]
        # What every value brings about is a fault of the key.
        if len(set(each)) > 1:
            return [
                RuleFault(ProblemKind.INVALID, f"{_spoken((*where, n))}: {one}", (*where, n))
                for n, one in enumerate(each)
                if one
            ]
    return [RuleFault(ProblemKind.INVALID, f"{_spoken(where)}: {reason}", where)]


def _spoken(where: tuple[str | int, ...]) -> str:
    return " → ".join(str(step) if isinstance(step, str) else f"[{step + 1}]" for step in where)


def _empty_faults(data: Mapping[str, Any]) -> Iterator[RuleFault]:
    """Find lists without an element: pySigma would take one for null, which it may match."""
    detection = data.get("detection")
    if isinstance(detection, dict):
        for name, definition in detection.items():
            if name != "condition":
                for where in _empty_lists(definition, ("detection", name)):
                    yield RuleFault(
                        ProblemKind.INVALID, f"{_spoken(where)}: the list is empty", where
                    )


def _empty_lists(part: Any, where: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if part == []:
        yield where
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _empty_lists(value, (*where, key))
    elif isinstance(part, list) and isinstance(part[0], dict | list):
        for n, element in enumerate(part):
            yield from _empty_lists(element, (*where, n))


def _condition_faults(
    data: Mapping[str, Any], rule: SigmaRule | None, parsed: list[Condition]
) -> Iterator[RuleFault]:
    """Find what is wrong with the conditions; those of a rule are added to `parsed`."""
    detection = data.get("detection")
    if not isinstance(detection, dict):
        return
    if isinstance(detection.get("timeframe"), str | int):
        yield RuleFault(
            ProblemKind.UNSUPPORTED,
            "`timeframe` counts events over time: write a correlation rule",
            ("detection", "timeframe"),
        )
    conditions = detection.get("condition")
    if conditions is None or conditions == []:
        yield RuleFault(
            ProblemKind.INVALID, "detection: it has no condition", ("detection", "condition")
        )
        return
    names = [str(name) for name in detection if name != "condition"]
    several = isinstance(conditions, list)
    for n, text in enumerate(conditions if several else [conditions]):
        where = ("detection", "condition", n) if several else ("detection", "condition")
        fault = _condition_fault(text, names, rule, parsed)
        if fault is not None:
            yield RuleFault(fault[0], f"condition: {fault[1]}", where)


def _condition_fault(
    text: Any, names: list[str], rule: SigmaRule | None, parsed: list[Condition]
) -> tuple[ProblemKind, str] | None:
    if not isinstance(text, str):
        return ProblemKind.INVALID, "it must be text"
    if "|" in text:
        return (
            ProblemKind.UNSUPPORTED,
            "counting with `|` was replaced by correlation rules: write one",
        )
    for pattern in _SELECTOR.findall(text):
        if not _selects(pattern, names):
            return ProblemKind.INVALID, f"no search identifier is named `{pattern}`"
    for word in _WORD.findall(text):
        if word.startswith("not") and word != "not" and word in names:
            # pySigma's grammar takes the prefix for the operator.
            return (
                ProblemKind.UNSUPPORTED,
                f"pySigma reads the name `{word}` as `not {word[3:]}`; give it another name",
            )
    condition = SigmaCondition(text, rule.detection if rule else None)  # type: ignore[arg-type]
    # Without sound detections the syntax can still be checked.
    found, reason = _try(lambda: condition.parse(postprocess=rule is not None))
    parsed.append(found)
    return (ProblemKind.INVALID, reason) if reason else None


def _selects(pattern: str, names: list[str]) -> bool:
    """Return whether `1 of pattern` names anything; pySigma drops one that doesn't."""
    glob = re.compile(".*" if pattern == "them" else pattern.replace("*", ".*"))
    hidden_too = pattern.startswith("_")
    return any(glob.fullmatch(name) and (hidden_too or not name.startswith("_")) for name in names)


def _with_aliases(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write `utf16le` as `wide`, its alias by the specification, which pySigma doesn't know."""
    detection = data.get("detection")
    if not isinstance(detection, dict) or "utf16le" not in str(detection):
        return data

    def renamed(part: Any) -> Any:
        if isinstance(part, list):
            return [renamed(element) for element in part]
        if isinstance(part, dict):
            return {_renamed_key(key): renamed(value) for key, value in part.items()}
        return part

    return {**data, "detection": renamed(detection)}


def _renamed_key(key: Any) -> Any:
    if not isinstance(key, str):
        return key
    field, *modifiers = key.split("|")
    return "|".join([field, *("wide" if name == "utf16le" else name for name in modifiers)])
