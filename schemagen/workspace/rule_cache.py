"""What is known of rules from the last run, kept in the cache folder.

An entry is of one file's text. All else that decides what becomes of its rules is the context of
the cache: the program and its libraries, the pipelines, the columns, the evidence, the options.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemagen.cache import BROKEN, Cache, cache_folder
from schemagen.detections.loaded import LoadedRule
from schemagen.detections.note_forms import (
    bound_note,
    noted_bound,
    noted_problem,
    noted_rule,
    problem_note,
    rule_note,
)
from schemagen.detections.notes import RuleNotes
from schemagen.detections.rules import load_text
from schemagen.errors import InputError
from schemagen.workspace.program import program_stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlglot import exp

    from schemagen.detections.binding import Binder
    from schemagen.detections.bound import BoundRule
    from schemagen.detections.files import RuleFile
    from schemagen.detections.rules import Outcome


class RuleCache:
    """What is known of the rules of a topic.

    Args:
        context: what decides what becomes of a rule beside its file's text.

    """

    def __init__(self, context: Sequence[object]) -> None:
        written = "\n".join([program_stamp(), *map(repr, context)])
        self._cache = Cache("rules", written, cache_folder())

    # -- loading ------------------------------------------------------------------------------

    def outcomes(self, file: RuleFile, text: str) -> list[Outcome] | None:
        """Return what the documents of a file became; None where that isn't known."""
        entries = self._cache.get(_key(file, text))
        if entries is None:
            return None
        try:
            return [self._outcome(file, text, n, each) for n, each in enumerate(entries)]
        except BROKEN:
            return None

    def _outcome(self, file: RuleFile, text: str, number: int, entry: dict[str, Any]) -> Outcome:
        problems = [noted_problem(each, file.path) for each in entry["problems"]]
        if entry["rule"] is None:
            return None, problems

        def read() -> Mapping[str, Any]:
            rule, _ = list(load_text(file, text))[number]
            if not isinstance(rule, LoadedRule):
                raise _out_of_step()
            return rule.data

        notes = RuleNotes(entry, self._cache.changed)
        return noted_rule(entry["rule"], file.path, read, notes), problems

    def keep(self, file: RuleFile, text: str, outcomes: list[Outcome]) -> list[Outcome]:
        """Keep what the documents of a file became, and return it."""
        entries: list[dict[str, Any]] = []
        kept: list[Outcome] = []
        for rule, problems in outcomes:
            note = None
            if isinstance(rule, LoadedRule):
                note = rule_note(rule)
            if rule is not None and note is None:
                # A correlation or a filter: what it means rests on other files.
                return outcomes
            entry = {"rule": note, "problems": [problem_note(each) for each in problems]}
            entries.append(entry)
            if isinstance(rule, LoadedRule):
                rule = replace(rule, notes=RuleNotes(entry, self._cache.changed))  # noqa: PLW2901
            kept.append((rule, problems))
        self._cache.put(_key(file, text), entries)
        return kept

    # -- binding ------------------------------------------------------------------------------

    @staticmethod
    def bind(rule: LoadedRule, binder: Binder) -> BoundRule:
        """Return what comes of binding a rule: what is known of that, or else it is bound."""
        if rule.notes is None:
            return binder.bind(rule)

        def rebind() -> tuple[exp.Expr, exp.Expr | None]:
            again = binder.bind(rule)
            if again.condition is None:
                raise _out_of_step()
            return again.condition.trees

        note = rule.notes.get("bound")
        if note is not None:
            try:
                return noted_bound(note, rule, binder.columns, rebind)
            except BROKEN:
                pass
        bound = binder.bind(rule)
        made = bound_note(bound, binder.columns)
        if made is not None and not binder.names_file(bound):
            rule.notes.put("bound", made)
        return bound

    def save(self) -> None:
        """Keep what is known for the next run; never an error."""
        self._cache.save()


def _key(file: RuleFile, text: str) -> str:
    """Name a file's text; the name decides the ids of rules that have none."""
    data = f"{file.name}\n{text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:40]


def _out_of_step() -> InputError:
    return InputError("The cache is out of step with the rules.", "Give --no-cache once.")
