"""Whether a Sigma rule matches an event, straight from Sigma's specification.

An oracle: it knows no SQL, no backend and no pySigma; it takes the rule as YAML gives it and the
event as JSON gives it. SPEC is the Sigma rules specification 2.1.0 (2025-08-02), MOD its modifiers
appendix 2.1.0; both are in SigmaHQ/sigma-specification. Where they are silent, the decision is ours
and marked OWN, with the reason.

Fields and values
- A field that is missing matches nothing; `not` of that is true (SPEC, condition: plain logic).
- Three things differ: missing (no such key), null (the key with null) and "" (an empty text).
  `field: null` is true for missing and for null: the specification leaves it to the target, and
  targets say IS NULL of both (OWN). `field: ''` is true for "" alone. `exists` asks for the key and
  not for its value, "be it empty or null" (MOD): null and "" exist. A `lookup` that leaves null out
  gives the view of a target that can't tell null from missing.
- No text matches null or an object, `*` neither (OWN: they have no text).
- An array is its elements: a match on any of them is a match on the field (OWN: the convention of
  all backends); `all` wants each of its values matched by some element. An empty array exists, is
  not null and matches nothing. Null is said of the field, not of an array's elements (OWN).
- "All values are treated as case-insensitive strings" (SPEC): texts are compared character by
  character in lower case. A character whose lower case is longer than one stays itself (OWN).
- A number of the rule equals a number of the event by value and a text by its digits: 4688 matches
  "4688", not "4688.0" nor " 4688". A text of the rule is matched with the digits of the event's
  number. Booleans are the texts `true` and `false`; they are not numbers (OWN).
- `*` is any number of characters and `?` exactly one, line breaks included (SPEC: "unbounded
  length", "single mandatory character"). `\\*`, `\\?` and `\\\\` are the plain characters; a
  back-slash before anything else is itself (SPEC, escape character).

Modifiers
- `re` finds its match anywhere, case-sensitively; `i`, `m`, `s` (MOD; that it isn't anchored
  follows from `^` and `$` being allowed). With `contains` and the like it has no stated meaning:
  refused.
- `contains`, `startswith`, `endswith` put `*` around the value (MOD); its own wildcards count.
- `windash`: a dash that begins a flag, so after no word character and before one, is any of the
  five (MOD has the five; that only flags are meant is OWN, from its reason: "command line flags").
- `base64`, `base64offset` encode the bytes: UTF-8, or what `wide`, `utf16le`, `utf16be` and `utf16`
  (little endian after the mark FF FE, as MOD's example has it) make. Offsets keep what no
  neighbouring byte can change. Compared in any case like all values, unless `cased` (SPEC).
- `cidr`: an address of the other version, or no address, is outside; a zone (`%eth0`) is left out
  (OWN). `lt` and the like take numbers and texts that are written as one (OWN).
- `neq` turns the whole item round, so that a missing field is different (OWN, as pySigma has it).
- `fieldref` compares with the other field's values; missing or null is equal to nothing (OWN).
- `expand` takes the values from `placeholders` and refuses a rule with an unknown one (SPEC).
- The time modifiers (`hour` and others) are not implemented: refused.

Conditions
- `or` < `and` < `not` < `x of` < brackets; `them` and patterns leave out names with `_` in front,
  unless the pattern has it; several conditions are alternatives (SPEC, condition).
- A pattern that names nothing has no stated meaning: refused (OWN).
- Keywords are looked for in the whole event (SPEC); here: in the fields that are given, each
  keyword in any of them, as a part of the text.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sigma_patterns import (
    PLACEMENTS,
    TRANSFORMATIONS,
    RuleError,
    like,
    parse,
    placed,
    transform,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sigma_patterns import Pattern

Lookup = Callable[[str], list[Any]]
Test = Callable[[Any], bool]

FLAGS = {
    **dict.fromkeys(("i", "ignorecase"), re.IGNORECASE),
    **dict.fromkeys(("m", "multiline"), re.MULTILINE),
    **dict.fromkeys(("s", "dotall"), re.DOTALL),
}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
}
TYPES = frozenset({"re", "cidr", "exists", "fieldref", *COMPARISONS})
KNOWN = frozenset({"all", "neq", "cased", *PLACEMENTS, *FLAGS, *TRANSFORMATIONS, *TYPES})
NUMERIC = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\s*\Z")


def matches(
    rule: Mapping[str, Any],
    event: Mapping[str, Any],
    *,
    lookup: Lookup | None = None,
    keyword_fields: Sequence[str] = (),
    placeholders: Mapping[str, Sequence[str]] | None = None,
) -> bool:
    """Tell whether a rule matches an event; the log source is not looked at.

    Args:
        rule: the rule as a safe YAML loader gives it.
        event: the event as a JSON parser gives it.
        lookup: gives the values that the event has for a field of the rule: none where it is
            missing, `[None]` where it is null, an array as it is or its elements. Without one, a
            name is a key or a path with dots, through arrays too.
        keyword_fields: the fields that keywords are looked for in.
        placeholders: the values of `expand`.

    Raises:
        RuleError: the rule has no meaning.

    """
    detection = rule.get("detection")
    if not isinstance(detection, Mapping) or detection.get("condition") in (None, []):
        raise RuleError("no detection or no condition")
    matcher = Matcher(
        lookup or (lambda name: find(event, name)), tuple(keyword_fields), placeholders or {}
    )
    results = {
        str(name): matcher.identifier(definition)
        for name, definition in detection.items()
        if name != "condition"
    }
    conditions = detection["condition"]
    conditions = conditions if isinstance(conditions, list) else [conditions]
    # Here and below everything is evaluated, so that no fault hides behind a result.
    outcomes = [Condition(condition, results).value() for condition in conditions]
    return any(outcomes)


def find(part: Any, name: str) -> list[Any]:
    """Give the values at a key or path; keys may hold dots, arrays are gone through."""
    if isinstance(part, list):
        return [value for element in part for value in find(element, name)]
    if not isinstance(part, Mapping):
        return []
    found = [part[name]] if name in part else []
    for dot in re.finditer(r"\.", name):
        if name[: dot.start()] in part:
            found += find(part[name[: dot.start()]], name[dot.end() :])
    return found


@dataclass(frozen=True)
class Matcher:
    """The detections of a rule against one event."""

    lookup: Lookup
    keyword_fields: tuple[str, ...]
    placeholders: Mapping[str, Sequence[str]]

    def identifier(self, definition: Any) -> bool:
        if isinstance(definition, Mapping | list) and not definition:
            raise RuleError("an empty map or list")
        if isinstance(definition, Mapping):
            results = [self.item(key, value) for key, value in definition.items()]
            return all(results)
        if isinstance(definition, list):
            results = [self.identifier(element) for element in definition]
            return any(results)
        return self.item("", definition)

    def item(self, key: Any, value: Any) -> bool:
        """Match one entry of a map; without a field's name it is about keywords."""
        if not isinstance(key, str):
            raise RuleError("a field name that is not text")
        field, *modifiers = key.split("|")
        if set(modifiers) - KNOWN:
            raise RuleError(f"unknown modifiers {sorted(set(modifiers) - KNOWN)}")
        values = value if isinstance(value, list) else [value]
        if not values:
            raise RuleError("no value")
        link = all if "all" in modifiers else any
        steps = tuple(name for name in modifiers if name not in ("all", "neq"))
        results = [self.one(field, steps, one) for one in values]
        return link(results) != ("neq" in modifiers)

    def one(self, field: str, modifiers: tuple[str, ...], value: Any) -> bool:
        """Match one value."""
        if value is None or "exists" in modifiers:
            return self.presence(field, modifiers, value)
        test = self.test(modifiers, value, keyword=not field)
        names = [field] if field else self.keyword_fields
        return any(test(found) for name in names for found in self.scalars(name))

    def presence(self, field: str, modifiers: tuple[str, ...], value: Any) -> bool:
        found = self.lookup(field)
        if field and modifiers == ("exists",) and isinstance(value, bool):
            return bool(found) is value
        if field and not modifiers:
            return all(raw is None for raw in found)
        raise RuleError("null or exists with something that doesn't go with it")

    def scalars(self, name: str) -> Iterator[Any]:
        """Give the values that can be matched: without null and objects, arrays taken apart."""
        for value in flat(self.lookup(name)):
            if value is not None and not isinstance(value, Mapping):
                yield value

    def test(self, modifiers: tuple[str, ...], value: Any, *, keyword: bool) -> Test:
        """Make the test that a value of the event has to pass."""
        kinds = [name for name in modifiers if name in TYPES]
        others = set(modifiers) - set(kinds)
        if not kinds and not others & set(FLAGS):
            return self.text_test(modifiers, value, keyword=keyword)
        kind = kinds[0] if len(kinds) == 1 else ""
        if kind == "re" and modifiers[0] == "re" and others <= set(FLAGS):
            return expression_test(value, others)
        if kind == "cidr" and not others:
            return network_test(value)
        if kind in COMPARISONS and not others:
            return comparison_test(kind, value)
        if kind == "fieldref" and others <= {"cased", *PLACEMENTS}:
            return self.reference_test(value, others)
        raise RuleError(f"modifiers that don't go together: {modifiers}")

    def text_test(self, modifiers: tuple[str, ...], value: Any, *, keyword: bool) -> Test:
        if isinstance(value, int | float) and not isinstance(value, bool) and not keyword:
            if not modifiers:
                return lambda found: same(value, found)
        elif not isinstance(value, str | int | float):
            raise RuleError(f"a value of the type {type(value).__name__}")
        tokens: Pattern = parse(value) if isinstance(value, str) else [*text(value)]
        placements = set(modifiers) & set(PLACEMENTS)
        if keyword and not placements:
            placements = {"contains"}
        patterns = [
            placed(pattern, placements)
            for pattern in transform(tokens, modifiers, self.placeholders)
        ]
        cased = "cased" in modifiers
        return lambda found: any(like(pattern, text(found), cased=cased) for pattern in patterns)

    def reference_test(self, value: Any, modifiers: set[str]) -> Test:
        if not isinstance(value, str):
            raise RuleError("fieldref without the name of a field")
        cased = "cased" in modifiers
        placements = modifiers - {"cased"}

        def equal(other: Any, found: Any) -> bool:
            if not placements and is_number(other) and is_number(found):
                return same(other, found)
            return like(placed([*text(other)], placements), text(found), cased=cased)

        others = list(self.scalars(value))
        return lambda found: any(equal(other, found) for other in others)


def flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def text(value: Any) -> str:
    """Give a scalar of the event as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def same(number: float, found: Any) -> bool:
    return number == found if is_number(found) else text(number) == text(found)


def expression_test(value: Any, flags: set[str]) -> Test:
    if not isinstance(value, str):
        raise RuleError("a regular expression that is not text")
    combined = re.NOFLAG
    for name in flags:
        combined |= FLAGS[name]
    try:
        compiled = re.compile(value, combined)
    except re.error as error:
        raise RuleError("a broken regular expression") from error
    return lambda found: compiled.search(text(found)) is not None


def network_test(value: Any) -> Test:
    try:
        net = ipaddress.ip_network(value)
    except ValueError as error:
        raise RuleError("a broken network") from error

    def test(found: Any) -> bool:
        try:
            return isinstance(found, str) and ipaddress.ip_address(found) in net
        except ValueError:
            return False

    return test


def comparison_test(kind: str, value: Any) -> Test:
    if not is_number(value):
        raise RuleError(f"{kind} with something that is not a number")

    def test(found: Any) -> bool:
        if isinstance(found, str) and NUMERIC.match(found):
            return COMPARISONS[kind](Decimal(found.strip()), value)
        return is_number(found) and COMPARISONS[kind](found, value)

    return test


class Condition:
    """A condition, evaluated while it is read."""

    def __init__(self, condition: Any, results: Mapping[str, bool]) -> None:
        if not isinstance(condition, str):
            raise RuleError("a condition that is not text")
        self.words: list[str] = re.findall(r"[()]|[^\s()]+", condition)
        self.results = results

    def value(self) -> bool:
        result = self.alternatives()
        if self.words:
            raise RuleError(f"`{self.words[0]}` is too much in the condition")
        return result

    def take(self, *expected: str) -> str:
        if self.words and (not expected or self.words[0] in expected):
            return self.words.pop(0)
        return ""

    def alternatives(self) -> bool:
        result = self.conjunction()
        while self.take("or"):
            result = self.conjunction() or result
        return result

    def conjunction(self) -> bool:
        result = self.negation()
        while self.take("and"):
            result = self.negation() and result
        return result

    def negation(self) -> bool:
        return not self.negation() if self.take("not") else self.operand()

    def operand(self) -> bool:
        word = self.take()
        if word == "(":
            result = self.alternatives()
            if not self.take(")"):
                raise RuleError("a bracket is left open")
            return result
        if word in ("1", "any", "all") and self.take("of"):
            selected = self.select(self.take())
            return all(selected) if word == "all" else any(selected)
        if word in self.results:
            return self.results[word]
        raise RuleError(f"`{word}` is not a search identifier")

    def select(self, pattern: str) -> list[bool]:
        glob = "*" if pattern == "them" else pattern
        wanted = re.compile(".*".join(map(re.escape, glob.split("*"))))
        hidden = pattern.startswith("_")
        selected = [
            result
            for name, result in self.results.items()
            if wanted.fullmatch(name) and (hidden or not name.startswith("_"))
        ]
        if not selected:
            raise RuleError(f"`{pattern}` names no search identifier")
        return selected
