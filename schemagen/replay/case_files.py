"""Test cases that lie beside a rule: the files `<rule>.test.yml`.

    rule: 6f3a…          # an id, a stream's name or a rule file; left out: the file beside it
    topic: wineventlogs  # left out: the only topic of the statements
    match:               # each of these events must alert
      - winlog: {event_id: "4688", event_data: {CommandLine: whoami /all}}
      - file: events.ndjson      # beside this file; all its lines, or some of them
        lines: [3, 7]
    no_match:            # none of these may
      - event: {file: "an event whose only key is one of these three"}
        name: how the case is called in reports
    sequences:           # for correlations: each is a stream of its own, in the order of arrival
      - name: how it is called in reports
        events: [...]    # as above
        alerts: [5]      # the events that must alert, counted from 1; [] for none

An event is what the message would be; keys that are left out are left out of the message. It may
stand bare, or under `event`. Texts that YAML takes for dates need quotes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from schemagen.detections.documents import (
    BrokenYamlError,
    UnreadableError,
    YamlDocument,
    parse,
    read_text,
)
from schemagen.detections.files import TEST_SUFFIXES
from schemagen.detections.rules import load_rules
from schemagen.errors import InputError, SourceError
from schemagen.replay.events import read_events

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from schemagen.detections.rules import RuleSet

_KEYS = {"rule", "topic", "match", "no_match", "sequences"}
_SEQUENCE = {"name", "events", "alerts"}
_REFERENCE = {"file", "lines", "name"}
_WRAPPED = {"event", "name"}
_HINT = "README.md tells how a test file is written."


@dataclass(frozen=True, slots=True)
class DetectionCase:
    """An event and what a rule is to make of it.

    Attributes:
        name: how reports call it.
        message: the event.
        expected: whether the rule must alert.
        line: where it stands in the test file, counted from 1.
        sequence: the number of its sequence, counted from 1; 0 for an event that stands alone.

    """

    name: str
    message: dict[str, Any]
    expected: bool
    line: int
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one rule.

    Attributes:
        path: the test file.
        rule: the rule's id, or the name of its stream.
        topic: the topic that the events are of, None for the only one there is.
        cases: in the order of the file.

    """

    path: Path
    rule: str
    topic: str | None
    cases: tuple[DetectionCase, ...]


def load_cases(paths: Sequence[Path]) -> list[CaseFile]:
    """Load test files.

    Args:
        paths: test files, rule files (the tests beside them are taken), and folders, which are
            searched to the bottom.

    Returns:
        One for each document, sorted by file within a folder.

    Raises:
        InputError: a path doesn't exist, or a file is wrong; with file and line.
        SourceError: a file of events can't be read.

    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise InputError(
                f"There is no file or folder {path}.",
                "Give the path of a test file, of a rule file or of a folder with both.",
            )
        for file in _test_files(path):
            found.setdefault(file, None)
    return [each for file in found for each in _load(file)]


def _test_files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for entry in sorted(path.iterdir()):
            if entry.name.startswith("."):
                continue
            if (entry.is_dir() and not entry.is_symlink()) or entry.name.endswith(TEST_SUFFIXES):
                yield from _test_files(entry)
    elif path.name.endswith(TEST_SUFFIXES):
        yield path
    else:
        yield from (
            beside
            for suffix in TEST_SUFFIXES
            if (beside := path.with_name(path.stem + suffix)).exists()
        )


def _load(path: Path) -> Iterator[CaseFile]:
    try:
        documents = parse(read_text(path))
    except UnreadableError as error:
        raise InputError(f"{path}: {error.reason}.") from None
    except BrokenYamlError as error:
        where = f"{path}:{error.line}" if error.line else str(path)
        raise InputError(f"{where}: {error.reason}.", _HINT) from None
    if not documents:
        raise InputError(f"{path}: there is nothing in it.", _HINT)
    for document in documents:
        yield _Reading(path, document).case_file()


def _meant(loaded: RuleSet) -> list[str]:
    """Return the ids of the rules that a file is about: of correlations, the outermost."""
    if not loaded.correlations:
        return [rule.id for rule in loaded.rules]
    named = {reference for each in loaded.correlations for reference in each.rules}
    return [each.id for each in loaded.correlations if not {each.id, each.name} & named]


class _Reading:
    def __init__(self, path: Path, document: YamlDocument) -> None:
        self._path = path
        self._document = document

    def _refuse(self, reason: str, *at: str | int) -> InputError:
        return InputError(f"{self._path}:{self._document.line_of(*at)}: {reason}.", _HINT)

    def case_file(self) -> CaseFile:
        data = self._document.value
        if not isinstance(data, dict):
            raise self._refuse("a test file is a mapping")
        for key in data:
            if key not in _KEYS:
                raise self._refuse(f"the key {key!a} isn't known", str(key))
        for key in ("rule", "topic"):
            if key in data and (not isinstance(data[key], str) or not data[key]):
                raise self._refuse(f"`{key}` is a text", key)
        cases: list[DetectionCase] = []
        for key, expected in (("match", True), ("no_match", False)):
            entries = data.get(key) or []
            if not isinstance(entries, list):
                raise self._refuse(f"`{key}` is a list of events", key)
            for place, entry in enumerate(entries):
                cases += self._entry(entry, (key, place), expected=expected)
        cases += self._sequences(data.get("sequences") or [])
        if not cases:
            raise self._refuse("there is no case in it")
        return CaseFile(self._path, self._rule(data.get("rule")), data.get("topic"), tuple(cases))

    def _rule(self, named: str | None) -> str:
        if named is None:
            stem = self._path.name
            for suffix in TEST_SUFFIXES:
                stem = stem.removesuffix(suffix)
            beside = [self._path.with_name(stem + end) for end in (".yml", ".yaml")]
            existing = [path for path in beside if path.exists()]
            if not existing:
                raise self._refuse(f"there is no rule {stem}.yml beside it, and `rule` is missing")
            return self._id_of(existing[0])
        if named.endswith((".yml", ".yaml")):
            return self._id_of(self._path.parent / named)
        return named

    def _id_of(self, path: Path) -> str:
        found = _meant(load_rules([path])) if path.exists() else []
        if len(found) != 1:
            raise self._refuse(f"{path.name} isn't one sound rule", "rule")
        return found[0]

    def _sequences(self, entries: Any) -> Iterator[DetectionCase]:
        if not isinstance(entries, list):
            raise self._refuse("`sequences` is a list", "sequences")
        for place, entry in enumerate(entries):
            yield from self._sequence(entry, place)

    def _sequence(self, entry: Any, place: int) -> Iterable[DetectionCase]:
        at = ("sequences", place)
        if not isinstance(entry, dict) or not entry.keys() <= _SEQUENCE or not entry.get("events"):
            raise self._refuse("a sequence has `events`, `alerts` and may have a `name`", *at)
        events, alerts = entry["events"], entry.get("alerts")
        if not isinstance(events, list):
            raise self._refuse("`events` is a list of events", *at, "events")
        cases: list[DetectionCase] = []
        for number, each in enumerate(events):
            cases += self._entry(each, (*at, "events", number), expected=False)
        places = range(1, len(cases) + 1)
        if not isinstance(alerts, list) or not all(each in places for each in alerts):
            reason = f"`alerts` is a list of places of its {len(cases)} events, [] for none"
            raise self._refuse(reason, *at, "alerts")
        name = str(entry.get("name") or f"sequence {place + 1}")
        for number, case in enumerate(cases, 1):
            yield replace(
                case, name=f"{name}, event {number}", expected=number in alerts, sequence=place + 1
            )

    def _entry(
        self, entry: Any, at: tuple[str | int, ...], *, expected: bool
    ) -> Iterable[DetectionCase]:
        line = self._document.line_of(*at)
        if not isinstance(entry, dict) or not entry:
            raise self._refuse("an event is a mapping", *at)
        keys = set(entry)
        if isinstance(entry.get("file"), str) and keys <= _REFERENCE:
            return self._from_file(entry, at, expected=expected)
        message, name = entry, ""
        if isinstance(entry.get("event"), dict) and keys <= _WRAPPED:
            message, name = entry["event"], str(entry.get("name") or "")
        self._check(message, at)
        name = name or f"{at[0]} {int(at[1]) + 1}"
        return [DetectionCase(name, cast("dict[str, Any]", message), expected, line)]

    def _from_file(
        self, entry: dict[str, Any], at: tuple[str | int, ...], *, expected: bool
    ) -> list[DetectionCase]:
        path = self._path.parent / entry["file"]
        lines = entry.get("lines")
        if lines is not None and (
            not isinstance(lines, list) or not all(type(each) is int for each in lines)
        ):
            raise self._refuse("`lines` is a list of numbers", *at, "lines")
        try:
            events, bad = read_events([str(path)], "")
        except SourceError as error:
            raise self._refuse(error.what.rstrip("."), *at) from None
        by_line = {event.position: event for event in events}
        wanted = lines if lines is not None else sorted({*by_line, *(b.position for b in bad)})
        for position in wanted:
            if position not in by_line:
                raise self._refuse(f"{path.name} has no event at line {position}", *at)
        name = entry.get("name") or path.name
        line = self._document.line_of(*at)
        return [
            DetectionCase(f"{name}:{position}", by_line[position].message, expected, line)
            for position in wanted
        ]

    def _check(self, value: Any, at: tuple[str | int, ...]) -> None:
        """Refuse what no JSON message can hold."""
        if isinstance(value, dict):
            for key, item in value.items():
                if not isinstance(key, str):
                    raise self._refuse("a key of an event must be a text: quote it", *at)
                self._check(item, (*at, key))
        elif isinstance(value, list):
            for place, item in enumerate(value):
                self._check(item, (*at, place))
        elif value is not None and not isinstance(value, str | bool | int | float):
            raise self._refuse("a date or time must be in quotes to be a text", *at)
