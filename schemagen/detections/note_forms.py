"""What is known of a rule from the last run: JSON values, which stand for its file.

No tree is kept: who needs a rule's predicate gets it by binding the rule again, so that a run with
what is known writes the same to the byte as one without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sigma.rule import SigmaLogSource

from schemagen.detections.bound import (
    BoundField,
    BoundRule,
    LazyCondition,
    RuleSight,
    Status,
    UnboundField,
)
from schemagen.detections.loaded import LoadedRule
from schemagen.detections.necessary import JoinedNeed, LeafNeed, Needle, NeedleForm
from schemagen.detections.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlglot import exp

    from schemagen.detections.column_index import ColumnIndex
    from schemagen.detections.necessary import Need
    from schemagen.detections.notes import RuleNotes
    from schemagen.detections.references import Reference


_SOURCE = ("category", "product", "service", "definition")


class RereadData(Mapping[str, Any]):
    """The YAML of a rule, read again when somebody asks for it.

    Args:
        read: reads it.

    """

    def __init__(self, read: Callable[[], Mapping[str, Any]]) -> None:
        self._read = read
        self._data: Mapping[str, Any] | None = None

    @property
    def _known(self) -> Mapping[str, Any]:
        if self._data is None:
            self._data = self._read()
        return self._data

    def __getitem__(self, key: str) -> Any:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


# -- a rule as it was loaded ----------------------------------------------------------------------


def rule_note(rule: LoadedRule) -> list[Any] | None:
    """Note a loaded rule; None for one that JSON can't hold."""
    source = rule.logsource
    parts = [getattr(source, name) for name in _SOURCE]
    same = SigmaLogSource(**dict(zip(_SOURCE, parts, strict=True)))
    if same != source or not all(isinstance(each, str | None) for each in parts):
        return None
    return [
        rule.line,
        rule.id,
        rule.title,
        rule.level,
        rule.status,
        list(rule.tags),
        parts,
        list(rule.fields),
        rule.has_own_id,
        rule.name,
    ]


def noted_rule(
    note: Sequence[Any], path: Path, read: Callable[[], Mapping[str, Any]], notes: RuleNotes
) -> LoadedRule:
    """Return a loaded rule as it was noted.

    Args:
        note: the note.
        path: the rule's file.
        read: reads the rule's YAML.
        notes: what else is known of it.

    """
    line, rule_id, title, level, status, tags, source, fields, has_own_id, name = note
    return LoadedRule(
        path=path,
        line=line,
        id=rule_id,
        title=title,
        level=level,
        status=status,
        tags=tuple(tags),
        logsource=SigmaLogSource(**dict(zip(_SOURCE, source, strict=True))),
        fields=tuple(fields),
        data=RereadData(read),
        has_own_id=has_own_id,
        name=name,
        notes=notes,
    )


def problem_note(problem: Problem) -> list[Any]:
    """Note what is wrong with a file, whose path is known."""
    kind = str(problem.kind)
    return [problem.line, kind, problem.reason, problem.column, problem.title, problem.remark]


def noted_problem(note: Sequence[Any], path: Path) -> Problem:
    """Return what is wrong with a file."""
    line, kind, reason, column, title, remark = note
    return Problem(path, line, ProblemKind(kind), reason, column, title, remark)


# -- a rule as it was bound -----------------------------------------------------------------------


def bound_note(bound: BoundRule, columns: ColumnIndex) -> list[Any] | None:
    """Note what came of binding a rule; None where a field's place can't be found by its path."""
    refs = [ref for each in bound.fields for ref in each.references]
    places = {ref: _place(ref, columns) for ref in (*refs, *bound.conditions)}
    if None in places.values():
        return None
    return [
        str(bound.status),
        bound.condition is not None,
        list(bound.reasons),
        list(bound.remarks),
        [
            [each.name, [places[ref] for ref in each.references], each.presence, each.needed]
            for each in bound.fields
        ],
        [
            [each.name, list(each.paths), list(each.suggestions), each.needed, each.filters]
            for each in bound.unbound
        ],
        list(bound.sources),
        [places[ref] for ref in bound.conditions],
        bound.sight and [bound.sight.visible, bound.sight.events, list(bound.sight.kinds)],
    ]


def noted_bound(
    note: Sequence[Any],
    rule: LoadedRule,
    columns: ColumnIndex,
    rebind: Callable[[], tuple[exp.Expr, exp.Expr | None]],
) -> BoundRule:
    """Return what came of binding a rule.

    Args:
        note: the note.
        rule: the rule.
        columns: the columns that it was bound to.
        rebind: binds it again, for its predicate.

    """
    status, has_condition, reasons, remarks, fields, unbound, sources, conditions, sight = note
    return BoundRule(
        rule,
        Status(status),
        condition=LazyCondition(rebind) if has_condition else None,
        reasons=tuple(reasons),
        remarks=tuple(remarks),
        fields=tuple(
            BoundField(name, tuple(columns.find(path)[n] for path, n in places), presence, needed)
            for name, places, presence, needed in fields
        ),
        unbound=tuple(
            UnboundField(name, tuple(paths), tuple(suggestions), needed, filters)
            for name, paths, suggestions, needed, filters in unbound
        ),
        sources=tuple(sources),
        conditions=tuple(columns.find(path)[n] for path, n in conditions),
        sight=None if sight is None else RuleSight(sight[0], sight[1], tuple(sight[2])),
    )


def _place(reference: Reference, columns: ColumnIndex) -> tuple[str, int] | None:
    """Return a path by which the columns know a reference, and its number among those of it."""
    path = ".".join(step for step in reference.path if isinstance(step, str))
    found = columns.find(path)
    return (path, found.index(reference)) if reference in found else None


# -- what a rule needs ----------------------------------------------------------------------------


def need_note(need: Need) -> list[Any]:
    """Note what a predicate needs."""
    if isinstance(need, JoinedNeed):
        return [need.is_any, *map(need_note, need.parts)]
    texts = None
    if need.needles is not None:
        texts = [[each.place, str(each.form), each.text] for each in sorted(need.needles)]
    return [texts, need.column, need.literal]


def noted_need(note: Sequence[Any]) -> Need:
    """Return what a predicate needs."""
    first = note[0]
    if isinstance(first, bool):
        return JoinedNeed(first, tuple(map(noted_need, note[1:])))
    needles = None if first is None else frozenset(map(_needle, first))
    return LeafNeed(needles, note[1], note[2])


def _needle(note: Sequence[str]) -> Needle:
    place, form, text = note
    return Needle(place, NeedleForm(form), text)
